//! The rules of filing as data: instruments, reasons, terms, COVID windows and postponements, sections of the report,
//! declarations and funds; each row with the days on which it holds and its legal source.
//!
//! The files are those of `data/`. [`read()`] checks them as a whole and tells every fault with its file, row and rule: a
//! new decree is a new row and nothing else, and a past day is judged by the rules of its time.

mod read;

use std::sync::LazyLock;

use chrono::NaiveDate;
use kernel::{Period, WeekPeriod};

use super::codes::coded;
use super::product::{Causale, Product};

pub use read::{Fault, Faults, RuleFiles, read};

coded! {
    /// Where a reason comes from.
    pub enum Family {
        /// DM 15/4/2016 n. 95442.
        Ordinary = "ORDINARY",
        /// Art. 21 D.Lgs. 148/2015.
        Cigs = "CIGS",
        /// L. 457/1972.
        Cisoa = "CISOA",
        /// The decrees of 2020 to 2022 (`claims.md` §5.2).
        Covid = "COVID",
    }
}

coded! {
    /// Whether something has to be given.
    pub enum Need {
        /// It must be.
        Required = "REQUIRED",
        /// It may be.
        Optional = "OPTIONAL",
        /// It is not asked for.
        None = "NONE",
    }
}

coded! {
    /// Which technical report a reason needs (CLM-8).
    pub enum Report {
        /// The common sections and those of the reason.
        Full = "FULL",
        /// What the unit does, what happened and when work resumes (Circ. 109/2022).
        Simplified = "SIMPLIFIED",
        /// None.
        None = "NONE",
    }
}

/// Common sections of the simplified report (Circ. 109/2022).
const SIMPLIFIED: [&str; 3] = ["activity", "event_and_causes", "transience_and_resumption"];

impl Report {
    /// Whether it has this common section.
    pub fn asks_for(self, section: &str) -> bool {
        match self {
            Self::Full => true,
            Self::Simplified => SIMPLIFIED.contains(&section),
            Self::None => false,
        }
    }
}

coded! {
    /// Which terms a reason follows (`claims.md` §4.7).
    pub enum TermClass {
        /// From the start of the suspension.
        Ordinary = "ORDINARY",
        /// Unavoidable events.
        Eone = "EONE",
        /// COVID reasons: forfeiture.
        Covid = "COVID",
    }
}

coded! {
    /// What becomes of a claim that is filed after its term.
    pub enum Late {
        /// Only days from the Monday of the week before the filing can be recognised.
        FromMondayBefore = "FROM_MONDAY_BEFORE",
        /// It is refused.
        Refused = "REFUSED",
        /// There is no term.
        None = "NONE",
    }
}

/// Since when a claim may be filed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ahead {
    /// So many days before the start.
    Days(i64),
    /// The first day of the event.
    Event,
    /// Any day.
    Any,
}

/// Day from which a term runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TermFrom {
    /// The start of the suspension.
    Start,
    /// The first day of the event.
    Event,
}

/// How long a term is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TermLength {
    /// So many days.
    Days(i64),
    /// To the end of the month so many months after.
    Months(i32),
}

/// A value, the days on which it holds, and where it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dated<T> {
    /// The value.
    pub value: T,
    /// First day on which it holds.
    pub from: NaiveDate,
    /// Last day on which it holds; `None` when it still does.
    pub to: Option<NaiveDate>,
    /// Legal source.
    pub source: String,
}

impl<T> Dated<T> {
    /// Whether it holds on a day.
    pub fn holds(&self, day: NaiveDate) -> bool {
        self.from <= day && self.to.is_none_or(|last| day <= last)
    }
}

/// What the law says of an instrument (`claims.md` §4.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductRule {
    /// The instrument.
    pub product: Product,
    /// Longest claim, in weeks; for an instrument counted in days, the most weeks that a claim may span.
    pub weeks_most: u32,
    /// Most days of a claim; `None` where the unit is the week.
    pub days_most: Option<u32>,
    /// Whether it is filed after a decree (CLM-1).
    pub decree: Need,
    /// Whether the unions are consulted (CLM-9).
    pub consultation: bool,
    /// Whether only INPS may pay.
    pub direct_only: bool,
    /// Protection schemes that contain it (CLM-2).
    pub schemes: Vec<String>,
}

