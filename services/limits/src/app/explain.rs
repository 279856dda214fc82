//! How the figures of counters come about, and what has changed since an answer.

use std::collections::BTreeMap;
use std::sync::Arc;

use chassis::Failure;
use chassis::identity::Caller;
use chrono::{DateTime, NaiveDate, Utc};
use kernel::Week;

use crate::domain::explain::{Trail, with_months};
use crate::domain::law::{LawChange, LawVersion};
use crate::domain::{
    Assessment, Authorisation, AuthorisationId, Counter, CounterKind, Unit, kind_of,
};

use super::App;
use super::counters::{EXPLAINED, Judged, Known, Subject, Wish};

/// The explanations of a unit.
#[derive(Debug, Clone)]
pub struct Explained {
    /// The unit, whose periods the trails name by their place.
    pub unit: Unit,
    /// One a counter.
    pub trails: Vec<Trail>,
    /// What has changed since; `None` when the answer is today's.
    pub difference: Option<Difference>,
}

/// What has changed between two answers about a unit, seen from the same week.
#[derive(Debug, Clone)]
pub struct Difference {
    /// Counters that differ.
    pub counters: Vec<CounterChange>,
    /// Entries that count otherwise.
    pub entries: Vec<(AuthorisationId, EntryChange)>,
    /// The law known then, where it is not the one known today.
    pub law: Option<LawDifference>,
    /// Instant of today's answer.
    pub today: DateTime<Utc>,
}

/// A counter that differs; `None` where it could not be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CounterChange {
    /// Then.
    pub then: Option<Counter>,
    /// Today.
    pub today: Option<Counter>,
    /// What today's law makes of what was known then; `None` also when the law is the same.
    pub under_todays_law: Option<Counter>,
}

/// Two laws that differ.
#[derive(Debug, Clone)]
pub struct LawDifference {
    /// The law known then.
    pub then: Arc<LawVersion>,
    /// The law known today.
    pub today: Arc<LawVersion>,
    /// How they differ.
    pub change: LawChange,
}

/// How an entry counts otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryChange {
    /// It counts today alone.
    Added,
    /// It counted then alone.
    Removed,
    /// It is not what it was.
    Changed,
}

/// From where the counters are explained.
#[derive(Debug, Clone)]
pub enum SeenFrom {
    /// From the week of a day; from next Monday without one.
    Week(Option<NaiveDate>),
    /// With a request on top.
    Request(Wish),
}

impl App {
    /// The trails of counters of a unit that the caller may see; of all that can be told when none is named. With an
    /// instant, also the difference to today.
    pub async fn explain(
        &self,
        caller: &Caller,
        subject: &Subject,
        kinds: &[CounterKind],
        seen: &SeenFrom,
    ) -> Result<Known<Explained>, Failure> {
        let start = match seen {
            SeenFrom::Week(reference) => self.start_of(subject, *reference),
            SeenFrom::Request(wish) => wish.first_day(),
        };
        let known = self.visible_known_unit(caller, subject, start).await?;
        let judged = &known.answer;
        let (week, unit, trails) = match seen {
            SeenFrom::Week(reference) => {
                let week = known.told_week(*reference)?;
                let trails = trails(&judged.assessment(), kinds, week)?;
                (week, judged.unit.clone(), trails)
            }
            SeenFrom::Request(wish) => {
                let wish = wish.of(judged.unit.facts);
                judged.require_answerable(&wish, &EXPLAINED)?;
                let (unit, trails) = trails_with(judged, kinds, &wish)?;
                (wish.first_week(), unit, trails)
            }
        };
        let difference = if subject.as_known_at.is_some() {
            let today = Subject {
                as_known_at: None,
                ..subject.clone()
            };
            let today = self.visible_known_unit(caller, &today, start).await?;
            Some(self.difference(&known.answer, &today, week))
        } else {
            None
        };
        Ok(known.map(|_| Explained {
            unit,
            trails,
            difference,
        }))
    }

