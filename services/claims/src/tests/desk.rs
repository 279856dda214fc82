//! The desk: the queue and its counts, many claims at once, hands that change, notes, rulings on appeals.

use chrono::NaiveDate;

use super::*;
use crate::app::{AssignCommand, Entry, HandOverCommand, NoteCommand, QueueCommand, RulingCommand};
use crate::domain::appeal::RulingOutcome;
use crate::domain::desk::{Action, AgeBand};
use crate::domain::product::Product;
use crate::domain::search::Handling;
use crate::domain::state::State;

fn assign(operator: u128, claims: &[Uuid], request_id: Uuid) -> AssignCommand {
    AssignCommand {
        request_id,
        fingerprint: format!("{operator} {claims:?}").into_bytes(),
        operator: Uuid::from_u128(operator),
        claims: claims.to_vec(),
    }
}

fn hand_over(claim: Uuid, to: Option<u128>) -> HandOverCommand {
    HandOverCommand {
        request_id: fresh(),
        fingerprint: Vec::new(),
        claim,
        to: to.map(Uuid::from_u128),
        reason: "Ferie.".into(),
    }
}

/// A correct claim of one worker from a Monday on; unit and worker have the same number.
fn content_from(monday: &str, matricola: &str, number: u32) -> Content {
    let later = samples::content(monday, 8);
    Content {
        period: later.period,
        consultation: later.consultation,
        self_declarations: later.self_declarations,
        ..content_with_worker(matricola, number, number)
    }
}

fn note(claim: Uuid, text: &str, corrects: Option<Uuid>) -> NoteCommand {
    NoteCommand {
        request_id: fresh(),
        fingerprint: text.as_bytes().to_vec(),
        claim,
        text: text.into(),
        corrects,
    }
}

fn ruling(claim: Uuid, outcome: RulingOutcome, on: &str) -> RulingCommand {
    RulingCommand {
        request_id: fresh(),
        fingerprint: format!("{outcome:?}").into_bytes(),
        claim,
        outcome,
        number: "123/2026".into(),
        ruled_on: on.parse::<NaiveDate>().unwrap(),
        grounds: "La crisi è transitoria.".into(),
    }
}

impl World {
    /// Claims of so many units of Milano, a minute apart.
    async fn several(&self, count: u32) -> Vec<Uuid> {
        let mut ids = Vec::new();
        for number in 0..count {
            ids.push(
                self.submitted(&content_with_worker(OFFICINE, number + 1, number))
                    .await
                    .id,
            );
            self.later(TimeDelta::minutes(1));
        }
        ids
    }

    /// A rejected claim against which the filer has appealed.
    async fn appealed(&self) -> Claim {
        let claim = self.decided(&content_of(OFFICINE, 1), rejection).await;
        self.app
            .appeal(&consultant(&[OFFICINE]), claim.id, "Motivi")
            .await
            .unwrap()
    }

    /// What was done to a claim, and to whom it was given.
    async fn deeds(&self, claim: Uuid) -> Vec<(Option<Action>, Option<Uuid>)> {
        let told = self.app.history(&operator(), claim).await.unwrap();
        told.into_iter()
            .map(|entry| match entry {
                Entry::Step(step) => (step.action, step.person),
                Entry::Note(..) => (None, None),
            })
            .collect()
    }
}

