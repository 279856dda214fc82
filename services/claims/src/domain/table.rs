//! A table of claims for spreadsheets: its headings, and the cells of a claim.

use std::io::Write;

use chrono::{DateTime, NaiveDate, Utc};
use sheet::{Cell, Head, Table, TableError, TableFormat};

use super::content::WrittenPeriod;
use super::product::{PaymentMode, Product};
use super::rules::Rules;
use super::search::Found;
use super::state::State;

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

/// Begins a table of claims. `at` is the instant that an XLSX says it was made.
///
/// # Errors
/// [`TableError`] when the writer fails.
pub fn begin<W: Write + Send>(
    into: W,
    format: TableFormat,
    language: Language,
    at: DateTime<Utc>,
) -> Result<Table<W>, TableError> {
    let headings = HEADINGS.map(|(italian, english)| language.choose(italian, english));
    let head = Head {
        sheet: language.choose("Domande", "Claims"),
        preamble: &[],
        headings: &headings,
        made_at: at,
    };
    Table::begin(into, format, head)
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
        Cell::Number(i64::from(found.unit.code.get())),
        Cell::Text(found.unit_name.clone()),
        found
            .period
            .map_or(Cell::Empty, |it| Cell::Day(it.first_day)),
        found
            .period
            .and_then(last_day)
            .map_or(Cell::Empty, Cell::Day),
        found
            .period
            .map_or(Cell::Empty, |it| Cell::Number(i64::from(it.weeks))),
        Cell::Number(i64::from(found.beneficiaries_count)),
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
        let mut table = begin(Vec::new(), format, language, at).unwrap();
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
}
