//! Assisted compilation: what the platform fills in with its proof, what can be chosen, and every instrument filed.

use super::*;
use crate::app::Standing;
use crate::domain::checks::{Code, Severity};
use crate::domain::content::{Decree, WrittenPeriod};
use crate::domain::filled::{Filled, FilledFrom};
use crate::domain::product::{Causale, PaymentMode, Product};
use crate::domain::samples::day;
use crate::domain::source::Source;
use crate::domain::state::State;

fn filled<'a>(claim: &'a Claim, field: &str) -> Option<&'a Filled> {
    claim.filled.iter().find(|it| it.field == field)
}

#[tokio::test]
async fn a_new_draft_holds_what_the_platform_knows_with_its_source_and_its_time() {
    let world = World::new().await;
    let caller = consultant(&[OFFICINE]);
    let draft = world
        .draft(&caller, &Content::of(unit_key(OFFICINE, 1)))
        .await;
    assert_eq!(draft.content.average_heads_hundredths(), 6_000);
    assert_eq!(draft.content.seat_province_istat, "015");
    let quality = filled(&draft, "filer_quality").unwrap();
    assert_eq!(
        (quality.value.as_str(), quality.from),
        ("COMPANY_CONSULTANT", FilledFrom::Session)
    );
    let headcount = filled(&draft, "headcount").unwrap();
    assert_eq!(headcount.from, FilledFrom::Anagrafe);
    assert_eq!(
        (headcount.at, headcount.confirmed),
        (world.app.clock.now(), None)
    );
    assert_eq!(world.app.claim(&caller, draft.id).await.unwrap(), draft);
}

#[tokio::test]
async fn who_confirms_a_value_is_kept_and_submitting_confirms_the_rest() {
    let world = World::new().await;
    let caller = consultant(&[OFFICINE]);
    let draft = world.draft(&caller, &content_of(OFFICINE, 1)).await;
    world.later(TimeDelta::minutes(5));
    let confirmed = [String::from("headcount")];
    let draft = world
        .app
        .update_draft(&caller, draft.id, "1", &draft.content, &confirmed)
        .await
        .unwrap();
    let by_hand = Some((caller.person, world.app.clock.now()));
    assert_eq!(filled(&draft, "headcount").unwrap().confirmed, by_hand);
    assert_eq!(filled(&draft, "employer.name").unwrap().confirmed, None);
    world.later(TimeDelta::minutes(5));
    let claim = world
        .app
        .submit(&caller, &submit(&draft, fresh()))
        .await
        .unwrap()
        .claim;
    assert_eq!(filled(&claim, "headcount").unwrap().confirmed, by_hand);
    let by_filing = Some((caller.person, world.app.clock.now()));
    assert_eq!(
        filled(&claim, "employer.name").unwrap().confirmed,
        by_filing
    );
    assert_eq!(world.app.claim(&caller, claim.id).await.unwrap(), claim);
}

#[tokio::test]
async fn a_value_that_the_filer_changes_is_the_filers() {
    let world = World::new().await;
    let caller = consultant(&[OFFICINE]);
    let draft = world
        .draft(&caller, &Content::of(unit_key(OFFICINE, 1)))
        .await;
    let mut content = draft.content.clone();
    content.headcount[0].average_heads_hundredths = 5_800;
    let draft = world
        .app
        .update_draft(&caller, draft.id, "1", &content, &[])
        .await
        .unwrap();
    assert_eq!(draft.content.average_heads_hundredths(), 5_800);
    assert!(filled(&draft, "headcount").is_none());
}

