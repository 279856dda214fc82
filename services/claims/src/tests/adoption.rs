//! Adoption: the saga with the limits, and what may go wrong between its steps.

use std::sync::Arc;

use chassis::identity::Scope;
use kernel::Period;
use tokio::task::JoinSet;

use super::ports::{Booked, Call, Fault};
use super::*;
use crate::app::GrantCommand;
use crate::domain::content::Decree;
use crate::domain::ground::{Cause, Ground, Scheme};
use crate::domain::product::{Causale, Product};
use crate::domain::state::State;
use crate::store;
use crate::store::adoptions::SagaState;

impl World {
    /// Resumes what is unfinished, after the lease of whoever was at it.
    async fn resumed(&self) {
        self.later(TimeDelta::seconds(6));
        self.app.resume_adoptions().await;
    }

    /// States of the sagas of a claim, oldest first.
    async fn sagas(&self, claim: &Claim) -> Vec<String> {
        sqlx::query_scalar!(
            "select state from adoption where claim_id = $1 order by created_at, id",
            claim.id
        )
        .fetch_all(self.database.database.pool())
        .await
        .unwrap()
    }

    /// The claim has exactly one decision, one outgoing protocol, one event of it, and its weeks are authorised once.
    async fn assert_decided_once(&self, claim: &Claim) {
        let now = self.app.claim(&director(), claim.id).await.unwrap();
        assert_eq!(now.state, State::Accepted);
        assert_eq!(now.adoption, None);
        let decisions = sqlx::query_scalar!(
            "select count(*) as \"n!\" from decision where claim_id = $1",
            claim.id
        )
        .fetch_one(self.database.database.pool())
        .await
        .unwrap();
        assert_eq!(decisions, 1);
        let outgoing = self
            .register("4900")
            .await
            .into_iter()
            .filter(|(_, way)| way == "OUT")
            .count();
        assert_eq!(outgoing, 1);
        let whole = claim.requested().unwrap().whole.period;
        assert_eq!(
            self.limits.booked(&claim.content.unit),
            [(whole, Booked::Authorised)]
        );
        assert_eq!(
            self.events(claim.id).await,
            3,
            "submitted, taken in charge, adopted"
        );
    }

    async fn delegate(&self, to: &Caller, from: &str, until: &str) -> Uuid {
        let days = Period::new(samples::day(from), samples::day(until)).unwrap();
        let command = GrantCommand {
            request_id: fresh(),
            fingerprint: Vec::new(),
            delegate: to.person,
            days,
        };
        self.app
            .grant_delegation(&director(), &command)
            .await
            .unwrap()
            .id
    }
}

#[tokio::test]
async fn an_adoption_tells_the_day_of_the_filing_and_lets_the_limits_ask_who_works_there() {
    let world = World::new().await;
    let filed = kernel::rome::date_of(world.app.clock.now());
    let (claim, proposal) = world.proposed(&content_of(OFFICINE, 1)).await;
    world.later(TimeDelta::days(40));
    world
        .app
        .adopt(&director(), claim.id, proposal)
        .await
        .unwrap();
    let ordered = world.limits.ordered();
    assert_eq!(
        (ordered.unit.filed_on, ordered.unit.staff),
        (Some(filed), None)
    );
}

/// A claim of the shop for the assegno of the FIS.
fn assegno() -> Content {
    Content {
        product: Some(Product::AisFis),
        ..content_of(BOTTEGA, 1)
    }
}

/// A claim for a company crisis, under a decree.
fn crisis() -> Content {
    let decree = Decree {
        authority: "Ministero del Lavoro".into(),
        number: "100200".into(),
        date: Some(samples::day("2026-08-31")),
        from: Some(samples::day("2026-09-07")),
        to: Some(samples::day("2027-09-05")),
        hours_hundredths: 1_000_000,
    };
    Content {
        product: Some(Product::Cigs),
        causale: Some(Causale::CompanyCrisis),
        decree: Some(decree),
        ..content_of(OFFICINE, 1)
    }
}

