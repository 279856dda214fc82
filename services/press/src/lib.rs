//! The press: sets a structured document as a PDF that is archived and read aloud alike.
//!
//! A [`Document`] in, the bytes of a file out, and nothing else: no clock, no file, no network. The same document gives the
//! same bytes. The file conforms to PDF/A-2a (ISO 19005-2) and PDF/UA-1 (ISO 14289-1): typefaces embedded, every mark
//! tagged or an artifact, language, title and outline stated.
//!
//! Lengths are integers, in thousandths of a point: what is measured is what is drawn, on every machine.

mod code;
mod document;
mod face;
mod layout;
mod paint;
#[cfg(test)]
mod tests;
mod wrap;

pub use document::{Align, Block, Column, Document, Entry, Level, Style};

/// Why a document cannot be set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// A row has another number of cells than its table has columns.
    #[error("row {row} of the table `{table}` has {cells} cells for {columns} columns")]
    Ragged {
        /// Caption of the table.
        table: String,
        /// The row, from 1.
        row: usize,
        /// Its cells.
        cells: usize,
        /// Columns of the table.
        columns: usize,
    },
    /// A table has no columns, or columns without a width.
    #[error("the table `{0}` has no columns, or one without a width")]
    NoColumns(String),
    /// A code has more content than fits one.
    #[error("the content of a code has {0} bytes, which are too many")]
    CodeTooLong(usize),
    /// The file would not conform to its standards.
    #[error("the file would not conform to PDF/A-2a and PDF/UA-1: {0}")]
    NotConforming(String),
}

/// Sets a document: the bytes of its file.
pub fn print(document: &Document) -> Result<Vec<u8>, Fault> {
    paint::paint(document, &layout::set(document)?)
}
