//! The act of a decision (CLM-22).

use chrono::NaiveDate;
use kernel::{ProtocolNumber, rome};
use press::{Align, Block, Column, Document, Style};

use super::verification::grouped;
use super::words::{
    self, date, entry, hours, paragraph, section, span, title, weeks, workers, written,
};
use super::{LANGUAGE, NUMBERING};
use crate::domain::claim::{Claim, Filing};
use crate::domain::decision::{Decision, Grant, Outcome, Refusal};
use crate::domain::delegation::SignatureDelegation;
use crate::domain::product::{PaymentMode, Product};
use crate::domain::role::Role;
use crate::domain::rules::Rules;
use crate::domain::terms::appeal_days;

/// The decision that another one takes the place of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replaced {
    /// Its protocol.
    pub protocol: ProtocolNumber,
    /// Day of its adoption.
    pub adopted_on: NaiveDate,
}

impl Replaced {
    /// What is said of a decision in the one that replaces it.
    pub fn of(decision: &Decision) -> Self {
        Self {
            protocol: decision.protocol.clone(),
            adopted_on: rome::date_of(decision.adopted_at),
        }
    }
}

/// Who signed.
#[derive(Debug, Clone, Copy)]
pub struct Signature<'a> {
    /// Name; empty when it is not known.
    pub name: &'a str,
    /// By which delegation, when it is not the director.
    pub delegation: Option<&'a SignatureDelegation>,
}

/// What an act is made from.
#[derive(Debug, Clone, Copy)]
pub struct Act<'a> {
    /// The claim.
    pub claim: &'a Claim,
    /// Its filing.
    pub filing: &'a Filing,
    /// The decision.
    pub decision: &'a Decision,
    /// The decision that it takes the place of.
    pub replaced: Option<&'a Replaced>,
    /// Title of the office, such as `Direzione provinciale di Milano`; empty when it is not known.
    pub office: &'a str,
    /// Who signed.
    pub signature: Signature<'a>,
    /// Address of the page where the code is checked, without the code.
    pub page: &'a str,
    /// The rules of filing.
    pub rules: &'a Rules,
}

