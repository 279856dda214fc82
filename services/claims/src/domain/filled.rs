//! What the platform fills in for the filer, and the proof of it: where each value comes from, when, and who confirmed
//! it. A value that the filer then changes is the filer's, and no longer here.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::codes::{coded, coded_json};
use super::content::{Content, FilerQuality, HeadcountGroup, TechnicalReport};
use super::role::{Actor, Role};
use super::unit::UnitFacts;

coded! {
    /// Where a value comes from.
    pub enum FilledFrom {
        /// The anagrafe.
        Anagrafe = "ANAGRAFE",
        /// The role under which the caller acts.
        Session = "SESSION",
        /// Another claim.
        LastClaim = "LAST_CLAIM",
    }
}

coded_json!(FilledFrom, "source of a value");

/// A value that the platform filled in. Prints without the value, which may be of a person.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filled {
    /// Field, as a path in the content, or of the employer block.
    pub field: String,
    /// The value, as text.
    pub value: String,
    /// Where it comes from.
    pub from: FilledFrom,
    /// More on the source, such as a protocol number; empty when there is nothing to say.
    pub detail: String,
    /// When the source said so.
    pub at: DateTime<Utc>,
    /// Who confirmed it and when; `None` while nobody did.
    pub confirmed: Option<(Uuid, DateTime<Utc>)>,
    /// In what role; `None` also for what was confirmed before roles were kept.
    #[serde(default)]
    pub confirmed_as: Option<Role>,
}

impl std::fmt::Debug for Filled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Filled")
            .field("field", &self.field)
            .field("from", &self.from)
            .finish_non_exhaustive()
    }
}

/// A source at an instant.
#[derive(Debug, Clone, Copy)]
pub struct Origin<'a> {
    /// The source.
    pub from: FilledFrom,
    /// More on it.
    pub detail: &'a str,
    /// The instant.
    pub at: DateTime<Utc>,
}

impl Origin<'_> {
    fn value(&self, field: &str, value: String) -> Filled {
        Filled {
            field: field.to_owned(),
            value,
            from: self.from,
            detail: self.detail.to_owned(),
            at: self.at,
            confirmed: None,
            confirmed_as: None,
        }
    }
}

/// A field of the content that the platform may fill in: its name, its value as text, and how it is taken over.
struct Fillable {
    field: &'static str,
    read: fn(&Content) -> String,
    copy: fn(&mut Content, &Content),
}

/// The fields, in the order of the page.
const FILLABLE: [Fillable; 12] = [
    Fillable {
        field: "headcount",
        read: |content| spelled(&content.headcount),
        copy: |content, from| content.headcount.clone_from(&from.headcount),
    },
    Fillable {
        field: "seat_province_istat",
        read: |content| content.seat_province_istat.clone(),
        copy: |content, from| {
            content
                .seat_province_istat
                .clone_from(&from.seat_province_istat);
        },
    },
    Fillable {
        field: "filer_quality",
        read: |content| coded_text(content.filer_quality.map(FilerQuality::code)),
        copy: |content, from| content.filer_quality = from.filer_quality,
    },
    Fillable {
        field: "filer_codice_fiscale",
        read: |content| content.filer_codice_fiscale.clone(),
        copy: |content, from| {
            content
                .filer_codice_fiscale
                .clone_from(&from.filer_codice_fiscale);
        },
    },
    Fillable {
        field: "contact_pec",
        read: |content| content.contact_pec.clone(),
        copy: |content, from| content.contact_pec.clone_from(&from.contact_pec),
    },
    Fillable {
        field: "contact_email",
        read: |content| content.contact_email.clone(),
        copy: |content, from| content.contact_email.clone_from(&from.contact_email),
    },
    Fillable {
        field: "contact_phone",
        read: |content| content.contact_phone.clone(),
        copy: |content, from| content.contact_phone.clone_from(&from.contact_phone),
    },
    Fillable {
        field: "product",
        read: |content| coded_text(content.product.map(super::product::Product::code)),
        copy: |content, from| content.product = from.product,
    },
    Fillable {
        field: "fund_code",
        read: |content| content.fund_code.clone(),
        copy: |content, from| content.fund_code.clone_from(&from.fund_code),
    },
    Fillable {
        field: "payment_mode",
        read: |content| coded_text(content.payment_mode.map(super::product::PaymentMode::code)),
        copy: |content, from| content.payment_mode = from.payment_mode,
    },
    Fillable {
        field: "technical_report.activity",
        read: |content| section(content, |report| &report.activity),
        copy: |content, from| {
            if let Some(report) = &from.technical_report {
                let own = content
                    .technical_report
                    .get_or_insert_with(TechnicalReport::default);
                own.activity.clone_from(&report.activity);
            }
        },
    },
    Fillable {
        field: "technical_report.market_continuity",
        read: |content| section(content, |report| &report.market_continuity),
        copy: |content, from| {
            if let Some(report) = &from.technical_report {
                let own = content
                    .technical_report
                    .get_or_insert_with(TechnicalReport::default);
                own.market_continuity.clone_from(&report.market_continuity);
            }
        },
    },
];

