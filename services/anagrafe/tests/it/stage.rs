//! The stage: an anagrafe over a fresh database, with a clock that stands still.

use std::io::Cursor;
use std::sync::Arc;

use anagrafe::app::App;
use anagrafe::app::import::{Kind, Report};
use anagrafe::grpc::Grpc;
use anagrafe::{MIGRATOR, data};
use chassis::Ids;
use chassis::access::Role;
use chassis::clock::{Clock, ManualClock};
use chassis::identity::{Caller, Level, MandateInUse, PersonName, Scope};
use chassis::lifecycle::Stop;
use chrono::{DateTime, Utc};
use kernel::CodiceFiscale;
use proto::omnia::anagrafe::v1::principal_service_server::PrincipalService;
use proto::omnia::anagrafe::v1::resolve_principal_request::Subject;
use proto::omnia::anagrafe::v1::{ResolvePrincipalRequest, ResolvePrincipalResponse};
use testkit::TestDatabase;
use tonic::{Request, Status};
use tonic_types::StatusExt;
use uuid::Uuid;

/// A Thursday afternoon.
pub(crate) const NOW: &str = "2022-12-15T14:30:00Z";
/// Matricola of a firm registered in Milano.
pub(crate) const MILANO: &str = "4912345678";
/// Matricola of a firm registered in Roma.
pub(crate) const ROMA: &str = "7000000001";

pub(crate) const OWNER: &str = "RSSMRA80A01H501U";
pub(crate) const IDM: &str = "BNCLRA85D45F205E";
pub(crate) const STAFF: &str = "VRDGPP70M10F839N";
pub(crate) const CONSULTANT: &str = "NREPLA92T50L219Q";
pub(crate) const OTHER: &str = "GLLMRC78C12A662K";

const EMPLOYERS: &str = "\
matricola,codice_fiscale,name,csc,authorization_codes,ateco,ateco_version,sector,protection_scheme,seat_province_istat,registered_office,active_from,active_to
4912345678,12345678903,Officine Esempio S.r.l.,10601,1S|7A,25.62.00,ATECO_2025,a,CIGO_CIGS,015,490000,2015-03-01,
7000000001,01234567897,Servizi Prova S.p.A.,70708,0J,62.01.00,ATECO_2007,fis,FIS,058,700000,2018-01-01,
";

const UNITS: &str = "\
matricola,production_unit_code,name,address,municipality_belfiore,province_istat,working_days,is_production_unit,active_from,active_to,headcount
4912345678,0,Sede di Milano,Via Esempio 1,F205,015,5,true,2015-03-01,,2022-11/40/24|2022-11/20/3|2022-10/40/23|2022-10/20/3
4912345678,1,Stabilimento di Monza,Via Prova 2,F704,108,5,true,2018-01-01,,2022-11/40/61
4912345678,2,Cantiere di Lodi,Via Campo 3,E648,098,6,false,2022-06-01,,
7000000001,0,Sede di Roma,Via Modello 4,H501,058,5,true,2018-01-01,,2022-11/40/9
";

/// The anagrafe and what it stands on.
pub(crate) struct Stage {
    pub(crate) database: TestDatabase,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) stop: Stop,
    pub(crate) app: App,
    pub(crate) grpc: Grpc,
}

impl Stage {
    /// An anagrafe that knows the territory and nobody.
    pub(crate) async fn empty() -> Self {
        let database = TestDatabase::create(&MIGRATOR).await;
        let clock = Arc::new(ManualClock::at(instant(NOW)));
        let stop = Stop::new();
        let territory = data::territory().unwrap();
        let app = App::start(
            database.database.clone(),
            clock.clone(),
            Ids::seeded(7),
            stop.clone(),
            territory,
        )
        .await
        .unwrap();
        let grpc = Grpc::new(app.clone());
        Self {
            database,
            clock,
            stop,
            app,
            grpc,
        }
    }

    /// With a firm in Milano, with units in Milano, Monza and a building site in Lodi, and a firm in Roma.
    pub(crate) async fn with_firms() -> Self {
        let stage = Self::empty().await;
        stage.imports(Kind::Employers, EMPLOYERS).await;
        stage.imports(Kind::ProductionUnits, UNITS).await;
        stage
    }

    /// With firms and these lines of a roles file.
    pub(crate) async fn with_roles(lines: &[&str]) -> Self {
        let stage = Self::with_firms().await;
        stage.imports(Kind::Roles, &roles_file(lines)).await;
        stage
    }

    /// Imports a file without faults.
    pub(crate) async fn imports(&self, kind: Kind, file: &str) -> Report {
        let report = self.import(kind, file, false).await;
        assert_eq!(report.faults, []);
        report
    }

    /// Imports a file.
    pub(crate) async fn import(&self, kind: Kind, file: &str, dry_run: bool) -> Report {
        let file = Cursor::new(file.as_bytes().to_vec());
        self.app
            .import(&Caller::service("operator"), file, kind, dry_run)
            .await
            .unwrap()
    }

