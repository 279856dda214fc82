//! Reserve, confirm, release: each atomic against every other booking of the unit, each harmless to repeat.

use chassis::db::ScopedFutureExt;
use chassis::identity::{Caller, Scope};
use chassis::{Failure, Tx};
use chrono::{DateTime, Utc};
use kernel::WeekPeriod;
use uuid::Uuid;

use crate::domain::ledger::{Booking, ConfirmStep, Entry, ReserveStep, State, UnitKey, unit_of};
use crate::domain::{Assessment, Facts, Refusal, Request};
use crate::store;

use super::counters::require_cigo;
use super::{App, record, refusals};

/// Weeks to be set aside.
#[derive(Debug, Clone)]
pub struct ReserveCommand {
    /// Id chosen by the caller.
    pub id: Uuid,
    /// What to book.
    pub booking: Booking,
    /// Its weeks.
    pub weeks: WeekPeriod,
    /// Facts of the unit.
    pub facts: Facts,
}

impl ReserveCommand {
    fn request(&self) -> Request {
        Request::new(self.booking.cause, self.booking.flags, self.weeks)
    }
}

impl App {
    /// Sets weeks aside for a day, if they fit together with all that is authorised or set aside. The same id with the
    /// same content gives the same answer, and another day.
    ///
    /// `LIMIT_EXCEEDED` when the weeks do not fit, IDN-E12 when the id was used for something else, `RESERVATION_STATE`
    /// when it was released.
    pub async fn reserve(
        &self,
        caller: &Caller,
        command: &ReserveCommand,
    ) -> Result<Entry, Failure> {
        require_cigo(command.facts)?;
        let now = self.clock.now();
        self.database
            .transaction("limits_reserve", |tx| {
                async move {
                    let entry = self.reserve_in(tx, command, now).await?;
                    record(tx, caller, "limits.reserve", entry.id.to_string(), 1, now).await?;
                    Ok(entry)
                }
                .scope_boxed()
            })
            .await
    }

    async fn reserve_in(
        &self,
        tx: &mut Tx,
        command: &ReserveCommand,
        now: DateTime<Utc>,
    ) -> Result<Entry, Failure> {
        let unit = &command.booking.unit;
        store::lock_reservation(tx, command.id).await?;
        if store::is_released_unseen(tx, command.id).await? {
            return Err(refusals::released());
        }
        self.lock_unit(tx, unit, now).await?;
        self.expire_unit(tx, unit, now).await?;
        match store::find(tx, command.id).await? {
            None => self.book(tx, command, now).await,
            Some(known) => self.reserve_again(tx, known, command, now).await,
        }
    }

    async fn book(
        &self,
        tx: &mut Tx,
        command: &ReserveCommand,
        now: DateTime<Utc>,
    ) -> Result<Entry, Failure> {
        self.require_fit(tx, command, now).await?;
        let entry = Entry {
            id: command.id,
            booking: command.booking.clone(),
            facts: Some(command.facts),
            state: State::reserved_at(now),
        };
        store::insert(tx, &entry, now).await?;
        self.publish(tx, &entry, now).await?;
        Ok(entry)
    }

    async fn reserve_again(
        &self,
        tx: &mut Tx,
        known: Entry,
        command: &ReserveCommand,
        now: DateTime<Utc>,
    ) -> Result<Entry, Failure> {
        match known
            .reserve_again(&command.booking, now)
            .map_err(refusals::ledger)?
        {
            ReserveStep::Keep => return Ok(known),
            ReserveStep::Renew => {}
            ReserveStep::Recheck => self.require_fit(tx, command, now).await?,
        }
        self.turn(tx, known, State::reserved_at(now), now).await
    }

    /// Turns a reservation into an authorised period. One that lapsed is authorised all the same when its weeks still
    /// fit, else `RESERVATION_EXPIRED`; a released or unknown one is `RESERVATION_STATE`.
    pub async fn confirm(&self, caller: &Caller, id: Uuid) -> Result<Entry, Failure> {
        let now = self.clock.now();
        self.database
            .transaction("limits_confirm", |tx| {
                async move {
                    let entry = self.confirm_in(tx, id, now).await?;
                    record(tx, caller, "limits.confirm", entry.id.to_string(), 1, now).await?;
                    Ok(entry)
                }
                .scope_boxed()
            })
            .await
    }

