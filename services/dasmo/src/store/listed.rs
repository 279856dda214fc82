//! The list behind the stock in the making: stays of claims, of which a night writes those that moved.

use chassis::{Failure, Tx};
use chrono::NaiveDate;

/// The last day whose cases are listed; `None` before the first list.
pub(crate) async fn last_listed(tx: &mut Tx) -> Result<Option<NaiveDate>, Failure> {
    Ok(sqlx::query_scalar!("select listed_to from publication")
        .fetch_one(&mut **tx)
        .await?)
}

/// Makes the list of the day after the last listed one: claims with a step on that day stand otherwise than before, or no
/// longer in stock; all others stay as they are.
pub(crate) async fn carry_on(tx: &mut Tx, day: NaiveDate) -> Result<(), Failure> {
    sqlx::query!(
        "update stock_case
            set until_day = $1
          where until_day = 'infinity' and claim_id in (select claim_id from claim_step where day = $1)",
        day
    )
    .execute(&mut **tx)
    .await?;
    sqlx::query!(
        "insert into stock_case (claim_id, from_day, protocol_number, submitted_at, submitted_day, office, product,
                causale, payment_mode, csc_sector, average_heads_hundredths, state, workers, hours_hundredths)
         select claim_id, $1, protocol_number, submitted_at, submitted_day, office, product, causale, payment_mode,
                csc_sector, average_heads_hundredths, state, workers, hours_hundredths
           from stock_on($1)
          where claim_id in (select claim_id from claim_step where day = $1)",
        day
    )
    .execute(&mut **tx)
    .await?;
    sqlx::query!("update publication set listed_to = $1", day)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Makes the list of a day from the whole stock, and forgets all others.
pub(crate) async fn begin(tx: &mut Tx, day: NaiveDate) -> Result<(), Failure> {
    sqlx::query!("delete from stock_case")
        .execute(&mut **tx)
        .await?;
    sqlx::query!(
        "insert into stock_case (claim_id, from_day, protocol_number, submitted_at, submitted_day, office, product,
                causale, payment_mode, csc_sector, average_heads_hundredths, state, workers, hours_hundredths)
         select claim_id, $1, protocol_number, submitted_at, submitted_day, office, product, causale, payment_mode,
                csc_sector, average_heads_hundredths, state, workers, hours_hundredths
           from stock_on($1)",
        day
    )
    .execute(&mut **tx)
    .await?;
    sqlx::query!(
        "update publication set listed_from = $1, listed_to = $1",
        day
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Forgets the lists of the days before `first_kept`.
pub(crate) async fn forget_before(tx: &mut Tx, first_kept: NaiveDate) -> Result<(), Failure> {
    sqlx::query!("delete from stock_case where until_day <= $1", first_kept)
        .execute(&mut **tx)
        .await?;
    sqlx::query!(
        "update publication set listed_from = $1 where listed_from < $1 and $1 <= listed_to",
        first_kept
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// How many cases the list of a day holds.
pub(crate) async fn count_on(tx: &mut Tx, day: NaiveDate) -> Result<i64, Failure> {
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "cases!" from stock_case where from_day <= $1 and until_day > $1"#,
        day
    )
    .fetch_one(&mut **tx)
    .await?)
}