#[tokio::test]
async fn a_claim_is_copied_from_the_last_one_of_the_unit_and_says_so() {
    let world = World::new().await;
    let caller = consultant(&[OFFICINE, TESSITURA]);
    let last = world.submitted(&content_of(OFFICINE, 1)).await;
    let form = world
        .app
        .filing_form(&caller, &unit_key(OFFICINE, 1))
        .await
        .unwrap();
    assert_eq!(form.last.as_ref().map(|claim| claim.id), Some(last.id));
    let copy = CreateCommand {
        copy_from: Some(last.id),
        ..create(&Content::of(unit_key(OFFICINE, 1)), fresh())
    };
    let draft = world.app.create_draft(&caller, &copy).await.unwrap();
    assert_eq!(draft.content.contact_phone, last.content.contact_phone);
    assert!(draft.content.period.is_none() && draft.content.beneficiaries.is_empty());
    let phone = filled(&draft, "contact_phone").unwrap();
    assert_eq!(phone.from, FilledFrom::LastClaim);
    assert_eq!(phone.detail, last.filing.unwrap().protocol.to_string());
    let across = CreateCommand {
        copy_from: Some(last.id),
        ..create(&Content::of(unit_key(TESSITURA, 1)), fresh())
    };
    assert_eq!(
        refused(world.app.create_draft(&caller, &across).await),
        "IDN-E06"
    );
}

#[tokio::test]
async fn the_form_suggests_what_the_classification_contains_first() {
    let world = World::new().await;
    let caller = consultant(&[OFFICINE]);
    let unit = unit_key(OFFICINE, 1);
    let suggested = world
        .app
        .suggest_products(&caller, &unit, None)
        .await
        .unwrap();
    let products: Vec<_> = suggested
        .products
        .iter()
        .map(|it| (it.rule.value.product, it.suggested == Some(true)))
        .collect();
    assert_eq!(
        products,
        [
            (Product::Cigo, true),
            (Product::Cigs, true),
            (Product::AisFis, false),
            (Product::AisFund, false),
            (Product::Cisoa, false),
            (Product::Cigd, false),
            (Product::CigdMulti, false),
        ]
    );
    let before = world
        .app
        .suggest_products(&caller, &unit, Some(day("2019-01-07")))
        .await
        .unwrap();
    assert_eq!(
        before.products.len(),
        5,
        "there was no cassa in deroga then"
    );
    let stranger = consultant(&[TESSITURA]);
    let refusal = world.app.suggest_products(&stranger, &unit, None).await;
    assert_eq!(refused(refusal), "IDN-E05");
}

#[tokio::test]
async fn registers_that_are_not_connected_are_told_apart_from_those_that_do_not_answer() {
    let world = World::new().await;
    let form = world
        .app
        .filing_form(&consultant(&[OFFICINE]), &unit_key(OFFICINE, 1))
        .await
        .unwrap();
    assert_eq!(
        form.sources,
        [
            (Source::Anagrafe, Standing::Available),
            (Source::Limits, Standing::Available),
            (Source::Persons, Standing::NotConnected),
            (Source::Uniemens, Standing::NotConnected),
        ]
    );
}

/// A claim of another instrument, whose classification the anagrafe does not contain: forced with a note.
fn of_product(product: Product, causale: Causale) -> Content {
    let mut content = content_of(OFFICINE, 1);
    content.product = Some(product);
    content.causale = Some(causale);
    content.override_notes = vec![crate::domain::content::OverrideNote {
        code: "PRODUCT_NOT_COMPATIBLE".into(),
        note: "L'inquadramento è in corso di variazione.".into(),
    }];
    content
}

/// Files, takes, proposes and adopts; the whole is granted.
async fn decided(content: Content) -> (World, Claim) {
    let world = World::new().await;
    let claim = world.decided(&content, acceptance).await;
    (world, claim)
}

