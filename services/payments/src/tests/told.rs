//! What the feed tells: every step of every line once, in order.

use std::collections::BTreeMap;

use prost::Message;
use proto::omnia::payments::v1 as pb;

use super::*;

impl World {
    /// The events of a flow, in order.
    async fn told(&self, flow: Uuid) -> Vec<pb::FlowEvent> {
        let id = flow.to_string();
        sqlx::query_scalar!(
            "select payload from outbox where aggregate_id = $1 order by tx, id",
            id
        )
        .fetch_all(self.app.database.pool())
        .await
        .unwrap()
        .iter()
        .map(|payload| pb::FlowEvent::decode(payload.as_slice()).unwrap())
        .collect()
    }
}

#[tokio::test]
async fn whoever_adds_up_the_steps_knows_where_every_line_stands() {
    let world = World::new().await;
    let flow = world
        .checked(&[line(WORKERS[0]), line("GLLMRC78C12A662K"), line(WORKERS[1])])
        .await
        .id;
    world
        .app
        .delete_flow(&consultant(), flow, "")
        .await
        .unwrap();
    let told = world.told(flow).await;
    let versions: Vec<_> = told.iter().map(|event| event.version).collect();
    assert_eq!(
        versions,
        (1..=i64::try_from(told.len()).unwrap()).collect::<Vec<_>>()
    );
    let mut lines: BTreeMap<String, pb::LineState> = BTreeMap::new();
    let mut state = pb::FlowState::Unspecified;
    for event in &told {
        assert_eq!(event.from(), state, "{event:?}");
        state = event.to();
        for step in &event.lines {
            let before = lines.insert(step.line_id.clone(), step.to());
            assert_eq!(step.from(), before.unwrap_or_default());
        }
    }
    assert_eq!(state, pb::FlowState::Deleted);
    assert_eq!(lines.len(), 3);
    assert!(lines.values().all(|it| *it == pb::LineState::Cancelled));
}

#[tokio::test]
async fn the_feed_tells_amounts_hours_and_opaque_workers_and_no_personal_data() {
    let world = World::new().await;
    let flow = world.checked(&[line(WORKERS[0])]).await;
    let told = world.told(flow.id).await;
    let facts = told[0].facts.as_ref().unwrap();
    assert_eq!(facts.family(), pb::CausaleFamily::Ordinary);
    assert_eq!(facts.competent_office, MILANO);
    assert_eq!(facts.lines_count, 1);
    let step = &told[0].lines[0];
    assert_eq!(step.worker_id, FakePeople::id(WORKERS[0]).to_string());
    assert_eq!((step.gross_cents, step.net_cents), (67_795, 63_836));
    assert_eq!(step.hours_by_week_hundredths, [0, 4000, 2000, 2000]);
    let text = format!("{told:?}");
    for personal in [WORKERS[0], "Rossi", "IT98Q0306903200100000012345"] {
        assert!(!text.contains(personal));
    }
}
