//! What a click can mend: for some findings there is one right answer, and the form offers it.

use chrono::{Datelike, NaiveDate, TimeDelta};
use proto::omnia::claims::v1::{CheckDraftResponse, DraftContent, Finding, PaymentMode};

use super::workers;
use crate::text::{Text, format};

/// Something that mends a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fix {
    /// Ask for so many weeks: those that fit.
    Weeks(i32),
    /// Begin on this Monday.
    FirstWeek(NaiveDate),
    /// Begin on the Monday of the first week, whatever day was written.
    OnMonday,
    /// Let INPS pay, where nobody else may.
    Direct,
    /// Ask for no advance.
    NoAdvance,
    /// Leave out the IBANs, which only the advance asks for.
    NoIbans,
    /// Leave out the workers who may not be beneficiaries.
    NotEligible(usize),
    /// Take the totals of the list.
    Totals,
}

/// Code of a worker who may not be a beneficiary (`claims.md` S9).
const NOT_ELIGIBLE: &str = "WORKER_NOT_ELIGIBLE";

impl Fix {
    /// As a button names it.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Weeks(weeks) => format!("settimane:{weeks}"),
            Self::FirstWeek(monday) => format!("inizio:{monday}"),
            Self::OnMonday => "lunedi".to_owned(),
            Self::Direct => "diretto".to_owned(),
            Self::NoAdvance => "anticipo".to_owned(),
            Self::NoIbans => "iban".to_owned(),
            Self::NotEligible(_) => "lavoratori".to_owned(),
            Self::Totals => "totali".to_owned(),
        }
    }

    /// What it does, in words.
    pub(super) fn label(&self, t: Text) -> String {
        match self {
            Self::Weeks(weeks) => t.fix_weeks(&t.weeks((*weeks).into())),
            Self::FirstWeek(monday) => t.fix_first_week(&format::day(*monday)),
            Self::OnMonday => t.fix_on_monday().to_owned(),
            Self::Direct => t.fix_direct().to_owned(),
            Self::NoAdvance => t.fix_no_advance().to_owned(),
            Self::NoIbans => t.fix_no_ibans().to_owned(),
            Self::NotEligible(workers) => t.fix_not_eligible(*workers),
            Self::Totals => t.fix_totals().to_owned(),
        }
    }

    /// Mends a draft.
    pub(super) fn apply(&self, content: &mut DraftContent, check: &CheckDraftResponse) {
        match self {
            Self::Weeks(weeks) => {
                if let Some(period) = &mut content.period {
                    period.weeks = *weeks;
                }
            }
            Self::FirstWeek(monday) => {
                if let Some(period) = &mut content.period {
                    period.first_week = Some(format::to_message(*monday));
                }
                content.effective_start_date = None;
            }
            Self::OnMonday => content.effective_start_date = None,
            Self::Direct => content.set_payment_mode(PaymentMode::Direct),
            Self::NoAdvance => content.advance_40_requested = false,
            Self::NoIbans => content
                .beneficiaries
                .iter_mut()
                .for_each(|worker| worker.iban.clear()),
            Self::NotEligible(_) => {
                let out = not_eligible(check);
                let listed = std::mem::take(&mut content.beneficiaries).into_iter();
                let stay = listed.enumerate().filter(|(place, _)| !out.contains(place));
                workers::put(content, stay.map(|(_, worker)| worker).collect());
            }
            Self::Totals => {
                let listed = std::mem::take(&mut content.beneficiaries);
                workers::put(content, listed);
            }
        }
    }
}

/// What a click can mend in a draft, the period first. `weeks_most`: of a claim for the instrument, 0 when it does not matter.
pub(super) fn fixes(
    content: &DraftContent,
    check: &CheckDraftResponse,
    weeks_most: i32,
) -> Vec<Fix> {
    let mut fixes = of_period(content, check, weeks_most);
    let about = |field: &str| check.findings.iter().any(|finding| finding.field == field);
    if about("effective_start_date") {
        fixes.push(Fix::OnMonday);
    }
    if about("payment_mode") && content.payment_mode() == PaymentMode::Conguaglio {
        fixes.push(Fix::Direct);
    }
    if about("advance_40_requested") && content.advance_40_requested {
        fixes.push(Fix::NoAdvance);
    }
    // A list that is not shown is not changed here: it came as a file, and comes again as one.
    if !content.beneficiaries_omitted && !content.beneficiaries.is_empty() {
        if !content.advance_40_requested
            && content.beneficiaries.iter().any(|it| !it.iban.is_empty())
        {
            fixes.push(Fix::NoIbans);
        }
        let out = not_eligible(check).len();
        if (1..content.beneficiaries.len()).contains(&out) {
            fixes.push(Fix::NotEligible(out));
        }
        if about("beneficiaries_count") || about("hours_requested_hundredths") && !adds_up(content)
        {
            fixes.push(Fix::Totals);
        }
    }
    fixes
}

