//! A change of the law as text, in Italian and in English.

use std::fmt::Write;

use chrono::{DateTime, NaiveDate, Utc};
use kernel::rome;

use super::super::rules::{InForce, RulesChange};
use super::Language;

/// A state of the law, as it is cited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cited {
    /// Its number.
    pub version: i32,
    /// Instant from which it has been known.
    pub known_from: DateTime<Utc>,
}

/// What differs between the law that was known and the one that is known today, as lines of text.
pub fn render_law(then: Cited, today: Cited, change: &RulesChange, language: Language) -> String {
    let writer = LawWriter { language };
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = writer.write(then, today, change, &mut text);
    text
}

struct LawWriter {
    language: Language,
}

impl LawWriter {
    fn say(&self, italian: &'static str, english: &'static str) -> &'static str {
        match self.language {
            Language::Italian => italian,
            Language::English => english,
        }
    }

    fn write(
        &self,
        then: Cited,
        today: Cited,
        change: &RulesChange,
        out: &mut String,
    ) -> std::fmt::Result {
        let (then, today) = (self.cited(then), self.cited(today));
        match self.language {
            Language::Italian => writeln!(
                out,
                "Allora si conosceva un'altra legge: {then}; oggi {today}."
            )?,
            Language::English => {
                writeln!(out, "Another law was known then: {then}; today {today}.")?;
            }
        }
        if change.is_empty() {
            let same = self.say("Nessuna regola è diversa.", "No rule differs.");
            return writeln!(out, "  {same}");
        }
        self.changes(change, out)
    }

    fn changes(&self, change: &RulesChange, out: &mut String) -> std::fmt::Result {
        for row in &change.rows {
            match (&row.before, &row.after) {
                (Some(before), Some(after)) => writeln!(
                    out,
                    "  {}: {} → {}",
                    self.say("Cambiata", "Changed"),
                    self.row(before),
                    self.row(after)
                )?,
                (Some(before), None) => writeln!(
                    out,
                    "  {}: {}",
                    self.say("Tolta", "Taken out"),
                    self.row(before)
                )?,
                (None, Some(after)) => writeln!(
                    out,
                    "  {}: {}",
                    self.say("Aggiunta", "Added"),
                    self.row(after)
                )?,
                (None, None) => {}
            }
        }
        for reading in &change.readings {
            writeln!(
                out,
                "  {} {}: {} → {}",
                self.say("Opzione", "Switch"),
                reading.name,
                reading.before,
                reading.after
            )?;
        }
        Ok(())
    }

    fn cited(&self, law: Cited) -> String {
        let known = rome::local(law.known_from);
        let (day, time) = (self.day(known.date()), known.format("%H:%M:%S"));
        match self.language {
            Language::Italian => format!("la versione {}, nota dal {day} alle {time}", law.version),
            Language::English => {
                format!("version {}, known since {day} at {time}", law.version)
            }
        }
    }

    fn row(&self, row: &InForce) -> String {
        let from = self.day(row.from);
        let span = match (row.to, self.language) {
            (None, Language::Italian) => format!("dal {from}"),
            (None, Language::English) => format!("from {from}"),
            (Some(to), Language::Italian) => format!("dal {from} al {}", self.day(to)),
            (Some(to), Language::English) => format!("from {from} to {}", self.day(to)),
        };
        format!(
            "{} = {} {} {span} ({})",
            row.key, row.value, row.unit, row.source
        )
    }

    fn day(&self, day: NaiveDate) -> String {
        match self.language {
            Language::Italian => day.format("%d/%m/%Y").to_string(),
            Language::English => day.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::rules::{IN_FORCE, RuleFiles, Switch, Switches, read};
    use super::*;

    fn cited(version: i32, known_from: &str) -> Cited {
        Cited {
            version,
            known_from: known_from.parse().unwrap(),
        }
    }

    #[test]
    fn a_change_of_the_law_is_told_row_by_row_and_switch_by_switch() {
        let values = RuleFiles::embedded()
            .values
            .replace("biennium_weeks,52,", "biennium_weeks,60,");
        let climate = "from,to,source\n2027-07-01,2027-12-31,a decree\n";
        let files = RuleFiles {
            values: &values,
            climate,
            ..RuleFiles::embedded()
        };
        let turned = Switches {
            deduct_holidays: Switch::On,
            ..Switches::default()
        };
        let change = RulesChange::between(&IN_FORCE, &read(&files, turned).unwrap());
        let then = cited(1, "2026-11-22T11:00:00Z");
        let today = cited(3, "2027-07-05T22:30:00Z");
        let italian = render_law(then, today, &change, Language::Italian);
        let lines: Vec<&str> = italian.lines().collect();
        assert_eq!(
            lines[..3],
            [
                "Allora si conosceva un'altra legge: la versione 1, nota dal 22/11/2026 alle 12:00:00; oggi la versione \
                 3, nota dal 06/07/2027 alle 00:30:00.",
                "  Cambiata: biennium_weeks = 52 weeks dal 24/09/2015 (art. 12 c. 3 D.Lgs. 148/2015) → biennium_weeks = \
                 60 weeks dal 24/09/2015 (art. 12 c. 3 D.Lgs. 148/2015)",
                "  Tolta: climate_window = true flag dal 01/07/2023 al 31/12/2023 (art. 1 D.L. 98/2023)",
            ]
        );
        assert_eq!(
            lines[lines.len() - 2..],
            [
                "  Aggiunta: climate_window = true flag dal 01/07/2027 al 31/12/2027 (a decree)",
                "  Opzione deduct_holidays: false → true",
            ]
        );
        let english = render_law(then, today, &change, Language::English);
        assert!(
            english.starts_with(
                "Another law was known then: version 1, known since 2026-11-22 at 12:00:00; today version 3, known since \
                 2027-07-06 at 00:30:00.\n  Changed: biennium_weeks = 52 weeks from 2015-09-24 (art. 12 c. 3"
            ),
            "{english}"
        );
        assert!(english.ends_with("  Switch deduct_holidays: false → true\n"));
    }

    #[test]
    fn two_sets_of_the_same_rules_are_told_so() {
        let (then, today) = (
            cited(1, "2026-11-22T11:00:00Z"),
            cited(2, "2026-11-23T11:00:00Z"),
        );
        let same = RulesChange::between(&IN_FORCE, &IN_FORCE);
        let told = |language| render_law(then, today, &same, language);
        assert!(told(Language::English).ends_with("  No rule differs.\n"));
        assert!(told(Language::Italian).ends_with("  Nessuna regola è diversa.\n"));
    }
}