#[tokio::test]
async fn the_queue_counts_what_waits_by_office_product_and_age() {
    let world = World::new().await;
    let old = world.submitted(&content_with_worker(OFFICINE, 1, 1)).await;
    world.later(TimeDelta::days(16));
    let young = world
        .submitted(&content_from("2026-09-21", OFFICINE, 2))
        .await;
    world.later(TimeDelta::minutes(1));
    let elsewhere = world
        .submitted(&content_from("2026-09-21", CANTIERI, 3))
        .await;
    let done = content_from("2026-09-21", OFFICINE, 4);
    let done = world.decided(&done, rejection).await;
    assert_eq!(done.state, State::Rejected);
    let regional = Caller {
        role: Role::Dreg,
        scope: Scope::Offices([MILANO, ROMA].map(|it| it.parse().unwrap()).into()),
        ..director()
    };
    let count = async |caller: &Caller| {
        let cells = world
            .app
            .queue(caller, &QueueCommand::default())
            .await
            .unwrap();
        cells
            .into_iter()
            .map(|it| (it.office, it.product, it.age, it.claims))
            .collect::<Vec<_>>()
    };
    let cell = |office: &str, age| (office.to_owned(), Product::Cigo, age, 1);
    let milano = [cell(MILANO, AgeBand::UpTo15), cell(MILANO, AgeBand::UpTo30)];
    assert_eq!(count(&operator()).await, milano);
    let both = [&milano[..], &[cell(ROMA, AgeBand::UpTo15)]].concat();
    assert_eq!(count(&regional).await, both);

    let ids = async |command: QueueCommand| {
        let page = world
            .app
            .queue_page(&regional, &command, 0, "")
            .await
            .unwrap();
        page.claims.iter().map(|it| it.place.id).collect::<Vec<_>>()
    };
    assert_eq!(
        ids(QueueCommand::default()).await,
        [old.id, young.id, elsewhere.id]
    );
    let aged = |age| QueueCommand {
        age: Some(age),
        ..QueueCommand::default()
    };
    assert_eq!(ids(aged(AgeBand::UpTo30)).await, [old.id]);
    assert_eq!(ids(aged(AgeBand::UpTo15)).await, [young.id, elsewhere.id]);
    assert_eq!(ids(aged(AgeBand::Over365)).await, [] as [Uuid; 0]);
    world.app.take_in_charge(&operator(), old.id).await.unwrap();
    let free = QueueCommand {
        handling: Handling::Nobody,
        office: Some(MILANO.into()),
        ..QueueCommand::default()
    };
    assert_eq!(ids(free).await, [young.id]);
    let outside = QueueCommand {
        office: Some(ROMA.into()),
        ..QueueCommand::default()
    };
    assert_eq!(
        refused(world.app.queue(&operator(), &outside).await),
        "IDN-E05"
    );
}

#[tokio::test]
async fn many_claims_are_assigned_at_once_and_each_is_answered_for() {
    let world = World::new().await;
    let app = &world.app;
    let ids = world.several(3).await;
    let elsewhere = world
        .submitted(&content_with_worker(CANTIERI, 9, 90))
        .await
        .id;
    let decided = world
        .decided(&content_with_worker(OFFICINE, 8, 80), rejection)
        .await
        .id;
    let wanted = [ids[2], elsewhere, ids[0], decided, ids[1]];
    let command = assign(20, &wanted, fresh());
    let results = app
        .assign_many(&position_officer(), &command)
        .await
        .unwrap();
    let answers: Vec<_> = results
        .iter()
        .map(|it| (it.claim, it.refused.as_str()))
        .collect();
    assert_eq!(
        answers,
        [
            (ids[2], ""),
            (elsewhere, "IDN-E06"),
            (ids[0], ""),
            (decided, "INVALID_STATE"),
            (ids[1], "")
        ]
    );
    for id in &ids {
        let claim = app.claim(&operator(), *id).await.unwrap();
        assert_eq!(
            (claim.state, claim.handler),
            (State::Assigned, Some(Uuid::from_u128(20)))
        );
        let deeds = world.deeds(*id).await;
        assert_eq!(
            deeds.last(),
            Some(&(Some(Action::Assign), Some(Uuid::from_u128(20))))
        );
    }

    // The same request again: the same answer, and nothing done twice.
    let versions = app.claim(&operator(), ids[0]).await.unwrap().version;
    assert_eq!(
        app.assign_many(&position_officer(), &command)
            .await
            .unwrap(),
        results
    );
    assert_eq!(
        app.claim(&operator(), ids[0]).await.unwrap().version,
        versions
    );
    let other = assign(2, &wanted, command.request_id);
    assert_eq!(
        refused(app.assign_many(&position_officer(), &other).await),
        "IDN-E12"
    );
}

