//! What DASMO counts and how (`claims.md` §9.2): the life of a claim as steps, the age of the stock, and the picture of
//! a day. Pure: days, steps and thresholds come in as values.

mod ageing;
mod bands;
mod columns;
mod cut;
mod days;
pub mod digest;
mod figures;
mod life;
pub mod lines;
mod measures;
mod pace;
mod picture;
mod product;
mod rollup;
mod territory;
mod trend;
pub mod words;

pub use ageing::{Ageing, Classes, NegativeThreshold};
pub use bands::{Band, BandFault, Bands};
pub use columns::{ColumnHead, case_heads, rate_cells, rate_heads, yes_or_no};
pub use cut::{
    Attributes, CellKey, Cut, Dimension, Section, Unit, UnknownDimension, UnknownSection,
    UnknownUnit, month_of,
};
pub use days::{DaysTaken, Summary};
pub use figures::{Figures, total};
pub use life::{
    ImpossibleStep, Movement, Outcome, Stage, Standing, State, Step, UnknownState, advance,
};
pub use measures::Measures;
pub use pace::{Forecast, PACE_DAYS, Rates};
pub use picture::{Holding, Moved, Opening, Picture, PictureFault, Waiting, WaitingFor};
pub use product::{Product, UnknownProduct};
pub use rollup::{RowKey, with_sums};
pub use territory::{Filter, OfficeInRegion, Selection, Territory};
pub use trend::{LONGEST_TREND, Period, Step as TrendStep, periods};
pub use words::{Axis, Language};

#[cfg(test)]
pub(crate) mod properties;
