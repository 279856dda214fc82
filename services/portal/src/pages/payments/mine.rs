//! What workers read: their own payments, in plain words, and nobody else's.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use proto::omnia::payments::v1::{
    LineState, ListMyPaymentsRequest, ListMyPaymentsResponse, MyPayment, PaymentWay,
};

use super::euro;
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
    /// When the bank has paid; empty before.
    pub(in crate::pages) day: String,
    /// What happens next.
    pub(in crate::pages) next: &'static str,
    pub(in crate::pages) hours: String,
    pub(in crate::pages) gross: String,
    pub(in crate::pages) net: String,
    pub(in crate::pages) way: String,
    pub(in crate::pages) received: String,
}

fn view(t: Text, payment: &MyPayment) -> MineView {
    let state = payment.state();
    let (name, next) = told(t, state, payment.way() == PaymentWay::Domiciled);
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
        month: names::month(t, payment.month.as_ref()),
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
    match format::date(payment.bank_date.as_ref()) {
        day if payment.state() == LineState::Paid && !day.is_empty() => t.mine_paid(&day),
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
            bank_date: Some(Date {
                year: 2026,
                month: 10,
                day: 5,
            }),
            ..MyPayment::default()
        };
        payment.set_state(LineState::Paid);
        payment.set_way(PaymentWay::Domiciled);
        let paid = view(T, &payment);
        assert_eq!(paid.state, "Pagato");
        assert_eq!(paid.day, "Pagato il 05/10/2026.");
        assert!(paid.next.contains("posta"));
        payment.set_state(LineState::Anomaly);
        let stopped = view(T, &payment);
        assert_eq!(stopped.day, "");
        assert!(stopped.next.contains("IBAN"));
    }
}
