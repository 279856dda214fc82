//! An anagrafe of a few firms, and limits that keep an account, lose answers and hang on demand.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use chassis::Failure;
use chassis::clock::{Clock, ManualClock};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use kernel::{OfficeCode, WeekPeriod};
use uuid::Uuid;

use super::{BOTTEGA, CANTIERI, LOMBARDIA, MILANO, OFFICINE, OFFICINE_TWO, ROMA, TESSITURA};
use crate::domain::checks::LimitReached;
use crate::domain::content::UnitKey;
use crate::domain::desk::{Colleague, OfficeFacts};
use crate::domain::role::Role;
use crate::domain::samples::unit_facts;
use crate::domain::unit::UnitFacts;
use crate::ports::{
    ConfirmError, Evaluation, Limits, Order, PastGrant, Query, Registry, ReserveError,
};

/// Positions of a few firms.
pub(super) struct FakeRegistry;

#[async_trait]
impl Registry for FakeRegistry {
    async fn unit(
        &self,
        unit: &UnitKey,
        _start: Option<NaiveDate>,
    ) -> Result<Option<UnitFacts>, Failure> {
        let (firm, office) = match unit.matricola.as_str() {
            OFFICINE | OFFICINE_TWO => ("12345678903", MILANO),
            TESSITURA => ("01234567897", MILANO),
            BOTTEGA => ("02345678901", MILANO),
            CANTIERI => ("07154400589", ROMA),
            _ => return Ok(None),
        };
        let facts = UnitFacts {
            employer_cf: firm.into(),
            competent_office: office.parse().unwrap(),
            ..unit_facts()
        };
        if unit.matricola.as_str() == BOTTEGA {
            return Ok(Some(UnitFacts {
                sector: "fis".into(),
                protection_scheme: "FIS".into(),
                average_heads_hundredths: 600,
                ..facts
            }));
        }
        Ok(Some(facts))
    }

    async fn office(&self, office: &OfficeCode) -> Result<Option<OfficeFacts>, Failure> {
        let facts = |title: &str, region: &str, works_claims| {
            Some(OfficeFacts {
                title: title.into(),
                region_istat: region.into(),
                works_claims,
            })
        };
        Ok(match office.as_str() {
            MILANO => facts("Direzione provinciale di Milano", "03", true),
            ROMA => facts("Direzione provinciale di Roma", "12", true),
            LOMBARDIA => facts("Direzione regionale di Lombardia", "03", false),
            _ => None,
        })
    }

    async fn staff(&self, office: &OfficeCode) -> Result<Vec<Colleague>, Failure> {
        let staff: &[(u128, Role)] = match office.as_str() {
            MILANO => &[
                (2, Role::Sede),
                (3, Role::Po),
                (4, Role::Dsede),
                (5, Role::Dir),
                (20, Role::Sede),
                (21, Role::Sede),
            ],
            ROMA => &[(30, Role::Sede), (31, Role::Dsede)],
            _ => &[],
        };
        Ok(staff
            .iter()
            .map(|&(person, role)| Colleague {
                person: Uuid::from_u128(person),
                role,
            })
            .collect())
    }
}

/// What can be asked of the limits with an effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Call {
    Reserve,
    Confirm,
    Release,
}

/// What goes wrong with one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// It never arrives.
    Lost,
    /// It takes effect and the answer is lost.
    AnswerLost,
    /// It never arrives, and the caller waits for ever.
    Hangs,
    /// It takes effect, and the caller waits for ever.
    AnswerHangs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Booked {
    Reserved,
    Authorised,
    Released,
}

#[derive(Default)]
struct Book {
    entries: BTreeMap<Uuid, (UnitKey, WeekPeriod, Booked)>,
    faults: BTreeMap<Call, VecDeque<Fault>>,
    reached: Option<LimitReached>,
    weeks_allowed: Option<u32>,
    lasts: Option<TimeDelta>,
    unjudged: bool,
    expired: bool,
    reserve_calls: usize,
    hanging: usize,
    asked: Option<Query>,
    ordered: Option<Order>,
}

/// Limits of so many weeks a unit.
pub(super) struct FakeLimits {
    clock: Arc<ManualClock>,
    book: Mutex<Book>,
}

impl FakeLimits {
    pub(super) fn new(clock: Arc<ManualClock>) -> Self {
        Self {
            clock,
            book: Mutex::default(),
        }
    }

    /// Every unit may have so many weeks.
    pub(super) fn allow(&self, weeks: u32) {
        self.book.lock().unwrap().weeks_allowed = Some(weeks);
    }

    /// Evaluations say that the request does not fit.
    pub(super) fn reach(&self, reached: LimitReached) {
        self.book.lock().unwrap().reached = Some(reached);
    }

    /// The next calls of a kind go wrong, one each.
    pub(super) fn spoil(&self, call: Call, faults: &[Fault]) {
        self.book
            .lock()
            .unwrap()
            .faults
            .entry(call)
            .or_default()
            .extend(faults);
    }

    /// Weeks are not judged, since something is not known.
    pub(super) fn know_too_little(&self) {
        self.book.lock().unwrap().unjudged = true;
    }

    /// Reservations last so long, instead of a day.
    pub(super) fn reservations_last(&self, time: TimeDelta) {
        self.book.lock().unwrap().lasts = Some(time);
    }

    /// Confirmations find that the reservation has lapsed, until it is made again.
    pub(super) fn lapse(&self) {
        self.book.lock().unwrap().expired = true;
    }

    /// Weeks of a unit that are booked, with how.
    pub(super) fn booked(&self, unit: &UnitKey) -> Vec<(WeekPeriod, Booked)> {
        let book = self.book.lock().unwrap();
        book.entries
            .values()
            .filter(|(of, ..)| of == unit)
            .map(|(_, weeks, how)| (*weeks, *how))
            .collect()
    }

