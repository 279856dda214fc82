//! The platform, through the gateway, with the token and the choices of the person at the browser.

use std::collections::HashMap;
use std::iter::successors;
use std::sync::Arc;

use arc_swap::ArcSwap;
use chassis::client::{Channels, ServiceChannel};
use chassis::config::{ClientConfig, ServiceUrl};
use chrono::{DateTime, TimeDelta, Utc};
use http::HeaderValue;
use proto::omnia::anagrafe::v1::employers_service_client::EmployersServiceClient;
use proto::omnia::anagrafe::v1::profile_service_client::ProfileServiceClient;
use proto::omnia::anagrafe::v1::territory_service_client::TerritoryServiceClient;
use proto::omnia::anagrafe::v1::{ListOfficesRequest, Office};
use proto::omnia::claims::v1::acts_service_client::ActsServiceClient;
use proto::omnia::claims::v1::claims_service_client::ClaimsServiceClient;
use proto::omnia::claims::v1::desk_service_client::DeskServiceClient;
use proto::omnia::claims::v1::files_service_client::FilesServiceClient;
use proto::omnia::claims::v1::office_service_client::OfficeServiceClient;
use proto::omnia::claims::v1::search_service_client::SearchServiceClient;
use proto::omnia::dasmo::v1::dasmo_digest_service_client::DasmoDigestServiceClient;
use proto::omnia::dasmo::v1::dasmo_flows_service_client::DasmoFlowsServiceClient;
use proto::omnia::dasmo::v1::dasmo_service_client::DasmoServiceClient;
use proto::omnia::limits::v1::limits_service_client::LimitsServiceClient;
use proto::omnia::payments::v1::flows_service_client::FlowsServiceClient;
use proto::omnia::payments::v1::recoveries_service_client::RecoveriesServiceClient;
use proto::omnia::payments::v1::treasury_service_client::TreasuryServiceClient;
use tokio::sync::Mutex;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::{Request, Status};

use crate::session::{Profile, Session};

/// Largest answer that is read: a claim with 5,000 beneficiaries.
const LARGEST_ANSWER: usize = 16 * 1024 * 1024;

/// The way to the platform.
#[derive(Debug, Clone)]
pub(crate) struct Gateway(ServiceChannel);

/// A channel that speaks for a person.
pub(crate) type PersonChannel = InterceptedService<ServiceChannel, Person>;

/// Adds a person's token and choices to every call.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    token: MetadataValue<Ascii>,
    role: MetadataValue<Ascii>,
    mandate: MetadataValue<Ascii>,
    organisation: MetadataValue<Ascii>,
    forwarded: MetadataValue<Ascii>,
}

impl Gateway {
    /// Connects when it is first used.
    pub(crate) fn at(url: ServiceUrl, config: ClientConfig) -> Self {
        let channels = Channels::to_urls([("gateway", url)], None).with_config(config);
        Self(channels.to("gateway"))
    }

    /// The platform as somebody meets it.
    pub(crate) fn for_session(&self, session: &Session) -> Platform {
        let none = Profile::default();
        let profile = session.profile.as_ref().unwrap_or(&none);
        let person = Person {
            token: ascii(&format!("Bearer {}", session.access_token)),
            role: ascii(&profile.role),
            mandate: ascii(&profile.mandate),
            organisation: ascii(&profile.organisation),
            ..Person::nobody()
        };
        Platform(InterceptedService::new(self.0.clone(), person))
    }

    /// The platform as anybody meets it, counted by the addresses that a visit came through.
    pub(crate) fn for_anybody(&self, forwarded: &str) -> Platform {
        let person = Person {
            forwarded: ascii(forwarded),
            ..Person::nobody()
        };
        Platform(InterceptedService::new(self.0.clone(), person))
    }
}

impl Person {
    fn nobody() -> Self {
        let nothing = || MetadataValue::from_static("");
        Self {
            token: nothing(),
            role: nothing(),
            mandate: nothing(),
            organisation: nothing(),
            forwarded: nothing(),
        }
    }
}

/// Text that cannot travel in a header travels as nothing, and then nothing was chosen.
fn ascii(text: &str) -> MetadataValue<Ascii> {
    HeaderValue::from_str(text)
        .ok()
        .and_then(|value| MetadataValue::try_from(value.as_bytes()).ok())
        .unwrap_or_else(|| MetadataValue::from_static(""))
}

