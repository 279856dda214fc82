//! Figures to the wire.

use chassis::wire;
use kernel::rome;
use proto::omnia::dasmo::v1 as pb;

use crate::app::cases::{Case, Cases};
use crate::app::dashboard::{Freshness, Run};
use crate::app::export::Exporting;
use crate::app::figures::{Breakdown, Cell, Correction, Outlook, Part, Trend, Volumes};
use crate::app::lines::{LineBreakdown, StockFlow};
use crate::domain::lines::{LineMeasures, LinePersons, Persons};
use crate::domain::{Cut, DaysTaken, Dimension, Filter, Measures, Rates};

pub(super) fn volumes(volumes: Volumes) -> pb::GetVolumesResponse {
    let classes = &volumes.picture.age_classes;
    pb::GetVolumesResponse {
        as_of: Some(wire::date(volumes.picture.day)),
        stale: volumes.stale,
        total: Some(figures(&volumes.total, classes)),
        cells: volumes
            .cells
            .into_iter()
            .map(|cell| self::cell(cell, classes))
            .collect(),
        revision: volumes.picture.revision,
        published_at: Some(wire::timestamp(volumes.picture.at)),
    }
}

pub(super) fn breakdown(breakdown: Breakdown<Measures>) -> pb::GetBreakdownResponse {
    let classes = &breakdown.picture.age_classes;
    pb::GetBreakdownResponse {
        from: Some(wire::date(breakdown.from)),
        as_of: Some(wire::date(breakdown.picture.day)),
        days: i32::try_from(breakdown.days).unwrap_or(i32::MAX),
        stale: breakdown.stale,
        revision: breakdown.picture.revision,
        published_at: Some(wire::timestamp(breakdown.picture.at)),
        parts: breakdown
            .parts
            .into_iter()
            .map(|part| self::part(part, classes))
            .collect(),
        total: Some(part(breakdown.total, classes)),
    }
}

pub(super) fn trend(trend: Trend<Measures>) -> pb::GetTrendResponse {
    let days = trend.periods.into_iter().map(|period| pb::TrendDay {
        from: Some(wire::date(period.from)),
        day: Some(wire::date(period.to)),
        total: Some(figures(&period.total, &period.age_classes)),
        revision: period.revision,
    });
    pb::GetTrendResponse {
        days: days.collect(),
        as_of: Some(wire::date(trend.as_of)),
        stale: trend.stale,
    }
}

pub(super) fn outlook(outlook: &Outlook) -> pb::GetForecastResponse {
    let forecast = &outlook.forecast;
    pb::GetForecastResponse {
        as_of: Some(wire::date(outlook.as_of)),
        pace_from: Some(wire::date(outlook.pace_from)),
        pace_days: i32::try_from(outlook.pace_days).unwrap_or(i32::MAX),
        stock: forecast.stock,
        received_a_day_hundredths: forecast.received_a_day,
        gone_a_day_hundredths: forecast.gone_a_day,
        clears_on: forecast.clears_on.map(wire::date),
        clears_without_arrivals_on: forecast.clears_without_arrivals_on.map(wire::date),
        stale: outlook.stale,
    }
}

pub(super) fn corrections(corrections: Vec<Correction>) -> Vec<pb::Correction> {
    let corrections = corrections.into_iter().map(|one| pb::Correction {
        day: Some(wire::date(one.day)),
        revision: one.revision,
        published_at: Some(wire::timestamp(one.published_at)),
        office: one.office,
        product: one.product,
        section: one.section,
        received_before: one.received_before.into(),
        received_after: one.received_after.into(),
        defined_before: one.defined_before.into(),
        defined_after: one.defined_after.into(),
        stock_before: one.stock_before.into(),
        stock_after: one.stock_after.into(),
        changed: one.changed,
    });
    corrections.collect()
}

pub(super) fn header(exporting: &Exporting) -> pb::ExportHeader {
    pb::ExportHeader {
        file_name: exporting.file_name.clone(),
        media_type: exporting.media_type.to_owned(),
        rows_total: exporting.rows_total,
    }
}

pub(super) fn flow_breakdown(cut: &LineBreakdown) -> pb::GetFlowBreakdownResponse {
    let shown = &cut.breakdown;
    let classes = &shown.picture.age_classes;
    let part = |part: &Part<LineMeasures>, persons| flow_part(part, persons, classes);
    pb::GetFlowBreakdownResponse {
        from: Some(wire::date(shown.from)),
        as_of: Some(wire::date(shown.picture.day)),
        days: i32::try_from(shown.days).unwrap_or(i32::MAX),
        stale: shown.stale,
        revision: shown.picture.revision,
        published_at: Some(wire::timestamp(shown.picture.at)),
        parts: shown
            .parts
            .iter()
            .map(|one| part(one, cut.persons(&one.value)))
            .collect(),
        total: Some(part(&shown.total, cut.of_all)),
    }
}

