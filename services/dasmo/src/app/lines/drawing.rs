//! The part of a picture that is of payment flows.

use std::collections::BTreeMap;

use chassis::{Failure, Tx};
use chrono::{Days, NaiveDate};

use crate::domain::lines::LineMeasures;
use crate::domain::{Ageing, CellKey, Picture};
use crate::store;
use crate::store::lines::pictures;

/// The cells of a day, by the batches up to `last_batch`.
pub(crate) async fn draw(
    tx: &mut Tx,
    day: NaiveDate,
    last_batch: i64,
    ageing: &Ageing,
) -> Result<BTreeMap<CellKey, LineMeasures>, Failure> {
    let regions = store::pictures::regions(tx).await?;
    let mut picture = Picture::new(ageing, &regions);
    for received in pictures::received(tx, day).await? {
        picture.flows_received(&received);
    }
    for moved in pictures::moved(tx, day).await? {
        picture.lines_moved(&moved);
    }
    for held in pictures::held(tx, day, last_batch).await? {
        picture.lines_held(&held);
    }
    let opening = pictures::opening(tx, day - Days::new(1)).await?;
    picture.close(&opening).map_err(Failure::internal)
}
