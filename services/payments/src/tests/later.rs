//! A later decision on the claim takes the place of the grant: what passed before is paid as far as it is granted still (PAY-6).

use super::ports::RIGHT;
use super::*;
use crate::app::Cure;
use crate::domain::line::Address;
use crate::domain::order::end_to_end_id;
use crate::ports::{Findings, Holder};

/// A worker beside those of [`WORKERS`].
const ANOTHER: &str = "GLLMRC78C12A662K";

impl World {
    /// The riesame of the claim ends with a decision of its own number, for these workers.
    async fn decided_again(&self, workers: &[&str], hours: i64, period: Period) {
        let claim = grant(NUMBER).claim;
        self.feed(&[Told::Active(claim, false)]).await;
        let workers = workers.iter().map(|it| (*it).to_owned()).collect();
        self.claims.grant_to(workers);
        self.granted(Authorisation {
            claim,
            hours: Hours::from_hundredths(hours),
            period,
            ..grant(OTHER_NUMBER)
        })
        .await;
    }

    /// What stops each line of a flow.
    async fn all_stopped_by(&self, flow: Uuid) -> Vec<Vec<&'static str>> {
        let lines = self.lines(flow).await;
        let codes = |line: &Kept| line.anomalies.iter().map(|it| it.code()).collect();
        lines.iter().map(codes).collect()
    }

    /// Codes that stop the one line of a flow under the later number.
    async fn sent_again(&self, line: Vec<String>) -> Vec<&'static str> {
        let flow = self.send_lines(OTHER_NUMBER, &[line]).await.upload.flow;
        self.stopped_by(flow, 1).await
    }
}

#[tokio::test]
async fn pay_6_no_more_is_paid_than_a_later_decision_grants_whatever_passed_before() {
    let world = World::new().await;
    let four = [WORKERS[0], WORKERS[1], WORKERS[2], ANOTHER];
    world.claims.grant_to(four.map(str::to_owned).to_vec());
    let lines = four.map(|worker| hours_in_one_week(worker, "40,00"));
    let flow = world.checked(&lines).await.id;
    assert_eq!(world.states(flow).await, [LineState::Verified; 4]);
    assert_eq!(world.held().await, 16_000);
    world
        .decided_again(&four, 4_000, grant(NUMBER).period)
        .await;

    assert_eq!(world.batch().await.unwrap().orders, 1);
    let beyond = vec!["HOURS_EXCEED_AUTHORIZED"];
    let expected = [vec![], beyond.clone(), beyond.clone(), beyond.clone()];
    assert_eq!(world.all_stopped_by(flow).await, expected);
    assert_eq!(world.held().await, 4_000);
    assert_eq!(
        world
            .sent_again(hours_in_one_week(WORKERS[1], "40,00"))
            .await,
        beyond
    );

    // What the bank sends back is to be had again, once.
    let id = end_to_end_id(flow, 1, 1);
    world.answered(&[(&id, "RJCT")]).await;
    let again = [hours_in_one_week(WORKERS[1], "39,00")];
    let second = world.send_lines(OTHER_NUMBER, &again).await.upload.flow;
    world.check().await;
    assert_eq!(world.batch().await.unwrap().orders, 1);
    assert_eq!(world.states(second).await, [LineState::Ordered]);
    assert_eq!(
        world
            .sent_again(hours_in_one_week(WORKERS[2], "2,00"))
            .await,
        beyond
    );
}

#[tokio::test]
async fn pay_6_a_batch_and_a_flow_at_the_same_time_share_what_a_later_decision_grants() {
    let world = World::new().await;
    let before = world
        .checked(&[hours_in_one_week(WORKERS[0], "40,00")])
        .await;
    world
        .decided_again(&WORKERS, 4_000, grant(NUMBER).period)
        .await;
    let lines = [hours_in_one_week(WORKERS[1], "40,00")];
    let (batch, sent) = tokio::join!(world.batch(), world.send_lines(OTHER_NUMBER, &lines));
    let after = world.states(sent.upload.flow).await;
    if let Ok(batch) = batch {
        assert_eq!((batch.orders, after), (1, vec![LineState::Anomaly]));
    } else {
        assert_eq!(after, [LineState::InVerification]);
        let codes = world.stopped_by(before.id, 1).await;
        assert_eq!(codes, ["HOURS_EXCEED_AUTHORIZED"]);
    }
}