pub(super) fn flow_trend(trend: Trend<LineMeasures>) -> pb::GetFlowTrendResponse {
    let days = trend.periods.into_iter().map(|period| pb::FlowTrendDay {
        from: Some(wire::date(period.from)),
        day: Some(wire::date(period.to)),
        total: Some(line_volumes(&period.total, &period.age_classes)),
        revision: period.revision,
    });
    pb::GetFlowTrendResponse {
        days: days.collect(),
        as_of: Some(wire::date(trend.as_of)),
        stale: trend.stale,
    }
}

pub(super) fn flows(page: Cases<StockFlow>) -> pb::ListStockFlowsResponse {
    pb::ListStockFlowsResponse {
        as_of: Some(wire::date(page.as_of)),
        flows: page.rows.into_iter().map(flow).collect(),
        next_page_token: page.next_page_token,
        total: i32::try_from(page.total).unwrap_or(i32::MAX),
        total_exceeded: page.total_exceeded,
        stale: page.stale,
    }
}

pub(super) fn flow(flow: StockFlow) -> pb::StockFlow {
    pb::StockFlow {
        workers: Some(persons(flow.workers())),
        flow_id: flow.flow_id.to_string(),
        protocol_number: flow.protocol_number,
        kind: flow.kind,
        office: flow.office,
        product: flow.product,
        causale: flow.causale,
        sector: flow.csc_sector,
        size: flow.size_class,
        age_days: flow.age_days,
        chronic: flow.chronic,
        very_old: flow.very_old,
        lines: flow.lines_count,
        stock: flow.stock,
        stock_verifying: flow.stock_verifying,
        stock_stopped: flow.stock_stopped,
        stock_to_order: flow.stock_to_order,
        stock_ordered: flow.stock_ordered,
        anomalies: flow.anomalies,
        hours_hundredths: flow.hours_hundredths,
        cents: flow.cents,
        received_on: Some(wire::date(rome::date_of(flow.received_at))),
    }
}

pub(super) fn cases(page: Cases<Case>) -> pb::ListCasesResponse {
    pb::ListCasesResponse {
        as_of: Some(wire::date(page.as_of)),
        cases: page.rows.into_iter().map(case).collect(),
        next_page_token: page.next_page_token,
        total: i32::try_from(page.total).unwrap_or(i32::MAX),
        total_exceeded: page.total_exceeded,
        stale: page.stale,
    }
}

pub(super) fn case(case: Case) -> pb::Case {
    pb::Case {
        claim_id: case.claim_id.to_string(),
        protocol_number: case.protocol_number,
        office: case.office,
        product: case.product,
        causale: case.causale,
        stage: case.state,
        age_days: case.age_days,
        chronic: case.chronic,
        very_old: case.very_old,
        workers: case.workers,
        hours_hundredths: case.hours_hundredths,
        payment_mode: case.payment_mode,
        sector: case.csc_sector,
        size: case.size_class,
        submitted_on: Some(wire::date(rome::date_of(case.submitted_at))),
    }
}

/// A filter as it was asked for.
pub(super) fn filter(filter: &Filter) -> pb::VolumesFilter {
    let part = |cut: &Cut| pb::Part {
        dimension: dimension(cut.dimension).into(),
        value: cut.value.clone(),
    };
    pb::VolumesFilter {
        office: filter
            .office
            .as_ref()
            .map_or_else(String::new, |office| office.as_str().to_owned()),
        region_istat: filter.region_istat.clone().unwrap_or_default(),
        product: filter
            .product
            .map_or_else(String::new, |product| product.code().to_owned()),
        section: filter
            .section
            .map_or_else(String::new, |section| section.code().to_owned()),
        parts: filter.part.iter().map(part).collect(),
        with_agencies: filter.with_agencies,
    }
}

fn dimension(dimension: Dimension) -> pb::Dimension {
    match dimension {
        Dimension::Whole => pb::Dimension::Unspecified,
        Dimension::Causale => pb::Dimension::Causale,
        Dimension::PaymentMode => pb::Dimension::PaymentMode,
        Dimension::Sector => pb::Dimension::Sector,
        Dimension::Size => pb::Dimension::Size,
        Dimension::Arrival => pb::Dimension::Arrival,
        Dimension::Stage => pb::Dimension::Stage,
        Dimension::Age => pb::Dimension::Age,
        Dimension::Outcome => pb::Dimension::Outcome,
        Dimension::Anomaly => pb::Dimension::Anomaly,
    }
}

pub(super) fn freshness(freshness: Freshness) -> pb::GetFreshnessResponse {
    pb::GetFreshnessResponse {
        as_of: freshness.published.map(|(day, _)| wire::date(day)),
        published_at: freshness.published.map(|(_, at)| wire::timestamp(at)),
        stale: freshness.stale,
        runs: freshness.runs.into_iter().map(run).collect(),
    }
}

fn part(part: Part<Measures>, classes: &[String]) -> pb::BreakdownPart {
    pb::BreakdownPart {
        value: part.value,
        volumes: Some(figures(&part.figures, classes)),
        rates: Some(rates(part.rates)),
        growing: part.growing,
    }
}

