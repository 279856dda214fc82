//! Over-payments: asked back, repaid, given up, and never more than was paid.

use chassis::identity::Scope;
use prost::Message;
use proto::omnia::payments::v1 as pb;

use super::treasury::refused_by;
use super::*;
use crate::app::{OpenCommand, RecoveriesCommand, RecoveryFilter, RecoveryStep, Repayment};
use crate::app::{Recovery, ShownRecovery};
use crate::domain::order::Account;
use crate::domain::recovery::{RecoveryAction, RecoveryReason, RecoveryState};

/// What the line of these tests was paid, net.
const NET: i64 = 63_836;
/// Its reduction.
const REDUCTION: i64 = 67_795 - NET;

fn opening(flow: Uuid, lines: &[(i32, Option<i64>)]) -> OpenCommand {
    OpenCommand {
        request_id: fresh(),
        fingerprint: Vec::new(),
        flow,
        lines: lines.to_vec(),
        reason: RecoveryReason::LineCorrected,
        note: "Le ore erano meno di quelle pagate.".to_owned(),
    }
}

fn credited(reference: &str, cents: i64) -> RecoveryStep {
    RecoveryStep::Repay(Repayment {
        reference: reference.to_owned(),
        cents,
        on: day(2026, 10, 25),
    })
}

impl World {
    /// A line that was paid.
    async fn paid(&self) -> (Uuid, String) {
        let (flow, id) = self.ordered().await;
        self.answered(&[(&id, "ACSC")]).await;
        (flow, id)
    }

    async fn recover(&self, flow: Uuid, cents: Option<i64>) -> Result<Recovery, Failure> {
        let command = opening(flow, &[(1, cents)]);
        let opened = self.app.open_recoveries(&operator(), &command).await?;
        Ok(opened[0].recovery.clone())
    }

    async fn step(&self, id: Uuid, step: RecoveryStep) -> Result<ShownRecovery, Failure> {
        self.app.step_recovery(&position_officer(), id, &step).await
    }

    async fn recoveries(&self, filter: RecoveryFilter) -> Vec<Uuid> {
        let command = RecoveriesCommand {
            filter,
            ..RecoveriesCommand::default()
        };
        let (found, _) = self
            .app
            .list_recoveries(&operator(), &command)
            .await
            .unwrap();
        found.iter().map(|shown| shown.recovery.id).collect()
    }

    /// A camt.054 with a credit that somebody sent with a text.
    async fn credit(&self, reference: &str, amount: &str, text: &str) -> crate::app::Ingested {
        let file = format!(
            "<Document><BkToCstmrDbtCdtNtfctn><Ntfctn><Ntry><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>\
             <BookgDt><Dt>2026-10-25</Dt></BookgDt><NtryDtls><TxDtls><Refs><AcctSvcrRef>{reference}</AcctSvcrRef></Refs>\
             <Amt Ccy=\"EUR\">{amount}</Amt><RmtInf><Ustrd>{text}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry></Ntfctn>\
             </BkToCstmrDbtCdtNtfctn></Document>"
        );
        let officer = position_officer();
        self.app.ingest(&officer, file.as_bytes()).await.unwrap()
    }
}

#[tokio::test]
async fn what_was_paid_too_much_is_asked_back_and_comes_back() {
    let world = World::new().await;
    let (flow, _) = world.paid().await;
    let one = world.recover(flow, Some(10_000)).await.unwrap();
    assert_eq!(one.standing.state, RecoveryState::Opened);
    let balances = world.balances().await;
    assert_eq!(
        (balances.receivable, balances.paid, balances.repaid),
        (10_000, NET, 0)
    );
    world
        .step(one.id, RecoveryStep::Notify(day(2026, 10, 25)))
        .await
        .unwrap();
    world.step(one.id, credited("TRN-1", 4_000)).await.unwrap();
    assert_eq!(world.balances().await.receivable, 6_000);
    world.step(one.id, credited("TRN-2", 6_000)).await.unwrap();
    let balances = world.balances().await;
    assert_eq!((balances.receivable, balances.repaid), (0, 10_000));
    assert_eq!(balances.of(Account::Treasury), 10_000 - NET);
    let (shown, steps) = world.app.recovery(&operator(), one.id).await.unwrap();
    assert_eq!(shown.recovery.standing.state, RecoveryState::Settled);
    assert_eq!(
        (shown.paid, shown.codice_fiscale.as_str()),
        (NET, WORKERS[0])
    );
    let told: Vec<_> = steps.iter().map(|step| (step.action, step.to)).collect();
    assert_eq!(
        told,
        [
            (RecoveryAction::Open, RecoveryState::Opened),
            (RecoveryAction::Notify, RecoveryState::Notified),
            (RecoveryAction::Repay, RecoveryState::PartlyRepaid),
            (RecoveryAction::Repay, RecoveryState::Settled),
        ]
    );
    assert_eq!(world.states(flow).await, [LineState::Paid]);
}

