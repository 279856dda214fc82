//! From the draft to the protocol number.

use std::sync::Arc;

use tokio::task::JoinSet;

use super::*;
use crate::domain::checks::{Code, LimitKind, LimitReached, Severity};
use crate::domain::content::OverrideNote;
use crate::domain::state::State;

#[tokio::test]
async fn a_consultant_drafts_checks_and_submits_and_gets_protocol_and_ticket() {
    let world = World::new().await;
    let caller = consultant(&[OFFICINE]);
    let draft = world
        .draft(&caller, &Content::of(unit_key(OFFICINE, 1)))
        .await;
    assert_eq!(
        (draft.state, draft.employer_name.as_str()),
        (State::Draft, "Officine Riunite")
    );
    let checked = world.app.check_draft(&caller, draft.id).await.unwrap();
    assert!(!checked.submittable && !checked.findings.is_empty());

    let whole = content_of(OFFICINE, 1);
    let draft = world
        .app
        .update_draft(&caller, draft.id, "1", &whole, &[])
        .await
        .unwrap();
    let checked = world.app.check_draft(&caller, draft.id).await.unwrap();
    assert!(checked.submittable);
    assert_eq!(
        (
            checked.office.as_deref(),
            checked.lateness.and_then(|it| it.due)
        ),
        (Some(MILANO), Some(samples::day("2026-09-22")))
    );

    let claim = world
        .app
        .submit(&caller, &submit(&draft, fresh()))
        .await
        .unwrap()
        .claim;
    let filing = claim.filing.as_ref().unwrap();
    assert_eq!(claim.state, State::Submitted);
    assert_eq!(filing.protocol.as_str(), "INPS.4900.10/09/2026.0000001");
    assert_eq!(filing.ticket.as_str().len(), 16);
    assert!(!filing.lateness.filed_late);
    assert_eq!(world.app.claim(&caller, claim.id).await.unwrap(), claim);
    assert_eq!(world.events(claim.id).await, 1);
}

#[tokio::test]
async fn the_same_submission_twice_is_one_protocol_number() {
    let world = World::new().await;
    let caller = consultant(&[OFFICINE]);
    let draft = world.draft(&caller, &content_of(OFFICINE, 1)).await;
    let command = submit(&draft, fresh());
    let first = world.app.submit(&caller, &command).await.unwrap();
    let again = world.app.submit(&caller, &command).await.unwrap();
    assert_eq!((again.claim, again.findings), (first.claim, first.findings));
    assert_eq!(world.register("4900").await, [(1, "IN".to_owned())]);
    let other = SubmitCommand {
        fingerprint: b"other".to_vec(),
        ..command
    };
    assert_eq!(refused(world.app.submit(&caller, &other).await), "IDN-E12");
}

#[tokio::test]
async fn the_same_draft_request_twice_is_one_draft() {
    let world = World::new().await;
    let caller = consultant(&[OFFICINE]);
    let command = create(&content_of(OFFICINE, 1), fresh());
    let first = world.app.create_draft(&caller, &command).await.unwrap();
    assert_eq!(
        world.app.create_draft(&caller, &command).await.unwrap().id,
        first.id
    );
    let other = create(&content_of(OFFICINE, 2), command.request_id);
    assert_eq!(
        refused(world.app.create_draft(&caller, &other).await),
        "IDN-E12"
    );
}

#[tokio::test]
async fn concurrent_submissions_to_one_office_get_protocol_numbers_without_gap() {
    let world = Arc::new(World::new().await);
    let caller = consultant(&[OFFICINE, TESSITURA]);
    let mut submissions = JoinSet::new();
    for number in 0..24 {
        let matricola = if number % 2 == 0 { OFFICINE } else { TESSITURA };
        let draft = world
            .draft(&caller, &content_with_worker(matricola, number + 1, number))
            .await;
        let (world, caller) = (world.clone(), caller.clone());
        // Every third one is refused, and must leave no gap.
        let etag = if number % 3 == 0 {
            "99".to_owned()
        } else {
            draft.version.to_string()
        };
        submissions.spawn(async move {
            let command = SubmitCommand {
                etag,
                ..submit(&draft, fresh())
            };
            world.app.submit(&caller, &command).await.is_ok()
        });
    }
    let submitted = submissions
        .join_all()
        .await
        .into_iter()
        .filter(|ok| *ok)
        .count();
    assert_eq!(submitted, 16);
    let numbers: Vec<_> = world
        .register("4900")
        .await
        .into_iter()
        .map(|(number, _)| number)
        .collect();
    assert_eq!(numbers, (1..=16).collect::<Vec<_>>());
}

