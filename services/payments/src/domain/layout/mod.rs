//! The layouts of a flow (`claims.md` §7.2), read a line at a time in bounded memory. Each line goes to whoever reads as
//! soon as it is right; the faults of all of them, and the totals, come at the end.

mod csv;
mod fields;
mod metered;
#[cfg(test)]
mod tests;
mod xml;

use std::collections::HashSet;
use std::io::{self, Read};

use kernel::{Hours, coded};

use super::flow::Header;
use super::line::Line;
use super::month::Month;
use super::refusal::{Faults, Rule};
use fields::Fields;

pub use fields::COLUMNS;
pub use xml::{ADDRESS, FIRST_WEEK, HEADER, NAMESPACE, VALUES};

/// Lines of one flow.
pub const LINES_MOST: u32 = 200_000;
/// Bytes of one flow.
pub const BYTES_MOST: i64 = 512 * 1024 * 1024;
/// Bytes of a line of CSV, or of an element of XML: far above what the values need.
const LINE_BYTES_MOST: usize = 64 * 1024;

coded! {
    /// Layout of a file.
    pub enum Format {
        /// Separated values; the header comes beside.
        Csv = "CSV",
        /// XML with its header.
        Xml = "XML",
    }
}

/// What separates decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum DecimalSign {
    Comma,
    Point,
}

impl DecimalSign {
    fn character(self) -> char {
        match self {
            Self::Comma => ',',
            Self::Point => '.',
        }
    }
}

/// Every field that a fault can name: the file as a whole, the header as a whole, its elements, and the columns of a line.
pub fn fault_fields() -> impl Iterator<Item = &'static str> {
    ["", xml::TESTATA].into_iter().chain(HEADER).chain(COLUMNS)
}

/// What was read of a flow.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    /// The header; `None` when it could not be read.
    pub header: Option<Header>,
    /// Lines read.
    pub lines: u32,
    /// Their hours.
    pub hours: Hours,
    /// What is wrong with the file. A flow with any is refused as a whole.
    pub faults: Faults,
}

/// Reads a flow of separated values, whose header came beside.
pub fn read_csv(
    header: &Header,
    file: impl Read,
    on_line: &mut dyn FnMut(Line),
) -> io::Result<Reading> {
    let mut reader = Reader::new(on_line);
    reader.begin(header.clone());
    csv::read(file, &mut reader)?;
    Ok(reader.end())
}

/// Reads a flow of XML.
pub fn read_xml(file: impl Read, on_line: &mut dyn FnMut(Line)) -> io::Result<Reading> {
    let mut reader = Reader::new(on_line);
    xml::read(file, &mut reader)?;
    Ok(reader.end())
}

/// Worker, month and type code, by which a line is once in a flow.
type LineKey = (String, Month, super::line::LineType);

/// What both layouts do with the fields that they find.
struct Reader<'a> {
    on_line: &'a mut dyn FnMut(Line),
    reading: Reading,
    seen: HashSet<LineKey>,
}

impl<'a> Reader<'a> {
    fn new(on_line: &'a mut dyn FnMut(Line)) -> Self {
        Self {
            on_line,
            reading: Reading::default(),
            seen: HashSet::new(),
        }
    }

    fn begin(&mut self, header: Header) {
        if !header.covers_allowed_months() {
            self.fault(0, "PeriodoAl", Rule::Value);
        }
        self.reading.header = Some(header);
    }

    fn fault(&mut self, line: u32, field: &'static str, rule: Rule) {
        self.reading.faults.add(line, field, rule);
    }

    /// Number of the line that is being read, from 1.
    fn current(&self) -> u32 {
        self.reading.lines
    }

    /// Counts a line that begins. False when there is no room for it.
    fn next_line(&mut self) -> bool {
        if self.reading.lines == LINES_MOST {
            self.fault(LINES_MOST + 1, "", Rule::TooMany);
            return false;
        }
        self.reading.lines += 1;
        true
    }

    /// Takes the fields of the current line.
    fn take(&mut self, fields: &Fields, sign: DecimalSign) {
        let Some(header) = &self.reading.header else {
            return;
        };
        let number = self.reading.lines;
        let faults = &mut self.reading.faults;
        let line = fields::read(fields, number, sign, header, &mut |field, rule| {
            faults.add(number, field, rule);
        });
        let Some(line) = line else { return };
        let hours = self.reading.hours.checked_add(line.hours());
        self.reading.hours = hours.unwrap_or(self.reading.hours);
        let key = (line.codice_fiscale.clone(), line.month, line.line_type);
        if !self.seen.insert(key) {
            self.fault(number, "codice_fiscale", Rule::Duplicate);
        }
        if self.reading.faults.is_empty() {
            (self.on_line)(line);
        }
    }

    /// Compares the totals with the header. Only of a file without other faults: they are sums of the lines that are right.
    fn end(mut self) -> Reading {
        if self.reading.lines == 0 && self.reading.faults.is_empty() {
            self.fault(0, "", Rule::Empty);
        }
        if let (Some(header), true) = (&self.reading.header, self.reading.faults.is_empty()) {
            let lines = header.lines == self.reading.lines;
            let hours = header.hours == self.reading.hours;
            if !lines {
                self.fault(0, "NumeroRighe", Rule::LinesTotal);
            }
            if !hours {
                self.fault(0, "TotaleOre", Rule::HoursTotal);
            }
        }
        self.reading
    }
}
