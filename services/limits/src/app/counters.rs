//! Counters and simulations: what a unit has used and may still ask for.

use chassis::Failure;
use chassis::identity::{Caller, Scope};
use chrono::NaiveDate;
use kernel::Week;

use crate::domain::ledger::{UnitKey, unit_of};
use crate::domain::{Assessment, Counter, Facts, Request, Simulation, Unit};
use crate::store;

use super::registry::UnitContext;
use super::{App, refusals};

impl App {
    /// The counters of a unit that the caller may see, from the week of a day; from next Monday without one.
    pub async fn counters(
        &self,
        caller: &Caller,
        unit: &UnitKey,
        reference: Option<NaiveDate>,
    ) -> Result<Vec<Counter>, Failure> {
        let context = self.visible_unit(caller, unit).await?;
        let unit = self.unit(&caller.scope, unit, context.facts).await?;
        Ok(Assessment::new(&unit, &self.rules).counters(self.reference_week(reference)))
    }

    /// What would fit of a request for a unit that the caller may see, and its counters from the first week asked for.
    pub async fn simulate(
        &self,
        caller: &Caller,
        unit: &UnitKey,
        request: &Request,
    ) -> Result<(Simulation, Vec<Counter>), Failure> {
        let context = self.visible_unit(caller, unit).await?;
        require_cigo(context.facts)?;
        let unit = self.unit(&caller.scope, unit, context.facts).await?;
        let assessment = Assessment::new(&unit, &self.rules);
        Ok((
            assessment.simulate(request),
            assessment.counters(request.first),
        ))
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
        let unit = self.unit(&caller.scope, unit, facts).await?;
        let assessment = Assessment::new(&unit, &self.rules);
        let week = request.map_or_else(|| self.reference_week(reference), |request| request.first);
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

    async fn unit(&self, scope: &Scope, unit: &UnitKey, facts: Facts) -> Result<Unit, Failure> {
        let mut connection = self.database.pool().acquire().await?;
        let entries = store::counting(&mut connection, scope, unit, self.clock.now()).await?;
        Ok(unit_of(facts, &entries, None))
    }

    fn reference_week(&self, reference: Option<NaiveDate>) -> Week {
        reference.map_or_else(|| Week::of(self.clock.today()) + 1, Week::of)
    }
}

/// CIGO and AIS exclude each other for the same unit (`limits.md` §1.2).
pub(super) fn require_cigo(facts: Facts) -> Result<(), Failure> {
    if facts.sector.has_cigo() {
        Ok(())
    } else {
        Err(refusals::no_cigo())
    }
}
