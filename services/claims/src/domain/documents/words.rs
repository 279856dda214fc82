//! The words of the documents: Italian, as an office writes.

use chrono::NaiveDate;
use kernel::WeekPeriod;
use press::{Block, Entry, Level, Style};

use crate::domain::claim::Claim;
use crate::domain::content::FilerQuality;
use crate::domain::decision::{Outcome, RejectionReason};
use crate::domain::product::{PaymentMode, Product};
use crate::domain::role::Role;
use crate::domain::rules::Rules;

pub(super) fn title(text: impl Into<String>) -> Block {
    Block::Heading {
        level: Level::Title,
        text: text.into(),
    }
}

pub(super) fn section(text: &str) -> Block {
    Block::Heading {
        level: Level::Section,
        text: text.to_owned(),
    }
}

pub(super) fn paragraph(style: Style, text: impl Into<String>) -> Block {
    Block::Paragraph {
        style,
        text: text.into(),
    }
}

/// The paragraphs of a text that somebody wrote.
pub(super) fn written(text: &str) -> impl Iterator<Item = Block> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.map(|line| paragraph(Style::Plain, line))
}

pub(super) fn entry(name: &str, value: impl Into<String>) -> Entry {
    Entry {
        name: name.to_owned(),
        value: value.into(),
    }
}

/// `07/09/2026`.
pub(super) fn date(day: NaiveDate) -> String {
    day.format("%d/%m/%Y").to_string()
}

/// `1.280,00`.
pub(super) fn hours(hundredths: i64) -> String {
    let whole = (hundredths / 100).unsigned_abs().to_string();
    let mut grouped = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            grouped.push('.');
        }
        grouped.push(digit);
    }
    format!("{grouped},{:02}", (hundredths % 100).unsigned_abs())
}

/// `dal 07/09/2026 al 01/11/2026`.
pub(super) fn span(weeks: WeekPeriod) -> String {
    format!(
        "dal {} al {}",
        date(weeks.first_day()),
        date(weeks.last_day())
    )
}

/// `8 settimane`, `1 settimana`.
pub(super) fn counted(count: u32, one: &str, many: &str) -> String {
    format!("{count}\u{A0}{}", if count == 1 { one } else { many })
}

pub(super) fn weeks(period: WeekPeriod) -> String {
    counted(period.count(), "settimana", "settimane")
}

pub(super) fn workers(count: u32) -> String {
    counted(count, "lavoratore", "lavoratori")
}

/// `Direzione provinciale di Milano (490000)`; an office without a known name by its code alone.
pub(super) fn office(title: &str, code: &str) -> String {
    if title.is_empty() {
        format!("Struttura territoriale {code}")
    } else {
        format!("{title} ({code})")
    }
}

pub(super) fn product(product: Product) -> &'static str {
    match product {
        Product::Cigo => "Cassa integrazione guadagni ordinaria (CIGO)",
        Product::Cigs => "Cassa integrazione guadagni straordinaria (CIGS)",
        Product::AisFis => {
            "Assegno di integrazione salariale del Fondo di integrazione salariale (FIS)"
        }
        Product::AisFund => {
            "Assegno di integrazione salariale di un fondo di solidarietà bilaterale"
        }
        Product::Cisoa => "Cassa integrazione speciale operai agricoli (CISOA)",
        Product::Cigd => "Cassa integrazione guadagni in deroga (CIGD)",
        Product::CigdMulti => "Cassa integrazione guadagni in deroga plurilocalizzata (CIGD)",
    }
}

pub(super) fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Acceptance => "accoglimento",
        Outcome::PartialAcceptance => "accoglimento parziale",
        Outcome::Rejection => "reiezione",
    }
}

pub(super) fn payment(mode: PaymentMode) -> &'static str {
    match mode {
        PaymentMode::Conguaglio => "Anticipazione del datore di lavoro e conguaglio",
        PaymentMode::Direct => "Pagamento diretto ai lavoratori",
    }
}

pub(super) fn reason(reason: RejectionReason) -> &'static str {
    match reason {
        RejectionReason::OutOfTerm => "Domanda fuori termine",
        RejectionReason::InsufficientEvidence => "Elementi di valutazione insufficienti",
        RejectionReason::NotTransient => "Evento non transitorio",
        RejectionReason::AttributableToFirm => "Evento imputabile all'impresa o ai lavoratori",
        RejectionReason::NoResumptionForeseen => "Ripresa dell'attività non prevedibile",
        RejectionReason::CausaleNotProven => "Causale non provata",
        RejectionReason::ProductNotDue => "Prestazione non dovuta",
        RejectionReason::LimitExceeded => "Superamento dei limiti di durata",
        RejectionReason::WorkerNotEntitled => "Lavoratore privo dei requisiti",
        RejectionReason::ConsultationMissing => "Consultazione sindacale mancante",
        RejectionReason::Duplicate => "Periodo già richiesto",
        RejectionReason::Other => "Altro motivo, indicato nella motivazione",
    }
}

