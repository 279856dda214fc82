//! Over random lives of claims: the identity of `claims.md` DAS-1 holds every day in every cell, and the measures are
//! those of a naive recount that knows nothing of movements.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use proptest::prelude::*;

use super::ageing::tests::of_the_page;
use super::*;

const OFFICES: [&str; 3] = ["490000", "490100", "700000"];
const DAYS: u64 = 12;

/// A claim: its product and its steps, each some days after the one before.
#[derive(Debug, Clone)]
pub(crate) struct Claim {
    pub(crate) product: Product,
    pub(crate) steps: Vec<Step>,
}

fn first_day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 1).unwrap()
}

/// States that `claims.md` §10.1 draws from a state, transfers and reassignments included.
fn next(from: State) -> &'static [State] {
    use State::{
        Accepted, Annulled, Assigned, PartiallyAccepted, Rejected, Submitted, SupplementPending,
        UnderAppeal, UnderReexamination, UnderReview, Withdrawn,
    };
    match from {
        State::Draft => &[Submitted],
        Submitted | Assigned => &[Submitted, Assigned, UnderReview, Withdrawn, Annulled],
        UnderReview => &[
            SupplementPending,
            Accepted,
            PartiallyAccepted,
            Rejected,
            Withdrawn,
            Annulled,
        ],
        SupplementPending => &[UnderReview, Withdrawn],
        Accepted => &[Annulled, UnderReexamination],
        PartiallyAccepted => &[Annulled, UnderReexamination, UnderAppeal],
        Rejected => &[UnderReexamination, UnderAppeal],
        UnderReexamination | UnderAppeal => &[Accepted, PartiallyAccepted, Rejected],
        Withdrawn | Annulled => &[],
    }
}

pub(crate) fn claims() -> impl Strategy<Value = Vec<Claim>> {
    let choice = (
        any::<prop::sample::Index>(),
        0..3_u64,
        any::<prop::sample::Index>(),
    );
    let claim = (
        prop::sample::select(vec![Product::Cigo, Product::AisFis]),
        0..DAYS,
        prop::collection::vec(choice, 1..12),
    );
    prop::collection::vec(
        claim.prop_map(|(product, start, choices)| live(product, start, &choices)),
        0..40,
    )
}

fn live(
    product: Product,
    start: u64,
    choices: &[(prop::sample::Index, u64, prop::sample::Index)],
) -> Claim {
    let mut state = State::Draft;
    let mut office: kernel::OfficeCode = "490000".parse().unwrap();
    let mut day = first_day() + Days::new(start);
    let mut steps = Vec::new();
    for (which, later, where_to) in choices {
        let Some(to) = next(state)
            .get(which.index(next(state).len().max(1)))
            .copied()
        else {
            break;
        };
        if to == State::Submitted {
            office = where_to.get(&OFFICES).parse().unwrap();
        }
        day = day + Days::new(if steps.is_empty() { 0 } else { *later });
        steps.push(Step {
            to,
            day,
            office: office.clone(),
        });
        state = to;
    }
    Claim { product, steps }
}

/// The standing of a claim at the end of a day, read off its steps.
fn standing_on(claim: &Claim, day: NaiveDate) -> Option<(Standing, NaiveDate)> {
    let mut standing = None;
    for step in claim.steps.iter().filter(|step| step.day <= day) {
        standing = Some(advance(standing.as_ref(), step).unwrap().0);
    }
    standing.map(|standing| (standing, claim.steps[0].day))
}

/// The days on which the claims live, and some after.
pub(crate) fn days() -> impl Iterator<Item = NaiveDate> {
    first_day().iter_days().take(32)
}

/// What a picture leaves to the next day.
pub(crate) fn closing(cells: &BTreeMap<CellKey, Measures>) -> BTreeMap<CellKey, Opening> {
    let opening = |cell: &Measures| Opening {
        stock: cell.stock,
        received_total: cell.received_total,
        defined_total: cell.defined_total,
    };
    cells
        .iter()
        .map(|(key, cell)| (key.clone(), opening(cell)))
        .collect()
}

