//! Orders to the bank and its answers, with the accounts behind them (PGD-5).

use std::sync::Arc;

use askama::Template;
use axum::body::{Body, Bytes};
use axum::extract::{Path, Request, State};
use axum::response::Response;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use http::{HeaderValue, StatusCode};
use proto::omnia::payments::v1::{
    Batch, CreateBatchRequest, GetBatchFileRequest, GetLedgerRequest, GetLedgerResponse,
    IngestBankAnswersRequest, IngestBankAnswersResponse, ListBatchesRequest,
};

use super::flows::framed;
use super::in_role;
use crate::App;
use crate::frame::Frame;
use crate::gateway::Platform;
use crate::pages::claims::next_page;
use crate::pages::uploads::form;
use crate::pages::{id_of, notice, page as shown, query, see, with_status};
use crate::problem::{Kind, Outcome, Problem};
use crate::session::Profile;
use crate::text::{Text, format, payment_names as names};
use crate::web::{Visit, Visitor};

/// Batches of a page.
const PAGE: i32 = 25;
/// Largest file of the bank, bytes (`treasury.proto`).
const LARGEST_ANSWERS: u64 = 3 * 1024 * 1024;

/// A batch in words.
#[derive(Debug)]
pub(in crate::pages) struct BatchView {
    pub(in crate::pages) id: String,
    pub(in crate::pages) message: String,
    pub(in crate::pages) made: String,
    pub(in crate::pages) execution: String,
    pub(in crate::pages) what: String,
    /// What the bank has said: in words, and tone.
    pub(in crate::pages) answers: Vec<(String, &'static str)>,
}

fn batch_view(t: Text, batch: &Batch) -> BatchView {
    let number = |count: i32| format::number(count.into(), t.0);
    let (paid, returned, unknown) = (batch.paid_count, batch.returned_count, batch.unknown_count);
    let waiting = batch.orders_count - paid - returned - unknown;
    let told = [
        (waiting, t.pay_batch_waiting(&number(waiting)), "corso"),
        (unknown, t.pay_batch_unknown(&number(unknown)), "ferma"),
        (returned, t.pay_batch_returned(&number(returned)), "chiusa"),
        (paid, t.pay_batch_paid(&number(paid)), "bene"),
    ];
    BatchView {
        id: batch.batch_id.clone(),
        message: batch.message_id.clone(),
        made: format::timestamp(batch.created_at.as_ref()),
        execution: format::date(batch.execution_date.as_ref()),
        what: t.pay_batch_made(
            &number(batch.orders_count),
            &format::hundredths(batch.total_cents, t.0),
        ),
        answers: told
            .into_iter()
            .filter(|(count, ..)| *count > 0)
            .map(|(_, text, tone)| (text, tone))
            .collect(),
    }
}

/// Whether the bank has still something to say of a batch.
fn is_awaited(batch: &Batch) -> bool {
    batch.paid_count + batch.returned_count < batch.orders_count
}

/// The last batches that wait for the bank.
pub(in crate::pages) async fn awaiting_batches(
    platform: &Platform,
    t: Text,
) -> Outcome<Vec<BatchView>> {
    let batches = batches(platform, "").await?.0;
    let awaited = batches.iter().filter(|batch| is_awaited(batch));
    Ok(awaited.map(|batch| batch_view(t, batch)).collect())
}

async fn batches(platform: &Platform, token: &str) -> Outcome<(Vec<Batch>, String)> {
    let request = ListBatchesRequest {
        page_size: PAGE,
        page_token: token.to_owned(),
    };
    let answer = platform
        .treasury()
        .list_batches(request)
        .await?
        .into_inner();
    Ok((answer.batches, answer.next_page_token))
}

/// The accounts in words.
#[derive(Debug)]
struct LedgerView {
    rows: Vec<(String, String)>,
    sum: String,
    in_transit: String,
    paid: String,
    reconciled: bool,
}

fn ledger_view(t: Text, ledger: &GetLedgerResponse) -> LedgerView {
    let money = |cents: i64| format::hundredths(cents, t.0);
    let rows = ledger.balances.iter().map(|balance| {
        let name = names::account(t, &balance.account);
        (name, money(balance.balance_cents))
    });
    LedgerView {
        rows: rows.collect(),
        sum: money(ledger.sum_cents),
        in_transit: money(ledger.in_transit_cents),
        paid: money(ledger.paid_cents),
        reconciled: ledger.reconciled,
    }
}

#[derive(Template)]
#[template(path = "treasury.html")]
struct TreasuryPage {
    f: Frame,
    /// Id of the next batch, so that clicking twice makes one.
    request: String,
    batches: Vec<BatchView>,
    ledger: LedgerView,
    next: String,
    later: bool,
    problem: String,
}

pub(super) async fn page(State(app): State<Arc<App>>, visit: Visitor) -> Outcome {
    treasury_page(&app, &visit, None).await
}

async fn treasury_page(app: &App, visit: &Visit, problem: Option<&Problem>) -> Outcome {
    let platform = app
        .gateway
        .for_session(in_role(visit, Profile::orders_payments)?);
    let t = visit.text();
    let query = query(visit);
    let ledger = async {
        let answer = platform.treasury().get_ledger(GetLedgerRequest {}).await?;
        Ok::<_, Problem>(answer.into_inner())
    };
    let listed = batches(&platform, query.text("pagina"));
    let ((batches, next), ledger) = tokio::try_join!(listed, ledger)?;
    Ok(with_status(
        problem.map_or(StatusCode::OK, Problem::status),
        &TreasuryPage {
            f: framed(visit, t.treasury_title())
                .crumb(t.treasury_title(), "")
                .noticing(notice(t, &query)),
            request: app.ids.at(app.clock.now()).to_string(),
            batches: batches.iter().map(|batch| batch_view(t, batch)).collect(),
            ledger: ledger_view(t, &ledger),
            next: if next.is_empty() {
                next
            } else {
                next_page(&query, &next)
            },
            later: !query.text("pagina").is_empty(),
            problem: problem.map_or(String::new(), |it| it.told(visit.language)),
        },
    ))
}

/// Puts what is verified into payment orders.
pub(super) async fn order(State(app): State<Arc<App>>, visit: Visitor) -> Outcome {
    let platform = app
        .gateway
        .for_session(in_role(&visit, Profile::orders_payments)?);
    let request = CreateBatchRequest {
        request_id: visit.fields.text("richiesta").to_owned(),
        lines_most: 0,
    };
    match platform.treasury().create_batch(request).await {
        Ok(_) => Ok(see("/pagamenti/disposizioni?esito=disposta")),
        Err(status) => told_on_page(&app, &visit, status.into()).await,
    }
}

async fn told_on_page(app: &App, visit: &Visit, problem: Problem) -> Outcome {
    if problem.is_about_request() {
        treasury_page(app, visit, Some(&problem)).await
    } else {
        Err(problem)
    }
}

/// The file of a batch, to be saved.
pub(super) async fn download(
    State(app): State<Arc<App>>,
    id: Path<String>,
    visit: Visitor,
) -> Outcome {
    let platform = app
        .gateway
        .for_session(in_role(&visit, Profile::orders_payments)?);
    let request = GetBatchFileRequest {
        batch_id: id_of(&id)?.to_string(),
    };
    let answer = platform.treasury().get_batch_file(request).await?;
    let file = answer.into_inner();
    let mut response = Response::new(Body::from(file.content));
    let headers = response.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("application/xml; charset=utf-8"),
    );
    let named = format!("attachment; filename=\"{}\"", file.file_name);
    let named = HeaderValue::try_from(named).map_err(|_| Problem::of(Kind::Internal))?;
    headers.insert(CONTENT_DISPOSITION, named);
    Ok(response)
}

