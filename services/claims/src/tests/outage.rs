//! The outage drill: each source down, slow or wrong for an hour of injected time. No draft is lost, what does not rest
//! on the source is filed, and what was left out is completed afterwards by itself.

use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, Utc};
use kernel::{OfficeCode, WeekPeriod};

use super::*;
use crate::app::Standing;
use crate::domain::checks::{Code, LimitKind, LimitReached, Severity};
use crate::domain::content::Beneficiary;
use crate::domain::desk::{Colleague, OfficeFacts};
use crate::domain::source::Source;
use crate::domain::state::State;
use crate::domain::unit::UnitFacts;
use crate::ports::{
    ConfirmError, Evaluation, Limits, Order, PastGrant, Persons, Query, Registry, ReserveError,
    Uniemens,
};

/// How a source behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// It answers.
    Well,
    /// Nobody is there.
    Down,
    /// It never comes to an answer.
    Slow,
    /// It answers nonsense, which its adapter refuses.
    Wrong,
}

const ILL: [Mode; 3] = [Mode::Down, Mode::Slow, Mode::Wrong];

/// Every source behind one switch.
struct Switchboard {
    mode: Mutex<(Option<Source>, Mode)>,
    limits: Arc<FakeLimits>,
}

impl Switchboard {
    fn turn(&self, source: Source, mode: Mode) {
        *self.mode.lock().unwrap() = (Some(source), mode);
    }

    async fn meet(&self, source: Source) -> Result<(), Failure> {
        let (ill, mode) = *self.mode.lock().unwrap();
        match mode {
            _ if ill != Some(source) => Ok(()),
            Mode::Well => Ok(()),
            Mode::Down => Err(Failure::unavailable("nobody is there")),
            Mode::Slow => {
                std::future::pending::<()>().await;
                Ok(())
            }
            Mode::Wrong => Err(Failure::internal("the answer makes no sense")),
        }
    }
}

/// The port of a source over the switchboard.
struct Line(Arc<Switchboard>);

#[async_trait]
impl Registry for Line {
    async fn unit(
        &self,
        unit: &UnitKey,
        start: Option<NaiveDate>,
    ) -> Result<Option<UnitFacts>, Failure> {
        self.0.meet(Source::Anagrafe).await?;
        FakeRegistry.unit(unit, start).await
    }

    async fn office(&self, office: &OfficeCode) -> Result<Option<OfficeFacts>, Failure> {
        self.0.meet(Source::Anagrafe).await?;
        FakeRegistry.office(office).await
    }

    async fn staff(&self, office: &OfficeCode) -> Result<Vec<Colleague>, Failure> {
        self.0.meet(Source::Anagrafe).await?;
        FakeRegistry.staff(office).await
    }
}

#[async_trait]
impl Persons for Line {
    async fn unknown(&self, _: &[String]) -> Result<Vec<u32>, Failure> {
        self.0.meet(Source::Persons).await?;
        Ok(vec![0])
    }
}

#[async_trait]
impl Uniemens for Line {
    async fn not_employed(
        &self,
        _: &UnitKey,
        _: &[String],
        _: WeekPeriod,
    ) -> Result<Vec<u32>, Failure> {
        self.0.meet(Source::Uniemens).await?;
        Ok(vec![1])
    }
}

#[async_trait]
impl Limits for Line {
    async fn evaluate(&self, query: &Query) -> Result<Evaluation, Failure> {
        self.0.meet(Source::Limits).await?;
        self.0.limits.evaluate(query).await
    }

    async fn reserve(&self, order: &Order) -> Result<DateTime<Utc>, ReserveError> {
        self.0.limits.reserve(order).await
    }

    async fn confirm(&self, reservation: Uuid) -> Result<(), ConfirmError> {
        self.0.limits.confirm(reservation).await
    }

    async fn release(&self, reservation: Uuid, reason: &str) -> Result<(), Failure> {
        self.0.limits.release(reservation, reason).await
    }

    async fn import(&self, grants: &[PastGrant]) -> Result<(), Failure> {
        self.0.limits.import(grants).await
    }
}