    /// Asks as the gateway does.
    pub(crate) async fn resolves(
        &self,
        codice_fiscale: &str,
        role: &str,
    ) -> ResolvePrincipalResponse {
        let subject = Some(Subject::CodiceFiscale(codice_fiscale.to_owned()));
        self.asks(ResolvePrincipalRequest {
            subject,
            role: role.to_owned(),
            ..Default::default()
        })
        .await
    }

    /// Asks as the gateway does.
    pub(crate) async fn asks(&self, request: ResolvePrincipalRequest) -> ResolvePrincipalResponse {
        self.grpc
            .resolve_principal(Request::new(request))
            .await
            .unwrap()
            .into_inner()
    }

    /// The opaque id of a person.
    pub(crate) async fn id_of(&self, codice_fiscale: &str) -> Uuid {
        self.resolves(codice_fiscale, "CIT")
            .await
            .person_id
            .parse()
            .unwrap()
    }

    /// A member of staff at an office.
    pub(crate) async fn staff(&self, codice_fiscale: &str, role: Role, office: &str) -> Caller {
        let scope = Scope::Offices(vec![office.parse().unwrap()]);
        Caller {
            organisation: office.to_owned(),
            ..self.person(codice_fiscale, role, scope).await
        }
    }

    /// Somebody who acts for a firm.
    pub(crate) async fn firm(&self, codice_fiscale: &str, role: Role, matricola: &str) -> Caller {
        let scope = Scope::Own(vec![matricola.to_owned()]);
        Caller {
            organisation: matricola.to_owned(),
            ..self.person(codice_fiscale, role, scope).await
        }
    }

    /// An intermediary under a mandate.
    pub(crate) async fn intermediary(
        &self,
        codice_fiscale: &str,
        mandate: &str,
        matricola: &str,
    ) -> Caller {
        let in_use = MandateInUse {
            id: mandate.parse().unwrap(),
            matricola: matricola.to_owned(),
        };
        let scope = Scope::Mandate(matricola.to_owned());
        Caller {
            mandate: Some(in_use),
            ..self.person(codice_fiscale, Role::Int, scope).await
        }
    }

    /// A person in a role.
    pub(crate) async fn person(&self, codice_fiscale: &str, role: Role, scope: Scope) -> Caller {
        Caller {
            person: self.id_of(codice_fiscale).await,
            role,
            scope,
            organisation: String::new(),
            areas: Vec::new(),
            level: Level::L3,
            mandate: None,
            service: None,
            session: "session".to_owned(),
            dasmo: false,
            name: PersonName::default(),
        }
    }

    /// Kinds of the events of a person, in feed order.
    pub(crate) async fn events_of(&self, person: &str) -> Vec<String> {
        use prost::Message;
        use proto::omnia::anagrafe::v1::EntitlementEvent;
        let rows = sqlx::query!(
            "SELECT payload FROM outbox WHERE aggregate_type = 'person' AND aggregate_id = $1 ORDER BY tx, id",
            person,
        )
        .fetch_all(self.database.database.pool())
        .await
        .unwrap();
        rows.iter()
            .map(|row| {
                EntitlementEvent::decode(row.payload.as_slice())
                    .unwrap()
                    .kind()
                    .as_str_name()
                    .to_owned()
            })
            .collect()
    }

    /// Actions in the audit trail, in order.
    pub(crate) async fn audited(&self) -> Vec<String> {
        sqlx::query_scalar!("SELECT action FROM audit_record ORDER BY id")
            .fetch_all(self.database.database.pool())
            .await
            .unwrap()
    }

    /// Moves to an instant.
    pub(crate) fn at(&self, text: &str) {
        self.clock.set(instant(text));
        assert_eq!(self.clock.now(), instant(text));
    }
}

pub(crate) fn instant(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// A request as the access layer hands it on.
pub(crate) fn by<T>(caller: &Caller, message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.extensions_mut().insert(caller.clone());
    request
}

/// The reason of a refusal.
pub(crate) fn reason(status: &Status) -> String {
    status
        .get_details_error_info()
        .map(|info| info.reason)
        .unwrap_or_default()
}

/// A roles file of these lines.
pub(crate) fn roles_file(lines: &[&str]) -> String {
    let heading =
        "codice_fiscale,client_id,role,organisation,areas,effective_from,effective_to,dasmo_from";
    format!("{heading}\n{}\n", lines.join("\n"))
}

/// A mandates file of these lines.
pub(crate) fn mandates_file(lines: &[&str]) -> String {
    format!(
        "matricola,delegate_codice_fiscale,valid_from,valid_to\n{}\n",
        lines.join("\n")
    )
}

/// The `n`th of as many well-formed codici fiscali as are needed.
pub(crate) fn codice_fiscale(n: usize) -> String {
    let letter =
        |power: u32| char::from(b'A' + u8::try_from(n / 26_usize.pow(power) % 26).unwrap());
    let stem: String = (0..6).map(letter).collect();
    let body = format!("{stem}80A01H501");
    ('A'..='Z')
        .map(|check| format!("{body}{check}"))
        .find(|code| code.parse::<CodiceFiscale>().is_ok())
        .unwrap()
}
