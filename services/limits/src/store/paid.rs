//! What flows of direct payment say was used.

use chassis::{Failure, Tx};
use chrono::NaiveDate;
use kernel::{Hours, Week};
use uuid::Uuid;

/// What steps of lines change of one month of a claim.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct MonthChange {
    /// Lines that are neither paid nor cancelled.
    pub(crate) open_lines: i64,
    /// Hours paid by week.
    pub(crate) hours: std::collections::BTreeMap<Week, i64>,
}

/// A month of a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PaidMonth {
    /// First day.
    pub(crate) month: NaiveDate,
    /// Lines that are neither paid nor cancelled.
    pub(crate) open_lines: i64,
    /// Hours paid by week.
    pub(crate) hours: Vec<(Week, Hours)>,
}

/// Takes changes of months in.
pub(crate) async fn change_months(
    tx: &mut Tx,
    changes: &[(Uuid, NaiveDate, MonthChange)],
) -> Result<(), Failure> {
    let claims: Vec<Uuid> = changes.iter().map(|it| it.0).collect();
    let months: Vec<NaiveDate> = changes.iter().map(|it| it.1).collect();
    let open: Vec<i64> = changes.iter().map(|it| it.2.open_lines).collect();
    // A change may be below zero, which no row is: the row comes first, then the change.
    sqlx::query!(
        "insert into paid_month (claim_id, month, open_lines)
         select *, 0 from unnest($1::uuid[], $2::date[]) on conflict do nothing",
        &claims,
        &months,
    )
    .execute(&mut **tx)
    .await?;
    sqlx::query!(
        "update paid_month set open_lines = open_lines + change.open
         from unnest($1::uuid[], $2::date[], $3::bigint[]) as change (claim, of_month, open)
         where claim_id = change.claim and month = change.of_month",
        &claims,
        &months,
        &open,
    )
    .execute(&mut **tx)
    .await?;
    let weeks: Vec<_> = changes
        .iter()
        .flat_map(|(claim, month, change)| {
            let hours = change.hours.iter().filter(|(_, hours)| **hours != 0);
            hours.map(|(week, hours)| (*claim, *month, week.monday(), *hours))
        })
        .collect();
    let claims: Vec<Uuid> = weeks.iter().map(|it| it.0).collect();
    let months: Vec<NaiveDate> = weeks.iter().map(|it| it.1).collect();
    let mondays: Vec<NaiveDate> = weeks.iter().map(|it| it.2).collect();
    let hours: Vec<i64> = weeks.iter().map(|it| it.3).collect();
    sqlx::query!(
        "insert into paid_week (claim_id, month, week, hours)
         select *, 0 from unnest($1::uuid[], $2::date[], $3::date[]) on conflict do nothing",
        &claims,
        &months,
        &mondays,
    )
    .execute(&mut **tx)
    .await?;
    sqlx::query!(
        "update paid_week set hours = paid_week.hours + change.hours
         from unnest($1::uuid[], $2::date[], $3::date[], $4::bigint[]) as change (claim, of_month, of_week, hours)
         where claim_id = change.claim and month = change.of_month and week = change.of_week",
        &claims,
        &months,
        &mondays,
        &hours,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The months of a claim for which flows came, in order.
pub(crate) async fn paid_months(tx: &mut Tx, claim: Uuid) -> Result<Vec<PaidMonth>, Failure> {
    let rows = sqlx::query!(
        "select month, open_lines,
                coalesce(array_agg(week order by week) filter (where hours > 0), '{}') as \"weeks!\",
                coalesce(array_agg(hours order by week) filter (where hours > 0), '{}') as \"hours!\"
         from paid_month left join paid_week using (claim_id, month)
         where claim_id = $1 group by month, open_lines order by month",
        claim,
    )
    .fetch_all(&mut **tx)
    .await?;
    let month = |month, open_lines, weeks: Vec<NaiveDate>, hours: Vec<i64>| PaidMonth {
        month,
        open_lines,
        hours: weeks
            .into_iter()
            .map(Week::of)
            .zip(hours.into_iter().map(Hours::from_hundredths))
            .collect(),
    };
    Ok(rows
        .into_iter()
        .map(|row| month(row.month, row.open_lines, row.weeks, row.hours))
        .collect())
}
