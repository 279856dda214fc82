//! Counters and simulations: what a unit has used and may still ask for, now or as it was known at an instant.

use std::sync::Arc;

use chassis::Failure;
use chassis::db::{Connection, ScopedFutureExt};
use chassis::identity::{Caller, Scope};
use chrono::{DateTime, NaiveDate, Utc};
use kernel::{Week, rome};

use crate::domain::cigs::cause_key;
use crate::domain::exact::{Exact, hundredths, whole};
use crate::domain::law::{Law, LawVersion};
use crate::domain::ledger::{Booking, UnitKey, Version, unit_of};
use crate::domain::one_third::BIENNIUM_WEEKS;
use crate::domain::rules::Key;
use crate::domain::{
    Alternatives, Assessment, Counter, Facts, MonthsRequest, MonthsSimulation, Request, Rules,
    Scheme, Simulation, Staff, Unit, WeekRange,
};
use crate::store::{self, KnownFacts, RememberedFacts};

use super::law::{UnderLaw, instant_of, readable, under_law};
use super::refusals::Excess;
use super::registry::{StaffDays, UnitContext, month_of};
use super::{App, refusals};

/// How far ahead of a request the inverse questions look, in weeks: a biennio mobile.
const HORIZON_WEEKS: i32 = 104;

/// An answer, and the instant as of which it is the answer. The same question as of that instant has the same answer
/// for ever.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known<T> {
    /// The answer.
    pub answer: T,
    /// The instant.
    pub known_at: DateTime<Utc>,
}

/// Whom a question is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// The unit.
    pub unit: UnitKey,
    /// Who works there, as the caller says; what is not told is what the master data know.
    pub staff: Staff,
    /// As it was known at this instant; as it is now without one.
    pub as_known_at: Option<DateTime<Utc>>,
}

/// What the claims service tells of a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Facts.
    pub facts: Facts,
    /// Who works there; what is not told is what the master data know.
    pub staff: Staff,
    /// Day on which the application was filed; today without one.
    pub filed_on: Option<NaiveDate>,
}

/// What a simulation asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// Weeks of CIGO, or of AIS for a unit of the FIS.
    Weeks(Request),
    /// Months of CIGS.
    Months(MonthsRequest),
}

/// What fits of a wish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    /// Of weeks.
    Weeks(Simulation),
    /// Of months: what fits, and the most months that would.
    Months(MonthsSimulation, i32),
}

/// What the contract calls the parts of a wish.
#[derive(Debug)]
pub(super) struct WishFields {
    period: &'static str,
    months: &'static str,
    hours: &'static str,
    heads: &'static str,
}

/// Of a simulation.
const SIMULATED: WishFields = WishFields {
    period: "period",
    months: "months",
    hours: "hours_hundredths",
    heads: "staff.employer_monthly_heads_hundredths",
};

/// Of what the claims service asks.
pub(super) const TOLD_BY_CLAIMS: WishFields = WishFields {
    heads: "facts.staff.employer_monthly_heads_hundredths",
    ..SIMULATED
};

/// Of a request that is explained.
pub(super) const EXPLAINED: WishFields = WishFields {
    period: "request.period",
    months: "request.months",
    hours: "request.hours_hundredths",
    ..SIMULATED
};

/// The answer to a wish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// What fits.
    pub fit: Fit,
    /// What could be asked for instead of weeks; `None` for months.
    pub inverse: Option<Inverse>,
}

/// What could be asked for, within two years of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inverse {
    /// Weeks free one by one.
    pub free_weeks: Vec<WeekRange>,
    /// First weeks from which all would fit.
    pub admissible_starts: Vec<WeekRange>,
    /// Longest period from the first week asked for.
    pub longest_weeks: i32,
    /// What would make the request pass.
    pub alternatives: Alternatives,
}

/// A unit, and the law by which it is judged.
#[derive(Debug, Clone)]
pub(super) struct Judged {
    /// The unit.
    pub(super) unit: Unit,
    /// The law.
    pub(super) law: Arc<Law>,
    /// Which it is.
    pub(super) version: Arc<LawVersion>,
}

