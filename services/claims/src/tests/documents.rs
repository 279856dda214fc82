//! Acts and receipts: what they say and who gets them, that they never change, and that anybody can check them.

use chassis::identity::PersonName;
use futures_util::TryStreamExt;
use proto::omnia::claims::v1 as pb;
use proto::omnia::claims::v1::acts_service_server::ActsService;
use sha2::{Digest as _, Sha256};
use tonic::Request;

use super::ports::FakeRegistry;
use super::*;
use crate::app::Verified;
use crate::domain::documents::verification;
use crate::domain::role::Actor;
use crate::grpc::ActsApi;
use crate::load::{Act, Loader, Scripted, ScriptedStep};

impl World {
    async fn act(&self, caller: &Caller, claim: &Claim, sequence: Option<i32>) -> Vec<u8> {
        let given = self.app.act(caller, claim.id, sequence, 0).await.unwrap();
        let pieces: Vec<_> = given.content.try_collect().await.unwrap();
        pieces.concat()
    }

    async fn receipt(&self, caller: &Caller, claim: &Claim) -> Vec<u8> {
        let given = self.app.receipt(caller, claim.id, 0).await.unwrap();
        let pieces: Vec<_> = given.content.try_collect().await.unwrap();
        pieces.concat()
    }

    /// What a document that was issued says.
    async fn frozen(&self, id: Uuid) -> String {
        sqlx::query_scalar!(
            "select content::text as \"content!\" from document where id = $1",
            id
        )
        .fetch_one(self.database.database.pool())
        .await
        .unwrap()
    }

    /// What anybody learns of the last act of a claim.
    async fn verified(&self, claim: &Claim) -> Verified {
        self.app.verify(code_of(claim)).await.unwrap()
    }
}

fn code_of(claim: &Claim) -> &str {
    &claim.decision.as_ref().unwrap().verification_code
}

fn named(caller: Caller, name: &str) -> Caller {
    Caller {
        name: PersonName(name.to_owned()),
        ..caller
    }
}

fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

#[tokio::test]
async fn the_claimant_gets_the_act_at_once_and_always_the_same() {
    let world = World::new().await;
    let (claim, proposal) = world.proposed(&content_of(OFFICINE, 1)).await;
    let director = named(director(), "Ada Bruni");
    let claim = world
        .app
        .adopt(&director, claim.id, proposal)
        .await
        .unwrap();
    let file = world.act(&consultant(&[OFFICINE]), &claim, None).await;
    assert!(file.starts_with(b"%PDF-1.7"));
    world.later(TimeDelta::days(400));
    assert_eq!(world.act(&operator(), &claim, Some(1)).await, file);
    let said = world.frozen(claim.decision.as_ref().unwrap().id).await;
    for it in [
        "Ada Bruni",
        "Direzione provinciale di Milano (490000)",
        "INPS.4900.10/09/2026.0000002",
        "490026000001",
        "Officine Riunite",
        "https://omnia.example.it/verifica/",
    ] {
        assert!(said.contains(it), "{it}");
    }
}

#[tokio::test]
async fn an_act_is_read_by_nobody_outside_the_rows_and_by_nobody_before_it_is_adopted() {
    let world = World::new().await;
    let (proposed, _) = world.proposed(&content_with_worker(OFFICINE, 2, 1)).await;
    let early = world
        .app
        .act(&consultant(&[OFFICINE]), proposed.id, None, 0)
        .await;
    assert_eq!(refused(early), "INVALID_STATE");
    let claim = world.decided(&content_of(OFFICINE, 1), acceptance).await;
    for stranger in [
        consultant(&[TESSITURA]),
        staff(9, Role::Sede, ROMA),
        intermediary(TESSITURA),
    ] {
        let act = world.app.act(&stranger, claim.id, None, 0).await;
        assert_eq!(refused(act), "IDN-E06");
        let receipt = world.app.receipt(&stranger, claim.id, 0).await;
        assert_eq!(refused(receipt), "IDN-E06");
    }
    let beyond = world.app.act(&operator(), claim.id, Some(2), 0).await;
    assert_eq!(refused(beyond), "IDN-E06");
}

