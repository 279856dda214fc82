//! Both layouts bring the same lines; what is wrong is told by line, column and rule.

use std::fmt::Write;

use kernel::Hours;
use proptest::prelude::*;

use super::*;
use crate::domain::refusal::{Fault, FlowCode};
use crate::domain::samples::{WORKERS, header};

/// The fields of a line that is right, by column.
fn fields(worker: &str) -> Vec<String> {
    let values = [
        worker,
        "Rossi",
        "Mario \"Uno\" & figli",
        "2026-09",
        "0",
        "1",
        "40,00",
        "5",
        "",
        "12,50",
        "176",
        "",
        "40,00",
        "20",
        "20,0",
        "",
        "",
        "IT60X0542811101000000123456",
        "N",
        "",
        "",
        "",
        "",
        "",
        "N",
        "677,95",
    ];
    values.map(str::to_owned).to_vec()
}

fn csv(lines: &[Vec<String>]) -> String {
    let mut text = COLUMNS.join(";");
    text.push('\n');
    for line in lines {
        let quoted: Vec<_> = line
            .iter()
            .map(|field| format!("\"{}\"", field.replace('"', "\"\"")))
            .collect();
        text.push_str(&quoted.join(";"));
        text.push('\n');
    }
    text
}

const ELEMENTS: [&str; 26] = [
    "CodiceFiscale",
    "Cognome",
    "Nome",
    "Mese",
    "TipoRichiesta",
    "Qualifica",
    "OrarioSettimanale",
    "GiorniSettimana",
    "PercPartTime",
    "PagaOraria",
    "OreLavorabili",
    "1",
    "2",
    "3",
    "4",
    "5",
    "6",
    "Iban",
    "BonificoDomiciliato",
    "Indirizzo",
    "Cap",
    "Comune",
    "Provincia",
    "Cellulare",
    "Trattenute",
    "ImportoAtteso",
];

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('"', "&#34;")
}

fn testata(lines: usize, hours: &str) -> String {
    format!(
        "<Testata><Tipo>UNIEMENS_CIG</Tipo><NumeroAutorizzazione>490026000001</NumeroAutorizzazione>\
         <Ticket>A0DWB0WZ3UK4M3Y1</Ticket><Matricola>4900000001</Matricola><PeriodoDal>2026-09-07</PeriodoDal>\
         <PeriodoAl>2026-09-30</PeriodoAl><NumeroRighe>{lines}</NumeroRighe><TotaleOre>{hours}</TotaleOre></Testata>"
    )
}

fn lavoratore(line: &[String]) -> String {
    let mut text = String::from("<Lavoratore>");
    for (place, (element, value)) in ELEMENTS.iter().zip(line).enumerate() {
        let value = if (3..=17).contains(&place) || place == 25 {
            value.replace(',', ".")
        } else {
            escaped(value)
        };
        let open = match place {
            11 => "<Ore>",
            19 => "<Recapito>",
            _ => "",
        };
        let close = match place {
            16 => "</Ore>",
            22 => "</Recapito>",
            _ => "",
        };
        let element = match place {
            11..=16 => format!("<Settimana n=\"{element}\">{value}</Settimana>"),
            _ if value.is_empty() => format!("<{element}/>"),
            _ => format!("<{element}>{value}</{element}>"),
        };
        write!(text, "{open}{element}{close}").unwrap();
    }
    text + "</Lavoratore>"
}

fn xml(lines: &[Vec<String>], hours: &str) -> String {
    let workers: Vec<_> = lines.iter().map(|line| lavoratore(line)).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<FlussoPagamento xmlns=\"{NAMESPACE}\">{}{}</FlussoPagamento>",
        testata(lines.len(), hours),
        workers.concat()
    )
}

fn header_of(lines: u32, hours: i64) -> Header {
    Header {
        lines,
        hours: Hours::from_hundredths(hours),
        ..header()
    }
}

fn from_csv(text: &str, header: &Header) -> (Reading, Vec<Line>) {
    let mut lines = Vec::new();
    let reading = read_csv(header, text.as_bytes(), &mut |line| lines.push(line)).unwrap();
    assert_eq!(unknown_field(&reading), None);
    (reading, lines)
}

