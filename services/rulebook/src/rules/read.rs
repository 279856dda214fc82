//! Reads and checks the rule files: every fault at once, each with its file, row and rule.

use std::str::FromStr;

use chrono::NaiveDate;
use csv::StringRecord;
use kernel::{Cents, Period};
pub use kernel::{RuleFault as Fault, RuleFaults as Faults};

use super::super::week_value::Span;
use super::super::weeks::{next_day, previous_day};
use super::{Cap, CapPair, ClimateWindow, Dated, Key, LowBand, MonthlyCaps, Rules, Switches, Unit};

/// Names of the files.
const VALUES: &str = "values.csv";
const CLIMATE: &str = "climate.csv";
const CAPS: &str = "caps.csv";

/// Columns of the files.
pub(super) const VALUES_COLUMNS: &[&str] = &["key", "value", "unit", "from", "to", "source"];
pub(super) const CLIMATE_COLUMNS: &[&str] = &["from", "to", "source"];
pub(super) const CAPS_COLUMNS: &[&str] = &[
    "from",
    "to",
    "threshold",
    "low_gross",
    "low_net",
    "high_gross",
    "high_net",
    "low_weather_gross",
    "low_weather_net",
    "high_weather_gross",
    "high_weather_net",
    "source",
];

/// The text of the rule files.
#[derive(Debug, Clone, Copy)]
pub struct RuleFiles<'a> {
    /// `values.csv`: the figures.
    pub values: &'a str,
    /// `climate.csv`: the climate windows.
    pub climate: &'a str,
    /// `caps.csv`: the monthly caps.
    pub caps: &'a str,
}

impl RuleFiles<'static> {
    /// The names, in the order of the fields.
    pub const NAMES: [&'static str; 3] = [VALUES, CLIMATE, CAPS];

    /// The files that come with the program.
    pub fn embedded() -> Self {
        Self {
            values: include_str!("../../data/values.csv"),
            climate: include_str!("../../data/climate.csv"),
            caps: include_str!("../../data/caps.csv"),
        }
    }
}

/// Reads the rules, or tells everything that is wrong with them.
pub fn read(files: &RuleFiles<'_>, switches: Switches) -> Result<Rules, Faults> {
    let mut faults = Vec::new();
    let series = read_values(files.values, &mut faults);
    let climate = read_climate(files.climate, &mut faults);
    let caps = read_caps(files.caps, &mut faults);
    if faults.is_empty() {
        Ok(Rules {
            series,
            climate,
            caps,
            switches,
        })
    } else {
        Err(Faults(faults))
    }
}

/// A value as the files spell it.
pub(super) fn spelled(value: i64, unit: Unit) -> String {
    let scale = 10_i64.pow(unit.decimals().try_into().unwrap_or(0));
    match value % scale {
        0 => (value / scale).to_string(),
        rest => format!("{}.{rest}", value / scale),
    }
}

/// A file with its faults.
struct File<'f> {
    name: &'static str,
    columns: &'static [&'static str],
    faults: &'f mut Vec<Fault>,
}

/// A row of a file.
struct Row {
    line: u64,
    fields: StringRecord,
}

