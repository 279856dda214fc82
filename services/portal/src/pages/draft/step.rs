//! The steps of the form, and where each field of a claim is asked.

use crate::text::Text;

/// A step of the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Employer and unit.
    Unit,
    /// Weeks, what they extend, what was used.
    Period,
    /// Instrument.
    Product,
    /// Reason, decree, payment.
    Reason,
    /// The workers concerned.
    Workers,
    /// Technical report and consultation.
    Report,
    /// Files attached.
    Attachments,
    /// Statements, notes, contacts.
    Statements,
    /// Check and send.
    Review,
}

impl Step {
    /// In the order of the form: what a step asks depends only on what stands in those before it, so that nothing changes
    /// under the hands of who types, and nothing needs scripts.
    pub(crate) const ALL: [Self; 9] = [
        Self::Unit,
        Self::Period,
        Self::Product,
        Self::Reason,
        Self::Workers,
        Self::Report,
        Self::Attachments,
        Self::Statements,
        Self::Review,
    ];

    /// As addresses spell it.
    pub(crate) fn slug(self) -> &'static str {
        match self {
            Self::Unit => "unita",
            Self::Period => "periodo",
            Self::Product => "prestazione",
            Self::Reason => "motivo",
            Self::Workers => "lavoratori",
            Self::Report => "relazione",
            Self::Attachments => "allegati",
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
            Self::Period => t.step_period(),
            Self::Product => t.step_product(),
            Self::Reason => t.step_reason(),
            Self::Workers => t.step_workers(),
            Self::Report => t.step_report(),
            Self::Attachments => t.step_attachments(),
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
        ("employer", Step::Unit, "unita"),
        ("competent_office", Step::Unit, "unita"),
        ("headcount", Step::Unit, "organico"),
        ("seat_province_istat", Step::Unit, "provincia_sede"),
        ("period.weeks", Step::Period, "settimane"),
        ("period", Step::Period, "prima_settimana"),
        ("effective_start_date", Step::Period, "inizio"),
        ("extension_of", Step::Period, "proroga"),
        ("declared_used.weeks", Step::Period, "fruite_settimane"),
        ("declared_used", Step::Period, "fruite_giorni"),
        ("product", Step::Product, "prodotto"),
        ("fund_code", Step::Reason, "fondo"),
        ("causale", Step::Reason, "causale"),
        ("decree.authority", Step::Reason, "decreto_autorita"),
        ("decree.number", Step::Reason, "decreto_numero"),
        ("decree.date", Step::Reason, "decreto_data"),
        ("decree.from", Step::Reason, "decreto_dal"),
        ("decree.to", Step::Reason, "decreto_al"),
        ("decree.hours_hundredths", Step::Reason, "decreto_ore"),
        ("decree", Step::Reason, "decreto_autorita"),
        ("days_requested", Step::Reason, "giorni"),
        ("payment_mode", Step::Reason, "pagamento"),
        ("advance_40_requested", Step::Workers, "anticipo"),
        ("beneficiaries", Step::Workers, "elenco"),
        ("hours_requested", Step::Workers, "elenco"),
        ("event_days", Step::Report, "giorni_evento"),
        ("technical_report.", Step::Report, ""),
        ("technical_report", Step::Report, "activity"),
        ("financial_indicators", Step::Report, "indicatori"),
        (
            "consultation.joint_exam_end_date",
            Step::Report,
            "esame_fine",
        ),
        ("consultation.recipients", Step::Report, "destinatari_rsu"),
        ("consultation.outcome", Step::Report, "esito_consultazione"),
        ("consultation", Step::Report, "comunicazione"),
        (
            "direct_payment_statement",
            Step::Statements,
            "dichiarazione_diretto",
        ),
        ("self_declarations", Step::Statements, "dichiarazioni"),
        ("attachments", Step::Attachments, "allegati"),
        ("override_notes", Step::Statements, "note"),
        ("contact_email", Step::Statements, "email"),
        ("contact_pec", Step::Statements, "pec"),
        ("contact_phone", Step::Statements, "telefono"),
        ("filer_codice_fiscale", Step::Statements, "cf_dichiarante"),
        ("filer_quality", Step::Statements, "pec"),
        ("ticket", Step::Statements, "ticket"),
    ];
    let place = PLACES.iter().find(|(prefix, ..)| field.starts_with(prefix));
    match place {
        // The common sections are asked under their own names.
        Some((prefix, step, "")) => (*step, common_section(&field[prefix.len()..])),
        Some((_, step, id)) => (*step, id),
        None => (Step::Review, "riscontri"),
    }
}

/// The six common sections of the report (`claims.md` CLM-8), as the contract names them.
pub(crate) const COMMON_SECTIONS: [&str; 6] = [
    "activity",
    "event_and_causes",
    "consequences",
    "transience_and_resumption",
    "non_attributability",
    "market_continuity",
];

fn common_section(name: &str) -> &'static str {
    let section = COMMON_SECTIONS.into_iter().find(|section| *section == name);
    section.unwrap_or(COMMON_SECTIONS[0])
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
            ("event_days[2]", Step::Report, "giorni_evento"),
            ("technical_report.sections[x]", Step::Report, "activity"),
            ("decree.hours_hundredths", Step::Reason, "decreto_ore"),
            ("declared_used.days", Step::Period, "fruite_giorni"),
            ("employer.name", Step::Unit, "unita"),
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
        assert_eq!(Step::Unit.next(), Step::Period);
        assert_eq!(Step::Review.next(), Step::Review);
        for step in Step::ALL {
            assert_eq!(Step::of_slug(step.slug()), Some(step));
        }
    }
}
