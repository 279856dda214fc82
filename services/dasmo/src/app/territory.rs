//! What a caller may see, and whether the filter lies inside it.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use chassis::Failure;
use chassis::access::Role;
use chassis::identity::{Caller, Scope};

use crate::domain::{Filter, OfficeInRegion, Selection, Territory};

/// The offices of the country that claims are sent to, with their regions. Master data of the anagrafe.
#[async_trait]
pub(crate) trait Directory: Send + Sync + 'static {
    /// All of them. Fails with `UNAVAILABLE` when they cannot be had.
    async fn offices(&self) -> Result<Arc<[OfficeInRegion]>, Failure>;
}

/// Turns the scope of callers into territories.
#[derive(Clone)]
pub(crate) struct Territories {
    directory: Arc<dyn Directory>,
    regional_profile: bool,
}

impl Territories {
    /// With `regional_profile`, everyone sees the whole region (`claims.md` DAS-10).
    pub(crate) fn new(directory: Arc<dyn Directory>, regional_profile: bool) -> Self {
        Self {
            directory,
            regional_profile,
        }
    }

    /// What the caller sees of what was asked for. An office or region outside the territory is refused with IDN-E05,
    /// one that does not exist as well: the answer must not tell which offices there are.
    pub(crate) async fn select(
        &self,
        caller: &Caller,
        filter: Filter,
    ) -> Result<Selection, Failure> {
        let territory = self.territory(caller).await?;
        if filter
            .office
            .as_ref()
            .is_some_and(|office| !territory.holds(office))
        {
            return Err(Failure::outside_scope());
        }
        if let Some(region) = &filter.region_istat
            && !self.holds_region(caller, &territory, region).await?
        {
            return Err(Failure::outside_scope());
        }
        match filter.office.clone() {
            Some(sede) if filter.with_agencies => Ok(Selection {
                territory: territory.with_agencies(&sede, &self.directory.offices().await?),
                filter: Filter {
                    office: None,
                    ..filter
                },
            }),
            _ => Ok(Selection { territory, filter }),
        }
    }

    async fn territory(&self, caller: &Caller) -> Result<Territory, Failure> {
        let granted = match &caller.scope {
            Scope::National => Territory::Italy,
            Scope::Offices(offices) => {
                Territory::Offices(offices.iter().cloned().collect::<BTreeSet<_>>())
            }
            // The matrix gives DASMO to nobody with another scope; if it ever did, there would be no rows to show.
            Scope::Own(_) | Scope::Mandate(_) | Scope::System => {
                return Err(Failure::capability_lacking());
            }
        };
        if self.regional_profile && granted != Territory::Italy {
            return Ok(granted.widened_to_regions(&self.directory.offices().await?));
        }
        Ok(granted)
    }

    /// A regional director's own region needs no look at the directory.
    async fn holds_region(
        &self,
        caller: &Caller,
        territory: &Territory,
        region: &str,
    ) -> Result<bool, Failure> {
        if *territory == Territory::Italy
            || (caller.role == Role::Dreg && caller.organisation == region)
        {
            return Ok(true);
        }
        Ok(territory.holds_region(region, &self.directory.offices().await?))
    }
}
