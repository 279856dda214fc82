//! What the dashboard shows of payment flows.

use std::collections::BTreeMap;

use chassis::db::ScopedFutureExt;
use chassis::identity::Caller;
use chassis::paging::Page;
use chassis::{Failure, Tx};
use chrono::{DateTime, NaiveDate, Utc};
use kernel::rome;
use sheet::Cell;
use uuid::Uuid;

use crate::app::cases::{CaseFilter, CaseKey, List};
use crate::app::dashboard::Dashboard;
use crate::app::figures::{Breakdown, BreakdownQuestion, Grouping, Looks, Subject};
use crate::domain::lines::{LineMeasures, LinePersons, Persons, flow_heads};
use crate::domain::{Axis, ColumnHead, Language, Period, Selection, words, yes_or_no};
use crate::store::corrections::Noted;
pub(crate) use crate::store::lines::flows::StockFlow;
use crate::store::lines::{flows, persons, volumes};
use crate::store::volumes::Sum;

/// Lines of payment flows.
pub(crate) struct Lines;

impl Subject for Lines {
    type Figures = LineMeasures;

    const NOTED: Noted = Noted::Lines;

    const LOOKS: Looks = Looks {
        breakdown: "dasmo.flow_breakdown",
        trend: "dasmo.flow_trend",
        forecast: "dasmo.flow_forecast",
        corrections: "dasmo.flow_corrections",
    };

    async fn sums(
        tx: &mut Tx,
        periods: &[Period],
        grouping: Grouping,
        selection: &Selection,
    ) -> Result<Vec<Sum<LineMeasures>>, Failure> {
        volumes::sums(tx, periods, grouping, selection).await
    }
}

/// Figures cut by a dimension, with the distinct workers of each part and of all together.
#[derive(Debug)]
pub(crate) struct LineBreakdown {
    pub(crate) breakdown: Breakdown<LineMeasures>,
    persons: BTreeMap<String, LinePersons>,
    pub(crate) of_all: LinePersons,
}

impl LineBreakdown {
    /// The distinct workers of each part, in order, and of all together.
    pub(in crate::app) fn in_order(&self) -> impl Iterator<Item = LinePersons> {
        let parts = self.breakdown.parts.iter();
        parts
            .map(|part| self.persons(&part.value))
            .chain([self.of_all])
    }

    /// The distinct workers of a part.
    pub(crate) fn persons(&self, value: &str) -> LinePersons {
        self.persons.get(value).copied().unwrap_or_default()
    }
}

impl Dashboard {
    /// Figures of an interval up to a day, cut by a dimension.
    pub(crate) async fn line_breakdown(
        &self,
        caller: &Caller,
        question: BreakdownQuestion,
    ) -> Result<LineBreakdown, Failure> {
        let action = Lines::LOOKS.breakdown;
        let selection = &self.select(caller, action, question.filter.clone()).await?;
        let question = &question;
        self.database
            .transaction("get_flow_breakdown", |tx| {
                async move {
                    let cut = self.cut_lines(tx, question, selection).await?;
                    let shown = &cut.breakdown;
                    let resource = format!("{}/{}", shown.from, shown.picture.day);
                    self.shown(tx, caller, action, resource, shown.parts.len())
                        .await?;
                    Ok(cut)
                }
                .scope_boxed()
            })
            .await
    }

    pub(in crate::app) async fn cut_lines(
        &self,
        tx: &mut Tx,
        question: &BreakdownQuestion,
        selection: &Selection,
    ) -> Result<LineBreakdown, Failure> {
        let breakdown = self.cut::<Lines>(tx, question, selection).await?;
        let days = (breakdown.from, breakdown.picture.day);
        let persons = persons::counted(tx, days, question.by, selection).await?;
        let all = persons::counted(tx, days, Grouping::Nothing, selection).await?;
        Ok(LineBreakdown {
            breakdown,
            persons,
            of_all: all.into_values().next().unwrap_or_default(),
        })
    }
}

/// The flows with lines in stock.
pub(crate) struct StockFlows;

impl List for StockFlows {
    type Row = StockFlow;

    const LOOKS: (&'static str, &'static str) = ("dasmo.stock_flows", "dasmo.stock_flow");

    async fn page(
        tx: &mut Tx,
        day: NaiveDate,
        selection: &Selection,
        cases: &CaseFilter,
        page: &Page<CaseKey>,
    ) -> Result<Vec<StockFlow>, Failure> {
        flows::page(tx, day, selection, cases, page).await
    }

    async fn count(
        tx: &mut Tx,
        day: NaiveDate,
        selection: &Selection,
        cases: &CaseFilter,
        limit: i64,
    ) -> Result<i64, Failure> {
        flows::count(tx, day, selection, cases, limit).await
    }

    async fn one(
        tx: &mut Tx,
        day: NaiveDate,
        selection: &Selection,
        id: Uuid,
    ) -> Result<Option<StockFlow>, Failure> {
        flows::one(tx, day, selection, id).await
    }

    fn place(flow: &StockFlow) -> (DateTime<Utc>, Uuid) {
        (flow.received_at, flow.flow_id)
    }

    fn heads(language: Language) -> Vec<ColumnHead> {
        flow_heads(language)
    }

    fn cells(flow: StockFlow, language: Language) -> Vec<Cell> {
        let flag = |flag| Cell::Text(yes_or_no(flag, language).to_owned());
        let number = |number: i32| Cell::Number(number.into());
        let workers = flow.workers();
        vec![
            Cell::Text(flow.protocol_number),
            Cell::Day(rome::date_of(flow.received_at)),
            Cell::Text(flow.office),
            Cell::Text(words::value(Axis::Product, &flow.product, language)),
            Cell::Text(flow.kind),
            Cell::Text(flow.causale),
            Cell::Text(flow.csc_sector),
            Cell::Text(flow.size_class),
            number(flow.age_days),
            flag(flow.chronic),
            flag(flow.very_old),
            number(flow.lines_count),
            number(flow.stock),
            number(flow.stock_verifying),
            number(flow.stock_stopped),
            number(flow.stock_to_order),
            number(flow.stock_ordered),
            Cell::Text(flow.anomalies.join(", ")),
            Cell::Text(workers.to_string()),
            Cell::Hundredths(flow.hours_hundredths),
            Cell::Hundredths(flow.cents),
        ]
    }
}

impl StockFlow {
    /// Distinct workers of the lines in stock.
    pub(crate) fn workers(&self) -> Persons {
        Persons::new(self.workers.into())
    }
}
