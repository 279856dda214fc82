//! From the file to the receipt.

use super::*;
use crate::app::{Filter, ListCommand};
use crate::domain::flow::FlowKind;
use crate::domain::month::Month;

#[tokio::test]
async fn a_flow_is_received_under_a_number_with_every_line_looked_at() {
    let world = World::new().await;
    let stranger = line("GLLMRC78C12A662K");
    let flow = world
        .received(&[line(WORKERS[0]), stranger, line(WORKERS[1])])
        .await;
    assert_eq!(flow.protocol.to_string(), "INPS.4900.25/10/2026.0000001");
    assert_eq!(flow.state(), FlowState::WithAnomalies);
    assert_eq!(flow.term, day(2026, 12, 19));
    assert_eq!(flow.employer_name, "Officine Ambrosiane S.r.l.");
    let lines = world.lines(flow.id).await;
    let amounts: Vec<_> = lines
        .iter()
        .map(|line| line.amount.map(|(gross, net)| (gross.get(), net.get())))
        .collect();
    assert_eq!(amounts, [Some((67_795, 63_836)); 3]);
    assert_eq!(world.stopped_by(flow.id, 2).await, ["NOT_A_BENEFICIARY"]);
    assert_eq!(world.held().await, 16_000);
}

#[tokio::test]
async fn a_line_of_which_the_registers_say_nothing_wrong_is_verified() {
    let world = World::new().await;
    let flow = world.checked(&[line(WORKERS[0]), line(WORKERS[1])]).await;
    assert_eq!(flow.state(), FlowState::InPayment);
    assert_eq!(world.states(flow.id).await, [LineState::Verified; 2]);
}

#[tokio::test]
async fn pay_4_the_same_bytes_again_are_the_same_flow() {
    let world = World::new().await;
    let first = world.received(&[line(WORKERS[0])]).await;
    let again = world.send_lines(NUMBER, &[line(WORKERS[0])]).await;
    assert_eq!(again.upload.flow, first.id);
    assert_eq!(again.protocol, Some(first.protocol));
    assert_eq!(world.held().await, 8000);
    assert_eq!(world.claims.numbered(), 1);
}

#[tokio::test]
async fn pay_4_the_same_bytes_at_the_same_time_are_one_flow() {
    let world = World::new().await;
    let lines = [line(WORKERS[0])];
    let (one, other) = tokio::join!(
        world.send_lines(NUMBER, &lines),
        world.send_lines(NUMBER, &lines)
    );
    assert_eq!(one.upload.flow, other.upload.flow);
    assert_eq!(world.held().await, 8000);
}

#[tokio::test]
async fn pay_3_a_flow_with_one_wrong_iban_is_refused_whole_and_the_attempt_stays() {
    let world = World::new().await;
    let wrong = with(line(WORKERS[1]), &[("iban", "IT61X0542811101000000123456")]);
    let shown = world.send_lines(NUMBER, &[line(WORKERS[0]), wrong]).await;
    assert_eq!(shown.upload.state, UploadState::Refused);
    let refusal = world
        .app
        .upload(&consultant(), shown.upload.announced.id)
        .await
        .unwrap()
        .upload
        .refusal
        .unwrap();
    let codes: Vec<_> = refusal.codes.iter().map(|it| it.code()).collect();
    assert_eq!(codes, ["IBAN_INVALID"]);
    assert_eq!(
        (refusal.faults[0].line, refusal.faults[0].field),
        (2, "iban")
    );
    assert_eq!((world.claims.numbered(), world.held().await), (0, 0));
}

#[tokio::test]
async fn pay_3_what_the_grant_says_refuses_the_whole() {
    let world = World::new().await;
    let lines = [line(WORKERS[0])];
    let file = csv(&lines);
    let unknown = announce("490026999999", &lines, &file);
    let codes = |shown: Shown| {
        let refusal = shown.upload.refusal.unwrap();
        refusal.codes.iter().map(|it| it.code()).collect::<Vec<_>>()
    };
    let shown = world.send(&unknown, file.as_bytes()).await.unwrap();
    assert_eq!(codes(shown), ["AUTHORIZATION_UNKNOWN"]);

    let mut sr41 = announce(NUMBER, &lines, &file);
    sr41.header.as_mut().unwrap().kind = FlowKind::Sr41;
    let shown = world.send(&sr41, file.as_bytes()).await.unwrap();
    assert_eq!(codes(shown), ["FLOW_KIND_NOT_ALLOWED"]);

    world
        .feed(&[Told::Active(grant(NUMBER).claim, false)])
        .await;
    let shown = world.send_lines(NUMBER, &lines).await;
    assert_eq!(codes(shown), ["AUTHORIZATION_NOT_ACTIVE"]);
}

