//! What the office cures, and what the sender cancels or corrects.

use kernel::Cents;

use super::ports::RIGHT;
use super::*;
use crate::app::Cure;
use crate::domain::line::{Address, Way};
use crate::ports::{Findings, Holder};

fn at_home() -> Cure {
    Cure::Domiciled(Address {
        street: "Via Roma 1".into(),
        postal_code: "20100".into(),
        municipality: "Milano".into(),
        province: "MI".into(),
    })
}

impl World {
    async fn cure(&self, flow: Uuid, cure: &Cure) -> Result<Kept, Failure> {
        let operator = operator();
        self.app.cure_line(&operator, flow, 1, cure, "prova").await
    }
}

fn of_holder(holder: Holder) -> Findings {
    Findings { holder, ..RIGHT }
}

#[tokio::test]
async fn pay_7_an_account_of_somebody_else_is_cured_by_a_bonifico_domiciliato() {
    let world = World::new().await;
    world.registers.say(WORKERS[0], of_holder(Holder::Other));
    let flow = world.checked(&[line(WORKERS[0])]).await.id;
    assert_eq!(world.stopped_by(flow, 1).await, ["IBAN_HOLDER_MISMATCH"]);
    assert_eq!(world.held().await, 0);
    let cured = world.cure(flow, &at_home()).await.unwrap();
    assert!(matches!(cured.way, Way::Domiciled(_)), "the IBAN is erased");
    world.check().await;
    assert_eq!(world.states(flow).await, [LineState::Verified]);
    assert_eq!(world.held().await, 8000);
    let kept = sqlx::query_scalar!("select anomalies from line_act where flow_id = $1", flow)
        .fetch_one(world.app.database.pool())
        .await
        .unwrap();
    assert_eq!(kept, ["IBAN_HOLDER_MISMATCH"]);
}

#[tokio::test]
async fn pay_5_an_account_of_which_no_bank_says_anything_stops_the_line_after_five_tries() {
    let world = World::new().await;
    world.registers.say(WORKERS[0], of_holder(Holder::NoAnswer));
    let flow = world.checked(&[line(WORKERS[0])]).await.id;
    let mut tries = 1;
    while world.states(flow).await == [LineState::InVerification] {
        world.clock.advance(chrono::TimeDelta::hours(5));
        world.check().await;
        tries += 1;
    }
    assert_eq!(tries, 5);
    assert_eq!(world.stopped_by(flow, 1).await, ["IBAN_HOLDER_UNKNOWN"]);
}

#[tokio::test]
async fn pay_5_the_registers_stop_who_is_unknown_or_has_another_benefit() {
    let world = World::new().await;
    let unknown = Findings {
        known: false,
        ..RIGHT
    };
    let benefit = Findings {
        other_benefit: true,
        ..RIGHT
    };
    world.registers.say(WORKERS[0], unknown);
    world.registers.say(WORKERS[1], benefit);
    let flow = world
        .checked(&[line(WORKERS[0]), line(WORKERS[1])])
        .await
        .id;
    assert_eq!(world.stopped_by(flow, 1).await, ["CF_UNKNOWN"]);
    assert_eq!(world.stopped_by(flow, 2).await, ["BENEFIT_OVERLAP"]);
    assert_eq!(refused(world.cure(flow, &at_home()).await), "INVALID_STATE");
}

#[tokio::test]
async fn pay_7_deductions_wait_for_the_office() {
    let world = World::new().await;
    let flow = world
        .checked(&[with(line(WORKERS[0]), &[("trattenute", "S")])])
        .await
        .id;
    assert_eq!(world.stopped_by(flow, 1).await, ["DEDUCTIONS_TO_WORK"]);
    world.cure(flow, &Cure::Deductions).await.unwrap();
    world.check().await;
    assert_eq!(world.states(flow).await, [LineState::Verified]);
}

#[tokio::test]
async fn pay_9_an_adjustment_waits_for_the_amount_of_an_operator() {
    let world = World::new().await;
    let flow = world
        .checked(&[with(line(WORKERS[0]), &[("tipo", "3")])])
        .await
        .id;
    assert_eq!(world.states(flow).await, [LineState::InVerification]);
    let (gross, net) = (Cents::new(10_000), Cents::new(9416));
    let more = world.cure(flow, &Cure::Amount(net, gross)).await;
    assert_eq!(more.unwrap_err().violations()[0].field, "amount.net_cents");
    let set = Cure::Amount(gross, net);
    let line = world.cure(flow, &set).await.unwrap();
    assert_eq!(line.amount, Some((gross, net)));
    assert_eq!(refused(world.cure(flow, &set).await), "INVALID_STATE");
    world.check().await;
    assert_eq!(world.states(flow).await, [LineState::Verified]);
    assert_eq!(world.held().await, 0, "adjustments take no hours");
}

