//! The list of workers as CSV (`claims.md` CLM-3), read a line at a time: either every line is right, or the faults are
//! told by line, column and rule. What stands in a line is never repeated.

use std::collections::HashSet;
use std::io::{self, Read};

use chrono::NaiveDate;
use kernel::{CodiceFiscale, Iban};

use super::checks::{QUALIFICHE, WEEKLY_HOURS_MOST};
use super::codes::coded;
use super::content::Beneficiary;

/// Workers of one claim.
pub const WORKERS_MOST: usize = 50_000;
/// Bytes of one list: more than 160 a worker, where the longest line has some 80.
pub const LIST_BYTES_MOST: i64 = 8 * 1024 * 1024;
/// Faults that are told; all of them are counted.
pub const FAULTS_TOLD: usize = 1_000;
/// The columns, as the first line names them.
const COLUMNS: [&str; 6] = [
    "codice_fiscale",
    "qualifica",
    "orario_settimanale",
    "data_assunzione",
    "ore_richieste",
    "iban",
];
const UTF8_BOM: &[u8] = &[0xef, 0xbb, 0xbf];

coded! {
    /// The rule that a line breaks.
    pub enum LineRule {
        /// The first line is the heading.
        Heading = "HEADING",
        /// Six columns.
        Columns = "COLUMNS",
        /// UTF-8.
        Encoding = "ENCODING",
        /// §2.1.
        CodiceFiscale = "CODICE_FISCALE",
        /// Unique in the file.
        Duplicate = "DUPLICATE",
        /// One of the qualifiche.
        Qualifica = "QUALIFICA",
        /// Above 0, at most 48,00.
        WeeklyHours = "WEEKLY_HOURS",
        /// `GG/MM/AAAA`, not in the future.
        HiredOn = "HIRED_ON",
        /// Above 0.
        HoursRequested = "HOURS_REQUESTED",
        /// §2.3.
        Iban = "IBAN",
        /// At most 50 000 workers.
        TooMany = "TOO_MANY",
        /// At least one worker.
        Empty = "EMPTY",
    }
}

impl LineRule {
    /// Column of the heading; empty for the line as a whole.
    pub fn column(self) -> &'static str {
        match self {
            Self::CodiceFiscale | Self::Duplicate => COLUMNS[0],
            Self::Qualifica => COLUMNS[1],
            Self::WeeklyHours => COLUMNS[2],
            Self::HiredOn => COLUMNS[3],
            Self::HoursRequested => COLUMNS[4],
            Self::Iban => COLUMNS[5],
            Self::Heading | Self::Columns | Self::Encoding | Self::TooMany | Self::Empty => "",
        }
    }

    /// What people read, in Italian.
    pub fn italian(self) -> &'static str {
        match self {
            Self::Heading => {
                "La prima riga deve essere codice_fiscale;qualifica;orario_settimanale;data_assunzione;ore_richieste;iban."
            }
            Self::Columns => "La riga deve avere sei colonne separate da punto e virgola.",
            Self::Encoding => "La riga non è in UTF-8.",
            Self::CodiceFiscale => "Il codice fiscale non è valido.",
            Self::Duplicate => "Il codice fiscale è già in una riga precedente.",
            Self::Qualifica => "La qualifica deve essere 1, 2, 3, 7, 8, Q, O, Y, W o R.",
            Self::WeeklyHours => {
                "L'orario settimanale deve essere maggiore di 0 e al massimo 48,00, con la virgola decimale."
            }
            Self::HiredOn => "La data di assunzione deve essere GG/MM/AAAA e non futura.",
            Self::HoursRequested => {
                "Le ore richieste devono essere maggiori di 0, con la virgola decimale."
            }
            Self::Iban => "L'IBAN non è valido.",
            Self::TooMany => {
                "L'elenco supera 50.000 lavoratori: le righe seguenti non sono state lette."
            }
            Self::Empty => "L'elenco non contiene lavoratori.",
        }
    }

    /// What people read, in English.
    pub fn english(self) -> &'static str {
        match self {
            Self::Heading => {
                "The first line must be codice_fiscale;qualifica;orario_settimanale;data_assunzione;ore_richieste;iban."
            }
            Self::Columns => "The line must have six columns separated by semicolons.",
            Self::Encoding => "The line is not UTF-8.",
            Self::CodiceFiscale => "The codice fiscale is not valid.",
            Self::Duplicate => "The codice fiscale stands in a line before.",
            Self::Qualifica => "The qualifica must be 1, 2, 3, 7, 8, Q, O, Y, W or R.",
            Self::WeeklyHours => {
                "The hours a week must be above 0 and at most 48,00, with a decimal comma."
            }
            Self::HiredOn => "The day of hiring must be DD/MM/YYYY and not in the future.",
            Self::HoursRequested => "The hours asked for must be above 0, with a decimal comma.",
            Self::Iban => "The IBAN is not valid.",
            Self::TooMany => {
                "The list exceeds 50 000 workers: the lines that follow were not read."
            }
            Self::Empty => "The list holds no worker.",
        }
    }
}

