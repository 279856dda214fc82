//! Questions about employers and their units, within the caller's scope.

use chassis::Failure;
use chassis::audit::{self, Entry};
use chassis::db::ScopedFutureExt;
use chassis::identity::Caller;
use chassis::paging::{Page, cut};
use chrono::NaiveDate;
use kernel::{Matricola, ProductionUnitCode};

use super::App;
use crate::domain::employer::{Employer, ProductionUnit};
use crate::domain::headcount::{Group, groups, semester_before};
use crate::domain::territory::Office;
use crate::store;

/// What a claim about a unit needs to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilingContext {
    /// Employer, under the protection scheme of the month in which the period starts (CLM-2).
    pub employer: Employer,
    /// Unit.
    pub unit: ProductionUnit,
    /// Competent office (CLM-5).
    pub office: Office,
    /// Headcount of the unit in the semester before the period, by weekly contractual hours.
    pub headcount: Vec<Group>,
    /// Heads of the employer in each month of the semester before the filing that exists, oldest first, in hundredths.
    pub employer_heads: Vec<i64>,
}

/// The days that say which semesters a headcount is taken from (`limits.md` §1.3, §2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HeadcountDays {
    /// First day of the period asked for; today without one.
    pub period_start: Option<NaiveDate>,
    /// Day of the filing; today without one.
    pub filed_on: Option<NaiveDate>,
}

impl App {
    /// One employer. IDN-E05 or IDN-E07 when it is none of the caller's firms, IDN-E06 when it does not exist or lies
    /// outside the caller's territory.
    pub async fn employer(
        &self,
        caller: &Caller,
        matricola: &Matricola,
    ) -> Result<Employer, Failure> {
        caller.require_matricola(matricola.as_str())?;
        let today = self.clock.today();
        self.database
            .transaction("get_employer", |tx| {
                async move {
                    let found = store::employers::find(&mut **tx, &caller.scope, matricola, today)
                        .await?
                        .ok_or_else(Failure::not_found)?;
                    let entry = Entry {
                        action: "anagrafe.get_employer",
                        resource_type: "employer",
                        resource_id: found.matricola.clone(),
                        result_count: 1,
                    };
                    audit::record(tx, caller, entry, self.clock.now()).await?;
                    Ok(found)
                }
                .scope_boxed()
            })
            .await
    }

    /// A page of the employers in scope.
    pub async fn employers(
        &self,
        caller: &Caller,
        page: &Page<String>,
    ) -> Result<(Vec<Employer>, String), Failure> {
        let today = self.clock.today();
        self.database
            .transaction("list_employers", |tx| {
                async move {
                    let after = page.after.clone();
                    let rows =
                        store::employers::page(&mut **tx, &caller.scope, after, page.size, today)
                            .await?;
                    let (rows, next) = cut(rows, page.size, |employer| employer.matricola.clone());
                    let entry = Entry {
                        action: "anagrafe.list_employers",
                        resource_type: "employer",
                        resource_id: String::new(),
                        result_count: i64::try_from(rows.len()).unwrap_or(i64::MAX),
                    };
                    audit::record(tx, caller, entry, self.clock.now()).await?;
                    Ok((rows, next))
                }
                .scope_boxed()
            })
            .await
    }

    /// A page of the units of an employer that are in scope. Refuses as [`App::employer`].
    pub async fn units(
        &self,
        caller: &Caller,
        matricola: &Matricola,
        page: &Page<i32>,
    ) -> Result<(Vec<ProductionUnit>, String), Failure> {
        caller.require_matricola(matricola.as_str())?;
        let pool = self.database.pool();
        store::employers::find(pool, &caller.scope, matricola, self.clock.today())
            .await?
            .ok_or_else(Failure::not_found)?;
        let rows =
            store::employers::units(pool, &caller.scope, matricola, page.after, page.size).await?;
        Ok(cut(rows, page.size, |unit| unit.code))
    }

    /// What a claim about a unit needs to know, for services. IDN-E06 when employer or unit do not exist.
    pub async fn filing_context(
        &self,
        caller: &Caller,
        matricola: &Matricola,
        code: ProductionUnitCode,
        days: HeadcountDays,
    ) -> Result<FilingContext, Failure> {
        let pool = self.database.pool();
        let code = i32::try_from(code.get()).map_err(|_| Failure::not_found())?;
        let today = self.clock.today();
        let start = days.period_start.unwrap_or(today);
        let of_unit = semester_before(start);
        let of_employer = semester_before(days.filed_on.unwrap_or(today));
        let found = store::employers::filing(pool, &caller.scope, matricola, code, start, of_unit);
        let (employer, unit, heads) = found.await?.ok_or_else(Failure::not_found)?;
        let office = self.territory.office(&unit.competent_office).cloned();
        let office = office
            .ok_or_else(|| Failure::internal("a unit names an office that does not exist"))?;
        let employer_heads =
            store::headcount::of_employer(pool, &employer.matricola, of_employer).await?;
        Ok(FilingContext {
            employer,
            unit,
            office,
            headcount: groups(&heads),
            employer_heads,
        })
    }
}
