//! Assisted compilation: what the platform fills in, and what can be chosen.

use chassis::Failure;
use chassis::identity::Caller;
use chrono::NaiveDate;

use super::sources::Standing;
use super::{App, actor};
use crate::domain::claim::Claim;
use crate::domain::content::{Content, UnitKey};
use crate::domain::filled::{self, Filled};
use crate::domain::product::Product;
use crate::domain::rules::{Dated, ProductRule};
use crate::domain::source::Source;
use crate::store;

/// A product, how it fits the classification of a unit, and what the law says of it on the day.
#[derive(Debug)]
pub(crate) struct ProductChoice {
    /// Whether the scheme contains it; `None` when the scheme is not known.
    pub(crate) suggested: Option<bool>,
    /// The rule.
    pub(crate) rule: &'static Dated<ProductRule>,
}

/// Products with how they fit.
#[derive(Debug)]
pub(crate) struct Suggested {
    /// The products, suggested ones first.
    pub(crate) products: Vec<ProductChoice>,
    /// Protection scheme on which it rests; `None` when the unit is unknown.
    pub(crate) scheme: Option<String>,
}

/// What the platform can fill in for a claim of a unit.
#[derive(Debug)]
pub(crate) struct FilingForm {
    /// Content with everything that is known.
    pub(crate) content: Content,
    /// Where each value comes from.
    pub(crate) filled: Vec<Filled>,
    /// Products with how they fit.
    pub(crate) suggested: Suggested,
    /// The last claim of the unit.
    pub(crate) last: Option<Claim>,
    /// How the sources stood.
    pub(crate) sources: Vec<(Source, Standing)>,
}

impl App {
    /// Every product of a day with how it fits the unit (CLM-2). IDN-E05 or IDN-E07 for a matricola of others;
    /// `UNAVAILABLE` when the anagrafe does not answer, for nothing can be said without it.
    pub(crate) async fn suggest_products(
        &self,
        caller: &Caller,
        unit: &UnitKey,
        day: Option<NaiveDate>,
    ) -> Result<Suggested, Failure> {
        caller.require_matricola(unit.matricola.as_str())?;
        let facts = self
            .patiently(Source::Anagrafe, self.registry.unit(unit, day))
            .await
            .ok_or_else(|| Failure::unavailable("the anagrafe does not answer"))?;
        let scheme = facts.map(|facts| facts.protection_scheme);
        Ok(self.suggested(scheme, day.unwrap_or_else(|| self.clock.today())))
    }

    fn suggested(&self, scheme: Option<String>, day: NaiveDate) -> Suggested {
        let mut products: Vec<_> = Product::ALL
            .iter()
            .filter_map(|&product| self.rules.product(product, day))
            .map(|rule| ProductChoice {
                suggested: scheme
                    .as_deref()
                    .map(|scheme| rule.value.is_covered_by(scheme)),
                rule,
            })
            .collect();
        products.sort_by_key(|choice| choice.suggested != Some(true));
        Suggested { products, scheme }
    }

    /// What can be filled in for a claim of a unit. A source that is degraded leaves its values out.
    pub(crate) async fn filing_form(
        &self,
        caller: &Caller,
        unit: &UnitKey,
    ) -> Result<FilingForm, Failure> {
        caller.require_matricola(unit.matricola.as_str())?;
        let mut content = Content::of(unit.clone());
        let known = self.ask(&content, None).await;
        let now = self.clock.now();
        let mut filled = filled::from_session(&mut content, actor(caller)?.role.quality(), now);
        if let Some(facts) = &known.unit {
            filled.extend(filled::from_unit(&mut content, facts, now));
        }
        let scheme = known
            .unit
            .as_ref()
            .map(|facts| facts.protection_scheme.clone());
        let mut connection = self.database.pool().acquire().await?;
        let last = store::claims::last_of_unit(&mut connection, unit, &caller.scope).await?;
        let last = match last {
            Some(id) => store::claims::find(&mut connection, id, &caller.scope).await?,
            None => None,
        };
        Ok(FilingForm {
            suggested: self.suggested(scheme, self.clock.today()),
            sources: self.standing(&known),
            content,
            filled,
            last,
        })
    }
}