fn flow_part(
    part: &Part<LineMeasures>,
    persons: LinePersons,
    classes: &[String],
) -> pb::FlowBreakdownPart {
    pb::FlowBreakdownPart {
        value: part.value.clone(),
        volumes: Some(line_volumes(&part.figures, classes)),
        persons: Some(line_persons(persons)),
        rates: Some(rates(part.rates)),
        growing: part.growing,
    }
}

fn line_persons(of: LinePersons) -> pb::LinePersons {
    pb::LinePersons {
        received: Some(persons(of.received)),
        ordered: Some(persons(of.ordered)),
        paid: Some(persons(of.paid)),
        rejected: Some(persons(of.rejected)),
        stock: Some(persons(of.stock)),
        first_payment_pending: Some(persons(of.first_payment_pending)),
    }
}

fn persons(persons: Persons) -> pb::Persons {
    pb::Persons {
        count: persons.told().unwrap_or(0),
        below_three: persons.told().is_none(),
    }
}

fn line_volumes(measures: &LineMeasures, classes: &[String]) -> pb::LineVolumes {
    pb::LineVolumes {
        received_flows: measures.received_flows,
        received: measures.received,
        received_hours_hundredths: measures.received_hours_hundredths,
        received_cents: measures.received_cents,
        ordered: measures.ordered,
        ordered_cents: measures.ordered_cents,
        paid: measures.paid,
        paid_hours_hundredths: measures.paid_hours_hundredths,
        paid_cents: measures.paid_cents,
        payment_days: definition_days(&measures.payment_days),
        rejected: measures.rejected,
        rejected_cents: measures.rejected_cents,
        cancelled: measures.cancelled,
        sent_back: measures.sent_back,
        reopened: measures.reopened,
        stock: measures.stock,
        stock_verifying: measures.stock_verifying,
        stock_stopped: measures.stock_stopped,
        stock_to_order: measures.stock_to_order,
        stock_ordered: measures.stock_ordered,
        stock_chronic: measures.stock_chronic,
        stock_very_old: measures.stock_very_old,
        stock_hours_hundredths: measures.stock_hours_hundredths,
        stock_cents: measures.stock_cents,
        ages: age_classes(&measures.ages, classes),
    }
}

fn rates(rates: Rates) -> pb::Rates {
    pb::Rates {
        clearance_hundredths: rates.clearance,
        stock_days_hundredths: rates.stock_days,
        chronic_hundredths: rates.chronic,
        acceptance_hundredths: rates.acceptance,
    }
}

fn cell(cell: Cell, classes: &[String]) -> pb::Volumes {
    pb::Volumes {
        office: cell.office,
        region_istat: cell.region_istat,
        product: cell.product,
        ..figures(&cell.measures, classes)
    }
}

fn figures(measures: &Measures, classes: &[String]) -> pb::Volumes {
    pb::Volumes {
        office: String::new(),
        region_istat: String::new(),
        product: String::new(),
        received: measures.received,
        received_workers: measures.received_workers,
        received_hours_hundredths: measures.received_hours_hundredths,
        defined: measures.defined,
        accepted: measures.accepted,
        partially_accepted: measures.partially_accepted,
        rejected: measures.rejected,
        defined_workers: measures.defined_workers,
        defined_hours_hundredths: measures.defined_hours_hundredths,
        gross_days: definition_days(&measures.gross_days),
        net_days: definition_days(&measures.net_days),
        withdrawn: measures.withdrawn,
        annulled: measures.annulled,
        stock: measures.stock,
        stock_to_take: measures.stock_to_take,
        stock_under_review: measures.stock_under_review,
        stock_waiting: measures.stock_waiting,
        stock_chronic: measures.stock_chronic,
        stock_very_old: measures.stock_very_old,
        ages: age_classes(&measures.ages, classes),
        stock_workers: measures.stock_workers,
        stock_hours_hundredths: measures.stock_hours_hundredths,
        received_total: measures.received_total,
        defined_total: measures.defined_total,
        transferred_in: measures.transferred_in,
        transferred_out: measures.transferred_out,
        reexaminations_pending: measures.reexaminations_pending,
        appeals_pending: measures.appeals_pending,
    }
}

/// The stock by class, empty classes included.
fn age_classes(ages: &[i64], classes: &[String]) -> Vec<pb::AgeClass> {
    let counted = ages.iter().copied().chain(std::iter::repeat(0));
    let class = |(name, claims): (&String, i64)| pb::AgeClass {
        name: name.clone(),
        claims,
    };
    classes.iter().zip(counted).map(class).collect()
}

fn definition_days(taken: &DaysTaken) -> Option<pb::DefinitionDays> {
    taken.summary().map(|summary| pb::DefinitionDays {
        mean_hundredths: summary.mean_hundredths,
        median: summary.median,
        p90: summary.p90,
    })
}

fn run(run: Run) -> pb::Run {
    pb::Run {
        as_of: Some(wire::date(run.as_of)),
        started_at: Some(wire::timestamp(run.started_at)),
        finished_at: run.finished_at.map(wire::timestamp),
        published: run.published,
        cells: run.cells,
        failure: run.failure,
    }
}