#[tokio::test]
async fn weeks_of_ais_and_of_cigs_are_asked_for_set_aside_and_authorised_as_such() {
    let world = World::new().await;
    for (content, scheme, cause) in [
        (assegno(), Scheme::Ais, Cause::Ord),
        (crisis(), Scheme::Cigs, Cause::Crisi),
    ] {
        let (claim, proposal) = world.proposed(&content).await;
        let ground = Ground { scheme, cause };
        let whole = claim.requested().unwrap().whole.period;
        assert_eq!(world.limits.asked().asked, Some((ground, whole)));
        let adopted = world
            .app
            .adopt(&director(), claim.id, proposal)
            .await
            .unwrap();
        assert_eq!(adopted.decision.unwrap().reservation_id, Some(proposal));
        let ordered = world.limits.ordered();
        assert_eq!((ordered.ground, ordered.period), (ground, whole));
        assert_eq!(
            world.limits.booked(&content.unit),
            [(whole, Booked::Authorised)]
        );
        assert_eq!(world.sagas(&claim).await, ["CONFIRMED"]);
    }
}

#[tokio::test]
async fn weeks_that_the_limits_cannot_judge_are_not_decided() {
    let world = World::new().await;
    world.limits.know_too_little();
    let (claim, proposal) = world.proposed(&assegno()).await;
    let refused = world.app.adopt(&director(), claim.id, proposal).await;
    let failure = refused.unwrap_err();
    assert_eq!(failure.reason(), chassis::Reason::LimitExceeded);
    let now = world.app.claim(&director(), claim.id).await.unwrap();
    assert_eq!((now.state, now.adoption), (State::UnderReview, None));
    assert!(
        now.proposal.is_some(),
        "it can be adopted once more is known"
    );
    assert_eq!(world.sagas(&claim).await, ["REFUSED"]);
}

#[tokio::test]
async fn an_acceptance_takes_the_weeks_and_is_read_at_once() {
    let world = World::new().await;
    let (claim, proposal) = world.proposed(&content_of(OFFICINE, 1)).await;
    let adopted = world
        .app
        .adopt(&director(), claim.id, proposal)
        .await
        .unwrap();
    let decision = adopted.decision.as_ref().unwrap();
    assert_eq!(decision.protocol.as_str(), "INPS.4900.10/09/2026.0000002");
    assert_eq!(
        decision
            .authorization
            .as_ref()
            .map(kernel::AuthorizationNumber::as_str),
        Some("490026000001")
    );
    assert_eq!((decision.sequence, decision.appeal_due), (1, None));
    assert_eq!(world.sagas(&claim).await, ["CONFIRMED"]);
    world.assert_decided_once(&claim).await;
    let read = world
        .app
        .claim(&consultant(&[OFFICINE]), claim.id)
        .await
        .unwrap();
    assert_eq!(read.decision, adopted.decision);
}

#[tokio::test]
async fn a_partial_acceptance_takes_only_its_weeks_and_frees_the_other_days() {
    let world = World::new().await;
    let claim = world
        .decided(&content_of(OFFICINE, 1), first_four_weeks)
        .await;
    assert_eq!(claim.state, State::PartiallyAccepted);
    assert_eq!(
        claim.decision.as_ref().unwrap().appeal_due,
        Some(samples::day("2026-10-10"))
    );
    assert_eq!(world.limits.weeks_taken(&claim.content.unit), 4);
    let mut rest = content_of(OFFICINE, 2);
    rest.period.as_mut().unwrap().first_day = samples::day("2026-10-05");
    world.clock.set(instant("2026-10-05"));
    world.submitted(&rest).await;
}