impl Judged {
    /// What the law says of the unit.
    pub(super) fn assessment(&self) -> Assessment<'_> {
        Assessment::new(&self.unit, &self.law.rules)
    }

    /// Refuses what no honest answer can be given to under this law.
    pub(super) fn require_answerable(
        &self,
        wish: &Wish,
        fields: &WishFields,
    ) -> Result<(), Failure> {
        let Unit { facts, staff, .. } = &self.unit;
        require_answerable(&self.law.rules, wish, *facts, staff, fields)
    }
}

impl App {
    /// The counters of a unit that the caller may see, from the week of a day; from next Monday without one.
    pub async fn counters(
        &self,
        caller: &Caller,
        subject: &Subject,
        reference: Option<NaiveDate>,
    ) -> Result<Known<Vec<Counter>>, Failure> {
        let start = self.start_of(subject, reference);
        let known = self.visible_known_unit(caller, subject, start).await?;
        let week = known.told_week(reference)?;
        Ok(known.map(|judged| judged.assessment().counters(week)))
    }

    /// What would fit of a wish for a unit that the caller may see, and its counters from the first week asked for.
    pub async fn simulate(
        &self,
        caller: &Caller,
        subject: &Subject,
        wish: &Wish,
    ) -> Result<Known<(Answer, Vec<Counter>)>, Failure> {
        let known = self
            .visible_known_unit(caller, subject, wish.first_day())
            .await?;
        let wish = wish.of(known.answer.unit.facts);
        known.answer.require_answerable(&wish, &SIMULATED)?;
        Ok(known.map(|judged| {
            let assessment = judged.assessment();
            let counters = assessment.counters(wish.first_week());
            (wish.answer(&assessment), counters)
        }))
    }

    /// Like the two above, for the claims service, which has looked at who asks and tells the facts of the unit.
    pub async fn evaluate(
        &self,
        caller: &Caller,
        unit: &UnitKey,
        told: &Told,
        wish: Option<Wish>,
        reference: Option<NaiveDate>,
    ) -> Result<(Option<Fit>, Vec<Counter>), Failure> {
        let facts = told.facts;
        let start = wish.as_ref().map_or_else(
            || reference_week(reference, self.clock.now()).monday(),
            Wish::first_day,
        );
        let staff = self.staff_of(unit, told, start).await?;
        let wish = wish.map(|wish| wish.of(facts));
        let mut connection = self.database.pool().acquire().await?;
        let ledger = self
            .ledger_under_law(&mut connection, &caller.scope, unit, None)
            .await?;
        let ledger = ledger.try_map(|under, at| judged(facts, staff, &under, at))?;
        let judged = &ledger.answer;
        let week = match &wish {
            Some(wish) => {
                judged.require_answerable(wish, &TOLD_BY_CLAIMS)?;
                wish.first_week()
            }
            None => ledger.told_week(reference)?,
        };
        let assessment = judged.assessment();
        Ok((
            wish.map(|wish| wish.fit(&assessment)),
            assessment.counters(week),
        ))
    }

    /// The unit, if the caller may see it: a filer names a matricola of their own (else IDN-E05 or IDN-E07), staff
    /// reach a unit only through its competent office (else IDN-E06, as for one that does not exist).
    pub(super) async fn visible_unit(
        &self,
        caller: &Caller,
        unit: &UnitKey,
        start: NaiveDate,
    ) -> Result<UnitContext, Failure> {
        caller.require_matricola(unit.matricola.as_str())?;
        let filed_on = self.clock.today();
        let context = self
            .context(unit, StaffDays { start, filed_on })
            .await
            .map_err(refusals::not_visible)?;
        require_office(caller, &context)?;
        Ok(context)
    }

    /// The entries of a unit as they are now, or as they were known at an instant that has passed.
    pub(super) async fn known_ledger(
        &self,
        connection: &mut Connection,
        scope: &Scope,
        unit: &UnitKey,
        as_known_at: Option<DateTime<Utc>>,
    ) -> Result<Known<Vec<Version>>, Failure> {
        let settled = self.settled();
        let entries = store::entries(connection, scope, unit, as_known_at).await?;
        let last = entries.iter().map(|version| version.recorded_at).max();
        let known_at = instant_of(settled, last, as_known_at)?;
        Ok(Known {
            answer: entries,
            known_at,
        })
    }

