//! Pictures of payment flows in the making.

use std::collections::BTreeMap;

use chassis::{Failure, Tx};
use chrono::NaiveDate;

use crate::domain::lines::{HeldLines, LineState, MovedLines, ReceivedFlows};
use crate::domain::{Ageing, Attributes, CellKey, Cut, Dimension, Opening};
use crate::store::pictures::thresholds;
use crate::store::stored;

/// What the cells of a published day leave to the next.
pub(crate) async fn opening(
    tx: &mut Tx,
    day_before: NaiveDate,
) -> Result<BTreeMap<CellKey, Opening>, Failure> {
    let rows = sqlx::query!(
        "select unit, dimension, product, section, value, stock
           from line_cell
          where day = $1 and dimension = any($2) and stock > 0 and product <> '' and section <> ''",
        day_before,
        &Dimension::lasting()
    )
    .fetch_all(&mut **tx)
    .await?;
    rows.into_iter()
        .map(|row| {
            let key = CellKey {
                unit: stored(&row.unit, "line_cell.unit")?,
                product: stored(&row.product, "line_cell.product")?,
                section: stored(&row.section, "line_cell.section")?,
                cut: Cut::by(stored(&row.dimension, "line_cell.dimension")?, row.value),
            };
            let opening = Opening {
                stock: row.stock.into(),
                ..Opening::default()
            };
            Ok((key, opening))
        })
        .collect()
}

/// Flows that were received on a day.
pub(crate) async fn received(tx: &mut Tx, day: NaiveDate) -> Result<Vec<ReceivedFlows>, Failure> {
    let rows = sqlx::query!(
        r#"select office as "office!", product as "product!", causale as "causale!", payment_mode as "payment_mode!",
                  csc_sector as "csc_sector!", size_class as "size_class!", received_day as "received_day!",
                  count(*) as "flows!"
             from flow_sized
            where first_day = $1
            group by office, product, causale, payment_mode, csc_sector, size_class, received_day"#,
        day
    )
    .fetch_all(&mut **tx)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(ReceivedFlows {
                office: stored(&row.office, "flow_fact.office")?,
                attributes: Attributes {
                    product: stored(&row.product, "flow_fact.product")?,
                    causale: row.causale,
                    payment_mode: row.payment_mode,
                    sector: row.csc_sector,
                    size: row.size_class,
                    arrived_on: row.received_day,
                },
                flows: row.flows,
            })
        })
        .collect()
}

/// The lines that moved on a day, those that moved alike together.
pub(crate) async fn moved(tx: &mut Tx, day: NaiveDate) -> Result<Vec<MovedLines>, Failure> {
    let rows = sqlx::query!(
        r#"select flow.office as "office!", flow.product as "product!", flow.causale as "causale!",
                  flow.payment_mode as "payment_mode!", flow.csc_sector as "csc_sector!",
                  flow.size_class as "size_class!", flow.received_day as "received_day!",
                  case when step.movement = 'CANCELLED' and step.occurred_at = flow.rejected_at then 'REJECTED'
                       else step.movement end as "movement!",
                  count(*) as "lines!", sum(line.hours_hundredths)::bigint as "hours_hundredths!",
                  sum(step.cents)::bigint as "cents!"
             from line_step step
             join flow_line line on line.line_id = step.line_id
             join flow_sized flow on flow.flow_id = line.flow_id
            where step.day = $1 and step.movement is not null
            group by 1, 2, 3, 4, 5, 6, 7, 8"#,
        day
    )
    .fetch_all(&mut **tx)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(MovedLines {
                office: stored(&row.office, "flow_fact.office")?,
                attributes: Attributes {
                    product: stored(&row.product, "flow_fact.product")?,
                    causale: row.causale,
                    payment_mode: row.payment_mode,
                    sector: row.csc_sector,
                    size: row.size_class,
                    arrived_on: row.received_day,
                },
                movement: stored(&row.movement, "line_step.movement")?,
                day,
                lines: row.lines,
                hours_hundredths: row.hours_hundredths,
                cents: row.cents,
            })
        })
        .collect()
}

