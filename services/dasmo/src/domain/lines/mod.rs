//! Lines of payment flows (SR41, SR43, UniEmens-CIG): one line is what one worker is owed for one month.

mod columns;
mod life;
mod measures;
mod persons;
mod picture;

pub use columns::{flow_heads, person_cells, person_heads};
pub use life::{ImpossibleLine, LineMovement, LineStage, LineState, UnknownLineState, movement};
pub use measures::LineMeasures;
pub use persons::{LinePersons, Persons};
pub use picture::{HeldLines, MovedLines, ReceivedFlows};
