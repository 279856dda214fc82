//! What flows of direct payment say was used, as their feed tells it.

use chassis::db::ScopedFutureExt;
use chassis::feed::Handler;
use chassis::wire::date;
use kernel::{Hours, Week};
use limits::FlowEvents;
use limits::domain::ledger::{Entry, Usage};
use prost::{Message, Name};
use prost_types::Any;
use proto::omnia::feed::v1::Event;
use proto::omnia::payments::v1::{self as pb, LineState};

use crate::rpc::wire_unit;
use crate::world::{World, day, unit};

/// The event of steps of lines of a flow that rests on an entry of the ledger.
fn told(entry: &Entry, lines: Vec<pb::LineStep>) -> Event {
    let claim = entry.booking.origin.strip_prefix("claim:").unwrap();
    let message = pb::FlowEvent {
        facts: Some(pb::FlowFacts {
            claim_id: claim.to_owned(),
            unit: Some(wire_unit()),
            ..pb::FlowFacts::default()
        }),
        lines,
        ..pb::FlowEvent::default()
    };
    Event {
        event_id: "an-id".to_owned(),
        payload: Some(Any {
            type_url: format!("type.googleapis.com/{}", pb::FlowEvent::full_name()),
            value: message.encode_to_vec(),
        }),
        ..Event::default()
    }
}

/// A line of ten hours in a week of a month, counted from 0.
fn step(month: u32, week: usize, from: LineState, to: LineState) -> pb::LineStep {
    let mut hours = vec![0; week];
    hours.push(1_000);
    pb::LineStep {
        month: Some(date(day(2026, month, 1))),
        r#type: pb::LineType::ZeroHours.into(),
        from: from.into(),
        to: to.into(),
        hours_by_week_hundredths: hours,
        ..pb::LineStep::default()
    }
}

async fn tell(world: &World, event: Event) {
    let (handler, events) = (&FlowEvents(world.app.clone()), &[event]);
    world
        .database
        .database
        .transaction("feed", |tx| {
            async move { handler.apply(tx, events).await }.scope_boxed()
        })
        .await
        .unwrap();
}

/// Four authorised weeks from Monday 28 September 2026, which touch September and October.
async fn four_weeks(world: &World) -> Entry {
    let command = world.weeks(&unit(1), day(2026, 9, 28), 4);
    world.reserve(&command).await.unwrap();
    world.confirm(command.id).await.unwrap()
}

async fn usage(world: &World) -> Option<Usage> {
    world.ledger(&unit(1)).await.remove(0).usage
}

#[tokio::test]
async fn what_is_paid_counts_as_used_once_every_month_is_paid_whole() {
    let world = World::new().await;
    let entry = four_weeks(&world).await;
    let (new, open, paid) = (LineState::Unspecified, LineState::Verified, LineState::Paid);
    // September touches five weeks, the last of which begins on Monday 28; October begins in the same week.
    tell(
        &world,
        told(&entry, vec![step(9, 4, new, open), step(10, 1, new, open)]),
    )
    .await;
    assert_eq!(usage(&world).await, None);
    tell(&world, told(&entry, vec![step(9, 4, open, paid)])).await;
    assert_eq!(usage(&world).await, None);
    tell(&world, told(&entry, vec![step(10, 1, open, paid)])).await;
    let used = usage(&world).await.unwrap();
    let days = [
        (9, 28),
        (9, 29),
        (9, 30),
        (10, 5),
        (10, 6),
        (10, 7),
        (10, 8),
        (10, 9),
    ];
    assert_eq!(
        used.dates,
        days.map(|(month, of)| day(2026, month, of)).into()
    );
    let ten = Hours::from_hundredths(1_000);
    let weeks = [day(2026, 9, 28), day(2026, 10, 5)].map(|monday| (Week::of(monday), ten));
    assert_eq!(used.hours, weeks.into());
}

#[tokio::test]
async fn what_the_bank_sends_back_is_not_used_until_it_is_paid_again() {
    let world = World::new().await;
    let entry = four_weeks(&world).await;
    let (new, paid, back) = (LineState::Unspecified, LineState::Paid, LineState::Returned);
    tell(
        &world,
        told(&entry, vec![step(9, 4, new, paid), step(10, 1, new, paid)]),
    )
    .await;
    let first = usage(&world).await;
    tell(&world, told(&entry, vec![step(10, 1, paid, back)])).await;
    assert_eq!(
        usage(&world).await,
        first,
        "what was told stands while it is worked on"
    );
    tell(
        &world,
        told(&entry, vec![step(10, 1, back, LineState::Cancelled)]),
    )
    .await;
    let left = usage(&world).await.unwrap();
    assert_eq!(left.dates.len(), 3, "the days of September");
}

#[tokio::test]
async fn adjustments_and_months_without_a_flow_tell_nothing() {
    let world = World::new().await;
    let entry = four_weeks(&world).await;
    let (new, paid) = (LineState::Unspecified, LineState::Paid);
    let mut adjustment = step(10, 1, new, paid);
    adjustment.r#type = pb::LineType::Adjustment.into();
    tell(
        &world,
        told(&entry, vec![step(9, 4, new, paid), adjustment]),
    )
    .await;
    assert_eq!(usage(&world).await, None);
}