/// A fault of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineFault {
    /// Line of the file, from 1.
    pub line: u32,
    /// The rule.
    pub rule: LineRule,
}

/// What was read, in figures. The totals are sums of the lines that are right.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListReport {
    /// Workers read.
    pub workers: u32,
    /// Hours asked for, in hundredths.
    pub hours_hundredths: i64,
    /// Faults, counted.
    pub faults_count: u32,
    /// The first of them, in the order of the lines.
    pub faults: Vec<LineFault>,
}

/// A list that was read to its end.
#[derive(Debug, Default)]
pub struct ReadList {
    /// What is told of it.
    pub report: ListReport,
    /// The workers, in the order of the lines; worth something only when there is no fault.
    pub workers: Vec<Beneficiary>,
}

impl ReadList {
    fn fault(&mut self, line: u32, rule: LineRule) {
        self.report.faults_count += 1;
        if self.report.faults.len() < FAULTS_TOLD {
            self.report.faults.push(LineFault { line, rule });
        }
    }
}

/// Reads a list. `today` is the day in Rome. Fails only when the bytes cannot be read.
pub fn read_list(file: impl Read, today: NaiveDate) -> io::Result<ReadList> {
    let mut lines = csv::ReaderBuilder::new()
        .has_headers(false)
        .delimiter(b';')
        .quoting(false)
        .flexible(true)
        // The carriage return of a CRLF stays at the end of the line, so that one anywhere else is seen.
        .terminator(csv::Terminator::Any(b'\n'))
        .from_reader(file.chain(&b"\n"[..]));
    let mut list = ReadList::default();
    let mut seen = HashSet::new();
    let mut line = csv::ByteRecord::new();
    let mut headed = false;
    while lines.read_byte_record(&mut line).map_err(io::Error::from)? {
        // Every line ends with a line feed, the last by the chain above: the reader stands at the start of the next.
        let number = u32::try_from(lines.position().line().saturating_sub(1)).unwrap_or(u32::MAX);
        if !headed {
            headed = true;
            if !is_heading(&line) {
                list.fault(number, LineRule::Heading);
                return Ok(list);
            }
            continue;
        }
        if is_blank(&line) {
            continue;
        }
        if list.report.workers as usize == WORKERS_MOST {
            list.fault(number, LineRule::TooMany);
            return Ok(list);
        }
        list.report.workers += 1;
        read_line(&line, number, today, &mut seen, &mut list);
    }
    if !headed {
        list.fault(1, LineRule::Heading);
    } else if list.report.workers == 0 {
        list.fault(2, LineRule::Empty);
    }
    Ok(list)
}

fn is_heading(line: &csv::ByteRecord) -> bool {
    line.len() == COLUMNS.len()
        && (0..).zip(COLUMNS).all(|(place, name)| {
            let field: &[u8] = &line[place];
            let field = if place == 0 {
                field.strip_prefix(UTF8_BOM).unwrap_or(field)
            } else {
                field
            };
            without_return(field, place) == name.as_bytes()
        })
}

/// A field without the carriage return that ends its line.
fn without_return(field: &[u8], place: usize) -> &[u8] {
    if place + 1 == COLUMNS.len() {
        field.strip_suffix(b"\r").unwrap_or(field)
    } else {
        field
    }
}