fn from_xml(text: &str) -> (Reading, Vec<Line>) {
    let mut lines = Vec::new();
    let reading = read_xml(text.as_bytes(), &mut |line| lines.push(line)).unwrap();
    assert_eq!(unknown_field(&reading), None);
    (reading, lines)
}

/// A field that a fault names and that is none of those listed.
fn unknown_field(reading: &Reading) -> Option<&'static str> {
    let mut named = reading.faults.told.iter().map(|fault| fault.field);
    named.find(|field| fault_fields().all(|known| known != *field))
}

#[test]
fn both_layouts_bring_the_same_header_and_lines() {
    let mut domiciled = fields(WORKERS[1]);
    for (column, value) in [
        (8, "62,50"),
        (17, ""),
        (18, "S"),
        (19, "Via Roma 1"),
        (20, "20100"),
        (21, "Milano"),
        (22, "MI"),
        (23, "+393331234567"),
        (24, "S"),
        (25, ""),
    ] {
        value.clone_into(&mut domiciled[column]);
    }
    let written = [fields(WORKERS[0]), domiciled];
    let (by_csv, csv_lines) = from_csv(&csv(&written), &header_of(2, 16_000));
    let (by_xml, xml_lines) = from_xml(&xml(&written, "160.00"));
    assert_eq!(by_csv.faults, Faults::default());
    assert_eq!(by_xml.faults, Faults::default());
    assert_eq!(by_csv.header, by_xml.header);
    assert_eq!((by_csv.lines, by_csv.hours), (by_xml.lines, by_xml.hours));
    assert!(csv_lines == xml_lines);
    assert_eq!(csv_lines[0].name, "Mario \"Uno\" & figli");
    assert_eq!(csv_lines[0].hours(), Hours::from_hundredths(8000));
    assert_eq!(
        csv_lines[1].contractual_hours(),
        Hours::from_hundredths(2500)
    );
}

#[test]
fn what_is_wrong_with_a_value_is_told_by_line_column_and_rule() {
    let cases = [
        (0, "", Rule::Required),
        (1, "", Rule::Required),
        (3, "2026-9", Rule::Value),
        (3, "2026-10", Rule::MonthOutsidePeriod),
        (4, "2", Rule::Value),
        (5, "Z", Rule::Value),
        (6, "48,01", Rule::ContractHours),
        (6, "0", Rule::ContractHours),
        (7, "7", Rule::Value),
        (8, "100", Rule::Value),
        (9, "12.50", Rule::Value),
        (9, "0,00", Rule::Value),
        (10, "240,01", Rule::Value),
        (11, "8", Rule::WeekOutsidePeriod),
        (12, "-1", Rule::Value),
        (12, "10000,01", Rule::Value),
        (16, "1", Rule::WeekOutsidePeriod),
        (17, "", Rule::Required),
        (17, "IT61X0542811101000000123456", Rule::Iban),
        (18, "X", Rule::Value),
        (23, "telefono", Rule::Value),
        (24, "", Rule::Required),
        (25, "molto", Rule::Value),
    ];
    for (column, value, rule) in cases {
        let mut spoilt = fields(WORKERS[1]);
        value.clone_into(&mut spoilt[column]);
        let text = csv(&[fields(WORKERS[0]), spoilt]);
        let (reading, _) = from_csv(&text, &header_of(2, 16_000));
        let expected = Fault {
            line: 2,
            field: COLUMNS[column],
            rule,
        };
        assert_eq!(reading.faults.told, [expected], "{value}");
    }
}

#[test]
fn a_codice_fiscale_of_any_length_comes_through() {
    let mut long = fields(WORKERS[0]);
    long[0].push('X');
    let (reading, lines) = from_csv(&csv(&[long.clone()]), &header_of(1, 8000));
    assert!(reading.faults.is_empty());
    assert_eq!(lines[0].codice_fiscale, long[0]);
    long[0] = "X".repeat(61);
    let (reading, _) = from_csv(&csv(&[long]), &header_of(1, 8000));
    assert_eq!(reading.faults.told[0].rule, Rule::Value);
}