#[tokio::test]
async fn two_concurrent_submissions_never_both_pass_with_the_same_worker() {
    let world = Arc::new(World::new().await);
    let caller = consultant(&[OFFICINE, OFFICINE_TWO]);
    for round in 0..8 {
        let mut submissions = JoinSet::new();
        for matricola in [OFFICINE, OFFICINE_TWO] {
            let draft = world
                .draft(&caller, &content_with_worker(matricola, round + 1, round))
                .await;
            let (world, caller) = (world.clone(), caller.clone());
            submissions.spawn(async move {
                world
                    .app
                    .submit(&caller, &submit(&draft, fresh()))
                    .await
                    .map(|_| ())
            });
        }
        let results = submissions.join_all().await;
        let refusals: Vec<_> = results
            .into_iter()
            .filter(Result::is_err)
            .map(refused)
            .collect();
        assert_eq!(refusals, ["CLAIM_PERIOD_OVERLAPS"]);
    }
}

#[tokio::test]
async fn a_worker_of_another_firm_does_not_overlap() {
    let world = World::new().await;
    world.submitted(&content_of(OFFICINE, 1)).await;
    world.submitted(&content_of(TESSITURA, 1)).await;
}

#[tokio::test]
async fn an_overlap_is_told_with_the_protocol_of_the_other_claim() {
    let world = World::new().await;
    world.submitted(&content_of(OFFICINE, 1)).await;
    let caller = consultant(&[OFFICINE]);
    let draft = world.draft(&caller, &content_of(OFFICINE, 2)).await;
    let checked = world.app.check_draft(&caller, draft.id).await.unwrap();
    let finding = &checked.findings[0];
    assert_eq!(
        (finding.code, finding.severity),
        (Code::ClaimPeriodOverlaps, Severity::Block)
    );
    assert!(
        finding.it.contains("INPS.4900.10/09/2026.0000001") && finding.it.contains("righe 1, 2")
    );
}

#[tokio::test]
async fn another_claim_of_the_unit_with_other_workers_is_forced_with_a_note() {
    let world = World::new().await;
    world.submitted(&content_with_worker(OFFICINE, 1, 1)).await;
    let caller = consultant(&[OFFICINE]);
    let mut content = content_with_worker(OFFICINE, 1, 2);
    let draft = world.draft(&caller, &content).await;
    let command = submit(&draft, fresh());
    assert_eq!(
        refused(world.app.submit(&caller, &command).await),
        "OVERRIDE_NOTE_MISSING"
    );
    let note = "Sono reparti diversi della stessa unità.".to_owned();
    content.override_notes = vec![OverrideNote {
        code: "SAME_UNIT_SAME_PERIOD".into(),
        note,
    }];
    let draft = world
        .app
        .update_draft(&caller, draft.id, "1", &content, &[])
        .await
        .unwrap();
    let claim = world
        .app
        .submit(&caller, &submit(&draft, fresh()))
        .await
        .unwrap()
        .claim;
    assert_eq!(claim.forced().count(), 1);
}

#[tokio::test]
async fn a_request_beyond_the_limits_can_be_forced_but_says_so() {
    let world = World::new().await;
    let kind = LimitKind::Weeks52;
    world.limits.reach(LimitReached {
        kind,
        grantable_weeks: 3,
        first_failing_week: None,
    });
    let caller = consultant(&[OFFICINE]);
    let draft = world.draft(&caller, &content_of(OFFICINE, 1)).await;
    let checked = world.app.check_draft(&caller, draft.id).await.unwrap();
    assert_eq!(
        (checked.findings[0].code, checked.submittable),
        (Code::Limit52Weeks, false)
    );
}

#[tokio::test]
async fn a_check_tells_the_limits_the_hours_and_who_works_there() {
    let world = World::new().await;
    let caller = consultant(&[OFFICINE]);
    let content = content_of(OFFICINE, 1);
    let draft = world.draft(&caller, &content).await;
    world.app.check_draft(&caller, draft.id).await.unwrap();
    let asked = world.limits.asked();
    assert_eq!(asked.hours_hundredths, content.hours_requested_hundredths);
    assert_eq!(asked.unit.staff, Some(samples::unit_facts().staff));
    let weeks = asked.asked.map(|(_, weeks)| weeks);
    assert_eq!((asked.unit.filed_on, weeks), (None, content.weeks()));
}

#[tokio::test]
async fn a_submission_that_findings_forbid_changes_nothing() {
    let world = World::new().await;
    let caller = consultant(&[OFFICINE]);
    let mut content = content_of(OFFICINE, 1);
    content.technical_report = None;
    content.beneficiaries_count = 3;
    let draft = world.draft(&caller, &content).await;
    let failure = world
        .app
        .submit(&caller, &submit(&draft, fresh()))
        .await
        .unwrap_err();
    assert_eq!(reason_code(failure.reason()), "BENEFICIARIES_INVALID");
    let fields: Vec<_> = failure
        .violations()
        .iter()
        .map(|it| it.field.as_str())
        .collect();
    assert_eq!(
        fields,
        ["content.beneficiaries_count", "content.technical_report"]
    );
    assert_eq!(world.app.claim(&caller, draft.id).await.unwrap(), draft);
    assert_eq!(
        (
            world.register("4900").await.len(),
            world.events(draft.id).await
        ),
        (0, 0)
    );
}

