//! A table of claims for spreadsheets, CSV or XLSX, written row by row in bounded memory.

use std::io::{BufWriter, Write};

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, Timelike, Utc};
use kernel::rome;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, XlsxError};

use super::codes::coded;
use super::content::WrittenPeriod;
use super::product::{PaymentMode, Product};
use super::rules::Rules;
use super::search::Found;
use super::state::State;

coded! {
    /// Format of a table.
    pub enum TableFormat {
        /// RFC 4180 with `;`, decimals with `,`.
        CsvSemicolon = "CSV_SEMICOLON",
        /// RFC 4180 with `,`, decimals with `.`.
        CsvComma = "CSV_COMMA",
        /// Office Open XML.
        Xlsx = "XLSX",
    }
}

impl TableFormat {
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

/// Language of headings and names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// Italian.
    Italian,
    /// English.
    English,
}

impl Language {
    /// Name of a file of claims.
    pub fn file(self) -> &'static str {
        self.choose("domande", "claims")
    }

    fn choose<'a>(self, italian: &'a str, english: &'a str) -> &'a str {
        match self {
            Self::Italian => italian,
            Self::English => english,
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
    Xlsx(#[from] XlsxError),
    /// The file.
    #[error("write the file")]
    Io(#[from] std::io::Error),
}

/// Headings in both languages, in the order of the columns.
const HEADINGS: [(&str, &str); 20] = [
    ("Protocollo", "Protocol number"),
    ("Stato", "State"),
    ("Nello stato dal", "In this state since"),
    ("Prodotto", "Product"),
    ("Causale", "Reason"),
    ("Datore di lavoro", "Employer"),
    ("Matricola", "Matricola"),
    ("Unità produttiva", "Production unit"),
    ("Nome dell'unità", "Name of the unit"),
    ("Dal", "From"),
    ("Al", "To"),
    ("Settimane", "Weeks"),
    ("Lavoratori", "Workers"),
    ("Ore richieste", "Hours asked for"),
    ("Modalità di pagamento", "Payment"),
    ("Sede competente", "Competent office"),
    ("Presentata il", "Submitted at"),
    ("Termine di presentazione", "Term of filing"),
    ("Fuori termine", "Filed late"),
    ("Ticket", "Ticket"),
];

/// What stands in a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// Nothing.
    Empty,
    /// A text.
    Text(String),
    /// A whole number.
    Number(i32),
    /// A number in hundredths.
    Hundredths(i64),
    /// A day.
    Day(NaiveDate),
    /// An instant, in Rome, to the second.
    Instant(NaiveDateTime),
}

impl Cell {
    fn text(text: Option<impl Into<String>>) -> Self {
        text.map_or(Self::Empty, |text| Self::Text(text.into()))
    }

    fn instant(at: DateTime<Utc>) -> Self {
        let local = rome::local(at);
        Self::Instant(local.with_nanosecond(0).unwrap_or(local))
    }
}

/// The headings.
pub fn headings(language: Language) -> [&'static str; HEADINGS.len()] {
    HEADINGS.map(|(italian, english)| language.choose(italian, english))
}

/// The cells of a claim, one a heading.
pub fn cells(found: &Found, rules: &Rules, language: Language) -> [Cell; HEADINGS.len()] {
    let causale = found.causale.and_then(|causale| rules.causale(causale));
    [
        Cell::text(found.protocol.as_deref()),
        Cell::Text(state_name(found.state, language).to_owned()),
        Cell::instant(found.state_since),
        Cell::text(found.product.map(product_name)),
        Cell::text(causale.map(|row| language.choose(&row.value.label_it, &row.value.label_en))),
        Cell::Text(found.employer_name.clone()),
        Cell::Text(found.unit.matricola.to_string()),
        Cell::Number(i32::try_from(found.unit.code.get()).unwrap_or(i32::MAX)),
        Cell::Text(found.unit_name.clone()),
        found
            .period
            .map_or(Cell::Empty, |it| Cell::Day(it.first_day)),
        found
            .period
            .and_then(last_day)
            .map_or(Cell::Empty, Cell::Day),
        found.period.map_or(Cell::Empty, |it| {
            Cell::Number(i32::try_from(it.weeks).unwrap_or(i32::MAX))
        }),
        Cell::Number(found.beneficiaries_count),
        Cell::Hundredths(found.hours_requested_hundredths),
        Cell::text(found.payment_mode.map(|mode| payment_name(mode, language))),
        Cell::text(found.office.as_deref()),
        found.submitted_at.map_or(Cell::Empty, Cell::instant),
        found.filing_due.map_or(Cell::Empty, Cell::Day),
        Cell::text(found.submitted_at.map(|_| {
            if found.filed_late {
                language.choose("sì", "yes")
            } else {
                "no"
            }
        })),
        Cell::text(found.ticket.as_deref()),
    ]
}

fn last_day(period: WrittenPeriod) -> Option<NaiveDate> {
    let days = chrono::Days::new(u64::from(period.weeks) * 7);
    period.first_day.checked_add_days(days)?.pred_opt()
}

/// The names of §10.1.
fn state_name(state: State, language: Language) -> &'static str {
    let (italian, english) = match state {
        State::Draft => ("bozza", "draft"),
        State::Submitted => ("protocollata", "submitted"),
        State::Assigned => ("assegnata", "assigned"),
        State::UnderReview => ("in istruttoria", "under review"),
        State::SupplementPending => ("supplemento istruttorio", "supplement pending"),
        State::Accepted => ("accolta", "accepted"),
        State::PartiallyAccepted => ("parzialmente accolta", "partially accepted"),
        State::Rejected => ("reiettata", "rejected"),
        State::Withdrawn => ("ritirata", "withdrawn"),
        State::Annulled => ("annullata", "annulled"),
        State::UnderReexamination => ("in riesame", "under reexamination"),
        State::UnderAppeal => ("in ricorso", "under appeal"),
    };
    language.choose(italian, english)
}

/// The names by which the instruments are known.
fn product_name(product: Product) -> &'static str {
    match product {
        Product::Cigo => "CIGO",
        Product::Cigs => "CIGS",
        Product::AisFis => "AIS (FIS)",
        Product::AisFund => "AIS (fondo bilaterale)",
        Product::Cisoa => "CISOA",
        Product::Cigd => "CIGD",
        Product::CigdMulti => "CIGD plurilocalizzata",
    }
}