    /// The first day that a question without a request is about: the Monday of its week.
    pub(super) fn start_of(&self, subject: &Subject, reference: Option<NaiveDate>) -> NaiveDate {
        let at = subject.as_known_at.unwrap_or_else(|| self.clock.now());
        reference_week(reference, at).monday()
    }

    /// A unit that the caller may see, as the counters see it that a period from a day on asks: as it is now, by the copy
    /// of the master data where that serves.
    pub(super) async fn visible_known_unit(
        &self,
        caller: &Caller,
        subject: &Subject,
        start: NaiveDate,
    ) -> Result<Known<Judged>, Failure> {
        caller.require_matricola(subject.unit.matricola.as_str())?;
        if subject.as_known_at.is_none() && self.copy_is_fresh() {
            let known = self.known_by_copy(caller, subject, start).await?;
            if let Some(known) = known {
                return Ok(known);
            }
        }
        self.known_by_master_data(caller, subject, start).await
    }

    /// All by one statement; `None` when the copy does not have the unit.
    async fn known_by_copy(
        &self,
        caller: &Caller,
        subject: &Subject,
        start: NaiveDate,
    ) -> Result<Option<Known<Judged>>, Failure> {
        let filed_on = self.clock.today();
        let days = StaffDays { start, filed_on };
        let (remembered, copied) = self.read_by_copy(&caller.scope, subject, days).await?;
        let Some(context) = copied else {
            return Ok(None);
        };
        require_office(caller, &context)?;
        let told = KnownFacts {
            facts: context.facts,
            staff: context.staff,
        };
        let remembered = if remembered.answer.agrees(&told) {
            remembered
        } else {
            let month = month_of(start);
            self.remember(&subject.unit, month, &told).await?;
            self.read_by_copy(&caller.scope, subject, days).await?.0
        };
        let judged =
            remembered.try_map(|remembered, known_at| remembered.unit(subject, told, known_at));
        judged.map(Some)
    }

    /// What is held of a unit as it is now, and the unit in the copy of the master data.
    async fn read_by_copy(
        &self,
        scope: &Scope,
        subject: &Subject,
        days: StaffDays,
    ) -> Result<(Known<Remembered>, Option<UnitContext>), Failure> {
        let (unit, months) = (&subject.unit, days.months());
        let mut connection = self.database.pool().acquire().await?;
        let settled = self.settled();
        let (reading, law) = self
            .reading_under_law(&mut connection, scope, unit, months)
            .await?;
        let ledger = under_law(reading.entries, law, settled, None)?;
        let facts = match reading.told {
            // Remembered as of an instant after that of this answer, for those that follow.
            Some((_, at)) if at > ledger.known_at => {
                store::facts_known(&mut connection, unit, months.groups, ledger.known_at).await?
            }
            told => told.map(|(facts, _)| facts),
        };
        let remembered = ledger.map(|ledger| Remembered { ledger, facts });
        Ok((remembered, reading.master.map(UnitContext::from)))
    }

    /// The same as the master data answer, now or as it was known. The ledger is read while they are asked: neither waits
    /// for the other, and what was read is thrown away when the caller may not see the unit.
    async fn known_by_master_data(
        &self,
        caller: &Caller,
        subject: &Subject,
        start: NaiveDate,
    ) -> Result<Known<Judged>, Failure> {
        let scope = &caller.scope;
        let month = month_of(start);
        let (context, told_before) = tokio::join!(
            self.visible_unit(caller, &subject.unit, start),
            self.remembered(scope, subject, month),
        );
        let context = context?;
        let told = KnownFacts {
            facts: context.facts,
            staff: context.staff,
        };
        let mut remembered = told_before?;
        if subject.as_known_at.is_none() && !remembered.answer.agrees(&told) {
            self.remember(&subject.unit, month, &told).await?;
            remembered = self.remembered(scope, subject, month).await?;
        }
        remembered.try_map(|remembered, known_at| remembered.unit(subject, told, known_at))
    }

