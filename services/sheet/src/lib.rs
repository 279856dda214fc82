//! Tables for spreadsheets, CSV or XLSX, written row by row in bounded memory.

mod csv_file;
mod pieces;
mod xlsx_file;

use std::io::Write;

use chrono::{DateTime, NaiveDate, NaiveDateTime, Timelike, Utc};
use kernel::rome;

pub use pieces::send;

use crate::csv_file::Csv;
use crate::xlsx_file::Xlsx;

/// Format of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableFormat {
    /// RFC 4180 with `;`, decimals with `,`.
    CsvSemicolon,
    /// RFC 4180 with `,`, decimals with `.`.
    CsvComma,
    /// Office Open XML.
    Xlsx,
}

impl TableFormat {
    /// The code under which an export is recorded.
    pub fn code(self) -> &'static str {
        match self {
            Self::CsvSemicolon => "CSV_SEMICOLON",
            Self::CsvComma => "CSV_COMMA",
            Self::Xlsx => "XLSX",
        }
    }

    /// Media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::CsvSemicolon | Self::CsvComma => "text/csv; charset=utf-8; header=present",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }

    /// Ending of the name of a file.
    pub fn extension(self) -> &'static str {
        match self {
            Self::CsvSemicolon | Self::CsvComma => "csv",
            Self::Xlsx => "xlsx",
        }
    }
}

/// A table could not be written.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// The CSV.
    #[error("write the CSV")]
    Csv(#[from] csv::Error),
    /// The XLSX.
    #[error("write the XLSX")]
    Xlsx(#[from] rust_xlsxwriter::XlsxError),
    /// The file.
    #[error("write the file")]
    Io(#[from] std::io::Error),
}

/// What stands in a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// Nothing.
    Empty,
    /// A text.
    Text(String),
    /// A whole number.
    Number(i64),
    /// A number in hundredths.
    Hundredths(i64),
    /// A day.
    Day(NaiveDate),
    /// An instant, in Rome, to the second.
    Instant(NaiveDateTime),
}

impl Cell {
    /// A text, or nothing.
    pub fn text(text: Option<impl Into<String>>) -> Self {
        text.map_or(Self::Empty, |text| Self::Text(text.into()))
    }

    /// An instant as it is told in Rome.
    pub fn instant(at: DateTime<Utc>) -> Self {
        let local = rome::local(at);
        Self::Instant(local.with_nanosecond(0).unwrap_or(local))
    }
}

/// What a table begins with.
#[derive(Debug, Clone, Copy)]
pub struct Head<'a> {
    /// Name of the sheet of an XLSX.
    pub sheet: &'a str,
    /// Names and values above the headings, such as the day that the figures are of; often none.
    pub preamble: &'a [(String, Cell)],
    /// Headings of the columns.
    pub headings: &'a [&'a str],
    /// The instant that an XLSX says it was made.
    pub made_at: DateTime<Utc>,
}

/// A table on its way into a writer.
pub enum Table<W: Write + Send> {
    /// As CSV.
    Csv(Box<Csv<W>>),
    /// As XLSX.
    Xlsx(Box<Xlsx<W>>),
}

impl<W: Write + Send> Table<W> {
    /// Begins a table with its headings.
    ///
    /// # Errors
    /// [`TableError`] when the writer fails.
    pub fn begin(into: W, format: TableFormat, head: Head<'_>) -> Result<Self, TableError> {
        let csv = |into, separator, decimal| {
            Csv::begin(into, separator, decimal, head).map(|it| Self::Csv(Box::new(it)))
        };
        match format {
            TableFormat::CsvSemicolon => csv(into, b';', ','),
            TableFormat::CsvComma => csv(into, b',', '.'),
            TableFormat::Xlsx => Xlsx::begin(into, head).map(|it| Self::Xlsx(Box::new(it))),
        }
    }

    /// Adds a row, one cell a heading.
    ///
    /// # Errors
    /// [`TableError`] when the writer fails.
    pub fn row(&mut self, cells: &[Cell]) -> Result<(), TableError> {
        match self {
            Self::Csv(csv) => csv.row(cells),
            Self::Xlsx(xlsx) => xlsx.row(cells),
        }
    }

    /// Ends the table and gives the writer back.
    ///
    /// # Errors
    /// [`TableError`] when the writer fails.
    pub fn end(self) -> Result<W, TableError> {
        match self {
            Self::Csv(csv) => csv.end(),
            Self::Xlsx(xlsx) => xlsx.end(),
        }
    }
}

fn decimal_of(hundredths: i64, decimal: char) -> String {
    let sign = if hundredths < 0 { "-" } else { "" };
    let size = hundredths.unsigned_abs();
    format!("{sign}{}{decimal}{:02}", size / 100, size % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(format: TableFormat, preamble: &[(String, Cell)], cells: &[Cell]) -> String {
        let head = Head {
            sheet: "Foglio",
            preamble,
            headings: &["Sede", "Ore", "Al"],
            made_at: DateTime::UNIX_EPOCH,
        };
        let mut table = Table::begin(Vec::new(), format, head).unwrap();
        table.row(cells).unwrap();
        String::from_utf8(table.end().unwrap()).unwrap()
    }

    fn row(text: &str) -> [Cell; 3] {
        let day = NaiveDate::from_ymd_opt(2026, 11, 24).unwrap();
        [
            Cell::Text(text.to_owned()),
            Cell::Hundredths(123_405),
            Cell::Day(day),
        ]
    }

    #[test]
    fn a_csv_has_a_mark_and_quotes_what_would_break_it() {
        let csv = written(TableFormat::CsvSemicolon, &[], &row("Milano; \"centro\""));
        assert_eq!(
            csv,
            "\u{feff}Sede;Ore;Al\r\n\"Milano; \"\"centro\"\"\";1234,05;2026-11-24\r\n"
        );
    }

    #[test]
    fn with_commas_decimals_have_a_point() {
        let csv = written(TableFormat::CsvComma, &[], &row("Milano"));
        assert!(csv.ends_with("Milano,1234.05,2026-11-24\r\n"));
    }

    #[test]
    fn the_preamble_has_as_many_fields_as_the_table_and_a_line_after_it() {
        let preamble = [("Persona".to_owned(), Cell::Text("Ada Bianchi".to_owned()))];
        let csv = written(TableFormat::CsvSemicolon, &preamble, &row("Milano"));
        assert!(csv.starts_with("\u{feff}Persona;Ada Bianchi;\r\n;;\r\nSede;Ore;Al\r\n"));
    }

    #[test]
    fn a_text_that_would_be_a_formula_is_neutralised() {
        for formula in ["=1+1", "+39", "-2", "@SUM(A1)", "\tx"] {
            let csv = written(TableFormat::CsvComma, &[], &row(formula));
            assert!(csv.contains(&format!("\n'{formula},")), "{formula}");
        }
    }

    #[test]
    fn hundredths_are_written_whole() {
        for (hundredths, text) in [
            (0, "0,00"),
            (5, "0,05"),
            (-105, "-1,05"),
            (10_000, "100,00"),
        ] {
            assert_eq!(decimal_of(hundredths, ','), text);
        }
    }
}
