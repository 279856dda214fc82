//! Amounts: the integration and its monthly cap (art. 3, `limits.md` §8), the contributo addizionale (art. 5, §9), and
//! the weeks that declared days give back (§6.3).

use chrono::NaiveDate;
use kernel::calendar::add_months;
use kernel::{Cents, Hours};

use super::exact::{Exact, floor, hundredths, whole};
use super::rules::{Cap, Key, OutOfRange, Rules};
use super::unit::WorkingDays;
use super::week_value::WEEK_UNITS;

/// Which cap applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Band {
    /// Pay up to the threshold, until 2021.
    Low,
    /// Pay above the threshold, until 2021.
    High,
    /// The one cap since 2022.
    Single,
}

impl Band {
    /// The name that the rulebook gives it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "LOW",
            Self::High => "HIGH",
            Self::Single => "SINGLE",
        }
    }
}

/// The cap of a pay period for a monthly pay (with the accrued extra months); in construction and stone the higher one
/// for seasonal bad weather. A period begun in 2021 has the single cap from its pay periods of 2022 on.
pub fn cap(
    rules: &Rules,
    pay_period: NaiveDate,
    monthly_pay: Cents,
    construction_weather: bool,
) -> Result<(Band, Cap), OutOfRange> {
    let caps = rules.caps_on(pay_period, "pay_period")?;
    let (band, pair) = match caps.low {
        None => (Band::Single, caps.high),
        Some(low) if monthly_pay <= low.threshold => (Band::Low, low.caps),
        Some(_) => (Band::High, caps.high),
    };
    let cap = if construction_weather {
        pair.weather
    } else {
        pair.plain
    };
    Ok((band, cap))
}

/// What a worker is due for the hours not worked of a pay period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Integration {
    /// `min(80 % of the hourly pay, cap ÷ workable hours) × hours`, before the reduction of 5.84 % (art. 26 L. 41/1986);
    /// rounded once, half up to the cent.
    pub gross: Cents,
    /// After it, half up to the cent as well: the gross as it was rounded less 5.84 % (`claims.md` PAY-9), or the part of the net
    /// cap as INPS prints it, which is not that of the gross (`limits.md` §8).
    pub net: Cents,
    /// Whether the cap is what holds.
    pub capped: bool,
}

/// The integration for hours not worked. `hourly_pay` in euro, exact; `workable_hours` of the month must be above
/// zero, else nothing is due. The month is judged by its first day.
pub fn integration(
    rules: &Rules,
    pay_period: NaiveDate,
    hourly_pay: Exact,
    cap: Cap,
    workable_hours: Hours,
    hours: Hours,
) -> Result<Integration, OutOfRange> {
    let percent = rules
        .covering(Key::IntegrationPercent, pay_period, "pay_period")?
        .value;
    let pay = hourly_pay * whole(percent) / whole(1000);
    let workable = hundredths(workable_hours.hundredths());
    if workable <= whole(0) {
        return Ok(Integration {
            gross: Cents::new(0),
            net: Cents::new(0),
            capped: true,
        });
    }
    let reduction = rules
        .covering(Key::ReductionPercent, pay_period, "pay_period")?
        .value;
    let hours = hundredths(hours.hundredths());
    let hourly_cap = |cap: Cents| hundredths(cap.get()) / workable;
    let capped = hourly_cap(cap.gross) < pay;
    let by_hour = if capped { hourly_cap(cap.gross) } else { pay };
    let gross = to_cents(&(by_hour * hours));
    let net = if capped {
        hourly_cap(cap.net) * hours
    } else {
        hundredths(gross.get()) * whole(10_000 - reduction) / whole(10_000)
    };
    Ok(Integration {
        gross,
        net: to_cents(&net),
        capped,
    })
}

/// Euro to cents, half up.
fn to_cents(euro: &Exact) -> Cents {
    Cents::new(floor(&(euro * whole(100) + Exact::new(1, 2))))
}

/// Weeks at one rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment {
    /// Tenths of per cent of the pay for the hours not worked.
    pub rate_tenths: i64,
    /// Thirtieths of a week.
    pub units: i64,
}

