//! Employer and unit, with the average headcount that the law of CIGO asks for.

use proto::omnia::claims::v1::{DraftContent, HeadcountGroup};

use super::{Around, Ask, Input, Typed, line, unit_choice, unit_key};
use crate::fields::Fields;
use crate::text::{Language, Text, format};

/// Groups of workers in the contract.
const MOST_GROUPS: usize = 100;

/// What is asked.
pub(super) fn ask(t: Text, values: &Fields, around: &Around) -> Vec<Input> {
    let chosen = values.text("unita");
    let choices = around
        .units
        .iter()
        .map(|unit| {
            let mut choice = unit_choice(t, unit, false);
            choice.chosen = choice.value == chosen;
            choice
        })
        .collect();
    let groups = Ask::Area {
        rows: 3,
        longest: 4_000,
        table: true,
    };
    vec![
        Input::new("unita", t.production_unit(), Ask::Radio(choices))
            .hint(t.production_unit_hint())
            .source("Circ. INPS 197/2015, 139/2016"),
        Input::new("organico", t.headcount(), groups)
            .hint(t.headcount_hint())
            .source("D.Lgs. 148/2015 art. 12 c. 6"),
        Input::new("provincia_sede", t.seat_province(), line("text", 3))
            .hint(t.seat_province_hint()),
    ]
}

/// What stands in them for a draft as it is.
pub(super) fn values(content: &DraftContent, put: &mut dyn FnMut(&str, String)) {
    if let Some(unit) = &content.unit {
        let key = format!("{}/{}", unit.matricola, unit.production_unit_code);
        put("unita", key);
    }
    let groups: Vec<String> = content.headcount.iter().map(group_text).collect();
    put("organico", groups.join("\n"));
    put("provincia_sede", content.seat_province_istat.clone());
}

/// Writes what was typed into a draft.
pub(super) fn apply(typed: &mut Typed<'_>, content: &mut DraftContent) {
    match unit_key(typed.fields.text("unita")) {
        Some(unit) => content.unit = Some(unit),
        None => typed.fault("unita", typed.t.fault_choose()),
    }
    if typed.asks("organico") {
        let lines = typed.fields.text("organico").lines().map(str::trim);
        let groups: Option<Vec<HeadcountGroup>> =
            lines.filter(|line| !line.is_empty()).map(group).collect();
        match groups.filter(|groups| groups.len() <= MOST_GROUPS) {
            Some(groups) => content.headcount = groups,
            None => typed.fault("organico", typed.t.fault_headcount()),
        }
    }
    if typed.asks("provincia_sede") {
        let province = typed.fields.text("provincia_sede");
        if province.is_empty() || is_province(province) {
            province.clone_into(&mut content.seat_province_istat);
        } else {
            typed.fault("provincia_sede", typed.t.fault_province());
        }
    }
}

fn is_province(text: &str) -> bool {
    text.len() == 3 && text.bytes().all(|digit| digit.is_ascii_digit())
}

/// `40,00;60,00`: weekly hours and average heads.
fn group_text(group: &HeadcountGroup) -> String {
    let number = |value| format::hundredths(value, Language::Italian);
    let hours = number(group.weekly_hours_hundredths);
    format!("{hours};{}", number(group.average_heads_hundredths))
}

fn group(line: &str) -> Option<HeadcountGroup> {
    let (hours, heads) = line.split_once([';', '\t'])?;
    Some(HeadcountGroup {
        weekly_hours_hundredths: format::typed_hundredths(hours)?,
        average_heads_hundredths: format::typed_hundredths(heads)?,
    })
}
