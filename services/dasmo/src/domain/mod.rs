//! What DASMO counts and how (`claims.md` §9.2): the life of a claim as steps, the age of the stock, and the picture of
//! a day. Pure: days, steps and thresholds come in as values.

mod ageing;
mod life;
mod picture;
mod product;
mod territory;

pub use ageing::{AgeClass, Ageing, AgeingFault};
pub use life::{
    ImpossibleStep, Movement, Outcome, Stage, Standing, State, Step, UnknownState, advance,
};
pub use picture::{
    CellKey, Holding, IdentityBroken, Measures, Moved, Opening, Picture, Waiting, WaitingFor, total,
};
pub use product::{Product, UnknownProduct};
pub use territory::{Filter, OfficeInRegion, Selection, Territory};

#[cfg(test)]
pub(crate) mod properties;