#[tokio::test]
async fn a_rejection_needs_no_weeks_and_frees_all_days() {
    let world = World::new().await;
    let claim = world.decided(&content_of(OFFICINE, 1), rejection).await;
    let decision = claim.decision.as_ref().unwrap();
    assert_eq!(
        (claim.state, decision.authorization.as_ref()),
        (State::Rejected, None)
    );
    assert_eq!(world.limits.reserve_calls(), 0);
    assert_eq!(world.sagas(&claim).await, [] as [&str; 0]);
    world.submitted(&content_of(OFFICINE, 2)).await;
}

#[tokio::test]
async fn the_same_adoption_again_gives_the_same_decision() {
    let world = World::new().await;
    let (claim, proposal) = world.proposed(&content_of(OFFICINE, 1)).await;
    let first = world
        .app
        .adopt(&director(), claim.id, proposal)
        .await
        .unwrap();
    let again = world
        .app
        .adopt(&director(), claim.id, proposal)
        .await
        .unwrap();
    assert_eq!(first, again);
    world.assert_decided_once(&claim).await;
}

#[tokio::test]
async fn two_directors_at_the_same_instant_adopt_once() {
    let world = Arc::new(World::new().await);
    let (claim, proposal) = world.proposed(&content_of(OFFICINE, 1)).await;
    let mut adoptions = JoinSet::new();
    for number in [4, 40, 41] {
        let (world, claim) = (world.clone(), claim.id);
        let adopter = staff(number, Role::Dsede, MILANO);
        adoptions.spawn(async move {
            world
                .app
                .adopt(&adopter, claim, proposal)
                .await
                .unwrap()
                .decision
        });
    }
    let decisions = adoptions.join_all().await;
    assert!(
        decisions
            .iter()
            .all(|decision| decision.is_some() && *decision == decisions[0])
    );
    world.assert_decided_once(&claim).await;
}

#[tokio::test]
async fn weeks_that_no_longer_fit_leave_the_claim_under_review_with_its_proposal() {
    let world = World::new().await;
    let (claim, proposal) = world.proposed(&content_of(OFFICINE, 1)).await;
    world.limits.allow(5);
    assert_eq!(
        refused(world.app.adopt(&director(), claim.id, proposal).await),
        "LIMIT_EXCEEDED"
    );
    let now = world.app.claim(&director(), claim.id).await.unwrap();
    assert_eq!((now.state, now.adoption), (State::UnderReview, None));
    assert_eq!(now.proposal.as_ref().map(|it| it.id), Some(proposal));
    assert_eq!(world.sagas(&claim).await, ["REFUSED"]);
    assert_eq!(world.limits.weeks_taken(&claim.content.unit), 0);

    world.limits.allow(8);
    world
        .app
        .adopt(&director(), claim.id, proposal)
        .await
        .unwrap();
    world.assert_decided_once(&claim).await;
}

#[tokio::test]
async fn two_claims_decided_at_the_same_instant_never_exceed_the_limit_together() {
    let world = Arc::new(World::new().await);
    world.limits.allow(12);
    let mut proposals = Vec::new();
    for worker in 0..2 {
        let mut content = content_with_worker(OFFICINE, 1, worker);
        let note = "Sono reparti diversi della stessa unità.".to_owned();
        content.override_notes = vec![crate::domain::content::OverrideNote {
            code: "SAME_UNIT_SAME_PERIOD".into(),
            note,
        }];
        proposals.push(world.proposed(&content).await);
    }
    let mut adoptions = JoinSet::new();
    for (claim, proposal) in proposals {
        let world = world.clone();
        adoptions.spawn(async move {
            world
                .app
                .adopt(&director(), claim.id, proposal)
                .await
                .map(|_| ())
        });
    }
    let refusals: Vec<_> = adoptions
        .join_all()
        .await
        .into_iter()
        .filter(Result::is_err)
        .map(refused)
        .collect();
    assert_eq!(refusals, ["LIMIT_EXCEEDED"]);
    assert_eq!(world.limits.weeks_taken(&unit_key(OFFICINE, 1)), 8);
}

