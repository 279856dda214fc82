//! Orders, the bank's answers, and the accounts.

use chassis::identity::Scope;

use super::*;
use crate::app::{Balances, Batch, BatchCommand, Ingested};
use crate::domain::order::{OrderState, end_to_end_id};

/// What a pain.002 says of orders, each by its id.
fn statuses(ids: &[(&str, &str)]) -> String {
    let status = |(id, status): &(&str, &str)| {
        format!(
            "<TxInfAndSts><OrgnlEndToEndId>{id}</OrgnlEndToEndId><TxSts>{status}</TxSts></TxInfAndSts>"
        )
    };
    ids.iter().map(status).collect()
}

impl World {
    pub(super) async fn batch(&self) -> Result<Batch, Failure> {
        let command = BatchCommand {
            request_id: fresh(),
            fingerprint: Vec::new(),
            lines_most: 0,
        };
        self.app.create_batch(&position_officer(), &command).await
    }

    pub(super) async fn answered(&self, ids: &[(&str, &str)]) -> Ingested {
        let file = format!(
            "<Document><CstmrPmtStsRpt>{}</CstmrPmtStsRpt></Document>",
            statuses(ids)
        );
        let officer = position_officer();
        self.app.ingest(&officer, file.as_bytes()).await.unwrap()
    }

    /// The bank says one thing of a whole file, and another of orders that it names.
    async fn answered_of_file(
        &self,
        message: &str,
        status: &str,
        named: &[(&str, &str)],
    ) -> Ingested {
        let file = format!(
            "<Document><CstmrPmtStsRpt><OrgnlGrpInfAndSts><OrgnlMsgId>{message}</OrgnlMsgId><GrpSts>{status}</GrpSts>\
             </OrgnlGrpInfAndSts><OrgnlPmtInfAndSts>{}</OrgnlPmtInfAndSts></CstmrPmtStsRpt></Document>",
            statuses(named)
        );
        let officer = position_officer();
        self.app.ingest(&officer, file.as_bytes()).await.unwrap()
    }

    pub(super) async fn balances(&self) -> Balances {
        let balances = self.app.ledger(&position_officer()).await.unwrap();
        assert!(balances.agree(), "{balances:?}");
        balances
    }

    /// A line that was ordered, with its end-to-end id.
    pub(super) async fn ordered(&self) -> (Uuid, String) {
        let flow = self.checked(&[line(WORKERS[0])]).await.id;
        self.batch().await.unwrap();
        assert_eq!(self.states(flow).await, [LineState::Ordered]);
        (flow, end_to_end_id(flow, 1, 1))
    }
}

#[tokio::test]
async fn verified_lines_are_ordered_and_paid_when_the_bank_says_so() {
    let world = World::new().await;
    let (flow, id) = world.ordered().await;
    let balances = world.balances().await;
    assert_eq!((balances.in_transit, balances.paid), (63_836, 0));
    // The worker is told when, and how much by which steps. Monday follows the Sunday.
    let (mine, _) = world.app.my_payments(&worker(0), 0, "").await.unwrap();
    assert_eq!(mine[0].mine.execution_date, Some(day(2026, 10, 26)));
    let amount = mine[0].amount.as_ref().unwrap();
    assert!(amount.integration.capped);
    assert_eq!(amount.steps.last().unwrap().result, "638.36");
    let ingested = world.answered(&[(&id, "ACSC")]).await;
    assert_eq!((ingested.paid, ingested.repeated), (1, 0));
    assert_eq!(world.states(flow).await, [LineState::Paid]);
    assert_eq!(world.flow(flow).await.state(), FlowState::Paid);
    let balances = world.balances().await;
    assert_eq!((balances.in_transit, balances.paid), (0, 63_836));
    let again = world.answered(&[(&id, "ACSC")]).await;
    assert_eq!((again.paid, again.repeated), (0, 1));
    assert_eq!(world.balances().await, balances);
    let deleted = world.app.delete_flow(&consultant(), flow, "").await;
    assert_eq!(refused(deleted), "PAYMENTS_EXIST");
}