    fn difference(&self, then: &Judged, today: &Known<Judged>, week: Week) -> Difference {
        let (before, after) = (&then.version, &today.answer.version);
        let change = if before.number == after.number {
            None
        } else {
            self.law_change(before, after)
        };
        let law = change.map(|change| LawDifference {
            then: Arc::clone(before),
            today: Arc::clone(after),
            change,
        });
        let under_todays_law = law.as_ref().map(|_| {
            let rules = &today.answer.law.rules;
            Assessment::new(&then.unit, rules).counters(week)
        });
        Difference {
            counters: changed_counters(
                &then.assessment().counters(week),
                &today.answer.assessment().counters(week),
                &under_todays_law.unwrap_or_default(),
            ),
            entries: changed_entries(&then.unit, &today.answer.unit),
            law,
            today: today.known_at,
        }
    }
}

/// The counters in the order in which `GetCounters` tells them.
const ALL_KINDS: [CounterKind; 11] = [
    CounterKind::Biennium,
    CounterKind::Continuous,
    CounterKind::Waiting,
    CounterKind::OneThird,
    CounterKind::AisBiennium,
    CounterKind::AisOneThird,
    CounterKind::TotalDuration,
    CounterKind::Riorg,
    CounterKind::Crisi,
    CounterKind::Cds,
    CounterKind::CigsHours,
];

fn trails(
    assessment: &Assessment<'_>,
    kinds: &[CounterKind],
    week: Week,
) -> Result<Vec<Trail>, Failure> {
    if kinds.is_empty() {
        let told = assessment.counters(week);
        let trails = told
            .iter()
            .filter_map(|one| assessment.explain(one.kind, week));
        return Ok(trails.collect());
    }
    let rule = "names a counter that cannot be told";
    named(kinds, rule, |kind| assessment.explain(kind, week))
}

/// The trails with a request on top, and the unit that they speak of.
fn trails_with(
    judged: &Judged,
    kinds: &[CounterKind],
    wish: &Wish,
) -> Result<(Unit, Vec<Trail>), Failure> {
    let asked = match wish {
        Wish::Weeks(_) => judged.unit.clone(),
        Wish::Months(request) => with_months(&judged.unit, request),
    };
    let (recorded, topped) = (
        judged.assessment(),
        Assessment::new(&asked, &judged.law.rules),
    );
    let trail = |kind| match wish {
        Wish::Weeks(request) => recorded.explain_request(kind, request),
        Wish::Months(request) if kind == CounterKind::CigsHours => {
            recorded.explain_programme(request)
        }
        Wish::Months(request) => topped
            .explain_on(kind, wish.last_day())
            .filter(|_| kind == CounterKind::TotalDuration || kind == kind_of(request.cause)),
    };
    let trails = if kinds.is_empty() {
        ALL_KINDS.into_iter().filter_map(trail).collect()
    } else {
        named(
            kinds,
            "names a counter that does not look at the request",
            trail,
        )?
    };
    Ok((asked, trails))
}

/// The trails of the counters named; refuses one that has none.
fn named(
    kinds: &[CounterKind],
    rule: &str,
    trail: impl Fn(CounterKind) -> Option<Trail>,
) -> Result<Vec<Trail>, Failure> {
    kinds
        .iter()
        .map(|kind| trail(*kind).ok_or_else(|| Failure::field("kinds", rule)))
        .collect()
}

fn changed_counters(
    then: &[Counter],
    today: &[Counter],
    under_todays_law: &[Counter],
) -> Vec<CounterChange> {
    let find = |counters: &[Counter], kind| counters.iter().find(|one| one.kind == kind).cloned();
    let new = today.iter().filter(|one| find(then, one.kind).is_none());
    then.iter()
        .chain(new)
        .map(|one| CounterChange {
            then: find(then, one.kind),
            today: find(today, one.kind),
            under_todays_law: find(under_todays_law, one.kind),
        })
        .filter(|change| change.then != change.today)
        .collect()
}

fn changed_entries(then: &Unit, today: &Unit) -> Vec<(AuthorisationId, EntryChange)> {
    let (then, today) = (by_id(then), by_id(today));
    let gone = then.iter().filter_map(|(id, before)| match today.get(id) {
        None => Some((*id, EntryChange::Removed)),
        Some(now) => (now != before).then_some((*id, EntryChange::Changed)),
    });
    let new = today.keys().filter(|id| !then.contains_key(*id));
    gone.chain(new.map(|id| (*id, EntryChange::Added)))
        .map(|(id, change)| (id.clone(), change))
        .collect()
}

fn by_id(unit: &Unit) -> BTreeMap<&AuthorisationId, &Authorisation> {
    let entries = unit.authorisations.iter();
    entries.map(|one| (&one.id, one)).collect()
}
