//! RFC 4180.

use std::io::{BufWriter, Write};

use crate::{Cell, Head, TableError, decimal_of};

/// A CSV.
pub struct Csv<W: Write> {
    writer: csv::Writer<BufWriter<W>>,
    decimal: char,
}

impl<W: Write> Csv<W> {
    pub(crate) fn begin(
        into: W,
        separator: u8,
        decimal: char,
        head: Head<'_>,
    ) -> Result<Self, TableError> {
        let mut into = BufWriter::new(into);
        // Without the mark spreadsheets take UTF-8 for something else.
        into.write_all("\u{feff}".as_bytes())?;
        let writer = csv::WriterBuilder::new()
            .delimiter(separator)
            .terminator(csv::Terminator::CRLF)
            .from_writer(into);
        let mut this = Self { writer, decimal };
        this.preamble(head)?;
        this.writer.write_record(head.headings)?;
        Ok(this)
    }

    /// Every record of a CSV has the same number of fields, so these lines and the blank one after them are filled up.
    fn preamble(&mut self, head: Head<'_>) -> Result<(), TableError> {
        if head.preamble.is_empty() {
            return Ok(());
        }
        let width = head.headings.len();
        for (name, value) in head.preamble {
            let mut cells = vec![Cell::Empty; width];
            for (cell, given) in cells
                .iter_mut()
                .zip([Cell::Text(name.clone()), value.clone()])
            {
                *cell = given;
            }
            self.row(&cells)?;
        }
        self.row(&vec![Cell::Empty; width])
    }

    pub(crate) fn row(&mut self, cells: &[Cell]) -> Result<(), TableError> {
        for cell in cells {
            self.writer.write_field(written(cell, self.decimal))?;
        }
        self.writer.write_record(None::<&[u8]>)?;
        Ok(())
    }

    pub(crate) fn end(self) -> Result<W, TableError> {
        let buffered = self
            .writer
            .into_inner()
            .map_err(|error| std::io::Error::from(error.error().kind()))?;
        Ok(buffered
            .into_inner()
            .map_err(std::io::IntoInnerError::into_error)?)
    }
}

fn written(cell: &Cell, decimal: char) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) => neutral(text),
        Cell::Number(number) => number.to_string(),
        Cell::Hundredths(hundredths) => decimal_of(*hundredths, decimal),
        Cell::Day(day) => day.to_string(),
        Cell::Instant(at) => at.format("%Y-%m-%d %H:%M:%S").to_string(),
    }
}

/// A text that a spreadsheet does not take for a formula: employers choose their own names.
fn neutral(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}
