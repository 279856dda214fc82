//! Reserve, confirm, release: each atomic against every other booking of the unit, each harmless to repeat.

use chassis::db::ScopedFutureExt;
use chassis::identity::{Caller, Scope};
use chassis::{Failure, Tx};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::domain::ledger::{
    Booking, ConfirmStep, Entry, LedgerRefusal, ReserveStep, State, UnitKey, Version, unit_of,
};
use crate::domain::{Assessment, Rules};
use crate::store;

use super::counters::{TOLD_BY_CLAIMS, Told, Wish, require_answerable, require_scheme};
use super::{App, record, record_many, refusals};

/// Weeks to be set aside.
#[derive(Debug, Clone)]
pub struct ReserveCommand {
    /// Id chosen by the caller.
    pub id: Uuid,
    /// What to book: whole weeks of CIGO or AIS, or whole months of CIGS.
    pub booking: Booking,
    /// What is told of the unit. With the groups by contractual hours, told or known to the master data, the hours granted
    /// must fit art. 12 c. 5 and art. 22 c. 4 too.
    pub told: Told,
}

impl App {
    /// Sets weeks or months aside for a day, if they fit every counter together with all that is authorised or set aside.
    /// The same id with the same content gives the same answer, and another day.
    ///
    /// `LIMIT_EXCEEDED` when they do not fit, `PRODUCT_NOT_COMPATIBLE` when the unit does not have the scheme, IDN-E12 when
    /// the id was used for something else, `RESERVATION_STATE` when it was released.
    pub async fn reserve(
        &self,
        caller: &Caller,
        command: &ReserveCommand,
    ) -> Result<Version, Failure> {
        require_scheme(command.told.facts, command.booking.scheme)?;
        let start = Wish::booking(&command.booking).first_day();
        let staff = self
            .staff_of(&command.booking.unit, &command.told, start)
            .await?;
        let told = Told {
            staff,
            ..command.told.clone()
        };
        let command = &ReserveCommand {
            told,
            ..command.clone()
        };
        self.database
            .transaction("limits_reserve", |tx| {
                async move {
                    let version = self.reserve_in(tx, command).await?;
                    record(tx, caller, "limits.reserve", &version).await?;
                    Ok(version)
                }
                .scope_boxed()
            })
            .await
    }

    async fn reserve_in(&self, tx: &mut Tx, command: &ReserveCommand) -> Result<Version, Failure> {
        let unit = &command.booking.unit;
        store::lock_reservation(tx, command.id).await?;
        if store::is_released_unseen(tx, command.id).await? {
            return Err(refusals::released());
        }
        let at = self.lock_to_book(tx, unit).await?;
        let ledger = self.expire_unit(tx, unit, at).await?;
        match store::find(tx, command.id).await? {
            None => self.book(tx, command, &ledger, at).await,
            Some(known) => self.reserve_again(tx, known, command, &ledger, at).await,
        }
    }

    async fn book(
        &self,
        tx: &mut Tx,
        command: &ReserveCommand,
        ledger: &[Version],
        at: DateTime<Utc>,
    ) -> Result<Version, Failure> {
        require_fit(&self.law_to_book(tx).await?.rules, command, ledger, at)?;
        let entry = Entry {
            id: command.id,
            booking: command.booking.clone(),
            facts: Some(command.told.facts),
            staff: Some(command.told.staff.clone()),
            state: State::reserved_at(at),
            usage: None,
        };
        self.write(tx, Version::first(entry, at)).await
    }

    async fn reserve_again(
        &self,
        tx: &mut Tx,
        known: Version,
        command: &ReserveCommand,
        ledger: &[Version],
        at: DateTime<Utc>,
    ) -> Result<Version, Failure> {
        match known
            .entry
            .reserve_again(&command.booking, at)
            .map_err(refusals::ledger)?
        {
            ReserveStep::Keep => return Ok(known),
            ReserveStep::Renew => {
                return self
                    .turn(tx, &known, State::reserved_at(at), at, None)
                    .await;
            }
            ReserveStep::Recheck => {
                require_fit(&self.law_to_book(tx).await?.rules, command, ledger, at)?;
            }
        }
        let entry = Entry {
            facts: Some(command.told.facts),
            staff: Some(command.told.staff.clone()),
            state: State::reserved_at(at),
            ..known.entry.clone()
        };
        self.write(tx, known.next(entry, at, None)).await
    }

    /// Turns a reservation into an authorised period. One that lapsed is authorised all the same when its weeks still
    /// fit, else `RESERVATION_EXPIRED`; a released or unknown one is `RESERVATION_STATE`.
    pub async fn confirm(&self, caller: &Caller, id: Uuid) -> Result<Version, Failure> {
        self.database
            .transaction("limits_confirm", |tx| {
                async move {
                    let version = self.confirm_in(tx, id).await?;
                    record(tx, caller, "limits.confirm", &version).await?;
                    Ok(version)
                }
                .scope_boxed()
            })
            .await
    }

