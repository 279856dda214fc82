//! What an address asks of the dashboard.

use chrono::{Days, NaiveDate};
use proto::omnia::claims::v1::{Causale, PaymentMode, Product};
use proto::omnia::dasmo::v1::{
    Dimension, GetBreakdownRequest, GetFlowBreakdownRequest, GetFlowTrendRequest, GetTrendRequest,
    ListCasesRequest, ListStockFlowsRequest, Part, TrendStep, VolumesFilter,
};

use super::subject::Subject;
use crate::fields::Fields;
use crate::text::{Text, format, names};

/// Days of movements when the address names no first day.
const DAYS_SHOWN: Days = Days::new(29);

/// Characteristics by their name in addresses.
const CHARACTERISTICS: [(&str, Dimension); 9] = [
    ("causale", Dimension::Causale),
    ("pagamento", Dimension::PaymentMode),
    ("settore", Dimension::Sector),
    ("dimensione", Dimension::Size),
    ("arrivo", Dimension::Arrival),
    ("fase", Dimension::Stage),
    ("eta", Dimension::Age),
    ("esito", Dimension::Outcome),
    ("anomalia", Dimension::Anomaly),
];

/// What figures can be cut by, by its name in addresses.
pub(super) fn cuts() -> impl Iterator<Item = (&'static str, Dimension)> {
    [
        ("prestazione", Dimension::Product),
        ("sezione", Dimension::Section),
        ("regione", Dimension::Region),
        ("sede", Dimension::Office),
    ]
    .into_iter()
    .chain(CHARACTERISTICS)
}

/// The name in addresses of a characteristic.
pub(super) fn name_of(dimension: Dimension) -> &'static str {
    CHARACTERISTICS
        .iter()
        .find(|(_, one)| *one == dimension)
        .map_or("", |(name, _)| name)
}

/// Whether a name in addresses is that of a characteristic.
pub(super) fn is_characteristic(name: &str) -> bool {
    CHARACTERISTICS.iter().any(|(one, _)| *one == name)
}

/// The filter of a picture or of a list. A list may have several characteristics, a picture the one that
/// `caratteristica` names.
pub(super) fn filter(query: &Fields) -> VolumesFilter {
    VolumesFilter {
        office: query.text("sede").to_owned(),
        region_istat: query.text("regione").to_owned(),
        product: query.text("prodotto").to_owned(),
        section: query.text("sezione").to_owned(),
        parts: parts(query),
        with_agencies: with_agencies(query),
    }
}

/// Whether the agencies of the office are asked for too; nothing without an office.
pub(super) fn with_agencies(query: &Fields) -> bool {
    !query.text("sede").is_empty() && !query.text("agenzie").is_empty()
}

/// The characteristics that the address names, each by its own name.
pub(super) fn parts(query: &Fields) -> Vec<Part> {
    CHARACTERISTICS
        .iter()
        .filter(|(name, _)| !query.text(name).is_empty())
        .map(|(name, dimension)| Part {
            dimension: (*dimension).into(),
            value: query.text(name).to_owned(),
        })
        .collect()
}

/// What the figures are cut by: what the address says, as far as it goes with the characteristic that it filters by; `None` for
/// what nothing can be cut by.
pub(super) fn cut_by(subject: Subject, query: &Fields) -> Option<Dimension> {
    let name = match query.text("taglio") {
        "" => "prestazione",
        name => name,
    };
    let (_, asked) = subject.cuts().find(|(known, _)| *known == name)?;
    let filtered = parts(query);
    let fits = !is_characteristic(name) || filtered.iter().all(|part| part.dimension() == asked);
    Some(if fits { asked } else { Dimension::Product })
}

/// First and last day of the interval: those of the address, else thirty days up to the last published one.
pub(super) fn interval(query: &Fields, last: NaiveDate) -> (NaiveDate, NaiveDate) {
    let to = format::typed_day(query.text("al")).unwrap_or(last);
    let from = format::typed_day(query.text("dal")).unwrap_or(to - DAYS_SHOWN);
    (from, to)
}

pub(super) fn breakdown(
    query: &Fields,
    (from, to): (NaiveDate, NaiveDate),
    by: Dimension,
) -> GetBreakdownRequest {
    GetBreakdownRequest {
        as_of: Some(format::to_message(to)),
        from: Some(format::to_message(from)),
        filter: Some(filter(query)),
        by: by.into(),
    }
}