    /// Who works in a unit: as told, and where that is not all, as the master data know it.
    pub(super) async fn staff_of(
        &self,
        unit: &UnitKey,
        told: &Told,
        start: NaiveDate,
    ) -> Result<Staff, Failure> {
        if told.staff.headcount.is_some() && !told.staff.groups.is_empty() {
            return Ok(told.staff.clone());
        }
        let today = self.clock.today();
        let days = StaffDays {
            start,
            filed_on: told.filed_on.unwrap_or(today),
        };
        let known = self.context(unit, days).await;
        let known = known.map_err(refusals::unknown_unit)?;
        Ok(completed(&told.staff, known.staff))
    }

    /// What the ledger holds of a unit, and the facts with which an answer of that instant is given.
    async fn remembered(
        &self,
        scope: &Scope,
        subject: &Subject,
        month: NaiveDate,
    ) -> Result<Known<Remembered>, Failure> {
        let mut connection = self.database.pool().acquire().await?;
        let ledger = self
            .ledger_under_law(&mut connection, scope, &subject.unit, subject.as_known_at)
            .await?;
        // After the ledger, which has waited for whoever was changing the unit: no facts are remembered any more as of
        // the instant of this answer or before.
        let facts =
            store::facts_known(&mut connection, &subject.unit, month, ledger.known_at).await?;
        Ok(ledger.map(|ledger| Remembered { ledger, facts }))
    }

    /// Remembers what the master data say of a unit, as of an instant that no answer with other facts has named.
    async fn remember(
        &self,
        unit: &UnitKey,
        month: NaiveDate,
        told: &KnownFacts,
    ) -> Result<(), Failure> {
        self.database
            .transaction("remember_facts", |tx| {
                async move {
                    let units = std::slice::from_ref(unit);
                    store::lock_units(tx, units).await?;
                    let last = store::last_recorded(tx, units).await?;
                    store::remember_facts(tx, unit, month, told, self.settled(), last).await
                }
                .scope_boxed()
            })
            .await
    }
}

/// What is held of a unit at an instant.
#[derive(Debug)]
struct Remembered {
    /// Its entries, and the law.
    ledger: UnderLaw,
    /// What the master data had said of it; `None` when nobody had asked yet.
    facts: Option<RememberedFacts>,
}

impl Remembered {
    /// Whether the master data say now what they said before.
    fn agrees(&self, told: &KnownFacts) -> bool {
        self.facts
            .as_ref()
            .is_some_and(|facts| facts.is_of_month && facts.known == *told)
    }

    /// The unit as the counters see it. The facts are those remembered, so that the same question as of the same instant
    /// has the same answer; those told when there were none, and the groups told when none were remembered for that
    /// semester.
    fn unit(
        self,
        subject: &Subject,
        told: KnownFacts,
        known_at: DateTime<Utc>,
    ) -> Result<Judged, Failure> {
        let known = match self.facts {
            None => told,
            Some(facts) if facts.is_of_month => facts.known,
            Some(facts) => KnownFacts {
                facts: facts.known.facts,
                staff: Staff {
                    groups: told.staff.groups,
                    ..facts.known.staff
                },
            },
        };
        let staff = completed(&subject.staff, known.staff);
        judged(known.facts, staff, &self.ledger, known_at)
    }
}

impl Wish {
    /// The week from which its counters are seen.
    pub fn first_week(&self) -> Week {
        match self {
            Self::Weeks(request) => request.first,
            Self::Months(request) => Week::of(request.from),
        }
    }

    /// The first day that it asks for.
    pub fn first_day(&self) -> NaiveDate {
        match self {
            Self::Weeks(request) => request.first.monday(),
            Self::Months(request) => request.from,
        }
    }

    /// The same for a unit: one of the FIS asks for AIS, others for CIGO (`limits.md` §1.2).
    pub(super) fn of(&self, facts: Facts) -> Self {
        match self {
            Self::Weeks(request) if !facts.sector.has_cigo() => Self::Weeks(request.of_ais()),
            Self::Weeks(_) | Self::Months(_) => *self,
        }
    }

    /// The last day that it asks for.
    pub(super) fn last_day(&self) -> NaiveDate {
        match self {
            Self::Weeks(request) => (request.first + request.count - 1).sunday(),
            Self::Months(request) => request.first_months(request.months).last_day(),
        }
    }