#[tokio::test]
async fn the_same_request_is_the_same_batch_and_the_same_file() {
    let world = World::new().await;
    world.checked(&[line(WORKERS[0]), line(WORKERS[1])]).await;
    let command = BatchCommand {
        request_id: fresh(),
        fingerprint: Vec::new(),
        lines_most: 0,
    };
    let officer = position_officer();
    let first = world.app.create_batch(&officer, &command).await.unwrap();
    let again = world.app.create_batch(&officer, &command).await.unwrap();
    assert_eq!(first, again);
    assert_eq!((first.orders, first.total.get()), (2, 2 * 63_836));
    let file = |caller: Caller| {
        let app = &world.app;
        async move { app.batch_file(&caller, first.id).await }
    };
    let (name, content) = file(position_officer()).await.unwrap();
    assert_eq!(
        (name.clone(), content.clone()),
        file(officer.clone()).await.unwrap()
    );
    let text = String::from_utf8(content).unwrap();
    assert!(text.contains("<CtrlSum>1276.72</CtrlSum>"), "{text}");
    assert_eq!(refused(file(staff(8, Role::Po, ROMA)).await), "IDN-E06");
    assert_eq!(refused(world.batch().await), "NOTHING_TO_ORDER");
}

#[tokio::test]
async fn what_the_bank_sends_back_is_paid_again_under_another_id() {
    let world = World::new().await;
    let (flow, id) = world.ordered().await;
    world.answered(&[(&id, "ACSC")]).await;
    let ingested = world.answered(&[(&id, "RJCT")]).await;
    assert_eq!(ingested.returned, 1);
    assert_eq!(world.stopped_by(flow, 1).await, ["IBAN_RETURNED"]);
    assert_eq!(world.flow(flow).await.state(), FlowState::WithAnomalies);
    let balances = world.balances().await;
    assert!(balances.accounts.iter().all(|(_, cents)| *cents == 0));
    let cure = crate::app::Cure::Domiciled(crate::domain::line::Address {
        street: "Via Roma 1".into(),
        postal_code: "20100".into(),
        municipality: "Milano".into(),
        province: "MI".into(),
    });
    let officer = operator();
    world
        .app
        .cure_line(&officer, flow, 1, &cure, "prova")
        .await
        .unwrap();
    world.check().await;
    world.batch().await.unwrap();
    let second = end_to_end_id(flow, 1, 2);
    let ingested = world.answered(&[(&id, "ACSC"), (&second, "ACSC")]).await;
    assert_eq!(
        ingested.unmatched,
        [id],
        "an answer that contradicts changes nothing"
    );
    assert_eq!(ingested.paid, 1);
    assert_eq!(world.balances().await.paid, 63_836);
}

#[tokio::test]
async fn a_file_that_the_bank_refuses_is_sent_back_but_for_what_it_names() {
    let world = World::new().await;
    let flow = world
        .checked(&[line(WORKERS[0]), line(WORKERS[1]), line(WORKERS[2])])
        .await
        .id;
    let message = world.batch().await.unwrap().message_id;
    let executed = end_to_end_id(flow, 2, 1);
    let ingested = world
        .answered_of_file(&message, "PART", &[(&executed, "ACSC")])
        .await;
    assert_eq!((ingested.answers, ingested.paid), (1, 1));
    let ingested = world
        .answered_of_file(&message, "RJCT", &[(&executed, "ACSC")])
        .await;
    assert_eq!(
        (ingested.answers, ingested.returned, ingested.repeated),
        (3, 2, 1)
    );
    let states = [LineState::Anomaly, LineState::Paid, LineState::Anomaly];
    assert_eq!(world.states(flow).await, states);
    assert_eq!(world.stopped_by(flow, 1).await, ["IBAN_RETURNED"]);
    let balances = world.balances().await;
    assert_eq!((balances.in_transit, balances.paid), (0, 63_836));

    let of_nobody = world.answered_of_file("OMNIA0", "RJCT", &[]).await;
    assert_eq!(of_nobody.unmatched, ["OMNIA0"]);
}