pub(super) fn trend(query: &Fields, (from, to): (NaiveDate, NaiveDate)) -> GetTrendRequest {
    GetTrendRequest {
        from: Some(format::to_message(from)),
        to: Some(format::to_message(to)),
        filter: Some(filter(query)),
        step: match query.text("passo") {
            "settimana" => TrendStep::Week,
            "mese" => TrendStep::Month,
            _ => TrendStep::Day,
        }
        .into(),
    }
}

pub(super) fn flow_breakdown(
    query: &Fields,
    (from, to): (NaiveDate, NaiveDate),
    by: Dimension,
) -> GetFlowBreakdownRequest {
    GetFlowBreakdownRequest {
        as_of: Some(format::to_message(to)),
        from: Some(format::to_message(from)),
        filter: Some(filter(query)),
        by: by.into(),
    }
}

pub(super) fn flow_trend(query: &Fields, days: (NaiveDate, NaiveDate)) -> GetFlowTrendRequest {
    let trend = trend(query, days);
    GetFlowTrendRequest {
        from: trend.from,
        to: trend.to,
        filter: trend.filter,
        step: trend.step,
    }
}

pub(super) fn flows(query: &Fields, page_size: i32) -> ListStockFlowsRequest {
    ListStockFlowsRequest {
        filter: Some(filter(query)),
        only_chronic: query.has("croniche"),
        only_very_old: query.has("risalenti"),
        page_size,
        page_token: query.text("pagina").to_owned(),
    }
}

pub(super) fn cases(query: &Fields, page_size: i32) -> ListCasesRequest {
    ListCasesRequest {
        filter: Some(filter(query)),
        only_chronic: query.has("croniche"),
        only_very_old: query.has("risalenti"),
        page_size,
        page_token: query.text("pagina").to_owned(),
    }
}

/// A filter in words, with what else narrows a list.
pub(super) fn told(t: Text, filter: &VolumesFilter, flags: &[&str]) -> String {
    let named = |(dimension, code): (Dimension, &str)| {
        (!code.is_empty()).then(|| t.dash_part(axis(t, dimension), &value(t, dimension, code)))
    };
    let agencies = filter
        .with_agencies
        .then(|| t.dash_with_agencies().to_owned());
    let parts = filter
        .parts
        .iter()
        .map(|part| (part.dimension(), part.value.as_str()));
    let places = [
        named((Dimension::Region, filter.region_istat.as_str())),
        named((Dimension::Office, filter.office.as_str())),
        agencies,
        named((Dimension::Product, filter.product.as_str())),
        named((Dimension::Section, filter.section.as_str())),
    ];
    let named: Vec<String> = places
        .into_iter()
        .chain(parts.map(named))
        .flatten()
        .chain(flags.iter().map(|flag| (*flag).to_owned()))
        .collect();
    if named.is_empty() {
        t.digest_no_filters().to_owned()
    } else {
        named.join("; ")
    }
}

/// The filter of a list in words.
pub(super) fn told_of_list(t: Text, subject: Subject, query: &Fields) -> String {
    let flags = [
        ("croniche", subject.only_chronic(t)),
        ("risalenti", t.dash_only_very_old()),
    ];
    let flags: Vec<&str> = flags
        .into_iter()
        .filter(|(name, _)| query.has(name))
        .map(|(_, words)| words)
        .collect();
    told(t, &filter(query), &flags)
}

/// Name of what figures are cut by.
pub(super) fn axis(t: Text, dimension: Dimension) -> &'static str {
    match dimension {
        Dimension::Unspecified => "",
        Dimension::Region => t.dash_axis_region(),
        Dimension::Office => t.dash_axis_office(),
        Dimension::Product => t.dash_axis_product(),
        Dimension::Section => t.dash_axis_section(),
        Dimension::Causale => t.dash_axis_causale(),
        Dimension::PaymentMode => t.dash_axis_payment(),
        Dimension::Sector => t.dash_axis_sector(),
        Dimension::Size => t.dash_axis_size(),
        Dimension::Arrival => t.dash_axis_arrival(),
        Dimension::Stage => t.dash_axis_stage(),
        Dimension::Age => t.dash_axis_age(),
        Dimension::Outcome => t.dash_axis_outcome(),
        Dimension::Anomaly => t.dash_axis_anomaly(),
    }
}