fn is_blank(line: &csv::ByteRecord) -> bool {
    line.len() == 1 && matches!(&line[0], b"" | b"\r")
}

fn read_line(
    line: &csv::ByteRecord,
    number: u32,
    today: NaiveDate,
    seen: &mut HashSet<String>,
    list: &mut ReadList,
) {
    if line.len() != COLUMNS.len() {
        return list.fault(number, LineRule::Columns);
    }
    let mut fields = [""; COLUMNS.len()];
    for (place, field) in fields.iter_mut().enumerate() {
        let Ok(text) = std::str::from_utf8(without_return(&line[place], place)) else {
            return list.fault(number, LineRule::Encoding);
        };
        *field = text;
    }
    let [code, qualifica, weekly, hired, requested, iban] = fields;
    let code: Option<CodiceFiscale> = code.parse().ok();
    let weekly = hundredths(weekly).filter(|hours| (1..=WEEKLY_HOURS_MOST).contains(hours));
    let hired = italian_day(hired).filter(|day| *day <= today);
    let requested = hundredths(requested).filter(|hours| *hours > 0);
    let iban: Option<Option<Iban>> = match iban {
        "" => Some(None),
        iban => iban.parse().ok().map(Some),
    };
    let twice = code
        .as_ref()
        .is_some_and(|code| !seen.insert(code.as_str().to_owned()));
    for (wrong, rule) in [
        (code.is_none(), LineRule::CodiceFiscale),
        (twice, LineRule::Duplicate),
        (!QUALIFICHE.contains(&qualifica), LineRule::Qualifica),
        (weekly.is_none(), LineRule::WeeklyHours),
        (hired.is_none(), LineRule::HiredOn),
        (requested.is_none(), LineRule::HoursRequested),
        (iban.is_none(), LineRule::Iban),
    ] {
        if wrong {
            list.fault(number, rule);
        }
    }
    list.report.hours_hundredths += requested.unwrap_or(0);
    // Of a list with a fault nobody will want the workers.
    if list.report.faults_count > 0 {
        list.workers = Vec::new();
    } else if let (Some(code), Some(weekly), Some(hired), Some(requested), Some(iban)) =
        (code, weekly, hired, requested, iban)
    {
        list.workers.push(Beneficiary {
            codice_fiscale: code.into(),
            qualifica: qualifica.to_owned(),
            weekly_hours_hundredths: weekly,
            hired_on: Some(hired),
            hours_requested_hundredths: requested,
            iban: iban.map(String::from).unwrap_or_default(),
        });
    }
}

