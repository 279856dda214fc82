//! The rules as they are kept for ever: one text, the same for the same rules, that can be read back.
//!
//! Comments, blanks and the order of the rows do not belong to the rules and are not in it, nor is the spelling of a
//! number: whoever tidies a file up has not changed the law.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::read::{CAPS_COLUMNS, CLIMATE_COLUMNS, VALUES_COLUMNS, spelled};
use super::{CapPair, Faults, Key, MonthlyCaps, RuleFiles, Rules, Switches, read};

/// The form in which rules are written. Whoever adds a key, which records of before do not have, raises it and says in
/// [`Record::rules`] what such a record stands for; a new switch needs nothing when its default is what was done before.
const FORMAT: u32 = 1;

/// The canonical text of a set of rules: JSON with the three files in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record(String);

/// What the text holds.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Content<'a> {
    format: u32,
    edition: u32,
    values: Cow<'a, str>,
    climate: Cow<'a, str>,
    caps: Cow<'a, str>,
    switches: Switches,
}

/// What every form of the text holds.
#[derive(Debug, Deserialize)]
struct Format {
    format: u32,
}

/// Why a record cannot be read back.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// It is not a text of this kind.
    #[error("the recorded rules are not the JSON that is expected")]
    Malformed(#[from] serde_json::Error),
    /// It was written in another form than this program knows.
    #[error(
        "the recorded rules have the format {found}, and this version of the program reads {FORMAT} alone"
    )]
    Format {
        /// Its form.
        found: u32,
    },
    /// This program does not take them for rules, for instance since it knows a key of which they have no row.
    #[error("the recorded rules are not such as this version of the program knows")]
    Faulty(#[from] Faults),
}

impl Record {
    /// The text of rules. The edition is a number that whoever runs the service chooses: rules that are taken up again
    /// after others had followed are another set when it is another one.
    pub fn of(rules: &Rules, edition: u32) -> Self {
        let content = Content {
            format: FORMAT,
            edition,
            values: values(rules).into(),
            climate: climate(rules).into(),
            caps: caps(rules).into(),
            switches: rules.switches,
        };
        Self(serde_json::to_string(&content).expect("strings, numbers and words have a spelling"))
    }

    /// The text of a record that was kept.
    pub fn kept(text: String) -> Self {
        Self(text)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The rules that it holds. What they cite lives as long as the process, so a record is read once.
    pub fn rules(&self) -> Result<Rules, Unreadable> {
        let Format { format: found } = serde_json::from_str(&self.0)?;
        if found != FORMAT {
            return Err(Unreadable::Format { found });
        }
        let content: Content<'_> = serde_json::from_str(&self.0)?;
        let files = RuleFiles {
            values: &content.values,
            climate: &content.climate,
            caps: &content.caps,
        };
        Ok(read(&files, content.switches)?)
    }
}

fn values(rules: &Rules) -> String {
    let rows = Key::ALL.iter().flat_map(|key| {
        let unit = key.unit();
        rules.series[*key as usize].iter().map(move |row| {
            [
                key.as_str().to_owned(),
                spelled(row.value, unit),
                unit.as_str().to_owned(),
                row.from.to_string(),
                last_day(row.to),
                row.source.to_owned(),
            ]
        })
    });
    file(VALUES_COLUMNS, rows)
}

fn climate(rules: &Rules) -> String {
    let rows = rules.climate.iter().map(|window| {
        [
            window.period.first_day().to_string(),
            window.period.last_day().to_string(),
            window.source.to_owned(),
        ]
    });
    file(CLIMATE_COLUMNS, rows)
}

fn caps(rules: &Rules) -> String {
    file(CAPS_COLUMNS, rules.caps.iter().map(caps_row))
}

fn caps_row(caps: &MonthlyCaps) -> Vec<String> {
    let pair = |pair: &CapPair| {
        let (plain, weather) = (pair.plain, pair.weather);
        (
            [plain.gross.to_string(), plain.net.to_string()],
            [weather.gross.to_string(), weather.net.to_string()],
        )
    };
    let (threshold, (low, low_weather)) = caps.low.as_ref().map_or_else(Default::default, |low| {
        (low.threshold.to_string(), pair(&low.caps))
    });
    let (high, high_weather) = pair(&caps.high);
    let mut row = vec![caps.from.to_string(), last_day(caps.to), threshold];
    row.extend([low, high, low_weather, high_weather].into_iter().flatten());
    row.push(caps.source.to_owned());
    row
}

fn last_day(to: Option<chrono::NaiveDate>) -> String {
    to.map_or_else(String::new, |to| to.to_string())
}

/// A file of rows below their header.
fn file<Row>(columns: &[&str], mut rows: impl Iterator<Item = Row>) -> String
where
    Row: IntoIterator<Item = String>,
{
    let mut writer = csv::Writer::from_writer(Vec::new());
    let written = writer
        .write_record(columns)
        .and_then(|()| rows.try_for_each(|row| writer.write_record(row)));
    let text = written.ok().and_then(|()| writer.into_inner().ok());
    text.and_then(|text| String::from_utf8(text).ok())
        .expect("rows as long as their header go into memory as they are")
}

#[cfg(test)]
mod tests {
    use super::super::{HoursBasis, IN_FORCE, InForce, Switch};
    use super::*;