    async fn confirm_in(
        &self,
        tx: &mut Tx,
        id: Uuid,
        now: DateTime<Utc>,
    ) -> Result<Entry, Failure> {
        store::lock_reservation(tx, id).await?;
        let Some(unit) = store::unit_of_entry(tx, id).await? else {
            return Err(self.absent(tx, id).await?);
        };
        self.lock_unit(tx, &unit, now).await?;
        let Some(entry) = store::find(tx, id).await? else {
            return Err(refusals::unknown());
        };
        match entry.confirm(now).map_err(refusals::ledger)? {
            ConfirmStep::Keep => return Ok(entry),
            ConfirmStep::Authorise => {}
            ConfirmStep::Recheck => self.require_still_fit(tx, &entry, now).await?,
        }
        let entry = self.turn(tx, entry, State::Authorised, now).await?;
        if let Some(double) = self.planted.double(&entry, || self.ids.at(now)) {
            store::insert(tx, &double, now).await?;
            self.publish(tx, &double, now).await?;
        }
        Ok(entry)
    }

    /// Gives weeks back, reserved or authorised. An id never seen is remembered, so that a late reservation is refused.
    pub async fn release(&self, caller: &Caller, id: Uuid, reason: &str) -> Result<(), Failure> {
        let now = self.clock.now();
        self.database
            .transaction("limits_release", |tx| {
                async move {
                    self.release_in(tx, id, reason, now).await?;
                    record(tx, caller, "limits.release", id.to_string(), 1, now).await
                }
                .scope_boxed()
            })
            .await
    }

    async fn release_in(
        &self,
        tx: &mut Tx,
        id: Uuid,
        reason: &str,
        now: DateTime<Utc>,
    ) -> Result<(), Failure> {
        store::lock_reservation(tx, id).await?;
        match store::find(tx, id).await? {
            None => store::remember_release(tx, id, reason, now).await,
            Some(entry) if entry.state == State::Released => Ok(()),
            Some(entry) => {
                store::release(tx, id, reason, now).await?;
                self.publish(tx, &entry.becoming(State::Released), now)
                    .await
            }
        }
    }

    async fn turn(
        &self,
        tx: &mut Tx,
        entry: Entry,
        state: State,
        now: DateTime<Utc>,
    ) -> Result<Entry, Failure> {
        let entry = entry.becoming(state);
        store::set_state(tx, entry.id, state, now).await?;
        self.publish(tx, &entry, now).await?;
        Ok(entry)
    }

    async fn lock_unit(
        &self,
        tx: &mut Tx,
        unit: &UnitKey,
        now: DateTime<Utc>,
    ) -> Result<(), Failure> {
        if self.planted.skips_lock() {
            return store::ensure_unit(tx, unit, now).await;
        }
        store::lock_unit(tx, unit, now).await
    }

    /// Marks what has lapsed before the weeks are given to somebody else, so that it cannot be confirmed unseen by an
    /// instance whose clock is a little behind.
    async fn expire_unit(
        &self,
        tx: &mut Tx,
        unit: &UnitKey,
        now: DateTime<Utc>,
    ) -> Result<(), Failure> {
        for lapsed in store::expire_of_unit(tx, unit, now).await? {
            self.publish(tx, &lapsed, now).await?;
        }
        Ok(())
    }

    async fn require_fit(
        &self,
        tx: &mut Tx,
        command: &ReserveCommand,
        now: DateTime<Utc>,
    ) -> Result<(), Failure> {
        let request = command.request();
        let unit = &command.booking.unit;
        let refusal = self
            .refusal(tx, unit, command.facts, &request, command.id, now)
            .await?;
        refusal.map_or(Ok(()), |refusal| {
            Err(refusals::limit_exceeded(&request, &refusal))
        })
    }

    async fn require_still_fit(
        &self,
        tx: &mut Tx,
        entry: &Entry,
        now: DateTime<Utc>,
    ) -> Result<(), Failure> {
        let facts = entry
            .facts
            .ok_or_else(|| Failure::internal("a reservation without the facts of its unit"))?;
        let request = Request::covering(
            entry.booking.cause,
            entry.booking.flags,
            entry.booking.period,
        );
        let unit = &entry.booking.unit;
        let refusal = self
            .refusal(tx, unit, facts, &request, entry.id, now)
            .await?;
        refusal.map_or(Ok(()), |_| Err(refusals::expired()))
    }

    /// Why an id has no entry.
    async fn absent(&self, tx: &mut Tx, id: Uuid) -> Result<Failure, Failure> {
        let released = store::is_released_unseen(tx, id).await?;
        Ok(if released {
            refusals::released()
        } else {
            refusals::unknown()
        })
    }

    /// The counter that refuses a request, given all that counts now but the entry itself.
    async fn refusal(
        &self,
        tx: &mut Tx,
        unit: &UnitKey,
        facts: Facts,
        request: &Request,
        itself: Uuid,
        now: DateTime<Utc>,
    ) -> Result<Option<Refusal>, Failure> {
        let entries = store::counting(tx, &Scope::System, unit, now).await?;
        let unit = unit_of(facts, &entries, Some(itself));
        Ok(Assessment::new(&unit, &self.rules).refusal(request))
    }
}
