//! Figures that can be made again, from the steps or from the first event, and come out the same.

use chassis::access::Role;
use chassis::lifecycle::Stop;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use proto::omnia::claims::v1::{self as pb, ClaimState};
use proto::omnia::dasmo::v1::Volumes;
use proto::omnia::feed::v1::Event;

use super::rows;
use super::world::{
    Ask, Claim, World, central_manager, day, director_of_milano, everything, offices, person,
};
use crate::domain::{CellKey, Cut, Measures, Product, Unit, properties};

/// Events of claims in every state over some days of November, in the order of their instants.
fn november() -> Vec<Event> {
    let mut events = Vec::new();
    for number in 1..=60_u128 {
        let mut claim = Claim::number(number);
        let office = ["490000", "490100", "700000"][usize::try_from(number % 3).unwrap()];
        let on = |offset: u128, hour: u32| {
            format!(
                "2026-11-{:02} {hour:02}:00",
                2 + (number * 7 + offset) % 14 + offset
            )
        };
        events.push(claim.submitted(office, &on(0, 8)));
        if number % 4 == 0 {
            events.push(claim.submitted("490001", &on(0, 9)));
        }
        if number % 5 != 0 {
            events.push(claim.to(ClaimState::UnderReview, &on(0, 10)));
        }
        let end = match number % 10 {
            1 => ClaimState::Accepted,
            2 => ClaimState::PartiallyAccepted,
            3 => ClaimState::Rejected,
            4 => ClaimState::Withdrawn,
            6 => ClaimState::Annulled,
            _ => continue,
        };
        events.push(claim.to(end, &on(0, 12)));
        if end == ClaimState::Rejected {
            events.push(claim.to(ClaimState::UnderAppeal, &on(0, 15)));
        }
    }
    events.sort_by_key(|event| event.occurred_at.map(|at| at.seconds));
    events
}

#[tokio::test]
async fn the_same_events_make_the_same_pictures_however_they_come() {
    let one = World::at("2026-11-24 09:00").await;
    one.feed.tell(november());
    one.night().await.unwrap();

    // One event at a time, each told twice, with a night after each third of them.
    let other = World::at("2026-11-24 09:00").await;
    for (number, event) in november().into_iter().enumerate() {
        other.feed.take_in(vec![event.clone()]).await.unwrap();
        other.feed.take_in(vec![event]).await.unwrap();
        if number % 50 == 49 {
            other.night().await.unwrap();
        }
    }
    other.night().await.unwrap();
    assert_eq!(
        rows::figures(&one.database.database).await,
        rows::figures(&other.database.database).await
    );
}

#[tokio::test]
async fn a_rebuild_makes_every_picture_again_with_the_same_figures() {
    let world = World::at("2026-11-24 09:00").await;
    world.feed.tell(november());
    world.night().await.unwrap();
    let figures = rows::figures(&world.database.database).await;
    let last = day("2026-11-23");
    let cases = rows::cases_on(&world.database.database, last, true).await;
    assert!(!cases.is_empty());

    world.snapshots.rebuild(&Stop::new()).await.unwrap();
    assert_eq!(rows::figures(&world.database.database).await, figures);
    assert_eq!(
        rows::cases_on(&world.database.database, last, true).await,
        cases
    );
    assert_eq!(
        rows::days_listed(&world.database.database).await,
        Some((last, last)),
        "nobody pages on through lists of before"
    );
    assert!(
        rows::revisions(&world.database.database)
            .await
            .iter()
            .all(|(_, revision)| *revision == 2)
    );
}

#[tokio::test]
async fn a_list_carried_on_from_night_to_night_is_the_stock_of_every_day_that_it_is_kept_of() {
    let world = World::at("2026-11-03 09:00").await;
    let database = &world.database.database;
    let mut events = november().into_iter().peekable();
    let mut longest = 0;
    for morning in day("2026-11-03").iter_days().take(24) {
        while let Some(event) =
            events.next_if(|event| kernel::rome::date_of(instant(event)) < morning)
        {
            world.feed.tell([event]);
        }
        world.it_is(&format!("{morning} 09:00"));
        world.night().await.unwrap();
        let (from, to) = rows::days_listed(database).await.unwrap();
        assert_eq!(to.succ_opt(), Some(morning));
        for listed in from.iter_days().take_while(|day| *day <= to) {
            let stock = rows::cases_on(database, listed, false).await;
            let cases = rows::cases_on(database, listed, true).await;
            assert_eq!(cases, stock, "{listed} on the morning of {morning}");
        }
        longest = longest.max((to - from).num_days() + 1);
    }
    assert_eq!(longest, 7, "settings say for how many days");
}