    /// The rule beside art. 4 and art. 12 that its days must lie in; `None` for a neutral period, which no counter meets.
    fn key(&self, facts: Facts) -> Option<Key> {
        match self {
            Self::Weeks(Request { scheme, flags, .. }) => {
                let meets_ais = *scheme == Scheme::Ais && !flags.is_neutral();
                meets_ais.then_some(Key::AisSmallHeads)
            }
            Self::Months(request) => Some(cause_key(facts, request.cause)),
        }
    }

    /// Weeks are judged by what the unit works in the biennio mobile (art. 12 c. 5), months by what it works in them (art.
    /// 22 c. 4): nobody can be suspended for more hours than that. Not asked where hours or groups are not told.
    fn require_workable(&self, staff: &Staff, field: &str) -> Result<(), Failure> {
        let (hours, weeks) = match self {
            Self::Weeks(request) => (
                request.hours,
                whole(BIENNIUM_WEEKS.max(i64::from(request.count))),
            ),
            Self::Months(request) => (
                request.hours,
                Exact::new(i128::from(request.months) * 52, 12),
            ),
        };
        let workable = staff.workable_hours(weeks).zip(hours);
        match workable {
            Some((workable, hours)) if hundredths(hours.hundredths()) > workable => {
                Err(Failure::field(field, refusals::OVER_WORKABLE))
            }
            _ => Ok(()),
        }
    }

    /// The weeks of AIS are as many as the headcount says: where nobody knows it, no answer is better than half of one.
    fn require_headcount(&self, staff: &Staff, field: &str) -> Result<(), Failure> {
        match self {
            Self::Weeks(Request {
                scheme: Scheme::Ais,
                flags,
                ..
            }) if staff.headcount.is_none() && !flags.is_neutral() => Err(Failure::field(
                field,
                "must be told for AIS, whose weeks depend on the headcount (art. 29 c. 3-bis D.Lgs. 148/2015)",
            )),
            Self::Weeks(_) | Self::Months(_) => Ok(()),
        }
    }

    fn fit(&self, assessment: &Assessment<'_>) -> Fit {
        match self {
            Self::Weeks(request) => Fit::Weeks(assessment.simulate(request)),
            Self::Months(request) => Fit::Months(
                assessment.simulate_months(request),
                assessment.longest_months(request),
            ),
        }
    }

    fn answer(&self, assessment: &Assessment<'_>) -> Answer {
        let inverse = match self {
            Self::Weeks(request) => Some(Inverse {
                free_weeks: assessment.free_weeks(request, HORIZON_WEEKS),
                admissible_starts: assessment.admissible_starts(request, HORIZON_WEEKS),
                longest_weeks: assessment.longest(request),
                alternatives: assessment.alternatives(request),
            }),
            Self::Months(_) => None,
        };
        Answer {
            fit: self.fit(assessment),
            inverse,
        }
    }

    /// The same as what a period to be booked asks for.
    pub(super) fn booking(booking: &Booking) -> Self {
        let Booking {
            scheme,
            cause,
            flags,
            period,
            hours,
            ..
        } = *booking;
        match scheme {
            Scheme::Cigo | Scheme::Ais => {
                Self::Weeks(Request::covering(scheme, cause, flags, period).with_hours(hours))
            }
            Scheme::Cigs => {
                Self::Months(MonthsRequest::covering(cause, flags, period).with_hours(hours))
            }
        }
    }

    /// Why it does not fit; `None` when it does.
    pub(super) fn excess(&self, assessment: &Assessment<'_>) -> Option<Excess> {
        match self {
            Self::Weeks(request) => {
                let refusal = assessment.refusal(request)?;
                Some(Excess::of_weeks(request, &refusal))
            }
            Self::Months(request) => {
                let refusal = assessment.months_refusal(request)?;
                Some(Excess::of_months(request, &refusal))
            }
        }
    }
}

impl<T> Known<T> {
    pub(super) fn map<U>(self, answer: impl FnOnce(T) -> U) -> Known<U> {
        Known {
            answer: answer(self.answer),
            known_at: self.known_at,
        }
    }

