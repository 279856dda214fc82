//! The cells of a day: writing them, and noting where they came out other than before.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use chassis::{Failure, Tx};
use chrono::{DateTime, NaiveDate, Utc};

use super::corrections::Noted;
use super::stored;
use crate::domain::{
    CellKey, Cut, DaysTaken, Dimension, Figures, Measures, Product, RowKey, Section, Unit,
    with_sums,
};

/// What is compared of a day that is made again.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Shown {
    pub(crate) received: i64,
    pub(crate) concluded: i64,
    pub(crate) stock: i64,
    /// Every column that is no part of the key.
    pub(crate) figures: serde_json::Map<String, serde_json::Value>,
}

impl Shown {
    /// Names of the columns that are other than before. A cell that was not there had nothing to count.
    pub(crate) fn changed_since(&self, before: &Self) -> Vec<String> {
        let names: BTreeSet<&String> = self.figures.keys().chain(before.figures.keys()).collect();
        let counted = |shown: &Self, name: &String| {
            let value = shown.figures.get(name).cloned().unwrap_or_default();
            (!is_nothing(&value)).then_some(value)
        };
        names
            .into_iter()
            .filter(|name| counted(self, name) != counted(before, name))
            .cloned()
            .collect()
    }
}

/// No number, zero, or none but zeros.
fn is_nothing(value: &serde_json::Value) -> bool {
    match value {
        serde_json::Value::Array(items) => items.iter().all(is_nothing),
        other => other.as_i64().unwrap_or_default() == 0,
    }
}

/// The columns of a cell without its key.
pub(super) fn figures_of(
    cell: serde_json::Value,
) -> Result<serde_json::Map<String, serde_json::Value>, Failure> {
    let mut columns: serde_json::Map<_, _> =
        serde_json::from_value(cell).map_err(Failure::internal)?;
    columns.retain(|name, _| !KEY.contains(&name.as_str()));
    Ok(columns)
}

/// The key of a cell.
const KEY: [&str; 6] = ["day", "unit", "dimension", "product", "section", "value"];

/// The figures of a day as they were published, by office, product and section.
pub(crate) async fn shown(
    tx: &mut Tx,
    day: NaiveDate,
) -> Result<BTreeMap<CellKey, Shown>, Failure> {
    let rows = sqlx::query!(
        r#"select unit, product, section, received, defined, stock, to_jsonb(cell) as "cell!"
             from cell
            where day = $1 and dimension = 'WHOLE' and unit ~ '^[0-9]' and product <> '' and section <> ''"#,
        day
    )
    .fetch_all(&mut **tx)
    .await?;
    rows.into_iter()
        .map(|row| {
            let key = CellKey {
                unit: stored(&row.unit, "cell.unit")?,
                product: stored(&row.product, "cell.product")?,
                section: stored(&row.section, "cell.section")?,
                cut: Cut::WHOLE,
            };
            let shown = Shown {
                received: row.received.into(),
                concluded: row.defined.into(),
                stock: row.stock.into(),
                figures: figures_of(row.cell)?,
            };
            Ok((key, shown))
        })
        .collect()
}

/// A cell whose figures changed.
pub(crate) struct Changed<'a> {
    pub(crate) key: &'a CellKey,
    pub(crate) before: &'a Shown,
    pub(crate) after: &'a Shown,
    /// Names of the figures that did.
    pub(crate) figures: Vec<String>,
}

