//! Trails as messages of the contract.

use chassis::wire::{date, timestamp};
use proto::omnia::limits::v1 as pb;

use crate::app::{Difference, EntryChange};
use crate::domain::Unit;
use crate::domain::explain::{CigsPiece, Cut, Excluded, HoursTrail, Trail, WeekLine, id_of};
use crate::domain::render::{Language, render};

use super::{counter, kind, law_change};

/// The trail of a counter of a unit.
pub(crate) fn explanation(trail: &Trail, unit: &Unit) -> pb::Explanation {
    let Trail {
        kind: of,
        rule,
        source,
        window,
        limit_units,
        weeks,
        cigs,
        cuts,
        solidarity,
        hours,
        outside,
        first_allowed,
        total,
    } = trail;
    pb::Explanation {
        kind: kind(*of).into(),
        rule: (*rule).to_owned(),
        source: (*source).to_owned(),
        window_start: window.map(|(first, _)| date(first)),
        window_end: window.map(|(_, last)| date(last)),
        limit_units: *limit_units,
        used_units: *total,
        weeks: weeks.iter().map(|line| week_line(line, unit)).collect(),
        cigs: cigs.iter().map(|piece| cigs_piece(piece, unit)).collect(),
        cuts: cuts.iter().map(|cut| excluded_period(cut, unit)).collect(),
        solidarity: solidarity.map(|weight| pb::SolidarityWeight {
            actual_units: weight.actual_units,
            counted_units: weight.counted_units,
        }),
        hours: hours.as_ref().map(|hours| hours_trail(hours, unit)),
        outside: outside.iter().map(|one| exclusion(*one, unit)).collect(),
        first_allowed_week: first_allowed.map(|week| date(week.monday())),
        text_it: render(trail, unit, Language::Italian),
        text_en: render(trail, unit, Language::English),
    }
}

fn name(unit: &Unit, position: usize) -> String {
    id_of(unit, position).map_or_else(String::new, ToString::to_string)
}

fn week_line(line: &WeekLine, unit: &Unit) -> pb::WeekLine {
    pb::WeekLine {
        week: Some(date(line.week.monday())),
        units: line.units,
        basis: line.basis.as_str().to_owned(),
        counted_entry_ids: line.counted.iter().map(|one| name(unit, *one)).collect(),
        excluded: line
            .excluded
            .iter()
            .map(|one| exclusion(*one, unit))
            .collect(),
        running_total: line.running_total,
    }
}

fn exclusion(excluded: Excluded, unit: &Unit) -> pb::Exclusion {
    pb::Exclusion {
        entry_id: name(unit, excluded.position),
        reason: excluded.reason.to_string(),
    }
}

fn cigs_piece(piece: &CigsPiece, unit: &Unit) -> pb::CigsPiece {
    pb::CigsPiece {
        entry_id: name(unit, piece.position),
        first_day: Some(date(piece.period.first_day())),
        last_day: Some(date(piece.period.last_day())),
        months: piece.months,
        days: piece.days,
        units: piece.units,
        solidarity: piece.solidarity,
    }
}

fn excluded_period(cut: &Cut, unit: &Unit) -> pb::ExcludedPeriod {
    pb::ExcludedPeriod {
        entry_id: name(unit, cut.position),
        first_day: Some(date(cut.period.first_day())),
        last_day: Some(date(cut.period.last_day())),
        reason: cut.reason.to_string(),
    }
}

fn hours_trail(hours: &HoursTrail, unit: &Unit) -> pb::HoursTrail {
    let groups = hours.groups.iter().map(|group| pb::HoursGroupLine {
        weekly_hours: group.weekly_hours.to_string(),
        heads: group.heads.heads().to_string(),
    });
    let loads = hours.loads.iter().map(|(position, hours)| pb::HoursLoad {
        entry_id: name(unit, *position),
        hours: hours.to_string(),
    });
    pb::HoursTrail {
        groups: groups.collect(),
        workable_hours: hours.workable_hours.to_string(),
        divisor: if *hours.part.numer() == 1 {
            i64::try_from(*hours.part.denom()).unwrap_or_default()
        } else {
            0
        },
        limit_hours: hours.limit_hours,
        loads: loads.collect(),
        used_hours: hours.used_hours.to_string(),
        weeks: hours.weeks.to_string(),
        part: hours.part.to_string(),
        requested_hours: hours
            .requested_hours
            .map_or_else(String::new, |hours| hours.to_string()),
    }
}

/// What has changed since an answer.
pub(crate) fn difference(difference: &Difference) -> pb::Difference {
    let counters = difference.counters.iter().map(|change| pb::CounterChange {
        then: change.then.as_ref().map(counter),
        today: change.today.as_ref().map(counter),
        under_todays_law: change.under_todays_law.as_ref().map(counter),
    });
    let entries = difference
        .entries
        .iter()
        .map(|(id, change)| pb::EntryChange {
            entry_id: id.to_string(),
            kind: entry_change(*change).into(),
        });
    pb::Difference {
        counters: counters.collect(),
        entries: entries.collect(),
        today: Some(timestamp(difference.today)),
        law: difference.law.as_ref().map(law_change),
    }
}

fn entry_change(change: EntryChange) -> pb::EntryChangeKind {
    match change {
        EntryChange::Added => pb::EntryChangeKind::Added,
        EntryChange::Removed => pb::EntryChangeKind::Removed,
        EntryChange::Changed => pb::EntryChangeKind::Changed,
    }
}