#[tokio::test]
async fn a_payment_information_is_answered_apart_from_the_rest_of_its_file() {
    let world = World::new().await;
    let at_the_post = with(
        line(WORKERS[1]),
        &[
            ("iban", ""),
            ("bonifico_domiciliato", "S"),
            ("indirizzo", "Via Roma 1"),
            ("cap", "20100"),
            ("comune", "Milano"),
            ("provincia", "MI"),
        ],
    );
    let flow = world.checked(&[line(WORKERS[0]), at_the_post]).await.id;
    let message = world.batch().await.unwrap().message_id;
    let file = format!(
        "<Document><CstmrPmtStsRpt><OrgnlGrpInfAndSts><OrgnlMsgId>{message}</OrgnlMsgId><GrpSts>ACSC</GrpSts>\
         </OrgnlGrpInfAndSts><OrgnlPmtInfAndSts><OrgnlPmtInfId>{message}D</OrgnlPmtInfId><PmtInfSts>RJCT</PmtInfSts>\
         </OrgnlPmtInfAndSts></CstmrPmtStsRpt></Document>"
    );
    let officer = position_officer();
    let ingested = world.app.ingest(&officer, file.as_bytes()).await.unwrap();
    assert_eq!((ingested.paid, ingested.returned), (1, 1));
    let states = [LineState::Paid, LineState::Anomaly];
    assert_eq!(world.states(flow).await, states);
}

#[tokio::test]
async fn an_order_is_not_paid_by_another_amount_than_its_net() {
    let world = World::new().await;
    let (flow, id) = world.ordered().await;
    let booked = async |amount: &str| {
        let file = format!(
            "<Document><BkToCstmrDbtCdtNtfctn><Ntfctn><Ntry><Amt Ccy=\"EUR\">{amount}</Amt><CdtDbtInd>DBIT</CdtDbtInd>\
             <Sts><Cd>BOOK</Cd></Sts><NtryDtls><TxDtls><Refs><EndToEndId>{id}</EndToEndId></Refs></TxDtls></NtryDtls></Ntry>\
             </Ntfctn></BkToCstmrDbtCdtNtfctn></Document>"
        );
        let officer = position_officer();
        world.app.ingest(&officer, file.as_bytes()).await.unwrap()
    };
    let ingested = booked("638.63").await;
    assert_eq!((ingested.paid, ingested.unmatched), (0, vec![id.clone()]));
    assert_eq!(world.states(flow).await, [LineState::Ordered]);
    assert_eq!(world.balances().await.in_transit, 63_836);
    assert_eq!(booked("638.36").await.paid, 1);
    assert_eq!(world.states(flow).await, [LineState::Paid]);
}

#[tokio::test]
async fn an_outcome_that_is_not_known_is_never_ordered_again() {
    let world = World::new().await;
    let (flow, id) = world.ordered().await;
    world.clock.advance(chrono::TimeDelta::days(30));
    let mut connection = world.app.database.pool().acquire().await.unwrap();
    let today = day(2026, 11, 24);
    let now = Utc.with_ymd_and_hms(2026, 11, 24, 11, 0, 0).unwrap();
    let overdue = store::orders::overdue(&mut connection, today, now).await;
    assert_eq!(overdue.unwrap(), 1);
    assert_eq!(refused(world.batch().await), "NOTHING_TO_ORDER");
    assert_eq!(world.states(flow).await, [LineState::Ordered]);
    let orders =
        store::orders::lock(&mut connection, &Scope::System, std::slice::from_ref(&id)).await;
    assert_eq!(orders.unwrap()[0].state, OrderState::Unknown);
    assert_eq!(world.balances().await.in_transit, 63_836);
    world.answered(&[(&id, "ACSC")]).await;
    assert_eq!(world.states(flow).await, [LineState::Paid]);
}