/// The stock at the end of a day, lines that stand alike together.
pub(crate) async fn held(
    tx: &mut Tx,
    day: NaiveDate,
    batch: i64,
) -> Result<Vec<HeldLines>, Failure> {
    let rows = sqlx::query!(
        r#"select flow.office as "office!", flow.product as "product!", flow.causale as "causale!",
                  flow.payment_mode as "payment_mode!", flow.csc_sector as "csc_sector!",
                  flow.size_class as "size_class!", flow.received_day as "received_day!", line.state as "state!",
                  line.anomalies as "anomalies!", greatest($1 - flow.received_day, 0) as "age_days!",
                  count(*) as "lines!", sum(line.hours_hundredths)::bigint as "hours_hundredths!",
                  sum(line.cents)::bigint as "cents!"
             from lines_on($1, $2) line
             join flow_sized flow on flow.flow_id = line.flow_id
            group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10"#,
        day,
        batch
    )
    .fetch_all(&mut **tx)
    .await?;
    rows.into_iter()
        .map(|row| {
            let state: LineState = stored(&row.state, "line_step.state")?;
            Ok(HeldLines {
                office: stored(&row.office, "flow_fact.office")?,
                attributes: Attributes {
                    product: stored(&row.product, "flow_fact.product")?,
                    causale: row.causale,
                    payment_mode: row.payment_mode,
                    sector: row.csc_sector,
                    size: row.size_class,
                    arrived_on: row.received_day,
                },
                stage: state
                    .stage()
                    .ok_or_else(|| Failure::internal(format!("a line in stock is {state}")))?,
                anomalies: row.anomalies,
                age_days: row.age_days,
                lines: row.lines,
                hours_hundredths: row.hours_hundredths,
                cents: row.cents,
            })
        })
        .collect()
}

/// Writes the flows behind the stock of a day in place of those that it had; returns how many lines they hold in stock.
pub(crate) async fn replace_flows(
    tx: &mut Tx,
    day: NaiveDate,
    batch: i64,
    ageing: &Ageing,
) -> Result<i64, Failure> {
    let (products, chronic_above) = thresholds(ageing);
    sqlx::query!("delete from stock_flow where day = $1", day)
        .execute(&mut **tx)
        .await?;
    let stock = sqlx::query_scalar!(
        r#"with pending as (
             select line.flow_id, count(*) as stock,
                    count(*) filter (where line_stage(state) = 'VERIFYING') as stock_verifying,
                    count(*) filter (where line_stage(state) = 'STOPPED') as stock_stopped,
                    count(*) filter (where line_stage(state) = 'TO_ORDER') as stock_to_order,
                    count(*) filter (where line_stage(state) = 'ORDERED') as stock_ordered,
                    array_agg(distinct line_stage(state)) as stages, count(distinct worker_id) as workers,
                    sum(hours_hundredths)::bigint as hours_hundredths, sum(cents)::bigint as cents
               from lines_on($1, $5) line group by line.flow_id
           ), stopped as (
             select line.flow_id, array_agg(distinct code order by code) as anomalies
               from lines_on($1, $5) line, unnest(line.anomalies) code group by line.flow_id
           ), written as (
             insert into stock_flow (day, received_at, flow_id, protocol_number, kind, office, product, section, causale,
                    payment_mode, csc_sector, size_class, arrival, age_days, age_class, chronic, very_old, lines_count,
                    stages, anomalies, stock, stock_verifying, stock_stopped, stock_to_order, stock_ordered, workers,
                    hours_hundredths, cents)
             select $1, received_at, flow_id, protocol_number, kind, office, flow.product, section, causale, payment_mode,
                    csc_sector, size_class, to_char(received_day, 'YYYY-MM'), age_days, class.name,
                    age_days > threshold.above_days, age_days > $4, lines_count, stages,
                    coalesce(anomalies, '{}'), stock, stock_verifying, stock_stopped, stock_to_order, stock_ordered,
                    workers, hours_hundredths, cents
               from pending
               join flow_sized flow using (flow_id)
               left join stopped using (flow_id)
               cross join lateral (select greatest($1 - received_day, 0) as age_days) aged
               join unnest($2::text[], $3::integer[]) as threshold (product, above_days)
                 on threshold.product = flow.product
               join (select name, from_days, lead(from_days) over (order by from_days) as up_to from ageing_class) class
                 on age_days >= class.from_days and (class.up_to is null or age_days < class.up_to)
             returning stock
           )
           select coalesce(sum(stock), 0) as "stock!" from written"#,
        day,
        &products,
        &chronic_above,
        ageing.very_old_above(),
        batch
    )
    .fetch_one(&mut **tx)
    .await?;
    Ok(stock)
}

/// Forgets the flows of the days before `first_kept`.
pub(crate) async fn drop_flows_before(tx: &mut Tx, first_kept: NaiveDate) -> Result<(), Failure> {
    sqlx::query!("delete from stock_flow where day < $1", first_kept)
        .execute(&mut **tx)
        .await?;
    Ok(())
}
