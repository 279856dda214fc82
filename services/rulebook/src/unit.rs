//! A production unit as the counters see it: its facts, its staff and its authorised periods (`limits.md` §12.1).

use std::fmt;
use std::str::FromStr;

use chrono::NaiveDate;
use kernel::{Hours, Period, Week};
use uuid::Uuid;

use super::staff::Staff;
use super::week_value::Span;
use super::weeks::weekday;

/// Kind of wage integration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// Cassa integrazione guadagni ordinaria.
    Cigo,
    /// Cassa integrazione guadagni straordinaria.
    Cigs,
    /// Assegno di integrazione salariale of the FIS.
    Ais,
}

/// Ground of a period, as far as the counters care.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cause {
    /// Ordinary (CIGO, AIS).
    Ord,
    /// Evento oggettivamente non evitabile (CIGO, AIS).
    Eone,
    /// Riorganizzazione aziendale (CIGS).
    Riorg,
    /// Crisi aziendale (CIGS).
    Crisi,
    /// Contratto di solidarietà (CIGS).
    Cds,
}

impl Scheme {
    /// Whether a cause belongs to this scheme (`limits.md` §12.1).
    pub fn admits(self, cause: Cause) -> bool {
        let ordinary = matches!(cause, Cause::Ord | Cause::Eone);
        ordinary == matches!(self, Self::Cigo | Self::Ais)
    }
}

/// A text that does not name a value of the rulebook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be one of {0}")]
pub struct Unknown(&'static str);

macro_rules! named {
    ($type:ident, $expected:literal, $($variant:ident = $text:literal),+ $(,)?) => {
        impl $type {
            /// The name that the rulebook gives it.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $type {
            type Err = Unknown;

            fn from_str(text: &str) -> Result<Self, Unknown> {
                match text { $($text => Ok(Self::$variant),)+ _ => Err(Unknown($expected)) }
            }
        }
    };
}

named!(
    Scheme,
    "CIGO, CIGS, AIS",
    Cigo = "CIGO",
    Cigs = "CIGS",
    Ais = "AIS"
);
named!(
    Cause,
    "ORD, EONE, RIORG, CRISI, CDS",
    Ord = "ORD",
    Eone = "EONE",
    Riorg = "RIORG",
    Crisi = "CRISI",
    Cds = "CDS",
);

/// Letter of art. 10 c. 1 that a unit falls under, or the FIS. Letters j and k do not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sector {
    /// Industry.
    A,
    /// Production and work co-operatives.
    B,
    /// Woodland, forestry, tobacco.
    C,
    /// Co-operatives that process farm products.
    D,
    /// Film.
    E,
    /// Olive pressing for third parties.
    F,
    /// Ready-mixed concrete.
    G,
    /// Electrical and telephone plants.
    H,
    /// Railway track works.
    I,
    /// Industrial firms of public bodies.
    L,
    /// Construction and related.
    M,
    /// Quarrying and stone working, industrial.
    N,
    /// Quarrying and stone working, craft.
    O,
    /// Outside art. 10, covered by the FIS.
    Fis,
}

named!(
    Sector,
    "a-i, l-o, fis",
    A = "a",
    B = "b",
    C = "c",
    D = "d",
    E = "e",
    F = "f",
    G = "g",
    H = "h",
    I = "i",
    L = "l",
    M = "m",
    N = "n",
    O = "o",
    Fis = "fis",
);

impl Sector {
    /// Imprese edili e affini, for which a contratto di solidarietà never weighs one half (art. 22 c. 6).
    pub fn is_construction(self) -> bool {
        self == Self::M
    }

    /// Letters m, n and o: bound by commas 2 and 3 also for EONE (art. 12 c. 4), and 30 months in art. 4.
    pub fn is_construction_or_stone(self) -> bool {
        matches!(self, Self::M | Self::N | Self::O)
    }

    /// Whether the unit may have CIGO at all: CIGO and AIS exclude each other (`limits.md` §1.2).
    pub fn has_cigo(self) -> bool {
        self != Self::Fis
    }
}

/// Working days of a week (`limits.md` §6.1); seven-day plants use six.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WorkingDays {
    /// Monday to Friday, the settimana corta.
    Five,
    /// Monday to Saturday.
    Six,
}

impl WorkingDays {
    /// Five or six from a number.
    pub fn from_number(number: i32) -> Option<Self> {
        match number {
            5 => Some(Self::Five),
            6 => Some(Self::Six),
            _ => None,
        }
    }

    /// The number.
    pub fn number(self) -> u8 {
        match self {
            Self::Five => 5,
            Self::Six => 6,
        }
    }
}

