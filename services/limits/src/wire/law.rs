//! The law and its changes as messages of the contract.

use chassis::wire::{date, timestamp};
use proto::omnia::limits::v1 as pb;

use crate::app::{LawDifference, LawLine, RulesOfDay};
use crate::domain::law::{KnownReading, KnownRow, LawChange, LawVersion};
use crate::domain::render::{Cited, Language, render_law};
use crate::domain::rules::ReadingChange;

/// The rules of a day, without the instant as of which they are told.
pub(crate) fn rules_of_day(rules: &RulesOfDay) -> pb::ListRulesResponse {
    pb::ListRulesResponse {
        rules: rules.rows.iter().map(rule).collect(),
        on: Some(date(rules.on)),
        readings: rules.readings.iter().map(reading).collect(),
        known_at: None,
        law_version: rules.law.number,
    }
}

/// A state of the law in a list.
pub(crate) fn law_line(line: &LawLine) -> pb::LawVersion {
    pb::LawVersion {
        superseded_at: line.superseded_at.map(timestamp),
        rules: line.change.as_ref().map(rules).unwrap_or_default(),
        readings: line.change.as_ref().map(readings).unwrap_or_default(),
        ..law_version(&line.law)
    }
}

/// Two states of the law.
pub(crate) fn law_change(difference: &LawDifference) -> pb::LawChange {
    let LawDifference {
        then,
        today,
        change,
    } = difference;
    let text = |language| render_law(cited(then), cited(today), &change.change, language);
    pb::LawChange {
        then: Some(law_version(then)),
        today: Some(law_version(today)),
        rules: rules(change),
        readings: readings(change),
        text_it: text(Language::Italian),
        text_en: text(Language::English),
    }
}

fn law_version(law: &LawVersion) -> pb::LawVersion {
    pb::LawVersion {
        version: law.number,
        known_from: Some(timestamp(law.known_from)),
        digest: hex::encode(&law.digest),
        readable: law.law.is_ok(),
        ..pb::LawVersion::default()
    }
}

fn cited(law: &LawVersion) -> Cited {
    Cited {
        version: law.number,
        known_from: law.known_from,
    }
}

fn rules(change: &LawChange) -> Vec<pb::RuleChange> {
    let rows = change.rows.iter().map(|(before, after)| pb::RuleChange {
        before: before.as_ref().map(rule),
        after: after.as_ref().map(rule),
    });
    rows.collect()
}

fn readings(change: &LawChange) -> Vec<pb::ReadingChange> {
    let readings = change.change.readings.iter().map(reading_change);
    readings.collect()
}

fn reading_change(change: &ReadingChange) -> pb::ReadingChange {
    pb::ReadingChange {
        name: change.name.clone(),
        before: change.before.clone(),
        after: change.after.clone(),
    }
}

fn rule(known: &KnownRow) -> pb::Rule {
    let row = &known.row;
    pb::Rule {
        key: row.key.to_owned(),
        value: row.value.clone(),
        unit: row.unit.to_owned(),
        from: Some(date(row.from)),
        to: row.to.map(date),
        source: row.source.to_owned(),
        known_from: Some(timestamp(known.known_from)),
    }
}

fn reading(known: &KnownReading) -> pb::Reading {
    pb::Reading {
        name: known.name.clone(),
        value: known.value.clone(),
        known_from: Some(timestamp(known.known_from)),
    }
}
