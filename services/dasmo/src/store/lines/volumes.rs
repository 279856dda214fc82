//! Published pictures of payment flows, within a territory.

use chassis::{Failure, Tx};

use crate::domain::lines::LineMeasures;
use crate::domain::{Period, Product, Section, Selection};
use crate::store::volumes::{Grouping, Sum, days_of, days_taken, dimension_of, units};

/// The figures of periods within a selection, put together: what happened is summed over the days of a period, what is
/// left is that of its last day. A group without cells is left out. In order of periods and groups.
pub(crate) async fn sums(
    tx: &mut Tx,
    periods: &[Period],
    grouping: Grouping,
    selection: &Selection,
) -> Result<Vec<Sum<LineMeasures>>, Failure> {
    let units = units(tx, grouping, selection).await?;
    let (days, numbers, closing) = days_of(periods);
    let filter = &selection.filter;
    let part = filter.part.as_ref();
    let rows = sqlx::query_as!(
        SumRow,
        r#"with period as (
             select * from unnest($1::date[], $2::integer[], $3::boolean[]) as period (day, number, closes)
           ), chosen as materialized (
             select period.number, period.closes,
                    case $4 when 'OFFICE' then cell.unit
                            when 'REGION' then coalesce(seen.region_istat, substr(cell.unit, 2))
                            when 'OFFICE_AND_PRODUCT' then cell.unit || ' ' || cell.product
                            when 'PRODUCT' then cell.product when 'SECTION' then cell.section
                            when 'VALUE' then cell.value else '' end as grouped,
                    cell.*
               from period
               join line_cell cell on cell.day = period.day
               left join office_seen seen on seen.office = cell.unit
              where cell.unit = any($5) and cell.dimension = $6
                and ($7::text is null or cell.value = $7) and ($8::text is null or cell.product = $8)
                and ($9::text is null or cell.section = $9)
           ), summed as (
             select number, grouped, sum(received_flows) as received_flows, sum(received) as received,
                    sum(received_hours_hundredths)::bigint as received_hours_hundredths,
                    sum(received_cents)::bigint as received_cents, sum(ordered) as ordered,
                    sum(ordered_cents)::bigint as ordered_cents, sum(paid) as paid,
                    sum(paid_hours_hundredths)::bigint as paid_hours_hundredths, sum(paid_cents)::bigint as paid_cents,
                    sum(rejected) as rejected, sum(rejected_cents)::bigint as rejected_cents,
                    sum(cancelled) as cancelled, sum(sent_back) as sent_back, sum(reopened) as reopened,
                    coalesce(sum(stock) filter (where closes), 0) as stock,
                    coalesce(sum(stock_verifying) filter (where closes), 0) as stock_verifying,
                    coalesce(sum(stock_stopped) filter (where closes), 0) as stock_stopped,
                    coalesce(sum(stock_to_order) filter (where closes), 0) as stock_to_order,
                    coalesce(sum(stock_ordered) filter (where closes), 0) as stock_ordered,
                    coalesce(sum(stock_chronic) filter (where closes), 0) as stock_chronic,
                    coalesce(sum(stock_very_old) filter (where closes), 0) as stock_very_old,
                    coalesce(sum(stock_hours_hundredths) filter (where closes), 0)::bigint as stock_hours_hundredths,
                    coalesce(sum(stock_cents) filter (where closes), 0)::bigint as stock_cents
               from chosen group by number, grouped
           ), aged as (
             select number, grouped, array_agg(lines order by position) as ages
               from (select number, grouped, position, sum(lines) as lines
                       from chosen, unnest(ages) with ordinality as class (lines, position)
                      where closes
                      group by number, grouped, position) classes
              group by number, grouped
           ), taken as (
             select number, grouped, array_agg(days) as days, array_agg(lines) as lines
               from (select number, grouped, taken.days, sum(taken.lines) as lines
                       from chosen, unnest(payment_days, payment_lines) as taken (days, lines)
                      group by number, grouped, taken.days) summed
              group by number, grouped
           )
           select summed.number as "number!", summed.grouped as "grouped!", received_flows as "received_flows!",
                  received as "received!", received_hours_hundredths as "received_hours_hundredths!",
                  received_cents as "received_cents!", ordered as "ordered!", ordered_cents as "ordered_cents!",
                  paid as "paid!", paid_hours_hundredths as "paid_hours_hundredths!", paid_cents as "paid_cents!",
                  rejected as "rejected!", rejected_cents as "rejected_cents!", cancelled as "cancelled!",
                  sent_back as "sent_back!", reopened as "reopened!", stock as "stock!",
                  stock_verifying as "stock_verifying!", stock_stopped as "stock_stopped!",
                  stock_to_order as "stock_to_order!", stock_ordered as "stock_ordered!",
                  stock_chronic as "stock_chronic!", stock_very_old as "stock_very_old!",
                  stock_hours_hundredths as "stock_hours_hundredths!", stock_cents as "stock_cents!", ages as "ages?",
                  taken.days as "payment_days?", taken.lines as "payment_lines?"
             from summed
             left join aged using (number, grouped)
             left join taken using (number, grouped)
            order by summed.number, summed.grouped"#,
        &days,
        &numbers,
        &closing,
        grouping.code(),
        &units,
        dimension_of(grouping, part).code(),
        part.map(|cut| cut.value.as_str()),
        filter.product.map(Product::code),
        filter.section.map(Section::code)
    )
    .fetch_all(&mut **tx)
    .await?;
    rows.into_iter().map(SumRow::sum).collect()
}

