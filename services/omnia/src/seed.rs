//! Makes the personas and their firms known to a development platform, through the same import as real master data.

use std::fmt::Write;

use chassis::client::Channels;
use chrono::NaiveDate;
use kernel::calendar::add_months;

use crate::import::{self, Kind};
use crate::personas::{ALL, FONDERIE, OFFICINE, Persona};

/// Roles of personas work from this day, so that `--now` can go back years.
const SINCE: &str = "2018-01-01";
/// Months of headcount made known before and after today.
const MONTHS_BACK: i32 = 36;
const MONTHS_AHEAD: i32 = 12;

const EMPLOYERS: &str = "\
matricola,codice_fiscale,name,csc,authorization_codes,ateco,ateco_version,sector,protection_scheme,seat_province_istat,registered_office,active_from,active_to
4900000001,04900000011,Officine Ambrosiane S.r.l.,10601,1S,25.62.00,ATECO_2025,a,CIGO_CIGS,015,490000,2005-03-01,
8100000002,08100000028,Fonderie Taurinensi S.p.A.,10601,,24.51.00,ATECO_2025,a,CIGO_CIGS,001,810000,1998-06-01,
";

/// Heads of the employers, part-timers pro rata: of each unit forty full-timers and five on half time.
const HEADS: [(&str, &str); 2] = [(OFFICINE, "85"), (FONDERIE, "42.5")];

const UNITS: [&str; 3] = [
    "4900000001,0,Sede di Milano,Via delle Prove 1,F205,015,5,true,2005-03-01,",
    "4900000001,1,Stabilimento di Lambrate,Via delle Prove 2,F205,015,5,true,2010-01-01,",
    "8100000002,0,Stabilimento di Torino,Via degli Esempi 7,L219,001,5,true,1998-06-01,",
];

/// Imports what is missing; does nothing the second time.
pub(crate) async fn personas(channels: &Channels, today: NaiveDate) -> anyhow::Result<()> {
    import::apply(channels, Kind::Employers, EMPLOYERS.into()).await?;
    import::apply(channels, Kind::ProductionUnits, units(today).into()).await?;
    import::apply(channels, Kind::EmployerHeadcount, heads(today).into()).await?;
    import::apply(channels, Kind::Roles, roles().into()).await?;
    import::apply(channels, Kind::Mandates, mandates().into()).await
}

fn months(today: NaiveDate) -> impl Iterator<Item = String> {
    (-MONTHS_BACK..=MONTHS_AHEAD)
        .map(move |month| add_months(today, month).format("%Y-%m").to_string())
}

fn heads(today: NaiveDate) -> String {
    let mut file = "matricola,month,heads\n".to_owned();
    for (matricola, heads) in HEADS {
        for month in months(today) {
            let _ = writeln!(file, "{matricola},{month},{heads}");
        }
    }
    file
}

fn units(today: NaiveDate) -> String {
    let headcount = months(today)
        .map(|month| format!("{month}/40/40|{month}/20/5"))
        .collect::<Vec<_>>()
        .join("|");
    UNITS.iter().fold(
        "matricola,production_unit_code,name,address,municipality_belfiore,province_istat,working_days,is_production_unit,active_from,active_to,headcount\n".to_owned(),
        |mut file, unit| {
            let _ = writeln!(file, "{unit},{headcount}");
            file
        },
    )
}

fn roles() -> String {
    ALL.iter().filter(|persona| !matches!(persona.role, "CIT" | "INT")).fold(
        "codice_fiscale,client_id,role,organisation,areas,effective_from,effective_to,dasmo_from\n".to_owned(),
        |mut file, persona| {
            let (person, client) = subject(persona);
            let dasmo = if persona.dasmo { SINCE } else { "" };
            let Persona { role, organisation, areas, .. } = persona;
            let _ = writeln!(file, "{person},{client},{role},{organisation},{areas},{SINCE},,{dasmo}");
            file
        },
    )
}

fn subject(persona: &Persona) -> (&str, &str) {
    if persona.is_system() {
        ("", persona.subject)
    } else {
        (persona.subject, "")
    }
}

fn mandates() -> String {
    let given = [("consulente", OFFICINE), ("consulente-torino", FONDERIE)];
    given
        .iter()
        .filter_map(|(name, matricola)| Some((crate::personas::named(name)?, matricola)))
        .fold(
            "matricola,delegate_codice_fiscale,valid_from,valid_to\n".to_owned(),
            |mut file, (persona, matricola)| {
                let _ = writeln!(file, "{matricola},{},{SINCE},", persona.subject);
                file
            },
        )
}
