//! Filters from the wire, figures to the wire.

use chassis::{Failure, wire};
use proto::omnia::dasmo::v1 as pb;

use crate::app::dashboard::{Case, Cases, Cell, Freshness, Run, TrendDay, Volumes};
use crate::domain::{Filter, Measures};

pub(super) fn filter(filter: Option<&pb::VolumesFilter>) -> Result<Filter, Failure> {
    let Some(filter) = filter else {
        return Ok(Filter::default());
    };
    Ok(Filter {
        office: when_given(&filter.office, "filter.office")?,
        region_istat: when_given::<kernel::IstatRegion>(
            &filter.region_istat,
            "filter.region_istat",
        )?
        .map(|region| region.as_str().to_owned()),
        product: when_given(&filter.product, "filter.product")?,
    })
}

fn when_given<T>(text: &str, field: &str) -> Result<Option<T>, Failure>
where
    T: std::str::FromStr,
    T::Err: std::fmt::Display,
{
    if text.is_empty() {
        Ok(None)
    } else {
        wire::parse(text, field).map(Some)
    }
}

pub(super) fn volumes(volumes: Volumes) -> pb::GetVolumesResponse {
    let classes = &volumes.age_classes;
    pb::GetVolumesResponse {
        as_of: Some(wire::date(volumes.as_of)),
        stale: volumes.stale,
        cells: volumes
            .cells
            .into_iter()
            .map(|cell| self::cell(cell, classes))
            .collect(),
        total: Some(figures(volumes.total, classes)),
    }
}

pub(super) fn trend(days: Vec<TrendDay>) -> pb::GetTrendResponse {
    let days = days.into_iter().map(|day| pb::TrendDay {
        day: Some(wire::date(day.day)),
        total: Some(figures(day.total, &day.age_classes)),
    });
    pb::GetTrendResponse {
        days: days.collect(),
    }
}

pub(super) fn cases(page: Cases) -> pb::ListCasesResponse {
    pb::ListCasesResponse {
        as_of: Some(wire::date(page.as_of)),
        cases: page.rows.into_iter().map(case).collect(),
        next_page_token: page.next_page_token,
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

fn cell(cell: Cell, classes: &[String]) -> pb::Volumes {
    pb::Volumes {
        office: cell.office.as_str().to_owned(),
        region_istat: cell.region_istat,
        product: cell.product.code().to_owned(),
        ..figures(cell.measures, classes)
    }
}

fn figures(measures: Measures, classes: &[String]) -> pb::Volumes {
    let ages = classes
        .iter()
        .zip(measures.ages)
        .map(|(name, claims)| pb::AgeClass {
            name: name.clone(),
            claims,
        });
    pb::Volumes {
        office: String::new(),
        region_istat: String::new(),
        product: String::new(),
        received: measures.received,
        defined: measures.defined,
        accepted: measures.accepted,
        partially_accepted: measures.partially_accepted,
        rejected: measures.rejected,
        withdrawn: measures.withdrawn,
        annulled: measures.annulled,
        stock: measures.stock,
        stock_to_take: measures.stock_to_take,
        stock_under_review: measures.stock_under_review,
        stock_waiting: measures.stock_waiting,
        stock_chronic: measures.stock_chronic,
        stock_very_old: measures.stock_very_old,
        ages: ages.collect(),
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

fn case(case: Case) -> pb::Case {
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
    }
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