impl File<'_> {
    fn fault(&mut self, row: u64, rule: impl Into<String>, wrong: impl Into<String>) {
        self.faults.push(Fault {
            file: self.name,
            row,
            rule: rule.into(),
            wrong: wrong.into(),
        });
    }

    /// The rows below the header, which must be the columns of the file.
    fn rows(&mut self, text: &str) -> Vec<Row> {
        let mut rows = Vec::new();
        let mut lines = (1..).zip(text.lines()).filter(|(_, line)| {
            let line = line.trim();
            !line.is_empty() && !line.starts_with('#')
        });
        let header = lines.next().and_then(|(line, text)| self.row(line, text));
        let columns = self.columns;
        if !header.is_some_and(|header| header.fields.iter().eq(columns.iter().copied())) {
            self.fault(0, "header", format!("must be {}", columns.join(",")));
            return rows;
        }
        for (line, text) in lines {
            let Some(row) = self.row(line, text) else {
                continue;
            };
            let (wanted, has) = (columns.len(), row.fields.len());
            if wanted == has {
                rows.push(row);
            } else {
                self.fault(
                    line,
                    "format",
                    format!("must have {wanted} columns, has {has}"),
                );
            }
        }
        if rows.is_empty() && self.name != CLIMATE {
            self.fault(0, "format", "has no row");
        }
        rows
    }

    /// One line as a row.
    fn row(&mut self, line: u64, text: &str) -> Option<Row> {
        let mut reader = csv::ReaderBuilder::new()
            .trim(csv::Trim::All)
            .has_headers(false)
            .from_reader(text.as_bytes());
        match reader.records().next()? {
            Ok(fields) => Some(Row { line, fields }),
            Err(error) => {
                self.fault(line, "format", error.to_string());
                None
            }
        }
    }

    fn column<'r>(&self, row: &'r Row, name: &str) -> &'r str {
        let position = self.columns.iter().position(|column| *column == name);
        position
            .and_then(|position| row.fields.get(position))
            .unwrap_or("")
    }

    fn day(&mut self, row: &Row, rule: &str, name: &str) -> Option<NaiveDate> {
        let text = self.column(row, name).to_owned();
        let day = NaiveDate::from_str(&text).ok();
        if day.is_none() {
            self.fault(
                row.line,
                rule,
                format!("{name} must be a day such as 2026-07-01, is `{text}`"),
            );
        }
        day
    }

    /// First day, last day where there is one, and source, which every row has.
    fn validity(
        &mut self,
        row: &Row,
        rule: &str,
    ) -> Option<(NaiveDate, Option<NaiveDate>, &'static str)> {
        let from = self.day(row, rule, "from");
        let to = if self.column(row, "to").is_empty() {
            Some(None)
        } else {
            self.day(row, rule, "to").map(Some)
        };
        let source = self.column(row, "source").to_owned();
        if source.is_empty() {
            self.fault(row.line, rule, "has no source");
        }
        let (from, to) = (from?, to?);
        if to.is_some_and(|to| to < from) {
            self.fault(
                row.line,
                rule,
                format!("ends on {} before it starts on {from}", to?),
            );
            return None;
        }
        (!source.is_empty()).then(|| (from, to, &*source.leak()))
    }

    /// Rows of one rule, oldest first, must follow each other without overlap, and without gap where one is not allowed.
    fn follow(
        &mut self,
        rule: &str,
        spans: &[(u64, NaiveDate, Option<NaiveDate>)],
        gaps_allowed: bool,
    ) {
        for pair in spans.windows(2) {
            let ((before_line, _, before_to), (line, from, _)) = (pair[0], pair[1]);
            match before_to {
                Some(to) if to < from => {
                    if !gaps_allowed && next_day(to) != from {
                        self.fault(
                            line,
                            rule,
                            format!(
                                "leaves a gap from {} to {}",
                                next_day(to),
                                previous_day(from)
                            ),
                        );
                    }
                }
                _ => self.fault(line, rule, format!("overlaps with row {before_line}")),
            }
        }
    }
}

fn read_values(text: &str, faults: &mut Vec<Fault>) -> Vec<Vec<Dated>> {
    let mut file = File {
        name: VALUES,
        columns: VALUES_COLUMNS,
        faults,
    };
    let mut series: Vec<Vec<(u64, Dated)>> = vec![Vec::new(); Key::ALL.len()];
    let mut named = vec![false; Key::ALL.len()];
    let rows = file.rows(text);
    for row in &rows {
        let name = file.column(row, "key").to_owned();
        let Some(key) = Key::named(&name) else {
            file.fault(row.line, name, "is not a key that the rules know");
            continue;
        };
        named[key as usize] = true;
        let value = read_value(&mut file, row, key);
        let validity = file.validity(row, key.as_str());
        if let (Some(value), Some((from, to, source))) = (value, validity) {
            let dated = Dated {
                value,
                from,
                to,
                source,
            };
            series[key as usize].push((row.line, dated));
        }
    }
    for key in Key::ALL {
        let rows = &mut series[*key as usize];
        rows.sort_by_key(|(_, dated)| dated.from);
        if named[*key as usize] {
            check_series(&mut file, *key, rows);
        } else {
            file.fault(0, key.as_str(), "has no row");
        }
    }
    series
        .into_iter()
        .map(|rows| rows.into_iter().map(|(_, dated)| dated).collect())
        .collect()
}