fn payment_name(mode: PaymentMode, language: Language) -> &'static str {
    match mode {
        PaymentMode::Conguaglio => language.choose("conguaglio", "set off by the employer"),
        PaymentMode::Direct => language.choose("pagamento diretto", "paid by INPS"),
    }
}

/// A table on its way into a writer.
pub enum Table<W: Write + Send> {
    /// As CSV.
    Csv(Box<Csv<W>>),
    /// As XLSX.
    Xlsx(Box<Xlsx<W>>),
}

impl<W: Write + Send> Table<W> {
    /// Begins a table with its headings. `at` is the instant that an XLSX says it was made.
    pub fn begin(
        into: W,
        format: TableFormat,
        language: Language,
        at: DateTime<Utc>,
    ) -> Result<Self, TableError> {
        let headings = &headings(language);
        let csv = |into, separator, decimal| {
            Csv::begin(into, separator, decimal, headings).map(|it| Self::Csv(Box::new(it)))
        };
        match format {
            TableFormat::CsvSemicolon => csv(into, b';', ','),
            TableFormat::CsvComma => csv(into, b',', '.'),
            TableFormat::Xlsx => {
                Xlsx::begin(into, headings, language, at).map(|it| Self::Xlsx(Box::new(it)))
            }
        }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: &[Cell]) -> Result<(), TableError> {
        match self {
            Self::Csv(csv) => csv.row(cells),
            Self::Xlsx(xlsx) => xlsx.row(cells),
        }
    }

    /// Ends the table and gives the writer back.
    pub fn end(self) -> Result<W, TableError> {
        match self {
            Self::Csv(csv) => csv.end(),
            Self::Xlsx(xlsx) => xlsx.end(),
        }
    }
}

/// A CSV.
pub struct Csv<W: Write> {
    writer: csv::Writer<BufWriter<W>>,
    decimal: char,
}

impl<W: Write> Csv<W> {
    fn begin(into: W, separator: u8, decimal: char, headings: &[&str]) -> Result<Self, TableError> {
        let mut into = BufWriter::new(into);
        // Without the mark spreadsheets take UTF-8 for something else.
        into.write_all("\u{feff}".as_bytes())?;
        let mut writer = csv::WriterBuilder::new()
            .delimiter(separator)
            .terminator(csv::Terminator::CRLF)
            .from_writer(into);
        writer.write_record(headings)?;
        Ok(Self { writer, decimal })
    }

    fn row(&mut self, cells: &[Cell]) -> Result<(), TableError> {
        for cell in cells {
            self.writer.write_field(written(cell, self.decimal))?;
        }
        self.writer.write_record(None::<&[u8]>)?;
        Ok(())
    }

