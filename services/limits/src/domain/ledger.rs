//! The ledger of a unit: periods that were set aside or authorised, and what may happen to them.
//!
//! ```text
//! (none) ── reserve ──▶ RESERVED ── confirm ──▶ AUTHORISED
//!    │                   │  ▲  │                    │
//!    │            expiry │  │  └──── release ──┐    │ release
//!    │                   ▼  │ reserve,         ▼    ▼
//!    │                 EXPIRED confirm ───▶  RELEASED
//!    └── release ──▶ (remembered: a late reserve is refused)
//! ```

use chrono::{DateTime, TimeDelta, Utc};
use kernel::{Hours, Matricola, Period, ProductionUnitCode};
use uuid::Uuid;

use super::staff::Staff;
use super::unit::{Authorisation, AuthorisationId, Cause, Facts, Flags, PeriodHours, Scheme, Unit};

/// How long weeks stay set aside for a decision that is being adopted.
pub const RESERVATION_TTL: TimeDelta = TimeDelta::hours(24);

/// One production unit of one employer position: the subject of every counter (`limits.md` §1.1).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnitKey {
    /// Position.
    pub matricola: Matricola,
    /// Unit within the position.
    pub production_unit: ProductionUnitCode,
}

/// A period to be booked: what makes two reservations the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Booking {
    /// The unit.
    pub unit: UnitKey,
    /// Kind of wage integration.
    pub scheme: Scheme,
    /// Ground.
    pub cause: Cause,
    /// First to last day.
    pub period: Period,
    /// Hours granted.
    pub hours: Hours,
    /// Marks.
    pub flags: Flags,
    /// Where it comes from: `claim:<id>`, `history:<line>`.
    pub origin: String,
}

/// State of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Set aside until an instant.
    Reserved {
        /// When it lapses.
        expires_at: DateTime<Utc>,
    },
    /// Authorised by an adopted decision, or by history.
    Authorised,
    /// Given back.
    Released,
    /// Set aside too long ago, and no longer counted.
    Expired,
}

/// One line of the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Id of the reservation, or of the line of history.
    pub id: Uuid,
    /// What is booked.
    pub booking: Booking,
    /// Facts of the unit as they were told when it was booked; `None` for history.
    pub facts: Option<Facts>,
    /// State.
    pub state: State,
}

/// Why the ledger refuses a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LedgerRefusal {
    /// The id was used for another content.
    #[error("the reservation id was used for another content")]
    OtherContent,
    /// The weeks were given back.
    #[error("the reservation was released")]
    Released,
}

/// What a reservation with a known id means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReserveStep {
    /// Already authorised: nothing to do.
    Keep,
    /// Still set aside: only its expiry moves.
    Renew,
    /// Lapsed: the limits decide again.
    Recheck,
}

/// What a confirmation means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfirmStep {
    /// Already authorised: nothing to do.
    Keep,
    /// Still set aside.
    Authorise,
    /// Lapsed: it can be authorised only if the weeks still fit.
    Recheck,
}

impl State {
    /// Whether the entry counts at an instant.
    pub fn counts(self, now: DateTime<Utc>) -> bool {
        match self {
            Self::Reserved { expires_at } => now < expires_at,
            Self::Authorised => true,
            Self::Released | Self::Expired => false,
        }
    }

    /// Set aside from an instant on.
    pub fn reserved_at(now: DateTime<Utc>) -> Self {
        Self::Reserved {
            expires_at: now + RESERVATION_TTL,
        }
    }
}

impl Entry {
    /// What reserving `booking` under this entry's id means.
    pub fn reserve_again(
        &self,
        booking: &Booking,
        now: DateTime<Utc>,
    ) -> Result<ReserveStep, LedgerRefusal> {
        if self.booking != *booking {
            return Err(LedgerRefusal::OtherContent);
        }
        match self.state {
            State::Authorised => Ok(ReserveStep::Keep),
            State::Reserved { .. } if self.state.counts(now) => Ok(ReserveStep::Renew),
            State::Reserved { .. } | State::Expired => Ok(ReserveStep::Recheck),
            State::Released => Err(LedgerRefusal::Released),
        }
    }