pub(super) fn adopter(role: Role) -> &'static str {
    match role {
        Role::Dsede => "Il direttore della struttura",
        Role::Dir => "Il dirigente delegato",
        Role::Po => "Il funzionario titolare di posizione organizzativa delegato",
        Role::AzTit | Role::AzLr | Role::AzCon | Role::Int | Role::Sede => "Il responsabile",
    }
}

pub(super) fn quality(quality: FilerQuality) -> &'static str {
    match quality {
        FilerQuality::Owner => "titolare di azienda",
        FilerQuality::LegalRepresentative => "rappresentante legale",
        FilerQuality::CompanyConsultant => "consulente aziendale",
        FilerQuality::Intermediary => "intermediario",
    }
}

/// What a reason is called.
pub(super) fn causale(claim: &Claim, rules: &Rules) -> String {
    let filing = claim.filing.as_ref();
    let rule = filing.and_then(|it| rules.causale(it.asked.causale));
    rule.map(|it| it.value.label_it.clone()).unwrap_or_default()
}

/// Matricola, unit and where it is.
pub(super) fn unit(claim: &Claim) -> String {
    let unit = &claim.content.unit;
    let mut text = format!(
        "matricola {}, unità produttiva {}",
        unit.matricola,
        unit.code.get()
    );
    if let Some(known) = &claim.known {
        for part in [&known.facts.unit_name, &known.facts.unit_address] {
            if !part.is_empty() {
                text.push_str(", ");
                text.push_str(part);
            }
        }
    }
    text
}

/// The acts on which instrument, reason and term of a claim rest, each once, as offices cite them.
pub(super) fn sources(claim: &Claim, rules: &Rules) -> Vec<String> {
    let mut cited = vec!["D.Lgs. 14 settembre 2015, n.\u{A0}148".to_owned()];
    let Some(filing) = &claim.filing else {
        return cited;
    };
    let (asked, day) = (&filing.asked, filing.asked.whole.period.first_day());
    let product = rules.product(asked.product, day).map(|it| &it.source);
    let causale = rules.causale(asked.causale).map(|it| &it.source);
    let allowed = rules
        .allowed(asked.product, asked.causale, day)
        .map(|it| &it.source);
    for source in [product, causale, allowed].into_iter().flatten() {
        for act in source.split(';').map(str::trim) {
            let act = cite(act);
            if is_published(&act) && !cited.contains(&act) {
                cited.push(act);
            }
        }
    }
    cited
}

/// Only published acts are cited, not our own specification.
fn is_published(act: &str) -> bool {
    !act.is_empty() && !act.contains(".md") && !act.contains('§')
}

/// `Msg 2908/2016` is `messaggio INPS n. 2908/2016`.
pub(super) fn cite(act: &str) -> String {
    for (short, long) in [
        ("Msg ", "messaggio INPS n.\u{A0}"),
        ("Circ. ", "circolare INPS n.\u{A0}"),
    ] {
        if let Some(number) = act.strip_prefix(short) {
            return format!("{long}{number}");
        }
    }
    act.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::rules::IN_FORCE;
    use crate::domain::samples;

    #[test]
    fn hours_are_written_as_italians_do() {
        assert_eq!(hours(128_000_050), "1.280.000,50");
        assert_eq!(hours(5), "0,05");
        assert_eq!(hours(99_900), "999,00");
    }

    #[test]
    fn only_published_acts_are_cited_and_each_once() {
        let claim = samples::filed("2026-09-07", 8, "2026-09-10");
        let cited = sources(&claim, &IN_FORCE);
        assert!(
            cited.contains(&"art. 3 DM 95442/2016".to_owned()),
            "{cited:?}"
        );
        assert!(cited.contains(&"art. 12 c. 1 D.Lgs. 148/2015".to_owned()));
        assert!(cited.iter().all(|act| !act.contains("claims.md")));
        let mut once = cited.clone();
        once.dedup();
        assert_eq!(once, cited);
        assert_eq!(cite("Circ. 48/2023"), "circolare INPS n.\u{A0}48/2023");
    }
}