/// Marks that make a period neutral for some counters (`limits.md` §2.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Flags {
    /// `covid`: COVID-19 causale, 23 February 2020 to 31 December 2021.
    pub covid: bool,
    /// `dl21_2022`: the extra weeks of 2022, art. 11 D.L. 21/2022.
    pub dl21_2022: bool,
    /// `deroga_art4`: granted in derogation of art. 4.
    pub deroga_art4: bool,
}

impl Flags {
    /// Reads names; a name that is not in the rulebook is refused.
    pub fn from_names<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self, Unknown> {
        let mut flags = Self::default();
        for name in names {
            match name {
                "covid" => flags.covid = true,
                "dl21_2022" => flags.dl21_2022 = true,
                "deroga_art4" => flags.deroga_art4 = true,
                _ => return Err(Unknown("covid, dl21_2022, deroga_art4")),
            }
        }
        Ok(flags)
    }

    /// The names that are set, in a fixed order.
    pub fn names(self) -> Vec<String> {
        [
            ("covid", self.covid),
            ("dl21_2022", self.dl21_2022),
            ("deroga_art4", self.deroga_art4),
        ]
        .into_iter()
        .filter(|(_, set)| *set)
        .map(|(name, _)| name.to_owned())
        .collect()
    }

    /// Whether every counter skips the period.
    pub fn is_neutral(self) -> bool {
        self.covid || self.dl21_2022
    }
}

/// What an authorisation is called in an explanation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AuthorisationId {
    /// An entry of the ledger.
    Entry(Uuid),
    /// A name given by whoever tells the history.
    Name(Box<str>),
}

impl fmt::Display for AuthorisationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Entry(id) => id.fmt(f),
            Self::Name(name) => f.write_str(name),
        }
    }
}

impl From<&str> for AuthorisationId {
    fn from(name: &str) -> Self {
        Self::Name(name.into())
    }
}

/// Days declared as used, week by week.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsedDates {
    first: Week,
    /// From the first week with a declared day to the last one.
    weeks: Vec<u8>,
}

/// Weeks one after the other with the days declared in each, Monday in the lowest bit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeclaredDays<'a> {
    /// The first of them.
    pub first: Week,
    /// Days of each.
    pub weeks: &'a [u8],
}

impl UsedDates {
    /// Whether a day was declared.
    pub fn contains(&self, date: NaiveDate) -> bool {
        self.days(Week::of(date)) & (1 << weekday(date)) != 0
    }

    /// The days declared in a week, Monday in the lowest bit.
    pub fn days(&self, week: Week) -> u8 {
        self.declared().days(week)
    }

    /// The days declared in each week.
    pub fn declared(&self) -> DeclaredDays<'_> {
        DeclaredDays {
            first: self.first,
            weeks: &self.weeks,
        }
    }

    /// The days, in order.
    pub fn iter(&self) -> impl Iterator<Item = NaiveDate> {
        let in_week = |(week, days): (Week, u8)| {
            week.days()
                .filter(move |date| days & (1 << weekday(*date)) != 0)
        };
        let weeks = self.weeks.iter().copied().enumerate();
        let first = self.first.index();
        weeks.flat_map(move |(place, days)| {
            in_week((Week::from_index(first + place_of(place)), days))
        })
    }
}

/// Places of a hundred centuries fit.
fn place_of(place: usize) -> i32 {
    i32::try_from(place).unwrap_or(i32::MAX)
}

impl<'a> DeclaredDays<'a> {
    /// The days declared in a week, Monday in the lowest bit.
    pub fn days(self, week: Week) -> u8 {
        let place = usize::try_from(week - self.first).ok();
        place
            .and_then(|place| self.weeks.get(place))
            .map_or(0, |days| *days)
    }

    /// The last week; the one before the first where there are none.
    pub(super) fn last(self) -> Week {
        self.first + (place_of(self.weeks.len()) - 1)
    }

    /// The weeks from one to another, which both lie inside.
    pub(super) fn between(self, from: Week, to: Week) -> &'a [u8] {
        let place = |week: Week| usize::try_from(week - self.first).unwrap_or(0);
        self.weeks.get(place(from)..=place(to)).unwrap_or_default()
    }
}

impl FromIterator<NaiveDate> for UsedDates {
    fn from_iter<I: IntoIterator<Item = NaiveDate>>(dates: I) -> Self {
        let dates: Vec<(Week, u32)> = dates.into_iter().map(Week::and_weekday_of).collect();
        let weeks = || dates.iter().map(|(week, _)| *week);
        let (Some(first), Some(last)) = (weeks().min(), weeks().max()) else {
            return Self {
                first: Week::from_index(0),
                weeks: Vec::new(),
            };
        };
        let place = |week: Week| usize::try_from(week - first).unwrap_or(0);
        let mut weeks = vec![0; place(last) + 1];
        for (week, weekday) in dates {
            weeks[place(week)] |= 1 << weekday;
        }
        Self { first, weeks }
    }
}