/// Notes corrections of a day.
pub(crate) async fn note_corrections(
    tx: &mut Tx,
    noted: Noted,
    day: NaiveDate,
    revision: i32,
    at: DateTime<Utc>,
    changed: &[Changed<'_>],
) -> Result<(), Failure> {
    let rows: serde_json::Value = changed.iter().map(correction_row).collect();
    sqlx::query!(
        "insert into correction (subject, day, revision, published_at, office, product, section, received_before,
                received_after, defined_before, defined_after, stock_before, stock_after, changed)
         select $5, $1, $2, $3, office, product, section, received_before, received_after, defined_before, defined_after,
                stock_before, stock_after, changed
           from jsonb_to_recordset($4) as changed (office text, product text, section text, received_before integer,
                received_after integer, defined_before integer, defined_after integer, stock_before integer,
                stock_after integer, changed text[])",
        day,
        revision,
        at,
        rows,
        noted.code()
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

fn correction_row(changed: &Changed<'_>) -> serde_json::Value {
    serde_json::json!({
        "office": changed.key.unit.to_string(),
        "product": changed.key.product.code(),
        "section": changed.key.section.code(),
        "received_before": changed.before.received,
        "received_after": changed.after.received,
        "defined_before": changed.before.concluded,
        "defined_after": changed.after.concluded,
        "stock_before": changed.before.stock,
        "stock_after": changed.after.stock,
        "changed": changed.figures,
    })
}

/// Whether corrections are noted for a cell: they are told by office, of all claims together.
pub(crate) fn is_compared(key: &CellKey) -> bool {
    key.cut.dimension == Dimension::Whole && matches!(key.unit, Unit::Office(_))
}

/// Bytes of rows that are sent at once.
const COPY_BYTES: usize = 256 * 1024;

/// What stands for an instrument or a half in the rows that are sums of all.
pub(super) const ALL: &str = "";

/// Writes the cells of a day, and their sums, in place of those that it had.
pub(crate) async fn replace(
    tx: &mut Tx,
    day: NaiveDate,
    cells: &BTreeMap<CellKey, Measures>,
) -> Result<(), Failure> {
    sqlx::query!("delete from cell where day = $1", day)
        .execute(&mut **tx)
        .await?;
    copy_rows(
        tx,
        "copy cell (day, unit, dimension, product, section, value, received, received_workers,
                        received_hours_hundredths, defined, accepted, partially_accepted, rejected, defined_workers,
                        defined_hours_hundredths, gross_days, gross_claims, net_days, net_claims, withdrawn, annulled,
                        transferred_in, transferred_out, stock, stock_to_take, stock_under_review, stock_waiting,
                        stock_chronic, stock_very_old, stock_workers, stock_hours_hundredths, received_total,
                        defined_total, reexaminations_pending, appeals_pending, ages) from stdin",
        cells,
        |rows, key, cell| write_row(rows, day, key, cell),
    )
    .await
}

/// Sends cells and their sums to a `copy` statement, each written as a row of it.
pub(super) async fn copy_rows<F: Figures>(
    tx: &mut Tx,
    statement: &'static str,
    cells: &BTreeMap<CellKey, F>,
    write: impl Fn(&mut String, &RowKey, &F) -> std::fmt::Result,
) -> Result<(), Failure> {
    let mut copy = tx.copy_in_raw(statement).await?;
    let mut rows = String::with_capacity(COPY_BYTES + 4096);
    for (key, cell) in &with_sums(cells) {
        write(&mut rows, key, cell).map_err(Failure::internal)?;
        if rows.len() >= COPY_BYTES {
            copy.send(rows.as_bytes()).await?;
            rows.clear();
        }
    }
    copy.send(rows.as_bytes()).await?;
    copy.finish().await?;
    Ok(())
}

fn write_row(rows: &mut String, day: NaiveDate, key: &RowKey, cell: &Measures) -> std::fmt::Result {
    write_key(rows, day, key)?;
    write_numbers(
        rows,
        &[
            cell.received,
            cell.received_workers,
            cell.received_hours_hundredths,
            cell.defined,
            cell.accepted,
            cell.partially_accepted,
            cell.rejected,
            cell.defined_workers,
            cell.defined_hours_hundredths,
        ],
    )?;
    write_days(rows, &cell.gross_days)?;
    write_days(rows, &cell.net_days)?;
    write_numbers(
        rows,
        &[
            cell.withdrawn,
            cell.annulled,
            cell.transferred_in,
            cell.transferred_out,
            cell.stock,
            cell.stock_to_take,
            cell.stock_under_review,
            cell.stock_waiting,
            cell.stock_chronic,
            cell.stock_very_old,
            cell.stock_workers,
            cell.stock_hours_hundredths,
            cell.received_total,
            cell.defined_total,
            cell.reexaminations_pending,
            cell.appeals_pending,
        ],
    )?;
    write_array(rows, cell.ages.iter())?;
    rows.push('\n');
    Ok(())
}

/// The first columns of every cell.
pub(super) fn write_key(rows: &mut String, day: NaiveDate, key: &RowKey) -> std::fmt::Result {
    write!(
        rows,
        "{day}\t{}\t{}\t{}\t{}\t{}",
        key.unit,
        key.cut.dimension.code(),
        key.product.map_or(ALL, Product::code),
        key.section.map_or(ALL, Section::code),
        escaped(&key.cut.value)
    )
}

pub(super) fn write_numbers(rows: &mut String, numbers: &[i64]) -> std::fmt::Result {
    numbers
        .iter()
        .try_for_each(|number| write!(rows, "\t{number}"))
}

pub(super) fn write_days(rows: &mut String, taken: &DaysTaken) -> std::fmt::Result {
    write_array(rows, taken.iter().map(|(days, _)| days))?;
    write_array(rows, taken.iter().map(|(_, claims)| claims))
}

pub(super) fn write_array(
    rows: &mut String,
    items: impl Iterator<Item = impl std::fmt::Display>,
) -> std::fmt::Result {
    rows.push_str("\t{");
    for (position, item) in items.enumerate() {
        if position > 0 {
            rows.push(',');
        }
        write!(rows, "{item}")?;
    }
    rows.push('}');
    Ok(())
}

/// A text as `COPY` reads it.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('\t', "\\t")
        .replace('\n', "\\n")
        .replace('\r', "\\r")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_stays_in_its_column() {
        assert_eq!(escaped("a\tb\\c\n"), "a\\tb\\\\c\\n");
    }
}