#[test]
fn every_fault_of_a_line_is_told_at_once() {
    let mut spoilt = fields(WORKERS[0]);
    "x".clone_into(&mut spoilt[9]);
    "C08930".clone_into(&mut spoilt[17]);
    "".clone_into(&mut spoilt[24]);
    let (reading, lines) = from_csv(&csv(&[spoilt]), &header_of(1, 8000));
    let rules: Vec<_> = reading.faults.told.iter().map(|fault| fault.rule).collect();
    assert_eq!(rules, [Rule::Value, Rule::Required, Rule::Iban]);
    assert_eq!(
        reading.faults.codes(),
        [FlowCode::Malformed, FlowCode::IbanInvalid]
    );
    assert!(lines.is_empty());
}

#[test]
fn a_bonifico_domiciliato_needs_an_address() {
    let mut spoilt = fields(WORKERS[0]);
    "S".clone_into(&mut spoilt[18]);
    "2010".clone_into(&mut spoilt[20]);
    let (reading, _) = from_csv(&csv(&[spoilt]), &header_of(1, 8000));
    let told: Vec<_> = reading
        .faults
        .told
        .iter()
        .map(|it| (it.field, it.rule))
        .collect();
    assert_eq!(
        told,
        [
            ("indirizzo", Rule::Required),
            ("comune", Rule::Required),
            ("provincia", Rule::Required),
            ("cap", Rule::Value),
        ]
    );
}

#[test]
fn hours_are_required_of_types_0_and_1_alone() {
    let mut adjustment = fields(WORKERS[0]);
    for week in &mut adjustment[11..=16] {
        week.clear();
    }
    let (reading, _) = from_csv(&csv(std::slice::from_ref(&adjustment)), &header_of(1, 0));
    assert_eq!(reading.faults.told[0].rule, Rule::NoHours);
    "3".clone_into(&mut adjustment[4]);
    let (reading, lines) = from_csv(&csv(&[adjustment]), &header_of(1, 0));
    assert!(reading.faults.is_empty() && lines.len() == 1);
}

#[test]
fn worker_month_and_type_stand_once() {
    let mut other_type = fields(WORKERS[0]);
    "1".clone_into(&mut other_type[4]);
    let twice = [fields(WORKERS[0]), other_type, fields(WORKERS[0])];
    let (reading, _) = from_csv(&csv(&twice), &header_of(3, 24_000));
    assert_eq!(reading.faults.codes(), [FlowCode::DuplicateLine]);
    assert_eq!(reading.faults.told[0].line, 3);
}

#[test]
fn totals_are_those_of_the_header() {
    let text = csv(&[fields(WORKERS[0])]);
    for (header, rule) in [
        (header_of(2, 8000), Rule::LinesTotal),
        (header_of(1, 8001), Rule::HoursTotal),
    ] {
        let (reading, _) = from_csv(&text, &header);
        assert_eq!(reading.faults.codes(), [FlowCode::TotalsMismatch]);
        assert_eq!(reading.faults.told[0].rule, rule);
    }
}

#[test]
fn a_header_may_announce_the_hours_of_the_largest_flow() {
    // 200 000 lines of 240 hours.
    let text = xml(&[fields(WORKERS[0])], "48000000.00");
    let (reading, _) = from_xml(&text);
    let announced = reading.header.unwrap().hours;
    assert_eq!(announced, Hours::from_hundredths(4_800_000_000));
    assert_eq!(reading.faults.told[0].rule, Rule::HoursTotal);
}

#[test]
fn a_csv_that_is_none_is_told_as_a_whole() {
    for (text, line, rule) in [
        (String::new(), 0, Rule::Heading),
        ("codice_fiscale;nome\n".to_owned(), 0, Rule::Heading),
        (csv(&[]), 0, Rule::Empty),
        (csv(&[]) + "a;b;c\n", 1, Rule::Columns),
        (csv(&[]) + &"a".repeat(200_000), 1, Rule::Columns),
    ] {
        let (reading, _) = from_csv(&text, &header_of(1, 8000));
        let fault = reading.faults.told[0];
        assert_eq!((fault.line, fault.rule), (line, rule));
    }
}