impl Interceptor for Person {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        let metadata = request.metadata_mut();
        for (name, value) in [
            ("authorization", &self.token),
            ("x-forwarded-for", &self.forwarded),
            ("x-omnia-role", &self.role),
            ("x-omnia-mandate", &self.mandate),
            ("x-omnia-organisation", &self.organisation),
        ] {
            if !value.is_empty() {
                metadata.insert(name, value.clone());
            }
        }
        Ok(request)
    }
}

/// The platform as one person meets it: a client for each service.
#[derive(Debug, Clone)]
pub(crate) struct Platform(PersonChannel);

impl Platform {
    /// What the person may act as.
    pub(crate) fn profiles(&self) -> ProfileServiceClient<PersonChannel> {
        ProfileServiceClient::new(self.0.clone())
    }

    /// Employers and their units.
    pub(crate) fn employers(&self) -> EmployersServiceClient<PersonChannel> {
        EmployersServiceClient::new(self.0.clone())
    }

    /// Offices.
    pub(crate) fn territory(&self) -> TerritoryServiceClient<PersonChannel> {
        TerritoryServiceClient::new(self.0.clone())
    }

    /// Claims.
    pub(crate) fn claims(&self) -> ClaimsServiceClient<PersonChannel> {
        ClaimsServiceClient::new(self.0.clone()).max_decoding_message_size(LARGEST_ANSWER)
    }

    /// Files of claims.
    pub(crate) fn files(&self) -> FilesServiceClient<PersonChannel> {
        FilesServiceClient::new(self.0.clone()).max_decoding_message_size(LARGEST_ANSWER)
    }

    /// Acts and receipts.
    pub(crate) fn acts(&self) -> ActsServiceClient<PersonChannel> {
        ActsServiceClient::new(self.0.clone())
    }

    /// Work of the office.
    pub(crate) fn office(&self) -> OfficeServiceClient<PersonChannel> {
        OfficeServiceClient::new(self.0.clone()).max_decoding_message_size(LARGEST_ANSWER)
    }

    /// Finding claims.
    pub(crate) fn search(&self) -> SearchServiceClient<PersonChannel> {
        SearchServiceClient::new(self.0.clone()).max_decoding_message_size(LARGEST_ANSWER)
    }

    /// The desk of an office.
    pub(crate) fn desk(&self) -> DeskServiceClient<PersonChannel> {
        DeskServiceClient::new(self.0.clone()).max_decoding_message_size(LARGEST_ANSWER)
    }

    /// The dashboard of workloads.
    pub(crate) fn dasmo(&self) -> DasmoServiceClient<PersonChannel> {
        DasmoServiceClient::new(self.0.clone()).max_decoding_message_size(LARGEST_ANSWER)
    }

    /// Flows of direct payment.
    pub(crate) fn flows(&self) -> FlowsServiceClient<PersonChannel> {
        FlowsServiceClient::new(self.0.clone()).max_decoding_message_size(LARGEST_ANSWER)
    }

    /// Recoveries of over-payments.
    pub(crate) fn recoveries(&self) -> RecoveriesServiceClient<PersonChannel> {
        RecoveriesServiceClient::new(self.0.clone()).max_decoding_message_size(LARGEST_ANSWER)
    }

    /// Orders to the bank, and its answers.
    pub(crate) fn treasury(&self) -> TreasuryServiceClient<PersonChannel> {
        TreasuryServiceClient::new(self.0.clone()).max_decoding_message_size(LARGEST_ANSWER)
    }

    /// The dashboard of payment flows.
    pub(crate) fn dasmo_flows(&self) -> DasmoFlowsServiceClient<PersonChannel> {
        DasmoFlowsServiceClient::new(self.0.clone()).max_decoding_message_size(LARGEST_ANSWER)
    }

    /// The weekly digest of the dashboard.
    pub(crate) fn dasmo_digest(&self) -> DasmoDigestServiceClient<PersonChannel> {
        DasmoDigestServiceClient::new(self.0.clone())
    }

    /// Limits.
    pub(crate) fn limits(&self) -> LimitsServiceClient<PersonChannel> {
        LimitsServiceClient::new(self.0.clone())
    }
}

