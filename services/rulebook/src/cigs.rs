//! Months of CIGS: pieces of periods, their UM, the limits by causale and the gap between crises (`limits.md` §3.3, §4).

use chrono::{Datelike, NaiveDate};
use kernel::calendar::add_months;
use kernel::{Hours, Period};

use super::exact::{Exact, floor, hundredths, whole};
use super::rules::{Dated, FIRST_COUNTED_DAY, Key, Rules};
use super::staff::{Staff, holidays_on_working_days};
use super::unit::{Authorisation, Cause, Facts, Flags, PeriodHours, Scheme, Unit, WorkingDays};
use super::weeks::{five_years_back, next_day, previous_day};

/// UM of a whole calendar month.
pub const MONTH_UM: i64 = 780;

/// UM of a day of CIGS that does not complete a month.
const DAY_UM: i64 = 26;

/// Days of a month for the rest of a piece.
const MONTH_DAYS: i64 = 30;

/// The months of one causale that the five years that end on a day hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CauseMeasure {
    /// First day of the window.
    pub window_start: NaiveDate,
    /// Last day of the window.
    pub window_end: NaiveDate,
    /// UM used.
    pub used_units: i64,
    /// Most UM.
    pub limit_units: i64,
}

impl CauseMeasure {
    /// UM left; negative when the limit is exceeded.
    pub fn residual_units(&self) -> i64 {
        self.limit_units - self.used_units
    }
}

/// The limit of a causale on a day. A crisis is limited one by one, the others in the quinquennio mobile.
pub fn cause_limit(rules: &Rules, facts: Facts, cause: Cause, on: NaiveDate) -> &Dated {
    rules.on(cause_key(facts, cause), on)
}

/// Key of the limit of a causale.
pub fn cause_key(facts: Facts, cause: Cause) -> Key {
    match cause {
        Cause::Crisi => Key::CrisiMonths,
        Cause::Cds if facts.sector.is_construction() => Key::CdsMonthsConstruction,
        Cause::Cds => Key::CdsMonths,
        Cause::Riorg | Cause::Ord | Cause::Eone => Key::RiorgMonths,
    }
}

/// What a causale has used in the five years that end on `last`; for a crisis, what the crisis that is running on
/// `last`, or ended before it, has used. Days of the same causale are counted once; days of CIGO are not cut out, since
/// art. 22 speaks of the CIGS alone.
pub fn cause_measure(unit: &Unit, rules: &Rules, cause: Cause, last: NaiveDate) -> CauseMeasure {
    let limit_units = cause_limit(rules, unit.facts, cause, last).value * MONTH_UM;
    let window = Period::between(five_years_back(last), last);
    let pieces = cause_pieces(unit, cause, last);
    let first = pieces.first().map(|piece| piece.first_day());
    CauseMeasure {
        window_start: first
            .filter(|_| cause == Cause::Crisi)
            .unwrap_or(window.first_day()),
        window_end: last,
        used_units: pieces.into_iter().map(piece_um).sum(),
        limit_units,
    }
}

/// The pieces that [`cause_measure`] adds up.
pub(super) fn cause_pieces(unit: &Unit, cause: Cause, last: NaiveDate) -> Vec<Period> {
    let window = Period::between(five_years_back(last), last);
    let pieces = if cause == Cause::Crisi {
        let crisis = crises(&unit.authorisations)
            .into_iter()
            .rfind(|crisis| crisis.first_day() <= last);
        crisis.into_iter().collect()
    } else {
        pieces_of(&unit.authorisations, cause)
    };
    let inside = pieces
        .into_iter()
        .filter_map(|piece| piece.intersection(window));
    inside.collect()
}

/// First day on which a new crisis may start after one that lasted `previous`: two thirds of its length must pass, the
/// fraction of a month in thirtieths, rounded up to whole days (art. 22 c. 2).
pub fn next_crisis_from(rules: &Rules, previous: Period) -> NaiveDate {
    let thirds = rules.on(Key::CrisiGapThirds, previous.last_day()).value;
    // In thirds of UM, so that nothing is rounded before the days.
    let gap = piece_um(previous) * thirds;
    let (months, rest) = (gap / (3 * MONTH_UM), gap % (3 * MONTH_UM));
    let days = (rest + 3 * DAY_UM - 1) / (3 * DAY_UM);
    let months = i32::try_from(months).unwrap_or(i32::MAX);
    add_months(next_day(previous.last_day()), months) + chrono::TimeDelta::days(days)
}

