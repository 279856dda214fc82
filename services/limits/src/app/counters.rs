//! Counters and simulations: what a unit has used and may still ask for, now or as it was known at an instant.

use chassis::Failure;
use chassis::db::Connection;
use chassis::identity::{Caller, Scope};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use kernel::{Week, rome};

use crate::domain::ledger::{UnitKey, Version, unit_of};
use crate::domain::{Assessment, Counter, Facts, Request, Simulation, Unit};
use crate::store;

use super::registry::UnitContext;
use super::{App, refusals};

/// An answer, and the instant as of which it is the answer. The same question as of that instant has the same answer
/// for ever.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known<T> {
    /// The answer.
    pub answer: T,
    /// The instant.
    pub known_at: DateTime<Utc>,
}

impl App {
    /// The counters of a unit that the caller may see, from the week of a day; from next Monday without one.
    pub async fn counters(
        &self,
        caller: &Caller,
        unit: &UnitKey,
        reference: Option<NaiveDate>,
        as_known_at: Option<DateTime<Utc>>,
    ) -> Result<Known<Vec<Counter>>, Failure> {
        let context = self.visible_unit(caller, unit).await?;
        let known = self
            .known_unit(&caller.scope, unit, context.facts, as_known_at)
            .await?;
        let week = reference_week(reference, known.known_at);
        Ok(known.map(|unit| Assessment::new(&unit, &self.rules).counters(week)))
    }

    /// What would fit of a request for a unit that the caller may see, and its counters from the first week asked for.
    pub async fn simulate(
        &self,
        caller: &Caller,
        unit: &UnitKey,
        request: &Request,
        as_known_at: Option<DateTime<Utc>>,
    ) -> Result<Known<(Simulation, Vec<Counter>)>, Failure> {
        let context = self.visible_unit(caller, unit).await?;
        let known = self
            .known_unit(&caller.scope, unit, context.facts, as_known_at)
            .await?;
        require_cigo(known.answer.facts)?;
        Ok(known.map(|unit| {
            let assessment = Assessment::new(&unit, &self.rules);
            (
                assessment.simulate(request),
                assessment.counters(request.first),
            )
        }))
    }

    /// Like the two above, for the claims service, which has looked at who asks and tells the facts of the unit.
    pub async fn evaluate(
        &self,
        caller: &Caller,
        unit: &UnitKey,
        facts: Facts,
        request: Option<Request>,
        reference: Option<NaiveDate>,
    ) -> Result<(Option<Simulation>, Vec<Counter>), Failure> {
        if request.is_some() {
            require_cigo(facts)?;
        }
        let mut connection = self.database.pool().acquire().await?;
        let ledger = self
            .known_ledger(&mut connection, &caller.scope, unit, None)
            .await?;
        let unit = counted(facts, &ledger);
        let assessment = Assessment::new(&unit, &self.rules);
        let week = request.map_or_else(
            || reference_week(reference, ledger.known_at),
            |request| request.first,
        );
        Ok((
            request.map(|request| assessment.simulate(&request)),
            assessment.counters(week),
        ))
    }

    /// The unit, if the caller may see it: a filer names a matricola of their own (else IDN-E05 or IDN-E07), staff
    /// reach a unit only through its competent office (else IDN-E06, as for one that does not exist).
    pub(super) async fn visible_unit(
        &self,
        caller: &Caller,
        unit: &UnitKey,
    ) -> Result<UnitContext, Failure> {
        caller.require_matricola(unit.matricola.as_str())?;
        let context = self.registry.unit(unit).await?;
        if caller.scope.holds_office(context.competent_office.as_str()) {
            Ok(context)
        } else {
            Err(Failure::not_found())
        }
    }

    /// The entries of a unit as they are now, or as they were known at an instant that has passed.
    pub(super) async fn known_ledger(
        &self,
        connection: &mut Connection,
        scope: &Scope,
        unit: &UnitKey,
        as_known_at: Option<DateTime<Utc>>,
    ) -> Result<Known<Vec<Version>>, Failure> {
        // A change may still be recorded in this very microsecond: what is settled is the one before.
        let settled = self.clock.now() - TimeDelta::microseconds(1);
        let entries = store::entries(connection, scope, unit, as_known_at).await?;
        let last = entries.iter().map(|version| version.recorded_at).max();
        let latest = last.map_or(settled, |last| last.max(settled));
        let known_at = as_known_at.unwrap_or(latest);
        if known_at > latest {
            return Err(Failure::field("as_known_at", "must lie in the past"));
        }
        Ok(Known {
            answer: entries,
            known_at,
        })
    }

    async fn known_unit(
        &self,
        scope: &Scope,
        unit: &UnitKey,
        facts: Facts,
        as_known_at: Option<DateTime<Utc>>,
    ) -> Result<Known<Unit>, Failure> {
        let mut connection = self.database.pool().acquire().await?;
        let facts = match as_known_at {
            None => {
                let settled = self.clock.now() - TimeDelta::microseconds(1);
                store::remember_facts(&mut connection, unit, facts, settled).await?;
                facts
            }
            Some(at) => store::facts_known(&mut connection, unit, at)
                .await?
                .unwrap_or(facts),
        };
        let ledger = self
            .known_ledger(&mut connection, scope, unit, as_known_at)
            .await?;
        let unit = counted(facts, &ledger);
        Ok(ledger.map(|_| unit))
    }
}

impl<T> Known<T> {
    fn map<U>(self, answer: impl FnOnce(T) -> U) -> Known<U> {
        Known {
            answer: answer(self.answer),
            known_at: self.known_at,
        }
    }
}

/// The unit that the entries make which count at the instant of the answer.
fn counted(facts: Facts, ledger: &Known<Vec<Version>>) -> Unit {
    let entries = ledger.answer.iter().map(|version| &version.entry);
    unit_of(
        facts,
        entries.filter(|entry| entry.state.counts(ledger.known_at)),
        None,
    )
}

fn reference_week(reference: Option<NaiveDate>, known_at: DateTime<Utc>) -> Week {
    reference.map_or_else(|| Week::of(rome::date_of(known_at)) + 1, Week::of)
}

/// CIGO and AIS exclude each other for the same unit (`limits.md` §1.2).
pub(super) fn require_cigo(facts: Facts) -> Result<(), Failure> {
    if facts.sector.has_cigo() {
        Ok(())
    } else {
        Err(refusals::no_cigo())
    }
}
