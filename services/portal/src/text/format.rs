//! Dates, hours and numbers as people write and read them.

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use proto::google::r#type::Date;

use super::Language;

/// `02/09/2026`, in both languages: the form of the law.
pub(crate) fn day(day: NaiveDate) -> String {
    day.format("%d/%m/%Y").to_string()
}

/// The same, of a message; empty when it is absent.
pub(crate) fn date(date: Option<&Date>) -> String {
    date.and_then(of_message).map(day).unwrap_or_default()
}

/// `02/09/2026, 10:00`, in Rome.
pub(crate) fn instant(instant: DateTime<Utc>) -> String {
    kernel::rome::local(instant)
        .format("%d/%m/%Y, %H:%M")
        .to_string()
}

/// The same, of a message; empty when it is absent.
pub(crate) fn timestamp(at: Option<&prost_types::Timestamp>) -> String {
    at.and_then(instant_of).map(instant).unwrap_or_default()
}

/// The instant of a message.
pub(crate) fn instant_of(at: &prost_types::Timestamp) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(at.seconds, u32::try_from(at.nanos).ok()?)
}

/// The day of a message.
pub(crate) fn of_message(date: &Date) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(
        date.year,
        u32::try_from(date.month).ok()?,
        u32::try_from(date.day).ok()?,
    )
}

/// A day as a message.
pub(crate) fn to_message(day: NaiveDate) -> Date {
    Date {
        year: day.year(),
        month: i32::try_from(day.month()).unwrap_or_default(),
        day: i32::try_from(day.day()).unwrap_or_default(),
    }
}

/// The value of an `<input type="date">`; empty when the day is absent.
pub(crate) fn input_value(date: Option<&Date>) -> String {
    date.and_then(of_message)
        .map(|day| day.format("%Y-%m-%d").to_string())
        .unwrap_or_default()
}

/// The day that somebody typed: as browsers send it, or as Italians write it.
pub(crate) fn typed_day(text: &str) -> Option<NaiveDate> {
    let text = text.trim();
    ["%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y"]
        .into_iter()
        .find_map(|form| NaiveDate::parse_from_str(text, form).ok())
        .filter(|day| (1900..2200).contains(&day.year()))
}

/// Hundredths as a number with two decimals, `1.234,50` or `1,234.50`.
pub(crate) fn hundredths(value: i64, language: Language) -> String {
    let (group, point) = marks(language);
    let whole = grouped(value.unsigned_abs() / 100, group);
    let sign = if value < 0 { "-" } else { "" };
    format!("{sign}{whole}{point}{:02}", value.unsigned_abs() % 100)
}

/// An amount in euro: `1.423,69 €` or `€1,423.69`.
pub(crate) fn euro(cents: i64, language: Language) -> String {
    let amount = hundredths(cents, language);
    match language {
        Language::Italian => format!("{amount} €"),
        Language::English => format!("€{amount}"),
    }
}

/// A size as people read it: `3,2 MB`, `812 kB`, `12 byte`.
pub(crate) fn bytes(bytes: i64, language: Language) -> String {
    let (_, point) = marks(language);
    match bytes {
        1_000_000.. => format!("{}{point}{} MB", bytes / 1_000_000, bytes / 100_000 % 10),
        1_000.. => format!("{} kB", bytes / 1_000),
        _ => format!("{bytes} byte"),
    }
}

/// A whole number with its thousands apart.
pub(crate) fn number(value: i64, language: Language) -> String {
    let (group, _) = marks(language);
    let sign = if value < 0 { "-" } else { "" };
    format!("{sign}{}", grouped(value.unsigned_abs(), group))
}

/// Hundredths that somebody typed: at most two decimals after a comma or a point, thousands apart or not.
pub(crate) fn typed_hundredths(text: &str) -> Option<i64> {
    let text: String = text.trim().chars().filter(|mark| *mark != ' ').collect();
    let (whole, decimals) = match text.rfind([',', '.']) {
        // `1.234` has no decimals: three digits after the last mark are thousands.
        Some(at) if text.len() - at <= 3 => (&text[..at], &text[at + 1..]),
        _ => (text.as_str(), ""),
    };
    let whole: String = whole
        .chars()
        .filter(|mark| !matches!(mark, '.' | ','))
        .collect();
    let plain = |part: &str| part.bytes().all(|digit| digit.is_ascii_digit());
    if whole.is_empty() || whole.len() > 12 || !plain(&whole) || !plain(decimals) {
        return None;
    }
    let decimals: i64 = format!("{decimals:0<2}").parse().ok()?;
    Some(whole.parse::<i64>().ok()? * 100 + decimals)
}

fn marks(language: Language) -> (char, char) {
    match language {
        Language::Italian => ('.', ','),
        Language::English => (',', '.'),
    }
}

fn grouped(value: u64, mark: char) -> String {
    let digits = value.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(mark);
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_read_as_the_reader_writes_them() {
        assert_eq!(hundredths(123_450, Language::Italian), "1.234,50");
        assert_eq!(hundredths(123_450, Language::English), "1,234.50");
        assert_eq!(number(-1_000_000, Language::Italian), "-1.000.000");
    }

    #[test]
    fn sizes_are_told_in_the_unit_that_suits_them() {
        assert_eq!(bytes(3_250_000, Language::Italian), "3,2 MB");
        assert_eq!(bytes(3_250_000, Language::English), "3.2 MB");
        assert_eq!(bytes(812_499, Language::Italian), "812 kB");
        assert_eq!(bytes(12, Language::Italian), "12 byte");
    }

    #[test]
    fn hours_are_understood_with_comma_point_and_thousands() {
        for (typed, read) in [
            ("40", Some(4_000)),
            ("40,5", Some(4_050)),
            ("40.50", Some(4_050)),
            (" 1.234,50 ", Some(123_450)),
            ("1,234.50", Some(123_450)),
            ("1.234", Some(123_400)),
            ("", None),
            ("quaranta", None),
            ("-3", None),
            (",5", None),
        ] {
            assert_eq!(typed_hundredths(typed), read, "{typed}");
        }
    }

    #[test]
    fn days_are_understood_in_both_forms() {
        let day = NaiveDate::from_ymd_opt(2026, 9, 7);
        for typed in ["2026-09-07", "07/09/2026", " 7/9/2026 ", "07.09.2026"] {
            assert_eq!(typed_day(typed), day, "{typed}");
        }
        for typed in ["", "31/02/2026", "9/2026", "07/09/26"] {
            assert_eq!(typed_day(typed), None, "{typed}");
        }
    }

    #[test]
    fn an_instant_is_told_in_rome() {
        assert_eq!(
            instant("2026-09-02T08:00:00Z".parse().unwrap()),
            "02/09/2026, 10:00"
        );
    }
}
