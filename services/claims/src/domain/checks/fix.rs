//! What to do about a finding.

use super::{Code, Finding};

impl Finding {
    /// What to do, in Italian.
    pub fn fix_it(&self) -> &'static str {
        self.fix().0
    }

    /// What to do, in English.
    pub fn fix_en(&self) -> &'static str {
        self.fix().1
    }

    fn fix(&self) -> (&'static str, &'static str) {
        match self.code {
            Code::ClaimIncomplete | Code::IdentifierInvalid | Code::BeneficiariesInvalid => {
                self.formal_fix()
            }
            Code::FilerNotEntitled => (
                "Indicare la qualità del profilo in uso, o cambiare profilo.",
                "State the quality of the profile in use, or change profile.",
            ),
            Code::PeriodInvalid => (
                "Scegliere settimane intere dal lunedì, entro la durata massima, con i giorni al loro interno.",
                "Choose whole weeks from a Monday, within the longest claim, with every day inside them.",
            ),
            Code::ClaimTooEarly => (
                "Attendere il giorno indicato, o correggere l'inizio della sospensione.",
                "Wait for the day told, or correct the start of the suspension.",
            ),
            Code::AttachmentMissing => (
                "Aggiungere quanto manca nella sezione indicata.",
                "Add what is missing in the section told.",
            ),
            Code::ProductNotCompatible => (
                "Scegliere una prestazione suggerita, o motivare con una nota di forzatura.",
                "Choose a suggested product, or say why in an override note.",
            ),
            Code::CausaleNotAllowed => (
                "Scegliere una causale tra quelle ammesse per la prestazione e il periodo.",
                "Choose a reason from those of the product and the period.",
            ),
            Code::ClaimFiledLate => (
                "Presentare subito: ogni settimana di ritardo toglie giorni riconoscibili.",
                "File at once: each week of delay takes recognisable days away.",
            ),
            Code::ClaimTermExpired => (
                "La domanda non è più presentabile, salvo un differimento dei termini.",
                "The claim can no longer be filed, unless the term is postponed.",
            ),
            Code::CovidWindowExceeded => (
                "Ridurre le settimane a quelle della causale, o scegliere un'altra causale.",
                "Reduce the weeks to those of the reason, or choose another reason.",
            ),
            _ => self.substantive_fix(),
        }
    }

    fn substantive_fix(&self) -> (&'static str, &'static str) {
        match self.code {
            Code::EoneWeekWithoutEvent => (
                "Presentare domande distinte, o indicare il giorno di evento di ogni settimana.",
                "File separate claims, or state the event day of each week.",
            ),
            Code::ClaimPeriodOverlaps => (
                "Togliere i lavoratori indicati, cambiare settimane, o ritirare l'altra domanda.",
                "Remove the workers told, change the weeks, or withdraw the other claim.",
            ),
            Code::DecreeExceeded => (
                "Ridurre settimane e ore a quelle del decreto.",
                "Reduce weeks and hours to those of the decree.",
            ),
            Code::WorkerNotEligible => (
                "Togliere il lavoratore dall'elenco.",
                "Remove the worker from the list.",
            ),
            Code::WorkerHoursExceedContract => (
                "Ridurre le ore del lavoratore, o correggere l'orario settimanale.",
                "Reduce the hours of the worker, or correct the weekly hours.",
            ),
            Code::Limit52Weeks | Code::LimitOneThirdHours | Code::LimitTotalDuration => (
                "Ridurre la richiesta a quanto è concedibile, o motivare con una nota di forzatura.",
                "Reduce the request to what can be granted, or say why in an override note.",
            ),
            Code::SameUnitSamePeriod
            | Code::WorkerUnknown
            | Code::WorkerNotEmployed
            | Code::WorkerSeniorityShort
            | Code::ConsultationInconsistent => (
                "Correggere il dato, o motivare con una nota di forzatura di almeno 20 caratteri.",
                "Correct the datum, or say why in an override note of at least 20 characters.",
            ),
            _ => (
                "Riprovare più tardi; la bozza resta salvata.",
                "Try again later; the draft is kept.",
            ),
        }
    }

    fn formal_fix(&self) -> (&'static str, &'static str) {
        match self.code {
            Code::ClaimIncomplete => ("Compilare il campo indicato.", "Fill in the field told."),
            Code::BeneficiariesInvalid => (
                "Correggere l'elenco: righe uniche, dati completi, totali uguali alla somma.",
                "Correct the list: unique rows, whole data, totals equal to the sum.",
            ),
            _ => (
                "Correggere il codice o sceglierlo dall'elenco proposto.",
                "Correct the code, or choose it from the list offered.",
            ),
        }
    }
}