/// The crises of a unit, oldest first: authorisations that follow each other without a day between are one, since the
/// twelve months may be continuous.
pub fn crises(authorisations: &[Authorisation]) -> Vec<Period> {
    let mut joined: Vec<Period> = Vec::new();
    for piece in pieces_of(authorisations, Cause::Crisi) {
        match joined.last_mut() {
            Some(last) if piece.first_day() <= next_day(last.last_day()) => {
                *last = Period::between(last.first_day(), piece.last_day().max(last.last_day()));
            }
            _ => joined.push(piece),
        }
    }
    joined
}

/// Workable hours of a CIGS programme, and the most that may be suspended (art. 22 c. 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HoursCap {
    /// Weeks of the programme: months × 52 ÷ 12, exact.
    pub programme_weeks: Exact,
    /// Workable hours, exact.
    pub workable_hours: Exact,
    /// Whole hours, rounded down.
    pub limit_hours: i64,
}

/// The 80 % cap of a programme of whole months. With `deduct_holidays` the public holidays on working days of the
/// programme are taken out of its weeks.
pub fn hours_cap(
    rules: &Rules,
    staff: &Staff,
    from: NaiveDate,
    months: i32,
    working_days: WorkingDays,
) -> HoursCap {
    let programme_weeks = Exact::new(i128::from(months) * 52, 12);
    let mut worked_weeks = programme_weeks;
    if rules.switches.deduct_holidays.is_on() {
        let programme = Period::between(from, previous_day(add_months(from, months)));
        let holidays = holidays_on_working_days(programme, working_days);
        worked_weeks -= Exact::new(holidays.into(), working_days.number().into());
    }
    let workable_hours = staff.weekly_hours() * worked_weeks;
    let tenths_of_percent = rules.on(Key::CigsHoursPercent, from).value;
    HoursCap {
        programme_weeks,
        workable_hours,
        limit_hours: floor(&(workable_hours * whole(tenths_of_percent) / whole(1000))),
    }
}

/// The hours of a programme against its cap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgrammeHours {
    /// What may be suspended.
    pub cap: HoursCap,
    /// Hours that the days of the programme hold already, exact, by the place of their authorisation in the unit.
    pub loads: Vec<(usize, Exact)>,
    /// Hours asked for, exact.
    pub asked: Exact,
}

impl ProgrammeHours {
    /// Hours that the days of the programme hold already.
    pub fn suspended(&self) -> Exact {
        self.loads.iter().map(|(_, hours)| hours).sum()
    }

    /// Whether the cap is kept.
    pub fn fits(&self) -> bool {
        self.suspended() + self.asked <= whole(self.cap.limit_hours)
    }
}

/// Whether a causale may suspend only a part of the workable hours (art. 22 c. 4).
pub fn is_capped(cause: Cause) -> bool {
    matches!(cause, Cause::Riorg | Cause::Crisi)
}

/// Hours that riorganizzazione and crisi have on the days of a programme, by the place of their authorisation in the unit:
/// what may be suspended is a part of all that the unit works in that time. Each total lies evenly over its days, the
/// hours of a week over those of its days that were authorised \[C\].
pub fn suspended_hours(unit: &Unit, programme: Period) -> Vec<(usize, Exact)> {
    let capped =
        unit.authorisations.iter().enumerate().filter(|(_, one)| {
            counts(one) && is_capped(one.cause) && one.period.overlaps(programme)
        });
    let loads = capped.filter_map(|(place, one)| {
        let hours = one.hours.as_ref()?;
        Some((place, hours_on(hours, one.period, programme)))
    });
    loads.collect()
}

fn hours_on(hours: &PeriodHours, authorised: Period, programme: Period) -> Exact {
    let share = |hours: Hours, of: Period| {
        let inside = of.intersection(programme).map_or(0, days);
        hundredths(hours.hundredths()) * Exact::new(inside, days(of))
    };
    match hours {
        PeriodHours::Total(total) => share(*total, authorised),
        PeriodHours::Weekly(weeks) => weeks
            .iter()
            .filter_map(|(week, hours)| {
                let week = Period::between(week.monday(), week.sunday());
                Some(share(*hours, week.intersection(authorised)?))
            })
            .sum(),
    }
}

/// Days of a period, first and last included.
fn days(period: Period) -> i128 {
    let between = period.last_day().signed_duration_since(period.first_day());
    i128::from(between.num_days()) + 1
}

/// The CIGS of one causale that counts, each day once.
fn pieces_of(authorisations: &[Authorisation], cause: Cause) -> Vec<Period> {
    let mut counted: Vec<&Authorisation> = authorisations
        .iter()
        .filter(|one| counts(one) && one.cause == cause)
        .collect();
    counted.sort_by_key(|one| one.period);
    let mut seen = Vec::new();
    unseen(counted.into_iter().map(|one| one.period), &mut seen)
}

