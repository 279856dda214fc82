//! The words of tables that people take along, in Italian and in English.

use super::{Cut, Dimension, Filter, Section};

/// Language of headings and names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// Italian.
    Italian,
    /// English.
    English,
}

impl Language {
    /// The words in this language.
    pub fn choose<'a>(self, italian: &'a str, english: &'a str) -> &'a str {
        match self {
            Self::Italian => italian,
            Self::English => english,
        }
    }

    /// As documents state it.
    pub fn tag(self) -> &'static str {
        match self {
            Self::Italian => "it-IT",
            Self::English => "en",
        }
    }
}

/// What figures may be cut by, territory, product and section included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Axis {
    /// Region.
    Region,
    /// Office.
    Office,
    /// Product.
    Product,
    /// Half of the dashboard.
    Section,
    /// A characteristic.
    Of(Dimension),
}

/// Name of an axis, as the head of its column.
pub fn axis(axis: Axis, language: Language) -> &'static str {
    let (italian, english) = match axis {
        Axis::Region => ("Regione (ISTAT)", "Region (ISTAT)"),
        Axis::Office => ("Sede", "Office"),
        Axis::Product => ("Prodotto", "Product"),
        Axis::Section => ("Sezione", "Section"),
        Axis::Of(dimension) => return self::dimension(dimension, language),
    };
    language.choose(italian, english)
}

/// Name of a characteristic.
pub fn dimension(dimension: Dimension, language: Language) -> &'static str {
    let (italian, english) = match dimension {
        Dimension::Whole => ("Totale", "Total"),
        Dimension::Causale => ("Causale", "Reason"),
        Dimension::PaymentMode => ("Modalità di pagamento", "Payment"),
        Dimension::Sector => ("Settore (CSC)", "Sector (CSC)"),
        Dimension::Size => ("Dimensione dell'impresa", "Size of the firm"),
        Dimension::Arrival => ("Mese di arrivo", "Month of arrival"),
        Dimension::Stage => ("Fase", "Stage"),
        Dimension::Age => ("Classe di età (giorni)", "Class of age (days)"),
        Dimension::Outcome => ("Esito", "Outcome"),
        Dimension::Anomaly => ("Anomalia", "Anomaly"),
    };
    language.choose(italian, english)
}

/// Name of a value, where it has another than its code.
pub fn value(axis: Axis, code: &str, language: Language) -> String {
    let (italian, english) = match (axis, code) {
        (Axis::Section, "COVID") => ("COVID-19", "COVID-19"),
        (Axis::Section, "ORDINARY") => ("Ordinarie", "Ordinary"),
        (Axis::Product, "AIS_FIS") => ("AIS (FIS)", "AIS (FIS)"),
        (Axis::Product, "AIS_FUND") => ("AIS (fondo bilaterale)", "AIS (bilateral fund)"),
        (Axis::Product, "CIGD_MULTI") => ("CIGD plurilocalizzata", "CIGD plurilocalizzata"),
        (Axis::Of(Dimension::PaymentMode), "CONGUAGLIO") => ("conguaglio", "set off"),
        (Axis::Of(Dimension::PaymentMode), "DIRECT") => ("pagamento diretto", "paid by INPS"),
        (Axis::Of(Dimension::Stage), "TO_TAKE") => ("da prendere in carico", "to take in charge"),
        (Axis::Of(Dimension::Stage), "UNDER_REVIEW") => ("in istruttoria", "under review"),
        (Axis::Of(Dimension::Stage), "WAITING") => {
            ("in attesa del datore", "waiting for the employer")
        }
        (Axis::Of(Dimension::Outcome), "ACCEPTANCE") => ("accolta", "accepted"),
        (Axis::Of(Dimension::Outcome), "PARTIAL_ACCEPTANCE") => {
            ("parzialmente accolta", "partially accepted")
        }
        (Axis::Of(Dimension::Outcome), "REJECTION") => ("reiettata", "rejected"),
        (Axis::Of(Dimension::Stage), "VERIFYING") => ("in verifica", "in verification"),
        (Axis::Of(Dimension::Stage), "STOPPED") => ("fermo", "stopped"),
        (Axis::Of(Dimension::Stage), "TO_ORDER") => ("da ordinare", "to be ordered"),
        (Axis::Of(Dimension::Stage), "ORDERED") => ("in pagamento", "in payment"),
        (Axis::Of(Dimension::Outcome), "PAID") => ("pagato", "paid"),
        (Axis::Of(Dimension::Outcome), "REJECTED") => ("respinto", "rejected"),
        (Axis::Of(Dimension::Outcome), "CANCELLED") => ("annullato", "cancelled"),
        (_, code) => return code.to_owned(),
    };
    language.choose(italian, english).to_owned()
}

/// The filters in a sentence.
pub fn filters(filter: &Filter, parts: &[Cut], flags: &[&str], language: Language) -> String {
    let named = |name: Axis, code: &str| {
        format!("{}: {}", axis(name, language), value(name, code, language))
    };
    let mut told = Vec::new();
    told.extend(
        filter
            .region_istat
            .iter()
            .map(|region| named(Axis::Region, region)),
    );
    told.extend(
        filter
            .office
            .iter()
            .map(|office| named(Axis::Office, office.as_str())),
    );
    if filter.with_agencies {
        told.push(
            language
                .choose("con le sue agenzie", "with its agencies")
                .to_owned(),
        );
    }
    told.extend(
        filter
            .product
            .iter()
            .map(|product| named(Axis::Product, product.code())),
    );
    told.extend(
        filter
            .section
            .iter()
            .map(|section: &Section| named(Axis::Section, section.code())),
    );
    told.extend(
        filter
            .part
            .iter()
            .chain(parts)
            .map(|cut| named(Axis::Of(cut.dimension), &cut.value)),
    );
    told.extend(flags.iter().map(|flag| (*flag).to_owned()));
    if told.is_empty() {
        return language.choose("nessuno", "none").to_owned();
    }
    told.join("; ")
}

/// Said of figures when the last published day is not yesterday (`claims.md` DAS-8).
pub fn stale(language: Language) -> &'static str {
    language.choose(
        "I dati non sono di ieri: l'ultima elaborazione non è riuscita, e restano quelli dell'ultimo giorno pubblicato.",
        "The figures are not of yesterday: the last run did not succeed, and those of the last published day stay.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_are_told_in_words() {
        let filter = Filter {
            region_istat: Some("03".to_owned()),
            section: Some(Section::Covid),
            ..Filter::default()
        };
        let parts = [Cut::by(Dimension::PaymentMode, "DIRECT")];
        assert_eq!(
            filters(&filter, &parts, &["solo croniche"], Language::Italian),
            "Regione (ISTAT): 03; Sezione: COVID-19; Modalità di pagamento: pagamento diretto; solo croniche"
        );
        assert_eq!(
            filters(&Filter::default(), &[], &[], Language::English),
            "none"
        );
    }
}