#[tokio::test]
async fn a_later_decision_that_grants_the_same_lets_everything_be_paid() {
    let world = World::new().await;
    let flow = world
        .checked(&[line(WORKERS[0]), line(WORKERS[1])])
        .await
        .id;
    let same = grant(NUMBER);
    world
        .decided_again(&WORKERS, same.hours.hundredths(), same.period)
        .await;
    assert_eq!(world.batch().await.unwrap().orders, 2);
    assert_eq!(world.states(flow).await, [LineState::Ordered; 2]);
}

#[tokio::test]
async fn who_or_what_days_a_later_decision_leaves_out_is_not_paid() {
    let world = World::new().await;
    let flow = world
        .checked(&[line(WORKERS[0]), line(WORKERS[1])])
        .await
        .id;
    let period = grant(NUMBER).period;
    world.decided_again(&WORKERS[1..], 40_000, period).await;
    assert_eq!(world.batch().await.unwrap().orders, 1);
    let expected = [vec!["NOT_A_BENEFICIARY"], vec![]];
    assert_eq!(world.all_stopped_by(flow).await, expected);

    let world = World::new().await;
    let flow = world.checked(&[line(WORKERS[0])]).await.id;
    let from_october = Period::between(day(2026, 10, 5), period.last_day());
    world.decided_again(&WORKERS, 40_000, from_october).await;
    assert_eq!(refused(world.batch().await), "NOTHING_TO_ORDER");
    assert_eq!(world.stopped_by(flow, 1).await, ["HOURS_EXCEED_AUTHORIZED"]);
}

#[tokio::test]
async fn pay_7_what_a_later_decision_stops_is_corrected_under_its_number() {
    let world = World::new().await;
    let first = world.checked(&[line(WORKERS[0])]).await;
    world
        .decided_again(&WORKERS, 4_000, grant(NUMBER).period)
        .await;
    assert_eq!(refused(world.batch().await), "NOTHING_TO_ORDER");
    let lines = [hours_in_one_week(WORKERS[0], "40,00")];
    let file = csv(&lines);
    let mut announced = announce(OTHER_NUMBER, &lines, &file);
    announced.header.as_mut().unwrap().corrects = Some(first.protocol.clone());
    let second = world.send(&announced, file.as_bytes()).await.unwrap();
    world.check().await;
    assert_eq!(world.states(first.id).await, [LineState::Cancelled]);
    assert_eq!(world.batch().await.unwrap().orders, 1);
    let states = world.states(second.upload.flow).await;
    assert_eq!(states, [LineState::Ordered]);
}

#[tokio::test]
async fn a_cured_line_has_no_hours_that_were_ordered_under_the_number_before() {
    let world = World::new().await;
    world
        .checked(&[hours_in_one_week(WORKERS[0], "40,00")])
        .await;
    world
        .decided_again(&WORKERS, 4_000, grant(NUMBER).period)
        .await;
    let of_another = Findings {
        holder: Holder::Other,
        ..RIGHT
    };
    world.registers.say(WORKERS[1], of_another);
    let lines = [hours_in_one_week(WORKERS[1], "40,00")];
    let second = world.send_lines(OTHER_NUMBER, &lines).await.upload.flow;
    world.check().await;
    assert_eq!(world.stopped_by(second, 1).await, ["IBAN_HOLDER_MISMATCH"]);
    assert_eq!(world.batch().await.unwrap().orders, 1);
    let at_home = Cure::Domiciled(Address {
        street: "Via Roma 1".into(),
        postal_code: "20100".into(),
        municipality: "Milano".into(),
        province: "MI".into(),
    });
    let cured = world
        .app
        .cure_line(&operator(), second, 1, &at_home, "prova")
        .await;
    assert_eq!(refused(cured), "HOURS_EXCEED_AUTHORIZED");
}
