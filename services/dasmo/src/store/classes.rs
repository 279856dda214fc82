//! Classes of age and of size, and thresholds of age.

use std::collections::BTreeMap;

use chassis::{Failure, Tx};
use chrono::NaiveDate;
use sqlx::types::Json;

use super::stored;
use crate::domain::{Ageing, Band, Bands, Classes};

/// Product of the rows that hold for every product without one of its own.
const EVERY_PRODUCT: &str = "*";

/// What is in force.
pub(crate) async fn in_force(tx: &mut Tx) -> Result<Classes, Failure> {
    let sizes = sqlx::query_as!(
        Band,
        r#"select name, from_hundredths as "from" from size_class order by from_hundredths"#
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(Classes {
        ageing: ageing_in_force(tx).await?,
        sizes: Bands::new(sizes).map_err(Failure::internal)?,
    })
}

/// What the picture of a published day is classed by.
pub(crate) async fn of_day(tx: &mut Tx, day: NaiveDate) -> Result<Classes, Failure> {
    let Json(classes) = sqlx::query_scalar!(
        r#"select classes as "classes: Json<Classes>" from snapshot where day = $1"#,
        day
    )
    .fetch_one(&mut **tx)
    .await?;
    Ok(classes)
}

async fn ageing_in_force(tx: &mut Tx) -> Result<Ageing, Failure> {
    let classes = sqlx::query_as!(
        Band,
        r#"select name, from_days as "from" from ageing_class order by from_days"#
    )
    .fetch_all(&mut **tx)
    .await?;
    let mut default = None;
    let mut very_old = None;
    let mut by_product = BTreeMap::new();
    let thresholds = sqlx::query!("select flag, product, above_days from ageing_threshold")
        .fetch_all(&mut **tx)
        .await?;
    for row in thresholds {
        match (row.flag.as_str(), row.product.as_str()) {
            ("VERY_OLD", _) => very_old = Some(row.above_days),
            (_, EVERY_PRODUCT) => default = Some(row.above_days),
            (_, product) => {
                by_product.insert(stored(product, "ageing_threshold.product")?, row.above_days);
            }
        }
    }
    let (Some(default), Some(very_old)) = (default, very_old) else {
        return Err(Failure::internal(
            "table ageing_threshold lacks the row of every product",
        ));
    };
    let classes = Bands::new(classes).map_err(Failure::internal)?;
    Ageing::new(classes, default, by_product, very_old).map_err(Failure::internal)
}
