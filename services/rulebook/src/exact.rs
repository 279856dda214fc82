//! Exact fractions, their decimals, and the roundings that are declared.

use num_rational::Ratio;

/// A fraction of whole numbers; no counter rounds before it says so.
pub type Exact = Ratio<i128>;

/// A whole number as a fraction.
pub fn whole(value: i64) -> Exact {
    Exact::from_integer(value.into())
}

/// Hundredths as a fraction of ones.
pub fn hundredths(value: i64) -> Exact {
    Exact::new(value.into(), 100)
}

/// Largest whole number that is not above; the largest that there is when it does not fit.
pub fn floor(value: &Exact) -> i64 {
    i64::try_from(value.floor().to_integer()).unwrap_or(i64::MAX)
}

/// Smallest whole number that is not below; the largest that there is when it does not fit.
pub fn ceil(value: &Exact) -> i64 {
    i64::try_from(value.ceil().to_integer()).unwrap_or(i64::MAX)
}

/// The fraction as a decimal of so many places, half up.
pub fn decimal(value: &Exact, places: u32) -> String {
    let scale = 10_i128.pow(places);
    let doubled = value * Exact::from_integer(2 * scale) + Exact::from_integer(1);
    let rounded = (doubled / Exact::from_integer(2)).floor().to_integer();
    let sign = if rounded < 0 { "-" } else { "" };
    let (ones, rest) = (rounded.abs() / scale, rounded.abs() % scale);
    if places == 0 {
        return format!("{sign}{ones}");
    }
    format!("{sign}{ones}.{rest:0width$}", width = places as usize)
}

/// A decimal number, such as `38.5`, of at most nine decimals; `None` for anything else.
pub fn parse_decimal(text: &str) -> Option<Exact> {
    let (negative, digits) = text
        .strip_prefix('-')
        .map_or((false, text), |rest| (true, rest));
    let (ones, decimals) = digits.split_once('.').unwrap_or((digits, ""));
    let only_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let point_needs_decimals = digits.len() == ones.len() || !decimals.is_empty();
    if ones.is_empty()
        || ones.len() > 15
        || decimals.len() > 9
        || !only_digits(ones)
        || !only_digits(decimals)
        || !point_needs_decimals
    {
        return None;
    }
    let places = u32::try_from(decimals.len()).ok()?;
    let value: i128 = format!("{ones}{decimals}").parse().ok()?;
    let value = Exact::new(value, 10_i128.pow(places));
    Some(if negative { -value } else { value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_read_exactly_and_written_half_up() {
        let read = |text| parse_decimal(text).unwrap();
        assert_eq!(read("38.5"), Exact::new(77, 2));
        assert_eq!(read("-0.25"), Exact::new(-1, 4));
        assert_eq!(read("0.123456789"), Exact::new(123_456_789, 1_000_000_000));
        assert_eq!(read("123456789012345"), whole(123_456_789_012_345));
        assert_eq!(decimal(&read("38.5"), 2), "38.50");
        assert_eq!(decimal(&Exact::new(2, 3), 2), "0.67");
        assert_eq!(decimal(&Exact::new(1, 8), 2), "0.13");
        assert_eq!(decimal(&Exact::new(-1, 2), 1), "-0.5");
        assert_eq!(decimal(&Exact::new(5, 2), 0), "3");
        for wrong in [
            "",
            ".5",
            "5.",
            "1,5",
            "1e3",
            "--1",
            "0.1234567890",
            "1234567890123456",
        ] {
            assert_eq!(parse_decimal(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn floor_and_ceiling_are_the_whole_numbers_around() {
        let third = Exact::new(-1, 3);
        assert_eq!((floor(&third), ceil(&third)), (-1, 0));
        assert_eq!((floor(&whole(7)), ceil(&whole(7))), (7, 7));
        assert_eq!(floor(&hundredths(1_099)), 10);
    }
}