    fn end(self) -> Result<W, TableError> {
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

fn decimal_of(hundredths: i64, decimal: char) -> String {
    let sign = if hundredths < 0 { "-" } else { "" };
    let size = hundredths.unsigned_abs();
    format!("{sign}{}{decimal}{:02}", size / 100, size % 100)
}

/// An XLSX, whose rows go to a temporary file as they come.
pub struct Xlsx<W: Write + Send> {
    workbook: Workbook,
    into: W,
    next: u32,
    day: Format,
    instant: Format,
    hours: Format,
}

impl<W: Write + Send> Xlsx<W> {
    fn begin(
        into: W,
        headings: &[&str],
        language: Language,
        at: DateTime<Utc>,
    ) -> Result<Self, TableError> {
        let mut workbook = Workbook::new();
        let made = excel_instant(rome::local(at))?;
        workbook.set_properties(&DocProperties::new().set_creation_datetime(&made));
        let bold = Format::new().set_bold();
        let sheet = workbook.add_worksheet_with_constant_memory();
        let sheet = sheet?.set_name(language.choose("Domande", "Claims"))?;
        sheet.set_freeze_panes(1, 0)?;
        for (column, heading) in (0..).zip(headings.iter().copied()) {
            sheet.set_column_width(column, 20)?;
            sheet.write_string_with_format(0, column, heading, &bold)?;
        }
        Ok(Self {
            workbook,
            into,
            next: 1,
            day: Format::new().set_num_format("yyyy-mm-dd"),
            instant: Format::new().set_num_format("yyyy-mm-dd hh:mm:ss"),
            hours: Format::new().set_num_format("#,##0.00"),
        })
    }

    fn row(&mut self, cells: &[Cell]) -> Result<(), TableError> {
        let sheet = self.workbook.worksheet_from_index(0)?;
        let row = self.next;
        for (column, cell) in (0..).zip(cells) {
            match cell {
                Cell::Empty => continue,
                Cell::Text(text) => sheet.write_string(row, column, text)?,
                Cell::Number(number) => sheet.write_number(row, column, *number)?,
                Cell::Hundredths(hundredths) => {
                    let number = decimal_of(*hundredths, '.');
                    // What was just written as a number reads as one.
                    let number: f64 = number.parse().unwrap_or_default();
                    sheet.write_number_with_format(row, column, number, &self.hours)?
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

    fn end(mut self) -> Result<W, TableError> {
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

#[cfg(test)]
mod tests {
    use super::super::content::UnitKey;
    use super::super::product::Causale;
    use super::super::rules::IN_FORCE;
    use super::super::samples::{day, instant};
    use super::super::search::Place;
    use super::*;

    fn found(employer_name: &str) -> Found {
        Found {
            place: Place {
                key: String::new(),
                id: uuid::Uuid::nil(),
            },
            state: State::Submitted,
            state_since: instant("2026-09-10"),
            protocol: Some("INPS.4900.10/09/2026.0000001".into()),
            ticket: None,
            product: Some(Product::Cigo),
            causale: Some(Causale::LackOfWorkOrOrders),
            payment_mode: Some(PaymentMode::Direct),
            unit: UnitKey {
                matricola: "4900000001".parse().unwrap(),
                code: 1.try_into().unwrap(),
            },
            unit_name: "Stabilimento \"vecchio\"; reparto 2".into(),
            employer_name: employer_name.into(),
            period: Some(WrittenPeriod {
                first_day: day("2026-09-07"),
                weeks: 2,
            }),
            office: Some("490000".into()),
            submitted_at: Some(instant("2026-09-10")),
            filing_due: Some(day("2026-09-30")),
            filed_late: false,
            beneficiaries_count: 12,
            hours_requested_hundredths: 123_405,
            handler: None,
            forced: false,
            proposal_pending: false,
        }
    }

    fn csv_of(found: &Found, format: TableFormat, language: Language) -> String {
        let at = instant("2026-09-11");
        let mut table = Table::begin(Vec::new(), format, language, at).unwrap();
        table.row(&cells(found, &IN_FORCE, language)).unwrap();
        String::from_utf8(table.end().unwrap()).unwrap()
    }

    #[test]
    fn a_csv_has_a_mark_a_heading_and_quotes_what_would_break_it() {
        let csv = csv_of(
            &found("Officine Riunite"),
            TableFormat::CsvSemicolon,
            Language::Italian,
        );
        let lines: Vec<_> = csv.split("\r\n").collect();
        assert!(lines[0].starts_with("\u{feff}Protocollo;Stato;Nello stato dal;"));
        assert_eq!(
            lines[1],
            "INPS.4900.10/09/2026.0000001;protocollata;2026-09-10 12:00:00;CIGO;Mancanza di lavoro o di commesse;\
             Officine Riunite;4900000001;1;\"Stabilimento \"\"vecchio\"\"; reparto 2\";2026-09-07;2026-09-20;2;12;\
             1234,05;pagamento diretto;490000;2026-09-10 12:00:00;2026-09-30;no;"
        );
    }

    #[test]
    fn in_english_with_commas_decimals_have_a_point() {
        let csv = csv_of(&found("Officine"), TableFormat::CsvComma, Language::English);
        assert!(csv.contains(",submitted,"));
        assert!(csv.contains(",12,1234.05,paid by INPS,"));
    }

    #[test]
    fn a_name_that_would_be_a_formula_is_neutralised() {
        for formula in ["=1+1", "+39", "-2", "@SUM(A1)", "\tx"] {
            let csv = csv_of(&found(formula), TableFormat::CsvComma, Language::English);
            assert!(csv.contains(&format!(",'{formula},")), "{formula}");
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