#[tokio::test]
async fn calls_lost_between_any_two_steps_still_end_in_exactly_one_decision() {
    let spoiled = [
        (Call::Reserve, Fault::Lost, true),
        (Call::Reserve, Fault::AnswerLost, true),
        (Call::Confirm, Fault::Lost, false),
        (Call::Confirm, Fault::AnswerLost, false),
    ];
    for (call, fault, fails) in spoiled {
        let world = World::new().await;
        let (claim, proposal) = world.proposed(&content_of(OFFICINE, 1)).await;
        world.limits.spoil(call, &[fault]);
        let adopted = world.app.adopt(&director(), claim.id, proposal).await;
        assert_eq!(
            adopted.is_err(),
            fails,
            "{call:?} {fault:?}: an adopted decision is answered at once"
        );
        world.resumed().await;
        world.assert_decided_once(&claim).await;
        assert_eq!(world.sagas(&claim).await, ["CONFIRMED"]);
    }
}

#[tokio::test]
async fn a_process_that_dies_at_any_step_is_followed_by_one_that_finishes_the_adoption() {
    for (call, fault) in [
        (Call::Reserve, Fault::Hangs),
        (Call::Reserve, Fault::AnswerHangs),
        (Call::Confirm, Fault::Hangs),
        (Call::Confirm, Fault::AnswerHangs),
    ] {
        let world = Arc::new(World::new().await);
        let (claim, proposal) = world.proposed(&content_of(OFFICINE, 1)).await;
        world.limits.spoil(call, &[fault]);
        let dying = {
            let (world, claim) = (world.clone(), claim.id);
            tokio::spawn(async move { world.app.adopt(&director(), claim, proposal).await })
        };
        world.limits.somebody_hangs().await;
        dying.abort();
        let _: Result<_, _> = dying.await;

        world.app.resume_adoptions().await;
        assert_ne!(
            world.sagas(&claim).await,
            ["CONFIRMED"],
            "the lease of the dead has not lapsed yet"
        );
        world.resumed().await;
        world.assert_decided_once(&claim).await;
        let again = world
            .app
            .adopt(&director(), claim.id, proposal)
            .await
            .unwrap();
        assert_eq!(again.state, State::Accepted);
    }
}

#[tokio::test]
async fn a_process_that_dies_between_reserving_and_adopting_is_followed_by_one_that_adopts() {
    let world = World::new().await;
    let (claim, proposal) = world.proposed(&content_of(OFFICINE, 1)).await;
    world.limits.spoil(Call::Reserve, &[Fault::AnswerLost]);
    world
        .app
        .adopt(&director(), claim.id, proposal)
        .await
        .unwrap_err();
    let mut connection = world.database.database.pool().acquire().await.unwrap();
    let found = store::claims::find(&mut connection, claim.id, &Scope::System)
        .await
        .unwrap()
        .unwrap();
    let saga = store::adoptions::find(&mut connection, found.adoption.unwrap())
        .await
        .unwrap()
        .unwrap();
    let now = world.app.clock.now();
    let until = Some(now + TimeDelta::days(1));
    assert!(
        store::adoptions::advance(&mut connection, &saga, SagaState::Reserved, until, now)
            .await
            .unwrap()
    );
    drop(connection);
    world.resumed().await;
    world.assert_decided_once(&claim).await;
}

#[tokio::test]
async fn a_reservation_about_to_lapse_is_renewed_before_adopting() {
    let world = World::new().await;
    let (claim, proposal) = world.proposed(&content_of(OFFICINE, 1)).await;
    world.limits.spoil(Call::Reserve, &[Fault::AnswerLost]);
    world
        .app
        .adopt(&director(), claim.id, proposal)
        .await
        .unwrap_err();
    let mut connection = world.database.database.pool().acquire().await.unwrap();
    let found = store::claims::find(&mut connection, claim.id, &Scope::System)
        .await
        .unwrap()
        .unwrap();
    let saga = store::adoptions::find(&mut connection, found.adoption.unwrap())
        .await
        .unwrap()
        .unwrap();
    let now = world.app.clock.now();
    let until = Some(now + TimeDelta::hours(1));
    assert!(
        store::adoptions::advance(&mut connection, &saga, SagaState::Reserved, until, now)
            .await
            .unwrap()
    );
    drop(connection);
    world.resumed().await;
    assert_eq!(world.limits.reserve_calls(), 2);
    world.assert_decided_once(&claim).await;
}

