//! Authorised periods that turn out to be otherwise, or not to be: each change says why, and what was known before stays
//! known as of before.

use chassis::db::ScopedFutureExt;
use chassis::identity::Caller;
use chassis::{Failure, Tx, idempotency};
use uuid::Uuid;

use crate::domain::ledger::{Entry, LedgerRefusal, State, Version};
use crate::store;

use super::{App, record, refusals};

/// An entry as it ought to be.
#[derive(Debug, Clone)]
pub struct Correction {
    /// Id of the request.
    pub request_id: Uuid,
    /// Version that was read.
    pub version: i32,
    /// The entry; its state and the facts of its unit are not looked at.
    pub entry: Entry,
    /// Why.
    pub reason: String,
}

/// An entry to be struck out.
#[derive(Debug, Clone)]
pub struct Cancellation {
    /// Id of the request.
    pub request_id: Uuid,
    /// Version that was read.
    pub version: i32,
    /// The entry.
    pub id: Uuid,
    /// Why.
    pub reason: String,
}

/// A change of one entry that was read at a version, asked for under an id.
struct Change<'c> {
    method: &'static str,
    action: &'static str,
    request_id: Uuid,
    version: i32,
    id: Uuid,
    reason: &'c str,
    /// The request as it came, by which a repetition is known.
    fingerprint: &'c [u8],
}

impl App {
    /// Writes an authorised entry anew. No limit is checked: it tells what was decided.
    ///
    /// IDN-E06 when there is no such entry, `RESERVATION_STATE` when it is not authorised, `ETAG_MISMATCH` when it changed
    /// since it was read; a field that cannot be right names its rule.
    pub async fn correct(
        &self,
        caller: &Caller,
        correction: &Correction,
        fingerprint: &[u8],
    ) -> Result<Version, Failure> {
        refusals::entry_faults(&correction.entry)?;
        self.require_workable(&correction.entry).await?;
        let change = Change {
            method: "CorrectEntry",
            action: "limits.correct_entry",
            request_id: correction.request_id,
            version: correction.version,
            id: correction.entry.id,
            reason: &correction.reason,
            fingerprint,
        };
        let corrected = &correction.entry;
        self.change(caller, &change, |known| anew(known, corrected))
            .await
    }

    /// Strikes an authorised entry out; refused as a correction is.
    pub async fn cancel(
        &self,
        caller: &Caller,
        cancellation: &Cancellation,
        fingerprint: &[u8],
    ) -> Result<Version, Failure> {
        let change = Change {
            method: "CancelEntry",
            action: "limits.cancel_entry",
            request_id: cancellation.request_id,
            version: cancellation.version,
            id: cancellation.id,
            reason: &cancellation.reason,
            fingerprint,
        };
        self.change(caller, &change, |known| {
            Ok(known.clone().becoming(State::Cancelled))
        })
        .await
    }

    async fn change(
        &self,
        caller: &Caller,
        change: &Change<'_>,
        becomes: impl Fn(&Entry) -> Result<Entry, Failure> + Send + Sync,
    ) -> Result<Version, Failure> {
        let becomes = &becomes;
        self.database
            .transaction("limits_change_entry", |tx| {
                async move {
                    let (method, request) = (change.method, change.request_id);
                    let seen =
                        idempotency::claim(tx, method, caller.person, request, change.fingerprint)
                            .await?;
                    if seen.is_some() {
                        return written_before(tx, change).await;
                    }
                    let version = self.change_in(tx, change, becomes).await?;
                    idempotency::complete(tx, method, caller.person, request, change.id).await?;
                    record(tx, caller, change.action, &version).await?;
                    Ok(version)
                }
                .scope_boxed()
            })
            .await
    }

    async fn change_in(
        &self,
        tx: &mut Tx,
        change: &Change<'_>,
        becomes: impl Fn(&Entry) -> Result<Entry, Failure>,
    ) -> Result<Version, Failure> {
        let (known, at) = self.lock_entry(tx, change.id).await?;
        if known.number != change.version {
            return Err(Failure::etag_mismatch());
        }
        if known.entry.state != State::Authorised {
            return Err(refusals::ledger(LedgerRefusal::NotAuthorised));
        }
        let entry = becomes(&known.entry)?;
        require_alone(tx, &entry).await?;
        let reason = Some(change.reason.to_owned());
        self.write(tx, known.next(entry, at, reason)).await
    }
}

/// An entry with the content of its correction, which must be of the same entry.
fn anew(known: &Entry, corrected: &Entry) -> Result<Entry, Failure> {
    let (is, ought) = (&known.booking, &corrected.booking);
    let field = if is.unit != ought.unit {
        "entry.unit"
    } else if is.scheme != ought.scheme {
        "entry.scheme"
    } else if is.origin != ought.origin {
        "entry.origin"
    } else {
        return Ok(Entry {
            booking: ought.clone(),
            usage: corrected.usage.clone(),
            ..known.clone()
        });
    };
    Err(Failure::field(field, "must be that of the entry"))
}

async fn require_alone(tx: &mut Tx, entry: &Entry) -> Result<(), Failure> {
    if entry.state != State::Authorised {
        return Ok(());
    }
    let unit = std::slice::from_ref(&entry.booking.unit);
    let others = store::authorised(tx, unit).await?;
    if others.iter().any(|other| entry.repeats(&other.entry)) {
        return Err(Failure::field("entry.first_day", refusals::REPEATS));
    }
    Ok(())
}

async fn written_before(tx: &mut Tx, change: &Change<'_>) -> Result<Version, Failure> {
    let unit = store::unit_of_entry(tx, change.id)
        .await?
        .ok_or_else(Failure::not_found)?;
    store::version(tx, &unit, change.id, change.version + 1)
        .await?
        .ok_or_else(|| Failure::internal("the version that a request wrote is not there"))
}
