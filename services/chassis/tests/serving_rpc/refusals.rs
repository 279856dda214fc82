//! What a refusal tells, and what it keeps to itself.

use tonic::Code;
use tonic_types::StatusExt;

use super::support::{BROKEN, Handlers, Keys, PANICS, PLAIN, Server, reason};

#[tokio::test]
async fn a_malformed_message_is_refused_with_every_field_before_the_handler_sees_it() {
    let handlers = Handlers::new();
    let server = Server::default().start(&Keys::new(), &handlers).await;
    let status = server.office("not six digits").await.unwrap_err();
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::InvalidArgument, "FIELD_INVALID")
    );
    let details = status.get_error_details();
    let fields: Vec<_> = details
        .bad_request()
        .unwrap()
        .field_violations
        .iter()
        .map(|violation| violation.field.as_str())
        .collect();
    assert_eq!(fields, ["code"]);
    assert_eq!(handlers.calls(), 0);
}

#[tokio::test]
async fn a_failure_of_ours_keeps_its_cause_to_itself() {
    let server = Server::default()
        .start(&Keys::new(), &Handlers::new())
        .await;
    let status = server.office(BROKEN).await.unwrap_err();
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::Internal, "INTERNAL")
    );
    assert!(!format!("{status:?}").contains("relation"));
    assert_eq!(
        status.get_details_localized_message().unwrap().locale,
        "it-IT"
    );
}

#[tokio::test]
async fn a_panic_is_the_failure_of_one_request() {
    let server = Server::default()
        .start(&Keys::new(), &Handlers::new())
        .await;
    let status = server.office(PANICS).await.unwrap_err();
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::Internal, "INTERNAL")
    );
    assert!(!format!("{status:?}").contains("on purpose"));
    server.office(PLAIN).await.unwrap();
}