/// The offices: published data, asked for once an hour.
#[derive(Debug, Default)]
pub(crate) struct Directory {
    known: ArcSwap<Offices>,
    asked: Mutex<Option<DateTime<Utc>>>,
}

/// The offices by code.
#[derive(Debug, Default)]
pub(crate) struct Offices(HashMap<String, Office>);

/// Offices are asked for again after this long.
const OFFICES_LAST: TimeDelta = TimeDelta::hours(1);

impl Offices {
    /// Codes and names, by code.
    pub(crate) fn all(&self) -> Vec<(String, String)> {
        let mut all: Vec<_> = self
            .0
            .keys()
            .map(|code| (code.clone(), self.name(code)))
            .collect();
        all.sort();
        all
    }

    /// `Milano (490000)`; the code alone for an office that is not known.
    pub(crate) fn name(&self, code: &str) -> String {
        match self.0.get(code) {
            Some(office) => format!("{} ({code})", office.name),
            None => code.to_owned(),
        }
    }

    /// Whether an office is in the territory of a role (`identity.md` §4.1). The dashboard may show more than that: Italy to a
    /// manager of the central directorate, and to others their whole region.
    pub(crate) fn is_of(&self, code: &str, profile: &Profile) -> bool {
        let office = self.0.get(code);
        match profile.role.as_str() {
            "SEDE" | "PO" | "DIR" => code == profile.organisation,
            "DSEDE" => {
                let above = |code: &String| Some(self.0.get(code)?.parent_code.clone());
                successors(Some(code.to_owned()), above).any(|code| code == profile.organisation)
            }
            "DREG" => office.is_some_and(|it| it.region_istat == profile.organisation),
            "DCM" => office.is_some_and(|it| it.metro == profile.organisation),
            _ => false,
        }
    }
}

impl Directory {
    /// The offices as they are known. When they cannot be had a page shows codes rather than nothing.
    pub(crate) async fn offices(&self, platform: &Platform, now: DateTime<Utc>) -> Arc<Offices> {
        let mut asked = self.asked.lock().await;
        if asked.is_none_or(|asked| now - asked >= OFFICES_LAST)
            && let Ok(offices) = ask(platform).await
        {
            self.known.store(Arc::new(offices));
            *asked = Some(now);
        }
        self.known.load_full()
    }
}

async fn ask(platform: &Platform) -> Result<Offices, Status> {
    let mut known = HashMap::new();
    let mut page_token = String::new();
    loop {
        let request = ListOfficesRequest {
            page_size: 500,
            page_token,
            ..ListOfficesRequest::default()
        };
        let page = platform
            .territory()
            .list_offices(request)
            .await?
            .into_inner();
        let offices = page.offices.into_iter();
        known.extend(offices.map(|office| (office.code.clone(), office)));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return Ok(Offices(known));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn office(code: &str, parent: &str, metro: &str) -> (String, Office) {
        let office = Office {
            code: code.to_owned(),
            parent_code: parent.to_owned(),
            region_istat: "03".to_owned(),
            metro: metro.to_owned(),
            ..Office::default()
        };
        (code.to_owned(), office)
    }

    #[test]
    fn each_role_has_the_offices_of_its_territory() {
        let offices = Offices(HashMap::from([
            office("970300", "", ""),
            office("490000", "970300", "MILANO"),
            office("490001", "490000", ""),
            office("170000", "970300", ""),
        ]));
        for (role, organisation, theirs) in [
            ("PO", "490000", &["490000"][..]),
            ("DIR", "490000", &["490000"]),
            // Of the central directorate.
            ("DIR", "", &[]),
            ("DSEDE", "490000", &["490000", "490001"]),
            ("DREG", "03", &["170000", "490000", "490001"]),
            ("DREG", "01", &[]),
            ("DCM", "MILANO", &["490000"]),
            ("IDM", "490000", &[]),
        ] {
            let profile = Profile {
                role: role.to_owned(),
                organisation: organisation.to_owned(),
                ..Profile::default()
            };
            let seen = ["170000", "490000", "490001", "810000"];
            let seen: Vec<_> = seen
                .into_iter()
                .filter(|code| offices.is_of(code, &profile))
                .collect();
            assert_eq!(seen, theirs, "{role} {organisation}");
        }
    }
}