/// Whether a period is CIGS that fills limits.
pub(super) fn counts(one: &Authorisation) -> bool {
    one.scheme == Scheme::Cigs && !one.flags.is_neutral() && !one.flags.deroga_art4
}

/// The days of each period since the reform that no earlier one has, which are seen from here on.
pub(super) fn unseen(periods: impl Iterator<Item = Period>, seen: &mut Vec<Period>) -> Vec<Period> {
    let mut all = Vec::new();
    for period in periods {
        let first = period.first_day().max(FIRST_COUNTED_DAY);
        if let Ok(period) = Period::new(first, period.last_day()) {
            let left = beside(period, seen);
            seen.extend(&left);
            all.extend(left);
        }
    }
    all
}

/// What is left of a period beside others.
pub(super) fn beside(period: Period, others: &[Period]) -> Vec<Period> {
    others.iter().fold(vec![period], |left, other| {
        left.into_iter()
            .flat_map(|piece| without(piece, *other))
            .collect()
    })
}

/// What is left of a period beside another.
fn without(period: Period, other: Period) -> impl Iterator<Item = Period> {
    let before = Period::new(
        period.first_day(),
        previous_day(other.first_day()).min(period.last_day()),
    );
    let after = Period::new(
        next_day(other.last_day()).max(period.first_day()),
        period.last_day(),
    );
    before.into_iter().chain(after)
}

/// UM of a piece.
pub fn piece_um(piece: Period) -> i64 {
    months_um(piece.first_day(), next_day(piece.last_day()))
}

/// UM of a piece of CIGS that ends the day before `end`: whole calendar months, and the days that remain, at most 30.
/// Nothing when it ends before it starts.
pub(super) fn months_um(first: NaiveDate, end: NaiveDate) -> i64 {
    let (months, days) = months_and_days(first, end);
    MONTH_UM * months + DAY_UM * days
}

/// Whole calendar months and the days that remain, at most 30, from `first` to the day before `end`.
pub(super) fn months_and_days(first: NaiveDate, end: NaiveDate) -> (i64, i64) {
    if end <= first {
        return (0, 0);
    }
    let months = whole_months(first, end);
    let rest = end
        .signed_duration_since(add_months(first, months))
        .num_days();
    (i64::from(months), rest.min(MONTH_DAYS))
}

/// Largest number of months that, added to `first`, does not pass `end`.
fn whole_months(first: NaiveDate, end: NaiveDate) -> i32 {
    let months =
        (end.year() - first.year()) * 12 + end.month().cast_signed() - first.month().cast_signed();
    if add_months(first, months) <= end {
        months
    } else {
        months - 1
    }
}

/// The unit with a period of CIGS on top.
pub(super) fn with_cigs(unit: &Unit, cause: Cause, flags: Flags, period: Period) -> Unit {
    let mut unit = unit.clone();
    let asked = Authorisation::new("REQUESTED".into(), Scheme::Cigs, cause, period);
    unit.authorisations.push(Authorisation { flags, ..asked });
    unit
}

/// The last day of each of the months that a request from `from` has.
pub(super) fn month_end(from: NaiveDate, months: i32) -> NaiveDate {
    previous_day(add_months(from, months))
}

#[cfg(test)]
mod tests {
    use super::super::rules::{IN_FORCE, day};
    use super::super::staff::{Average, HoursGroup};
    use super::super::unit::Sector;
    use super::*;

    fn unit(sector: Sector, periods: &[(Cause, NaiveDate, NaiveDate)]) -> Unit {
        let authorisations = periods.iter().map(|(cause, from, to)| {
            Authorisation::new(
                "S".into(),
                Scheme::Cigs,
                *cause,
                Period::between(*from, *to),
            )
        });
        Unit {
            facts: Facts {
                sector,
                working_days: WorkingDays::Five,
            },
            staff: Staff::default(),
            authorisations: authorisations.collect(),
        }
    }

    #[test]
    fn a_piece_of_cigs_is_whole_months_and_thirtieths() {
        for (first, last, expected) in [
            (day(2025, 1, 1), day(2025, 1, 31), 780),
            (day(2025, 1, 1), day(2025, 3, 2), 2 * 780 + 2 * 26),
            (day(2025, 3, 31), day(2025, 12, 31), 9 * 780 + 26),
            (day(2025, 1, 31), day(2025, 2, 27), 780),
            (day(2025, 1, 1), day(2025, 1, 30), 30 * 26),
            (day(2024, 2, 29), day(2025, 2, 27), 12 * 780),
        ] {
            assert_eq!(
                piece_um(Period::between(first, last)),
                expected,
                "{first} to {last}"
            );
        }
        assert_eq!(months_um(day(2025, 1, 2), day(2025, 1, 2)), 0);
    }