fn of_period(content: &DraftContent, check: &CheckDraftResponse, weeks_most: i32) -> Vec<Fix> {
    let Some(period) = &content.period else {
        return Vec::new();
    };
    let Some(first) = period.first_week.as_ref().and_then(format::of_message) else {
        return Vec::new();
    };
    let weekday = i64::from(first.weekday().num_days_from_monday());
    if weekday > 0 {
        let monday = first - TimeDelta::days(weekday);
        return vec![Fix::FirstWeek(monday)];
    }
    let simulation = check
        .simulation
        .filter(|it| it.first_failing_week.is_some());
    // As many as the counters leave, within what one claim may hold.
    let fits = simulation.map_or(period.weeks, |it| it.grantable_weeks);
    let fits = if weeks_most > 0 {
        fits.min(weeks_most)
    } else {
        fits
    };
    let mut fixes = Vec::new();
    if (1..period.weeks).contains(&fits) {
        fixes.push(Fix::Weeks(fits));
    }
    let later = simulation.and_then(|it| it.first_block_week);
    let later = later.as_ref().and_then(format::of_message);
    if let Some(later) = later.filter(|later| *later != first) {
        fixes.push(Fix::FirstWeek(later));
    }
    fixes
}

/// Places of the workers who may not be beneficiaries, from 0.
fn not_eligible(check: &CheckDraftResponse) -> Vec<usize> {
    let told = check
        .findings
        .iter()
        .filter(|finding| finding.code == NOT_ELIGIBLE);
    told.filter_map(place).collect()
}

fn place(finding: &Finding) -> Option<usize> {
    let line = super::step::line_of(&finding.field)?;
    line.checked_sub(1)
}

fn adds_up(content: &DraftContent) -> bool {
    let hours = content.beneficiaries.iter();
    let hours: i64 = hours.map(|worker| worker.hours_requested_hundredths).sum();
    hours == content.hours_requested_hundredths
}

#[cfg(test)]
mod tests {
    use proto::omnia::claims::v1::Beneficiary;
    use proto::omnia::common::v1::WeekPeriod;
    use proto::omnia::limits::v1::Simulation;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn asking(first: &str, weeks: i32) -> DraftContent {
        DraftContent {
            period: Some(WeekPeriod {
                first_week: Some(format::to_message(day(first))),
                weeks,
            }),
            ..DraftContent::default()
        }
    }

    fn finding(code: &str, field: &str) -> Finding {
        Finding {
            code: code.to_owned(),
            field: field.to_owned(),
            ..Finding::default()
        }
    }

    #[test]
    fn the_longest_period_that_fits_is_a_click_away() {
        let mut content = asking("2026-09-07", 10);
        let check = CheckDraftResponse {
            simulation: Some(Simulation {
                grantable_weeks: 4,
                first_failing_week: Some(format::to_message(day("2026-10-05"))),
                first_block_week: Some(format::to_message(day("2027-01-04"))),
                ..Simulation::default()
            }),
            ..CheckDraftResponse::default()
        };
        let offered = fixes(&content, &check, 0);
        assert_eq!(offered, [Fix::Weeks(4), Fix::FirstWeek(day("2027-01-04"))]);
        offered[0].apply(&mut content, &check);
        assert_eq!(content.period.unwrap().weeks, 4);
    }

    #[test]
    fn what_the_counters_leave_is_cut_to_what_one_claim_may_hold() {
        let content = asking("2026-09-07", 60);
        let check = CheckDraftResponse::default();
        assert_eq!(fixes(&content, &check, 13), [Fix::Weeks(13)]);
        assert_eq!(fixes(&asking("2026-09-07", 13), &check, 13), []);
    }

    #[test]
    fn a_period_begins_on_its_monday_and_one_that_fits_needs_nothing() {
        let mut content = asking("2026-09-09", 2);
        let check = CheckDraftResponse::default();
        let offered = fixes(&content, &check, 0);
        assert_eq!(offered, [Fix::FirstWeek(day("2026-09-07"))]);
        offered[0].apply(&mut content, &check);
        assert_eq!(content, asking("2026-09-07", 2));
        assert_eq!(fixes(&content, &check, 0), []);
    }

    #[test]
    fn workers_who_may_not_be_beneficiaries_leave_the_list_with_their_hours() {
        let worker = |code: &str| Beneficiary {
            codice_fiscale: code.to_owned(),
            hours_requested_hundredths: 2_000,
            ..Beneficiary::default()
        };
        let mut content = DraftContent::default();
        workers::put(&mut content, ["A", "B", "C"].map(worker).to_vec());
        let check = CheckDraftResponse {
            findings: vec![finding(NOT_ELIGIBLE, "beneficiaries[1].qualifica")],
            ..CheckDraftResponse::default()
        };
        assert_eq!(fixes(&content, &check, 0), [Fix::NotEligible(1)]);
        Fix::NotEligible(1).apply(&mut content, &check);
        let left: Vec<&str> = content
            .beneficiaries
            .iter()
            .map(|it| it.codice_fiscale.as_str())
            .collect();
        assert_eq!(left, ["A", "C"]);
        assert_eq!(
            (
                content.beneficiaries_count,
                content.hours_requested_hundredths
            ),
            (2, 4_000)
        );
    }

    #[test]
    fn every_fix_has_a_name_of_its_own() {
        let monday = day("2026-09-07");
        let all = [
            Fix::Weeks(1),
            Fix::FirstWeek(monday),
            Fix::OnMonday,
            Fix::Direct,
            Fix::NoAdvance,
            Fix::NoIbans,
            Fix::NotEligible(1),
            Fix::Totals,
        ];
        let names: std::collections::BTreeSet<String> = all.iter().map(Fix::name).collect();
        assert_eq!(names.len(), all.len());
    }
}