impl<const N: usize> From<[NaiveDate; N]> for UsedDates {
    fn from(dates: [NaiveDate; N]) -> Self {
        dates.into_iter().collect()
    }
}

/// Hours of an authorisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PeriodHours {
    /// All of them; each calendar week that the period touches has an equal share (`limits.md` §2.3).
    Total(Hours),
    /// Week by week.
    Weekly(Vec<(Week, Hours)>),
}

/// A period that was authorised, or is set aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authorisation {
    /// What it is called in an explanation.
    pub id: AuthorisationId,
    /// Kind of wage integration.
    pub scheme: Scheme,
    /// Ground.
    pub cause: Cause,
    /// First to last day.
    pub period: Period,
    /// Working days when they differ from those of the unit.
    pub working_days: Option<WorkingDays>,
    /// Days declared as used (basis FRUITO); `None` when nothing was declared (basis AUTHORISED).
    pub used_dates: Option<UsedDates>,
    /// Hours authorised, where they are known.
    pub hours: Option<PeriodHours>,
    /// Hours really used, where they are known.
    pub used_hours: Option<PeriodHours>,
    /// Marks.
    pub flags: Flags,
    /// CIGS at zero hours, which is not normal work for art. 12 c. 2.
    pub zero_hours: bool,
}

impl Authorisation {
    /// A period about which nothing else is known: no declared days, no hours, no marks.
    pub fn new(id: AuthorisationId, scheme: Scheme, cause: Cause, period: Period) -> Self {
        Self {
            id,
            scheme,
            cause,
            period,
            working_days: None,
            used_dates: None,
            hours: None,
            used_hours: None,
            flags: Flags::default(),
            zero_hours: false,
        }
    }
}

/// What of an authorised period its weeks depend on: few bytes, so that many of them in a row are soon read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outline<'a> {
    /// Its days since the reform, if it has any: art. 44 c. 2 D.Lgs. 148/2015 lets no counter look at those before.
    pub span: Option<Span>,
    /// Kind of wage integration.
    pub scheme: Scheme,
    /// Ground.
    pub cause: Cause,
    /// Marks.
    pub flags: Flags,
    /// Working days when they differ from those of the unit.
    pub working_days: Option<WorkingDays>,
    /// Days declared as used; `None` when nothing was declared.
    pub declared: Option<DeclaredDays<'a>>,
}

impl<'a> From<&'a Authorisation> for Outline<'a> {
    fn from(one: &'a Authorisation) -> Self {
        Self {
            span: Span::since_the_reform(one.period),
            scheme: one.scheme,
            cause: one.cause,
            flags: one.flags,
            working_days: one.working_days,
            declared: one.used_dates.as_ref().map(UsedDates::declared),
        }
    }
}

/// What the limits depend on besides the periods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// Letter of art. 10, or the FIS.
    pub sector: Sector,
    /// Working days of a week.
    pub working_days: WorkingDays,
}

/// A production unit with its periods.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    /// Facts.
    pub facts: Facts,
    /// Who works there, as far as it is known: without it one third of the hours and AIS cannot be told.
    pub staff: Staff,
    /// Periods, in any order.
    pub authorisations: Vec<Authorisation>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sector_prints_back_what_was_read_and_letters_j_and_k_do_not_exist() {
        for text in ["a", "i", "l", "m", "n", "o", "fis"] {
            assert_eq!(text.parse::<Sector>().unwrap().as_str(), text);
        }
        for text in ["j", "k", "p", "A", "FIS", ""] {
            assert!(text.parse::<Sector>().is_err(), "{text}");
        }
    }

    #[test]
    fn marks_print_back_what_was_read_in_a_fixed_order() {
        let flags = Flags::from_names(["deroga_art4", "covid"]).unwrap();
        assert_eq!(flags.names(), ["covid", "deroga_art4"]);
        assert!(Flags::default().names().is_empty());
        assert!(Flags::from_names(["dl21"]).is_err());
    }

    #[test]
    fn ordinary_grounds_belong_to_cigo_and_ais_and_the_others_to_cigs() {
        assert!(Scheme::Cigo.admits(Cause::Eone) && Scheme::Ais.admits(Cause::Ord));
        assert!(Scheme::Cigs.admits(Cause::Cds) && !Scheme::Cigs.admits(Cause::Ord));
        assert!(!Scheme::Cigo.admits(Cause::Crisi));
    }
}