impl Act<'_> {
    /// The document.
    pub fn document(&self) -> Document {
        let protocol = &self.decision.protocol;
        let kind = words::outcome(self.decision.decided.outcome);
        Document {
            title: format!("Provvedimento di {kind} {protocol}"),
            subject: format!("Domanda di integrazione salariale {}", self.filing.protocol),
            author: self.office(),
            language: LANGUAGE.to_owned(),
            issued_at: self.decision.adopted_at,
            foot: format!("Provvedimento {protocol} del {}", date(protocol.day())),
            numbering: NUMBERING.to_owned(),
            blocks: self.blocks(kind),
        }
    }

    fn office(&self) -> String {
        words::office(self.office, self.filing.office.as_str())
    }

    fn blocks(&self, kind: &str) -> Vec<Block> {
        let mut blocks = vec![
            title(format!("Provvedimento di {kind}")),
            paragraph(Style::Strong, format!("Istituto – {}", self.office())),
            self.head(),
            section("Oggetto"),
            paragraph(Style::Plain, self.object(kind)),
            section("Premesse"),
        ];
        blocks.extend(
            self.premises()
                .into_iter()
                .map(|it| paragraph(Style::Plain, it)),
        );
        blocks.push(section("Motivazione"));
        blocks.extend(written(&self.decision.decided.motivation));
        blocks.push(section("Dispositivo"));
        blocks.extend(self.ruling());
        blocks.push(section("Avvertenze"));
        blocks.extend(
            self.remedies()
                .into_iter()
                .map(|it| paragraph(Style::Plain, it)),
        );
        blocks.extend(self.closing());
        blocks.push(section("Verifica dell'autenticità"));
        blocks.push(self.verification());
        blocks
    }

    fn head(&self) -> Block {
        let (claim, filing, decision) = (self.claim, self.filing, self.decision);
        let eone = if claim.content.is_eone() { "sì" } else { "no" };
        let mut entries = vec![
            entry("Protocollo", decision.protocol.to_string()),
            entry("Data", date(rome::date_of(decision.adopted_at))),
        ];
        if let Some(number) = &decision.authorization {
            entries.push(entry("Numero di autorizzazione", number.to_string()));
        }
        let submitted = date(rome::date_of(filing.submitted_at));
        let employer = format!(
            "{} (codice fiscale {})",
            claim.employer_name, filing.unit.employer_cf
        );
        entries.extend([
            entry("Domanda", format!("{} del {submitted}", filing.protocol)),
            entry("Ticket", filing.ticket.to_string()),
            entry("Datore di lavoro", employer),
            entry("Unità produttiva", words::unit(claim)),
            entry("Prestazione", words::product(filing.asked.product)),
            entry("Causale", words::causale(claim, self.rules)),
            entry("Evento oggettivamente non evitabile (EONE)", eone),
            entry(
                "Modalità di pagamento",
                words::payment(filing.asked.payment_mode),
            ),
        ]);
        Block::Definitions { entries }
    }

    fn object(&self, kind: &str) -> String {
        format!(
            "{} – domanda {} presentata il {} da {}: {kind}.",
            words::product(self.filing.asked.product),
            self.filing.protocol,
            date(rome::date_of(self.filing.submitted_at)),
            self.claim.employer_name,
        )
    }

    fn premises(&self) -> Vec<String> {
        let (filing, asked) = (self.filing, &self.filing.asked);
        let mut premises = vec![
            format!("Visti: {};", words::sources(self.claim, self.rules).join("; ")),
            "visto l'articolo 3 della legge 7 agosto 1990, n.\u{A0}241, che prescrive la motivazione del provvedimento e \
             l'indicazione del termine e dell'autorità cui è possibile ricorrere;"
                .to_owned(),
            format!(
                "vista la domanda {}, con la quale sono state chieste {} ({}) per {} e {} ore complessive, con la causale \
                 «{}»;",
                filing.protocol,
                weeks(asked.whole.period),
                span(asked.whole.period),
                workers(asked.whole.beneficiaries),
                hours(asked.whole.hours_hundredths),
                words::causale(self.claim, self.rules),
            ),
        ];
        if asked.product == Product::Cigo {
            premises.push(
                "considerato che l'integrazione salariale ordinaria è concessa dalla struttura territoriale competente \
                 (articolo 16 del D.Lgs. n.\u{A0}148/2015; circolare INPS n.\u{A0}7/2016);"
                    .to_owned(),
            );
        }
        premises.extend(self.lateness());
        if let Some(replaced) = self.replaced {
            premises.push(format!(
                "considerato che il presente provvedimento, adottato a seguito di riesame o di ricorso, sostituisce il \
                 provvedimento {} del {};",
                replaced.protocol,
                date(replaced.adopted_on),
            ));
        }
        premises.push("valutati i documenti e gli elementi acquisiti agli atti;".to_owned());
        premises
    }

    /// What a late claim loses (`claims.md` §4.7).
    fn lateness(&self) -> Option<String> {
        let lateness = &self.filing.lateness;
        let due = lateness.due.filter(|_| lateness.filed_late)?;
        let loses = match lateness.earliest_recognisable {
            _ if lateness.nothing_recognisable => {
                "nessun periodo può essere riconosciuto".to_owned()
            }
            Some(day) => format!(
                "non possono essere riconosciuti periodi anteriori al {}",
                date(day)
            ),
            None => return None,
        };
        Some(format!(
            "considerato che la domanda è stata presentata oltre il termine del {} e che pertanto {loses} (articolo 15 \
             del D.Lgs. n.\u{A0}148/2015);",
            date(due),
        ))
    }

    fn ruling(&self) -> Vec<Block> {
        let decided = &self.decision.decided;
        let mut blocks = vec![
            paragraph(Style::Centred, "SI DISPONE"),
            paragraph(Style::Plain, self.disposition()),
            self.comparison(decided.grant.as_ref()),
        ];
        if let Some(grant) = &decided.grant {
            blocks.push(granted_weeks(grant));
            blocks.push(paragraph(
                Style::Plain,
                payment(self.filing.asked.payment_mode),
            ));
        }
        if !decided.refusals.is_empty() {
            blocks.push(refused(&decided.refusals));
        }
        blocks
    }

    fn disposition(&self) -> String {
        let granted = self.decision.decided.grant.map(|grant| {
            format!(
                "sono autorizzate {} {}, per {} e {} ore complessive",
                weeks(grant.period),
                span(grant.period),
                workers(grant.beneficiaries),
                hours(grant.hours_hundredths),
            )
        });
        let granted = granted.unwrap_or_default();
        match self.decision.decided.outcome {
            Outcome::Acceptance => format!("La domanda è accolta: {granted}."),
            Outcome::PartialAcceptance => format!(
                "La domanda è accolta in parte: {granted}. Per il resto la domanda è respinta, per i motivi indicati di \
                 seguito e nella motivazione."
            ),
            Outcome::Rejection => {
                "La domanda è respinta, per i motivi indicati di seguito e nella motivazione."
                    .to_owned()
            }
        }
    }

    /// What was asked for beside what is granted.
    fn comparison(&self, grant: Option<&Grant>) -> Block {
        let asked = &self.filing.asked.whole;
        let row = |name: &str, of: &dyn Fn(&Grant) -> String| {
            vec![
                name.to_owned(),
                of(asked),
                grant.map_or_else(|| "nessuno".to_owned(), of),
            ]
        };
        Block::Table {
            caption: "Richiesto e autorizzato".to_owned(),
            columns: vec![
                column("Voce", 30, Align::Start),
                column("Richiesto", 35, Align::End),
                column("Autorizzato", 35, Align::End),
            ],
            rows: vec![
                row("Periodo", &|it| span(it.period)),
                row("Settimane", &|it| it.period.count().to_string()),
                row("Lavoratori", &|it| it.beneficiaries.to_string()),
                row("Ore", &|it| hours(it.hours_hundredths)),
            ],
        }
    }

    /// How the decision can be contested (CLM-24, CLM-25; art. 3 c. 4 L. 241/1990).
    fn remedies(&self) -> Vec<String> {
        let decision = self.decision;
        let mut remedies = vec![
            "Riesame: il datore di lavoro può chiedere, una sola volta, il riesame di questo provvedimento attraverso il \
             servizio con cui ha presentato la domanda, purché non sia stato proposto ricorso."
                .to_owned(),
        ];
        remedies.push(match decision.appeal_due {
            Some(due) => format!(
                "Ricorso amministrativo: è ammesso ricorso al Comitato amministratore della Gestione prestazioni \
                 temporanee ai lavoratori dipendenti (articolo 17 del D.Lgs. n.\u{A0}148/2015; articolo 25 della legge 9 \
                 marzo 1989, n.\u{A0}88), entro il termine perentorio di {} giorni dal ricevimento del provvedimento. Il \
                 ricorso si presenta in via telematica, direttamente o tramite un patronato o un altro intermediario con \
                 mandato (circolare INPS n.\u{A0}48/2023). Per chi riceve il provvedimento il giorno dell'adozione \
                 l'ultimo giorno utile è il {}.",
                appeal_days(rome::date_of(decision.adopted_at)),
                date(due),
            ),
            None => "Ricorso amministrativo: il provvedimento accoglie per intero la domanda e non è soggetto a ricorso \
                     amministrativo."
                .to_owned(),
        });
        remedies.push(
            "Tutela giurisdizionale: resta salvo, nei casi previsti dalla legge, il ricorso al Tribunale amministrativo \
             regionale entro sessanta giorni (articoli 29 e 41 del D.Lgs. 2 luglio 2010, n.\u{A0}104) o il ricorso \
             straordinario al Presidente della Repubblica entro centoventi giorni (D.P.R. 24 novembre 1971, \
             n.\u{A0}1199) dalla notificazione o dalla piena conoscenza del provvedimento."
                .to_owned(),
        );
        remedies
    }

    fn closing(&self) -> Vec<Block> {
        let day = date(rome::date_of(self.decision.adopted_at));
        let mut lines = vec![
            format!("Adottato il {day}"),
            words::adopter(self.decision.adopter_role).to_owned(),
        ];
        if !self.signature.name.is_empty() {
            lines.push(self.signature.name.to_owned());
        }
        let delegation = self.signature.delegation;
        if let Some(given) = delegation.filter(|_| self.decision.adopter_role != Role::Dsede) {
            lines.push(format!(
                "per delega di firma del direttore n.\u{A0}{}, valida dal {} al {}",
                given.id,
                date(given.days.first_day()),
                date(given.days.last_day()),
            ));
        }
        let mut blocks: Vec<_> = lines
            .into_iter()
            .map(|it| paragraph(Style::Closing, it))
            .collect();
        blocks.push(paragraph(
            Style::Small,
            "Firma autografa sostituita dall'indicazione a stampa del soggetto responsabile (articolo 3, comma 2, del D.Lgs. \
             12 febbraio 1993, n.\u{A0}39).",
        ));
        blocks
    }

    fn verification(&self) -> Block {
        let code = grouped(&self.decision.verification_code);
        let address = format!("{}/{code}", self.page);
        Block::Code {
            alternative: format!("Codice QR con l'indirizzo {address}"),
            content: address,
            lines: vec![
                format!("Codice di verifica: {code}"),
                format!(
                    "Chiunque può verificare, senza autenticarsi, che questo provvedimento è autentico: basta inserire il \
                     codice alla pagina {} o inquadrare il codice qui accanto.",
                    self.page,
                ),
                "La verifica mostra il tipo di provvedimento, il protocollo e la data.".to_owned(),
            ],
        }
    }
}

