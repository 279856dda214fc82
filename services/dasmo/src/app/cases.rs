//! The lists behind the stock (`claims.md` DAS-5).

use chassis::db::ScopedFutureExt;
use chassis::identity::Caller;
use chassis::paging::{self, Page};
use chassis::{Failure, Tx};
use chrono::{DateTime, NaiveDate, Utc};
use kernel::rome;
use sheet::Cell;
use uuid::Uuid;

use super::dashboard::{Dashboard, last_published};
use crate::domain::{
    Axis, ColumnHead, Dimension, Filter, Language, Selection, case_heads, words, yes_or_no,
};
use crate::store::cases::{self, COUNTED_MOST};
pub(crate) use crate::store::cases::{Case, CaseFilter, CaseKey};

/// A list of what is in stock at the end of a day, oldest first.
pub(crate) trait List: Send + Sync + 'static {
    /// A row.
    type Row: Send + 'static;

    /// Names of looks at the list and at one row of it in the trail.
    const LOOKS: (&'static str, &'static str);

    /// One row more than the page.
    fn page(
        tx: &mut Tx,
        day: NaiveDate,
        selection: &Selection,
        cases: &CaseFilter,
        page: &Page<CaseKey>,
    ) -> impl Future<Output = Result<Vec<Self::Row>, Failure>> + Send;

    /// How many there are, up to a limit.
    fn count(
        tx: &mut Tx,
        day: NaiveDate,
        selection: &Selection,
        cases: &CaseFilter,
        limit: i64,
    ) -> impl Future<Output = Result<i64, Failure>> + Send;

    /// The row of an id within the territory.
    fn one(
        tx: &mut Tx,
        day: NaiveDate,
        selection: &Selection,
        id: Uuid,
    ) -> impl Future<Output = Result<Option<Self::Row>, Failure>> + Send;

    /// When what the row is of arrived, and its id: the order of the list.
    fn place(row: &Self::Row) -> (DateTime<Utc>, Uuid);

    /// Heads of a table of them.
    fn heads(language: Language) -> Vec<ColumnHead>;

    /// The cells under those heads.
    fn cells(row: Self::Row, language: Language) -> Vec<Cell>;
}

/// The claims in stock.
pub(crate) struct ClaimCases;

impl List for ClaimCases {
    type Row = Case;

    const LOOKS: (&'static str, &'static str) = ("dasmo.cases", "dasmo.case");

    async fn page(
        tx: &mut Tx,
        day: NaiveDate,
        selection: &Selection,
        cases: &CaseFilter,
        page: &Page<CaseKey>,
    ) -> Result<Vec<Case>, Failure> {
        cases::page(tx, day, selection, cases, page).await
    }

    async fn count(
        tx: &mut Tx,
        day: NaiveDate,
        selection: &Selection,
        cases: &CaseFilter,
        limit: i64,
    ) -> Result<i64, Failure> {
        cases::count(tx, day, selection, cases, limit).await
    }

    async fn one(
        tx: &mut Tx,
        day: NaiveDate,
        selection: &Selection,
        id: Uuid,
    ) -> Result<Option<Case>, Failure> {
        cases::one(tx, day, selection, id).await
    }

    fn place(case: &Case) -> (DateTime<Utc>, Uuid) {
        (case.submitted_at, case.claim_id)
    }

    fn heads(language: Language) -> Vec<ColumnHead> {
        case_heads(language)
    }

    fn cells(case: Case, language: Language) -> Vec<Cell> {
        let named = |axis, code: &str| Cell::Text(words::value(axis, code, language));
        vec![
            Cell::Text(case.protocol_number),
            Cell::Day(rome::date_of(case.submitted_at)),
            Cell::Text(case.office),
            named(Axis::Product, &case.product),
            Cell::Text(case.causale),
            named(Axis::Of(Dimension::PaymentMode), &case.payment_mode),
            Cell::Text(case.csc_sector),
            Cell::Text(case.size_class),
            Cell::Text(case.state),
            Cell::Number(case.age_days.into()),
            Cell::Text(yes_or_no(case.chronic, language).to_owned()),
            Cell::Text(yes_or_no(case.very_old, language).to_owned()),
            Cell::Number(case.workers.into()),
            Cell::Hundredths(case.hours_hundredths),
        ]
    }
}

