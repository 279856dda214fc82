//! Many units in one stream. The answers keep the order of the questions; whoever does not read is not read from.

use std::pin::Pin;

use chassis::Failure;
use chassis::identity::Caller;
use chassis::wire::{optional_day, timestamp};
use futures_util::{Stream, StreamExt};
use proto::omnia::limits::v1 as pb;
use tonic::Status;
use tonic_types::StatusExt;

use crate::app::{App, Known, Subject};
use crate::domain::{Counter, Staff};
use crate::wire;

use super::read;

/// Units at work at once; the stream holds no more than these.
const AT_ONCE: usize = 8;

/// Answers, as they travel.
pub(super) type Answers<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

/// The answers to a stream of units.
pub(super) fn answers<Asked, Told>(
    app: App,
    caller: Caller,
    units: impl Stream<Item = Result<Asked, Status>> + Send + 'static,
    unit_of: fn(Asked) -> Option<pb::BulkUnit>,
    told: fn(pb::BulkAnswer) -> Told,
) -> Answers<Told>
where
    Asked: Send + 'static,
    Told: Send + 'static,
{
    let answers = units
        .zip(futures_util::stream::iter(0_i64..))
        .map(move |(asked, index)| {
            let (app, caller) = (app.clone(), caller.clone());
            async move {
                let unit = unit_of(asked?).unwrap_or_default();
                Ok(told(answer(&app, &caller, index, unit).await))
            }
        });
    Box::pin(answers.buffered(AT_ONCE))
}

async fn answer(app: &App, caller: &Caller, index: i64, unit: pb::BulkUnit) -> pb::BulkAnswer {
    let outcome = counters(app, caller, &unit).await;
    let named = pb::BulkAnswer {
        index,
        matricola: unit.matricola,
        production_unit_code: unit.production_unit_code,
        ..pb::BulkAnswer::default()
    };
    match outcome {
        Ok(known) => pb::BulkAnswer {
            counters: known.answer.iter().map(wire::counter).collect(),
            known_at: Some(timestamp(known.known_at)),
            ..named
        },
        Err(failure) => pb::BulkAnswer {
            error: Some(error(failure)),
            ..named
        },
    }
}

async fn counters(
    app: &App,
    caller: &Caller,
    unit: &pb::BulkUnit,
) -> Result<Known<Vec<Counter>>, Failure> {
    let headcount = read::headcount(
        &unit.employer_monthly_heads_hundredths,
        "employer_monthly_heads_hundredths",
    )?;
    let subject = Subject {
        unit: read::unit_key(&unit.matricola, unit.production_unit_code, "")?,
        staff: Staff {
            headcount,
            groups: Vec::new(),
        },
        as_known_at: read::optional_instant(unit.as_known_at.as_ref(), "as_known_at")?,
    };
    let reference = optional_day(unit.reference_week.as_ref(), "reference_week")?;
    app.counters(caller, &subject, reference).await
}

fn error(failure: Failure) -> pb::BulkError {
    let status = Status::from(failure);
    let details = status.get_error_details();
    let field = details
        .bad_request()
        .and_then(|request| request.field_violations.first());
    pb::BulkError {
        reason: details
            .error_info()
            .map(|info| info.reason.clone())
            .unwrap_or_default(),
        field: field.map(|one| one.field.clone()).unwrap_or_default(),
        message: field.map_or_else(
            || status.message().to_owned(),
            |one| one.description.clone(),
        ),
    }
}