    fn embedded_record() -> Record {
        Record::of(&IN_FORCE, 0)
    }

    fn rows(rules: &Rules) -> Vec<InForce> {
        rules.rows().collect()
    }

    #[test]
    fn rules_are_read_back_as_they_were_with_their_readings() {
        let chosen = Switches {
            hours_basis: HoursBasis::Used,
            deduct_holidays: Switch::On,
            ..Switches::default()
        };
        let record = Record::of(&IN_FORCE.with(chosen), 3);
        let back = record.rules().unwrap();
        assert_eq!(rows(&back), rows(&IN_FORCE));
        assert_eq!(back.switches, chosen);
        assert_eq!(Record::of(&back, 3), record);
        assert_eq!(Record::kept(record.as_str().to_owned()), record);
    }

    #[test]
    fn comments_blanks_and_the_order_of_rows_are_not_the_law() {
        let embedded = RuleFiles::embedded();
        let reversed = |text: &str| {
            let mut rows: Vec<&str> = text
                .lines()
                .filter(|row| !row.starts_with('#') && !row.is_empty())
                .collect();
            rows[1..].reverse();
            rows.join("\n").replace(',', " , ")
        };
        let files = RuleFiles {
            values: &reversed(&embedded.values.replace(",9,percent", ",9.0,percent")),
            climate: &reversed(embedded.climate),
            caps: &reversed(embedded.caps),
        };
        let tidied = read(&files, Switches::default()).unwrap();
        assert_eq!(Record::of(&tidied, 0), embedded_record());
    }

    #[test]
    fn a_source_with_commas_and_quotes_is_kept() {
        let climate =
            "from,to,source\n2027-07-01,2027-12-31,\"art. 1, c. 2, \"\"decreto caldo\"\"\"\n";
        let files = RuleFiles {
            climate,
            ..RuleFiles::embedded()
        };
        let rules = read(&files, Switches::default()).unwrap();
        let back = Record::of(&rules, 0).rules().unwrap();
        assert_eq!(back.climate[0].source, "art. 1, c. 2, \"decreto caldo\"");
    }

    #[test]
    fn a_figure_a_day_a_source_a_reading_and_the_edition_are_each_another_set() {
        let with_values = |from: &str, to: &str| {
            let values = RuleFiles::embedded().values.replace(from, to);
            let files = RuleFiles {
                values: &values,
                ..RuleFiles::embedded()
            };
            Record::of(&read(&files, Switches::default()).unwrap(), 0)
        };
        let row = "cigo_filing_days,15,days,2015-09-24,,art. 15 c. 2";
        let turned = Switches {
            ais_eone_exempt: Switch::On,
            ..Switches::default()
        };
        let sets = [
            embedded_record(),
            with_values(row, "cigo_filing_days,16,days,2015-09-24,,art. 15 c. 2"),
            with_values(row, "cigo_filing_days,15,days,2015-09-23,,art. 15 c. 2"),
            with_values(row, "cigo_filing_days,15,days,2015-09-24,,art. 15 c. 3"),
            Record::of(&IN_FORCE.with(turned), 0),
            Record::of(&IN_FORCE, 1),
        ];
        for (place, one) in sets.iter().enumerate() {
            assert!(!sets[..place].contains(one), "{place}");
        }
    }

    /// Records are read back for ever: this text was written by the first version that kept any.
    #[test]
    fn the_form_is_the_one_that_was_written_before() {
        let text = embedded_record().0;
        assert!(
            text.starts_with(
                r#"{"format":1,"edition":0,"values":"key,value,unit,from,to,source\napplication_weeks,13,weeks,2015-09-24,,art. 12 c. 1 D.Lgs. 148/2015\n"#
            ),
            "{text}"
        );
        assert!(
            text.ends_with(
                r#""switches":{"construction_weather_by_day":true,"one_third_includes_eone":true,"hours_basis":"AUTHORISED","deduct_holidays":false,"art4_includes_ais":true,"art4_includes_eone":true,"cds_half_for_stone":true,"overlap":"CIGO","late_rule":"MONDAY","c2_trigger":"UNITS","ais_eone_exempt":false}}"#
            ),
            "{text}"
        );
    }

    #[test]
    fn a_record_of_before_a_switch_was_added_is_read_with_its_default() {
        let text = embedded_record()
            .0
            .replace(",\"ais_eone_exempt\":false", "");
        let rules = Record::kept(text).rules().unwrap();
        assert_eq!(rules.switches, Switches::default());
    }

    #[test]
    fn what_cannot_be_read_back_says_why() {
        let why = |text: String| Record::kept(text).rules().unwrap_err();
        let text = embedded_record().0;
        let later = why(text.replace("\"format\":1", "\"format\":2,\"chapters\":[]"));
        assert_eq!(
            later.to_string(),
            "the recorded rules have the format 2, and this version of the program reads 1 alone"
        );
        let unknown = why(text.replace("biennium_weeks", "triennium_weeks"));
        assert!(matches!(unknown, Unreadable::Faulty(_)), "{unknown:?}");
        let other = why(text.replace("\"edition\":0", "\"edition\":0,\"author\":\"x\""));
        assert!(matches!(other, Unreadable::Malformed(_)), "{other:?}");
        assert!(matches!(why(String::new()), Unreadable::Malformed(_)));
    }
}