/// A world whose sources hang on a switchboard, and which waits for none of them. The registers have doubts on both
/// workers, and the claim of [`noted`] answers for them.
async fn wired() -> (World, Arc<Switchboard>) {
    let mut world = World::new().await;
    let board = Arc::new(Switchboard {
        mode: Mutex::new((None, Mode::Well)),
        limits: world.limits.clone(),
    });
    world.app.registry = Arc::new(Line(board.clone()));
    world.app.limits = Arc::new(Line(board.clone()));
    world.app.persons = Some(Arc::new(Line(board.clone())));
    world.app.uniemens = Some(Arc::new(Line(board.clone())));
    world.app.patience = Duration::ZERO;
    (world, board)
}

fn noted() -> Content {
    let mut content = content_of(OFFICINE, 1);
    content.override_notes = ["WORKER_UNKNOWN", "WORKER_NOT_EMPLOYED", "LIMIT_52_WEEKS"]
        .map(|code| crate::domain::content::OverrideNote {
            code: code.into(),
            note: "I dati sono stati verificati in azienda.".into(),
        })
        .into();
    content
}

fn standing(sources: &[(Source, Standing)], source: Source) -> Standing {
    sources.iter().find(|it| it.0 == source).unwrap().1
}

#[tokio::test]
async fn a_claim_is_filed_while_limits_or_registers_are_away_and_completed_when_they_are_back() {
    for source in [Source::Limits, Source::Persons, Source::Uniemens] {
        for mode in ILL {
            let (world, board) = wired().await;
            world.limits.reach(LimitReached {
                kind: LimitKind::Weeks52,
                grantable_weeks: 4,
                first_failing_week: None,
            });
            let caller = consultant(&[OFFICINE]);
            board.turn(source, mode);
            let draft = world.draft(&caller, &noted()).await;
            let checked = world.app.check_draft(&caller, draft.id).await.unwrap();
            assert_eq!(
                standing(&checked.sources, source),
                Standing::Degraded(None),
                "{source:?} {mode:?}"
            );
            let claim = world
                .app
                .submit(&caller, &submit(&draft, fresh()))
                .await
                .unwrap()
                .claim;
            assert_eq!(claim.state, State::Submitted);

            // An hour of outage: asked again and again, more and more seldom, and nothing comes of it.
            let mut asked = 0;
            for _ in 0..60 {
                while world.app.complete_next().await.unwrap() {
                    asked += 1;
                }
                world.later(TimeDelta::minutes(1));
            }
            assert!((5..=20).contains(&asked), "{asked} times in an hour");
            let open = world.app.claim(&caller, claim.id).await.unwrap();
            assert!(open.completions.len() == 1 && open.completions[0].done.is_none());

            board.turn(source, Mode::Well);
            world.later(TimeDelta::minutes(10));
            assert!(world.app.complete_next().await.unwrap());
            assert!(!world.app.complete_next().await.unwrap(), "nothing is left");
            let complete = world.app.claim(&caller, claim.id).await.unwrap();
            let (at, findings) = complete.completions[0].done.clone().unwrap();
            assert_eq!(at, world.app.clock.now());
            let codes: Vec<_> = findings.iter().map(|it| it.code).collect();
            let late = match source {
                Source::Limits => Code::Limit52Weeks,
                Source::Persons => Code::WorkerUnknown,
                _ => Code::WorkerNotEmployed,
            };
            assert_eq!(codes, [late], "what could not be asked is told afterwards");
            assert_eq!(
                complete.version, claim.version,
                "a filed claim does not change"
            );
        }
    }
}

#[tokio::test]
async fn a_draft_that_knew_its_unit_is_filed_on_what_the_anagrafe_said_last() {
    for mode in ILL {
        let (world, board) = wired().await;
        let caller = consultant(&[OFFICINE]);
        let draft = world.draft(&caller, &noted()).await;
        let known_at = world.app.clock.now();
        board.turn(Source::Anagrafe, mode);
        world.later(TimeDelta::minutes(30));
        let checked = world.app.check_draft(&caller, draft.id).await.unwrap();
        assert!(checked.submittable, "{mode:?}: {:?}", checked.findings);
        assert_eq!(
            standing(&checked.sources, Source::Anagrafe),
            Standing::Degraded(Some(known_at))
        );
        let claim = world
            .app
            .submit(&caller, &submit(&draft, fresh()))
            .await
            .unwrap()
            .claim;
        assert_eq!(claim.filing.as_ref().unwrap().office.as_str(), MILANO);
        board.turn(Source::Anagrafe, Mode::Well);
        assert!(world.app.complete_next().await.unwrap());
        let complete = world.app.claim(&caller, claim.id).await.unwrap();
        assert_eq!(complete.completions[0].done.as_ref().unwrap().1, []);
    }
}