#[tokio::test]
async fn nothing_is_adopted_under_a_reservation_too_short_to_be_confirmed() {
    let world = World::new().await;
    let (claim, proposal) = world.proposed(&content_of(OFFICINE, 1)).await;
    world.limits.reservations_last(TimeDelta::minutes(59));
    assert_eq!(
        refused(world.app.adopt(&director(), claim.id, proposal).await),
        "INTERNAL"
    );
    world.limits.reservations_last(TimeDelta::hours(24));
    world.resumed().await;
    world.assert_decided_once(&claim).await;
}

#[tokio::test]
async fn a_reservation_that_lapsed_after_the_adoption_is_made_again() {
    let world = World::new().await;
    let (claim, proposal) = world.proposed(&content_of(OFFICINE, 1)).await;
    world.limits.spoil(Call::Confirm, &[Fault::Lost]);
    world
        .app
        .adopt(&director(), claim.id, proposal)
        .await
        .unwrap();
    world.limits.lapse();
    world.resumed().await;
    world.resumed().await;
    world.assert_decided_once(&claim).await;
    assert_eq!(world.sagas(&claim).await, ["CONFIRMED"]);
}

#[tokio::test]
async fn while_a_decision_is_being_adopted_nothing_else_changes_the_claim() {
    let world = World::new().await;
    let (claim, proposal) = world.proposed(&content_of(OFFICINE, 1)).await;
    world.limits.spoil(Call::Reserve, &[Fault::Lost]);
    world
        .app
        .adopt(&director(), claim.id, proposal)
        .await
        .unwrap_err();
    let app = &world.app;
    assert_eq!(
        refused(
            app.withdraw(&consultant(&[OFFICINE]), claim.id, "Ripresa")
                .await
        ),
        "CONFLICT"
    );
    assert_eq!(
        refused(app.annul(&director(), claim.id, "Duplicata").await),
        "CONFLICT"
    );
    assert_eq!(
        refused(
            app.propose(&operator(), claim.id, &acceptance(&claim))
                .await
        ),
        "CONFLICT"
    );
    let sent_back = app
        .return_proposal(&director(), claim.id, proposal, "Motivare meglio")
        .await;
    assert_eq!(refused(sent_back), "CONFLICT");
    world.resumed().await;
    world.assert_decided_once(&claim).await;
    let too_late = app
        .withdraw(&consultant(&[OFFICINE]), claim.id, "Ripresa")
        .await;
    assert_eq!(refused(too_late), "INVALID_STATE");
}

#[tokio::test]
async fn why_an_adoption_is_not_finished_stands_on_it() {
    let world = World::new().await;
    let (claim, proposal) = world.proposed(&content_of(OFFICINE, 1)).await;
    world
        .limits
        .spoil(Call::Reserve, &[Fault::Lost, Fault::Lost]);
    world
        .app
        .adopt(&director(), claim.id, proposal)
        .await
        .unwrap_err();
    world.resumed().await;
    let noted = sqlx::query!(
        "select last_error, attempts from adoption where claim_id = $1",
        claim.id
    )
    .fetch_one(world.database.database.pool())
    .await
    .unwrap();
    assert_eq!((noted.last_error.as_str(), noted.attempts), ("IDN-E19", 1));
}

