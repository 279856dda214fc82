//! What the anagrafe said of units in answers that were given.

use chassis::Failure;
use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;

use crate::domain::exact::{floor, hundredths, whole};
use crate::domain::ledger::UnitKey;
use crate::domain::staff::{Average, HoursGroup};
use crate::domain::{Facts, Staff};

use super::rows::{unit_code, working_days};
use super::staff::{Fraction, exact, fraction};

/// What the anagrafe says of a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KnownFacts {
    /// Facts.
    pub(crate) facts: Facts,
    /// Who works there.
    pub(crate) staff: Staff,
}

/// What was remembered of a unit for a semester.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RememberedFacts {
    /// What the anagrafe had said.
    pub(crate) known: KnownFacts,
    /// Whether its groups are those of the semester asked for; else of another, and not to be used for it.
    pub(crate) is_of_month: bool,
}

/// Remembers the facts of a unit, with the staff of the semester before a month, when they are not those remembered last.
/// Facts that follow others are known later than the last change of the unit or of the law, which an answer with those
/// others may have named; the first ones follow no answer.
pub(crate) async fn remember_facts(
    connection: &mut PgConnection,
    unit: &UnitKey,
    staff_month: NaiveDate,
    known: &KnownFacts,
    now: DateTime<Utc>,
    last_recorded: Option<DateTime<Utc>>,
) -> Result<(), Failure> {
    let groups = GroupColumns::of(&known.staff.groups)?;
    let employer = known.staff.headcount;
    let employer = employer.map(|heads| fraction(heads.heads())).transpose()?;
    let (numerator, denominator) = employer.unzip();
    sqlx::query!(
        "insert into unit_facts (matricola, production_unit_code, recorded_at, sector, working_days, group_hours,
                                 group_heads, staff_month, employer_heads_numerator, employer_heads_denominator,
                                 group_heads_numerators, group_heads_denominators)
         select $1, $2,
                case when exists (
                    select from unit_facts
                    where matricola = $1 and production_unit_code = $2 and coalesce(staff_month = $8, true)
                )
                then greatest($3::timestamptz, $13::timestamptz + interval '1 microsecond')
                else $3::timestamptz end,
                $4, $5, $6, $7, $8, $9, $10, $11, $12
         where (
             select (sector, working_days, group_hours, employer_heads_numerator, employer_heads_denominator,
                     group_heads_numerators, group_heads_denominators)
             from unit_facts
             where matricola = $1 and production_unit_code = $2 and staff_month = $8
             order by recorded_at desc limit 1
         ) is distinct from
             ($4::text, $5::integer, $6::bigint[], $9::bigint, $10::bigint, $11::bigint[], $12::bigint[])
         on conflict do nothing",
        unit.matricola.as_str(),
        unit_code(unit),
        now,
        known.facts.sector.as_str(),
        i32::from(known.facts.working_days.number()),
        &groups.hours,
        &groups.heads,
        staff_month,
        numerator,
        denominator,
        &groups.numerators,
        &groups.denominators,
        last_recorded,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The facts of a unit with which answers were given at an instant, with the staff of the semester before a month; `None`
/// when no answer had been given yet.
pub(crate) async fn facts_known(
    connection: &mut PgConnection,
    unit: &UnitKey,
    staff_month: NaiveDate,
    at: DateTime<Utc>,
) -> Result<Option<RememberedFacts>, Failure> {
    let row = sqlx::query!(
        r#"select sector, working_days, group_hours, group_heads, employer_heads_numerator, employer_heads_denominator,
                  group_heads_numerators, group_heads_denominators, coalesce(staff_month = $4, true) as "is_of_month!"
           from unit_facts
           where matricola = $1 and production_unit_code = $2 and recorded_at <= $3
           order by coalesce(staff_month = $4, true) desc, recorded_at desc limit 1"#,
        unit.matricola.as_str(),
        unit_code(unit),
        at,
        staff_month,
    )
    .fetch_optional(connection)
    .await?;
    row.map(|row| {
        let columns = FactsColumns {
            sector: row.sector,
            working_days: row.working_days,
            employer_heads: row
                .employer_heads_numerator
                .zip(row.employer_heads_denominator),
            groups: GroupColumns {
                hours: row.group_hours,
                heads: row.group_heads,
                numerators: row.group_heads_numerators,
                denominators: row.group_heads_denominators,
            },
        };
        Ok(RememberedFacts {
            known: columns.known()?,
            is_of_month: row.is_of_month,
        })
    })
    .transpose()
}

/// Facts column by column.
pub(super) struct FactsColumns {
    pub(super) sector: String,
    pub(super) working_days: i32,
    pub(super) employer_heads: Option<Fraction>,
    pub(super) groups: GroupColumns,
}

impl FactsColumns {
    pub(super) fn known(self) -> Result<KnownFacts, Failure> {
        let headcount = self.employer_heads;
        Ok(KnownFacts {
            facts: Facts {
                sector: self.sector.parse().map_err(Failure::internal)?,
                working_days: working_days(self.working_days)?,
            },
            staff: Staff {
                headcount: headcount
                    .map(|heads| exact(heads).map(Average::known))
                    .transpose()?,
                groups: self.groups.groups()?,
            },
        })
    }
}

/// Groups of two columns, with averages that were rounded.
fn groups(hours: &[i64], heads: &[i64]) -> Vec<HoursGroup> {
    let group = |(hours, heads): (&i64, &i64)| HoursGroup {
        weekly_hours: hundredths(*hours),
        heads: Average::known(hundredths(*heads)),
    };
    hours.iter().zip(heads).map(group).collect()
}

/// Groups column by column.
pub(super) struct GroupColumns {
    pub(super) hours: Vec<i64>,
    pub(super) heads: Vec<i64>,
    pub(super) numerators: Vec<i64>,
    pub(super) denominators: Vec<i64>,
}

impl GroupColumns {
    fn of(groups: &[HoursGroup]) -> Result<Self, Failure> {
        let exact = groups.iter().map(|group| fraction(group.heads.heads()));
        let exact = exact.collect::<Result<Vec<_>, _>>()?;
        let (numerators, denominators) = exact.into_iter().unzip();
        let rounded = groups.iter().map(|group| {
            let hours = floor(&(group.weekly_hours * whole(100)));
            let heads = floor(&(group.heads.heads() * whole(100)));
            (hours, heads)
        });
        let (hours, heads) = rounded.unzip();
        Ok(Self {
            hours,
            heads,
            numerators,
            denominators,
        })
    }

    pub(super) fn groups(self) -> Result<Vec<HoursGroup>, Failure> {
        if self.numerators.is_empty() {
            return Ok(groups(&self.hours, &self.heads));
        }
        let heads = self.numerators.into_iter().zip(self.denominators);
        let groups = self.hours.iter().zip(heads).map(|(hours, heads)| {
            Ok(HoursGroup {
                weekly_hours: hundredths(*hours),
                heads: Average::known(exact(heads)?),
            })
        });
        groups.collect()
    }
}