#[tokio::test]
async fn a_ticket_is_linked_to_one_claim_only() {
    let world = World::new().await;
    let ticket = Some("TICKET0000000001".parse().unwrap());
    let claim = world
        .submitted(&Content {
            ticket: ticket.clone(),
            ..content_with_worker(OFFICINE, 1, 1)
        })
        .await;
    assert_eq!(
        claim.filing.as_ref().map(|filing| filing.ticket.clone()),
        ticket
    );
    let caller = consultant(&[TESSITURA]);
    let draft = world
        .draft(
            &caller,
            &Content {
                ticket,
                ..content_with_worker(TESSITURA, 1, 2)
            },
        )
        .await;
    let again = world.app.submit(&caller, &submit(&draft, fresh())).await;
    assert_eq!(refused(again), "TICKET_ALREADY_USED");
    assert_eq!(
        world.register("4900").await.len(),
        1,
        "the refused one took no number"
    );
}

#[tokio::test]
async fn what_was_read_before_somebody_else_wrote_is_not_submitted() {
    let world = World::new().await;
    let caller = consultant(&[OFFICINE]);
    let draft = world.draft(&caller, &content_of(OFFICINE, 1)).await;
    world
        .app
        .update_draft(&caller, draft.id, "1", &content_of(OFFICINE, 2), &[])
        .await
        .unwrap();
    let stale = world.app.submit(&caller, &submit(&draft, fresh())).await;
    assert_eq!(refused(stale), "ETAG_MISMATCH");
    let stale = world
        .app
        .update_draft(&caller, draft.id, "1", &content_of(OFFICINE, 3), &[])
        .await;
    assert_eq!(refused(stale), "ETAG_MISMATCH");
}

#[tokio::test]
async fn after_submission_nothing_of_it_can_be_written() {
    let world = World::new().await;
    let claim = world.submitted(&content_of(OFFICINE, 1)).await;
    let caller = consultant(&[OFFICINE]);
    let etag = claim.version.to_string();
    let written = world
        .app
        .update_draft(&caller, claim.id, &etag, &content_of(OFFICINE, 2), &[])
        .await;
    assert_eq!(refused(written), "INVALID_STATE");
    assert_eq!(
        refused(world.app.delete_draft(&caller, claim.id).await),
        "INVALID_STATE"
    );
    let again = world.app.submit(&caller, &submit(&claim, fresh())).await;
    assert_eq!(refused(again), "INVALID_STATE");
}

#[tokio::test]
async fn a_late_claim_is_protocolled_and_marked() {
    let world = World::new().await;
    world.clock.set(instant("2026-09-30"));
    let claim = world.submitted(&content_of(OFFICINE, 1)).await;
    let lateness = claim.filing.unwrap().lateness;
    assert!(lateness.filed_late && !lateness.nothing_recognisable);
    assert_eq!(
        lateness.earliest_recognisable,
        Some(samples::day("2026-09-21"))
    );
}

#[tokio::test]
async fn a_draft_deleted_twice_is_no_error_and_one_that_never_was_is_not_found() {
    let world = World::new().await;
    let caller = consultant(&[OFFICINE]);
    let draft = world.draft(&caller, &content_of(OFFICINE, 1)).await;
    world.app.delete_draft(&caller, draft.id).await.unwrap();
    world.app.delete_draft(&caller, draft.id).await.unwrap();
    assert_eq!(refused(world.app.claim(&caller, draft.id).await), "IDN-E06");
    assert_eq!(
        refused(world.app.delete_draft(&caller, fresh()).await),
        "IDN-E06"
    );
    let stranger = consultant(&[TESSITURA]);
    assert_eq!(
        refused(world.app.delete_draft(&stranger, draft.id).await),
        "IDN-E06"
    );
}

#[tokio::test]
async fn the_planted_bug_loses_the_tenth_event() {
    use crate::planted::{Planted, PlantedBug};
    let mut world = World::new().await;
    let development = chassis::config::Profile::Development;
    world.app.planted = Planted::plant(Some(PlantedBug::DropEvent), development).unwrap();
    let mut events = 0;
    for number in 0..10 {
        let claim = world
            .submitted(&content_with_worker(OFFICINE, number + 1, number))
            .await;
        events += world.events(claim.id).await;
    }
    assert_eq!(events, 9);
}
