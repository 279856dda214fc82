//! The weeks, what they extend, and what was used of those before.

use proto::google::r#type::Date;
use proto::omnia::claims::v1::{DeclaredUsed, DraftContent};
use proto::omnia::common::v1::WeekPeriod;

use super::{Ask, Input, Typed, line, lines_of, number};
use crate::fields::Fields;
use crate::text::{Text, format};

/// Weeks of a claim in the contract; what the instrument allows, the check says.
const MOST_WEEKS: u32 = 156;
/// Weeks and days used in the contract.
const MOST_WEEKS_USED: u32 = 260;
const MOST_DAYS_USED: usize = 1_900;

/// What is asked.
pub(super) fn ask(t: Text, values: &Fields, content: &DraftContent) -> Vec<Input> {
    let weeks = Ask::Number {
        least: 1,
        most: MOST_WEEKS,
    };
    let mut inputs = vec![
        Input::new("prima_settimana", t.first_week(), line("date", 10))
            .hint(t.first_week_hint())
            .source("D.Lgs. 148/2015 art. 15"),
        Input::new("settimane", t.weeks_label(), weeks)
            .hint(t.weeks_hint())
            .source("D.Lgs. 148/2015 artt. 4, 12, 22, 30"),
        Input::new("inizio", t.effective_start(), line("date", 10))
            .hint(t.effective_start_hint())
            .source("Msg INPS 4067/2017"),
        Input::new("proroga", t.extension_of(), line("text", 40))
            .hint(t.extension_of_hint())
            .source("D.Lgs. 148/2015 art. 12 c. 1"),
        Input::new(
            "fruite_settimane",
            t.used_weeks(),
            Ask::Number {
                least: 0,
                most: MOST_WEEKS_USED,
            },
        )
        .hint(t.used_weeks_hint())
        .source("Msg INPS 3566/2018"),
    ];
    // Days are detail of weeks: who states none is not asked.
    if content.declared_used.is_some() || !values.text("fruite_giorni").is_empty() {
        let days = Ask::Area {
            rows: 4,
            longest: 30_000,
            table: true,
        };
        inputs.push(Input::new("fruite_giorni", t.used_days(), days).hint(t.used_days_hint()));
    }
    inputs
}

/// What stands in them for a draft as it is.
pub(super) fn values(content: &DraftContent, put: &mut dyn FnMut(&str, String)) {
    let day = |date: Option<&Date>| format::input_value(date);
    let period = content.period.unwrap_or_default();
    put("prima_settimana", day(period.first_week.as_ref()));
    put("settimane", number(period.weeks));
    put("inizio", day(content.effective_start_date.as_ref()));
    put("proroga", content.extension_of.clone());
    let used = content.declared_used.as_ref();
    put(
        "fruite_settimane",
        used.map_or(String::new(), |used| used.weeks.to_string()),
    );
    put(
        "fruite_giorni",
        used.map_or(String::new(), |used| lines_of(&used.days)),
    );
}

/// Writes what was typed into a draft.
pub(super) fn apply(typed: &mut Typed<'_>, content: &mut DraftContent) {
    let before = content.period.unwrap_or_default();
    let first_week = typed.day("prima_settimana", before.first_week);
    let weeks = typed.number("settimane", 1..=most(MOST_WEEKS), before.weeks);
    content.period = match (first_week, weeks) {
        (None, 0) => None,
        // The contract takes a whole period: until both are there, the one that is missing is asked for.
        (None, _) => {
            typed.missing("prima_settimana");
            content.period
        }
        (Some(_), 0) => {
            typed.missing("settimane");
            content.period
        }
        (Some(first_week), weeks) => Some(WeekPeriod {
            first_week: Some(first_week),
            weeks,
        }),
    };
    content.effective_start_date = typed.day("inizio", content.effective_start_date);
    typed.text_into("proroga", &mut content.extension_of);
    apply_used(typed, content);
}

fn apply_used(typed: &mut Typed<'_>, content: &mut DraftContent) {
    let before = content.declared_used.take().unwrap_or_default();
    let states = !typed.fields.text("fruite_settimane").is_empty();
    if !typed.asks("fruite_settimane") {
        content.declared_used = (before != DeclaredUsed::default()).then_some(before);
    } else if states {
        let range = 0..=most(MOST_WEEKS_USED);
        content.declared_used = Some(DeclaredUsed {
            weeks: typed.number("fruite_settimane", range, before.weeks),
            days: typed.days("fruite_giorni", MOST_DAYS_USED, before.days),
        });
    }
}

fn most(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