#[tokio::test]
async fn without_any_knowledge_of_the_unit_filing_blocks_with_the_reason_and_the_draft_is_kept() {
    for mode in ILL {
        let (world, board) = wired().await;
        let caller = consultant(&[OFFICINE]);
        board.turn(Source::Anagrafe, mode);
        let draft = world.draft(&caller, &noted()).await;
        let text = "Scritto durante l'interruzione dell'anagrafe.";
        let mut more = noted();
        more.direct_payment_statement = text.into();
        let draft = world
            .app
            .update_draft(&caller, draft.id, "1", &more, &[])
            .await
            .unwrap();
        let refusal = world.app.submit(&caller, &submit(&draft, fresh())).await;
        assert_eq!(refused(refusal), "SOURCE_DEGRADED", "{mode:?}");
        assert_eq!(world.register("4900").await, [], "nothing was protocolled");

        world.later(TimeDelta::hours(1));
        board.turn(Source::Anagrafe, Mode::Well);
        let kept = world.app.claim(&caller, draft.id).await.unwrap();
        assert_eq!(kept.content.direct_payment_statement, text);
        let submitted = world.app.submit(&caller, &submit(&kept, fresh())).await;
        let claim = submitted.unwrap().claim;
        assert_eq!(
            claim.employer_name, "Officine Riunite",
            "filled in by itself"
        );
        assert_eq!(claim.content.average_heads_hundredths(), 6_000);
        assert!(claim.filled.iter().any(|it| it.field == "headcount"));
        assert_eq!(world.app.claim(&caller, claim.id).await.unwrap(), claim);
        assert!(claim.completions.is_empty());
    }
}

#[tokio::test]
async fn nobody_waits_for_an_anagrafe_that_is_away_to_be_told_the_products() {
    for mode in ILL {
        let (world, board) = wired().await;
        let caller = consultant(&[OFFICINE]);
        board.turn(Source::Anagrafe, mode);
        let suggested = world
            .app
            .suggest_products(&caller, &unit_key(OFFICINE, 1), None)
            .await;
        assert_eq!(
            suggested.unwrap_err().class(),
            chassis::Class::Unavailable,
            "{mode:?}"
        );
    }
}

#[tokio::test]
async fn what_the_anagrafe_said_a_month_ago_is_no_longer_good_enough() {
    let (world, board) = wired().await;
    let caller = consultant(&[OFFICINE]);
    let draft = world.draft(&caller, &noted()).await;
    board.turn(Source::Anagrafe, Mode::Down);
    world.later(TimeDelta::days(31));
    let checked = world.app.check_draft(&caller, draft.id).await.unwrap();
    let blocks = |it: &crate::domain::checks::Finding| {
        it.code == Code::SourceDegraded && it.severity == Severity::Block
    };
    assert!(!checked.submittable && checked.findings.iter().any(blocks));
}

#[tokio::test]
async fn a_list_too_long_to_be_read_with_its_claim_is_completed_whole() {
    let (world, board) = wired().await;
    let caller = consultant(&[OFFICINE]);
    let mut content = noted();
    let worker = content.beneficiaries[0].clone();
    content.beneficiaries = (0..1_001)
        .map(|number| Beneficiary {
            codice_fiscale: codice_fiscale(number),
            ..worker.clone()
        })
        .collect();
    content.beneficiaries_count = 1_001;
    content.hours_requested_hundredths = worker.hours_requested_hundredths * 1_001;
    board.turn(Source::Persons, Mode::Down);
    let draft = world.draft(&caller, &content).await;
    let submitted = world.app.submit(&caller, &submit(&draft, fresh())).await;
    let claim = submitted.unwrap().claim;

    board.turn(Source::Persons, Mode::Well);
    assert!(world.app.complete_next().await.unwrap());
    let complete = world.app.claim(&caller, claim.id).await.unwrap();
    let (_, findings) = complete.completions[0].done.clone().unwrap();
    let codes: Vec<_> = findings.iter().map(|it| it.code).collect();
    assert_eq!(codes, [Code::WorkerUnknown]);
}