/// The contributo addizionale of new weeks, split where they cross a band. `before` and `new` in thirtieths of a week:
/// weeks of CIGO and CIGS of the quinquennio mobile without EONE, for which nothing is due. Whether the reduced scale
/// applies is told by the caller: see [`reduced_scale`].
pub fn contribution(
    rules: &Rules,
    on: NaiveDate,
    before: i64,
    new: i64,
    reduced: bool,
) -> Result<Vec<Segment>, OutOfRange> {
    let value = |key| rules.covering(key, on, "date").map(|row| row.value);
    let rates = if reduced {
        [
            value(Key::ContributionReducedFirst)?,
            value(Key::ContributionReducedSecond)?,
            value(Key::ContributionReducedThird)?,
        ]
    } else {
        [
            value(Key::ContributionFirst)?,
            value(Key::ContributionSecond)?,
            value(Key::ContributionThird)?,
        ]
    };
    let ends = [
        value(Key::ContributionFirstWeeks)? * WEEK_UNITS,
        value(Key::ContributionSecondWeeks)? * WEEK_UNITS,
        i64::MAX,
    ];
    let (mut from, to) = (before, before.saturating_add(new));
    let mut segments = Vec::new();
    for (rate_tenths, end) in rates.into_iter().zip(ends) {
        let units = to.min(end) - from;
        if units > 0 {
            segments.push(Segment { rate_tenths, units });
            from += units;
        }
    }
    Ok(segments)
}

/// Rate of AIS in tenths of per cent; reduced for employers up to five without AIS for at least 24 months (§5.3).
pub fn ais_contribution(rules: &Rules, on: NaiveDate, reduced: bool) -> Result<i64, OutOfRange> {
    let key = if reduced {
        Key::ContributionAisReduced
    } else {
        Key::ContributionAis
    };
    rules.covering(key, on, "date").map(|row| row.value)
}

/// Whether the reduced scale applies: no wage integration for 24 months after the last day used.
pub fn reduced_scale(
    rules: &Rules,
    last_day_used: NaiveDate,
    first_day_new: NaiveDate,
) -> Result<bool, OutOfRange> {
    let row = rules.covering(
        Key::ContributionReducedMonths,
        first_day_new,
        "first_day_new",
    )?;
    let months = i32::try_from(row.value).unwrap_or(i32::MAX);
    let after = add_months(super::weeks::next_day(last_day_used), months);
    Ok(first_day_new >= after)
}

/// What the declared days of an authorisation leave over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recovery {
    /// Thirtieths of a week used.
    pub used_units: i64,
    /// Whole weeks used.
    pub used_weeks: i64,
    /// Days used beside the whole weeks.
    pub used_rest_days: i64,
    /// Thirtieths of a week given back.
    pub recoverable_units: i64,
    /// Whole weeks given back.
    pub recoverable_weeks: i64,
}

/// The weeks that come back once the days really used are declared (`limits.md` §6.3; msg INPS 2101/2020). Never more
/// than the authorised weeks are used up.
pub fn recovery(working_days: WorkingDays, authorised_weeks: i64, used_days: i64) -> Recovery {
    let authorised = authorised_weeks * WEEK_UNITS;
    let day = i64::from(working_days.day_units());
    let used_units = (used_days * day).min(authorised);
    let recoverable_units = authorised - used_units;
    Recovery {
        used_units,
        used_weeks: used_units / WEEK_UNITS,
        used_rest_days: used_units % WEEK_UNITS / day,
        recoverable_units,
        recoverable_weeks: recoverable_units / WEEK_UNITS,
    }
}

#[cfg(test)]
mod tests {
    use super::super::exact::parse_decimal;
    use super::super::rules::{IN_FORCE, day};
    use super::*;

    fn cap_in(year: i32, pay: &str, weather: bool) -> (Band, String, String) {
        let pay = pay.parse().unwrap();
        let (band, cap) = cap(&IN_FORCE, day(year, 6, 1), pay, weather).unwrap();
        (band, cap.gross.to_string(), cap.net.to_string())
    }

    #[test]
    fn until_2021_the_pay_chooses_between_two_caps_and_since_2022_there_is_one() {
        let expected = |band, gross: &str, net: &str| (band, gross.to_owned(), net.to_owned());
        assert_eq!(
            cap_in(2021, "2159.48", false),
            expected(Band::Low, "998.18", "939.89")
        );
        assert_eq!(
            cap_in(2021, "2159.49", false),
            expected(Band::High, "1199.72", "1129.66")
        );
        assert_eq!(
            cap_in(2018, "2125.36", true),
            expected(Band::Low, "1178.88", "1110.03")
        );
        assert_eq!(
            cap_in(2022, "100.00", false),
            expected(Band::Single, "1222.51", "1151.12")
        );
        assert_eq!(
            cap_in(2026, "9999.00", true),
            expected(Band::Single, "1708.44", "1608.66")
        );
    }