#[tokio::test]
async fn pay_5_a_month_that_is_being_paid_stops_a_second_line_for_it() {
    let world = World::new().await;
    let first = world
        .checked(&[hours_in_one_week(WORKERS[0], "40,00")])
        .await;
    world.clock.advance(chrono::TimeDelta::minutes(1));
    let second = world
        .checked(&[hours_in_one_week(WORKERS[0], "39,00")])
        .await;
    let batch = world.batch().await.unwrap();
    assert_eq!(batch.orders, 1);
    assert_eq!(world.states(first.id).await, [LineState::Ordered]);
    assert_eq!(world.stopped_by(second.id, 1).await, ["ALREADY_PAID"]);
}

#[tokio::test]
async fn two_batches_at_the_same_time_order_each_line_once() {
    let world = World::new().await;
    world.checked(&[line(WORKERS[0]), line(WORKERS[1])]).await;
    let (one, other) = tokio::join!(world.batch(), world.batch());
    let orders: u32 = [one, other]
        .into_iter()
        .filter_map(Result::ok)
        .map(|batch| batch.orders)
        .sum();
    assert_eq!(orders, 2);
    assert_eq!(world.balances().await.in_transit, 2 * 63_836);
}

#[tokio::test]
async fn a_line_of_less_than_a_cent_keeps_nobody_else_from_being_paid() {
    let world = World::new().await;
    let nothing = with(
        hours_in_one_week(WORKERS[0], "0,01"),
        &[("paga_oraria", "0,10")],
    );
    let flow = world.checked(&[nothing, line(WORKERS[1])]).await.id;
    assert_eq!(world.batch().await.unwrap().orders, 1);
    let states = [LineState::InVerification, LineState::Ordered];
    assert_eq!(world.states(flow).await, states);
}

/// Runs a statement as if the service had gone wrong, and returns the constraint that refuses it.
pub(super) async fn refused_by(world: &World, statement: &'static str) -> String {
    let mut tx = world.app.database.pool().begin().await.unwrap();
    let ran = sqlx::raw_sql(statement).execute(&mut *tx).await;
    let refused = match ran {
        Ok(_) => tx.commit().await.unwrap_err(),
        Err(refused) => refused,
    };
    let refused = refused.into_database_error().unwrap();
    refused.constraint().unwrap_or(refused.message()).to_owned()
}

#[tokio::test]
async fn a_second_payment_is_refused_by_the_database_itself() {
    let world = World::new().await;
    world.ordered().await;
    let second_attempt = "insert into payment_order
            (end_to_end_id, batch_id, position, month, flow_id, number, attempt, person_id, office, gross, net, creditor, iban,
             state, updated_at)
         select 'X', batch_id, position, month, flow_id, number, 2, person_id, office, gross, net, creditor, iban, state,
                updated_at from payment_order";
    assert_eq!(
        refused_by(&world, second_attempt).await,
        "payment_order_one_alive"
    );
    let same_month = "insert into entitlement select month, person_id, authorization_number, days, flow_id, 2 from entitlement";
    assert!(refused_by(&world, same_month).await.ends_with("_pkey"));
    let same_days = "insert into entitlement select month, person_id, '490026000009', days, flow_id, 2 from entitlement";
    assert!(refused_by(&world, same_days).await.ends_with("_days"));
}

#[tokio::test]
async fn the_accounts_sum_to_zero_at_every_commit_and_never_change() {
    let world = World::new().await;
    world.ordered().await;
    let unbalanced = "insert into ledger_entry select gen_random_uuid(), 'PAID', office, end_to_end_id, occurred_at from ledger_entry;
         insert into posting select id, office, 'TREASURY', -1 from ledger_entry where kind = 'PAID'";
    assert_eq!(refused_by(&world, unbalanced).await, "posting_sums_to_zero");
    let twice = "insert into ledger_entry select gen_random_uuid(), kind, office, end_to_end_id, occurred_at from ledger_entry";
    assert_eq!(refused_by(&world, twice).await, "ledger_entry_once");
    let changed = "update posting set cents = cents * 2";
    assert_eq!(
        refused_by(&world, changed).await,
        "rows of posting are never changed"
    );
    let beyond = "update authorisation set hours_held = hours_granted + 1";
    assert_eq!(
        refused_by(&world, beyond).await,
        "authorisation_hours_within_grant"
    );
}