    #[test]
    fn a_crisis_needs_two_thirds_of_the_previous_one_to_pass() {
        for (from, to, expected) in [
            (day(2025, 1, 1), day(2025, 12, 31), day(2026, 9, 1)),
            (day(2025, 1, 1), day(2025, 6, 30), day(2025, 11, 1)),
            (day(2025, 1, 1), day(2025, 9, 30), day(2026, 4, 1)),
            // Seven months: four months and two thirds of one, twenty days.
            (day(2025, 1, 1), day(2025, 7, 31), day(2025, 12, 21)),
            // Ten days: 6.67, rounded up to seven.
            (day(2025, 1, 1), day(2025, 1, 10), day(2025, 1, 18)),
        ] {
            assert_eq!(
                next_crisis_from(&IN_FORCE, Period::between(from, to)),
                expected,
                "{from} to {to}"
            );
        }
    }

    #[test]
    fn a_causale_is_measured_on_its_own_days_in_the_five_years() {
        let unit = unit(
            Sector::A,
            &[
                (Cause::Riorg, day(2020, 1, 1), day(2020, 12, 31)),
                (Cause::Riorg, day(2023, 1, 1), day(2023, 6, 30)),
                (Cause::Riorg, day(2023, 4, 1), day(2023, 9, 30)),
                (Cause::Cds, day(2024, 1, 1), day(2024, 12, 31)),
            ],
        );
        let riorg = cause_measure(&unit, &IN_FORCE, Cause::Riorg, day(2026, 12, 31));
        assert_eq!(
            (riorg.window_start, riorg.used_units, riorg.limit_units),
            (day(2022, 1, 1), 9 * 780, 18_720)
        );
        let cds = cause_measure(&unit, &IN_FORCE, Cause::Cds, day(2026, 12, 31));
        assert_eq!(
            (cds.used_units, cds.limit_units, cds.residual_units()),
            (9360, 28_080, 18_720)
        );
    }

    #[test]
    fn a_contratto_di_solidarieta_in_construction_has_24_months_as_comma_5_does_not_apply() {
        let unit = unit(Sector::M, &[]);
        assert_eq!(
            cause_measure(&unit, &IN_FORCE, Cause::Cds, day(2026, 1, 1)).limit_units,
            18_720
        );
    }

    #[test]
    fn two_crises_without_a_day_between_are_one() {
        let unit = unit(
            Sector::A,
            &[
                (Cause::Crisi, day(2025, 7, 1), day(2025, 12, 31)),
                (Cause::Crisi, day(2025, 1, 1), day(2025, 6, 30)),
                (Cause::Crisi, day(2023, 1, 1), day(2023, 2, 28)),
            ],
        );
        assert_eq!(
            crises(&unit.authorisations),
            [
                Period::between(day(2023, 1, 1), day(2023, 2, 28)),
                Period::between(day(2025, 1, 1), day(2025, 12, 31))
            ]
        );
        assert_eq!(
            cause_measure(&unit, &IN_FORCE, Cause::Crisi, day(2026, 3, 1)).used_units,
            9360
        );
        assert_eq!(
            cause_measure(&unit, &IN_FORCE, Cause::Crisi, day(2025, 3, 31)).used_units,
            3 * 780
        );
    }

    #[test]
    fn four_fifths_of_the_workable_hours_may_be_suspended() {
        let group = HoursGroup {
            weekly_hours: whole(40),
            heads: Average::known(whole(10)),
        };
        let staff = Staff {
            headcount: None,
            groups: vec![group],
        };
        let cap = hours_cap(&IN_FORCE, &staff, day(2026, 1, 1), 12, WorkingDays::Five);
        assert_eq!(
            (cap.workable_hours, cap.limit_hours),
            (whole(20_800), 16_640)
        );
        let seven = hours_cap(&IN_FORCE, &staff, day(2026, 1, 1), 7, WorkingDays::Five);
        assert_eq!(
            (seven.programme_weeks, seven.limit_hours),
            (Exact::new(91, 3), 9_706)
        );
        let mut switches = IN_FORCE.switches;
        switches.deduct_holidays = true.into();
        let net = hours_cap(
            &IN_FORCE.with(switches),
            &staff,
            day(2026, 5, 1),
            1,
            WorkingDays::Five,
        );
        assert_eq!(
            net.workable_hours,
            Exact::new(400 * 13, 3) - whole(80),
            "1 May is a fifth of a week"
        );
    }
}