/// Name of a value; the code where it has no other.
pub(super) fn value(t: Text, dimension: Dimension, code: &str) -> String {
    let named = |name: Option<&str>| name.unwrap_or(code).to_owned();
    match dimension {
        Dimension::Product => named(product(t, code)),
        Dimension::Section => named(section(t, code)),
        Dimension::Causale => {
            let known = Causale::from_str_name(&format!("CAUSALE_{code}"));
            named(known.map(|causale| names::causale(t, causale)))
        }
        Dimension::PaymentMode => {
            let known = PaymentMode::from_str_name(&format!("PAYMENT_MODE_{code}"));
            named(known.map(|mode| names::payment(t, mode)))
        }
        Dimension::Sector => named(sector(t, code)),
        Dimension::Stage => named(stage(t, code)),
        Dimension::Outcome => named(outcome(t, code)),
        Dimension::Anomaly => named(anomaly(t, code)),
        Dimension::Region => region(code).to_owned(),
        _ => code.to_owned(),
    }
}

fn product(t: Text, code: &str) -> Option<&'static str> {
    let known = Product::from_str_name(&format!("PRODUCT_{code}"));
    known.map(|product| names::product(t, product))
}

pub(super) fn section(t: Text, code: &str) -> Option<&'static str> {
    match code {
        "COVID" => Some(t.dash_covid()),
        "ORDINARY" => Some(t.dash_ordinary()),
        _ => None,
    }
}

fn sector(t: Text, code: &str) -> Option<&'static str> {
    match code {
        "1" => Some(t.dash_sector_1()),
        "2" => Some(t.dash_sector_2()),
        "4" => Some(t.dash_sector_4()),
        "5" => Some(t.dash_sector_5()),
        "6" => Some(t.dash_sector_6()),
        "7" => Some(t.dash_sector_7()),
        _ => None,
    }
}

fn stage(t: Text, code: &str) -> Option<&'static str> {
    match code {
        "TO_TAKE" => Some(t.dash_to_take()),
        "UNDER_REVIEW" => Some(t.dash_under_review()),
        "WAITING" => Some(t.dash_waiting()),
        "VERIFYING" => Some(t.dash_verifying()),
        "STOPPED" => Some(t.dash_stopped()),
        "TO_ORDER" => Some(t.dash_to_order()),
        "ORDERED" => Some(t.dash_ordered()),
        _ => None,
    }
}

fn outcome(t: Text, code: &str) -> Option<&'static str> {
    match code {
        "ACCEPTANCE" => Some(t.dash_accepted()),
        "PARTIAL_ACCEPTANCE" => Some(t.dash_partially()),
        "REJECTION" => Some(t.dash_rejected()),
        "PAID" => Some(t.dash_paid()),
        "REJECTED" => Some(t.dash_lines_rejected()),
        "CANCELLED" => Some(t.dash_lines_cancelled()),
        _ => None,
    }
}

/// What stops a line (`claims.md` PAY-5).
pub(super) fn anomaly(t: Text, code: &str) -> Option<&'static str> {
    Some(match code {
        "CF_INVALID" => t.dash_cf_invalid(),
        "CF_UNKNOWN" => t.dash_cf_unknown(),
        "NOT_A_BENEFICIARY" => t.dash_not_a_beneficiary(),
        "HOURS_EXCEED_AUTHORIZED" => t.dash_hours_exceed_authorized(),
        "HOURS_EXCEED_CONTRACT" => t.dash_hours_exceed_contract(),
        "BENEFIT_OVERLAP" => t.dash_benefit_overlap(),
        "ALREADY_PAID" => t.dash_already_paid(),
        "IBAN_HOLDER_MISMATCH" => t.dash_iban_holder_mismatch(),
        "IBAN_HOLDER_UNKNOWN" => t.dash_iban_holder_unknown(),
        "IBAN_RETURNED" => t.dash_iban_returned(),
        "DEDUCTIONS_TO_WORK" => t.dash_deductions_to_work(),
        _ => return None,
    })
}

/// Names of the regions, by ISTAT code.
pub(super) const REGIONS: [(&str, &str); 20] = [
    ("01", "Piemonte"),
    ("02", "Valle d'Aosta"),
    ("03", "Lombardia"),
    ("04", "Trentino-Alto Adige"),
    ("05", "Veneto"),
    ("06", "Friuli-Venezia Giulia"),
    ("07", "Liguria"),
    ("08", "Emilia-Romagna"),
    ("09", "Toscana"),
    ("10", "Umbria"),
    ("11", "Marche"),
    ("12", "Lazio"),
    ("13", "Abruzzo"),
    ("14", "Molise"),
    ("15", "Campania"),
    ("16", "Puglia"),
    ("17", "Basilicata"),
    ("18", "Calabria"),
    ("19", "Sicilia"),
    ("20", "Sardegna"),
];