fn section(content: &Content, of: fn(&TechnicalReport) -> &String) -> String {
    content
        .technical_report
        .as_ref()
        .map(|report| of(report).clone())
        .unwrap_or_default()
}

fn coded_text(code: Option<&'static str>) -> String {
    code.unwrap_or_default().to_owned()
}

/// Headcount as text: hours and heads of each group, in hundredths.
fn spelled(groups: &[HeadcountGroup]) -> String {
    let spelled: Vec<_> = groups
        .iter()
        .map(|it| {
            format!(
                "{}:{}",
                it.weekly_hours_hundredths, it.average_heads_hundredths
            )
        })
        .collect();
    spelled.join(" ")
}

/// Takes over what the content lacks and the other has.
fn take_over(content: &mut Content, from: &Content, origin: Origin<'_>) -> Vec<Filled> {
    let mut filled = Vec::new();
    for fillable in &FILLABLE {
        let value = (fillable.read)(from);
        if !value.is_empty() && (fillable.read)(content).is_empty() {
            (fillable.copy)(content, from);
            filled.push(origin.value(fillable.field, value));
        }
    }
    filled
}

/// Fills in what the anagrafe knows of the unit, and names the read-only values of the employer block.
pub fn from_unit(content: &mut Content, unit: &UnitFacts, at: DateTime<Utc>) -> Vec<Filled> {
    let origin = Origin {
        from: FilledFrom::Anagrafe,
        detail: "",
        at,
    };
    let known = Content {
        headcount: unit.headcount.clone(),
        seat_province_istat: unit.seat_province_istat.clone(),
        ..Content::of(content.unit.clone())
    };
    let mut filled = take_over(content, &known, origin);
    let block = [
        ("employer.name", unit.employer_name.clone()),
        ("employer.codice_fiscale", unit.employer_cf.clone()),
        ("employer.csc", unit.csc.clone()),
        (
            "employer.authorization_codes",
            unit.authorization_codes.join(" "),
        ),
        ("employer.ateco", unit.ateco.clone()),
        ("employer.ateco_version", unit.ateco_version.clone()),
        ("unit.name", unit.unit_name.clone()),
        ("unit.address", unit.unit_address.clone()),
        ("unit.municipality", unit.unit_municipality.clone()),
        ("unit.province_istat", unit.unit_province_istat.clone()),
        ("competent_office", unit.competent_office.to_string()),
    ];
    let told = block.into_iter().filter(|(_, value)| !value.is_empty());
    filled.extend(told.map(|(field, value)| origin.value(field, value)));
    filled
}

/// Fills in the quality of the role under which the caller acts.
pub fn from_session(
    content: &mut Content,
    quality: Option<FilerQuality>,
    at: DateTime<Utc>,
) -> Vec<Filled> {
    let origin = Origin {
        from: FilledFrom::Session,
        detail: "",
        at,
    };
    let known = Content {
        filer_quality: quality,
        ..Content::of(content.unit.clone())
    };
    take_over(content, &known, origin)
}

/// Fills in what another claim of the employer says and does not change from one to the next.
pub fn from_claim(
    content: &mut Content,
    other: &Content,
    protocol: &str,
    at: DateTime<Utc>,
) -> Vec<Filled> {
    let origin = Origin {
        from: FilledFrom::LastClaim,
        detail: protocol,
        at,
    };
    let known = Content {
        // Whoever files now need not be who filed then; headcount and seat are those of today.
        filer_quality: None,
        headcount: Vec::new(),
        seat_province_istat: String::new(),
        ..other.clone()
    };
    take_over(content, &known, origin)
}

/// What still holds after the filer wrote: values that stand in the content as they were filled in, and the read-only
/// ones. `fresh` replaces what it names.
pub fn kept(before: Vec<Filled>, fresh: Vec<Filled>, content: &Content) -> Vec<Filled> {
    let stands = |filled: &Filled| match FILLABLE.iter().find(|it| it.field == filled.field) {
        Some(fillable) => (fillable.read)(content) == filled.value,
        None => true,
    };
    let mut kept: Vec<Filled> = before.into_iter().filter(stands).collect();
    for new in fresh {
        match kept.iter_mut().find(|old| old.field == new.field) {
            // The same value said again is the same value: its confirmation stays.
            Some(old) if old.value == new.value && old.from == new.from => {}
            Some(old) => *old = new,
            None => kept.push(new),
        }
    }
    kept
}