#[tokio::test]
async fn a_whole_line_takes_its_reduction_back_with_it() {
    let world = World::new().await;
    let (flow, _) = world.paid().await;
    world.recover(flow, Some(10_000)).await.unwrap();
    let rest = world.recover(flow, None).await.unwrap();
    assert_eq!(rest.standing.amount, NET - 10_000);
    let balances = world.balances().await;
    assert_eq!(balances.of(Account::Benefits), 0);
    assert_eq!(balances.of(Account::Reduction), 0);
    assert_eq!(balances.receivable, NET);
    assert_eq!(REDUCTION, 3_959);
}

#[tokio::test]
async fn recoveries_of_a_line_never_exceed_what_was_paid() {
    let world = World::new().await;
    let (flow, id) = world.ordered().await;
    assert_eq!(refused(world.recover(flow, None).await), "INVALID_STATE");
    world.answered(&[(&id, "ACSC")]).await;
    world.recover(flow, Some(60_000)).await.unwrap();
    let second = world.recover(flow, Some(3_837)).await;
    assert_eq!(refused(second), "RECOVERY_EXCEEDS_PAID");
    let (one, other) = tokio::join!(
        world.recover(flow, Some(3_836)),
        world.recover(flow, Some(3_836))
    );
    assert_eq!([one, other].iter().filter(|it| it.is_ok()).count(), 1);
    assert_eq!(
        refused(world.recover(flow, None).await),
        "RECOVERY_EXCEEDS_PAID"
    );
    let seen = world.app.list_lines(&operator(), flow, &[], 0, "").await;
    assert_eq!(seen.unwrap().0[0].recovered, NET);
    let sender = world.app.list_lines(&consultant(), flow, &[], 0, "").await;
    assert_eq!(sender.unwrap().0[0].recovered, 0);
    assert_eq!(world.balances().await.receivable, NET);
}

#[tokio::test]
async fn lines_are_recovered_all_or_none_and_once_a_request() {
    let world = World::new().await;
    let flow = world
        .checked(&[line(WORKERS[0]), line(WORKERS[1])])
        .await
        .id;
    world.batch().await.unwrap();
    let ids = [1, 2].map(|number| crate::domain::order::end_to_end_id(flow, number, 1));
    world.answered(&[(&ids[0], "ACSC")]).await;
    let both = opening(flow, &[(2, None), (1, None)]);
    let app = &world.app;
    let refused_one = app.open_recoveries(&operator(), &both).await;
    assert_eq!(refused(refused_one), "INVALID_STATE");
    assert!(world.recoveries(RecoveryFilter::default()).await.is_empty());
    world.answered(&[(&ids[1], "ACSC")]).await;
    let opened = app.open_recoveries(&operator(), &both).await.unwrap();
    let numbers: Vec<_> = opened.iter().map(|one| one.recovery.number).collect();
    assert_eq!(numbers, [1, 2]);
    let again = app.open_recoveries(&operator(), &both).await.unwrap();
    let ids = |shown: &[ShownRecovery]| shown.iter().map(|it| it.recovery.id).collect::<Vec<_>>();
    assert_eq!(ids(&opened), ids(&again));
    let twice = opening(flow, &[(1, Some(1)), (1, Some(1))]);
    let twice = app.open_recoveries(&operator(), &twice).await;
    assert_eq!(refused(twice), "FIELD_INVALID");
    let elsewhere = staff(9, Role::Sede, ROMA);
    let foreign = app
        .open_recoveries(&elsewhere, &opening(flow, &[(1, None)]))
        .await;
    assert_eq!(refused(foreign), "IDN-E06");
}

