//! Where values come from: what the platform filled in, the sources that did not answer, and what is completed by itself
//! after the submission.

use proto::omnia::claims::v1::{
    Claim, Completion, FilerQuality, FilledValue, PaymentMode, Product, SourceState, SourceStatus,
    ValueSource,
};

use super::view::{FindingView, findings};
use crate::gateway::Offices;
use crate::text::{Text, format, names};

/// A value that the platform filled in.
#[derive(Debug, Clone)]
pub(crate) struct FilledView {
    /// Field, as a path in the contract.
    pub(crate) field: String,
    /// What it is.
    pub(crate) label: &'static str,
    /// The value in words.
    pub(crate) value: String,
    /// Where it comes from, and when.
    pub(crate) origin: String,
    /// Who confirmed it and when; empty while nobody did.
    pub(crate) confirmed: String,
}

/// Something that was or is to be completed after the submission.
#[derive(Debug)]
pub(crate) struct CompletionView {
    /// What, since when, until when.
    pub(crate) text: String,
    /// What the check had to say then.
    pub(crate) findings: Vec<FindingView>,
}

/// What the platform filled in, in words.
pub(crate) fn filled(t: Text, claim: &Claim, offices: &Offices) -> Vec<FilledView> {
    let values = claim.filled.iter();
    let shown = values.filter(|one| !label(t, &one.field).is_empty());
    shown.map(|one| filled_view(t, one, offices)).collect()
}

fn filled_view(t: Text, one: &FilledValue, offices: &Offices) -> FilledView {
    let at = format::timestamp(one.filled_at.as_ref());
    FilledView {
        field: one.field.clone(),
        label: label(t, &one.field),
        value: value(t, one, offices),
        origin: match one.source() {
            ValueSource::Anagrafe => t.filled_from_anagrafe(&at),
            ValueSource::Session => t.filled_from_session(&at),
            ValueSource::LastClaim => t.filled_from_claim(&one.source_detail, &at),
            ValueSource::Unspecified => at,
        },
        confirmed: confirmed(t, one),
    }
}

/// Who confirmed a value, by the role, and when: people have no names on the platform.
fn confirmed(t: Text, one: &FilledValue) -> String {
    let when = format::timestamp(one.confirmed_at.as_ref());
    match (when.as_str(), one.confirmed_role.as_str()) {
        ("", _) => String::new(),
        (when, "") => t.filled_confirmed(when),
        (when, role) => t.filled_confirmed_as(when, names::role(t, role)),
    }
}

/// What a field is called; empty for one that says nothing to people.
fn label(t: Text, field: &str) -> &'static str {
    match field {
        "headcount" => t.headcount(),
        "seat_province_istat" => t.seat_province(),
        "filer_quality" => t.filed_as(),
        "filer_codice_fiscale" => t.filer_code(),
        "contact_pec" => t.contact_pec(),
        "contact_email" => t.contact_email(),
        "contact_phone" => t.contact_phone(),
        "product" => t.product(),
        "fund_code" => t.fund(),
        "payment_mode" => t.payment_mode(),
        "technical_report.activity" => t.report_activity(),
        "technical_report.market_continuity" => t.report_market(),
        "employer.name" => t.employer(),
        "employer.codice_fiscale" => t.employer_code(),
        "employer.csc" => t.employer_csc(),
        "employer.authorization_codes" => t.employer_authorizations(),
        "employer.ateco" => t.employer_ateco(),
        "unit.name" => t.production_unit(),
        "unit.address" => t.unit_address(),
        "unit.municipality" => t.unit_municipality(),
        "unit.province_istat" => t.unit_province(),
        "competent_office" => t.office(),
        _ => "",
    }
}

/// The value as people write it: codes of the contract become their names.
fn value(t: Text, one: &FilledValue, offices: &Offices) -> String {
    let code = &one.value;
    match one.field.as_str() {
        "headcount" => headcount(t, code),
        "filer_quality" => named(code, "FILER_QUALITY_", |name| {
            FilerQuality::from_str_name(name).map(|quality| names::quality(t, quality))
        }),
        "product" => named(code, "PRODUCT_", |name| {
            Product::from_str_name(name).map(|product| names::product(t, product))
        }),
        "payment_mode" => named(code, "PAYMENT_MODE_", |name| {
            PaymentMode::from_str_name(name).map(|mode| names::payment(t, mode))
        }),
        "competent_office" => offices.name(code),
        _ => code.clone(),
    }
}