    /// What confirming this entry means.
    pub fn confirm(&self, now: DateTime<Utc>) -> Result<ConfirmStep, LedgerRefusal> {
        match self.state {
            State::Authorised => Ok(ConfirmStep::Keep),
            State::Reserved { .. } if self.state.counts(now) => Ok(ConfirmStep::Authorise),
            State::Reserved { .. } | State::Expired => Ok(ConfirmStep::Recheck),
            State::Released => Err(LedgerRefusal::Released),
        }
    }

    /// The same entry in another state.
    #[must_use]
    pub fn becoming(self, state: State) -> Self {
        Self { state, ..self }
    }

    /// The entry as the counters see it. The ledger knows no declared days: what is authorised counts as used
    /// (`limits.md` §6.3).
    fn authorisation(&self) -> Authorisation {
        let booking = &self.booking;
        let id = AuthorisationId::Entry(self.id);
        Authorisation {
            working_days: self.facts.map(|facts| facts.working_days),
            hours: Some(PeriodHours::Total(booking.hours)),
            flags: booking.flags,
            ..Authorisation::new(id, booking.scheme, booking.cause, booking.period)
        }
    }
}

/// The unit that these entries make, leaving out the one named.
pub fn unit_of(facts: Facts, entries: &[Entry], without: Option<Uuid>) -> Unit {
    let counted = entries.iter().filter(|entry| Some(entry.id) != without);
    Unit {
        facts,
        staff: Staff::default(),
        authorisations: counted.map(Entry::authorisation).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::rules::day;
    use super::*;

    fn noon() -> DateTime<Utc> {
        day(2026, 11, 22).and_hms_opt(12, 0, 0).unwrap().and_utc()
    }

    fn entry(state: State) -> Entry {
        let unit = UnitKey {
            matricola: "1234567890".parse().unwrap(),
            production_unit: 1.try_into().unwrap(),
        };
        let booking = Booking {
            unit,
            scheme: Scheme::Cigo,
            cause: Cause::Ord,
            period: Period::between(day(2026, 11, 23), day(2026, 11, 29)),
            hours: Hours::from_hundredths(4000),
            flags: Flags::default(),
            origin: "claim:1".to_owned(),
        };
        Entry {
            id: Uuid::nil(),
            booking,
            facts: None,
            state,
        }
    }

    #[test]
    fn a_reservation_counts_until_the_instant_it_lapses() {
        let reserved = State::reserved_at(noon());
        assert!(reserved.counts(noon() + RESERVATION_TTL - TimeDelta::milliseconds(1)));
        assert!(!reserved.counts(noon() + RESERVATION_TTL));
    }

    #[test]
    fn a_released_entry_can_be_neither_reserved_nor_confirmed_again() {
        let released = entry(State::Released);
        assert_eq!(
            released.reserve_again(&released.booking, noon()),
            Err(LedgerRefusal::Released)
        );
        assert_eq!(released.confirm(noon()), Err(LedgerRefusal::Released));
    }

    #[test]
    fn the_same_id_with_another_content_is_refused_in_every_state() {
        for state in [
            State::reserved_at(noon()),
            State::Authorised,
            State::Released,
            State::Expired,
        ] {
            let known = entry(state);
            let other = Booking {
                hours: Hours::from_hundredths(1),
                ..known.booking.clone()
            };
            assert_eq!(
                known.reserve_again(&other, noon()),
                Err(LedgerRefusal::OtherContent)
            );
        }
    }

    #[test]
    fn a_lapsed_reservation_is_checked_again_whether_or_not_the_job_has_marked_it() {
        let later = noon() + RESERVATION_TTL;
        for state in [State::reserved_at(noon()), State::Expired] {
            let lapsed = entry(state);
            assert_eq!(lapsed.confirm(later), Ok(ConfirmStep::Recheck));
            assert_eq!(
                lapsed.reserve_again(&lapsed.booking, later),
                Ok(ReserveStep::Recheck)
            );
        }
    }
}
