//! Weeks and days of the event.

use chrono::NaiveDate;
use proto::google::r#type::Date;
use proto::omnia::claims::v1::DraftContent;
use proto::omnia::common::v1::WeekPeriod;

use super::{Ask, Fault, Input, day, line, note_missing, number};
use crate::fields::Fields;
use crate::text::{Text, format};

/// Days of an event in the contract.
const MOST_EVENTS: usize = 400;

/// What is asked.
pub(super) fn ask(t: Text) -> Vec<Input> {
    vec![
        Input::new("prima_settimana", t.first_week(), line("date", 10))
            .hint(t.first_week_hint())
            .source("D.Lgs. 148/2015 art. 15"),
        Input::new("settimane", t.weeks_label(), line("number", 3))
            .hint(t.weeks_hint())
            .source("D.Lgs. 148/2015 art. 12 c. 1"),
        Input::new("inizio", t.effective_start(), line("date", 10))
            .hint(t.effective_start_hint())
            .source("Msg INPS 4067/2017"),
        Input::new(
            "giorni_evento",
            t.event_days(),
            Ask::Area {
                rows: 4,
                longest: 6_000,
                table: true,
            },
        )
        .hint(t.event_days_hint())
        .source("Msg INPS 4824/2016, 4275/2017"),
    ]
}

/// What stands in them for a draft as it is.
pub(super) fn values(content: &DraftContent, put: &mut dyn FnMut(&str, String)) {
    let day = |date: Option<&Date>| format::input_value(date);
    let period = content.period.unwrap_or_default();
    put("prima_settimana", day(period.first_week.as_ref()));
    put("settimane", number(period.weeks));
    put("inizio", day(content.effective_start_date.as_ref()));
    let days: Vec<String> = content
        .event_days
        .iter()
        .map(|event| format::date(Some(event)))
        .collect();
    put("giorni_evento", days.join("\n"));
}

/// Writes what was typed into a draft.
pub(super) fn apply(t: Text, fields: &Fields, content: &mut DraftContent, faults: &mut Vec<Fault>) {
    let before = content.period.unwrap_or_default();
    let first_week = day(t, fields, "prima_settimana", before.first_week, faults);
    let weeks = match (fields.text("settimane"), fields.read_as::<i32>("settimane")) {
        ("", _) => 0,
        (_, Some(weeks)) if (1..=156).contains(&weeks) => weeks,
        _ => {
            faults.push(Fault {
                id: "settimane",
                text: t.fault_weeks().to_owned(),
            });
            before.weeks
        }
    };
    content.period = match (first_week, weeks) {
        (None, 0) => None,
        // The contract takes a whole period: until both are there, the one that is missing is asked for.
        (None, _) => {
            note_missing(t, "prima_settimana", faults);
            content.period
        }
        (Some(_), 0) => {
            note_missing(t, "settimane", faults);
            content.period
        }
        (Some(first_week), weeks) => Some(WeekPeriod {
            first_week: Some(first_week),
            weeks,
        }),
    };
    content.effective_start_date = day(t, fields, "inizio", content.effective_start_date, faults);
    let typed = fields.text("giorni_evento");
    let days: Vec<Option<NaiveDate>> = typed
        .split(['\n', ',', ';', ' '])
        .map(str::trim)
        .filter(|day| !day.is_empty())
        .map(format::typed_day)
        .collect();
    if days.len() > MOST_EVENTS || days.contains(&None) {
        faults.push(Fault {
            id: "giorni_evento",
            text: t.fault_event_days().to_owned(),
        });
    } else {
        let mut days: Vec<NaiveDate> = days.into_iter().flatten().collect();
        days.sort_unstable();
        days.dedup();
        content.event_days = days.into_iter().map(format::to_message).collect();
    }
}