fn named(code: &str, prefix: &str, name: impl Fn(&str) -> Option<&'static str>) -> String {
    name(&format!("{prefix}{code}")).map_or_else(|| code.to_owned(), str::to_owned)
}

/// `4000:6000 2000:250`: weekly hours and heads of each group, in hundredths.
fn headcount(t: Text, code: &str) -> String {
    let Text(language) = t;
    let number = |text: &str| format::hundredths(text.parse().unwrap_or_default(), language);
    let groups = code.split(' ').filter_map(|group| {
        let (hours, heads) = group.split_once(':')?;
        Some(t.headcount_group(&number(heads), &number(hours)))
    });
    groups.collect::<Vec<_>>().join("; ")
}

/// Sources that did not answer, each with what that means.
pub(crate) fn degraded(t: Text, sources: &[SourceStatus]) -> Vec<String> {
    let silent = sources
        .iter()
        .filter(|one| one.state() == SourceState::Degraded);
    silent
        .map(|one| {
            let source = names::source(t, one.source());
            match format::timestamp(one.known_at.as_ref()).as_str() {
                "" => t.source_degraded(source),
                known_at => t.source_degraded_known(source, known_at),
            }
        })
        .collect()
}

/// What is completed after the submission, in words.
pub(crate) fn completions(t: Text, completions: &[Completion]) -> Vec<CompletionView> {
    let views = completions.iter().map(|one| {
        let source = names::source(t, one.source());
        let since = format::timestamp(one.since.as_ref());
        CompletionView {
            text: match format::timestamp(one.completed_at.as_ref()).as_str() {
                "" => t.completion_awaited(source, &since),
                done => t.completion_done(source, &since, done),
            },
            findings: findings(t, &one.findings),
        }
    });
    views.collect()
}

#[cfg(test)]
mod tests {
    use proto::omnia::claims::v1::Source;

    use super::*;
    use crate::text::Language;

    const T: Text = Text(Language::Italian);

    fn one(field: &str, value: &str) -> FilledView {
        let claim = Claim {
            filled: vec![FilledValue {
                field: field.to_owned(),
                value: value.to_owned(),
                source: ValueSource::Anagrafe as i32,
                ..FilledValue::default()
            }],
            ..Claim::default()
        };
        filled(T, &claim, &Offices::default()).remove(0)
    }

    #[test]
    fn values_are_told_in_words_with_their_source() {
        assert_eq!(
            one("headcount", "4000:6000 2000:250").value,
            "60,00 a 40,00 ore; 2,50 a 20,00 ore"
        );
        assert_eq!(one("product", "CIGO").value, T.product_cigo());
        assert_eq!(
            one("filer_quality", "INTERMEDIARY").value,
            T.role_intermediary()
        );
        assert_eq!(one("employer.ateco", "25.62.00").value, "25.62.00");
        assert!(one("employer.name", "Officine").origin.contains("anagrafe"));
        assert!(one("employer.name", "Officine").confirmed.is_empty());
    }

    #[test]
    fn who_confirmed_a_value_is_told_by_the_role() {
        let confirmed = |role: &str| {
            let value = FilledValue {
                confirmed_by: "01a060ea-efb3-7c18-bb7a-615441e76503".to_owned(),
                confirmed_at: Some(prost_types::Timestamp::default()),
                confirmed_role: role.to_owned(),
                ..FilledValue::default()
            };
            super::confirmed(T, &value)
        };
        assert!(confirmed("INT").ends_with(&format!("({})", T.role_intermediary())));
        assert!(!confirmed("").contains('(') && !confirmed("INT").contains("01a060ea"));
    }

    #[test]
    fn a_source_that_is_silent_is_told_and_one_that_answers_is_not() {
        let status = |source, state| SourceStatus {
            source,
            state,
            known_at: None,
        };
        let told = degraded(
            T,
            &[
                status(Source::Limits as i32, SourceState::Degraded as i32),
                status(Source::Anagrafe as i32, SourceState::Available as i32),
                status(Source::Uniemens as i32, SourceState::NotConnected as i32),
            ],
        );
        assert_eq!(told.len(), 1);
        assert!(told[0].contains(names::source(T, Source::Limits)));
    }
}