impl ProductRule {
    /// Whether a protection scheme contains the instrument (CLM-2).
    pub fn is_covered_by(&self, scheme: &str) -> bool {
        self.schemes
            .iter()
            .any(|known| match known.strip_suffix('*') {
                Some(start) => scheme.starts_with(start),
                None => known == scheme,
            })
    }
}

/// What the law says of a reason (`claims.md` §4.5, §5.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CausaleRule {
    /// The reason.
    pub causale: Causale,
    /// Where it comes from.
    pub family: Family,
    /// Article of the act that names it.
    pub article: u8,
    /// Event code of INPS, where it was published.
    pub inps_code: Option<u8>,
    /// Evento oggettivamente non evitabile.
    pub eone: bool,
    /// Whether the report needs the financial indicators.
    pub indicators: Need,
    /// Name in Italian.
    pub label_it: String,
    /// Name in English.
    pub label_en: String,
}

impl CausaleRule {
    /// Which terms it follows.
    pub fn term_class(&self) -> TermClass {
        match (self.family, self.eone) {
            (Family::Covid, _) => TermClass::Covid,
            (_, true) => TermClass::Eone,
            _ => TermClass::Ordinary,
        }
    }
}

/// A reason that an instrument takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowed {
    /// The instrument.
    pub product: Product,
    /// The reason.
    pub causale: Causale,
    /// The report that it needs.
    pub report: Report,
    /// Only for employers of up to so many average heads.
    pub heads_most: Option<u32>,
}

/// Terms of filing of an instrument (`claims.md` §4.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TermRule {
    /// The instrument.
    pub product: Product,
    /// The reasons that follow it.
    pub class: TermClass,
    /// Since when it may be filed.
    pub ahead: Ahead,
    /// Last day; `None` where there is no term.
    pub term: Option<(TermFrom, TermLength)>,
    /// What becomes of a late one.
    pub late: Late,
}

/// Window and maximum of a COVID reason (COV-2, COV-3). It holds on days of filing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CovidRule {
    /// The reason.
    pub causale: Causale,
    /// The instrument.
    pub product: Product,
    /// Days that may be asked for.
    pub window: Period,
    /// Most weeks for a unit and the reason.
    pub weeks_most: Option<u32>,
    /// Most days for a unit and the reason, where days are counted.
    pub days_most: Option<u32>,
    /// Last day of hiring of a beneficiary.
    pub hired_by: Option<NaiveDate>,
    /// ISTAT codes of the only regions; empty for all.
    pub regions: Vec<String>,
    /// The only ATECO divisions; empty for all.
    pub ateco: Vec<String>,
}

/// A postponement of terms (COV-1). It holds on days of filing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Postponement {
    /// Ordinary terms that it moves.
    pub terms: Period,
    /// Where to.
    pub moved_to: NaiveDate,
}

/// A section of the report that a reason asks for besides the common ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SectionRule {
    /// The reason.
    pub causale: Causale,
    /// Identifier.
    pub section: String,
    /// Name in Italian.
    pub label_it: String,
    /// Name in English.
    pub label_en: String,
}

/// When a self-declaration has to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeclarationNeed {
    /// When the filer chooses it.
    Choice,
    /// With weeks used other than those INPS counted (Msg 3566/2018).
    UsedWeeks,
    /// With this reason.
    Causale(Causale),
}

/// A self-declaration of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclarationRule {
    /// Identifier.
    pub declaration: String,
    /// When it has to be made.
    pub needed: DeclarationNeed,
    /// Text in Italian.
    pub text_it: String,
    /// Text in English.
    pub text_en: String,
}

/// A bilateral solidarity fund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FundRule {
    /// Code, as in the protection scheme `FUND:<code>`.
    pub fund: String,
    /// Name.
    pub name: String,
}