fn check_series(file: &mut File<'_>, key: Key, rows: &[(u64, Dated)]) {
    let name = key.as_str();
    if let Some((line, first)) = rows.first()
        && first.from > key.since()
    {
        let since = key.since();
        file.fault(*line, name, format!("must hold from {since} or before"));
    }
    let spans: Vec<_> = rows
        .iter()
        .map(|(line, row)| (*line, row.from, row.to))
        .collect();
    file.follow(name, &spans, false);
}

fn read_value(file: &mut File<'_>, row: &Row, key: Key) -> Option<i64> {
    let unit = key.unit();
    if file.column(row, "unit") != unit.as_str() {
        file.fault(
            row.line,
            key.as_str(),
            format!("must have the unit {}", unit.as_str()),
        );
        return None;
    }
    let (least, most) = key.bounds();
    let text = file.column(row, "value").to_owned();
    let scale = 10_i64.pow(unit.decimals().try_into().unwrap_or(0));
    let value = decimal(&text, unit.decimals());
    match value {
        Some(value) if (least * scale..=most * scale).contains(&value) => Some(value),
        _ => {
            file.fault(
                row.line,
                key.as_str(),
                format!("must be a number from {least} to {most}, is `{text}`"),
            );
            None
        }
    }
}

/// A decimal number with at most so many decimals, as a whole number of the last one.
fn decimal(text: &str, decimals: usize) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(fraction) || fraction.len() > decimals {
        return None;
    }
    format!("{whole}{fraction:0<decimals$}").parse().ok()
}

fn read_climate(text: &str, faults: &mut Vec<Fault>) -> Vec<ClimateWindow> {
    const RULE: &str = "climate_window";
    let mut file = File {
        name: CLIMATE,
        columns: CLIMATE_COLUMNS,
        faults,
    };
    let mut windows = Vec::new();
    let rows = file.rows(text);
    for row in &rows {
        let Some((from, to, source)) = file.validity(row, RULE) else {
            continue;
        };
        match to {
            None => file.fault(row.line, RULE, "must have a last day"),
            Some(to) => {
                let period = Period::between(from, to);
                windows.push((
                    row.line,
                    ClimateWindow {
                        period,
                        source,
                        span: Span::of(period),
                    },
                ));
            }
        }
    }
    windows.sort_by_key(|(_, window)| window.period);
    let spans: Vec<_> = windows
        .iter()
        .map(|(line, window)| {
            (
                *line,
                window.period.first_day(),
                Some(window.period.last_day()),
            )
        })
        .collect();
    file.follow(RULE, &spans, true);
    windows.into_iter().map(|(_, window)| window).collect()
}

fn read_caps(text: &str, faults: &mut Vec<Fault>) -> Vec<MonthlyCaps> {
    const RULE: &str = "monthly_caps";
    let mut file = File {
        name: CAPS,
        columns: CAPS_COLUMNS,
        faults,
    };
    let mut caps = Vec::new();
    let rows = file.rows(text);
    for row in &rows {
        let low = read_low_band(&mut file, row);
        let high = read_pair(&mut file, row, "high");
        let validity = file.validity(row, RULE);
        if let (Some(high), Some((from, to, source))) = (high, validity) {
            caps.push((
                row.line,
                MonthlyCaps {
                    from,
                    to,
                    low,
                    high,
                    source,
                },
            ));
        }
    }
    caps.sort_by_key(|(_, caps)| caps.from);
    let spans: Vec<_> = caps
        .iter()
        .map(|(line, caps)| (*line, caps.from, caps.to))
        .collect();
    file.follow(RULE, &spans, false);
    caps.into_iter().map(|(_, caps)| caps).collect()
}

/// The lower band: all of its cells, or none; a faulty one is told, and left out.
fn read_low_band(file: &mut File<'_>, row: &Row) -> Option<LowBand> {
    let cells = [
        "threshold",
        "low_gross",
        "low_net",
        "low_weather_gross",
        "low_weather_net",
    ];
    if cells.iter().all(|cell| file.column(row, cell).is_empty()) {
        return None;
    }
    let threshold = read_amount(file, row, "threshold");
    let caps = read_pair(file, row, "low");
    Some(LowBand {
        threshold: threshold?,
        caps: caps?,
    })
}