    #[test]
    fn the_integration_is_four_fifths_of_the_pay_or_the_cap_by_the_hour() {
        let on = day(2026, 6, 1);
        let (_, cap) = cap(&IN_FORCE, on, "2600".parse().unwrap(), false).unwrap();
        let due = |pay, hours: &str| {
            let pay = parse_decimal(pay).unwrap();
            let workable = "176".parse().unwrap();
            integration(&IN_FORCE, on, pay, cap, workable, hours.parse().unwrap()).unwrap()
        };
        assert_eq!(
            due("10", "40"),
            Integration {
                gross: Cents::new(32_000),
                net: Cents::new(30_131),
                capped: false
            }
        );
        assert_eq!(
            due("15", "176"),
            Integration {
                gross: Cents::new(142_369),
                net: Cents::new(134_056),
                capped: true
            }
        );
        // 80 % of 9.01 × 39 = 281.112, and the reduction is that of 281.11: 264.693…, not of what was not rounded, 264.695….
        assert_eq!(
            due("9.01", "39"),
            Integration {
                gross: Cents::new(28_111),
                net: Cents::new(26_469),
                capped: false
            }
        );
        // 1423.69 ÷ 176 × 40 = 323.5659…, and 1340.56 ÷ 176 × 40 = 304.6727…: the net cap is the printed one, a cent above
        // 94.16 % of the gross.
        assert_eq!(
            due("15", "40"),
            Integration {
                gross: Cents::new(32_357),
                net: Cents::new(30_467),
                capped: true
            }
        );
        // 80 % of 17.796125 is the hourly cap of 100 workable hours to the last digit: nothing is cut.
        let at_the_cap = integration(
            &IN_FORCE,
            on,
            parse_decimal("17.796125").unwrap(),
            cap,
            "100".parse().unwrap(),
            "100".parse().unwrap(),
        );
        assert_eq!(
            at_the_cap.unwrap(),
            Integration {
                gross: Cents::new(142_369),
                net: Cents::new(134_055),
                capped: false
            }
        );
        // 80 % of 9.03125 × 1 = 7.225: half a cent goes up.
        assert_eq!(due("9.03125", "1").gross, Cents::new(723));
        let none = integration(
            &IN_FORCE,
            on,
            whole(10),
            cap,
            Hours::default(),
            Hours::default(),
        )
        .unwrap();
        assert_eq!((none.gross, none.net), (Cents::new(0), Cents::new(0)));
    }

    #[test]
    fn new_weeks_are_split_where_they_cross_a_band() {
        let on = day(2026, 6, 1);
        let split = |before, new, reduced| {
            let segments = contribution(&IN_FORCE, on, before, new, reduced).unwrap();
            segments
                .iter()
                .map(|one| (one.rate_tenths, one.units))
                .collect::<Vec<_>>()
        };
        assert_eq!(split(0, 1560, false), [(90, 1560)]);
        assert_eq!(split(1500, 1700, false), [(90, 60), (120, 1560), (150, 80)]);
        assert_eq!(split(1500, 1700, true), [(60, 60), (90, 1560), (150, 80)]);
        assert_eq!(split(4000, 30, false), [(150, 30)]);
        assert_eq!(split(0, 0, false), []);
        assert!(
            contribution(&IN_FORCE, day(2024, 6, 1), 0, 30, true).is_err(),
            "no reduced scale before 2025"
        );
        assert_eq!(ais_contribution(&IN_FORCE, on, true), Ok(24));
        assert_eq!(ais_contribution(&IN_FORCE, on, false), Ok(40));
    }

    #[test]
    fn the_reduced_scale_needs_24_months_without_wage_integration() {
        let last = day(2024, 3, 31);
        assert_eq!(reduced_scale(&IN_FORCE, last, day(2026, 3, 31)), Ok(false));
        assert_eq!(reduced_scale(&IN_FORCE, last, day(2026, 4, 1)), Ok(true));
    }

    #[test]
    fn days_declared_beyond_the_authorised_weeks_give_nothing_back() {
        assert_eq!(recovery(WorkingDays::Five, 2, 30).recoverable_units, 0);
    }
}
