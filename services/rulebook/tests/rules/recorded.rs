//! What was said once is said again: under the same rules the same history has the same answers, the same trails and the same
//! words, from one release to the next (`limits.md` §12.7), since decisions were taken on them.
//!
//! `recorded.txt` holds a digest of each history and one of all that the engine says of it. Whoever changes an answer on
//! purpose writes it anew with `OMNIA_BLESS=1` and says why in the commit. That the answers are right is for the other tests.

use std::fmt::{Debug, Write as _};

use kernel::{Hours, Week};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use rulebook::exact::Exact;
use rulebook::render::{Language, render};
use rulebook::rules::{HoursBasis, IN_FORCE, LateRule, Overlap, Switch, Switches, WaitingTrigger};
use rulebook::staff::Average;
use rulebook::{
    Assessment, CounterKind, Evaluator, MonthsRequest, Request, Rules, Scheme, Staff, Unit,
};
use sha2::{Digest, Sha256};

use crate::answers::{busy_months, busy_unit};
use crate::oracle::{groups, history};

const RECORDED: &str = include_str!("recorded.txt");

const KINDS: [CounterKind; 11] = [
    CounterKind::Continuous,
    CounterKind::Waiting,
    CounterKind::Biennium,
    CounterKind::OneThird,
    CounterKind::AisBiennium,
    CounterKind::TotalDuration,
    CounterKind::Riorg,
    CounterKind::Crisi,
    CounterKind::Cds,
    CounterKind::CigsHours,
    CounterKind::AisOneThird,
];

/// Histories of each kind.
const EACH: usize = 40;

/// Everything about a unit, with what is asked for it.
#[derive(Debug)]
struct Asked {
    unit: Unit,
    weeks: Request,
    months: MonthsRequest,
}

/// Random units, units so busy that they are refused, and units with much CIGS: each asks for weeks and for months.
fn asked() -> Vec<Asked> {
    let mut runner = TestRunner::deterministic();
    let mut draw = |all: &BoxedStrategy<Asked>| all.new_tree(&mut runner).unwrap().current();
    let any = (history(), busy_unit(), busy_months(), staff()).prop_map(
        |((unit, first), (_, weeks), (_, months), staff)| Asked {
            unit: Unit { staff, ..unit },
            weeks: weeks.starting(first),
            months,
        },
    );
    let busy = (busy_unit(), busy_months()).prop_map(|((unit, weeks), (_, months))| Asked {
        unit,
        weeks,
        months,
    });
    let much_cigs = (
        busy_unit(),
        busy_months(),
        staff(),
        prop::option::of(0..9_000_000_i64),
    )
        .prop_map(|((_, weeks), (unit, months), staff, hours)| Asked {
            unit: Unit { staff, ..unit },
            weeks: Request {
                scheme: Scheme::Cigo,
                ..weeks
            },
            months: MonthsRequest {
                hours: hours.map(Hours::from_hundredths),
                ..months
            },
        });
    let kinds = [any.boxed(), busy.boxed(), much_cigs.boxed()];
    (0..3 * EACH).map(|place| draw(&kinds[place % 3])).collect()
}

fn staff() -> impl Strategy<Value = Staff> {
    (prop::option::of(1..80_i128), prop::option::of(groups())).prop_map(|(heads, groups)| Staff {
        headcount: heads.map(|heads| Average::known(Exact::from_integer(heads))),
        groups: groups.unwrap_or_default(),
    })
}

/// The readings chosen by default, and all the others.
fn rules() -> [Rules; 2] {
    let others = Switches {
        construction_weather_by_day: Switch::Off,
        one_third_includes_eone: Switch::Off,
        hours_basis: HoursBasis::Used,
        deduct_holidays: Switch::On,
        art4_includes_ais: Switch::Off,
        art4_includes_eone: Switch::Off,
        cds_half_for_stone: Switch::Off,
        overlap: Overlap::Cigs,
        late_rule: LateRule::SevenDays,
        c2_trigger: WaitingTrigger::Touched,
        ais_eone_exempt: Switch::On,
    };
    [IN_FORCE.clone(), IN_FORCE.with(others)]
}

/// All that the engine says, a line each.
struct Said<'a> {
    unit: &'a Unit,
    rules: &'a Rules,
    assessment: Assessment<'a>,
    text: String,
}

impl<'a> Said<'a> {
    fn of(asked: &'a Asked, rules: &'a Rules) -> String {
        let unit = &asked.unit;
        let mut said = Self {
            unit,
            rules,
            assessment: Assessment::new(unit, rules),
            text: String::new(),
        };
        said.counters(asked.weeks.first);
        said.weeks(&asked.weeks);
        said.months(&asked.months);
        said.text
    }

    fn line(&mut self, answer: &impl Debug) {
        writeln!(self.text, "{answer:?}").unwrap();
    }

    fn trail(&mut self, trail: Option<rulebook::explain::Trail>) {
        let Some(trail) = trail else { return };
        self.line(&trail);
        for language in [Language::Italian, Language::English] {
            self.text += &render(&trail, self.unit, language);
        }
    }

    fn counters(&mut self, week: Week) {
        let counters = self.assessment.counters(week);
        let at_once = Evaluator::new(self.rules, week).counters(self.unit);
        assert_eq!(counters, at_once, "one unit after the other");
        self.line(&counters);
        for kind in KINDS {
            self.trail(self.assessment.explain(kind, week));
            self.trail(self.assessment.explain_on(kind, week.monday()));
        }
    }

    fn weeks(&mut self, request: &Request) {
        self.line(&self.assessment.simulate(request));
        self.line(&self.assessment.alternatives(request));
        self.line(&self.assessment.longest(request));
        self.line(&self.assessment.admissible_starts(request, 40));
        self.line(&self.assessment.free_weeks(request, 40));
        for kind in KINDS {
            self.trail(self.assessment.explain_request(kind, request));
        }
    }

    fn months(&mut self, request: &MonthsRequest) {
        self.line(&self.assessment.simulate_months(request));
        self.line(&self.assessment.longest_months(request));
        self.trail(self.assessment.explain_programme(request));
    }
}

fn digest(text: &str) -> String {
    let bytes = Sha256::digest(text.as_bytes());
    bytes[..8]
        .iter()
        .fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "whoever changes an answer on purpose says so by the environment"
)]
fn the_same_histories_have_the_answers_of_earlier_releases() {
    let rules = rules();
    let mut today = String::new();
    for (place, asked) in asked().iter().enumerate() {
        let said: String = rules.iter().map(|rules| Said::of(asked, rules)).collect();
        let history = digest(&format!("{asked:?}"));
        writeln!(today, "{place:03} {history} {}", digest(&said)).unwrap();
    }
    if std::env::var("OMNIA_BLESS").is_ok() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/rules/recorded.txt");
        std::fs::write(file, today).unwrap();
        return;
    }
    for (recorded, today) in RECORDED.lines().zip(today.lines()) {
        assert_eq!(
            recorded, today,
            "history, its digest, that of the answers: whoever means the change writes recorded.txt anew with OMNIA_BLESS=1"
        );
    }
    assert_eq!(RECORDED.lines().count(), today.lines().count());
}
