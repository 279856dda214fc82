//! The cells of payment flows of a day.

use std::collections::BTreeMap;

use chassis::{Failure, Tx};
use chrono::NaiveDate;

use crate::domain::lines::LineMeasures;
use crate::domain::{CellKey, Cut, RowKey};
use crate::store::cells::{
    Shown, copy_rows, figures_of, write_array, write_days, write_key, write_numbers,
};
use crate::store::stored;

/// The figures of a day as they were published, by office, product and section.
pub(crate) async fn shown(
    tx: &mut Tx,
    day: NaiveDate,
) -> Result<BTreeMap<CellKey, Shown>, Failure> {
    let rows = sqlx::query!(
        r#"select unit, product, section, received, paid + rejected + cancelled as "concluded!", stock,
                  to_jsonb(line_cell) as "cell!"
             from line_cell
            where day = $1 and dimension = 'WHOLE' and unit ~ '^[0-9]' and product <> '' and section <> ''"#,
        day
    )
    .fetch_all(&mut **tx)
    .await?;
    rows.into_iter()
        .map(|row| {
            let key = CellKey {
                unit: stored(&row.unit, "line_cell.unit")?,
                product: stored(&row.product, "line_cell.product")?,
                section: stored(&row.section, "line_cell.section")?,
                cut: Cut::WHOLE,
            };
            let shown = Shown {
                received: row.received.into(),
                concluded: row.concluded.into(),
                stock: row.stock.into(),
                figures: figures_of(row.cell)?,
            };
            Ok((key, shown))
        })
        .collect()
}

/// Writes the cells of a day, and their sums, in place of those that it had.
pub(crate) async fn replace(
    tx: &mut Tx,
    day: NaiveDate,
    cells: &BTreeMap<CellKey, LineMeasures>,
) -> Result<(), Failure> {
    sqlx::query!("delete from line_cell where day = $1", day)
        .execute(&mut **tx)
        .await?;
    copy_rows(
        tx,
        "copy line_cell (day, unit, dimension, product, section, value, received_flows, received,
              received_hours_hundredths, received_cents, ordered, ordered_cents, paid, paid_hours_hundredths, paid_cents,
              payment_days, payment_lines, rejected, rejected_cents, cancelled, sent_back, reopened, stock,
              stock_verifying, stock_stopped, stock_to_order, stock_ordered, stock_chronic, stock_very_old,
              stock_hours_hundredths, stock_cents, ages) from stdin",
        cells,
        |rows, key, cell| write_row(rows, day, key, cell),
    )
    .await
}

fn write_row(
    rows: &mut String,
    day: NaiveDate,
    key: &RowKey,
    cell: &LineMeasures,
) -> std::fmt::Result {
    write_key(rows, day, key)?;
    write_numbers(
        rows,
        &[
            cell.received_flows,
            cell.received,
            cell.received_hours_hundredths,
            cell.received_cents,
            cell.ordered,
            cell.ordered_cents,
            cell.paid,
            cell.paid_hours_hundredths,
            cell.paid_cents,
        ],
    )?;
    write_days(rows, &cell.payment_days)?;
    write_numbers(
        rows,
        &[
            cell.rejected,
            cell.rejected_cents,
            cell.cancelled,
            cell.sent_back,
            cell.reopened,
            cell.stock,
            cell.stock_verifying,
            cell.stock_stopped,
            cell.stock_to_order,
            cell.stock_ordered,
            cell.stock_chronic,
            cell.stock_very_old,
            cell.stock_hours_hundredths,
            cell.stock_cents,
        ],
    )?;
    write_array(rows, cell.ages.iter())?;
    rows.push('\n');
    Ok(())
}
