//! The steps of the form, and where each field of a claim is asked.

use crate::text::Text;

/// A step of the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Employer and unit.
    Unit,
    /// Instrument, reason, payment.
    Reason,
    /// Weeks and days of the event.
    Period,
    /// The workers concerned.
    Workers,
    /// Technical report and consultation.
    Report,
    /// Statements, notes, contacts.
    Statements,
    /// Check and send.
    Review,
}

impl Step {
    /// In the order of the form.
    pub(crate) const ALL: [Self; 7] = [
        Self::Unit,
        Self::Reason,
        Self::Period,
        Self::Workers,
        Self::Report,
        Self::Statements,
        Self::Review,
    ];

    /// As addresses spell it.
    pub(crate) fn slug(self) -> &'static str {
        match self {
            Self::Unit => "unita",
            Self::Reason => "motivo",
            Self::Period => "periodo",
            Self::Workers => "lavoratori",
            Self::Report => "relazione",
            Self::Statements => "dichiarazioni",
            Self::Review => "verifica",
        }
    }

    /// The step of an address.
    pub(crate) fn of_slug(slug: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.slug() == slug)
    }

    /// Title.
    pub(crate) fn title(self, t: Text) -> &'static str {
        match self {
            Self::Unit => t.step_unit(),
            Self::Reason => t.step_reason(),
            Self::Period => t.step_period(),
            Self::Workers => t.step_workers(),
            Self::Report => t.step_report(),
            Self::Statements => t.step_statements(),
            Self::Review => t.step_review(),
        }
    }

    /// What comes after; the check at the end.
    pub(crate) fn next(self) -> Self {
        let at = Self::ALL.iter().position(|step| *step == self).unwrap_or(0);
        Self::ALL.get(at + 1).copied().unwrap_or(Self::Review)
    }

    /// What came before; none for the first.
    pub(crate) fn previous(self) -> Option<Self> {
        let at = Self::ALL.iter().position(|step| *step == self)?;
        at.checked_sub(1)
            .and_then(|before| Self::ALL.get(before).copied())
    }
}

/// Where a field of `DraftContent` is asked: step and id of the input.
pub(crate) fn place_of(field: &str) -> (Step, &'static str) {
    const PLACES: &[(&str, Step, &str)] = &[
        ("unit", Step::Unit, "unita"),
        ("product", Step::Reason, "prodotto"),
        ("causale", Step::Reason, "causale"),
        ("payment_mode", Step::Reason, "pagamento"),
        (
            "direct_payment_statement",
            Step::Reason,
            "dichiarazione_diretto",
        ),
        ("period.weeks", Step::Period, "settimane"),
        ("period", Step::Period, "prima_settimana"),
        ("effective_start_date", Step::Period, "inizio"),
        ("event_days", Step::Period, "giorni_evento"),
        ("beneficiaries", Step::Workers, "elenco"),
        ("hours_requested", Step::Workers, "elenco"),
        ("technical_report.activity", Step::Report, "activity"),
        (
            "technical_report.event_and_causes",
            Step::Report,
            "event_and_causes",
        ),
        (
            "technical_report.consequences",
            Step::Report,
            "consequences",
        ),
        (
            "technical_report.transience_and_resumption",
            Step::Report,
            "transience_and_resumption",
        ),
        (
            "technical_report.non_attributability",
            Step::Report,
            "non_attributability",
        ),
        (
            "technical_report.market_continuity",
            Step::Report,
            "market_continuity",
        ),
        ("technical_report", Step::Report, "activity"),
        (
            "consultation.joint_exam_end_date",
            Step::Report,
            "esame_fine",
        ),
        ("consultation.recipients", Step::Report, "destinatari_rsu"),
        ("consultation.outcome", Step::Report, "esito_consultazione"),
        ("consultation", Step::Report, "comunicazione"),
        ("self_declarations", Step::Statements, "dichiarazioni"),
        ("override_notes", Step::Statements, "note"),
        ("contact_email", Step::Statements, "email"),
        ("contact_pec", Step::Statements, "pec"),
        ("contact_phone", Step::Statements, "telefono"),
        ("filer_codice_fiscale", Step::Statements, "cf_dichiarante"),
        ("filer_quality", Step::Statements, "pec"),
        ("ticket", Step::Statements, "ticket"),
    ];
    PLACES
        .iter()
        .find(|(prefix, ..)| field.starts_with(prefix))
        .map_or((Step::Review, "riscontri"), |(_, step, id)| (*step, id))
}

/// The section of the report that a field names: `technical_report.sections[orders_fall]` is that of `orders_fall`.
pub(crate) fn section_of(field: &str) -> Option<&str> {
    let rest = field.strip_prefix("technical_report.sections[")?;
    rest.strip_suffix(']')
}

/// The line of a list that a field names, from 1: `beneficiaries[3].hired_on` is the fourth.
pub(crate) fn line_of(field: &str) -> Option<usize> {
    let (_, rest) = field.split_once('[')?;
    let (index, _) = rest.split_once(']')?;
    index.parse::<usize>().ok().map(|index| index + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_finding_leads_to_the_input_where_it_is_mended() {
        for (field, step, id) in [
            ("period.first_week", Step::Period, "prima_settimana"),
            ("period.weeks", Step::Period, "settimane"),
            ("beneficiaries[3].hired_on", Step::Workers, "elenco"),
            ("beneficiaries_count", Step::Workers, "elenco"),
            ("hours_requested_hundredths", Step::Workers, "elenco"),
            ("technical_report", Step::Report, "activity"),
            (
                "technical_report.consequences",
                Step::Report,
                "consequences",
            ),
            (
                "consultation.communication_date",
                Step::Report,
                "comunicazione",
            ),
            ("event_days[2]", Step::Period, "giorni_evento"),
            ("", Step::Review, "riscontri"),
        ] {
            assert_eq!(place_of(field), (step, id), "{field}");
        }
        assert_eq!(line_of("beneficiaries[3].hired_on"), Some(4));
        assert_eq!(line_of("beneficiaries"), None);
    }

    #[test]
    fn steps_follow_one_another() {
        assert_eq!(Step::Unit.previous(), None);
        assert_eq!(Step::Unit.next(), Step::Reason);
        assert_eq!(Step::Review.next(), Step::Review);
        for step in Step::ALL {
            assert_eq!(Step::of_slug(step.slug()), Some(step));
        }
    }
}
