//! The list of workers as text: the CSV of `claims.md` CLM-3, typed or pasted.

use kernel::CodiceFiscale;
use proto::omnia::claims::v1::{Beneficiary, DraftContent};

use crate::text::{Language, Text, format};

/// First line of the file; may be missing in what is pasted.
pub(crate) const HEADING: &str =
    "codice_fiscale;qualifica;orario_settimanale;data_assunzione;ore_richieste;iban";
/// Workers of a claim in the contract.
const MOST: usize = 5_000;
/// Faults that are told.
const MOST_FAULTS: usize = 100;

/// The list as text, a line a worker.
pub(crate) fn text_of(content: &DraftContent) -> String {
    let mut text = String::new();
    for worker in &content.beneficiaries {
        let line = [
            worker.codice_fiscale.clone(),
            worker.qualifica.clone(),
            format::hundredths(worker.weekly_hours_hundredths, Language::Italian),
            format::date(worker.hired_on.as_ref()),
            format::hundredths(worker.hours_requested_hundredths, Language::Italian),
        ];
        text.push_str(&line.join(";"));
        if !worker.iban.is_empty() {
            text.push(';');
            text.push_str(&worker.iban);
        }
        text.push('\n');
    }
    text
}

/// Workers as lines of a file to upload: six columns, and numbers with nothing but a decimal comma.
pub(crate) fn file_lines(workers: &[Beneficiary]) -> String {
    let number = |hundredths: i64| format!("{},{:02}", hundredths / 100, hundredths % 100);
    let line = |worker: &Beneficiary| {
        let Beneficiary {
            codice_fiscale,
            qualifica,
            iban,
            ..
        } = worker;
        let weekly = number(worker.weekly_hours_hundredths);
        let hired = format::date(worker.hired_on.as_ref());
        let hours = number(worker.hours_requested_hundredths);
        format!("{codice_fiscale};{qualifica};{weekly};{hired};{hours};{iban}\r\n")
    };
    workers.iter().map(line).collect()
}

/// Reads the list: all of it, or what is wrong with it, by line and column.
pub(crate) fn read(t: Text, text: &str) -> Result<Vec<Beneficiary>, Vec<String>> {
    let mut workers = Vec::new();
    let mut faults = Vec::new();
    for (line, row) in (1..).zip(text.trim_start_matches('\u{feff}').lines()) {
        let row = row.trim();
        if row.is_empty() || row.eq_ignore_ascii_case(HEADING) {
            continue;
        }
        match worker(t, row) {
            Ok(worker) => workers.push(worker),
            Err((column, problem)) => faults.push(t.line_fault(line, column, problem)),
        }
        if faults.len() >= MOST_FAULTS {
            break;
        }
    }
    if workers.len() > MOST {
        faults.push(t.too_many_workers(MOST));
    }
    if faults.is_empty() {
        Ok(workers)
    } else {
        Err(faults)
    }
}

/// Puts the list into a draft, with the totals that follow from it.
pub(crate) fn put(content: &mut DraftContent, workers: Vec<Beneficiary>) {
    content.beneficiaries_count = i32::try_from(workers.len()).unwrap_or(i32::MAX);
    content.hours_requested_hundredths = workers
        .iter()
        .map(|worker| worker.hours_requested_hundredths)
        .fold(0, i64::saturating_add);
    content.beneficiaries = workers;
    content.beneficiaries_omitted = false;
}

type Fault = (&'static str, &'static str);

fn worker(t: Text, row: &str) -> Result<Beneficiary, Fault> {
    let columns: Vec<&str> = row.split([';', '\t']).map(str::trim).collect();
    let &[code, qualifica, weekly, hired, hours, ref rest @ ..] = columns.as_slice() else {
        return Err((t.whole_line(), t.fault_columns()));
    };
    let code = code.to_ascii_uppercase();
    code.parse::<CodiceFiscale>()
        .map_err(|_| (t.codice_fiscale(), t.fault_codice_fiscale()))?;
    let weekly = positive(weekly).ok_or((t.weekly_hours(), t.fault_hours()))?;
    let hired = format::typed_day(hired).ok_or((t.hired_on(), t.fault_day()))?;
    let hours = positive(hours).ok_or((t.hours_requested(), t.fault_hours()))?;
    if rest.iter().skip(1).any(|more| !more.is_empty()) {
        return Err((t.whole_line(), t.fault_columns()));
    }
    let iban = rest.first().copied().unwrap_or_default();
    Ok(Beneficiary {
        codice_fiscale: code,
        qualifica: qualifica.to_ascii_uppercase(),
        weekly_hours_hundredths: weekly,
        hired_on: Some(format::to_message(hired)),
        hours_requested_hundredths: hours,
        iban: iban.replace(' ', "").to_ascii_uppercase(),
    })
}

fn positive(text: &str) -> Option<i64> {
    format::typed_hundredths(text).filter(|hours| *hours > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const T: Text = Text(Language::Italian);

    #[test]
    fn a_pasted_list_is_read_with_and_without_its_heading() {
        let line = "xxbhcb70a01z990f;1;40,00;07/01/2015;100,00;";
        for text in [
            line.to_owned(),
            format!("\u{feff}{HEADING}\r\n{line}\r\n\r\n"),
        ] {
            let workers = read(T, &text).unwrap();
            assert_eq!(workers.len(), 1);
            assert_eq!(workers[0].codice_fiscale, "XXBHCB70A01Z990F");
            assert_eq!(workers[0].hours_requested_hundredths, 10_000);
        }
    }

    #[test]
    fn a_file_that_is_downloaded_can_be_uploaded_again() {
        let text = "XXBHCB70A01Z990F;1;40,00;07/01/2015;1.234,50\n";
        let workers = read(T, text).unwrap();
        assert_eq!(
            file_lines(&workers),
            "XXBHCB70A01Z990F;1;40,00;07/01/2015;1234,50;\r\n"
        );
    }

    #[test]
    fn every_fault_names_its_line_and_column() {
        let text = "XXBHCB70A01Z990F;1;40;07/01/2015;100\nXXBHCB70A01Z990G;1;40;07/01/2015;100\nXXCHCB70A01Z990K;1;40;ieri;100\nsolo";
        let faults = read(T, text).unwrap_err();
        assert_eq!(faults.len(), 3);
        assert!(faults[0].contains('2') && faults[0].contains(T.codice_fiscale()));
        assert!(faults[1].contains('3') && faults[1].contains(T.hired_on()));
        assert!(faults[2].contains('4'));
    }

    #[test]
    fn totals_follow_from_the_list_and_the_list_reads_back_as_it_was() {
        let text = "XXBHCB70A01Z990F;1;40,00;07/01/2015;100,50\nXXCHCB70A01Z990K;Q;38,50;01/02/2020;99,50;IT60X0542811101000000123456\n";
        let mut content = DraftContent::default();
        put(&mut content, read(T, text).unwrap());
        assert_eq!(content.beneficiaries_count, 2);
        assert_eq!(content.hours_requested_hundredths, 20_000);
        assert_eq!(text_of(&content), text);
    }
}
