//! What is asked of each unit, and who answers.

use std::hint::black_box;

use rulebook::biennium::{Biennium, Limit};
use rulebook::exact::Exact;
use rulebook::one_third::OneThird;
use rulebook::rules::IN_FORCE;
use rulebook::window::Window;
use rulebook::{
    Assessment, Counter, CounterKind, Counting, Evaluator, Request, Unit, WEEK_UNITS, WeekTable,
};

use crate::histories::{ASKED, reference};
use crate::oracle::{self, counts_c3};
use crate::rows::{Asked, Rows};

/// Answers a question about one unit after the other.
type Answering = Box<dyn FnMut(Asked<'_>)>;

/// A contestant: its name, and how it begins.
type Contestant = (&'static str, fn() -> Answering);

/// The contestants by name: the engine and the oracle on every counter, both on art. 12 c. 3 alone, and one evaluation as
/// the service makes it, without and with its explanations.
pub(crate) const QUESTIONS: [Contestant; 7] = [
    ("engine", engine),
    ("oracle", || {
        Box::new(|asked| _ = black_box(by_oracle(asked.unit)))
    }),
    ("engine-biennium", engine_biennium),
    ("table-biennium", || {
        Box::new(|asked| _ = black_box(biennium_by_table(asked.unit)))
    }),
    ("oracle-biennium", || {
        Box::new(|asked| _ = black_box(biennium_by_oracle(asked.unit)))
    }),
    ("untraced", || Box::new(|asked| untraced(asked.unit))),
    ("traced", || Box::new(|asked| traced(asked.unit))),
];

/// Every counter, in the memory of the unit before.
fn engine() -> Answering {
    let mut evaluator = Evaluator::new(&IN_FORCE, reference());
    Box::new(move |asked| {
        black_box(evaluator.counters(asked.unit));
    })
}

/// Art. 12 c. 3 alone, in a window and in the memory of the unit before, as a recomputation does it, from periods in a row.
fn engine_biennium() -> Answering {
    let mut window = Window::new(&IN_FORCE, Counting::Biennium, reference());
    Box::new(move |asked| _ = black_box(biennium(&mut window, asked)))
}

/// Every counter of one unit.
fn untraced(unit: &Unit) {
    let assessment = Assessment::new(unit, &IN_FORCE);
    black_box(assessment.counters(reference()));
}

/// The same, and the trail of each of them.
fn traced(unit: &Unit) {
    let assessment = Assessment::new(unit, &IN_FORCE);
    for counter in assessment.counters(reference()) {
        black_box(assessment.explain(counter.kind, reference()));
    }
}

/// What the engine says of art. 12 c. 3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BienniumAnswer {
    /// Thirtieths of a week used.
    pub(crate) used: i64,
    /// Thirtieths left.
    pub(crate) residual: i64,
    /// Weeks that fit of those asked for.
    pub(crate) grantable: i32,
}

/// Used, residual and what fits of a request, by the engine, which values the weeks from the periods of the unit.
fn biennium(window: &mut Window<'_>, asked: Asked<'_>) -> BienniumAnswer {
    window.fill(asked.facts, asked.outlines.iter().copied());
    let limit = Limit::cigo(asked.facts, &IN_FORCE);
    let request = Request::ordinary(reference(), ASKED);
    let Some(check) = window.check(&limit, &request) else {
        return biennium_by_table(asked.unit);
    };
    let used = window.used_units();
    let most = limit.row(reference()).value * WEEK_UNITS;
    BienniumAnswer {
        used,
        residual: (most - used).max(0),
        grantable: check.grantable_weeks,
    }
}

/// The same by a table of all weeks, which a single answer of the service takes.
pub(crate) fn biennium_by_table(unit: &Unit) -> BienniumAnswer {
    let table = WeekTable::new(unit, &IN_FORCE, Counting::Biennium);
    let counter = Biennium::new(&table, unit.facts, &IN_FORCE);
    let status = black_box(counter.status(reference()));
    let check = counter.check(&Request::ordinary(reference(), ASKED));
    BienniumAnswer {
        used: status.used_units,
        residual: status.residual_units,
        grantable: check.grantable_weeks,
    }
}

/// The same by the oracle, day by day.
fn biennium_by_oracle(unit: &Unit) -> BienniumAnswer {
    let used = oracle::used(unit, reference(), counts_c3);
    BienniumAnswer {
        used,
        residual: (oracle::LIMIT - used).max(0),
        grantable: oracle::check(unit, reference(), ASKED, counts_c3, oracle::LIMIT),
    }
}

/// Every counter by the oracle. It looks for no first week that could be asked for, which the engine does for each.
fn by_oracle(unit: &Unit) -> (i64, i32, Option<kernel::Week>, i128, (i64, i64)) {
    (
        oracle::used(unit, reference(), counts_c3),
        oracle::c1(unit, reference(), 1),
        oracle::c2(unit),
        oracle::hours_used(unit, reference()),
        oracle::art4(unit, reference().sunday(), &[]),
    )
}

/// How many units are answered by everybody before anything is measured.
const CHECKED: usize = 500;

/// Holds the answers of the engine against those of the oracle, and those of a window against those by a table.
pub(crate) fn check(rows: &Rows) {
    let mut window = Window::new(&IN_FORCE, Counting::Biennium, reference());
    for asked in rows.all() {
        assert_eq!(
            biennium(&mut window, asked),
            biennium_by_table(asked.unit),
            "{:?}",
            asked.unit
        );
    }
    for unit in rows.units().iter().take(CHECKED) {
        assert_eq!(
            biennium_by_table(unit),
            biennium_by_oracle(unit),
            "{unit:?}"
        );
        let (used, fits, bar, hours, (total, limit)) = by_oracle(unit);
        let counters = Assessment::new(unit, &IN_FORCE).counters(reference());
        let counter = |kind| find(&counters, kind);
        assert_eq!(counter(CounterKind::Biennium).used_units, used);
        let continuous = counter(CounterKind::Continuous).first_available;
        assert_eq!(continuous == Some(reference().monday()), fits == 1);
        let after_bar = bar.map_or(reference(), |first| first.max(reference()));
        let waiting = counter(CounterKind::Waiting).first_available;
        assert_eq!(waiting, Some(after_bar.monday()));
        let one_third = OneThird::new(unit, &IN_FORCE).expect("the units have groups");
        let exact = Exact::new(hours, 100 * oracle::SHARES);
        assert_eq!(one_third.status(reference()).used_hours, exact);
        let art4 = counter(CounterKind::TotalDuration);
        assert_eq!((art4.used_units, art4.limit_units), (total, limit));
    }
}

fn find(counters: &[Counter], kind: CounterKind) -> &Counter {
    let found = counters.iter().find(|one| one.kind == kind);
    found.expect("every counter of CIGO is told")
}

/// Thirtieths of the weeks that c. 3 looks at for the request: the 103 before it and those asked for.
pub(crate) fn week_units(unit: &Unit) -> impl Iterator<Item = u8> {
    let table = WeekTable::new(unit, &IN_FORCE, Counting::Biennium);
    oracle::weeks(reference() - 103, reference() + ASKED - 1).map(move |week| {
        let units = table.value(week);
        u8::try_from(units.clamp(0, WEEK_UNITS)).unwrap_or(0)
    })
}