#[tokio::test]
async fn a_receipt_is_given_for_what_was_filed_and_says_the_office_of_that_day() {
    let world = World::new().await;
    let caller = consultant(&[OFFICINE]);
    let draft = world.draft(&caller, &content_of(OFFICINE, 1)).await;
    assert_eq!(
        refused(world.app.receipt(&caller, draft.id, 0).await),
        "INVALID_STATE"
    );
    let submitted = world
        .app
        .submit(&caller, &submit(&draft, fresh()))
        .await
        .unwrap();
    let claim = submitted.claim;
    let roma = ROMA.parse().unwrap();
    world
        .app
        .transfer(&director(), claim.id, &roma, "Sede di Roma")
        .await
        .unwrap();
    let file = world.receipt(&caller, &claim).await;
    assert_eq!(world.receipt(&caller, &claim).await, file);
    let said = world.frozen(claim.id).await;
    assert!(said.contains("Direzione provinciale di Milano (490000)") && !said.contains("Roma"));
    assert!(said.contains(claim.filing.as_ref().unwrap().ticket.to_string().as_str()));
}

#[tokio::test]
async fn who_signs_by_delegation_names_it_and_an_anagrafe_that_is_away_stops_no_act() {
    let world = World::new().await;
    let days = kernel::Period::new(samples::day("2026-09-01"), samples::day("2026-12-31")).unwrap();
    let command = crate::app::GrantCommand {
        request_id: fresh(),
        fingerprint: Vec::new(),
        delegate: manager().person,
        days,
    };
    let delegation = world
        .app
        .grant_delegation(&director(), &command)
        .await
        .unwrap();
    let (claim, proposal) = world.proposed(&content_of(OFFICINE, 1)).await;
    let away = App {
        registry: Arc::new(ports::AwayRegistry),
        ..world.app.clone()
    };
    let claim = away.adopt(&manager(), claim.id, proposal).await.unwrap();
    let said = world.frozen(claim.decision.as_ref().unwrap().id).await;
    assert!(said.contains(&delegation.id.to_string()) && said.contains("Il dirigente delegato"));
    assert!(said.contains("Struttura territoriale 490000"));
}

#[tokio::test]
async fn two_who_ask_first_at_the_same_instant_get_one_file() {
    let world = Arc::new(World::new().await);
    let claim = world
        .decided(&content_of(OFFICINE, 1), first_four_weeks)
        .await;
    let mut readers = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let (world, claim) = (world.clone(), claim.clone());
        readers.spawn(async move { world.act(&operator(), &claim, None).await });
    }
    let files = readers.join_all().await;
    assert!(files.iter().all(|file| *file == files[0]));
    let kept =
        sqlx::query_scalar!("select sha256 as \"sha256!\" from document where sha256 is not null")
            .fetch_all(world.database.database.pool())
            .await
            .unwrap();
    assert_eq!(kept, [sha256(&files[0])]);
}

#[tokio::test]
async fn a_document_that_was_issued_cannot_be_changed_nor_its_file_be_tidied_away() {
    let world = World::new().await;
    let claim = world.decided(&content_of(OFFICINE, 1), rejection).await;
    let file = world.act(&operator(), &claim, None).await;
    let change = sqlx::query!("update document set content = '{}'")
        .execute(world.database.database.pool())
        .await;
    assert!(change.unwrap_err().to_string().contains("never changes"));
    let delete = sqlx::query!("delete from document")
        .execute(world.database.database.pool())
        .await;
    assert!(delete.is_err());
    let job = crate::app::FilesJob(world.app.clone());
    chassis::jobs::Job::run(&job, chassis::lifecycle::Stop::new())
        .await
        .unwrap();
    assert_eq!(world.act(&operator(), &claim, None).await, file);
}

#[tokio::test]
async fn a_download_goes_on_where_it_broke() {
    let world = World::new().await;
    let claim = world.decided(&content_of(OFFICINE, 1), rejection).await;
    let file = world.act(&operator(), &claim, None).await;
    let rest = world
        .app
        .act(&operator(), claim.id, None, 1_000)
        .await
        .unwrap();
    let rest: Vec<_> = rest.content.try_collect().await.unwrap();
    assert_eq!(rest.concat(), file[1_000..]);
    let beyond = world
        .app
        .act(&operator(), claim.id, None, file.len() as u64 + 1)
        .await;
    assert_eq!(refused(beyond), "FIELD_INVALID");
}

#[tokio::test]
async fn anybody_checks_a_code_and_learns_no_more_than_the_paper_says() {
    let world = World::new().await;
    let claim = world.decided(&content_of(OFFICINE, 1), acceptance).await;
    let code = verification::grouped(code_of(&claim));
    assert_eq!(code.len(), 29);
    let message = pb::VerifyActRequest {
        code: code.to_lowercase(),
    };
    let answer = ActsApi(world.app.clone())
        .verify_act(Request::new(message))
        .await
        .unwrap();
    let answer = answer.into_inner();
    assert_eq!(answer.result(), pb::VerificationResult::Genuine);
    let act = pb::VerifiedAct {
        outcome: pb::Outcome::Acceptance.into(),
        protocol_number: "INPS.4900.10/09/2026.0000002".into(),
        adopted_on: Some(chassis::wire::date(samples::day("2026-09-10"))),
    };
    assert_eq!(answer.act, Some(act));
}