#[tokio::test]
async fn every_instrument_goes_from_draft_to_authorisation_and_takes_the_weeks_that_the_limits_count()
 {
    let cigo = content_of(OFFICINE, 1);
    let fis = of_product(Product::AisFis, Causale::LackOfWorkOrOrders);
    let mut fund = of_product(Product::AisFund, Causale::LackOfWorkOrOrders);
    fund.fund_code = "SOLIMARE".into();
    let mut cisoa = of_product(Product::Cisoa, Causale::SeasonalBadWeather);
    cisoa.days_requested = 20;
    let mut extraordinary = of_product(Product::Cigs, Causale::Reorganisation);
    extraordinary.decree = Some(Decree {
        authority: "Ministero del lavoro".into(),
        number: "1234".into(),
        date: Some(day("2026-09-01")),
        from: Some(day("2026-09-07")),
        to: Some(day("2027-09-06")),
        hours_hundredths: 1_000_000,
    });
    for (content, weeks) in [
        (cigo, 8),
        (fis, 8),
        (fund, 0),
        (cisoa, 0),
        (extraordinary, 8),
    ] {
        let product = content.product;
        let (world, claim) = Box::pin(decided(content.clone())).await;
        assert_eq!(claim.state, State::Accepted, "{product:?}");
        let decision = claim.decision.as_ref().unwrap();
        assert!(decision.authorization.is_some(), "{product:?}");
        assert_eq!(
            world.limits.weeks_taken(&content.unit),
            weeks,
            "{product:?}"
        );
        let read = world.app.claim(&director(), claim.id).await.unwrap();
        assert_eq!(read, claim, "{product:?} is read back as it was written");
    }
}

/// A claim for the first COVID reason, with one worker.
fn covid(weeks: u32) -> Content {
    let mut content = content_with_worker(OFFICINE, 1, 1);
    content.causale = Some(Causale::CovidNazionale);
    content.period = Some(WrittenPeriod {
        first_day: day("2020-03-09"),
        weeks,
    });
    content.technical_report = None;
    content.consultation = None;
    content.payment_mode = Some(PaymentMode::Direct);
    content
}

/// The world on a day of 2020.
async fn in_2020(today: &str) -> World {
    let world = World::new().await;
    let back = samples::instant(today) - world.app.clock.now();
    world.later(back);
    world
}

#[tokio::test]
async fn a_covid_claim_prevails_over_an_ordinary_one_of_the_same_worker_but_not_over_its_like() {
    let world = in_2020("2020-03-16").await;
    let mut ordinary = content_with_worker(OFFICINE, 1, 1);
    ordinary.period = Some(WrittenPeriod {
        first_day: day("2020-03-09"),
        weeks: 8,
    });
    ordinary.consultation.as_mut().unwrap().communication_date = Some(day("2020-03-02"));
    let earlier = world.submitted(&ordinary).await;
    let caller = consultant(&[OFFICINE]);
    let draft = world.draft(&caller, &covid(8)).await;
    let submitted = world
        .app
        .submit(&caller, &submit(&draft, fresh()))
        .await
        .unwrap();
    let told = submitted
        .findings
        .iter()
        .find(|it| it.code == Code::ClaimPeriodOverlaps)
        .unwrap();
    assert_eq!(told.severity, Severity::Info);
    let protocol = earlier.filing.unwrap().protocol.to_string();
    assert!(told.en.contains(&protocol), "names the claim that it meets");

    let again = world.draft(&caller, &covid(1)).await;
    let refusal = world.app.submit(&caller, &submit(&again, fresh())).await;
    assert_eq!(refused(refusal), "CLAIM_PERIOD_OVERLAPS");
    ordinary.period.as_mut().unwrap().weeks = 1;
    ordinary.hours_requested_hundredths = 4_000;
    ordinary.beneficiaries[0].hours_requested_hundredths = 4_000;
    let late = world.draft(&caller, &ordinary).await;
    let refusal = world.app.submit(&caller, &submit(&late, fresh())).await;
    assert_eq!(
        refused(refusal),
        "CLAIM_PERIOD_OVERLAPS",
        "the later one does not prevail"
    );
}

#[tokio::test]
async fn the_weeks_of_a_covid_reason_add_up_over_the_claims_of_a_unit() {
    let world = in_2020("2020-03-16").await;
    world.submitted(&covid(8)).await;
    let caller = consultant(&[OFFICINE]);
    let mut more = covid(2);
    more.beneficiaries[0].codice_fiscale = codice_fiscale(2);
    more.beneficiaries[0].hours_requested_hundredths = 8_000;
    more.hours_requested_hundredths = 8_000;
    more.override_notes = vec![crate::domain::content::OverrideNote {
        code: "SAME_UNIT_SAME_PERIOD".into(),
        note: "Riguarda altri lavoratori della stessa unità.".into(),
    }];
    let draft = world.draft(&caller, &more).await;
    let refusal = world.app.submit(&caller, &submit(&draft, fresh())).await;
    assert_eq!(refused(refusal), "COVID_WINDOW_EXCEEDED");
}

