//! Names of figures as the platform calls them: columns of its pictures.

use super::subject::Subject;
use crate::text::Text;

/// What a figure is called on the pages; its own name where they do not know it.
pub(super) fn name(t: Text, subject: Subject, column: &str) -> String {
    let known = match column {
        "stock" => Some(t.dash_stock()),
        "stock_chronic" => Some(subject.chronic(t)),
        "stock_very_old" => Some(subject.very_old(t)),
        "stock_hours_hundredths" => Some(t.dash_hours()),
        "ages" => Some(t.dash_ages()),
        _ if subject == Subject::Claims => of_claims(t, column),
        _ => of_flows(t, column),
    };
    known.unwrap_or(column).to_owned()
}

fn of_claims(t: Text, column: &str) -> Option<&'static str> {
    Some(match column {
        "received" => t.dash_received(),
        "received_workers" => t.dash_figure_received_workers(),
        "received_hours_hundredths" => t.dash_figure_received_hours(),
        "received_total" => t.dash_figure_received_total(),
        "defined" => t.dash_defined(),
        "accepted" => t.dash_accepted(),
        "partially_accepted" => t.dash_partially(),
        "rejected" => t.dash_rejected(),
        "defined_workers" => t.dash_figure_defined_workers(),
        "defined_hours_hundredths" => t.dash_figure_defined_hours(),
        "defined_total" => t.dash_figure_defined_total(),
        "gross_days" | "gross_claims" => t.dash_gross(),
        "net_days" | "net_claims" => t.dash_net(),
        "withdrawn" => t.dash_withdrawn(),
        "annulled" => t.dash_annulled(),
        "transferred_in" => t.dash_figure_transferred_in(),
        "transferred_out" => t.dash_figure_transferred_out(),
        "stock_to_take" => t.dash_to_take(),
        "stock_under_review" => t.dash_under_review(),
        "stock_waiting" => t.dash_waiting(),
        "stock_workers" => t.dash_workers(),
        "reexaminations_pending" => t.dash_reexaminations(),
        "appeals_pending" => t.dash_appeals(),
        _ => return None,
    })
}

fn of_flows(t: Text, column: &str) -> Option<&'static str> {
    Some(match column {
        "received_flows" => t.dash_flows_received(),
        "received" => t.dash_lines_received(),
        "received_hours_hundredths" => t.dash_figure_lines_received_hours(),
        "received_cents" => t.dash_received_amount(),
        "ordered" => t.dash_lines_ordered(),
        "ordered_cents" => t.dash_figure_ordered_amount(),
        "paid" => t.dash_paid(),
        "paid_hours_hundredths" => t.dash_figure_paid_hours(),
        "paid_cents" => t.dash_paid_amount(),
        "payment_days" | "payment_lines" => t.dash_payment_days(),
        "rejected" => t.dash_lines_rejected(),
        "rejected_cents" => t.dash_figure_rejected_amount(),
        "cancelled" => t.dash_lines_cancelled(),
        "sent_back" => t.dash_sent_back(),
        "reopened" => t.dash_figure_reopened(),
        "stock_verifying" => t.dash_verifying(),
        "stock_stopped" => t.dash_stopped(),
        "stock_to_order" => t.dash_to_order(),
        "stock_ordered" => t.dash_ordered(),
        "stock_cents" => t.dash_stock_amount(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proto::omnia::dasmo::v1::{LineVolumes, Volumes};

    use super::*;
    use crate::text::Language;

    /// Names of the fields of a message, without those that say whose figures they are.
    fn figures(message: &impl std::fmt::Debug) -> Vec<String> {
        let told = format!("{message:#?}");
        told.lines()
            .filter_map(|line| line.strip_prefix("    ")?.split_once(':'))
            .map(|(field, _)| field.to_owned())
            .filter(|field| !["office", "region_istat", "product"].contains(&field.as_str()))
            .collect()
    }

    #[test]
    fn every_figure_of_the_contract_has_a_name_in_both_languages() {
        let of_claims = figures(&Volumes::default());
        let of_flows = figures(&LineVolumes::default());
        assert!(of_claims.len() > 20 && of_flows.len() > 20);
        for language in [Language::Italian, Language::English] {
            let t = Text(language);
            for (subject, fields) in [(Subject::Claims, &of_claims), (Subject::Flows, &of_flows)] {
                for field in fields {
                    assert_ne!(&name(t, subject, field), field, "{subject:?}");
                }
            }
        }
    }

    #[test]
    fn a_figure_without_a_name_keeps_its_own() {
        let t = Text(Language::Italian);
        assert_eq!(name(t, Subject::Flows, "stock_lost"), "stock_lost");
        assert_eq!(name(t, Subject::Claims, "received_cents"), "received_cents");
    }
}