#[tokio::test]
async fn pay_8_a_deleted_flow_frees_its_hours_and_deleting_again_is_no_error() {
    let world = World::new().await;
    let flow = world
        .checked(&[line(WORKERS[0]), line(WORKERS[1])])
        .await
        .id;
    assert_eq!(world.held().await, 16_000);
    for _ in 0..2 {
        let deleted = world
            .app
            .delete_flow(&consultant(), flow, "inviato due volte")
            .await
            .unwrap();
        assert_eq!(deleted.state(), FlowState::Deleted);
        assert_eq!(deleted.reason, "inviato due volte");
    }
    assert_eq!(world.states(flow).await, [LineState::Cancelled; 2]);
    assert_eq!(world.held().await, 0);
    let rejected = world.app.reject_flow(&operator(), flow, "prova").await;
    assert_eq!(refused(rejected), "INVALID_STATE");
}

#[tokio::test]
async fn a_rejected_flow_tells_its_sender_why() {
    let world = World::new().await;
    let flow = world.checked(&[line(WORKERS[0])]).await.id;
    world
        .app
        .reject_flow(&operator(), flow, "dati non coerenti")
        .await
        .unwrap();
    let seen = world.app.flow(&consultant(), flow).await.unwrap();
    assert_eq!(seen.state(), FlowState::Rejected);
    assert_eq!(seen.reason, "dati non coerenti");
}

#[tokio::test]
async fn pay_8_lines_are_cancelled_all_or_none() {
    let world = World::new().await;
    let flow = world
        .checked(&[line(WORKERS[0]), line(WORKERS[1])])
        .await
        .id;
    let cancel = |numbers: Vec<i32>| {
        let world = &world;
        async move {
            let sender = consultant();
            world
                .app
                .cancel_lines(&sender, flow, &numbers, "prova")
                .await
        }
    };
    assert_eq!(refused(cancel(vec![1, 3]).await), "IDN-E06");
    assert_eq!(world.states(flow).await, [LineState::Verified; 2]);
    cancel(vec![1]).await.unwrap();
    cancel(vec![1]).await.unwrap();
    let states = [LineState::Cancelled, LineState::Verified];
    assert_eq!(world.states(flow).await, states);
    assert_eq!(world.held().await, 8000);
}

#[tokio::test]
async fn pay_7_a_correction_replaces_the_stopped_lines_of_the_flow_that_it_names() {
    let world = World::new().await;
    let wrong = line("RSSMRA80A01H501V");
    let first = world.checked(&[wrong, line(WORKERS[1])]).await;
    assert_eq!(world.stopped_by(first.id, 1).await, ["CF_INVALID"]);
    // The term is over meanwhile, which a correction does not ask for.
    world
        .clock
        .set(Utc.with_ymd_and_hms(2027, 1, 10, 11, 0, 0).unwrap());
    let lines = [line(WORKERS[0])];
    let file = csv(&lines);
    let mut announced = announce(NUMBER, &lines, &file);
    announced.header.as_mut().unwrap().corrects = Some(first.protocol.clone());
    let shown = world.send(&announced, file.as_bytes()).await.unwrap();
    assert_eq!(shown.upload.state, UploadState::Accepted, "{shown:?}");
    world.check().await;
    let states = [LineState::Cancelled, LineState::Verified];
    assert_eq!(world.states(first.id).await, states);
    let second = world.flow(shown.upload.flow).await;
    assert_eq!(second.corrects, Some(first.id));
    assert_eq!(world.states(second.id).await, [LineState::Verified]);
}

#[tokio::test]
async fn pay_7_a_correction_of_a_line_that_is_not_stopped_is_refused() {
    let world = World::new().await;
    let first = world.checked(&[line(WORKERS[0])]).await;
    let lines = [hours_in_one_week(WORKERS[0], "30,00")];
    let file = csv(&lines);
    let mut announced = announce(NUMBER, &lines, &file);
    announced.header.as_mut().unwrap().corrects = Some(first.protocol);
    let shown = world.send(&announced, file.as_bytes()).await.unwrap();
    let refusal = shown.upload.refusal.unwrap();
    assert_eq!(refusal.faults[0].rule.code(), "NOT_STOPPED");
}

#[tokio::test]
async fn a_cured_line_whose_hours_are_gone_is_told_so() {
    let world = World::new().await;
    world.registers.say(WORKERS[0], of_holder(Holder::Other));
    let first = world.checked(&[line(WORKERS[0])]).await.id;
    world.registers.say(WORKERS[0], RIGHT);
    for hours in ["40,00", "39,00", "38,00"] {
        world.checked(&[hours_in_one_week(WORKERS[0], hours)]).await;
    }
    let cured = world.cure(first, &at_home()).await;
    assert_eq!(refused(cured), "HOURS_EXCEED_AUTHORIZED");
    assert_eq!(world.stopped_by(first, 1).await, ["IBAN_HOLDER_MISMATCH"]);
}
