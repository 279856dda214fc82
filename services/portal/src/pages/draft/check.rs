//! What the check says of a draft, step by step.

use chrono::NaiveDate;
use proto::omnia::claims::v1::Causale;

use super::Desk;
use super::fix::fixes;
use super::step::{Step, line_of, place_of};
use crate::gateway::Offices;
use crate::pages::provenance;
use crate::pages::view::FindingView;
use crate::text::{Text, format};

/// What the check says.
#[derive(Debug, Default)]
pub(super) struct CheckView {
    pub(super) submittable: bool,
    pub(super) groups: Vec<CheckGroup>,
    pub(super) office: String,
    pub(super) due: String,
    /// What is lost after that day; empty when there is no term, or when it is over.
    pub(super) due_consequence: String,
    /// First day to file; empty when it has come.
    pub(super) not_before: String,
    /// First day that may still be recognised of a period that is late; empty otherwise.
    pub(super) earliest: String,
    pub(super) nothing_recognisable: bool,
    pub(super) grantable: String,
    pub(super) first_free: String,
    /// What a click can mend: name and words.
    pub(super) fixes: Vec<(String, String)>,
    /// Sources that did not answer.
    pub(super) degraded: Vec<String>,
    pub(super) known: bool,
}

/// The findings of a step.
#[derive(Debug)]
pub(super) struct CheckGroup {
    pub(super) slug: &'static str,
    pub(super) title: &'static str,
    pub(super) findings: Vec<Placed>,
}

/// A finding and where it is mended.
#[derive(Debug)]
pub(super) struct Placed {
    pub(super) finding: FindingView,
    pub(super) anchor: &'static str,
    pub(super) line: Option<usize>,
}

pub(super) fn check_view(
    t: Text,
    today: NaiveDate,
    desk: &Desk,
    found: &[FindingView],
    offices: &Offices,
) -> CheckView {
    let Desk { content, check, .. } = desk;
    let groups = Step::ALL
        .into_iter()
        .map(|step| CheckGroup {
            slug: step.slug(),
            title: step.title(t),
            findings: found
                .iter()
                .filter(|finding| place_of(&finding.field).0 == step)
                .map(|finding| Placed {
                    finding: finding.clone(),
                    anchor: place_of(&finding.field).1,
                    line: line_of(&finding.field),
                })
                .collect(),
        })
        .filter(|group: &CheckGroup| !group.findings.is_empty())
        .collect();
    let simulation = check.simulation;
    let due = check.filing_due_date.as_ref().and_then(format::of_message);
    let not_before = check
        .filing_not_before
        .as_ref()
        .and_then(format::of_message);
    let offered = fixes(content, check, desk.weeks_most);
    CheckView {
        submittable: check.submittable,
        groups,
        office: if check.competent_office.is_empty() {
            String::new()
        } else {
            offices.name(&check.competent_office)
        },
        due: due.map(format::day).unwrap_or_default(),
        due_consequence: match due {
            Some(due) if today <= due => consequence(t, content.causale()).to_owned(),
            _ => String::new(),
        },
        not_before: not_before
            .filter(|day| today < *day)
            .map(format::day)
            .unwrap_or_default(),
        earliest: format::date(check.earliest_recognisable_date.as_ref()),
        nothing_recognisable: check.nothing_recognisable,
        grantable: simulation.map_or(String::new(), |one| t.weeks(one.grantable_weeks.into())),
        first_free: simulation
            .filter(|one| one.first_failing_week.is_some())
            .map_or(String::new(), |one| {
                format::date(one.first_block_week.as_ref())
            }),
        fixes: offered
            .iter()
            .map(|fix| (fix.name(), fix.label(t)))
            .collect(),
        degraded: provenance::degraded(t, &check.sources),
        known: true,
    }
}

/// What is lost after the term: a claim of COVID-19 its right, any other the weeks before the one that precedes the filing
/// (`claims.md` §4.7, COV-1).
fn consequence(t: Text, causale: Causale) -> &'static str {
    if causale.as_str_name().starts_with("CAUSALE_COVID19") {
        t.due_consequence_forfeit()
    } else {
        t.due_consequence()
    }
}
