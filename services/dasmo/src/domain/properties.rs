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

/// The classes of `claims.md`.
pub(crate) fn classes_of_the_page() -> Classes {
    let sizes = [
        ("0-5", 0),
        ("6-15", 501),
        ("16-50", 1501),
        ("51-250", 5001),
        (">250", 25001),
    ];
    let sizes = sizes.map(|(name, from)| Band {
        name: name.to_owned(),
        from,
    });
    Classes {
        ageing: of_the_page(),
        sizes: Bands::new(sizes.to_vec()).unwrap(),
    }
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
        .filter(|(key, _)| key.cut.dimension.lasts())
        .map(|(key, cell)| (key.clone(), opening(cell)))
        .collect()
}

/// The regions of the offices that claims live at.
fn regions() -> BTreeMap<kernel::OfficeCode, String> {
    OFFICES
        .into_iter()
        .zip(["03", "03", "12"])
        .map(|(office, region)| (office.parse().unwrap(), region.to_owned()))
        .collect()
}

/// What every claim of the stories is.
fn attributes(claim: &Claim) -> Attributes {
    Attributes {
        product: claim.product,
        causale: "MARKET_CRISIS".to_owned(),
        payment_mode: "DIRECT".to_owned(),
        sector: "1".to_owned(),
        size: "16-50".to_owned(),
        arrived_on: claim.steps.first().map_or(first_day(), |step| step.day),
    }
}

/// The picture of a day as the nightly run builds it: the movements of the day, then the stock at its end.
pub(crate) fn picture_on(
    claims: &[Claim],
    day: NaiveDate,
    opening: &BTreeMap<CellKey, Opening>,
) -> BTreeMap<CellKey, Measures> {
    let (ageing, regions) = (of_the_page(), regions());
    let mut picture = Picture::new(&ageing, &regions);
    for claim in claims {
        let attributes = attributes(claim);
        let mut standing = None;
        for step in &claim.steps {
            let (after, movements) = advance(standing.as_ref(), step).unwrap();
            if after.day == day {
                for (office, movement) in movements {
                    picture.moved(&Moved {
                        office,
                        attributes: &attributes,
                        movement,
                        day,
                        waited_days: after.waited_days,
                        workers: 2,
                        hours_hundredths: 50,
                    });
                }
            }
            standing = Some(after);
        }
        if let Some((standing, received)) = standing_on(claim, day) {
            stand(
                &mut picture,
                attributes,
                &standing,
                (day - received).num_days(),
            );
        }
    }
    picture.close(opening).expect("identity DAS-1")
}

fn stand(
    picture: &mut Picture<'_, Measures>,
    attributes: Attributes,
    standing: &Standing,
    age: i64,
) {
    let office = standing.office.clone();
    let waiting_for = match standing.state {
        State::UnderReexamination => WaitingFor::Reexamination,
        State::UnderAppeal => WaitingFor::Appeal,
        state if standing.in_stock() => {
            return picture.hold(&Holding {
                office,
                attributes,
                stage: state.stage().unwrap(),
                age_days: i32::try_from(age).unwrap(),
                workers: 2,
                hours_hundredths: 50,
            });
        }
        _ => return,
    };
    picture.waiting(&Waiting {
        office,
        attributes,
        waiting_for,
        claims: 1,
    });
}