/// Who comes back after a login that a file asked for is shown where it begins.
pub(super) async fn back() -> Response {
    see("/pagamenti/disposizioni")
}

#[derive(Template)]
#[template(path = "bank_answers.html")]
struct AnswersPage {
    f: Frame,
    read: String,
    /// What came of them: name and count.
    outcomes: [(&'static str, String); 4],
    unmatched: Vec<String>,
}

/// Takes in a file of the bank. Again without effect, so that the page may be refreshed.
pub(super) async fn answers(
    State(app): State<Arc<App>>,
    visit: Visitor,
    request: Request,
) -> Outcome {
    let platform = app
        .gateway
        .for_session(in_role(&visit, Profile::orders_payments)?);
    let ingested = async {
        let content = bank_file(&visit, request).await?;
        let request = IngestBankAnswersRequest { content };
        let answer = platform.treasury().ingest_bank_answers(request).await?;
        Ok::<_, Problem>(answer.into_inner())
    };
    let ingested = match ingested.await {
        Ok(ingested) => ingested,
        Err(problem) => return told_on_page(&app, &visit, problem).await,
    };
    Ok(shown(&answers_page(&visit, ingested)))
}

fn answers_page(visit: &Visit, ingested: IngestBankAnswersResponse) -> AnswersPage {
    let t = visit.text();
    let number = |count: i32| format::number(count.into(), t.0);
    AnswersPage {
        f: framed(visit, t.treasury_answers_done())
            .crumb(t.treasury_title(), "/pagamenti/disposizioni")
            .crumb(t.treasury_answers_done(), ""),
        read: t.pay_answers_read(&number(ingested.answers_count)),
        outcomes: [
            (t.treasury_answer_paid(), number(ingested.paid_count)),
            (
                t.treasury_answer_returned(),
                number(ingested.returned_count),
            ),
            (t.treasury_answer_unknown(), number(ingested.unknown_count)),
            (
                t.treasury_answer_repeated(),
                number(ingested.repeated_count),
            ),
        ],
        unmatched: ingested.unmatched_end_to_end_ids,
    }
}

async fn bank_file(visit: &Visit, request: Request) -> Outcome<Bytes> {
    let t = visit.text();
    let posted = form::posted(visit, request, LARGEST_ANSWERS).await?;
    let file = posted
        .content
        .ok_or_else(|| Problem::input(t.upload_choose()))?;
    if file.bytes() > LARGEST_ANSWERS {
        return Err(Problem::input(t.treasury_too_large()));
    }
    file.read().await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Language;

    #[test]
    fn a_batch_tells_what_the_bank_has_said_and_what_is_awaited() {
        let t = Text(Language::Italian);
        let mut batch = Batch {
            orders_count: 10,
            paid_count: 6,
            unknown_count: 1,
            ..Batch::default()
        };
        let told: Vec<_> = batch_view(t, &batch)
            .answers
            .into_iter()
            .map(|(text, _)| text)
            .collect();
        assert_eq!(told, ["3 senza risposta", "1 con esito ignoto", "6 pagati"]);
        assert!(is_awaited(&batch));
        batch.paid_count = 9;
        batch.returned_count = 1;
        batch.unknown_count = 0;
        assert!(!is_awaited(&batch));
    }
}