#[tokio::test]
async fn a_typing_mistake_is_told_from_a_code_that_was_never_given() {
    let world = World::new().await;
    let claim = world.decided(&content_of(OFFICINE, 1), acceptance).await;
    let mut mistyped = code_of(&claim).to_owned();
    let last = if mistyped.ends_with('7') { "8" } else { "7" };
    mistyped.replace_range(24.., last);
    let checked = world.app.verify(&mistyped).await.unwrap();
    assert_eq!(checked, Verified::Mistyped);
    let other = verification::VerificationCode::of([7; 15]);
    let checked = world.app.verify(other.as_str()).await.unwrap();
    assert_eq!(checked, Verified::Unknown);
}

#[tokio::test]
async fn nobody_learns_from_a_code_what_became_of_the_act() {
    let world = World::new().await;
    let claim = world.decided(&content_of(OFFICINE, 1), acceptance).await;
    let before = world.verified(&claim).await;
    assert!(matches!(before, Verified::Act(_)), "{before:?}");
    world
        .app
        .annul(&director(), claim.id, "Duplicata")
        .await
        .unwrap();
    assert_eq!(world.verified(&claim).await, before);
}

#[tokio::test]
async fn a_riesame_gives_a_further_act_and_the_first_one_stays_as_it_was() {
    let world = World::new().await;
    let first = world.decided(&content_of(OFFICINE, 1), rejection).await;
    let paper = world.act(&operator(), &first, None).await;
    let filer = consultant(&[OFFICINE]);
    let claim = world
        .app
        .reexamine(&filer, first.id, "Nuovi documenti")
        .await
        .unwrap();
    let told = world.verified(&first).await;
    let (claim, proposal) = world.propose(&claim, acceptance(&claim)).await;
    let second = world
        .app
        .adopt(&director(), claim.id, proposal)
        .await
        .unwrap();
    assert_eq!(world.verified(&first).await, told);
    assert_ne!(world.verified(&second).await, told);
    assert_eq!(world.act(&filer, &second, Some(1)).await, paper);
    assert_ne!(world.act(&filer, &second, None).await, paper);
    let said = world.frozen(second.decision.as_ref().unwrap().id).await;
    assert!(said.contains(&first.decision.unwrap().protocol.to_string()));
}

#[tokio::test]
async fn a_decision_that_was_loaded_has_its_act_and_its_receipt_from_the_first_asking_on() {
    let world = World::new().await;
    let content = content_of(OFFICINE, 1);
    let whole = crate::domain::claim::Asked::of(&content).unwrap().whole;
    let proposed = Proposed {
        outcome: Outcome::Acceptance,
        grant: Some(whole),
        refusals: vec![],
        ..samples::rejection()
    };
    let first = instant("2026-09-08");
    let acts: [(Actor, Act); 4] = [
        (samples::filer(), Act::Submit),
        (samples::operator(), Act::TakeInCharge),
        (samples::operator(), Act::Propose(proposed)),
        (samples::director(), Act::Adopt),
    ];
    let steps = (0..).zip(acts).map(|(hours, (by, act))| ScriptedStep {
        at: first + TimeDelta::hours(hours),
        by,
        act,
    });
    let script = Scripted {
        by: samples::filer(),
        drafted_at: first - TimeDelta::days(1),
        steps: steps.collect(),
        content,
    };
    let app = &world.app;
    let loader = Loader::over(
        app.database.clone(),
        app.ids.clone(),
        Arc::new(FakeRegistry),
        world.limits.clone(),
    );
    loader.load(&[script]).await.unwrap();
    let (rows, _) = app
        .list(&director(), &crate::app::ListCommand::default())
        .await
        .unwrap();
    let claim = app.claim(&director(), rows[0].id).await.unwrap();
    let file = world.act(&director(), &claim, None).await;
    assert_eq!(world.act(&director(), &claim, None).await, file);
    let checked = world.verified(&claim).await;
    assert!(matches!(checked, Verified::Act(_)), "{checked:?}");
    let receipt = world.receipt(&director(), &claim).await;
    assert_eq!(world.receipt(&director(), &claim).await, receipt);
}
