//! Grants: what the feed of claims tells, and what is asked for when the first flow comes.

use chassis::db::ScopedFutureExt;
use chassis::{Failure, Tx};
use kernel::{AuthorizationNumber, CodiceFiscale};
use uuid::Uuid;

use super::App;
use crate::domain::authorisation::Authorisation;
use crate::store;
use crate::store::authorisations::Kept;

/// What an event of claims says of a grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Told {
    /// A decision granted something; it takes the place of the one before.
    Granted(Box<Authorisation>),
    /// The claim stands again, or no more.
    Active(Uuid, bool),
    /// The claim was annulled: it never stands again, and what was paid under it has to come back.
    Annulled(Uuid),
}

/// Takes in what the feed tells, in its order.
pub(crate) async fn take_in(tx: &mut Tx, told: &[Told]) -> Result<(), Failure> {
    for one in told {
        match one {
            Told::Granted(authorisation) => {
                store::authorisations::granted(tx, authorisation).await?;
            }
            Told::Active(claim, active) => {
                store::authorisations::set_active(tx, *claim, *active).await?;
            }
            Told::Annulled(claim) => store::authorisations::annul(tx, *claim).await?,
        }
    }
    Ok(())
}

impl App {
    /// A grant with everything that a flow is held against; `None` when nothing was granted under the number. The first time,
    /// claims and the anagrafe are asked: also for a grant that the feed has not told yet.
    pub(super) async fn grant(
        &self,
        number: &AuthorizationNumber,
    ) -> Result<Option<Kept>, Failure> {
        let mut connection = self.database.pool().acquire().await?;
        let known = store::authorisations::find(&mut connection, number.as_str()).await?;
        if known.as_ref().is_some_and(|grant| grant.details.is_some()) {
            return Ok(known);
        }
        drop(connection);
        let Some((authorisation, details)) = self.grants.find(number).await? else {
            return Ok(None);
        };
        let workers = self.grants.workers(number).await?;
        let codes: Vec<CodiceFiscale> = workers.iter().map(|(code, _)| code.clone()).collect();
        let ids = self.people.identify(&codes).await?;
        let workers: Vec<_> = workers
            .into_iter()
            .zip(ids)
            .map(|((code, hours), id)| (code, id, hours))
            .collect();
        let (authorisation, details, workers) = (&authorisation, &details, &workers);
        self.database
            .transaction("payments_know_grant", |tx| {
                async move {
                    let number = authorisation.number.as_str();
                    if store::authorisations::find(tx, number).await?.is_none() {
                        store::authorisations::granted(tx, authorisation).await?;
                    }
                    store::authorisations::make_known(tx, number, details, workers).await?;
                    Ok(store::authorisations::find(tx, number).await?)
                }
                .scope_boxed()
            })
            .await
    }
}
