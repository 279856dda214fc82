//! Published pictures of payment flows, within a territory.

use chassis::{Failure, Tx};
use futures_util::TryStreamExt;

use crate::domain::lines::LineMeasures;
use crate::domain::{Period, Selection};
use crate::store::integers::Integers;
use crate::store::volumes::{
    Grouping, Sum, Sums, add_ages, days_of, dimension_of, products, sections, units,
};

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
    let mut rows = sqlx::query_as!(
        CellRow,
        r#"select period.number as "number!", period.closes as "closes!",
                  case $4 when 'OFFICE' then cell.unit
                          when 'REGION' then coalesce(seen.region_istat, substr(cell.unit, 2))
                          when 'OFFICE_AND_PRODUCT' then cell.unit || ' ' || cell.product
                          when 'PRODUCT' then cell.product when 'SECTION' then cell.section
                          when 'VALUE' then cell.value else '' end as "grouped!",
                  received_flows, received, received_hours_hundredths, received_cents, ordered, ordered_cents, paid,
                  paid_hours_hundredths, paid_cents, payment_days as "payment_days: Integers",
                  payment_lines as "payment_lines: Integers", rejected, rejected_cents, cancelled,
                  sent_back, reopened, stock, stock_verifying, stock_stopped, stock_to_order, stock_ordered,
                  stock_chronic, stock_very_old, stock_hours_hundredths, stock_cents,
                  ages as "ages: Integers"
             from unnest($1::date[], $2::integer[], $3::boolean[]) as period (day, number, closes)
             join line_cell cell on cell.day = period.day
             left join office_seen seen on seen.office = cell.unit
            where cell.unit = any($5) and cell.dimension = $6 and cell.day = any($1) and cell.product = any($7)
              and cell.section = any($8) and ($9::text is null or cell.value = $9)"#,
        &days,
        &numbers,
        &closing,
        grouping.code(),
        &units,
        dimension_of(grouping, part).code(),
        &products(grouping, filter),
        &sections(grouping, filter),
        part.map(|cut| cut.value.as_str()),
    )
    .fetch(&mut **tx);
    let mut sums = Sums::default();
    while let Some(row) = rows.try_next().await? {
        row.add_to(sums.of(row.number, &row.grouped));
    }
    sums.in_order()
}

/// A cell on a day of a period, or a sum of cells.
struct CellRow {
    number: i32,
    closes: bool,
    grouped: String,
    received_flows: i32,
    received: i32,
    received_hours_hundredths: i64,
    received_cents: i64,
    ordered: i32,
    ordered_cents: i64,
    paid: i32,
    paid_hours_hundredths: i64,
    paid_cents: i64,
    payment_days: Integers,
    payment_lines: Integers,
    rejected: i32,
    rejected_cents: i64,
    cancelled: i32,
    sent_back: i32,
    reopened: i32,
    stock: i32,
    stock_verifying: i32,
    stock_stopped: i32,
    stock_to_order: i32,
    stock_ordered: i32,
    stock_chronic: i32,
    stock_very_old: i32,
    stock_hours_hundredths: i64,
    stock_cents: i64,
    ages: Integers,
}

impl CellRow {
    /// Adds what happened and, on the last day of a period, what is left.
    fn add_to(&self, sum: &mut LineMeasures) {
        sum.received_flows += i64::from(self.received_flows);
        sum.received += i64::from(self.received);
        sum.received_hours_hundredths += self.received_hours_hundredths;
        sum.received_cents += self.received_cents;
        sum.ordered += i64::from(self.ordered);
        sum.ordered_cents += self.ordered_cents;
        sum.paid += i64::from(self.paid);
        sum.paid_hours_hundredths += self.paid_hours_hundredths;
        sum.paid_cents += self.paid_cents;
        sum.payment_days
            .add_all(&self.payment_days, &self.payment_lines);
        sum.rejected += i64::from(self.rejected);
        sum.rejected_cents += self.rejected_cents;
        sum.cancelled += i64::from(self.cancelled);
        sum.sent_back += i64::from(self.sent_back);
        sum.reopened += i64::from(self.reopened);
        if self.closes {
            self.add_stock_to(sum);
        }
    }

    fn add_stock_to(&self, sum: &mut LineMeasures) {
        sum.stock += i64::from(self.stock);
        sum.stock_verifying += i64::from(self.stock_verifying);
        sum.stock_stopped += i64::from(self.stock_stopped);
        sum.stock_to_order += i64::from(self.stock_to_order);
        sum.stock_ordered += i64::from(self.stock_ordered);
        sum.stock_chronic += i64::from(self.stock_chronic);
        sum.stock_very_old += i64::from(self.stock_very_old);
        sum.stock_hours_hundredths += self.stock_hours_hundredths;
        sum.stock_cents += self.stock_cents;
        add_ages(&mut sum.ages, &self.ages);
    }
}