#[tokio::test]
async fn claims_are_given_only_to_who_examines_at_the_office() {
    let world = World::new().await;
    let app = &world.app;
    let id = world.several(1).await[0];
    // A manager of Milano, an operator of Roma, somebody nobody knows.
    for person in [5, 30, 999] {
        let one = app
            .assign(&position_officer(), id, Uuid::from_u128(person))
            .await
            .unwrap_err();
        assert_eq!(one.violations()[0].field, "operator_id");
        let many = assign(person, &[id], fresh());
        let many = app
            .assign_many(&position_officer(), &many)
            .await
            .unwrap_err();
        assert_eq!(many.violations()[0].field, "operator_id");
    }
    let manager = staff(5, Role::Dir, MILANO);
    let by_manager = app
        .assign_many(&manager, &assign(20, &[id], fresh()))
        .await
        .unwrap();
    assert_eq!(
        by_manager[0].refused, "IDN-E04",
        "only a P.O. officer assigns"
    );
}

#[tokio::test]
async fn five_hundred_claims_are_assigned_in_one_call() {
    let world = World::new().await;
    let ids = world.several(500).await;
    let command = assign(2, &ids, fresh());
    let results = world
        .app
        .assign_many(&position_officer(), &command)
        .await
        .unwrap();
    assert_eq!(
        results.iter().filter(|it| it.refused.is_empty()).count(),
        500
    );
}

#[tokio::test]
async fn a_claim_is_handed_to_a_colleague_or_back_to_the_queue() {
    let world = World::new().await;
    let app = &world.app;
    let (claim, proposal) = world.proposed(&content_of(OFFICINE, 1)).await;
    let colleague = staff(20, Role::Sede, MILANO);

    let theirs = app
        .hand_over(&operator(), &hand_over(claim.id, Some(20)))
        .await
        .unwrap();
    assert_eq!(
        (theirs.state, theirs.handler),
        (State::UnderReview, Some(colleague.person))
    );
    assert_eq!(
        theirs.proposal.as_ref().map(|it| it.id),
        Some(proposal),
        "what was proposed stays"
    );
    let again = app.hand_over(&operator(), &hand_over(claim.id, None)).await;
    assert_eq!(refused(again), "ASSIGNED_TO_OTHER");

    let command = hand_over(claim.id, None);
    let free = app.hand_over(&colleague, &command).await.unwrap();
    assert_eq!((free.state, free.handler), (State::UnderReview, None));
    let repeated = app.hand_over(&colleague, &command).await.unwrap();
    assert_eq!(
        repeated.version, free.version,
        "the same request is one handing over"
    );

    let taken = app.take_in_charge(&operator(), claim.id).await.unwrap();
    assert_eq!(
        (taken.state, taken.handler),
        (State::UnderReview, Some(operator().person))
    );
    let deeds = world.deeds(claim.id).await;
    assert_eq!(
        deeds[deeds.len() - 3..],
        [
            (Some(Action::HandOver), Some(colleague.person)),
            (Some(Action::HandOver), None),
            (Some(Action::TakeInCharge), None),
        ]
    );
}

#[tokio::test]
async fn only_what_is_in_charge_is_handed_over_and_only_to_who_examines_there() {
    let world = World::new().await;
    let app = &world.app;
    let id = world.several(1).await[0];
    let early = app.hand_over(&operator(), &hand_over(id, None)).await;
    assert_eq!(refused(early), "INVALID_STATE");
    app.take_in_charge(&operator(), id).await.unwrap();
    for to in [2, 5, 30, 999] {
        let failure = app
            .hand_over(&operator(), &hand_over(id, Some(to)))
            .await
            .unwrap_err();
        assert_eq!(failure.violations()[0].field, "to_person_id");
    }
    let elsewhere = app
        .hand_over(&staff(30, Role::Sede, ROMA), &hand_over(id, None))
        .await;
    assert_eq!(refused(elsewhere), "IDN-E06");
}