#[tokio::test]
async fn an_accepted_covid_claim_annuls_the_claim_that_it_covers_and_gives_its_weeks_back() {
    let world = in_2020("2020-03-16").await;
    let mut ordinary = content_with_worker(OFFICINE, 1, 1);
    ordinary.period = Some(WrittenPeriod {
        first_day: day("2020-03-09"),
        weeks: 8,
    });
    ordinary.consultation.as_mut().unwrap().communication_date = Some(day("2020-03-02"));
    let earlier = world.decided(&ordinary, acceptance).await;
    assert_eq!(world.limits.weeks_taken(&ordinary.unit), 8);
    let covid = world.decided(&covid(8), acceptance).await;
    assert_eq!(covid.state, State::Accepted);
    let annulled = world.app.claim(&director(), earlier.id).await.unwrap();
    assert_eq!(
        (annulled.state, annulled.counted()),
        (State::Annulled, Vec::new())
    );
    world.later(TimeDelta::minutes(1));
    world.app.resume_adoptions().await;
    assert_eq!(world.limits.weeks_taken(&ordinary.unit), 0);
}

#[tokio::test]
async fn a_covid_claim_does_not_prevail_over_one_that_has_payments() {
    let world = in_2020("2020-03-16").await;
    let mut ordinary = content_with_worker(OFFICINE, 1, 1);
    ordinary.period = Some(WrittenPeriod {
        first_day: day("2020-03-09"),
        weeks: 8,
    });
    ordinary.consultation.as_mut().unwrap().communication_date = Some(day("2020-03-02"));
    let earlier = world.decided(&ordinary, acceptance).await;
    world.paid(earlier.id, 1, 800).await;
    let claim = Box::pin(world.under_review(&covid(8))).await;
    let (_, proposal) = world.propose(&claim, acceptance(&claim)).await;
    let adopted = world.app.adopt(&director(), claim.id, proposal).await;
    assert_eq!(refused(adopted), "PAYMENTS_EXIST");
    let stands = world.app.claim(&director(), earlier.id).await.unwrap();
    assert_eq!(stands.state, State::Accepted);
    let waits = world.app.claim(&director(), claim.id).await.unwrap();
    assert_eq!((waits.state, waits.adoption), (State::UnderReview, None));
}

#[tokio::test]
async fn an_accepted_covid_claim_annuls_the_weeks_that_it_covers_and_leaves_the_others() {
    let world = in_2020("2020-03-16").await;
    let mut ordinary = content_with_worker(OFFICINE, 1, 1);
    ordinary.period = Some(WrittenPeriod {
        first_day: day("2020-03-09"),
        weeks: 8,
    });
    ordinary.consultation.as_mut().unwrap().communication_date = Some(day("2020-03-02"));
    let earlier = world.decided(&ordinary, acceptance).await;
    let mut middle = covid(2);
    middle.period = Some(WrittenPeriod {
        first_day: day("2020-03-16"),
        weeks: 2,
    });
    middle.beneficiaries[0].hours_requested_hundredths = 8_000;
    middle.hours_requested_hundredths = 8_000;
    world.decided(&middle, acceptance).await;

    let left = world.app.claim(&director(), earlier.id).await.unwrap();
    assert_eq!(left.state, State::Accepted);
    let around = [
        samples::weeks("2020-03-09", 1),
        samples::weeks("2020-03-30", 5),
    ];
    assert_eq!(left.counted(), around);
    world.later(TimeDelta::minutes(1));
    world.app.resume_adoptions().await;
    assert_eq!(world.limits.weeks_taken(&ordinary.unit), 6);

    // Annulled as a whole, the claim gives back what was kept.
    world
        .app
        .annul(&director(), earlier.id, "Su richiesta dell'azienda")
        .await
        .unwrap();
    world.later(TimeDelta::minutes(1));
    world.app.resume_adoptions().await;
    assert_eq!(world.limits.weeks_taken(&ordinary.unit), 0);
}
