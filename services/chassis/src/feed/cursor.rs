//! The position of a subscriber: transaction and id of the last event, `"<tx>.<id>"` in text.

use std::fmt;

use crate::failure::Failure;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Cursor {
    pub(super) tx: i64,
    pub(super) id: i64,
}

impl Cursor {
    /// Before the first event ever.
    pub(super) const START: Self = Self { tx: 0, id: 0 };

    /// Reads a cursor that was given out before; empty is the start.
    pub(super) fn read(text: &str) -> Result<Self, Failure> {
        if text.is_empty() {
            return Ok(Self::START);
        }
        text.split_once('.')
            .and_then(|(tx, id)| {
                Some(Self {
                    tx: tx.parse().ok()?,
                    id: id.parse().ok()?,
                })
            })
            .ok_or_else(|| Failure::field("after_cursor", "must be empty or a cursor of this feed"))
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::START {
            Ok(())
        } else {
            write!(f, "{}.{}", self.tx, self.id)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_as_it_was_written() {
        for cursor in [
            Cursor::START,
            Cursor { tx: 7, id: 3 },
            Cursor {
                tx: i64::MAX,
                id: i64::MAX,
            },
        ] {
            assert_eq!(Cursor::read(&cursor.to_string()).unwrap(), cursor);
        }
    }

    #[test]
    fn a_text_that_is_no_cursor_is_refused_as_a_malformed_field() {
        for text in ["7", "7.", ".3", "7.3.1", "x.y"] {
            assert_eq!(
                Cursor::read(text).unwrap_err().violations()[0].field,
                "after_cursor"
            );
        }
    }
}