#[test]
fn a_uniemens_cig_flow_covers_one_month() {
    let mut two_months = header_of(1, 8000);
    two_months.period = kernel::Period::between(
        two_months.period.first_day(),
        crate::domain::samples::day(2026, 10, 31),
    );
    let (reading, _) = from_csv(&csv(&[fields(WORKERS[0])]), &two_months);
    assert_eq!(reading.faults.told[0].field, "PeriodoAl");
    two_months.kind = crate::domain::flow::FlowKind::Sr41;
    let (reading, _) = from_csv(&csv(&[fields(WORKERS[0])]), &two_months);
    assert!(reading.faults.is_empty());
}

#[test]
fn an_xml_with_a_dtd_an_entity_or_another_shape_is_refused() {
    let right = xml(&[fields(WORKERS[0])], "80.00");
    let cases = [
        right.replace("?>\n", "?>\n<!DOCTYPE FlussoPagamento [<!ENTITY a \"b\">]>"),
        right.replace("Rossi", "&a;"),
        right.replace("urn:omnia", "urn:other"),
        right.replace(
            "<Cognome>Rossi</Cognome>",
            "<Cognome>Rossi</Cognome><Altro/>",
        ),
        right.replace(
            "<Cognome>Rossi</Cognome>",
            "<Cognome>A</Cognome><Cognome>B</Cognome>",
        ),
        right.replace("n=\"6\"", "n=\"7\""),
        right.replace("n=\"6\"", "n=\"5\""),
        right.replace("<Lavoratore>", "<Lavoratore>testo"),
        right.replace("</Lavoratore>", ""),
        right[..right.len() - 5].to_owned(),
        format!("{right}{right}"),
        right.replace("Rossi", &"x".repeat(70_000)),
        "testo".to_owned(),
        String::new(),
    ];
    for text in cases {
        let (reading, _) = from_xml(&text);
        assert_eq!(reading.faults.codes(), [FlowCode::Malformed], "{text:.200}");
    }
    assert!(from_xml(&right).0.faults.is_empty());
}

#[test]
fn every_fault_of_the_header_names_its_element() {
    let spoilt = xml(&[fields(WORKERS[0])], "80.00")
        .replace("UNIEMENS_CIG", "SR99")
        .replace("<Matricola>4900000001</Matricola>", "")
        .replace("2026-09-30", "2026-09-01");
    let (reading, lines) = from_xml(&spoilt);
    let told: Vec<_> = reading
        .faults
        .told
        .iter()
        .map(|it| (it.field, it.rule))
        .collect();
    assert_eq!(
        told,
        [
            ("Tipo", Rule::Value),
            ("Matricola", Rule::Required),
            ("PeriodoAl", Rule::Value),
        ]
    );
    assert!(lines.is_empty());
}

#[test]
fn the_header_stands_once_and_before_every_line() {
    let right = xml(&[fields(WORKERS[0])], "80.00");
    let header = testata(1, "80.00");
    let again = right.replace("</FlussoPagamento>", &format!("{header}</FlussoPagamento>"));
    let moved = again.replacen(&header, "", 1);
    for (text, line, rule) in [(moved, 0, Rule::Required), (again, 1, Rule::Element)] {
        let fault = Fault {
            line,
            field: "Testata",
            rule,
        };
        assert_eq!(from_xml(&text).0.faults.told, [fault]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_bytes_make_a_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        read_xml(bytes.as_slice(), &mut |_| {}).unwrap();
        read_csv(&header_of(1, 1), bytes.as_slice(), &mut |_| {}).unwrap();
    }

    #[test]
    fn any_cut_of_a_right_file_is_refused_and_not_misread(cut in 0_usize..900) {
        let right = xml(&[fields(WORKERS[0]), fields(WORKERS[1])], "160.00");
        prop_assume!(right.is_char_boundary(cut) && cut < right.len());
        prop_assert!(!from_xml(&right[..cut]).0.faults.is_empty());
    }

    #[test]
    fn any_names_come_through_both_layouts(surname in "[A-Za-zàèìòù' &<\";]{1,60}") {
        prop_assume!(!surname.trim().is_empty());
        let mut line = fields(WORKERS[0]);
        line[1].clone_from(&surname);
        let (_, by_csv) = from_csv(&csv(std::slice::from_ref(&line)), &header_of(1, 8000));
        let (_, by_xml) = from_xml(&xml(&[line], "80.00"));
        prop_assert_eq!(by_csv[0].surname.as_str(), surname.trim());
        prop_assert!(by_csv == by_xml);
    }
}
