//! What differs between two states of the rules.

use super::{InForce, Rules};

/// A row that differs: of the same rule and the same first day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowChange {
    /// As it was before; `None` when there was none.
    pub before: Option<InForce>,
    /// As it is after; `None` when there is none any more.
    pub after: Option<InForce>,
}

/// A reading that was chosen otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadingChange {
    /// Name of the switch, as in the settings.
    pub name: String,
    /// The reading before.
    pub before: String,
    /// The reading after.
    pub after: String,
}

/// Everything that differs between two states of the rules.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RulesChange {
    /// Rows: those that changed or went in the order of the rules, then those that are new.
    pub rows: Vec<RowChange>,
    /// Switches, by name.
    pub readings: Vec<ReadingChange>,
}

impl RulesChange {
    /// What differs between the rules before and after.
    pub fn between(before: &Rules, after: &Rules) -> Self {
        Self {
            rows: changed_rows(before, after),
            readings: changed_readings(before, after),
        }
    }

    /// Whether the same holds in both.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.readings.is_empty()
    }
}

fn changed_rows(before: &Rules, after: &Rules) -> Vec<RowChange> {
    let (old, new): (Vec<InForce>, Vec<InForce>) =
        (before.rows().collect(), after.rows().collect());
    let find = |rows: &[InForce], wanted: &InForce| {
        rows.iter()
            .find(|row| (row.key, row.from) == (wanted.key, wanted.from))
            .cloned()
    };
    let changed_or_gone = old.iter().map(|row| RowChange {
        before: Some(row.clone()),
        after: find(&new, row),
    });
    let added = new
        .iter()
        .filter(|row| find(&old, row).is_none())
        .map(|row| RowChange {
            before: None,
            after: Some(row.clone()),
        });
    changed_or_gone
        .chain(added)
        .filter(|change| change.before != change.after)
        .collect()
}

fn changed_readings(before: &Rules, after: &Rules) -> Vec<ReadingChange> {
    let (old, new) = (before.switches.readings(), after.switches.readings());
    old.into_iter()
        .zip(new)
        .filter(|((_, before), (_, after))| before != after)
        .map(|((name, before), (_, after))| ReadingChange {
            name,
            before,
            after,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::{IN_FORCE, RuleFiles, Switch, Switches, day, read};
    use super::*;

    #[test]
    fn a_row_that_was_closed_one_that_is_new_and_one_that_went_are_told_apart() {
        let biennium = "biennium_weeks,52,weeks,2015-09-24,,art. 12 c. 3 D.Lgs. 148/2015";
        let values = RuleFiles::embedded().values.replace(
            biennium,
            "biennium_weeks,52,weeks,2015-09-24,2026-06-30,art. 12 c. 3 D.Lgs. 148/2015\n\
             biennium_weeks,60,weeks,2026-07-01,,a decree",
        );
        let climate = RuleFiles::embedded()
            .climate
            .replace("2023-07-01,2023-12-31,art. 1 D.L. 98/2023\n", "");
        let files = RuleFiles {
            values: &values,
            climate: &climate,
            ..RuleFiles::embedded()
        };
        let after = read(&files, Switches::default()).unwrap();
        let change = RulesChange::between(&IN_FORCE, &after);
        let told: Vec<_> = change
            .rows
            .iter()
            .map(|row| {
                let last = |row: &Option<InForce>| row.as_ref().map(|row| (row.key, row.to));
                (last(&row.before), last(&row.after))
            })
            .collect();
        let window = ("climate_window", Some(day(2023, 12, 31)));
        assert_eq!(
            told,
            [
                (
                    Some(("biennium_weeks", None)),
                    Some(("biennium_weeks", Some(day(2026, 6, 30))))
                ),
                (Some(window), None),
                (None, Some(("biennium_weeks", None))),
            ]
        );
        assert_eq!(change.rows[2].after.as_ref().unwrap().source, "a decree");
        assert!(change.readings.is_empty());
    }

    #[test]
    fn a_switch_that_was_turned_is_told_by_its_name() {
        let turned = Switches {
            deduct_holidays: Switch::On,
            ..Switches::default()
        };
        let change = RulesChange::between(&IN_FORCE, &IN_FORCE.with(turned));
        assert_eq!(
            change.readings,
            [ReadingChange {
                name: "deduct_holidays".to_owned(),
                before: "false".to_owned(),
                after: "true".to_owned()
            }]
        );
        assert!(change.rows.is_empty() && !change.is_empty());
        assert!(RulesChange::between(&IN_FORCE, &IN_FORCE).is_empty());
    }
}
