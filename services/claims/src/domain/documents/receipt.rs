//! The receipt of a submission (CLM-13).

use kernel::rome;
use press::{Align, Block, Column, Document, Style};

use super::words::{self, date, entry, hours, paragraph, section, span, title, weeks};
use super::{LANGUAGE, NUMBERING};
use crate::domain::checks::{Finding, Severity};
use crate::domain::claim::{Claim, Filing};
use crate::domain::rules::Rules;

/// The receipt of a filed claim. `office` is the title of the competent office; empty when it is not known.
pub fn receipt(claim: &Claim, filing: &Filing, office: &str, rules: &Rules) -> Document {
    let protocol = &filing.protocol;
    let office = words::office(office, filing.office.as_str());
    let mut blocks = vec![
        title("Ricevuta di presentazione della domanda"),
        paragraph(
            Style::Plain,
            format!(
                "La domanda di integrazione salariale è stata ricevuta e protocollata con il numero {protocol}. Questa \
                 ricevuta attesta la presentazione e non anticipa l'esito."
            ),
        ),
        head(claim, filing, &office),
        section("Che cosa è stato chiesto"),
        asked(claim, filing, rules),
        section("Termini"),
    ];
    blocks.extend(
        terms(filing)
            .into_iter()
            .map(|it| paragraph(Style::Plain, it)),
    );
    blocks.push(section("Rilievi e note"));
    blocks.extend(findings(claim, filing));
    blocks.push(section("Che cosa succede ora"));
    blocks.push(paragraph(
        Style::Plain,
        format!(
            "La domanda è assegnata a: {office}. Il provvedimento sarà consultabile nel servizio appena adottato. Dopo la \
             presentazione nessun dato della domanda cambia: eventuali integrazioni passano dalle richieste dell'ufficio."
        ),
    ));
    Document {
        title: format!("Ricevuta della domanda {protocol}"),
        subject: "Ricevuta di presentazione di una domanda di integrazione salariale".to_owned(),
        author: office,
        language: LANGUAGE.to_owned(),
        issued_at: filing.submitted_at,
        foot: format!("Ricevuta della domanda {protocol}"),
        numbering: NUMBERING.to_owned(),
        blocks,
    }
}

fn head(claim: &Claim, filing: &Filing, office: &str) -> Block {
    let at = rome::local(filing.submitted_at);
    let filer = claim.content.filer_quality.map_or("", words::quality);
    Block::Definitions {
        entries: vec![
            entry("Protocollo", filing.protocol.to_string()),
            entry("Ticket", filing.ticket.to_string()),
            entry(
                "Presentata il",
                at.format("%d/%m/%Y alle ore %H:%M:%S").to_string(),
            ),
            entry("In qualità di", filer),
            entry("Struttura competente", office),
            entry("Datore di lavoro", claim.employer_name.clone()),
            entry("Codice fiscale", filing.unit.employer_cf.clone()),
            entry("Unità produttiva", words::unit(claim)),
        ],
    }
}

fn asked(claim: &Claim, filing: &Filing, rules: &Rules) -> Block {
    let asked = &filing.asked;
    Block::Definitions {
        entries: vec![
            entry("Prestazione", words::product(asked.product)),
            entry("Causale", words::causale(claim, rules)),
            entry(
                "Periodo",
                format!(
                    "{}, {}",
                    span(asked.whole.period),
                    weeks(asked.whole.period)
                ),
            ),
            entry("Lavoratori", asked.whole.beneficiaries.to_string()),
            entry("Ore", hours(asked.whole.hours_hundredths)),
            entry("Modalità di pagamento", words::payment(asked.payment_mode)),
        ],
    }
}

