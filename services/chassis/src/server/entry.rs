//! The access layer: who calls, and may they.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use tonic::Status;

use super::answer::refuse;
use crate::access::{Rules, admit};
use crate::failure::Failure;
use crate::identity::token::Verifier;
use crate::identity::{Caller, refusal};

/// What entry depends on.
#[derive(Debug)]
pub(super) struct Gate {
    pub(super) rules: &'static Rules,
    pub(super) verifier: Verifier,
}

/// Lets a request in with its [`Caller`], or answers with the first check of `identity.md` §7 that fails. No service
/// trusts the network: this is asked again although the gateway has asked it before.
pub(super) async fn check(
    State(gate): State<Arc<Gate>>,
    mut request: Request,
    next: Next,
) -> Response {
    let Some(rule) = gate.rules.of(request.uri().path()) else {
        return Status::unimplemented("no such method").into_http();
    };
    let caller = match gate.caller(request.headers()) {
        Ok(caller) => caller,
        Err(failure) => return refuse(failure),
    };
    let admitted = admit(rule, caller.as_deref());
    let mut response = match admitted {
        Ok(()) => {
            if let Some(caller) = &caller {
                request.extensions_mut().insert(Caller::clone(caller));
            }
            next.run(request).await
        }
        Err(failure) => refuse(failure),
    };
    if let Some(caller) = caller {
        response.extensions_mut().insert(Known(caller));
    }
    response
}

/// Who a response goes to, for the log line of the request.
#[derive(Debug, Clone)]
pub(super) struct Known(pub(super) Arc<Caller>);

impl Gate {
    /// The principal of the token; `None` when there is no token. A wrong one is refused also where none is needed.
    fn caller(&self, headers: &HeaderMap) -> Result<Option<Arc<Caller>>, Failure> {
        let Some(header) = headers.get(AUTHORIZATION) else {
            return Ok(None);
        };
        let text = header.to_str().map_err(|_| refusal::unauthenticated())?;
        let (scheme, token) = text.split_once(' ').ok_or_else(refusal::unauthenticated)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(refusal::unauthenticated());
        }
        self.verifier.verify(token.trim()).map(Some)
    }
}