fn read_pair(file: &mut File<'_>, row: &Row, band: &str) -> Option<CapPair> {
    let plain = read_cap(file, row, band);
    let weather = read_cap(file, row, &format!("{band}_weather"));
    Some(CapPair {
        plain: plain?,
        weather: weather?,
    })
}

fn read_cap(file: &mut File<'_>, row: &Row, prefix: &str) -> Option<Cap> {
    let gross = read_amount(file, row, &format!("{prefix}_gross"));
    let net = read_amount(file, row, &format!("{prefix}_net"));
    let (gross, net) = (gross?, net?);
    if net < gross {
        return Some(Cap { gross, net });
    }
    file.fault(
        row.line,
        "monthly_caps",
        format!("{prefix}_net must be below {prefix}_gross"),
    );
    None
}

fn read_amount(file: &mut File<'_>, row: &Row, name: &str) -> Option<Cents> {
    let text = file.column(row, name).to_owned();
    let amount = text.parse().ok().filter(|amount: &Cents| amount.get() > 0);
    if amount.is_none() {
        file.fault(
            row.line,
            "monthly_caps",
            format!("{name} must be an amount above zero, is `{text}`"),
        );
    }
    amount
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults_of(files: RuleFiles<'_>) -> Vec<String> {
        let faults = read(&files, Switches::default()).unwrap_err();
        faults
            .to_string()
            .lines()
            .skip(1)
            .map(|line| line.trim().to_owned())
            .collect()
    }

    fn with_values(from: &str, to: &str) -> Vec<String> {
        let values = RuleFiles::embedded().values.replace(from, to);
        faults_of(RuleFiles {
            values: &values,
            ..RuleFiles::embedded()
        })
    }

    #[test]
    fn the_embedded_rules_are_sound() {
        assert!(Rules::embedded(Switches::default()).is_ok());
    }

    #[test]
    fn all_faults_are_told_together_each_with_file_row_and_rule() {
        let values = RuleFiles::embedded()
            .values
            .replace("application_weeks,13,", "application_weeks,0,")
            .replace("continuous_weeks,52,weeks", "continuous_weeks,52,months")
            .replace("waiting_weeks,52", "waiting_week,52");
        let climate = "from,to,source\n2023-07-01,2022-12-31,x\n2024-07-01,,x\n";
        let faults = faults_of(RuleFiles {
            values: &values,
            climate,
            ..RuleFiles::embedded()
        });
        for expected in [
            "values.csv, row 6, application_weeks: must be a number from 1 to 104, is `0`",
            "values.csv, row 7, continuous_weeks: must have the unit weeks",
            "values.csv, row 9, waiting_week: is not a key that the rules know",
            "values.csv, row 0, waiting_weeks: has no row",
            "climate.csv, row 2, climate_window: ends on 2022-12-31 before it starts on 2023-07-01",
            "climate.csv, row 3, climate_window: must have a last day",
        ] {
            assert!(
                faults.iter().any(|fault| fault == expected),
                "{expected} is not in {faults:#?}"
            );
        }
    }

    #[test]
    fn rows_of_one_rule_may_neither_overlap_nor_leave_a_gap() {
        let row = "total_months,24,months,2015-09-24,,art. 4 c. 1 D.Lgs. 148/2015";
        let twice = format!("{row}\ntotal_months,25,months,2030-01-01,,a later law");
        assert_eq!(
            with_values(row, &twice),
            ["values.csv, row 14, total_months: overlaps with row 13"]
        );
        let gap = twice.replace("2015-09-24,,", "2015-09-24,2029-12-30,");
        assert_eq!(
            with_values(row, &gap),
            ["values.csv, row 14, total_months: leaves a gap from 2029-12-31 to 2029-12-31"]
        );
        let late = row.replace("2015-09-24", "2016-01-01");
        assert_eq!(
            with_values(row, &late),
            ["values.csv, row 13, total_months: must hold from 2015-09-24 or before"]
        );
    }

    #[test]
    fn a_climate_window_may_last_a_day_and_leave_a_gap_but_not_overlap() {
        let read_climate = |rows: &str| {
            let climate = format!("from,to,source\n{rows}");
            let files = RuleFiles {
                climate: &climate,
                ..RuleFiles::embedded()
            };
            read(&files, Switches::default()).map(|_| ())
        };
        assert!(read_climate("2024-07-01,2024-07-01,x\n2025-07-01,2025-12-31,x\n").is_ok());
        let refused = read_climate("2024-07-01,2025-07-01,x\n2025-07-01,2025-12-31,x\n");
        let refused = refused.unwrap_err().to_string();
        assert!(
            refused.contains("climate.csv, row 3, climate_window: overlaps with row 2"),
            "{refused}"
        );
    }

    #[test]
    fn a_value_with_decimals_is_within_its_bounds_too() {
        let with = |value: &str| {
            let values = RuleFiles::embedded().values.replace(
                "cigs_hours_percent,80,",
                &format!("cigs_hours_percent,{value},"),
            );
            let files = RuleFiles {
                values: &values,
                ..RuleFiles::embedded()
            };
            read(&files, Switches::default()).map(|_| ())
        };
        assert!(with("1").is_ok() && with("99.9").is_ok() && with("100").is_ok());
        assert!(with("0.9").is_err() && with("100.1").is_err());
    }

    #[test]
    fn a_decimal_has_digits_and_at_most_so_many_of_them_after_the_point() {
        assert_eq!(decimal("80", 1), Some(800));
        assert_eq!(decimal("5.84", 2), Some(584));
        assert_eq!(decimal("5.8", 2), Some(580));
        assert_eq!(decimal("5.", 0), Some(5));
        for wrong in ["", ".5", "x", "x.5", "5.x", "-1", "5.845"] {
            assert_eq!(decimal(wrong, 2), None, "{wrong}");
        }
    }

    #[test]
    fn every_row_has_a_source_and_whole_numbers_have_no_decimals() {
        assert_eq!(
            with_values("art. 12 c. 5 D.Lgs. 148/2015", "")[0],
            "values.csv, row 11, workable_divisor: has no source"
        );
        assert!(with_values("riorg_months,24,", "riorg_months,24.5,")[0].contains("is `24.5`"));
    }

    #[test]
    fn a_cap_is_whole_or_absent_and_its_net_is_below_its_gross() {
        let caps = RuleFiles::embedded()
            .caps
            .replace("1423.69,1340.56", "1340.56,1423.69");
        assert_eq!(
            faults_of(RuleFiles {
                caps: &caps,
                ..RuleFiles::embedded()
            }),
            ["caps.csv, row 15, monthly_caps: high_net must be below high_gross"]
        );
        for (net, fault) in [
            ("1423.69", "high_net must be below high_gross"),
            ("0.00", "high_net must be an amount above zero, is `0.00`"),
        ] {
            let caps = RuleFiles::embedded()
                .caps
                .replace("1423.69,1340.56", &format!("1423.69,{net}"));
            let files = RuleFiles {
                caps: &caps,
                ..RuleFiles::embedded()
            };
            assert_eq!(
                faults_of(files),
                [format!("caps.csv, row 15, monthly_caps: {fault}")]
            );
        }
        let caps = RuleFiles::embedded().caps.replace(
            "2102.24,971.71,914.96,1167.91,1099.70,1166.05",
            "2102.24,971.71,914.96,1167.91,1099.70,",
        );
        assert!(
            faults_of(RuleFiles {
                caps: &caps,
                ..RuleFiles::embedded()
            })[0]
                .contains("low_weather_gross")
        );
    }

    #[test]
    fn a_file_without_its_header_or_with_a_short_row_is_refused() {
        assert_eq!(
            faults_of(RuleFiles {
                climate: "a,b\n",
                ..RuleFiles::embedded()
            }),
            ["climate.csv, row 0, header: must be from,to,source"]
        );
        assert_eq!(
            faults_of(RuleFiles {
                climate: "from,to,source\n2023-07-01\n",
                ..RuleFiles::embedded()
            }),
            ["climate.csv, row 2, format: must have 3 columns, has 1"]
        );
    }
}