fn column(title: &str, share: u16, align: Align) -> Column {
    Column {
        title: title.to_owned(),
        share,
        align,
    }
}

fn granted_weeks(grant: &Grant) -> Block {
    let weeks = (1..).zip(grant.period.weeks());
    Block::Table {
        caption: "Settimane autorizzate".to_owned(),
        columns: vec![
            column("N.", 15, Align::End),
            column("Dal", 40, Align::End),
            column("Al", 45, Align::End),
        ],
        rows: weeks
            .map(|(number, week): (u32, _)| {
                vec![number.to_string(), date(week.monday()), date(week.sunday())]
            })
            .collect(),
    }
}

fn refused(refusals: &[Refusal]) -> Block {
    Block::Table {
        caption: "Che cosa non è accolto, e perché".to_owned(),
        columns: vec![
            column("Oggetto", 50, Align::Start),
            column("Motivo", 50, Align::Start),
        ],
        rows: refusals
            .iter()
            .map(|it| {
                let reason = format!("{} ({})", words::reason(it.reason), it.reason.code());
                vec![it.what.clone(), reason]
            })
            .collect(),
    }
}

fn payment(mode: PaymentMode) -> &'static str {
    match mode {
        PaymentMode::Conguaglio => {
            "L'integrazione è anticipata ai lavoratori dal datore di lavoro, che la porta a conguaglio indicando il numero \
             di autorizzazione (articolo 7 del D.Lgs. n.\u{A0}148/2015)."
        }
        PaymentMode::Direct => {
            "L'integrazione è pagata direttamente ai lavoratori, sui dati che il datore di lavoro trasmette indicando il \
             numero di autorizzazione (articolo 7 del D.Lgs. n.\u{A0}148/2015)."
        }
    }
}