#[tokio::test]
async fn a_credit_of_the_bank_is_taken_in_once() {
    let world = World::new().await;
    let (flow, _) = world.paid().await;
    let one = world.recover(flow, Some(10_000)).await.unwrap();
    let other = world.recover(flow, Some(10_000)).await.unwrap();
    world.step(one.id, credited("TRN-1", 4_000)).await.unwrap();
    world.step(one.id, credited("TRN-1", 4_000)).await.unwrap();
    assert_eq!(world.balances().await.repaid, 4_000);
    let changed = world.step(one.id, credited("TRN-1", 4_001)).await;
    assert_eq!(refused(changed), "REFERENCE_ALREADY_USED");
    let elsewhere = world.step(other.id, credited("TRN-1", 4_000)).await;
    assert_eq!(refused(elsewhere), "REFERENCE_ALREADY_USED");
    let above = world.step(one.id, credited("TRN-2", 6_001)).await;
    assert_eq!(refused(above), "REPAYMENT_EXCEEDS_OUTSTANDING");
    let (same, crossed) = tokio::join!(
        world.step(one.id, credited("TRN-3", 6_000)),
        world.step(one.id, credited("TRN-3", 6_000))
    );
    same.unwrap();
    crossed.unwrap();
    assert_eq!(world.balances().await.repaid, 10_000);
}

#[tokio::test]
async fn a_notification_of_the_bank_brings_repayments_by_their_code() {
    let world = World::new().await;
    let (flow, _) = world.paid().await;
    let one = world.recover(flow, Some(10_000)).await.unwrap();
    let text = format!("Restituzione {}", one.code);
    let came = world.credit("TRN-1", "40.00", &text).await;
    assert_eq!((came.answers, came.repayments), (1, 1));
    let again = world.credit("TRN-1", "40.00", &text).await;
    assert_eq!((again.repeated, again.repayments), (1, 0));
    let too_much = world.credit("TRN-2", "60.01", &text).await;
    assert_eq!(too_much.unmatched, std::slice::from_ref(&one.code));
    let without_reference = world.credit("", "1.00", &text).await;
    assert_eq!(without_reference.unmatched, std::slice::from_ref(&one.code));
    let nobody = "REC00000000000000000000000000";
    assert_eq!(
        world.credit("TRN-3", "1.00", nobody).await.unmatched,
        [nobody]
    );
    let balances = world.balances().await;
    assert_eq!((balances.repaid, balances.receivable), (4_000, 6_000));
}

#[tokio::test]
async fn what_is_given_up_stands_on_an_account_of_its_own() {
    let world = World::new().await;
    let (flow, _) = world.paid().await;
    let one = world.recover(flow, Some(10_000)).await.unwrap();
    world.step(one.id, credited("TRN-1", 4_000)).await.unwrap();
    let cancel = RecoveryStep::Cancel("per errore".into());
    assert_eq!(refused(world.step(one.id, cancel).await), "INVALID_STATE");
    let give_up = RecoveryStep::WriteOff("Irreperibile.".into());
    world.step(one.id, give_up.clone()).await.unwrap();
    world.step(one.id, give_up).await.unwrap();
    let balances = world.balances().await;
    assert_eq!((balances.receivable, balances.written_off), (0, 6_000));
    let late = world.step(one.id, credited("TRN-2", 1)).await;
    assert_eq!(refused(late), "INVALID_STATE");
}

#[tokio::test]
async fn what_should_not_have_been_opened_leaves_nothing_behind() {
    let world = World::new().await;
    let (flow, _) = world.paid().await;
    let before = world.balances().await;
    let one = world.recover(flow, None).await.unwrap();
    let cancel = RecoveryStep::Cancel("Aperto sulla riga sbagliata.".into());
    world.step(one.id, cancel).await.unwrap();
    let after = world.balances().await;
    for account in Account::ALL {
        assert_eq!(after.of(*account), before.of(*account), "{account:?}");
    }
    world.recover(flow, None).await.unwrap();
}

#[tokio::test]
async fn what_the_bank_sends_back_is_recovered_from_nobody() {
    let world = World::new().await;
    let (flow, id) = world.paid().await;
    let one = world.recover(flow, Some(10_000)).await.unwrap();
    let other = world.recover(flow, Some(5_000)).await.unwrap();
    world.step(one.id, credited("TRN-1", 4_000)).await.unwrap();
    world.answered(&[(&id, "RJCT")]).await;
    let balances = world.balances().await;
    assert_eq!((balances.receivable, balances.refunds_due), (0, 4_000));
    assert_eq!(balances.of(Account::Benefits), 0);
    for id in [one.id, other.id] {
        let (shown, steps) = world.app.recovery(&operator(), id).await.unwrap();
        assert_eq!(shown.recovery.standing.state, RecoveryState::Cancelled);
        let last = steps.last().unwrap();
        assert_eq!(last.action, RecoveryAction::SendBack);
    }
}