#[tokio::test]
async fn pay_1_after_the_term_the_answer_says_which_day_it_was() {
    let world = World::new().await;
    world
        .clock
        .set(Utc.with_ymd_and_hms(2026, 12, 20, 11, 0, 0).unwrap());
    let shown = world.send_lines(NUMBER, &[line(WORKERS[0])]).await;
    let (term, source) = shown.upload.refusal.unwrap().term.unwrap();
    assert_eq!(term, day(2026, 12, 19));
    assert!(source.contains("5-bis"));
}

#[tokio::test]
async fn an_upload_that_breaks_goes_on_from_the_bytes_that_are_stored() {
    let world = World::new().await;
    let lines: Vec<_> = (0..3).map(|place| line(WORKERS[place])).collect();
    let file = csv(&lines);
    let announced = announce(NUMBER, &lines, &file);
    let caller = consultant();
    let Begun::Open(mut receiving) = world.app.begin_upload(&caller, &announced).await.unwrap()
    else {
        panic!("a new upload is open");
    };
    let (first, rest) = file.as_bytes().split_at(100);
    world.app.receive(&mut receiving, 0, first).await.unwrap();
    let cut_off = world.app.finish_upload(&caller, receiving).await.unwrap();
    assert_eq!(cut_off.upload.stored_bytes, 100);

    let Begun::Open(mut receiving) = world.app.begin_upload(&caller, &announced).await.unwrap()
    else {
        panic!("an upload that was cut off is open");
    };
    let gap = world.app.receive(&mut receiving, 101, &rest[1..]).await;
    assert_eq!(refused(gap), "UPLOAD_GAP");
    world.app.receive(&mut receiving, 100, rest).await.unwrap();
    let shown = world.app.finish_upload(&caller, receiving).await.unwrap();
    assert_eq!(shown.upload.state, UploadState::Accepted);
}

#[tokio::test]
async fn a_file_that_is_not_the_one_announced_is_forgotten() {
    let world = World::new().await;
    let lines = [line(WORKERS[0])];
    let file = csv(&lines);
    let mut announced = announce(NUMBER, &lines, &file);
    announced.digest = digest(b"another");
    let sent = world.send(&announced, file.as_bytes()).await;
    assert_eq!(sent.unwrap_err().violations()[0].field, "begin.sha256");
    let forgotten = world.app.upload(&consultant(), announced.id).await;
    assert_eq!(refused(forgotten), "IDN-E06");
}

#[tokio::test]
async fn pay_6_hours_never_exceed_the_grant_also_with_flows_at_the_same_time() {
    let world = World::new().await;
    let flows: Vec<_> = (1..=6)
        .map(|hours| [hours_in_one_week(WORKERS[0], &format!("3{hours},00"))])
        .collect();
    let sent = flows.iter().map(|lines| world.send_lines(NUMBER, lines));
    let shown = futures_util::future::join_all(sent).await;
    let mut held = 0;
    for one in shown {
        let line = &world.lines(one.upload.flow).await[0];
        match line.state {
            LineState::InVerification => held += line.hours.hundredths(),
            state => {
                assert_eq!(state, LineState::Anomaly);
                let codes = world.stopped_by(one.upload.flow, 1).await;
                assert_eq!(codes, ["HOURS_EXCEED_AUTHORIZED"]);
            }
        }
    }
    assert!(held <= 16_000, "{held}");
    assert_eq!(world.held().await, held);
}

#[tokio::test]
async fn pay_5_days_of_another_grant_that_are_pending_stop_the_line() {
    let world = World::new().await;
    world.granted(grant(OTHER_NUMBER)).await;
    world.received(&[line(WORKERS[0])]).await;
    let other = world.send_lines(OTHER_NUMBER, &[line(WORKERS[0])]).await;
    let codes = world.stopped_by(other.upload.flow, 1).await;
    assert_eq!(codes, ["BENEFIT_OVERLAP"]);
}

#[tokio::test]
async fn only_who_acts_for_the_firm_sends_and_sees_its_flows() {
    let world = World::new().await;
    let lines = [line(WORKERS[0])];
    let file = csv(&lines);
    let announced = announce(NUMBER, &lines, &file);
    let other_firm = person(9, Role::AzCon, Scope::Own(vec![CANTIERI.to_owned()]), "");
    let send = |caller: Caller| {
        let (world, announced, file) = (&world, &announced, &file);
        async move { world.send_as(&caller, announced, file.as_bytes()).await }
    };
    assert_eq!(refused(send(other_firm.clone()).await), "IDN-E05");
    assert_eq!(refused(send(intermediary(CANTIERI)).await), "IDN-E07");
    let flow = send(intermediary(OFFICINE)).await.unwrap().upload.flow;
    for hidden in [other_firm, staff(8, Role::Sede, ROMA), worker(0)] {
        assert_eq!(refused(world.app.flow(&hidden, flow).await), "IDN-E06");
    }
    for seen in [consultant(), operator(), intermediary(OFFICINE)] {
        assert_eq!(world.app.flow(&seen, flow).await.unwrap().id, flow);
    }
}