#[tokio::test]
async fn notes_are_for_the_office_and_a_correction_is_another_note() {
    let world = World::new().await;
    let app = &world.app;
    let claim = world.under_review(&content_of(OFFICINE, 1)).await;
    let other = world.submitted(&content_with_worker(OFFICINE, 2, 2)).await;
    world.later(TimeDelta::minutes(1));
    let command = note(claim.id, "Chiamato lo studio.", None);
    let first = app.add_note(&operator(), &command).await.unwrap();
    assert_eq!(
        app.add_note(&operator(), &command).await.unwrap(),
        first,
        "the same request is one note"
    );
    world.later(TimeDelta::minutes(1));
    let corrected = note(
        claim.id,
        "Chiamata l'azienda, non lo studio.",
        Some(first.id),
    );
    let second = app.add_note(&director(), &corrected).await.unwrap();
    let astray = note(other.id, "x", Some(first.id));
    let astray = app.add_note(&operator(), &astray).await.unwrap_err();
    assert_eq!(astray.violations()[0].field, "corrects_note_id");

    let (page, next) = app.notes(&operator(), claim.id, 1, "").await.unwrap();
    assert_eq!(page, std::slice::from_ref(&first));
    let (page, next) = app.notes(&operator(), claim.id, 1, &next).await.unwrap();
    assert_eq!((page, next), (vec![second.clone()], String::new()));
    let elsewhere = staff(30, Role::Sede, ROMA);
    assert_eq!(
        refused(app.notes(&elsewhere, claim.id, 0, "").await),
        "IDN-E06"
    );
    assert_eq!(
        refused(app.add_note(&elsewhere, &note(claim.id, "x", None)).await),
        "IDN-E06"
    );

    let told = app.history(&operator(), claim.id).await.unwrap();
    let notes: Vec<_> = told
        .iter()
        .filter_map(|entry| match entry {
            Entry::Note(note, state) => Some((note.id, *state)),
            Entry::Step(_) => None,
        })
        .collect();
    assert_eq!(
        notes,
        [
            (first.id, State::UnderReview),
            (second.id, State::UnderReview)
        ]
    );
    let regional = Caller {
        role: Role::Dreg,
        ..director()
    };
    for outside in [consultant(&[OFFICINE]), regional] {
        let told = app.history(&outside, claim.id).await.unwrap();
        assert!(!told.iter().any(|entry| matches!(entry, Entry::Note(..))));
    }
    let pool = world.database.database.pool();
    assert!(
        sqlx::query!("update note set body = 'x'")
            .execute(pool)
            .await
            .is_err()
    );
    assert!(
        sqlx::query!("delete from note")
            .execute(pool)
            .await
            .is_err()
    );
}

#[tokio::test]
async fn an_appeal_that_is_dismissed_leaves_the_decision_for_good() {
    let world = World::new().await;
    let app = &world.app;
    let claim = Box::pin(world.appealed()).await;
    world.later(TimeDelta::days(10));
    let command = ruling(claim.id, RulingOutcome::Dismissed, "2026-09-18");
    assert_eq!(
        refused(app.rule_on_appeal(&director(), &command).await),
        "IDN-E04"
    );
    let settled = app.rule_on_appeal(&manager(), &command).await.unwrap();
    assert_eq!(settled.state, State::Rejected);
    assert_eq!(
        settled.ruling.as_ref().map(|it| it.outcome),
        Some(RulingOutcome::Dismissed)
    );
    let again = app.rule_on_appeal(&manager(), &command).await.unwrap();
    assert_eq!(
        again.version, settled.version,
        "the same request is one ruling"
    );
    let another = app
        .rule_on_appeal(
            &manager(),
            &ruling(claim.id, RulingOutcome::Upheld, "2026-09-18"),
        )
        .await;
    assert_eq!(refused(another), "INVALID_STATE");
    let appeal = app
        .appeal(&consultant(&[OFFICINE]), claim.id, "Ancora")
        .await;
    assert_eq!(refused(appeal), "INVALID_STATE", "the decision is final");
    let deeds = world.deeds(claim.id).await;
    assert_eq!(deeds.last(), Some(&(Some(Action::RuleOnAppeal), None)));
}