/// Everything that filing takes from the law.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    products: Vec<Dated<ProductRule>>,
    causali: Vec<Dated<CausaleRule>>,
    allowed: Vec<Dated<Allowed>>,
    terms: Vec<Dated<TermRule>>,
    covid: Vec<Dated<CovidRule>>,
    postponements: Vec<Dated<Postponement>>,
    sections: Vec<Dated<SectionRule>>,
    declarations: Vec<Dated<DeclarationRule>>,
    funds: Vec<Dated<FundRule>>,
}

/// The rules that come with the program.
pub static IN_FORCE: LazyLock<Rules> =
    LazyLock::new(|| Rules::embedded().expect("the service reads its rules at its start"));

impl Rules {
    /// Reads the rules that come with the program, or tells everything that is wrong with them.
    pub fn embedded() -> Result<Self, Faults> {
        read(&RuleFiles::embedded())
    }

    /// The instrument as it was on a day; `None` when there was none.
    pub fn product(&self, product: Product, day: NaiveDate) -> Option<&Dated<ProductRule>> {
        on(&self.products, day, |rule| rule.product == product)
    }

    /// What a reason is; its nature does not change with time.
    pub fn causale(&self, causale: Causale) -> Option<&Dated<CausaleRule>> {
        self.causali.iter().find(|row| row.value.causale == causale)
    }

    /// The reason as an instrument took it on a day; `None` when it did not.
    pub fn allowed(
        &self,
        product: Product,
        causale: Causale,
        day: NaiveDate,
    ) -> Option<&Dated<Allowed>> {
        on(&self.allowed, day, |rule| {
            rule.product == product && rule.causale == causale
        })
    }

    /// The reasons that an instrument took on a day, in the order of the page.
    pub fn causali_of(
        &self,
        product: Product,
        day: NaiveDate,
    ) -> impl Iterator<Item = (&Dated<Allowed>, &Dated<CausaleRule>)> {
        self.allowed
            .iter()
            .filter(move |row| row.value.product == product && row.holds(day))
            .filter_map(|row| Some((row, self.causale(row.value.causale)?)))
    }

    /// The terms of an instrument for a class of reasons; `day` is the start, or the first day of the event.
    pub fn term(
        &self,
        product: Product,
        class: TermClass,
        day: NaiveDate,
    ) -> Option<&Dated<TermRule>> {
        on(&self.terms, day, |rule| {
            rule.product == product && rule.class == class
        })
    }

    /// Window and maximum of a COVID reason for an instrument, as they were on the day of filing.
    pub fn covid(
        &self,
        causale: Causale,
        product: Product,
        filed: NaiveDate,
    ) -> Option<&Dated<CovidRule>> {
        on(&self.covid, filed, |rule| {
            rule.causale == causale && rule.product == product
        })
    }

    /// The postponements of COVID terms, with the days of filing on which they count.
    pub fn postponements(&self) -> &[Dated<Postponement>] {
        &self.postponements
    }

    /// Sections that a reason asks for on a day, besides the common ones.
    pub fn sections(
        &self,
        causale: Causale,
        day: NaiveDate,
    ) -> impl Iterator<Item = &Dated<SectionRule>> {
        self.sections
            .iter()
            .filter(move |row| row.value.causale == causale && row.holds(day))
    }

    /// Self-declarations of the catalogue on a day.
    pub fn declarations(&self, day: NaiveDate) -> impl Iterator<Item = &Dated<DeclarationRule>> {
        self.declarations.iter().filter(move |row| row.holds(day))
    }

    /// Funds that may be asked on a day.
    pub fn funds(&self, day: NaiveDate) -> impl Iterator<Item = &Dated<FundRule>> {
        self.funds.iter().filter(move |row| row.holds(day))
    }
}

impl CovidRule {
    /// Whether every week has a day inside the window (COV-2).
    pub fn reaches_every(&self, weeks: WeekPeriod) -> bool {
        weeks.weeks().all(|week| {
            self.window
                .overlaps(Period::between(week.monday(), week.sunday()))
        })
    }
}

fn on<T>(rows: &[Dated<T>], day: NaiveDate, wanted: impl Fn(&T) -> bool) -> Option<&Dated<T>> {
    rows.iter().find(|row| row.holds(day) && wanted(&row.value))
}