#[tokio::test]
async fn who_proposed_may_not_adopt() {
    let world = World::new().await;
    let claim = world.under_review(&content_of(OFFICINE, 1)).await;
    let officer = position_officer();
    let claim = world
        .app
        .propose(&officer, claim.id, &acceptance(&claim))
        .await
        .unwrap();
    let proposal = claim.proposal.unwrap().id;
    world.delegate(&officer, "2026-09-01", "2026-09-30").await;
    let own = world.app.adopt(&officer, claim.id, proposal).await;
    assert_eq!(refused(own), "SAME_PERSON_CANNOT_ADOPT");
    assert!(
        world
            .app
            .adopt(&director(), claim.id, proposal)
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn managers_and_officers_adopt_only_with_a_delegation_that_holds_today() {
    let world = World::new().await;
    let (claim, proposal) = world.proposed(&content_of(OFFICINE, 1)).await;
    for caller in [manager(), position_officer()] {
        assert_eq!(
            refused(world.app.adopt(&caller, claim.id, proposal).await),
            "IDN-E07"
        );
    }
    world.delegate(&manager(), "2026-09-11", "2026-09-30").await;
    assert_eq!(
        refused(world.app.adopt(&manager(), claim.id, proposal).await),
        "IDN-E07",
        "from tomorrow"
    );

    let withdrawn = world
        .delegate(&position_officer(), "2026-09-01", "2026-09-30")
        .await;
    world
        .app
        .withdraw_delegation(&director(), withdrawn)
        .await
        .unwrap();
    assert_eq!(
        refused(
            world
                .app
                .adopt(&position_officer(), claim.id, proposal)
                .await
        ),
        "IDN-E07"
    );

    world.later(TimeDelta::days(1));
    let adopted = world
        .app
        .adopt(&manager(), claim.id, proposal)
        .await
        .unwrap();
    assert_eq!(adopted.decision.unwrap().adopter_role.code(), "DIR");
}

#[tokio::test]
async fn a_delegation_holds_at_the_office_of_the_director_who_gave_it() {
    let world = World::new().await;
    let (claim, proposal) = world.proposed(&content_of(OFFICINE, 1)).await;
    world.delegate(&manager(), "2026-09-01", "2026-09-30").await;
    let elsewhere = Caller {
        organisation: ROMA.into(),
        ..manager()
    };
    assert_eq!(
        refused(world.app.adopt(&elsewhere, claim.id, proposal).await),
        "IDN-E07"
    );
    let director_of_roma = staff(60, Role::Dsede, ROMA);
    assert_eq!(
        refused(world.app.adopt(&director_of_roma, claim.id, proposal).await),
        "IDN-E06"
    );
}

#[tokio::test]
async fn a_director_delegates_others_and_not_oneself() {
    let world = World::new().await;
    let days = Period::new(samples::day("2026-09-01"), samples::day("2026-09-30")).unwrap();
    let command = GrantCommand {
        request_id: fresh(),
        fingerprint: Vec::new(),
        delegate: director().person,
        days,
    };
    assert_eq!(
        refused(world.app.grant_delegation(&director(), &command).await),
        "IDN-E16"
    );
    let command = GrantCommand {
        delegate: manager().person,
        ..command
    };
    let first = world
        .app
        .grant_delegation(&director(), &command)
        .await
        .unwrap();
    assert_eq!(
        world
            .app
            .grant_delegation(&director(), &command)
            .await
            .unwrap(),
        first
    );
    let (listed, next) = world
        .app
        .list_delegations(&director(), 10, "")
        .await
        .unwrap();
    assert_eq!((listed, next.as_str()), (vec![first.clone()], ""));
    let stranger = staff(60, Role::Dsede, ROMA);
    assert_eq!(
        world
            .app
            .list_delegations(&stranger, 10, "")
            .await
            .unwrap()
            .0,
        []
    );
    assert_eq!(
        refused(world.app.withdraw_delegation(&stranger, first.id).await),
        "IDN-E06"
    );
}
