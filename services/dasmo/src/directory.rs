//! Offices and regions, asked of the anagrafe and kept for a while.

use std::sync::Arc;

use async_trait::async_trait;
use chassis::client::ServiceChannel;
use chassis::{Failure, SharedClock};
use chrono::{DateTime, TimeDelta, Utc};
use proto::omnia::anagrafe::v1::territory_service_client::TerritoryServiceClient;
use proto::omnia::anagrafe::v1::{ListOfficesRequest, Office, OfficeKind};
use tokio::sync::Mutex;

use crate::app::territory::Directory;
use crate::domain::OfficeInRegion;

/// Offices asked for at a time.
const PAGE: i32 = 500;

/// The anagrafe's table of offices.
pub(crate) struct AnagrafeDirectory {
    client: TerritoryServiceClient<ServiceChannel>,
    clock: SharedClock,
    kept_for: TimeDelta,
    kept: Mutex<Option<Kept>>,
}

struct Kept {
    since: DateTime<Utc>,
    offices: Arc<[OfficeInRegion]>,
}

impl AnagrafeDirectory {
    pub(crate) fn new(channel: ServiceChannel, clock: SharedClock, kept_for: TimeDelta) -> Self {
        Self {
            client: TerritoryServiceClient::new(channel),
            clock,
            kept_for,
            kept: Mutex::new(None),
        }
    }

    async fn ask(&self) -> Result<Arc<[OfficeInRegion]>, Failure> {
        let mut client = self.client.clone();
        let mut offices = Vec::new();
        let mut page_token = String::new();
        loop {
            let request = ListOfficesRequest {
                page_size: PAGE,
                page_token,
                ..ListOfficesRequest::default()
            };
            let page = client
                .list_offices(request)
                .await
                .map_err(Failure::unavailable)?
                .into_inner();
            offices.extend(page.offices.iter().filter_map(competent));
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return Ok(offices.into());
            }
        }
    }
}

#[async_trait]
impl Directory for AnagrafeDirectory {
    /// The lock is held while asking, so that callers who find the table old ask once together.
    async fn offices(&self) -> Result<Arc<[OfficeInRegion]>, Failure> {
        let mut kept = self.kept.lock().await;
        let now = self.clock.now();
        if let Some(kept) = kept
            .as_ref()
            .filter(|kept| (now - kept.since).abs() < self.kept_for)
        {
            return Ok(kept.offices.clone());
        }
        let offices = self.ask().await?;
        *kept = Some(Kept {
            since: now,
            offices: offices.clone(),
        });
        Ok(offices)
    }
}

/// Regional directorates and metropolitan coordinations guide, but no claim is sent to them.
fn competent(office: &Office) -> Option<OfficeInRegion> {
    if matches!(
        office.kind(),
        OfficeKind::Regional | OfficeKind::Metropolitan
    ) {
        return None;
    }
    Some(OfficeInRegion {
        office: office.code.parse().ok()?,
        region_istat: office.region_istat.clone(),
        agency_of: match office.kind() {
            OfficeKind::Agency | OfficeKind::ComplexAgency => office.parent_code.parse().ok(),
            _ => None,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_offices_that_claims_are_sent_to_make_a_region() {
        let office = |kind: OfficeKind| Office {
            code: "490000".to_owned(),
            region_istat: "03".to_owned(),
            kind: kind.into(),
            parent_code: "970300".to_owned(),
            ..Office::default()
        };
        assert!(competent(&office(OfficeKind::Provincial)).is_some());
        let agency = competent(&office(OfficeKind::Agency)).unwrap();
        assert_eq!(agency.agency_of, Some("970300".parse().unwrap()));
        let sede = competent(&office(OfficeKind::Provincial)).unwrap();
        assert_eq!(sede.agency_of, None, "a region is above it");
        assert!(competent(&office(OfficeKind::Regional)).is_none());
        assert!(competent(&office(OfficeKind::Metropolitan)).is_none());
    }
}