/// The picture of a day as the nightly run builds it: the movements of the day, then the stock at its end.
pub(crate) fn picture_on(
    claims: &[Claim],
    day: NaiveDate,
    opening: BTreeMap<CellKey, Opening>,
) -> BTreeMap<CellKey, Measures> {
    let ageing = of_the_page();
    let mut picture = Picture::opening(opening, &ageing);
    for claim in claims {
        let mut standing = None;
        for step in &claim.steps {
            let (after, movements) = advance(standing.as_ref(), step).unwrap();
            if after.day == day {
                for (office, movement) in movements {
                    picture.moved(Moved {
                        cell: CellKey {
                            office,
                            product: claim.product,
                        },
                        movement,
                    });
                }
            }
            standing = Some(after);
        }
        if let Some((standing, received)) = standing_on(claim, day) {
            let cell = CellKey {
                office: standing.office.clone(),
                product: claim.product,
            };
            match (standing.in_stock(), standing.state) {
                (true, state) => picture.hold(
                    Holding {
                        cell,
                        stage: state.stage().unwrap(),
                        age_days: i32::try_from((day - received).num_days()).unwrap(),
                        claims: 1,
                        workers: 2,
                        hours_hundredths: 50,
                    },
                    &ageing,
                ),
                (false, State::UnderReexamination) => {
                    picture.waiting(Waiting {
                        cell,
                        waiting_for: WaitingFor::Reexamination,
                        claims: 1,
                    });
                }
                (false, State::UnderAppeal) => {
                    picture.waiting(Waiting {
                        cell,
                        waiting_for: WaitingFor::Appeal,
                        claims: 1,
                    });
                }
                _ => {}
            }
        }
    }
    picture.close().expect("identity DAS-1")
}

proptest! {
    #[test]
    fn the_identity_holds_every_day_and_the_measures_are_those_of_a_naive_recount(claims in claims()) {
        let mut opening = BTreeMap::new();
        for day in days() {
            let cells = picture_on(&claims, day, opening);
            recount(&claims, day, &cells)?;
            opening = closing(&cells);
        }
    }

    #[test]
    fn every_age_has_one_class_and_older_is_never_a_younger_class(age in 0..5000_i32) {
        let ageing = of_the_page();
        prop_assert!(ageing.class_of(age) < ageing.classes());
        prop_assert!(ageing.class_of(age) <= ageing.class_of(age + 1));
        prop_assert!(!ageing.is_very_old(age) || ageing.is_chronic(Product::Cigo, age));
    }
}

/// Counts the claims of each cell one by one, from the text of `claims.md` §9.2.
fn recount(
    claims: &[Claim],
    day: NaiveDate,
    cells: &BTreeMap<CellKey, Measures>,
) -> Result<(), TestCaseError> {
    let first_decision = |claim: &Claim| {
        claim
            .steps
            .iter()
            .find(|step| step.to.outcome().is_some())
            .cloned()
    };
    let pending = [
        State::Submitted,
        State::Assigned,
        State::UnderReview,
        State::SupplementPending,
    ];
    for (key, cell) in cells {
        let of_product = || {
            claims
                .iter()
                .filter(|claim| claim.product == key.product && !claim.steps.is_empty())
        };
        let received = |on: &dyn Fn(NaiveDate) -> bool| {
            of_product()
                .filter(|claim| on(claim.steps[0].day) && claim.steps[0].office == key.office)
                .count()
        };
        let defined = |on: &dyn Fn(NaiveDate) -> bool| {
            of_product()
                .filter_map(first_decision)
                .filter(|step| on(step.day) && step.office == key.office)
                .count()
        };
        let ended = |state: State| {
            of_product()
                .filter(|claim| first_decision(claim).is_none())
                .filter_map(|claim| claim.steps.last())
                .filter(|step| step.to == state && step.day == day && step.office == key.office)
                .count()
        };
        let last_of = |claim: &Claim| claim.steps.iter().rfind(|step| step.day <= day).cloned();
        let stock = of_product()
            .filter(|claim| first_decision(claim).is_none_or(|decision| decision.day > day))
            .filter_map(last_of)
            .filter(|step| pending.contains(&step.to) && step.office == key.office)
            .count();
        let waiting = |state: State| {
            of_product()
                .filter_map(last_of)
                .filter(|step| step.to == state && step.office == key.office)
                .count()
        };
        prop_assert_eq!(cell.received, count(received(&|d| d == day)));
        prop_assert_eq!(cell.received_total, count(received(&|d| d <= day)));
        prop_assert_eq!(cell.defined, count(defined(&|d| d == day)));
        prop_assert_eq!(
            cell.defined,
            cell.accepted + cell.partially_accepted + cell.rejected
        );
        prop_assert_eq!(cell.defined_total, count(defined(&|d| d <= day)));
        prop_assert_eq!(cell.withdrawn, count(ended(State::Withdrawn)));
        prop_assert_eq!(cell.annulled, count(ended(State::Annulled)));
        prop_assert_eq!(cell.stock, count(stock));
        prop_assert_eq!(
            cell.stock,
            cell.stock_to_take + cell.stock_under_review + cell.stock_waiting
        );
        prop_assert_eq!(cell.stock, cell.ages.iter().sum::<i64>());
        prop_assert_eq!(cell.stock_workers, 2 * cell.stock);
        prop_assert_eq!(
            cell.reexaminations_pending,
            count(waiting(State::UnderReexamination))
        );
        prop_assert_eq!(cell.appeals_pending, count(waiting(State::UnderAppeal)));
    }
    Ok(())
}

fn count(claims: usize) -> i64 {
    i64::try_from(claims).unwrap()
}