/// Hundredths of a number such as `40`, `7,5` or `1234,25`: digits, and a comma with one or two more. At most seven
/// digits before the comma, which 50 000 times over stays far from the end of the numbers.
fn hundredths(text: &str) -> Option<i64> {
    let (whole, part) = match text.split_once(',') {
        Some((whole, part)) => (whole, part),
        None => (text, "0"),
    };
    let digits = |text: &str, most: usize| {
        (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    if !digits(whole, 7) || !digits(part, 2) {
        return None;
    }
    let scale = if part.len() == 1 { 10 } else { 1 };
    Some(whole.parse::<i64>().ok()? * 100 + part.parse::<i64>().ok()? * scale)
}

/// A day written `GG/MM/AAAA`.
fn italian_day(text: &str) -> Option<NaiveDate> {
    let shaped = text.len() == 10
        && text.bytes().enumerate().all(|(place, byte)| match place {
            2 | 5 => byte == b'/',
            _ => byte.is_ascii_digit(),
        });
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<u32>().ok();
    let year = i32::try_from(number(6, 10).filter(|_| shaped)?).ok()?;
    let day = NaiveDate::from_ymd_opt(year, number(3, 5)?, number(0, 2)?);
    day.filter(|_| year >= 1900)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::samples::day;

    const HEADING: &str =
        "codice_fiscale;qualifica;orario_settimanale;data_assunzione;ore_richieste;iban";
    const ROSSI: &str = "RSSMRA80A01H501U;1;40,00;02/03/2015;320;";
    const BIANCHI: &str = "BNCLRA85D45F205E;Q;37,5;01/10/2001;1280,25;";

    fn read(text: impl AsRef<[u8]>) -> ReadList {
        read_list(text.as_ref(), day("2026-09-10")).unwrap()
    }

    fn faults(text: impl AsRef<[u8]>) -> Vec<(u32, LineRule)> {
        let report = read(text).report;
        assert_eq!(report.faults_count as usize, report.faults.len());
        report.faults.iter().map(|it| (it.line, it.rule)).collect()
    }

    fn of_line(line: &str) -> Vec<LineRule> {
        let found = faults(format!("{HEADING}\n{line}\n"));
        assert!(found.iter().all(|(line, _)| *line == 2));
        found.into_iter().map(|(_, rule)| rule).collect()
    }

    #[test]
    fn a_right_list_is_read_in_order_and_summed() {
        let list = read(format!("{HEADING}\n{ROSSI}\n{BIANCHI}\n"));
        assert_eq!(
            (list.report.workers, list.report.hours_hundredths),
            (2, 160_025)
        );
        assert_eq!(list.report.faults, []);
        let first = &list.workers[0];
        assert_eq!(first.codice_fiscale, "RSSMRA80A01H501U");
        assert_eq!(first.weekly_hours_hundredths, 4_000);
        assert_eq!(first.hired_on, Some(day("2015-03-02")));
        assert_eq!(list.workers[1].hours_requested_hundredths, 128_025);
    }

    #[test]
    fn a_byte_order_mark_crlf_and_a_missing_last_line_end_change_nothing() {
        let plain = read(format!("{HEADING}\n{ROSSI}\n{BIANCHI}\n"));
        for text in [
            format!("\u{feff}{HEADING}\n{ROSSI}\n{BIANCHI}\n"),
            format!("{HEADING}\r\n{ROSSI}\r\n{BIANCHI}\r\n"),
            format!("{HEADING}\r\n{ROSSI}\n{BIANCHI}"),
            format!("\u{feff}{HEADING}\n{ROSSI}\r\n{BIANCHI}\r\n\r\n\n"),
        ] {
            let list = read(&text);
            assert_eq!(
                (list.report, list.workers),
                (plain.report.clone(), plain.workers.clone()),
                "{text:?}"
            );
        }
    }

    #[test]
    fn the_heading_is_exactly_that_of_the_page() {
        for text in [
            String::new(),
            "\n\n".to_owned(),
            ROSSI.to_owned(),
            HEADING.to_uppercase(),
            HEADING.replace(';', ","),
            format!("{HEADING};note"),
            format!(" {HEADING}"),
        ] {
            let found = read(&text).report.faults;
            assert_eq!(found.len(), 1, "{text:?}");
            assert_eq!(found[0].rule, LineRule::Heading, "{text:?}");
        }
        assert_eq!(faults(HEADING), [(2, LineRule::Empty)]);
    }

    #[test]
    fn each_rule_names_its_column() {
        for (line, rule, column) in [
            (
                "RSSMRA80A01H501V;1;40;02/03/2015;320;",
                LineRule::CodiceFiscale,
                "codice_fiscale",
            ),
            (
                "RSSMRA80A01H501U;9;40;02/03/2015;320;",
                LineRule::Qualifica,
                "qualifica",
            ),
            (
                "RSSMRA80A01H501U;q;40;02/03/2015;320;",
                LineRule::Qualifica,
                "qualifica",
            ),
            (
                "RSSMRA80A01H501U;1;48,01;02/03/2015;320;",
                LineRule::WeeklyHours,
                "orario_settimanale",
            ),
            (
                "RSSMRA80A01H501U;1;40.5;02/03/2015;320;",
                LineRule::WeeklyHours,
                "orario_settimanale",
            ),
            (
                "RSSMRA80A01H501U;1;0;02/03/2015;320;",
                LineRule::WeeklyHours,
                "orario_settimanale",
            ),
            (
                "RSSMRA80A01H501U;1;40;2015-03-02;320;",
                LineRule::HiredOn,
                "data_assunzione",
            ),
            (
                "RSSMRA80A01H501U;1;40;31/02/2015;320;",
                LineRule::HiredOn,
                "data_assunzione",
            ),
            (
                "RSSMRA80A01H501U;1;40;11/09/2026;320;",
                LineRule::HiredOn,
                "data_assunzione",
            ),
            (
                "RSSMRA80A01H501U;1;40;02/03/2015;0,00;",
                LineRule::HoursRequested,
                "ore_richieste",
            ),
            (
                "RSSMRA80A01H501U;1;40;02/03/2015;-8;",
                LineRule::HoursRequested,
                "ore_richieste",
            ),
            (
                "RSSMRA80A01H501U;1;40;02/03/2015;1.000,00;",
                LineRule::HoursRequested,
                "ore_richieste",
            ),
            (
                "RSSMRA80A01H501U;1;40;02/03/2015;8,125;",
                LineRule::HoursRequested,
                "ore_richieste",
            ),
            (
                "RSSMRA80A01H501U;1;40;02/03/2015;320;IT61X0542811101000000123456",
                LineRule::Iban,
                "iban",
            ),
            (
                "RSSMRA80A01H501U;1;40;02/03/2015;320",
                LineRule::Columns,
                "",
            ),
            (
                "\"RSSMRA80A01H501U\";1;40;02/03/2015;320;",
                LineRule::CodiceFiscale,
                "codice_fiscale",
            ),
            (
                "RSSMRA80A01H501U;1;40;02/03/2015\r;320;",
                LineRule::HiredOn,
                "data_assunzione",
            ),
        ] {
            assert_eq!(of_line(line), [rule], "{line:?}");
            assert_eq!(rule.column(), column);
        }
        assert_eq!(
            of_line("RSSMRA80A01H501U;3;48,00;10/09/2026;0,01;IT60X0542811101000000123456"),
            []
        );
        assert_eq!(of_line("x;x;x;x;x;x").len(), 6);
    }

    #[test]
    fn a_worker_who_stands_there_twice_is_told_where_he_comes_again() {
        let again = ROSSI.to_lowercase().replace("320", "8");
        let text = format!("{HEADING}\n{ROSSI}\n\n{BIANCHI}\r\n {again}\n");
        assert_eq!(faults(text), [(5, LineRule::Duplicate)]);
    }

    #[test]
    fn a_line_that_is_not_utf_8_is_told_as_such() {
        let text = [
            HEADING.as_bytes(),
            b"\n",
            ROSSI.as_bytes(),
            b"\nR\xff;1;40;02/03/2015;320;\n",
        ]
        .concat();
        assert_eq!(faults(text), [(3, LineRule::Encoding)]);
    }

    #[test]
    fn a_thousand_faults_are_told_and_all_are_counted() {
        let report = read(format!("{HEADING}\n{}", "x;x;x;x;x;\n".repeat(600))).report;
        assert_eq!((report.faults_count, report.faults.len()), (3_000, 1_000));
        assert_eq!(report.faults[999].line, 201);
        assert_eq!(report.workers, 600);
    }

    #[test]
    fn nothing_after_fifty_thousand_workers_is_looked_at() {
        let text = format!(
            "{HEADING}\n{}",
            "x;1;40;02/03/2015;320;\n".repeat(WORKERS_MOST + 10)
        );
        let report = read(text).report;
        assert_eq!(report.faults_count as usize, WORKERS_MOST + 1);
        assert_eq!(report.workers as usize, WORKERS_MOST);
    }

    proptest! {
        #[test]
        fn hours_with_a_decimal_comma_come_back(hours in 0_i64..=999_999_999) {
            let text = format!("{},{:02}", hours / 100, hours % 100);
            prop_assert_eq!(hundredths(&text), Some(hours));
        }

        #[test]
        fn any_bytes_are_read_to_an_end(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let file = [HEADING.as_bytes(), b"\n", &bytes].concat();
            let list = read_list(file.as_slice(), day("2026-09-10")).unwrap();
            prop_assert!(list.report.faults_count == 0 || list.workers.is_empty());
        }
    }
}
