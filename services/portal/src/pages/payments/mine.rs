//! What workers read: their own payments, in plain words, and nobody else's.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use proto::omnia::payments::v1::{
    LineState, ListMyPaymentsRequest, ListMyPaymentsResponse, MyPayment, MyRecovery, PaymentWay,
    RecoveryState,
};

use super::{StepView, euro, steps};
use crate::App;
use crate::frame::Frame;
use crate::gateway::Platform;
use crate::pages::claims::next_page;
use crate::pages::{page as shown, query};
use crate::problem::Outcome;
use crate::session::Side;
use crate::text::{Text, format, payment_names as names};
use crate::web::Visitor;

/// Payments of a page.
const PAGE: i32 = 24;

/// A payment in plain words.
#[derive(Debug)]
pub(in crate::pages) struct MineView {
    pub(in crate::pages) month: String,
    pub(in crate::pages) employer: String,
    pub(in crate::pages) kind: &'static str,
    pub(in crate::pages) state: &'static str,
    pub(in crate::pages) tone: &'static str,
    /// When the bank pays or has paid; empty before.
    pub(in crate::pages) day: String,
    /// What happens next.
    pub(in crate::pages) next: &'static str,
    pub(in crate::pages) hours: String,
    pub(in crate::pages) gross: String,
    pub(in crate::pages) net: String,
    pub(in crate::pages) way: String,
    pub(in crate::pages) received: String,
    pub(in crate::pages) steps: Vec<StepView>,
    pub(in crate::pages) steps_title: String,
    pub(in crate::pages) capped: bool,
    /// What of it has to come back.
    pub(in crate::pages) recoveries: Vec<MyRecoveryView>,
}

/// What has to come back of a payment, in plain words.
#[derive(Debug)]
pub(in crate::pages) struct MyRecoveryView {
    pub(in crate::pages) is_open: bool,
    pub(in crate::pages) state: &'static str,
    pub(in crate::pages) tone: &'static str,
    pub(in crate::pages) reason: &'static str,
    pub(in crate::pages) note: String,
    pub(in crate::pages) amount: String,
    pub(in crate::pages) repaid: String,
    pub(in crate::pages) outstanding: String,
    pub(in crate::pages) refund: String,
    pub(in crate::pages) due: String,
    pub(in crate::pages) overdue: bool,
    pub(in crate::pages) iban: String,
    pub(in crate::pages) holder: String,
    pub(in crate::pages) code: String,
    pub(in crate::pages) next: &'static str,
}

fn recovery(t: Text, recovery: &MyRecovery) -> MyRecoveryView {
    let state = recovery.state();
    let is_open = recovery.outstanding_cents > 0;
    MyRecoveryView {
        is_open,
        state: names::recovery_state(t, state),
        tone: names::recovery_tone(state),
        reason: names::recovery_reason(t, recovery.reason()),
        note: recovery.note.clone(),
        amount: euro(recovery.amount_cents, t.0),
        repaid: euro(recovery.repaid_cents, t.0),
        outstanding: euro(recovery.outstanding_cents, t.0),
        refund: euro(recovery.refund_due_cents, t.0),
        due: format::date(recovery.due_on.as_ref()),
        overdue: recovery.overdue,
        iban: recovery.pay_to_iban.clone(),
        holder: recovery.pay_to_name.clone(),
        code: recovery.code.clone(),
        next: match state {
            RecoveryState::Opened => t.mine_recovery_next_opened(),
            _ if is_open => t.mine_recovery_next_owed(),
            _ => t.mine_recovery_next_over(),
        },
    }
}

