//! Reads the fields of a case, and keeps every fault with the field that it is about.

use std::collections::BTreeSet;
use std::str::FromStr;

use chrono::{Datelike, NaiveDate};
use kernel::{Hours, Period, Week};
use serde_json::{Map, Value};

use super::Fault;
use crate::exact::{Exact, parse_decimal, whole};
use crate::rules::OutOfRange;
use crate::staff::{Average, HoursGroup};
use crate::{
    Authorisation, Cause, Facts, Flags, PeriodHours, Scheme, Sector, Staff, Unit, UsedDates,
    WorkingDays,
};

/// Most weeks or months that a case may ask for.
const MOST: i64 = 1040;

/// The fields of one object of a case.
pub(super) struct Fields<'a> {
    path: String,
    map: &'a Map<String, Value>,
    seen: BTreeSet<&'static str>,
    faults: Vec<Fault>,
    warnings: Vec<Fault>,
}

/// What stands for an object that is not there.
static NOTHING: std::sync::LazyLock<Map<String, Value>> = std::sync::LazyLock::new(Map::new);

impl<'a> Fields<'a> {
    /// The fields of a case.
    pub(super) fn of_case(case: &'a Value) -> Self {
        let mut fields = Self::of(case.as_object().unwrap_or(&NOTHING), String::new());
        if !case.is_object() {
            fields.fault("case", "must be an object");
        }
        fields
    }

    fn of(map: &'a Map<String, Value>, path: String) -> Self {
        Self {
            path,
            map,
            seen: BTreeSet::new(),
            faults: Vec::new(),
            warnings: Vec::new(),
        }
    }

    /// Every fault, fields that nobody asked for among them unless something else was wrong first; and the warnings.
    pub(super) fn finish(mut self) -> (Vec<Fault>, Vec<Fault>) {
        self.refuse_unknown();
        (self.faults, self.warnings)
    }

    fn refuse_unknown(&mut self) {
        let unknown: Vec<String> = self
            .map
            .keys()
            .filter(|name| !self.seen.contains(name.as_str()))
            .cloned()
            .collect();
        for name in unknown {
            self.fault(&name, "is not a field of the format");
        }
    }

    /// Takes over what is wrong with an object inside, unknown fields too.
    pub(super) fn absorb(&mut self, inner: Fields<'_>) {
        let (faults, warnings) = inner.finish();
        self.faults.extend(faults);
        self.warnings.extend(warnings);
    }

    pub(super) fn fault(&mut self, name: &str, rule: impl Into<String>) {
        let field = self.named(name);
        self.faults.push(Fault {
            field,
            rule: rule.into(),
        });
    }

    fn warn(&mut self, name: &str, rule: impl Into<String>) {
        let field = self.named(name);
        self.warnings.push(Fault {
            field,
            rule: rule.into(),
        });
    }