proptest! {
    #[test]
    fn the_identity_holds_every_day_and_the_measures_are_those_of_a_naive_recount(claims in claims()) {
        let mut opening = BTreeMap::new();
        for day in days() {
            let cells = picture_on(&claims, day, &opening);
            recount(&claims, day, &cells)?;
            sums_of_parts(&cells)?;
            opening = closing(&cells);
        }
    }

    #[test]
    fn every_age_has_one_class_and_older_is_never_a_younger_class(age in 0..5000_i32) {
        let ageing = of_the_page();
        let classes = ageing.classes();
        prop_assert!(classes.position(age) < classes.count());
        prop_assert!(classes.position(age) <= classes.position(age + 1));
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
    for (key, cell) in cells.iter().filter(|(key, _)| key.cut == Cut::WHOLE) {
        let here = |office: &kernel::OfficeCode| match &key.unit {
            Unit::Office(unit) => unit == office,
            Unit::Region(region) => regions()[office] == *region,
            Unit::Italy => true,
        };
        let of_product = || {
            claims
                .iter()
                .filter(|claim| claim.product == key.product && !claim.steps.is_empty())
        };
        let received = |on: &dyn Fn(NaiveDate) -> bool| {
            of_product()
                .filter(|claim| on(claim.steps[0].day) && here(&claim.steps[0].office))
                .count()
        };
        let defined = |on: &dyn Fn(NaiveDate) -> bool| {
            of_product()
                .filter_map(first_decision)
                .filter(|step| on(step.day) && here(&step.office))
                .count()
        };
        let ended = |state: State| {
            of_product()
                .filter(|claim| first_decision(claim).is_none())
                .filter_map(|claim| claim.steps.last())
                .filter(|step| step.to == state && step.day == day && here(&step.office))
                .count()
        };
        let last_of = |claim: &Claim| claim.steps.iter().rfind(|step| step.day <= day).cloned();
        let stock = of_product()
            .filter(|claim| first_decision(claim).is_none_or(|decision| decision.day > day))
            .filter_map(last_of)
            .filter(|step| pending.contains(&step.to) && here(&step.office))
            .count();
        let waiting = |state: State| {
            of_product()
                .filter_map(last_of)
                .filter(|step| step.to == state && here(&step.office))
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
        prop_assert_eq!(cell.received_workers, 2 * cell.received);
        let (gross, net) = definition_days(claims, day, key.product, here);
        prop_assert_eq!(&cell.gross_days, &gross);
        prop_assert_eq!(&cell.net_days, &net);
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

/// Days from the protocol to each first decision of the day, and the same without the stays with the employer.
fn definition_days(
    claims: &[Claim],
    day: NaiveDate,
    product: Product,
    here: impl Fn(&kernel::OfficeCode) -> bool,
) -> (DaysTaken, DaysTaken) {
    let (mut gross_days, mut net_days) = (DaysTaken::default(), DaysTaken::default());
    for claim in claims.iter().filter(|claim| claim.product == product) {
        let Some(decided) = claim
            .steps
            .iter()
            .position(|step| step.to.outcome().is_some())
        else {
            continue;
        };
        let decision = &claim.steps[decided];
        if decision.day != day || !here(&decision.office) {
            continue;
        }
        let gross = (day - claim.steps[0].day).num_days();
        let with_employer: i64 = claim.steps[..=decided]
            .windows(2)
            .filter(|pair| pair[0].to == State::SupplementPending)
            .map(|pair| (pair[1].day - pair[0].day).num_days())
            .sum();
        gross_days.add(i32::try_from(gross).unwrap(), 1);
        net_days.add(i32::try_from(gross - with_employer).unwrap(), 1);
    }
    (gross_days, net_days)
}

/// Claims add up (`claims.md` DAS-3): over offices to regions and Italy, and over the values of each characteristic to
/// the whole.
fn sums_of_parts(cells: &BTreeMap<CellKey, Measures>) -> Result<(), TestCaseError> {
    let counts = |cell: &Measures| (cell.received, cell.defined, cell.stock, cell.stock_chronic);
    let sum = |chosen: &dyn Fn(&CellKey) -> bool| {
        let parts = cells.iter().filter(|(key, _)| chosen(key));
        counts(&total(parts.map(|(_, cell)| cell), 0))
    };
    for (key, cell) in cells {
        if key.unit == Unit::Italy {
            let offices = |other: &CellKey| {
                matches!(other.unit, Unit::Office(_))
                    && (other.product, &other.cut) == (key.product, &key.cut)
            };
            prop_assert_eq!(counts(cell), sum(&offices));
        }
        if key.cut == Cut::WHOLE {
            for dimension in Dimension::ALL.into_iter().filter(|one| one.lasts()) {
                let parts = |other: &CellKey| {
                    (&other.unit, other.product, other.cut.dimension)
                        == (&key.unit, key.product, dimension)
                };
                prop_assert_eq!(counts(cell), sum(&parts));
            }
            let stages = |other: &CellKey| {
                (&other.unit, other.product, other.cut.dimension)
                    == (&key.unit, key.product, Dimension::Stage)
            };
            prop_assert_eq!(cell.stock, sum(&stages).2);
        }
    }
    Ok(())
}