fn view(t: Text, payment: &MyPayment) -> MineView {
    let state = payment.state();
    let (name, next) = told(t, state, payment.way() == PaymentWay::Domiciled);
    let month = names::month(t, payment.month.as_ref());
    MineView {
        employer: payment.employer_name.clone(),
        kind: names::line_type(t, payment.r#type()),
        state: name,
        tone: names::line_tone(state),
        day: day(t, payment),
        next,
        hours: format::hundredths(payment.hours_hundredths, t.0),
        gross: euro(payment.gross_cents, t.0),
        net: euro(payment.net_cents, t.0),
        way: match payment.way() {
            PaymentWay::Transfer => t.mine_to_account(&payment.iban_masked),
            way => names::way(t, way).to_owned(),
        },
        received: t.mine_received(&received(payment)),
        steps: steps(t, &payment.steps),
        steps_title: t.mine_steps_of(&month),
        capped: payment.capped,
        recoveries: payment
            .recoveries
            .iter()
            .map(|it| recovery(t, it))
            .collect(),
        month,
    }
}

fn received(payment: &MyPayment) -> String {
    let at = payment.received_at.as_ref().and_then(format::instant_of);
    at.map_or(String::new(), |at| format::day(kernel::rome::date_of(at)))
}

/// The state in plain words, and what happens next.
fn told(t: Text, state: LineState, at_the_post: bool) -> (&'static str, &'static str) {
    match state {
        LineState::Unspecified => ("", ""),
        LineState::Received => (t.mine_state_received(), t.mine_next_received()),
        LineState::InVerification => (t.mine_state_checking(), t.mine_next_checking()),
        LineState::Verified => (t.mine_state_verified(), t.mine_next_verified()),
        LineState::Anomaly => (t.mine_state_stopped(), t.mine_next_stopped()),
        LineState::Ordered if at_the_post => (t.mine_state_ordered(), t.mine_next_ordered_post()),
        LineState::Ordered => (t.mine_state_ordered(), t.mine_next_ordered()),
        LineState::Paid if at_the_post => (t.mine_state_paid(), t.mine_next_paid_post()),
        LineState::Paid => (t.mine_state_paid(), t.mine_next_paid()),
        LineState::Returned => (t.mine_state_returned(), t.mine_next_stopped()),
        LineState::Cancelled => (t.mine_state_cancelled(), t.mine_next_cancelled()),
    }
}

fn day(t: Text, payment: &MyPayment) -> String {
    let (bank, execution) = (
        format::date(payment.bank_date.as_ref()),
        format::date(payment.execution_date.as_ref()),
    );
    match payment.state() {
        LineState::Paid if !bank.is_empty() => t.mine_paid(&bank),
        LineState::Ordered if !execution.is_empty() => t.mine_ordered(&execution),
        _ => String::new(),
    }
}

/// The person's own payments, newest month first, with the token of the next page.
pub(in crate::pages) async fn my_payments(
    platform: &Platform,
    t: Text,
    page_size: i32,
    page_token: &str,
) -> Outcome<(Vec<MineView>, String)> {
    let request = ListMyPaymentsRequest {
        page_size,
        page_token: page_token.to_owned(),
    };
    let answer = platform.flows().list_my_payments(request).await?;
    let ListMyPaymentsResponse {
        payments,
        next_page_token,
    } = answer.into_inner();
    let views = payments.iter().map(|payment| view(t, payment)).collect();
    Ok((views, next_page_token))
}

#[derive(Template)]
#[template(path = "my_payments.html")]
struct MinePage {
    f: Frame,
    payments: Vec<MineView>,
    next: String,
    later: bool,
}

pub(super) async fn page(State(app): State<Arc<App>>, visit: Visitor) -> Outcome {
    let platform = app.gateway.for_session(visit.session_of(Side::Worker)?);
    let t = visit.text();
    let query = query(&visit);
    let (payments, next) = my_payments(&platform, t, PAGE, query.text("pagina")).await?;
    Ok(shown(&MinePage {
        f: visit.frame(t.mine_title()).crumb(t.mine_title(), ""),
        payments,
        next: if next.is_empty() {
            next
        } else {
            next_page(&query, &next)
        },
        later: !query.text("pagina").is_empty(),
    }))
}

#[cfg(test)]
mod tests {
    use proto::google::r#type::Date;

    use super::*;
    use crate::text::Language;

    const T: Text = Text(Language::Italian);

    #[test]
    fn a_payment_says_when_it_comes_and_what_happens_next() {
        let mut payment = MyPayment {
            execution_date: Some(Date {
                year: 2026,
                month: 10,
                day: 5,
            }),
            ..MyPayment::default()
        };
        payment.set_state(LineState::Ordered);
        payment.set_way(PaymentWay::Domiciled);
        let ordered = view(T, &payment);
        assert_eq!(ordered.state, "In pagamento");
        assert_eq!(ordered.day, "La banca lo esegue il 05/10/2026.");
        assert!(ordered.next.contains("posta"));
        payment.set_state(LineState::Anomaly);
        let stopped = view(T, &payment);
        assert_eq!(stopped.day, "");
        assert!(stopped.next.contains("IBAN"));
    }

    #[test]
    fn what_has_to_come_back_says_to_whom_until_when_and_what_to_do() {
        let mut owed = MyRecovery {
            outstanding_cents: 5_000,
            pay_to_iban: "IT60X0542811101000000123456".to_owned(),
            ..MyRecovery::default()
        };
        owed.set_state(RecoveryState::Opened);
        assert!(recovery(T, &owed).next.contains("lettera"));
        owed.set_state(RecoveryState::Notified);
        let told = recovery(T, &owed);
        assert!(told.is_open && told.next.contains("bonifico"));
        owed.set_state(RecoveryState::Settled);
        owed.outstanding_cents = 0;
        assert!(!recovery(T, &owed).is_open);
    }
}