#[tokio::test]
async fn flows_are_listed_newest_first_page_by_page() {
    let world = World::new().await;
    let mut sent = Vec::new();
    for hours in ["10,00", "11,00", "12,00"] {
        sent.push(
            world
                .received(&[hours_in_one_week(WORKERS[0], hours)])
                .await
                .id,
        );
        world.clock.advance(chrono::TimeDelta::minutes(1));
    }
    let mut listed = Vec::new();
    let mut token = String::new();
    loop {
        let command = ListCommand {
            page_size: 2,
            page_token: token,
            ..ListCommand::default()
        };
        let (page, next) = world.app.list_flows(&consultant(), &command).await.unwrap();
        listed.extend(page.into_iter().map(|flow| flow.id));
        if next.is_empty() {
            break;
        }
        token = next;
    }
    sent.reverse();
    assert_eq!(listed, sent);
}

#[tokio::test]
async fn flows_are_narrowed_to_a_month_and_to_an_office() {
    let world = World::new().await;
    let flow = world.received(&[line(WORKERS[0])]).await.id;
    let listed = async |month: Option<NaiveDate>, office: Option<&str>| {
        let filter = Filter {
            month: month.map(Month::of),
            office: office.map(str::to_owned),
            ..Filter::default()
        };
        let command = ListCommand {
            filter,
            ..ListCommand::default()
        };
        let (flows, _) = world.app.list_flows(&consultant(), &command).await.unwrap();
        flows.into_iter().map(|flow| flow.id).collect::<Vec<_>>()
    };
    assert_eq!(listed(Some(day(2026, 9, 15)), Some(MILANO)).await, [flow]);
    assert_eq!(listed(None, None).await, [flow]);
    for (month, office) in [
        (Some(day(2026, 8, 31)), None),
        (Some(day(2026, 10, 1)), None),
        (None, Some(ROMA)),
    ] {
        assert!(
            listed(month, office).await.is_empty(),
            "{month:?} {office:?}"
        );
    }
}

#[tokio::test]
async fn flows_of_an_office_or_a_firm_outside_the_scope_are_refused_and_not_merely_none() {
    let world = World::new().await;
    world.received(&[line(WORKERS[0])]).await;
    let listed = async |caller: Caller, filter: Filter| {
        let command = ListCommand {
            filter,
            ..ListCommand::default()
        };
        let listed = world.app.list_flows(&caller, &command).await;
        listed.map(|(flows, _)| flows.len())
    };
    let of_office = |office: &str| Filter {
        office: Some(office.to_owned()),
        ..Filter::default()
    };
    let of_firm = |matricola: &str| Filter {
        matricola: Some(matricola.to_owned()),
        ..Filter::default()
    };
    assert_eq!(listed(operator(), of_office(MILANO)).await.unwrap(), 1);
    for (caller, filter, code) in [
        (operator(), of_office(ROMA), "IDN-E05"),
        (consultant(), of_firm(CANTIERI), "IDN-E05"),
        (intermediary(OFFICINE), of_firm(CANTIERI), "IDN-E07"),
    ] {
        assert_eq!(refused(listed(caller, filter).await), code);
    }
}

#[tokio::test]
async fn the_uploads_of_an_authorisation_are_listed_to_who_sent_them() {
    let world = World::new().await;
    let wrong = [with(
        line(WORKERS[0]),
        &[("iban", "IT61X0542811101000000123456")],
    )];
    world.send_lines(NUMBER, &wrong).await;
    world.clock.advance(chrono::TimeDelta::minutes(1));
    let lines = [line(WORKERS[0])];
    let announced = announce(NUMBER, &lines, &csv(&lines));
    let begun = world.app.begin_upload(&consultant(), &announced).await;
    assert!(matches!(begun, Ok(Begun::Open(_))));

    let listed = world.app.uploads(&consultant(), NUMBER).await.unwrap();
    let states: Vec<_> = listed.iter().map(|it| it.upload.state).collect();
    assert_eq!(states, [UploadState::Receiving, UploadState::Refused]);
    assert_eq!(listed[0].upload.announced.id, announced.id);
    let refusal = listed[1].upload.refusal.as_ref().unwrap();
    assert_eq!((refusal.faults_count, refusal.faults.len()), (1, 0));
    for (caller, number) in [(consultant(), OTHER_NUMBER), (worker(0), NUMBER)] {
        let others = world.app.uploads(&caller, number).await.unwrap();
        assert!(others.is_empty());
    }
}
