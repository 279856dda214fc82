//! What the check says of a draft, step by step.

use proto::omnia::claims::v1::CheckDraftResponse;

use super::step::{Step, line_of, place_of};
use crate::gateway::Offices;
use crate::pages::view::FindingView;
use crate::text::{Text, format};

/// What the check says.
#[derive(Debug, Default)]
pub(super) struct CheckView {
    pub(super) submittable: bool,
    pub(super) groups: Vec<CheckGroup>,
    pub(super) office: String,
    pub(super) due: String,
    pub(super) grantable: String,
    pub(super) first_free: String,
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
    check: &CheckDraftResponse,
    found: &[FindingView],
    offices: &Offices,
) -> CheckView {
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
    CheckView {
        submittable: check.submittable,
        groups,
        office: if check.competent_office.is_empty() {
            String::new()
        } else {
            offices.name(&check.competent_office)
        },
        due: format::date(check.filing_due_date.as_ref()),
        grantable: simulation.map_or(String::new(), |one| t.weeks(one.grantable_weeks.into())),
        first_free: simulation
            .filter(|one| one.first_failing_week.is_some())
            .map_or(String::new(), |one| {
                format::date(one.first_block_week.as_ref())
            }),
        known: true,
    }
}