#[cfg(test)]
mod tests {
    use kernel::Period;
    use uuid::Uuid;

    use super::*;
    use crate::domain::claim::ActNumbers;
    use crate::domain::decision::{Proposed, RejectionReason};
    use crate::domain::rules::IN_FORCE;
    use crate::domain::samples::{self, day, director, instant, operator};

    fn decided(monday: &str, filed: &str, decide: fn(&Claim) -> Proposed) -> Claim {
        let mut claim = samples::filed(monday, 8, filed);
        claim
            .take_in_charge(operator(), instant("2026-10-12"))
            .unwrap();
        let proposed = decide(&claim);
        let id = Uuid::from_u128(9);
        claim
            .propose(
                id,
                proposed,
                String::new(),
                operator(),
                instant("2026-10-13"),
            )
            .unwrap();
        let grants = claim.proposal.as_ref().unwrap().proposed.grant.is_some();
        let numbers = ActNumbers {
            authorization: grants.then(|| "490026000001".parse().unwrap()),
            verification_code: "0123456789ABCDEFGHJKMNPQR".into(),
            ..samples::numbers()
        };
        claim
            .adopt(numbers, director(), instant("2026-10-14"))
            .unwrap();
        claim
    }

    fn partly(claim: &Claim) -> Proposed {
        let whole = claim.requested().unwrap().whole;
        Proposed {
            outcome: Outcome::PartialAcceptance,
            grant: Some(Grant {
                period: samples::weeks("2026-09-07", 4),
                hours_hundredths: 16_000,
                ..whole
            }),
            refusals: vec![Refusal {
                reason: RejectionReason::LimitExceeded,
                what: "dalla quinta settimana".into(),
            }],
            ..samples::acceptance(claim)
        }
    }

