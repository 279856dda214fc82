//! What only a test asks of the tables, and the one thing that only a test does to them.

use chassis::Database;
use chrono::NaiveDate;
use uuid::Uuid;

/// Every published figure as text, without revisions and instants: two databases that tell the same are alike.
pub(super) async fn figures(database: &Database) -> Vec<String> {
    sqlx::query_scalar!(
        r#"select row_to_json(cell)::text as "row!" from cell order by day, unit, dimension, product, section, value"#
    )
    .fetch_all(database.pool())
    .await
    .unwrap()
}

pub(super) async fn revisions(database: &Database) -> Vec<(NaiveDate, i32)> {
    sqlx::query!("select day, revision from snapshot order by day")
        .fetch_all(database.pool())
        .await
        .unwrap()
        .into_iter()
        .map(|row| (row.day, row.revision))
        .collect()
}

/// First and last day whose cases can be listed.
pub(super) async fn days_listed(database: &Database) -> Option<(NaiveDate, NaiveDate)> {
    let row = sqlx::query!("select listed_from, listed_to from publication")
        .fetch_one(database.pool())
        .await
        .unwrap();
    row.listed_from.zip(row.listed_to)
}

/// The cases of a day as text, by the definition of the stock or as they are listed.
pub(super) async fn cases_on(database: &Database, day: NaiveDate, listed: bool) -> Vec<String> {
    sqlx::query_scalar!(
        r#"select concat_ws(' ', claim_id, protocol_number, submitted_at, submitted_day, office, product, causale,
                  payment_mode, csc_sector, average_heads_hundredths, state, workers, hours_hundredths) as "row!"
             from (select claim_id, protocol_number, submitted_at, submitted_day, office, product, causale, payment_mode,
                          csc_sector, average_heads_hundredths, state, workers, hours_hundredths
                     from stock_on($1) where not $2
                   union all
                   select claim_id, protocol_number, submitted_at, submitted_day, office, product, causale, payment_mode,
                          csc_sector, average_heads_hundredths, state, workers, hours_hundredths
                     from stock_case where $2 and from_day <= $1 and until_day > $1) cases
            order by claim_id"#,
        day,
        listed
    )
    .fetch_all(database.pool())
    .await
    .unwrap()
}

pub(super) async fn audited(
    database: &Database,
    action: &str,
) -> Vec<(String, Option<String>, i64)> {
    sqlx::query!(
        "select outcome, reason, result_count from audit_record where action = $1 order by at, tx, id",
        action
    )
    .fetch_all(database.pool())
    .await
    .unwrap()
    .into_iter()
    .map(|row| (row.outcome, row.reason, row.result_count))
    .collect()
}

/// Loses the last step of a claim, as a defect would.
pub(super) async fn lose_last_step(database: &Database, claim: Uuid) {
    sqlx::query!(
        "delete from claim_step where claim_id = $1 and version = (select max(version) from claim_step where claim_id = $1)",
        claim
    )
    .execute(database.pool())
    .await
    .unwrap();
}

pub(super) async fn set_chronic_threshold(database: &Database, product: &str, above_days: i32) {
    sqlx::query!(
        "insert into ageing_threshold (flag, product, above_days) values ('CHRONIC', $1, $2)",
        product,
        above_days
    )
    .execute(database.pool())
    .await
    .unwrap();
}

/// Every published figure of payment flows as text.
pub(super) async fn line_figures(database: &Database) -> Vec<String> {
    sqlx::query_scalar!(
        r#"select row_to_json(line_cell)::text as "row!" from line_cell
            order by day, unit, dimension, product, section, value"#
    )
    .fetch_all(database.pool())
    .await
    .unwrap()
}

/// Loses the last step of the lines of a flow, as a defect would.
pub(super) async fn lose_last_line_step(database: &Database, flow: Uuid) {
    sqlx::query!(
        "delete from line_step step
          where version = (select max(version) from line_step last where last.line_id = step.line_id)
            and line_id in (select line_id from flow_line where flow_id = $1)",
        flow
    )
    .execute(database.pool())
    .await
    .unwrap();
}

/// Reasons of refusals under a name, in order.
pub(super) async fn refusals(database: &Database, action: &str) -> Vec<String> {
    sqlx::query_scalar!(
        r#"select reason as "reason!" from audit_record where action = $1 and reason is not null order by at, tx, id"#,
        action
    )
    .fetch_all(database.pool())
    .await
    .unwrap()
}