    fn named(&self, name: &str) -> String {
        if self.path.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", self.path)
        }
    }

    /// Keeps a value, or the day that the rules do not cover.
    pub(super) fn covered<T>(&mut self, value: Result<T, OutOfRange>) -> Option<T> {
        value
            .map_err(|refused| {
                let rule = format!("{refused}");
                let rule = rule
                    .split_once(": ")
                    .map_or(rule.clone(), |(_, rest)| rest.to_owned());
                self.fault(refused.field, rule);
            })
            .ok()
    }

    /// A field that may be there.
    pub(super) fn optional(&mut self, name: &'static str) -> Option<&'a Value> {
        self.seen.insert(name);
        self.map.get(name).filter(|value| !value.is_null())
    }

    /// A field that must be there.
    fn required(&mut self, name: &'static str) -> Option<&'a Value> {
        let value = self.optional(name);
        if value.is_none() {
            self.fault(name, "is missing");
        }
        value
    }

    pub(super) fn text(&mut self, name: &'static str) -> Option<&'a str> {
        let value = self.required(name)?;
        self.expecting(name, value.as_str(), "must be a text")
    }

    fn expecting<T>(&mut self, name: &str, value: Option<T>, rule: &str) -> Option<T> {
        if value.is_none() {
            self.fault(name, rule);
        }
        value
    }

    fn parsed<T: FromStr>(&mut self, name: &'static str) -> Option<T>
    where
        T::Err: std::fmt::Display,
    {
        let text = self.text(name)?;
        text.parse()
            .map_err(|error: T::Err| self.fault(name, error.to_string()))
            .ok()
    }

    pub(super) fn cause(&mut self, name: &'static str) -> Option<Cause> {
        self.parsed(name)
    }

    pub(super) fn map(&mut self, name: &'static str) -> Option<&'a Map<String, Value>> {
        let value = self.required(name)?;
        self.expecting(name, value.as_object(), "must be an object")
    }

    /// An object inside, to be given back to [`Self::absorb`].
    pub(super) fn object(&mut self, name: &'static str) -> Option<Fields<'a>> {
        let path = self.named(name);
        self.map(name).map(|map| Fields::of(map, path))
    }

    fn list(&mut self, name: &'static str) -> Option<&'a [Value]> {
        let value = self.required(name)?;
        self.expecting(name, value.as_array(), "must be a list")
            .map(Vec::as_slice)
    }

    pub(super) fn flag(&mut self, name: &'static str) -> Option<bool> {
        let value = self.required(name)?;
        self.expecting(name, value.as_bool(), "must be true or false")
    }

    pub(super) fn number(&mut self, name: &'static str) -> Option<i64> {
        let value = self.required(name)?;
        self.expecting(name, value.as_i64(), "must be a whole number")
    }

    /// A whole number that is not below zero.
    pub(super) fn amount(&mut self, name: &'static str) -> Option<i64> {
        let value = self.number(name)?;
        let amount = (0..=i64::from(i32::MAX)).contains(&value).then_some(value);
        self.expecting(name, amount, "must not be negative")
    }

    /// How many weeks or months are asked for.
    pub(super) fn count(&mut self, name: &'static str) -> Option<i32> {
        let value = self.number(name)?;
        let count = (1..=MOST)
            .contains(&value)
            .then(|| i32::try_from(value).ok())
            .flatten();
        self.expecting(name, count, "must be from 1 to 1040")
    }

    pub(super) fn optional_count(&mut self, name: &'static str) -> Option<i32> {
        self.optional(name)?;
        self.count(name)
    }

    pub(super) fn decimal(&mut self, name: &'static str) -> Option<Exact> {
        let value = self.required(name)?;
        self.expecting(name, exact(value), "must be a decimal number")
    }

    /// Hours with at most two decimals, not below zero.
    pub(super) fn hours(&mut self, name: &'static str) -> Option<Hours> {
        let value = self.required(name)?;
        self.expecting(
            name,
            hours_of(value),
            "must be hours, with at most two decimals",
        )
    }

    pub(super) fn day(&mut self, name: &'static str) -> Option<NaiveDate> {
        let value = self.required(name)?;
        self.expecting(name, day_of(value), "must be a day such as 2026-11-23")
    }

    pub(super) fn optional_day(&mut self, name: &'static str) -> Option<NaiveDate> {
        self.optional(name)?;
        self.day(name)
    }

    pub(super) fn days(&mut self, name: &'static str) -> Option<Vec<NaiveDate>> {
        let list = self.list(name)?;
        let days = list.iter().map(day_of).collect::<Option<Vec<_>>>();
        let days = days.filter(|days| !days.is_empty());
        self.expecting(name, days, "must be a list of days, one at least")
    }

    /// A week by a day of it; a warning when that is not its Monday.
    pub(super) fn week(&mut self, name: &'static str) -> Option<Week> {
        let day = self.day(name)?;
        let week = Week::of(day);
        if week.monday() != day {
            self.warn(
                name,
                format!("is not a Monday: the week of {} is taken", week.monday()),
            );
        }
        Some(week)
    }

    /// `[from, to]`.
    pub(super) fn pair(&mut self, name: &'static str) -> Option<Period> {
        let value = self.required(name)?;
        self.period_of(name, value)
    }

    fn period_of(&mut self, name: &str, value: &Value) -> Option<Period> {
        let days = value.as_array().and_then(|days| match days.as_slice() {
            [from, to] => day_of(from).zip(day_of(to)),
            _ => None,
        });
        let (from, to) = self.expecting(name, days, "must be a pair of days")?;
        let period = Period::new(from, to).ok();
        self.expecting(name, period, "must not end before it starts")
    }

    pub(super) fn average(&mut self, name: &'static str) -> Option<Average> {
        let list = self.list(name)?;
        let months = list.iter().map(exact).collect::<Option<Vec<_>>>();
        let months = self.expecting(name, months, "must be a list of decimal numbers")?;
        Average::of(&months)
            .map_err(|error| self.fault(name, error.to_string()))
            .ok()
    }

    pub(super) fn groups(&mut self) -> Option<Vec<HoursGroup>> {
        let list = self.list("groups")?;
        let mut groups = Vec::new();
        for (place, group) in list.iter().enumerate() {
            groups.extend(self.inner("groups", place, group, |fields| {
                let weekly_hours = fields.decimal("weekly_hours");
                let heads = fields.average("monthly_heads");
                let weekly_hours =
                    weekly_hours.filter(|hours| *hours > whole(0) && *hours <= whole(168));
                let weekly_hours =
                    fields.expecting("weekly_hours", weekly_hours, "must be above 0, at most 168");
                Some(HoursGroup {
                    weekly_hours: weekly_hours?,
                    heads: heads?,
                })
            }));
        }
        let groups = Some(groups).filter(|groups| !groups.is_empty());
        self.expecting("groups", groups, "must have one at least")
    }

    /// Reads an object of a list.
    fn inner<T>(
        &mut self,
        name: &str,
        place: usize,
        value: &'a Value,
        read: impl FnOnce(&mut Fields<'a>) -> Option<T>,
    ) -> Option<T> {
        let path = format!("{name}[{place}]");
        let Some(map) = value.as_object() else {
            self.fault(&path, "must be an object");
            return None;
        };
        let mut fields = Fields::of(map, self.named(&path));
        let read = read(&mut fields);
        self.absorb(fields);
        read
    }

    /// Five when the case does not say.
    pub(super) fn working_days(&mut self) -> WorkingDays {
        self.optional_working_days().unwrap_or(WorkingDays::Five)
    }

    fn optional_working_days(&mut self) -> Option<WorkingDays> {
        let value = self.optional("working_days")?;
        let number = value.as_i64().and_then(|days| i32::try_from(days).ok());
        let days = number.and_then(WorkingDays::from_number);
        self.expecting("working_days", days, "must be 5 or 6")
    }

    /// The unit of a case: its sector (or the one given when it may be left out), working days and authorisations.
    pub(super) fn unit(&mut self, sector_or: Option<Sector>) -> Unit {
        let sector = match sector_or {
            Some(sector) if self.optional("sector").is_none() => Some(sector),
            _ => self.parsed("sector"),
        };
        let working_days = self.working_days();
        let authorisations = self.authorisations();
        Unit {
            facts: Facts {
                sector: sector.unwrap_or(Sector::A),
                working_days,
            },
            staff: Staff::default(),
            authorisations,
        }
    }

    fn authorisations(&mut self) -> Vec<Authorisation> {
        let mut all: Vec<Authorisation> = Vec::new();
        for (place, value) in self
            .list("authorisations")
            .unwrap_or_default()
            .iter()
            .enumerate()
        {
            let read = self.inner("authorisations", place, value, Fields::authorisation);
            if let Some(one) = read {
                let twice = all
                    .iter()
                    .any(|other| other.id == one.id && other.period.overlaps(one.period));
                if twice {
                    let field = format!("authorisations[{place}].id");
                    self.fault(&field, "names an entry that overlaps with this one");
                }
                all.push(one);
            }
        }
        all
    }

    /// Zero-hours CIGS, for art. 12 c. 2.
    pub(super) fn zero_hours_cigs(&mut self) -> Vec<Authorisation> {
        const NAME: &str = "zero_hour_cigs_periods";
        if self.optional(NAME).is_none() {
            return Vec::new();
        }
        let list = self.list(NAME).unwrap_or_default();
        let mut periods = Vec::new();
        for (place, value) in list.iter().enumerate() {
            let name = format!("{NAME}[{place}]");
            let period = self.period_of(&name, value);
            periods.extend(period.map(|period| Authorisation {
                zero_hours: true,
                ..Authorisation::new(name.as_str().into(), Scheme::Cigs, Cause::Crisi, period)
            }));
        }
        periods
    }

    fn authorisation(&mut self) -> Option<Authorisation> {
        let id = self.text("id");
        let scheme: Option<Scheme> = self.parsed("scheme");
        let cause: Option<Cause> = self.parsed("cause");
        let (from, to) = (self.day("from"), self.day("to"));
        let working_days = self.optional_working_days();
        let flags = self.flags();
        let zero_hours = self.optional("zero_hours").is_some() && self.flag("zero_hours")?;
        let hours = self.period_hours("hours");
        let used_hours = self.period_hours("used_hours");
        let (weekdays, dates) = (
            self.optional("used_weekdays").is_some(),
            self.optional("used_dates").is_some(),
        );
        if weekdays && dates {
            self.fault("used_weekdays", "must not stand beside used_dates");
        }
        let period = from.zip(to).and_then(|(from, to)| self.ordered(from, to));
        let used_dates = match period {
            Some(_) if dates => self.used_dates(period?),
            Some(period) if weekdays => self.used_weekdays(period),
            _ => None,
        };
        let (scheme, cause) = (scheme?, cause?);
        if !scheme.admits(cause) {
            self.fault("cause", "does not belong to the scheme");
        }
        Some(Authorisation {
            working_days,
            used_dates,
            hours,
            used_hours,
            flags: flags?,
            zero_hours,
            ..Authorisation::new(id?.into(), scheme, cause, period?)
        })
    }

    fn ordered(&mut self, from: NaiveDate, to: NaiveDate) -> Option<Period> {
        let period = Period::new(from, to).ok();
        self.expecting("to", period, "must not be before from")
    }

    fn flags(&mut self) -> Option<Flags> {
        if self.optional("flags").is_none() {
            return Some(Flags::default());
        }
        let list = self.list("flags")?;
        let names = list.iter().map(Value::as_str).collect::<Option<Vec<_>>>();
        let names = self.expecting("flags", names, "must be a list of names")?;
        Flags::from_names(names)
            .map_err(|error| self.fault("flags", error.to_string()))
            .ok()
    }

    /// Days used; those outside the period are thrown away with a warning, weekends count with one.
    fn used_dates(&mut self, period: Period) -> Option<UsedDates> {
        let list = self.list("used_dates")?;
        let days = list.iter().map(day_of).collect::<Option<Vec<_>>>();
        let days = self.expecting("used_dates", days, "must be a list of days")?;
        for day in &days {
            if !period.contains(*day) {
                self.warn(
                    "used_dates",
                    format!("{day} is outside the period: ignored"),
                );
            } else if day.weekday().number_from_monday() > 5 {
                self.warn("used_dates", format!("{day} is a Saturday or Sunday"));
            }
        }
        Some(days.into_iter().collect())
    }

    fn used_weekdays(&mut self, period: Period) -> Option<UsedDates> {
        let list = self.list("used_weekdays")?;
        let weekday = |value: &Value| value.as_u64().filter(|day| (1..=7).contains(day));
        let weekdays = list.iter().map(weekday).collect::<Option<Vec<_>>>();
        let weekdays = self.expecting(
            "used_weekdays",
            weekdays,
            "must be a list of days from 1, Monday, to 7",
        )?;
        let wanted =
            |day: &NaiveDate| weekdays.contains(&u64::from(day.weekday().number_from_monday()));
        Some(period.days().filter(wanted).collect())
    }

    /// A total, or hours by the Monday of each week.
    fn period_hours(&mut self, name: &'static str) -> Option<PeriodHours> {
        let value = self.optional(name)?;
        let Some(weeks) = value.as_object() else {
            return self.hours(name).map(PeriodHours::Total);
        };
        let weekly = weeks
            .iter()
            .map(|(monday, hours)| {
                let week = monday
                    .parse()
                    .ok()
                    .and_then(|day| Week::from_monday(day).ok());
                week.zip(hours_of(hours))
            })
            .collect::<Option<Vec<_>>>();
        self.expecting(
            name,
            weekly,
            "must be hours, in all or by the Monday of each week",
        )
        .map(PeriodHours::Weekly)
    }
}

fn day_of(value: &Value) -> Option<NaiveDate> {
    value.as_str()?.parse().ok()
}

/// A decimal, spelled as a string or as a number; the latter by its shortest text.
fn exact(value: &Value) -> Option<Exact> {
    match value {
        Value::String(text) => parse_decimal(text),
        Value::Number(number) => parse_decimal(&number.to_string()),
        _ => None,
    }
}

fn hours_of(value: &Value) -> Option<Hours> {
    let hundredths = exact(value)? * whole(100);
    let hours = i64::try_from(hundredths.to_integer()).ok()?;
    (hundredths.is_integer() && hours >= 0).then(|| Hours::from_hundredths(hours))
}
