//! Reading a table line by line, gathering every fault. Fault texts never repeat a value: it may be personal.

use std::collections::HashMap;
use std::fmt::Display;
use std::hash::Hash;
use std::io::Read;
use std::str::FromStr;

use chrono::NaiveDate;
use csv::{ByteRecord, ReaderBuilder, StringRecord, Trim};

/// Faults kept of one file.
const MOST_FAULTS: usize = 1_000;
/// Data lines of one file.
const MOST_LINES: usize = 500_000;

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Line, from 1; the heading is line 1.
    pub line: u64,
    /// Column; empty when the whole line is meant.
    pub column: &'static str,
    /// What would be right.
    pub message: String,
}

/// The faults of a file.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<Fault>);

impl Faults {
    pub(super) fn add(&mut self, line: u64, column: &'static str, message: impl Into<String>) {
        if self.0.len() < MOST_FAULTS {
            self.0.push(Fault {
                line,
                column,
                message: message.into(),
            });
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn in_order(mut self) -> Vec<Fault> {
        self.0.sort_by_key(|fault| fault.line);
        self.0
    }
}

/// Lines with their numbers.
pub(super) type Lines<T> = Vec<(u64, T)>;

/// Reads a table whose heading names exactly the columns of `layout`, in any order. Returns how many data lines there
/// are, and those that `line` understood. Fails only when the file cannot be read at all.
pub(super) fn read<T>(
    file: impl Read,
    layout: &[&'static str],
    faults: &mut Faults,
    mut line: impl FnMut(&mut Cells<'_>) -> Option<T>,
) -> Result<(usize, Lines<T>), csv::Error> {
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(Trim::All)
        .from_reader(file);
    let mut raw = ByteRecord::new();
    let places = if reader.read_byte_record(&mut raw)? {
        heading(&raw, layout, faults)
    } else {
        faults.add(1, "", "the heading is missing");
        None
    };
    let Some(places) = places else {
        return Ok((0, Vec::new()));
    };
    let (mut count, mut lines) = (0, Vec::new());
    while reader.read_byte_record(&mut raw)? {
        let number = raw.position().map_or(0, csv::Position::line);
        count += 1;
        if count > MOST_LINES {
            faults.add(number, "", format!("a file has at most {MOST_LINES} lines"));
            break;
        }
        let Ok(record) = StringRecord::from_byte_record(std::mem::take(&mut raw)) else {
            faults.add(number, "", "is not UTF-8");
            continue;
        };
        if record.len() != layout.len() {
            faults.add(number, "", format!("must have {} fields", layout.len()));
            continue;
        }
        let mut cells = Cells {
            number,
            record: &record,
            places: &places,
            faults,
        };
        if let Some(parsed) = line(&mut cells) {
            lines.push((number, parsed));
        }
    }
    Ok((count, lines))
}

/// Where each column stands; `None` after adding faults when the heading is not that of the layout.
fn heading(
    raw: &ByteRecord,
    layout: &[&'static str],
    faults: &mut Faults,
) -> Option<HashMap<&'static str, usize>> {
    let names: Vec<&[u8]> = raw
        .iter()
        .enumerate()
        .map(|(place, name)| {
            if place == 0 {
                name.strip_prefix(b"\xef\xbb\xbf").unwrap_or(name)
            } else {
                name
            }
        })
        .collect();
    let mut places = HashMap::new();
    for column in layout {
        match names.iter().position(|name| *name == column.as_bytes()) {
            Some(place) => {
                places.insert(*column, place);
            }
            None => faults.add(1, column, "the heading lacks this column"),
        }
    }
    if names.len() > layout.len() {
        faults.add(
            1,
            "",
            format!(
                "the heading must have these columns and no other: {}",
                layout.join(", ")
            ),
        );
    }
    faults.is_empty().then_some(places)
}

/// The cells of one line.
pub(super) struct Cells<'a> {
    number: u64,
    record: &'a StringRecord,
    places: &'a HashMap<&'static str, usize>,
    faults: &'a mut Faults,
}

impl<'a> Cells<'a> {
    /// Text of a cell, possibly empty.
    pub(super) fn text(&self, column: &'static str) -> &'a str {
        self.places
            .get(column)
            .and_then(|place| self.record.get(*place))
            .unwrap_or_default()
    }

    /// Adds a fault; gives `None`, so that it can end an expression.
    pub(super) fn fault<T>(
        &mut self,
        column: &'static str,
        message: impl Into<String>,
    ) -> Option<T> {
        self.faults.add(self.number, column, message);
        None
    }

    /// A value that must be there.
    pub(super) fn parse<T>(&mut self, column: &'static str) -> Option<T>
    where
        T: FromStr,
        T::Err: Display,
    {
        match self.text(column) {
            "" => self.fault(column, "must not be empty"),
            text => self.checked(column, text.parse::<T>()),
        }
    }

    /// Several values between bars.
    pub(super) fn list<T>(&mut self, column: &'static str) -> Option<Vec<T>>
    where
        T: FromStr,
        T::Err: Display,
    {
        let cell = self.text(column);
        if cell.is_empty() {
            return Some(Vec::new());
        }
        let values: Result<Vec<T>, T::Err> =
            cell.split('|').map(|one| one.trim().parse()).collect();
        self.checked(column, values)
    }

    /// Text of `from` to `to` characters.
    pub(super) fn sized(&mut self, column: &'static str, from: usize, to: usize) -> Option<String> {
        let text = self.text(column);
        if (from..=to).contains(&text.chars().count()) {
            return Some(text.to_owned());
        }
        self.fault(column, format!("must have {from} to {to} characters"))
    }

    /// Yes or no.
    pub(super) fn flag(&mut self, column: &'static str) -> Option<bool> {
        match self.text(column) {
            "true" => Some(true),
            "false" => Some(false),
            _ => self.fault(column, "must be true or false"),
        }
    }

    /// A day that must be there.
    pub(super) fn day(&mut self, column: &'static str) -> Option<NaiveDate> {
        match self.optional_day(column)? {
            Some(day) => Some(day),
            None => self.fault(column, "must not be empty"),
        }
    }

    /// A day, or none.
    #[expect(
        clippy::option_option,
        reason = "the outer says whether the cell was understood"
    )]
    pub(super) fn optional_day(&mut self, column: &'static str) -> Option<Option<NaiveDate>> {
        let text = self.text(column);
        if text.is_empty() {
            return Some(None);
        }
        let day = NaiveDate::parse_from_str(text, "%Y-%m-%d")
            .ok()
            .filter(|_| text.len() == 10);
        match day {
            Some(day) => Some(Some(day)),
            None => self.fault(column, "must be a day, YYYY-MM-DD"),
        }
    }

    /// A first day and an optional last day that does not come before it.
    pub(super) fn days(
        &mut self,
        from: &'static str,
        to: &'static str,
    ) -> Option<(NaiveDate, Option<NaiveDate>)> {
        let first = self.day(from);
        let last = self.optional_day(to);
        let (first, last) = (first?, last?);
        if last.is_some_and(|last| last < first) {
            return self.fault(to, "must not come before the first day");
        }
        Some((first, last))
    }

    fn checked<T, E: Display>(&mut self, column: &'static str, value: Result<T, E>) -> Option<T> {
        match value {
            Ok(value) => Some(value),
            Err(error) => self.fault(column, error.to_string()),
        }
    }
}

/// Adds a fault for each line whose key an earlier line has.
pub(super) fn keys_once<T, K: Eq + Hash>(
    lines: &Lines<T>,
    column: &'static str,
    faults: &mut Faults,
    key: impl Fn(&T) -> K,
) {
    let mut first: HashMap<K, u64> = HashMap::with_capacity(lines.len());
    for (number, line) in lines {
        if let Some(earlier) = first.insert(key(line), *number) {
            faults.add(
                *number,
                column,
                format!("repeats the key of line {earlier}"),
            );
        }
    }
}

/// A decimal of up to seven digits before and two after the point, in hundredths.
pub(super) fn hundredths(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let shaped = (1..=7).contains(&whole.len()) && fraction.len() <= 2 && !text.ends_with('.');
    if !shaped || !digits(whole) || !digits(fraction) {
        return None;
    }
    format!("{whole}{fraction:0<2}").parse().ok()
}

/// The first day of a month `YYYY-MM`.
pub(super) fn month(text: &str) -> Option<NaiveDate> {
    let first = NaiveDate::parse_from_str(&format!("{text}-01"), "%Y-%m-%d").ok();
    first.filter(|_| text.len() == 7)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn decimals_have_up_to_two_places_after_a_point() {
        for (text, value) in [
            ("40", 4_000),
            ("38.5", 3_850),
            ("0.25", 25),
            ("0", 0),
            ("40.00", 4_000),
        ] {
            assert_eq!(hundredths(text), Some(value), "{text}");
        }
        for bad in [
            "", ".5", "1.", "1.234", "1,5", "-1", "+1", "1.-5", "12345678",
        ] {
            assert_eq!(hundredths(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn hundredths_read_back_what_was_printed(value in 0_i64..1_000_000_000) {
            let text = format!("{}.{:02}", value / 100, value % 100);
            prop_assert_eq!(hundredths(&text), Some(value));
        }
    }

    #[test]
    fn a_month_is_named_by_its_year_and_number() {
        assert_eq!(month("2022-11"), "2022-11-01".parse().ok());
        for bad in ["2022-13", "2022-1", "2022-11-01", "11-2022", ""] {
            assert_eq!(month(bad), None, "{bad}");
        }
    }

    fn read_days(file: &[u8]) -> (usize, Lines<(NaiveDate, String)>, Vec<Fault>) {
        let mut faults = Faults::default();
        let (count, lines) = read(file, &["day", "name"], &mut faults, |cells| {
            let day = cells.day("day");
            let name = cells.sized("name", 1, 5);
            Some((day?, name?))
        })
        .unwrap();
        (count, lines, faults.in_order())
    }

    #[test]
    fn columns_come_in_any_order_after_a_byte_order_mark() {
        let (count, lines, faults) = read_days(b"\xef\xbb\xbfname,day\n\"a,b\" , 2022-12-15\n");
        assert_eq!((count, faults), (1, vec![]));
        assert_eq!(
            lines,
            [(2, ("2022-12-15".parse().unwrap(), "a,b".to_owned()))]
        );
    }

    #[test]
    fn a_heading_names_every_column_and_no_other() {
        let (_, _, faults) = read_days(b"day,nome\n");
        assert_eq!((faults.len(), faults[0].column), (1, "name"));
        let (_, _, faults) = read_days(b"day,name,more\n");
        assert_eq!((faults.len(), faults[0].line), (1, 1));
        let (_, _, faults) = read_days(b"");
        assert_eq!(faults[0].message, "the heading is missing");
    }

    #[test]
    fn every_fault_of_every_line_is_told_and_the_value_never() {
        let file = b"day,name\n15/12/2022,segreto\n2022-12-15,ok\n2022-12-15\n2022-02-30,ok\n,ok\n2022-12-15,\xff\n";
        let (count, lines, faults) = read_days(file);
        assert_eq!((count, lines.len()), (6, 1));
        let places: Vec<(u64, &str)> = faults
            .iter()
            .map(|fault| (fault.line, fault.column))
            .collect();
        assert_eq!(
            places,
            [
                (2, "day"),
                (2, "name"),
                (4, ""),
                (5, "day"),
                (6, "day"),
                (7, "")
            ]
        );
        assert!(
            faults
                .iter()
                .all(|fault| !fault.message.contains("segreto"))
        );
    }

    #[test]
    fn only_the_first_thousand_faults_are_kept() {
        let mut file = String::from("day,name\n");
        for _ in 0..2_000 {
            file.push_str("bad,ok\n");
        }
        let (count, _, faults) = read_days(file.as_bytes());
        assert_eq!(
            (count, faults.len(), faults[999].line),
            (2_000, MOST_FAULTS, 1_001)
        );
    }

    #[test]
    fn a_key_may_stand_only_once() {
        let mut faults = Faults::default();
        keys_once(
            &vec![(2, "a"), (3, "b"), (4, "a")],
            "key",
            &mut faults,
            |line| *line,
        );
        let faults = faults.in_order();
        assert_eq!((faults.len(), faults[0].line), (1, 4));
        assert_eq!(faults[0].message, "repeats the key of line 2");
    }
}