/// Which cases.
#[derive(Debug, Clone)]
pub(crate) struct CasesQuestion {
    pub(crate) filter: Filter,
    pub(crate) cases: CaseFilter,
}

/// A page of a list.
#[derive(Debug)]
pub(crate) struct Cases<Row> {
    pub(crate) as_of: NaiveDate,
    pub(crate) stale: bool,
    pub(crate) rows: Vec<Row>,
    pub(crate) next_page_token: String,
    /// How many there are, up to a limit.
    pub(crate) total: i64,
    pub(crate) total_exceeded: bool,
}

/// A row of a list by itself.
#[derive(Debug)]
pub(crate) struct OneCase<Row> {
    pub(crate) as_of: NaiveDate,
    pub(crate) stale: bool,
    pub(crate) row: Row,
}

impl Dashboard {
    /// What is behind the stock of the last published day. A page that follows another is of the same day.
    pub(crate) async fn cases<L: List>(
        &self,
        caller: &Caller,
        question: CasesQuestion,
        page: Page<CaseKey>,
    ) -> Result<Cases<L::Row>, Failure> {
        let (action, _) = L::LOOKS;
        let selection = &self.select(caller, action, question.filter).await?;
        let (filter, page) = (&question.cases, &page);
        self.database
            .transaction("list_cases", |tx| {
                async move {
                    let last = last_published(tx).await?.day;
                    let as_of = day_of_page(tx, page, last).await?;
                    let rows = L::page(tx, as_of, selection, filter, page).await?;
                    let limit = COUNTED_MOST + 1;
                    let total = L::count(tx, as_of, selection, filter, limit).await?;
                    let (rows, next_page_token) =
                        paging::cut(rows, page.size, |row| key_of::<L>(as_of, row));
                    self.shown(tx, caller, action, as_of.to_string(), rows.len())
                        .await?;
                    Ok(Cases {
                        as_of,
                        stale: self.stale(Some(last)),
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

    /// A row of the last published day. One outside the territory is not found.
    pub(crate) async fn case<L: List>(
        &self,
        caller: &Caller,
        id: Uuid,
    ) -> Result<OneCase<L::Row>, Failure> {
        let (_, action) = L::LOOKS;
        let selection: &Selection = &self.select(caller, action, Filter::default()).await?;
        self.database
            .transaction("get_case", |tx| {
                async move {
                    let as_of = last_published(tx).await?.day;
                    let found = L::one(tx, as_of, selection, id).await?;
                    let rows = usize::from(found.is_some());
                    self.shown(tx, caller, action, id.to_string(), rows).await?;
                    let stale = self.stale(Some(as_of));
                    Ok(found.map(|row| OneCase { as_of, stale, row }))
                }
                .scope_boxed()
            })
            .await?
            .ok_or_else(Failure::not_found)
    }
}

/// The key of a row in lists of a day.
pub(super) fn key_of<L: List>(day: NaiveDate, row: &L::Row) -> CaseKey {
    let (arrived_at, id) = L::place(row);
    CaseKey {
        day,
        arrived_at,
        id,
    }
}

async fn day_of_page(
    tx: &mut Tx,
    page: &Page<CaseKey>,
    last: NaiveDate,
) -> Result<NaiveDate, Failure> {
    match &page.after {
        None => Ok(last),
        Some(key) if cases::kept(tx, key.day).await? => Ok(key.day),
        Some(_) => Err(Failure::field(
            "page_token",
            "is of a day that is no longer kept",
        )),
    }
}