    async fn confirm_in(&self, tx: &mut Tx, id: Uuid) -> Result<Version, Failure> {
        store::lock_reservation(tx, id).await?;
        let Some(unit) = store::unit_of_entry(tx, id).await? else {
            return Err(absent(tx, id).await?);
        };
        let at = self.lock_to_book(tx, &unit).await?;
        let Some(known) = store::find(tx, id).await? else {
            return Err(refusals::unknown());
        };
        match known.entry.confirm(at).map_err(refusals::ledger)? {
            ConfirmStep::Keep => return Ok(known),
            ConfirmStep::Authorise => {}
            ConfirmStep::Recheck => {
                let law = self.law_to_book(tx).await?;
                require_still_fit(tx, &law.rules, &known.entry, at).await?;
            }
        }
        let authorised = self.turn(tx, &known, State::Authorised, at, None).await?;
        if let Some(double) = self.planted.double(&authorised.entry, || self.ids.at(at)) {
            self.write(tx, Version::first(double, at)).await?;
        }
        Ok(authorised)
    }

    /// Gives weeks back, reserved or authorised. An id never seen is remembered, so that a late reservation is refused.
    pub async fn release(&self, caller: &Caller, id: Uuid, reason: &str) -> Result<(), Failure> {
        self.database
            .transaction("limits_release", |tx| {
                async move {
                    self.release_in(tx, id, reason).await?;
                    record_many(
                        tx,
                        caller,
                        "limits.release",
                        id.to_string(),
                        1,
                        self.clock.now(),
                    )
                    .await
                }
                .scope_boxed()
            })
            .await
    }

    async fn release_in(&self, tx: &mut Tx, id: Uuid, reason: &str) -> Result<(), Failure> {
        store::lock_reservation(tx, id).await?;
        let Some(unit) = store::unit_of_entry(tx, id).await? else {
            return store::remember_release(tx, id, reason, self.clock.now()).await;
        };
        let at = self.lock(tx, &[unit]).await?;
        let known = store::find(tx, id).await?.ok_or_else(refusals::unknown)?;
        match known.entry.state {
            State::Released | State::Cancelled => Ok(()),
            State::Requested | State::Concluded => {
                Err(refusals::ledger(LedgerRefusal::NotABooking))
            }
            State::Reserved { .. } | State::Authorised | State::Expired => {
                let reason = Some(reason.to_owned());
                self.turn(tx, &known, State::Released, at, reason).await?;
                Ok(())
            }
        }
    }

    async fn turn(
        &self,
        tx: &mut Tx,
        known: &Version,
        state: State,
        at: DateTime<Utc>,
        reason: Option<String>,
    ) -> Result<Version, Failure> {
        let entry = known.entry.clone().becoming(state);
        self.write(tx, known.next(entry, at, reason)).await
    }

    async fn lock_to_book(&self, tx: &mut Tx, unit: &UnitKey) -> Result<DateTime<Utc>, Failure> {
        if self.planted.skips_lock() {
            let now = self.clock.now();
            store::ensure_unit(tx, unit, now).await?;
            return Ok(now);
        }
        self.lock(tx, std::slice::from_ref(unit)).await
    }

    /// The ledger of a unit, after what has lapsed was marked: so that weeks given to somebody else cannot be confirmed
    /// unseen by an instance whose clock is a little behind.
    pub(super) async fn expire_unit(
        &self,
        tx: &mut Tx,
        unit: &UnitKey,
        at: DateTime<Utc>,
    ) -> Result<Vec<Version>, Failure> {
        let (lapsed, mut ledger): (Vec<Version>, Vec<Version>) =
            store::entries(tx, &Scope::System, unit, None)
                .await?
                .into_iter()
                .partition(|version| version.entry.state.has_lapsed(at));
        let expired: Vec<Version> = lapsed
            .iter()
            .map(|version| {
                let entry = version.entry.clone().becoming(State::Expired);
                version.next(entry, at, None)
            })
            .collect();
        self.write_all(tx, &expired).await?;
        ledger.extend(expired);
        Ok(ledger)
    }
}

fn require_fit(
    rules: &Rules,
    command: &ReserveCommand,
    ledger: &[Version],
    at: DateTime<Utc>,
) -> Result<(), Failure> {
    let wish = Wish::booking(&command.booking);
    let Told { facts, staff, .. } = &command.told;
    require_answerable(rules, &wish, *facts, staff, &TOLD_BY_CLAIMS)?;
    let others = unit_of(
        *facts,
        staff.clone(),
        counting(ledger, at),
        Some(command.id),
    );
    let excess = wish.excess(&Assessment::new(&others, rules));
    excess.map_or(Ok(()), |excess| Err(refusals::limit_exceeded(&excess)))
}

async fn require_still_fit(
    tx: &mut Tx,
    rules: &Rules,
    entry: &Entry,
    at: DateTime<Utc>,
) -> Result<(), Failure> {
    let facts = entry
        .facts
        .ok_or_else(|| Failure::internal("a reservation without the facts of its unit"))?;
    let ledger = store::entries(tx, &Scope::System, &entry.booking.unit, None).await?;
    let others = unit_of(
        facts,
        entry.staff.clone().unwrap_or_default(),
        counting(&ledger, at),
        Some(entry.id),
    );
    let excess = Wish::booking(&entry.booking).excess(&Assessment::new(&others, rules));
    excess.map_or(Ok(()), |excess| Err(refusals::expired(&excess)))
}

/// Why an id has no entry.
async fn absent(tx: &mut Tx, id: Uuid) -> Result<Failure, Failure> {
    let released = store::is_released_unseen(tx, id).await?;
    Ok(if released {
        refusals::released()
    } else {
        refusals::unknown()
    })
}

/// The entries that count at an instant.
fn counting(ledger: &[Version], at: DateTime<Utc>) -> impl Iterator<Item = &Entry> {
    ledger
        .iter()
        .map(|version| &version.entry)
        .filter(move |entry| entry.state.counts(at))
}