#[tokio::test]
async fn a_worker_sees_what_has_to_come_back_and_nobody_elses() {
    let world = World::new().await;
    let flow = world
        .checked(&[line(WORKERS[0]), line(WORKERS[1])])
        .await
        .id;
    world.batch().await.unwrap();
    let ids = [1, 2].map(|number| crate::domain::order::end_to_end_id(flow, number, 1));
    world
        .answered(&[(&ids[0], "ACSC"), (&ids[1], "ACSC")])
        .await;
    world.recover(flow, Some(10_000)).await.unwrap();
    world.clock.advance(chrono::TimeDelta::minutes(1));
    world.recover(flow, Some(5_000)).await.unwrap();
    let (mine, _) = world.app.my_payments(&worker(0), 0, "").await.unwrap();
    let amounts: Vec<_> = mine[0]
        .recoveries
        .iter()
        .map(|one| one.standing.amount)
        .collect();
    assert_eq!(amounts, [5_000, 10_000]);
    let (other, _) = world.app.my_payments(&worker(1), 0, "").await.unwrap();
    assert!(other[0].recoveries.is_empty());
}

#[tokio::test]
async fn recoveries_are_listed_by_what_one_looks_for_page_by_page() {
    let world = World::new().await;
    let (flow, _) = world.paid().await;
    let mut ids = Vec::new();
    for cents in [100, 200, 300] {
        world.clock.advance(chrono::TimeDelta::minutes(1));
        ids.push(world.recover(flow, Some(cents)).await.unwrap().id);
    }
    let notify = RecoveryStep::Notify(day(2026, 10, 25));
    world.step(ids[0], notify).await.unwrap();
    ids.reverse();
    let command = |page_token: String| RecoveriesCommand {
        page_size: 2,
        page_token,
        ..RecoveriesCommand::default()
    };
    let operator = operator();
    let list = async |token: String| {
        let command = command(token);
        world
            .app
            .list_recoveries(&operator, &command)
            .await
            .unwrap()
    };
    let (first, next) = list(String::new()).await;
    let (second, end) = list(next).await;
    let seen: Vec<_> = first
        .iter()
        .chain(&second)
        .map(|it| it.recovery.id)
        .collect();
    assert_eq!((seen, end.as_str()), (ids.clone(), ""));
    let notified = RecoveryFilter {
        states: vec![RecoveryState::Notified],
        reasons: vec![RecoveryReason::LineCorrected],
        flow: Some(flow),
        authorization: Some(NUMBER.to_owned()),
        codice_fiscale: Some(WORKERS[0].to_owned()),
        ..RecoveryFilter::default()
    };
    assert_eq!(world.recoveries(notified).await, ids[2..]);
    let of_another = RecoveryFilter {
        codice_fiscale: Some(WORKERS[1].to_owned()),
        ..RecoveryFilter::default()
    };
    assert!(world.recoveries(of_another).await.is_empty());
    let overdue = RecoveriesCommand {
        overdue_only: true,
        ..RecoveriesCommand::default()
    };
    let overdue = async || {
        world
            .app
            .list_recoveries(&operator, &overdue)
            .await
            .unwrap()
            .0
    };
    assert!(overdue().await.is_empty());
    world.clock.advance(chrono::TimeDelta::days(31));
    assert_eq!(overdue().await[0].recovery.id, ids[2]);
    let elsewhere = staff(9, Role::Po, ROMA);
    let foreign = world.app.recovery(&elsewhere, ids[0]).await;
    assert_eq!(refused(foreign), "IDN-E06");
    let cancel = RecoveryStep::Cancel("altrove".into());
    let foreign = world.app.step_recovery(&elsewhere, ids[0], &cancel).await;
    assert_eq!(refused(foreign), "IDN-E06");
}