fn instant(event: &Event) -> chrono::DateTime<chrono::Utc> {
    let seconds = event.occurred_at.unwrap().seconds;
    chrono::DateTime::from_timestamp(seconds, 0).unwrap()
}

#[tokio::test]
async fn a_step_that_comes_after_its_day_was_published_makes_the_days_from_then_on_again() {
    let world = World::at("2026-11-24 09:00").await;
    let mut late = Claim::number(2);
    world
        .feed
        .tell([Claim::number(1).submitted("490000", "2026-11-20 10:00")]);
    world.night().await.unwrap();
    world
        .feed
        .take_in(vec![late.submitted("490000", "2026-11-22 10:00")])
        .await
        .unwrap();
    let before = world
        .volumes(&central_manager(), everything())
        .await
        .unwrap();
    assert_eq!(
        before.total.unwrap().stock,
        1,
        "what is published stays until the next run"
    );

    world.night().await.unwrap();
    for (on, stock) in [("2026-11-21", 1), ("2026-11-22", 2), ("2026-11-23", 2)] {
        let picture = world
            .volumes(&central_manager(), Ask::as_of(day(on)))
            .await
            .unwrap();
        assert_eq!(picture.total.unwrap().stock, stock, "{on}");
    }
    let revisions: Vec<_> = rows::revisions(&world.database.database)
        .await
        .into_iter()
        .map(|(_, number)| number)
        .collect();
    assert_eq!(revisions, [1, 1, 2, 2], "20 and 21 November were right");
    let database = &world.database.database;
    for listed in [true, false] {
        let cases = rows::cases_on(database, day("2026-11-23"), listed).await;
        assert_eq!(cases.len(), 2);
    }

    let noted = world.corrections(&director_of_milano()).await.unwrap();
    let seen: Vec<_> = noted
        .iter()
        .map(|one| {
            (
                one.day.unwrap().day,
                one.revision,
                one.stock_before,
                one.stock_after,
            )
        })
        .collect();
    assert_eq!(seen, [(23, 2, 1, 2), (22, 2, 1, 2)]);
    assert_eq!((noted[1].received_before, noted[1].received_after), (0, 1));
    assert!(noted[0].changed.contains(&"stock_workers".to_owned()));
    assert!(!noted[0].changed.contains(&"received".to_owned()));
    let roma = person(Role::Dsede, offices(&["700000"]), "700000");
    assert!(world.corrections(&roma).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_correction_that_leaves_the_totals_alone_is_told_by_what_it_changed() {
    let world = World::at("2026-11-24 09:00").await;
    let mut claim = Claim::number(1);
    world
        .feed
        .tell([claim.submitted("490000", "2026-11-20 10:00")]);
    world.night().await.unwrap();
    let late = claim.to(ClaimState::UnderReview, "2026-11-22 10:00");
    world.feed.take_in(vec![late]).await.unwrap();
    world.night().await.unwrap();
    let noted = world.corrections(&director_of_milano()).await.unwrap();
    assert_eq!(noted.len(), 2, "the 22nd and the 23rd");
    for correction in noted {
        assert_eq!((correction.stock_before, correction.stock_after), (1, 1));
        assert_eq!(correction.changed, ["stock_to_take", "stock_under_review"]);
    }

    world.snapshots.rebuild(&Stop::new()).await.unwrap();
    let noted = world.corrections(&director_of_milano()).await.unwrap();
    assert_eq!(
        noted.len(),
        2,
        "a rebuild that changes nothing corrects nothing"
    );
}

#[tokio::test]
async fn an_office_that_moves_to_another_region_moves_on_every_day() {
    let world = World::at("2026-11-24 09:00").await;
    world
        .feed
        .tell([Claim::number(1).submitted("490000", "2026-11-20 10:00")]);
    world.night().await.unwrap();
    let mut moved = Claim::number(2).in_region("12");
    world
        .feed
        .tell([moved.submitted("490000", "2026-11-24 08:00")]);
    world.it_is("2026-11-25 09:00");
    world.night().await.unwrap();
    for on in ["2026-11-20", "2026-11-24"] {
        let lazio = world
            .volumes(&central_manager(), Ask::region("12").on(day(on)))
            .await
            .unwrap();
        assert!(lazio.total.unwrap().stock > 0, "{on}");
    }
}

#[tokio::test]
async fn a_step_older_than_the_first_picture_makes_the_pictures_begin_earlier() {
    let world = World::at("2026-11-24 09:00").await;
    world.night().await.unwrap();
    world
        .feed
        .take_in(vec![
            Claim::number(1).submitted("490000", "2026-11-20 10:00"),
        ])
        .await
        .unwrap();
    world.night().await.unwrap();
    let revisions = rows::revisions(&world.database.database).await;
    assert_eq!(
        revisions,
        [
            ("2026-11-20", 1),
            ("2026-11-21", 1),
            ("2026-11-22", 1),
            ("2026-11-23", 2)
        ]
        .map(|(on, number)| (day(on), number))
    );
    assert_eq!(
        world
            .volumes(&central_manager(), everything())
            .await
            .unwrap()
            .total
            .unwrap()
            .stock,
        1
    );
}

/// The steps of these claims as the claims service tells them.
fn events_of(claims: &[properties::Claim]) -> Vec<Event> {
    let products = [
        (Product::Cigo, pb::Product::Cigo),
        (Product::AisFis, pb::Product::AisFis),
    ];
    let mut events = Vec::new();
    for (number, claim) in (1..).zip(claims) {
        let product = products
            .into_iter()
            .find(|(product, _)| *product == claim.product)
            .unwrap()
            .1;
        let mut told = Claim::number(number).of(product);
        for step in &claim.steps {
            let when = format!("{} 10:00", step.day);
            let to = ClaimState::from_str_name(&format!("CLAIM_STATE_{}", step.to)).unwrap();
            events.push(match to {
                ClaimState::Submitted => told.submitted(step.office.as_str(), &when),
                to => told.to(to, &when),
            });
        }
    }
    events
}

type Figures = (String, String, [i64; 17], Vec<i64>);

fn counted(key: &CellKey, cell: &Measures) -> Figures {
    let figures = [
        cell.received,
        cell.defined,
        cell.accepted,
        cell.partially_accepted,
        cell.rejected,
        cell.withdrawn,
        cell.annulled,
        cell.transferred_in,
        cell.transferred_out,
        cell.stock,
        cell.stock_to_take,
        cell.stock_under_review,
        cell.stock_waiting,
        cell.received_total,
        cell.defined_total,
        cell.reexaminations_pending,
        cell.appeals_pending,
    ];
    (
        key.unit.to_string(),
        key.product.to_string(),
        figures,
        cell.ages.clone(),
    )
}

fn shown(cell: &Volumes) -> Figures {
    let figures = [
        cell.received,
        cell.defined,
        cell.accepted,
        cell.partially_accepted,
        cell.rejected,
        cell.withdrawn,
        cell.annulled,
        cell.transferred_in,
        cell.transferred_out,
        cell.stock,
        cell.stock_to_take,
        cell.stock_under_review,
        cell.stock_waiting,
        cell.received_total,
        cell.defined_total,
        cell.reexaminations_pending,
        cell.appeals_pending,
    ];
    (
        cell.office.clone(),
        cell.product.clone(),
        figures,
        cell.ages.iter().map(|class| class.claims).collect(),
    )
}

#[tokio::test]
async fn the_tables_count_what_the_rules_count() {
    let mut runner = TestRunner::deterministic();
    for _ in 0..3 {
        let claims = properties::claims()
            .new_tree(&mut runner)
            .unwrap()
            .current();
        let world = World::at("2026-12-24 09:00").await;
        world.feed.take_in(events_of(&claims)).await.unwrap();
        world.night().await.unwrap();
        let mut opening = std::collections::BTreeMap::new();
        for on in properties::days() {
            let cells = properties::picture_on(&claims, on, &opening);
            let offices = cells
                .iter()
                .filter(|(key, _)| key.cut == Cut::WHOLE && matches!(key.unit, Unit::Office(_)));
            if let Ok(picture) = world.volumes(&central_manager(), Ask::as_of(on)).await {
                let expected: Vec<_> = offices.map(|(key, cell)| counted(key, cell)).collect();
                assert_eq!(
                    picture.cells.iter().map(shown).collect::<Vec<_>>(),
                    expected,
                    "{on}"
                );
            } else {
                assert!(cells.is_empty(), "{on} is before the first step");
            }
            opening = properties::closing(&cells);
        }
    }
}
