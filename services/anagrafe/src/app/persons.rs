//! Opaque ids of people by their codici fiscali.

use chassis::db::ScopedFutureExt;
use chassis::identity::Caller;
use chassis::{Failure, audit};
use kernel::CodiceFiscale;
use uuid::Uuid;

use super::App;
use crate::store;

impl App {
    /// The ids of people, in the order asked for; whoever was not known becomes known.
    pub async fn identify(&self, caller: &Caller, codes: &[String]) -> Result<Vec<Uuid>, Failure> {
        for (place, code) in codes.iter().enumerate() {
            let well_formed: Result<CodiceFiscale, _> = code.parse();
            if well_formed.is_err() {
                let field = format!("codici_fiscali[{place}]");
                return Err(Failure::field(field, "must be a codice fiscale"));
            }
        }
        let now = self.clock.now();
        let fresh: Vec<Uuid> = codes.iter().map(|_| self.ids.at(now)).collect();
        let fresh = &fresh;
        let known = self
            .database
            .transaction("anagrafe_identify", |tx| {
                async move {
                    let known = store::people::ensure_all(tx, codes, fresh, now).await?;
                    let entry = audit::Entry {
                        action: "anagrafe.identify_persons",
                        resource_type: "person",
                        resource_id: String::new(),
                        result_count: i64::try_from(codes.len()).unwrap_or(i64::MAX),
                    };
                    audit::record(tx, caller, entry, now).await?;
                    Ok(known)
                }
                .scope_boxed()
            })
            .await?;
        codes
            .iter()
            .map(|code| known.get(code).copied())
            .collect::<Option<Vec<_>>>()
            .ok_or_else(|| Failure::internal("a person who was just made known is not"))
    }
}