    fn try_map<U>(
        self,
        answer: impl FnOnce(T, DateTime<Utc>) -> Result<U, Failure>,
    ) -> Result<Known<U>, Failure> {
        Ok(Known {
            answer: answer(self.answer, self.known_at)?,
            known_at: self.known_at,
        })
    }
}

impl Known<Judged> {
    /// The week of a day from which the unit is looked at, next Monday's without one.
    pub(super) fn told_week(&self, reference: Option<NaiveDate>) -> Result<Week, Failure> {
        let Judged { unit, law, .. } = &self.answer;
        let week = reference_week(reference, self.known_at);
        let field = "reference_week";
        // Art. 4 concerns every unit.
        require_covered(&law.rules, Key::TotalMonths, week.sunday(), field)?;
        if !unit.facts.sector.has_cigo() && unit.staff.headcount.is_some() {
            require_covered(&law.rules, Key::AisSmallHeads, week.monday(), field)?;
        }
        Ok(week)
    }
}

/// Refuses staff of another office, as if the unit did not exist.
fn require_office(caller: &Caller, unit: &UnitContext) -> Result<(), Failure> {
    if caller.scope.holds_office(unit.competent_office.as_str()) {
        Ok(())
    } else {
        Err(refusals::not_visible(Failure::not_found()))
    }
}

/// What is told, and for the rest what is known.
fn completed(told: &Staff, known: Staff) -> Staff {
    Staff {
        headcount: told.headcount.or(known.headcount),
        groups: if told.groups.is_empty() {
            known.groups
        } else {
            told.groups.clone()
        },
    }
}

/// The unit that the entries make which count at the instant of the answer, and the law by which it is judged.
fn judged(
    facts: Facts,
    staff: Staff,
    ledger: &UnderLaw,
    known_at: DateTime<Utc>,
) -> Result<Judged, Failure> {
    let UnderLaw { entries, law } = ledger;
    let entries = entries.iter().map(|version| &version.entry);
    let unit = unit_of(
        facts,
        staff,
        entries.filter(|entry| entry.state.counts(known_at)),
        None,
    );
    Ok(Judged {
        unit,
        law: readable(law)?,
        version: Arc::clone(law),
    })
}

pub(super) fn reference_week(reference: Option<NaiveDate>, known_at: DateTime<Utc>) -> Week {
    reference.map_or_else(|| Week::of(rome::date_of(known_at)) + 1, Week::of)
}

/// Refuses what no honest answer can be given to: days that a rule in question does not cover, AIS without a headcount,
/// and more hours than there are. Each names its field and the rule.
pub(super) fn require_answerable(
    rules: &Rules,
    wish: &Wish,
    facts: Facts,
    staff: &Staff,
    fields: &WishFields,
) -> Result<(), Failure> {
    let field = match wish {
        Wish::Weeks(_) => fields.period,
        Wish::Months(_) => fields.months,
    };
    let last = wish.last_day();
    require_covered(rules, Key::TotalMonths, wish.first_week().sunday(), field)?;
    require_covered(rules, Key::TotalMonths, last, field)?;
    if let Some(key) = wish.key(facts) {
        require_covered(rules, key, wish.first_day(), field)?;
        require_covered(rules, key, last, field)?;
    }
    wish.require_headcount(staff, fields.heads)?;
    wish.require_workable(staff, fields.hours)
}

fn require_covered(
    rules: &Rules,
    key: Key,
    day: NaiveDate,
    field: &'static str,
) -> Result<(), Failure> {
    match rules.covering(key, day, field) {
        Ok(_) => Ok(()),
        Err(outside) => Err(Failure::field(field, outside.to_string())),
    }
}

/// CIGO and AIS exclude each other for the same unit; CIGS stands beside either (`limits.md` §1.2).
pub(super) fn require_scheme(facts: Facts, scheme: Scheme) -> Result<(), Failure> {
    match scheme {
        Scheme::Cigo if !facts.sector.has_cigo() => Err(refusals::no_cigo()),
        Scheme::Ais if facts.sector.has_cigo() => Err(refusals::no_ais()),
        Scheme::Cigo | Scheme::Ais | Scheme::Cigs => Ok(()),
    }
}