#[tokio::test]
async fn a_ruling_that_upholds_is_followed_by_the_decision_that_conforms() {
    for (outcome, conforming, other, state) in [
        (
            RulingOutcome::Upheld,
            acceptance as fn(&Claim) -> Proposed,
            first_four_weeks as fn(&Claim) -> Proposed,
            State::Accepted,
        ),
        (
            RulingOutcome::PartlyUpheld,
            first_four_weeks,
            acceptance,
            State::PartiallyAccepted,
        ),
    ] {
        let world = World::new().await;
        let app = &world.app;
        let claim = Box::pin(world.appealed()).await;
        let early = app
            .propose(&operator(), claim.id, &conforming(&claim))
            .await;
        assert_eq!(
            refused(early),
            "INVALID_STATE",
            "the committee has not decided"
        );
        world.later(TimeDelta::days(10));
        let waits = app
            .rule_on_appeal(&manager(), &ruling(claim.id, outcome, "2026-09-18"))
            .await
            .unwrap();
        assert_eq!(waits.state, State::UnderAppeal);
        for wrong in [other(&claim), rejection(&claim)] {
            let wrong = app.propose(&operator(), claim.id, &wrong).await;
            assert_eq!(refused(wrong), "OUTCOME_MISMATCH");
        }
        let (claim, proposal) = world.propose(&waits, conforming(&claim)).await;
        let adopted = app.adopt(&director(), claim.id, proposal).await.unwrap();
        assert_eq!(
            (adopted.state, adopted.decision.map(|it| it.sequence)),
            (state, Some(2))
        );
        let weeks = world.limits.weeks_taken(&claim.content.unit);
        assert_eq!(weeks, if state == State::Accepted { 8 } else { 4 });
    }
}

#[tokio::test]
async fn a_ruling_is_of_a_day_between_the_decision_and_today() {
    let world = World::new().await;
    let claim = Box::pin(world.appealed()).await;
    world.later(TimeDelta::days(10));
    for on in ["2026-09-09", "2026-09-21"] {
        let command = ruling(claim.id, RulingOutcome::Upheld, on);
        let failure = world
            .app
            .rule_on_appeal(&manager(), &command)
            .await
            .unwrap_err();
        assert_eq!(failure.violations()[0].field, "ruled_on");
    }
    let open = world
        .under_review(&content_with_worker(OFFICINE, 5, 5))
        .await;
    let command = ruling(open.id, RulingOutcome::Upheld, "2026-09-20");
    assert_eq!(
        refused(world.app.rule_on_appeal(&manager(), &command).await),
        "INVALID_STATE"
    );
}

#[tokio::test]
async fn a_transfer_changes_the_region_and_goes_only_where_claims_are_worked() {
    let world = World::new().await;
    let app = &world.app;
    let claim = world.submitted(&content_of(OFFICINE, 1)).await;
    let directorate = LOMBARDIA.parse().unwrap();
    let refusal = app
        .transfer(&director(), claim.id, &directorate, "Motivo")
        .await
        .unwrap_err();
    assert_eq!(refusal.violations()[0].field, "office");
    app.transfer(&director(), claim.id, &ROMA.parse().unwrap(), "Motivo")
        .await
        .unwrap();
    let there = app
        .claim(&staff(30, Role::Sede, ROMA), claim.id)
        .await
        .unwrap();
    assert_eq!(there.filing.unwrap().unit.region_istat, "12");
}
