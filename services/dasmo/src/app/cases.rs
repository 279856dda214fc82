//! The cases behind the stock (`claims.md` DAS-5).

use chassis::db::ScopedFutureExt;
use chassis::identity::Caller;
use chassis::paging::{self, Page};
use chassis::{Failure, Tx};
use chrono::NaiveDate;
use uuid::Uuid;

use super::dashboard::{Dashboard, last_published};
use crate::domain::{Filter, Selection};
use crate::store::cases::{self, COUNTED_MOST};
pub(crate) use crate::store::cases::{Case, CaseFilter, CaseKey};

/// Which cases.
#[derive(Debug, Clone)]
pub(crate) struct CasesQuestion {
    pub(crate) filter: Filter,
    pub(crate) cases: CaseFilter,
}

/// A page of cases.
#[derive(Debug)]
pub(crate) struct Cases {
    pub(crate) as_of: NaiveDate,
    pub(crate) rows: Vec<Case>,
    pub(crate) next_page_token: String,
    /// How many there are, up to a limit.
    pub(crate) total: i64,
    pub(crate) total_exceeded: bool,
}

impl Dashboard {
    /// The cases behind the stock of the last published day. A page that follows another is of the same day.
    pub(crate) async fn cases(
        &self,
        caller: &Caller,
        question: CasesQuestion,
        page: Page<CaseKey>,
    ) -> Result<Cases, Failure> {
        let action = "dasmo.cases";
        let selection = &self.select(caller, action, question.filter).await?;
        let (filter, page) = (&question.cases, &page);
        self.database
            .transaction("list_cases", |tx| {
                async move {
                    let as_of = day_of_page(tx, page).await?;
                    let rows = cases::page(tx, as_of, selection, filter, page).await?;
                    let limit = COUNTED_MOST + 1;
                    let total = cases::count(tx, as_of, selection, filter, limit).await?;
                    let (rows, next_page_token) =
                        paging::cut(rows, page.size, |case| key_of(as_of, case));
                    self.shown(tx, caller, action, as_of.to_string(), rows.len())
                        .await?;
                    Ok(Cases {
                        as_of,
                        rows,
                        next_page_token,
                        total: total.min(COUNTED_MOST),
                        total_exceeded: total > COUNTED_MOST,
                    })
                }
                .scope_boxed()
            })
            .await
    }

    /// A case of the last published day. One outside the territory is not found.
    pub(crate) async fn case(
        &self,
        caller: &Caller,
        claim_id: Uuid,
    ) -> Result<(NaiveDate, Case), Failure> {
        let action = "dasmo.case";
        let selection: &Selection = &self.select(caller, action, Filter::default()).await?;
        self.database
            .transaction("get_case", |tx| {
                async move {
                    let as_of = last_published(tx).await?.day;
                    let found = cases::one(tx, as_of, selection, claim_id).await?;
                    let rows = usize::from(found.is_some());
                    self.shown(tx, caller, action, claim_id.to_string(), rows)
                        .await?;
                    Ok(found.map(|case| (as_of, case)))
                }
                .scope_boxed()
            })
            .await?
            .ok_or_else(Failure::not_found)
    }
}

/// The key of a case in lists of a day.
pub(super) fn key_of(day: NaiveDate, case: &Case) -> CaseKey {
    CaseKey {
        day,
        submitted_at: case.submitted_at,
        claim_id: case.claim_id,
    }
}

async fn day_of_page(tx: &mut Tx, page: &Page<CaseKey>) -> Result<NaiveDate, Failure> {
    match &page.after {
        None => Ok(last_published(tx).await?.day),
        Some(key) if cases::kept(tx, key.day).await? => Ok(key.day),
        Some(_) => Err(Failure::field(
            "page_token",
            "is of a day that is no longer kept",
        )),
    }
}