/// A group as the query gives it; what a period without its last day leaves is nothing.
struct SumRow {
    number: i32,
    grouped: String,
    received_flows: i64,
    received: i64,
    received_hours_hundredths: i64,
    received_cents: i64,
    ordered: i64,
    ordered_cents: i64,
    paid: i64,
    paid_hours_hundredths: i64,
    paid_cents: i64,
    rejected: i64,
    rejected_cents: i64,
    cancelled: i64,
    sent_back: i64,
    reopened: i64,
    stock: i64,
    stock_verifying: i64,
    stock_stopped: i64,
    stock_to_order: i64,
    stock_ordered: i64,
    stock_chronic: i64,
    stock_very_old: i64,
    stock_hours_hundredths: i64,
    stock_cents: i64,
    ages: Option<Vec<i64>>,
    payment_days: Option<Vec<i32>>,
    payment_lines: Option<Vec<i64>>,
}

impl SumRow {
    fn sum(self) -> Result<Sum<LineMeasures>, Failure> {
        Ok(Sum {
            period: usize::try_from(self.number).map_err(Failure::internal)?,
            group: self.grouped,
            figures: LineMeasures {
                received_flows: self.received_flows,
                received: self.received,
                received_hours_hundredths: self.received_hours_hundredths,
                received_cents: self.received_cents,
                ordered: self.ordered,
                ordered_cents: self.ordered_cents,
                paid: self.paid,
                paid_hours_hundredths: self.paid_hours_hundredths,
                paid_cents: self.paid_cents,
                payment_days: days_taken(self.payment_days, self.payment_lines),
                rejected: self.rejected,
                rejected_cents: self.rejected_cents,
                cancelled: self.cancelled,
                sent_back: self.sent_back,
                reopened: self.reopened,
                stock: self.stock,
                stock_verifying: self.stock_verifying,
                stock_stopped: self.stock_stopped,
                stock_to_order: self.stock_to_order,
                stock_ordered: self.stock_ordered,
                stock_chronic: self.stock_chronic,
                stock_very_old: self.stock_very_old,
                stock_hours_hundredths: self.stock_hours_hundredths,
                stock_cents: self.stock_cents,
                ages: self.ages.unwrap_or_default(),
            },
        })
    }
}