/// Notes who confirmed fields that nobody had confirmed; all of them when none is named.
pub fn confirm(filled: &mut [Filled], fields: Option<&[String]>, by: Actor, at: DateTime<Utc>) {
    let named = |field: &String| fields.is_none_or(|fields| fields.contains(field));
    for value in filled
        .iter_mut()
        .filter(|it| it.confirmed.is_none() && named(&it.field))
    {
        value.confirmed = Some((by.person, at));
        value.confirmed_as = Some(by.role);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::samples::{content, filer, instant, operator, unit_facts};

    fn of<'a>(filled: &'a [Filled], field: &str) -> Option<&'a Filled> {
        filled.iter().find(|it| it.field == field)
    }

    #[test]
    fn an_empty_draft_takes_headcount_seat_and_employer_from_the_anagrafe() {
        let mut draft = Content::of(content("2026-09-07", 1).unit);
        let filled = from_unit(&mut draft, &unit_facts(), instant("2026-09-10"));
        assert_eq!(draft.average_heads_hundredths(), 6_000);
        assert_eq!(draft.seat_province_istat, "015");
        let headcount = of(&filled, "headcount").unwrap();
        assert_eq!(
            (headcount.value.as_str(), headcount.from, headcount.at),
            ("4000:6000", FilledFrom::Anagrafe, instant("2026-09-10"))
        );
        assert_eq!(of(&filled, "competent_office").unwrap().value, "490000");
        assert!(filled.iter().all(|it| it.confirmed.is_none()));
    }

    #[test]
    fn what_the_filer_wrote_is_never_replaced_and_what_the_filer_changes_loses_its_source() {
        let mut draft = content("2026-09-07", 1);
        draft.seat_province_istat = "016".into();
        let filled = from_unit(&mut draft, &unit_facts(), instant("2026-09-10"));
        assert_eq!(draft.seat_province_istat, "016");
        assert!(of(&filled, "seat_province_istat").is_none());
        draft.headcount[0].average_heads_hundredths = 5_900;
        let kept = kept(filled, Vec::new(), &draft);
        assert!(of(&kept, "headcount").is_none());
        assert!(of(&kept, "employer.name").is_some(), "read-only");
    }

    #[test]
    fn a_copied_claim_gives_contacts_and_standing_texts_but_no_period_and_no_workers() {
        let last = content("2026-06-01", 4);
        let mut draft = Content::of(last.unit.clone());
        let protocol = "INPS.4900.01/06/2026.0000001";
        let filled = from_claim(&mut draft, &last, protocol, instant("2026-09-10"));
        assert_eq!(draft.contact_phone, last.contact_phone);
        assert!(draft.period.is_none() && draft.beneficiaries.is_empty());
        assert!(draft.filer_quality.is_none() && draft.override_notes.is_empty());
        assert_eq!(of(&filled, "contact_phone").unwrap().detail, protocol);
        let report = draft.technical_report.unwrap();
        assert!(!report.activity.is_empty() && report.event_and_causes.is_empty());
    }

    #[test]
    fn a_confirmation_names_who_and_when_and_survives_the_same_value_said_again() {
        let mut draft = Content::of(content("2026-09-07", 1).unit);
        let mut filled = from_unit(&mut draft, &unit_facts(), instant("2026-09-10"));
        let who = filer();
        let field = ["headcount".to_owned()];
        confirm(&mut filled, Some(&field), who, instant("2026-09-11"));
        let confirmed = Some((who.person, instant("2026-09-11")));
        assert_eq!(of(&filled, "headcount").unwrap().confirmed, confirmed);
        assert_eq!(
            of(&filled, "headcount").unwrap().confirmed_as,
            Some(who.role)
        );
        assert!(of(&filled, "employer.name").unwrap().confirmed.is_none());
        let mut empty = Content::of(draft.unit.clone());
        let again = from_unit(&mut empty, &unit_facts(), instant("2026-09-12"));
        let mut filled = kept(filled, again, &draft);
        assert_eq!(of(&filled, "headcount").unwrap().confirmed, confirmed);
        confirm(&mut filled, None, operator(), instant("2026-09-13"));
        assert_eq!(of(&filled, "headcount").unwrap().confirmed, confirmed);
        assert!(filled.iter().all(|it| it.confirmed.is_some()));
    }

    #[test]
    fn what_was_confirmed_before_roles_were_kept_is_still_read() {
        let old = r#"{"field": "headcount", "value": "4000:6000", "from": "ANAGRAFE", "detail": "",
                      "at": "2026-09-10T08:00:00Z",
                      "confirmed": ["01a060ea-efb3-7c18-bb7a-615441e76503", "2026-09-11T08:00:00Z"]}"#;
        let read: Filled = serde_json::from_str(old).unwrap();
        assert!(read.confirmed.is_some() && read.confirmed_as.is_none());
        let written = serde_json::to_string(&Filled {
            confirmed_as: Some(Role::Int),
            ..read
        });
        assert!(written.unwrap().contains(r#""confirmed_as":"INT""#));
    }

    #[test]
    fn a_value_that_is_printed_names_nobody() {
        let mut draft = Content::of(content("2026-09-07", 1).unit);
        let filled = from_unit(&mut draft, &unit_facts(), instant("2026-09-10"));
        assert!(!format!("{filled:?}").contains("12345678903"));
    }
}