fn region(code: &str) -> &str {
    REGIONS
        .iter()
        .find(|(known, _)| *known == code)
        .map_or(code, |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Language;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn an_address_holds_the_whole_question() {
        let query = Fields::read(
            b"regione=03&prodotto=CIGO&sezione=COVID&settore=1&al=2026-11-20&dal=2026-11-01&passo=settimana",
        );
        let filter = filter(&query);
        assert_eq!(
            (
                filter.region_istat.as_str(),
                filter.product.as_str(),
                filter.section.as_str()
            ),
            ("03", "CIGO", "COVID")
        );
        assert_eq!(filter.parts[0].dimension(), Dimension::Sector);
        let days = interval(&query, day("2026-11-23"));
        assert_eq!(days, (day("2026-11-01"), day("2026-11-20")));
        assert_eq!(trend(&query, days).step(), TrendStep::Week);
    }

    #[test]
    fn agencies_are_those_of_an_office() {
        let asked = |query: &[u8]| filter(&Fields::read(query)).with_agencies;
        assert!(asked(b"sede=490000&agenzie=1"));
        assert!(!asked(b"sede=490000&agenzie="));
        assert!(!asked(b"agenzie=1"), "the platform would refuse it");
    }

    #[test]
    fn without_days_thirty_are_shown_up_to_the_last_published() {
        let days = interval(&Fields::default(), day("2026-11-23"));
        assert_eq!(days, (day("2026-10-25"), day("2026-11-23")));
    }

    #[test]
    fn figures_of_one_characteristic_are_not_cut_by_another() {
        let cut = |query: &[u8]| cut_by(Subject::Claims, &Fields::read(query));
        assert_eq!(cut(b""), Some(Dimension::Product));
        assert_eq!(cut(b"taglio=causale"), Some(Dimension::Causale));
        assert_eq!(cut(b"taglio=causale&settore=1"), Some(Dimension::Product));
        assert_eq!(cut(b"taglio=settore&settore=1"), Some(Dimension::Sector));
        assert_eq!(cut(b"taglio=sezione&settore=1"), Some(Dimension::Section));
        assert_eq!(cut(b"taglio=regione&settore=1"), Some(Dimension::Region));
        assert_eq!(cut(b"taglio=sede&sede=490000"), Some(Dimension::Office));
    }

    #[test]
    fn what_nothing_can_be_cut_by_is_not_taken_for_something_else() {
        let cut = |subject, query: &[u8]| cut_by(subject, &Fields::read(query));
        assert_eq!(cut(Subject::Claims, b"taglio=altro"), None);
        assert_eq!(cut(Subject::Claims, b"taglio=anomalia"), None);
        let of_flows = cut(Subject::Flows, b"taglio=anomalia");
        assert_eq!(of_flows, Some(Dimension::Anomaly));
    }

    #[test]
    fn a_filter_is_told_whole() {
        let t = Text(Language::Italian);
        let query = Fields::read(b"regione=03&sezione=COVID&settore=1&risalenti=si");
        assert_eq!(
            told_of_list(t, Subject::Flows, &query),
            "regione: Lombardia; sezione: COVID-19; settore: industria; Solo molto risalenti"
        );
        let query = Fields::read(b"sede=490000&agenzie=1&sezione=COVID");
        assert_eq!(
            told_of_list(t, Subject::Claims, &query),
            "sede: 490000; con le agenzie; sezione: COVID-19"
        );
        assert_eq!(
            told(t, &VolumesFilter::default(), &[]),
            t.digest_no_filters()
        );
    }

    #[test]
    fn every_anomaly_of_the_contract_has_a_name() {
        let t = Text(Language::English);
        for number in 1..=11 {
            let code = proto::omnia::payments::v1::AnomalyCode::try_from(number).unwrap();
            let code = code.as_str_name().trim_start_matches("ANOMALY_CODE_");
            assert_ne!(value(t, Dimension::Anomaly, code), code);
        }
    }

    #[test]
    fn values_have_names_and_unknown_ones_their_code() {
        let t = Text(Language::Italian);
        assert_eq!(value(t, Dimension::Sector, "1"), "industria");
        assert_eq!(value(t, Dimension::Region, "03"), "Lombardia");
        assert_eq!(value(t, Dimension::Causale, "NOT_ONE"), "NOT_ONE");
        assert_eq!(value(t, Dimension::Age, "31-60"), "31-60");
    }
}