#[tokio::test]
async fn an_annulled_grant_pays_nothing_more_and_asks_back_what_it_paid() {
    let world = World::new().await;
    let flow = world
        .checked(&[line(WORKERS[0]), hours_in_one_week(WORKERS[1], "8,00")])
        .await
        .id;
    let command = crate::app::BatchCommand {
        request_id: fresh(),
        fingerprint: Vec::new(),
        lines_most: 1,
    };
    let officer = position_officer();
    world.app.create_batch(&officer, &command).await.unwrap();
    let claim = grant(NUMBER).claim;
    world.feed(&[Told::Annulled(claim)]).await;
    assert_eq!(refused(world.batch().await), "NOTHING_TO_ORDER");
    world.app.recover_annulled().await.unwrap();
    assert!(world.recoveries(RecoveryFilter::default()).await.is_empty());
    let id = crate::domain::order::end_to_end_id(flow, 1, 1);
    world.answered(&[(&id, "ACSC")]).await;
    for _ in 0..2 {
        world.app.recover_annulled().await.unwrap();
        let opened = world.recoveries(RecoveryFilter::default()).await;
        assert_eq!(opened.len(), 1);
        let (shown, steps) = world.app.recovery(&operator(), opened[0]).await.unwrap();
        assert_eq!(shown.recovery.reason, RecoveryReason::GrantAnnulled);
        assert_eq!(shown.recovery.standing.amount, NET);
        assert_eq!((steps[0].role.as_str(), steps[0].person), ("SYS-I", None));
    }
    world.balances().await;
}

#[tokio::test]
async fn lines_wait_while_their_claim_is_looked_at_again() {
    let world = World::new().await;
    world.checked(&[line(WORKERS[0])]).await;
    let claim = grant(NUMBER).claim;
    world.feed(&[Told::Active(claim, false)]).await;
    assert_eq!(refused(world.batch().await), "NOTHING_TO_ORDER");
    world.feed(&[Told::Active(claim, true)]).await;
    assert_eq!(world.batch().await.unwrap().orders, 1);
}

#[tokio::test]
async fn the_database_itself_refuses_to_recover_more_than_was_paid() {
    let world = World::new().await;
    let (flow, id) = world.paid().await;
    world.recover(flow, None).await.unwrap();
    let second = "insert into recovery
             (id, opening, version, code, end_to_end_id, month, flow_id, number, authorization_number, office, person_id, state,
              reason, note, amount, reduction, opened_at)
         select gen_random_uuid(), opening, version, 'X', end_to_end_id, month, flow_id, number, authorization_number, office,
                person_id, state, reason, note, 1, 0, opened_at from recovery";
    let within = "payment_order_recovered_within_paid";
    assert_eq!(refused_by(&world, second).await, within);
    let sent_back = "update payment_order set state = 'RETURNED'";
    assert_eq!(refused_by(&world, sent_back).await, within);
    let above = "update recovery set repaid = amount + 1";
    assert_eq!(refused_by(&world, above).await, "recovery_never_takes_more");
    let changed = "update recovery_step set cents = 0";
    assert_eq!(
        refused_by(&world, changed).await,
        "rows of recovery_step are never changed"
    );
    let mut connection = world.app.database.pool().acquire().await.unwrap();
    let orders =
        store::orders::lock(&mut connection, &Scope::System, std::slice::from_ref(&id)).await;
    assert_eq!(orders.unwrap().len(), 1);
}

#[tokio::test]
async fn the_feed_tells_every_step_and_no_personal_data() {
    let world = World::new().await;
    let (flow, _) = world.paid().await;
    let one = world.recover(flow, Some(10_000)).await.unwrap();
    world.step(one.id, credited("TRN-1", 10_000)).await.unwrap();
    let id = one.id.to_string();
    let told: Vec<_> = sqlx::query_scalar!(
        "select payload from outbox where aggregate_id = $1 order by tx, id",
        id
    )
    .fetch_all(world.app.database.pool())
    .await
    .unwrap()
    .iter()
    .map(|payload| pb::RecoveryEvent::decode(payload.as_slice()).unwrap())
    .collect();
    let steps: Vec<_> = told
        .iter()
        .map(|event| (event.version, event.from(), event.to()))
        .collect();
    assert_eq!(
        steps,
        [
            (1, pb::RecoveryState::Unspecified, pb::RecoveryState::Opened),
            (2, pb::RecoveryState::Opened, pb::RecoveryState::Settled),
        ]
    );
    assert_eq!(
        (told[1].outstanding_cents, told[1].repaid_cents),
        (0, 10_000)
    );
    let text = format!("{told:?}");
    for personal in [WORKERS[0], "Rossi", "Le ore"] {
        assert!(!text.contains(personal));
    }
}