    fn act(claim: &Claim) -> Act<'_> {
        Act {
            claim,
            filing: claim.filing.as_ref().unwrap(),
            decision: claim.decision.as_ref().unwrap(),
            replaced: None,
            office: "Direzione provinciale di Milano",
            signature: Signature {
                name: "Ada Bruni",
                delegation: None,
            },
            page: "https://omnia.example.it/verifica",
            rules: &IN_FORCE,
        }
    }

    /// All the words of a document.
    fn words_of(document: &Document) -> String {
        serde_json::to_string(document).unwrap()
    }

    fn assert_says(document: &Document, said: &[&str]) {
        let words = words_of(document);
        for it in said {
            assert!(words.contains(it), "`{it}` is not in {words}");
        }
    }

    #[test]
    fn an_acceptance_says_all_that_clm_22_asks_for() {
        let claim = decided("2026-09-07", "2026-09-10", samples::acceptance);
        let document = act(&claim).document();
        assert_says(
            &document,
            &[
                "Provvedimento di accoglimento",
                "INPS.4900.16/09/2026.0000002",
                "INPS.4900.10/09/2026.0000001",
                "490026000001",
                "ABCDEFGH12345678",
                "Officine Riunite (codice fiscale 12345678903)",
                "matricola 4900000001, unità produttiva 1",
                "Cassa integrazione guadagni ordinaria",
                "Mancanza di lavoro o di commesse",
                "art. 3 DM 95442/2016",
                "8\u{A0}settimane dal 07/09/2026 al 01/11/2026",
                "2\u{A0}lavoratori",
                "640,00",
                "l'evento risulta transitorio",
                "Il direttore della struttura",
                "Ada Bruni",
                "non è soggetto a ricorso amministrativo",
                "https://omnia.example.it/verifica/01234-56789-ABCDE-FGHJK-MNPQR",
            ],
        );
        assert!(press::print(&document).is_ok());
    }

    #[test]
    fn a_partial_acceptance_lists_what_is_left_out_and_how_to_appeal() {
        let claim = decided("2026-09-07", "2026-09-10", partly);
        assert_says(
            &act(&claim).document(),
            &[
                "accolta in parte",
                "dal 07/09/2026 al 04/10/2026",
                "dalla quinta settimana",
                "Superamento dei limiti di durata (LIMIT_EXCEEDED)",
                "Comitato amministratore",
                "perentorio di 30 giorni",
                "l'ultimo giorno utile è il 13/11/2026",
                "Tribunale amministrativo regionale",
            ],
        );
    }

    #[test]
    fn a_rejection_grants_nothing_and_has_no_authorisation_number() {
        let claim = decided("2026-09-07", "2026-09-10", |_| samples::rejection());
        let document = act(&claim).document();
        assert_says(
            &document,
            &["La domanda è respinta", "NOT_TRANSIENT", "nessuno"],
        );
        let words = words_of(&document);
        assert!(
            !words.contains("Numero di autorizzazione") && !words.contains("Settimane autorizzate")
        );
    }

    #[test]
    fn a_late_claim_is_told_what_it_lost() {
        let claim = decided("2026-09-07", "2026-10-05", |_| samples::rejection());
        assert_says(
            &act(&claim).document(),
            &[
                "oltre il termine del 22/09/2026",
                "periodi anteriori al 28/09/2026",
            ],
        );
    }

    #[test]
    fn who_signs_for_the_director_says_by_what_delegation() {
        let mut claim = decided("2026-09-07", "2026-09-10", samples::acceptance);
        claim.decision.as_mut().unwrap().adopter_role = Role::Dir;
        let delegation = SignatureDelegation {
            id: Uuid::from_u128(77),
            office: "490000".parse().unwrap(),
            delegate: director().person,
            days: Period::new(day("2026-10-01"), day("2026-12-31")).unwrap(),
            withdrawn_at: None,
        };
        let act = Act {
            signature: Signature {
                name: "",
                delegation: Some(&delegation),
            },
            ..act(&claim)
        };
        assert_says(
            &act.document(),
            &[
                "Il dirigente delegato",
                "per delega di firma",
                "valida dal 01/10/2026 al 31/12/2026",
            ],
        );
    }

    #[test]
    fn a_decision_after_a_riesame_names_the_one_that_it_replaces() {
        let claim = decided("2026-09-07", "2026-09-10", samples::acceptance);
        let replaced = Replaced {
            protocol: "INPS.4900.01/09/2026.0000009".parse().unwrap(),
            adopted_on: day("2026-09-01"),
        };
        let act = Act {
            replaced: Some(&replaced),
            office: "",
            ..act(&claim)
        };
        assert_says(
            &act.document(),
            &[
                "sostituisce il provvedimento INPS.4900.01/09/2026.0000009",
                "Struttura territoriale 490000",
            ],
        );
    }

    #[test]
    fn no_worker_is_named() {
        let claim = decided("2026-09-07", "2026-09-10", samples::acceptance);
        let words = words_of(&act(&claim).document());
        for worker in &claim.content.beneficiaries {
            assert!(!words.contains(&worker.codice_fiscale));
        }
    }
}