    /// Weeks of a unit that count.
    pub(super) fn weeks_taken(&self, unit: &UnitKey) -> u32 {
        self.booked(unit)
            .iter()
            .filter(|(_, how)| *how != Booked::Released)
            .map(|(weeks, _)| weeks.count())
            .sum()
    }

    /// Times that weeks were asked for.
    pub(super) fn reserve_calls(&self) -> usize {
        self.book.lock().unwrap().reserve_calls
    }

    /// The last question.
    pub(super) fn asked(&self) -> Query {
        self.book.lock().unwrap().asked.clone().unwrap()
    }

    /// The last order.
    pub(super) fn ordered(&self) -> Order {
        self.book.lock().unwrap().ordered.clone().unwrap()
    }

    async fn meet(&self, call: Call) -> Option<Fault> {
        let fault = self
            .book
            .lock()
            .unwrap()
            .faults
            .entry(call)
            .or_default()
            .pop_front();
        if fault == Some(Fault::Hangs) {
            self.hang().await;
        }
        fault
    }

    async fn answer(&self, fault: Option<Fault>) -> Result<(), Failure> {
        match fault {
            Some(Fault::AnswerHangs) => self.hang().await,
            Some(Fault::AnswerLost) => return Err(away()),
            _ => {}
        }
        Ok(())
    }

    async fn hang(&self) {
        self.book.lock().unwrap().hanging += 1;
        std::future::pending::<()>().await;
    }

    /// Comes back once a caller waits for ever.
    pub(super) async fn somebody_hangs(&self) {
        while self.book.lock().unwrap().hanging == 0 {
            tokio::task::yield_now().await;
        }
    }
}

fn away() -> Failure {
    Failure::unavailable("the limits do not answer")
}

#[async_trait]
impl Limits for FakeLimits {
    async fn evaluate(&self, query: &Query) -> Result<Evaluation, Failure> {
        let mut book = self.book.lock().unwrap();
        book.asked = Some(query.clone());
        Ok(Evaluation {
            reached: book.reached,
            ..Evaluation::default()
        })
    }

    async fn reserve(&self, order: &Order) -> Result<DateTime<Utc>, ReserveError> {
        let fault = self.meet(Call::Reserve).await;
        if fault == Some(Fault::Lost) {
            return Err(ReserveError::Failed(away()));
        }
        let until = {
            let mut book = self.book.lock().unwrap();
            book.reserve_calls += 1;
            book.ordered = Some(order.clone());
            if book.unjudged {
                return Err(ReserveError::Unjudged {
                    rule: "heads: must be told".into(),
                });
            }
            book.expired = false;
            let taken: u32 = book
                .entries
                .iter()
                .filter(|(id, (unit, _, how))| {
                    **id != order.reservation && *unit == order.unit.key && *how != Booked::Released
                })
                .map(|(_, (_, weeks, _))| weeks.count())
                .sum();
            if book
                .weeks_allowed
                .is_some_and(|allowed| taken + order.period.count() > allowed)
            {
                return Err(ReserveError::Exceeded {
                    counter: "CIGO_BIENNIUM".into(),
                });
            }
            let entry = book.entries.entry(order.reservation);
            let entry = entry.or_insert((order.unit.key.clone(), order.period, Booked::Reserved));
            assert_ne!(
                entry.2,
                Booked::Released,
                "a released id is dead for the limits"
            );
            self.clock.now() + book.lasts.unwrap_or(TimeDelta::days(1))
        };
        self.answer(fault).await.map_err(ReserveError::Failed)?;
        Ok(until)
    }

    async fn confirm(&self, reservation: Uuid) -> Result<(), ConfirmError> {
        let fault = self.meet(Call::Confirm).await;
        if fault == Some(Fault::Lost) {
            return Err(ConfirmError::Failed(away()));
        }
        {
            let mut book = self.book.lock().unwrap();
            if book.expired {
                return Err(ConfirmError::Expired);
            }
            book.entries.get_mut(&reservation).unwrap().2 = Booked::Authorised;
        }
        self.answer(fault).await.map_err(ConfirmError::Failed)
    }

    async fn release(&self, reservation: Uuid, _: &str) -> Result<(), Failure> {
        let fault = self.meet(Call::Release).await;
        if fault == Some(Fault::Lost) {
            return Err(away());
        }
        if let Some(entry) = self.book.lock().unwrap().entries.get_mut(&reservation) {
            entry.2 = Booked::Released;
        }
        self.answer(fault).await
    }

    async fn import(&self, grants: &[PastGrant]) -> Result<(), Failure> {
        let mut book = self.book.lock().unwrap();
        for grant in grants {
            book.entries.insert(
                grant.reservation,
                (grant.unit.clone(), grant.period, Booked::Authorised),
            );
        }
        Ok(())
    }
}

/// An anagrafe that does not answer.
pub(super) struct AwayRegistry;

#[async_trait]
impl Registry for AwayRegistry {
    async fn unit(&self, _: &UnitKey, _: Option<NaiveDate>) -> Result<Option<UnitFacts>, Failure> {
        Err(Failure::unavailable("the anagrafe does not answer"))
    }

    async fn office(&self, _: &OfficeCode) -> Result<Option<OfficeFacts>, Failure> {
        Err(Failure::unavailable("the anagrafe does not answer"))
    }

    async fn staff(&self, _: &OfficeCode) -> Result<Vec<Colleague>, Failure> {
        Err(Failure::unavailable("the anagrafe does not answer"))
    }
}
