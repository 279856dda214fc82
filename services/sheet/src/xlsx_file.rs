//! Office Open XML.

use std::io::Write;

use chrono::{Datelike, NaiveDate, NaiveDateTime, Timelike};
use kernel::rome;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, XlsxError};

use crate::{Cell, Head, TableError, decimal_of};

/// An XLSX, whose rows go to a temporary file as they come.
pub struct Xlsx<W: Write + Send> {
    workbook: Workbook,
    into: W,
    next: u32,
    day: Format,
    instant: Format,
    decimals: Format,
}

impl<W: Write + Send> Xlsx<W> {
    pub(crate) fn begin(into: W, head: Head<'_>) -> Result<Self, TableError> {
        let mut workbook = Workbook::new();
        let made = excel_instant(rome::local(head.made_at))?;
        workbook.set_properties(&DocProperties::new().set_creation_datetime(&made));
        workbook
            .add_worksheet_with_constant_memory()?
            .set_name(head.sheet)?;
        let mut this = Self {
            workbook,
            into,
            next: 0,
            day: Format::new().set_num_format("yyyy-mm-dd"),
            instant: Format::new().set_num_format("yyyy-mm-dd hh:mm:ss"),
            decimals: Format::new().set_num_format("#,##0.00"),
        };
        for (name, value) in head.preamble {
            this.row(&[Cell::Text(name.clone()), value.clone()])?;
        }
        if !head.preamble.is_empty() {
            this.row(&[])?;
        }
        this.headings(head.headings)?;
        Ok(this)
    }

    fn headings(&mut self, headings: &[&str]) -> Result<(), TableError> {
        let row = self.next;
        let bold = Format::new().set_bold();
        let sheet = self.workbook.worksheet_from_index(0)?;
        sheet.set_freeze_panes(row + 1, 0)?;
        for (column, heading) in (0..).zip(headings.iter().copied()) {
            sheet.set_column_width(column, 20)?;
            sheet.write_string_with_format(row, column, heading, &bold)?;
        }
        self.next += 1;
        Ok(())
    }

    pub(crate) fn row(&mut self, cells: &[Cell]) -> Result<(), TableError> {
        let sheet = self.workbook.worksheet_from_index(0)?;
        let row = self.next;
        for (column, cell) in (0..).zip(cells) {
            match cell {
                Cell::Empty => continue,
                Cell::Text(text) => sheet.write_string(row, column, text)?,
                // A spreadsheet has no other numbers than these.
                Cell::Number(number) => {
                    let number: f64 = number.to_string().parse().unwrap_or_default();
                    sheet.write_number(row, column, number)?
                }
                Cell::Hundredths(hundredths) => {
                    let number = decimal_of(*hundredths, '.');
                    // What was just written as a number reads as one.
                    let number: f64 = number.parse().unwrap_or_default();
                    sheet.write_number_with_format(row, column, number, &self.decimals)?
                }
                Cell::Day(day) => {
                    let at = excel_day(*day)?;
                    sheet.write_datetime_with_format(row, column, &at, &self.day)?
                }
                Cell::Instant(at) => {
                    let at = excel_instant(*at)?;
                    sheet.write_datetime_with_format(row, column, &at, &self.instant)?
                }
            };
        }
        self.next += 1;
        Ok(())
    }

    pub(crate) fn end(mut self) -> Result<W, TableError> {
        self.workbook.save_to_writer(&mut self.into)?;
        Ok(self.into)
    }
}

fn excel_day(day: NaiveDate) -> Result<ExcelDateTime, XlsxError> {
    ExcelDateTime::from_ymd(
        u16::try_from(day.year()).unwrap_or_default(),
        u8::try_from(day.month()).unwrap_or_default(),
        u8::try_from(day.day()).unwrap_or_default(),
    )
}

fn excel_instant(at: NaiveDateTime) -> Result<ExcelDateTime, XlsxError> {
    excel_day(at.date())?.and_hms(
        u16::try_from(at.hour()).unwrap_or_default(),
        u8::try_from(at.minute()).unwrap_or_default(),
        at.second(),
    )
}