/// How the claim stands to its term, and what a late one costs (`claims.md` §4.7).
fn terms(filing: &Filing) -> Vec<String> {
    let lateness = &filing.lateness;
    let Some(due) = lateness.due else {
        return vec![
            "Per questa prestazione non è previsto un termine di presentazione.".to_owned(),
        ];
    };
    if !lateness.filed_late {
        return vec![format!(
            "La domanda è nei termini: l'ultimo giorno utile era il {}.",
            date(due)
        )];
    }
    let mut terms = vec![format!(
        "La domanda è stata presentata oltre il termine, che era il {}.",
        date(due)
    )];
    if let Some(day) = lateness.earliest_recognisable {
        terms.push(format!(
            "Non possono essere riconosciuti periodi anteriori al {}.",
            date(day)
        ));
    }
    if lateness.nothing_recognisable {
        terms.push("Nessun periodo può essere riconosciuto: può seguire solo la reiezione per domanda fuori termine.".to_owned());
    }
    terms.push(
        "Se dall'omessa o tardiva presentazione deriva ai lavoratori la perdita totale o parziale del diritto, il datore di \
         lavoro deve corrispondere loro una somma di importo equivalente all'integrazione salariale non percepita \
         (articolo 15, comma 4, del D.Lgs. n.\u{A0}148/2015)."
            .to_owned(),
    );
    terms
}

fn findings(claim: &Claim, filing: &Filing) -> Vec<Block> {
    if filing.findings.is_empty() {
        let none = "Nessun rilievo al momento della presentazione.";
        return vec![paragraph(Style::Plain, none)];
    }
    let columns = [
        ("Rilievo", 40),
        ("Testo", 110),
        ("Nota del richiedente", 70),
    ];
    vec![Block::Table {
        caption: "Rilievi al momento della presentazione".to_owned(),
        columns: columns
            .into_iter()
            .map(|(title, share)| Column {
                title: title.to_owned(),
                share,
                align: Align::Start,
            })
            .collect(),
        rows: filing.findings.iter().map(|it| row(claim, it)).collect(),
    }]
}

fn row(claim: &Claim, finding: &Finding) -> Vec<String> {
    let notes = &claim.content.override_notes;
    let note = notes.iter().find(|it| it.code == finding.code.code());
    let weight = match finding.severity {
        Severity::Info => "Informazione",
        Severity::Force => "Forzatura",
        Severity::Block => "Blocco",
    };
    vec![
        format!("{weight}: {}", finding.code.code().replace('_', " ")),
        finding.it.clone(),
        note.map(|it| it.note.clone()).unwrap_or_default(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::checks::Code;
    use crate::domain::content::OverrideNote;
    use crate::domain::rules::IN_FORCE;
    use crate::domain::samples;

    fn of(claim: &Claim) -> String {
        let filing = claim.filing.as_ref().unwrap();
        let document = receipt(claim, filing, "Direzione provinciale di Milano", &IN_FORCE);
        assert!(press::print(&document).is_ok());
        serde_json::to_string(&document).unwrap()
    }

    #[test]
    fn a_receipt_says_what_clm_13_asks_for() {
        let words = of(&samples::filed("2026-09-07", 8, "2026-09-10"));
        for said in [
            "INPS.4900.10/09/2026.0000001",
            "ABCDEFGH12345678",
            "10/09/2026 alle ore 12:00:00",
            "Direzione provinciale di Milano (490000)",
            "consulente aziendale",
            "l'ultimo giorno utile era il 22/09/2026",
            "640,00",
        ] {
            assert!(words.contains(said), "{said}");
        }
        assert!(!words.contains("RSSMRA80A01H501U"));
    }

    #[test]
    fn the_receipt_of_a_late_claim_says_what_the_delay_costs() {
        let words = of(&samples::filed("2026-09-07", 8, "2026-10-05"));
        assert!(words.contains("anteriori al 28/09/2026"));
        assert!(words.contains("articolo 15, comma 4"));
    }

    #[test]
    fn findings_stand_with_the_notes_of_whoever_forced_them() {
        let mut claim = samples::filed("2026-09-07", 8, "2026-09-10");
        let finding = Finding {
            code: Code::SameUnitSamePeriod,
            severity: Severity::Force,
            field: String::new(),
            it: "Un'altra domanda viva della stessa unità.".into(),
            en: String::new(),
            source: "claims.md S6".into(),
        };
        claim.filing.as_mut().unwrap().findings = vec![finding];
        claim.content.override_notes = vec![OverrideNote {
            code: "SAME_UNIT_SAME_PERIOD".into(),
            note: "Reparti diversi".into(),
        }];
        let words = of(&claim);
        assert!(
            words.contains("Forzatura: SAME UNIT SAME PERIOD") && words.contains("Reparti diversi")
        );
    }
}
