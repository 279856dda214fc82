//! The code flow with PKCE, for browsers: a page that lists the personas, codes that work once, and the logout.

use std::collections::HashMap;
use std::fmt::Write;
use std::sync::{Mutex, PoisonError};

use axum::Json;
use axum::extract::{Query, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Redirect, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{Issuer, LIFE_SECONDS, TokenRequest, refusal};
use crate::personas::{self, Persona};

/// A code is redeemed at once or never.
const CODE_LASTS: TimeDelta = TimeDelta::seconds(60);

/// Codes that were given and not redeemed yet.
#[derive(Debug, Default)]
pub(super) struct Codes(Mutex<HashMap<String, Given>>);

#[derive(Debug)]
struct Given {
    persona: &'static Persona,
    level: u8,
    client_id: String,
    redirect_uri: String,
    challenge: String,
    nonce: String,
    until: DateTime<Utc>,
}

/// What the browser brings; the same again with a persona, once one was chosen.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Authorize {
    client_id: String,
    redirect_uri: String,
    response_type: String,
    state: String,
    nonce: String,
    code_challenge: String,
    code_challenge_method: String,
    acr_values: String,
    persona: String,
}

/// The page of the personas, or the way back with a code.
pub(super) async fn authorize(
    State(issuer): State<Issuer>,
    Query(request): Query<Authorize>,
) -> Response {
    if let Err(wrong) = request.check() {
        return (StatusCode::BAD_REQUEST, wrong).into_response();
    }
    match personas::named(&request.persona) {
        Some(persona) if !persona.is_system() => issuer.give_code(persona, request),
        _ => page(&request),
    }
}

/// Ends nothing, since nothing was kept: sends the browser back to a page of this machine.
pub(super) async fn logout(Query(query): Query<HashMap<String, String>>) -> Response {
    match query.get("post_logout_redirect_uri") {
        Some(back) if is_loopback(back) => Redirect::to(back).into_response(),
        _ => Html("<!DOCTYPE html><html lang=\"it\"><title>Omnia</title><p>Sei uscito.</p></html>")
            .into_response(),
    }
}

/// Tokens for a code, once, to whoever can prove that it asked for it.
pub(super) fn redeem(issuer: &Issuer, request: &TokenRequest) -> Response {
    let now = issuer.clock.now();
    let given = issuer.codes.take(&request.code);
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(request.code_verifier.as_bytes()));
    let Some(given) = given.filter(|given| {
        now < given.until
            && given.client_id == request.client_id
            && given.redirect_uri == request.redirect_uri
            && given.challenge == challenge
    }) else {
        return refusal("invalid_grant");
    };
    let signed = issuer
        .token(given.persona, Some(given.level))
        .and_then(|access| Ok((issuer.id_token(&given, now)?, access)));
    match signed {
        Ok((id_token, access_token)) => Json(json!({
            "access_token": access_token,
            "id_token": id_token,
            "token_type": "Bearer",
            "expires_in": LIFE_SECONDS,
        }))
        .into_response(),
        Err(error) => {
            tracing::error!(error = %error, "sign a persona's tokens");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

impl Authorize {
    fn check(&self) -> Result<(), &'static str> {
        if !is_loopback(&self.redirect_uri) {
            return Err("redirect_uri must be a page of this machine");
        }
        if self.response_type != "code" {
            return Err("response_type must be code");
        }
        if self.code_challenge_method != "S256" || self.code_challenge.is_empty() {
            return Err("code_challenge with method S256 is required");
        }
        if self.client_id.is_empty() || self.state.is_empty() || self.nonce.is_empty() {
            return Err("client_id, state and nonce are required");
        }
        Ok(())
    }

    /// The level asked for, when it is above the persona's own: whoever is at the keyboard can have any.
    fn level(&self, persona: &Persona) -> u8 {
        let asked = self.acr_values.split(' ').filter_map(|acr| {
            acr.strip_prefix("https://www.spid.gov.it/SpidL")
                .and_then(|level| level.parse::<u8>().ok())
                .filter(|level| (1..=3).contains(level))
        });
        asked.max().unwrap_or(0).max(persona.level)
    }

    fn query(&self) -> String {
        let fields = [
            ("client_id", &self.client_id),
            ("redirect_uri", &self.redirect_uri),
            ("response_type", &self.response_type),
            ("state", &self.state),
            ("nonce", &self.nonce),
            ("code_challenge", &self.code_challenge),
            ("code_challenge_method", &self.code_challenge_method),
            ("acr_values", &self.acr_values),
        ];
        fields
            .map(|(name, value)| format!("{name}={}", percent(value)))
            .join("&")
    }
}

impl Issuer {
    fn give_code(&self, persona: &'static Persona, request: Authorize) -> Response {
        let code = self.ids.code(40);
        let back = format!(
            "{}?code={code}&state={}&iss={}",
            request.redirect_uri,
            percent(&request.state),
            percent(&self.url)
        );
        let given = Given {
            persona,
            level: request.level(persona),
            client_id: request.client_id,
            redirect_uri: request.redirect_uri,
            challenge: request.code_challenge,
            nonce: request.nonce,
            until: self.clock.now() + CODE_LASTS,
        };
        self.codes.put(code, given, self.clock.now());
        Redirect::to(&back).into_response()
    }

    fn id_token(&self, given: &Given, now: DateTime<Utc>) -> anyhow::Result<String> {
        let persona = given.persona;
        let mut claims = self.standard_claims(persona, Some(given.level), &given.client_id, now);
        claims["nonce"] = json!(given.nonce);
        claims["name"] = json!(name_of(persona));
        self.sign(&claims)
    }
}

impl Codes {
    fn put(&self, code: String, given: Given, now: DateTime<Utc>) {
        let mut codes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        codes.retain(|_, given| now < given.until);
        codes.insert(code, given);
    }

    fn take(&self, code: &str) -> Option<Given> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(code)
    }
}

/// `consulente-aziendale` is called Consulente aziendale.
pub(super) fn name_of(persona: &Persona) -> String {
    let mut name = persona.name.replace('-', " ");
    if let Some(first) = name.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    name
}

fn page(request: &Authorize) -> Response {
    let query = request.query();
    let mut rows = String::new();
    for persona in personas::ALL.iter().filter(|persona| !persona.is_system()) {
        // Names and descriptions are our own; the query is percent-encoded.
        let _ = write!(
            rows,
            "<li><a href=\"/authorize?{}&amp;persona={}\">{}</a> <small>{} – {}</small></li>",
            query.replace('&', "&amp;"),
            persona.name,
            name_of(persona),
            persona.role,
            persona.about
        );
    }
    let html = format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Development login</title>\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"></head>\
         <body><main><h1>Development login</h1><p>Choose a persona. Everybody here is invented; no password is asked.</p>\
         <ul>{rows}</ul></main></body></html>"
    );
    let mut response = Html(html).into_response();
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'; base-uri 'none'"),
    );
    response
}

/// Everything but letters, digits and the four marks that never need it.
fn percent(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            out.push(char::from(byte));
        } else {
            // Writing into a string does not fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// Tokens for anybody go to pages of this machine alone.
fn is_loopback(address: &str) -> bool {
    let Ok(uri) = address.parse::<axum::http::Uri>() else {
        return false;
    };
    let host = uri.host().unwrap_or_default();
    uri.scheme_str() == Some("http") && matches!(host, "127.0.0.1" | "localhost" | "[::1]")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use axum::http::header::LOCATION;
    use chassis::Ids;
    use chassis::clock::ManualClock;

    use super::*;

    const BACK: &str = "http://127.0.0.1:8082/accesso/ritorno";
    const VERIFIER: &str = "a-verifier-that-is-long-enough-to-be-one-of-pkce";

    fn issuer(folder: &tempfile::TempDir) -> (Issuer, Arc<ManualClock>) {
        let clock = Arc::new(ManualClock::at(DateTime::UNIX_EPOCH));
        let url = "http://127.0.0.1:8081".to_owned();
        let issuer = Issuer::open(folder.path(), url, clock.clone(), Ids::seeded(1)).unwrap();
        (issuer, clock)
    }

    fn asked() -> Authorize {
        Authorize {
            client_id: "portal".into(),
            redirect_uri: BACK.into(),
            response_type: "code".into(),
            state: "s".into(),
            nonce: "n".into(),
            code_challenge: URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER)),
            code_challenge_method: "S256".into(),
            acr_values: String::new(),
            persona: "consulente".into(),
        }
    }

    fn code_of(response: &Response) -> String {
        let location = response.headers()[LOCATION].to_str().unwrap();
        let (_, rest) = location.split_once("code=").unwrap();
        rest.split('&').next().unwrap().to_owned()
    }

    fn request(code: &str, verifier: &str) -> TokenRequest {
        TokenRequest {
            grant_type: "authorization_code".into(),
            persona: String::new(),
            client_id: "portal".into(),
            code: code.into(),
            code_verifier: verifier.into(),
            redirect_uri: BACK.into(),
        }
    }

    #[test]
    fn a_code_works_once_for_whoever_asked_for_it_and_soon() {
        let folder = tempfile::tempdir().unwrap();
        let (issuer, clock) = issuer(&folder);
        let persona = personas::named("consulente").unwrap();
        let give = || code_of(&issuer.give_code(persona, asked()));

        let code = give();
        assert_eq!(
            redeem(&issuer, &request(&code, VERIFIER)).status(),
            StatusCode::OK
        );
        let again = redeem(&issuer, &request(&code, VERIFIER));
        assert_eq!(again.status(), StatusCode::BAD_REQUEST);

        let thief = redeem(&issuer, &request(&give(), "another verifier"));
        assert_eq!(thief.status(), StatusCode::BAD_REQUEST);

        let code = give();
        clock.advance(CODE_LASTS);
        let late = redeem(&issuer, &request(&code, VERIFIER));
        assert_eq!(late.status(), StatusCode::BAD_REQUEST);
    }

    #[test]
    fn tokens_go_to_pages_of_this_machine_alone() {
        assert!(asked().check().is_ok());
        for elsewhere in [
            "https://example.org/x",
            "http://example.org",
            "http://127.0.0.1.example.org/",
            "",
        ] {
            let request = Authorize {
                redirect_uri: elsewhere.into(),
                ..asked()
            };
            assert!(request.check().is_err(), "{elsewhere}");
        }
        let plain = Authorize {
            code_challenge_method: "plain".into(),
            ..asked()
        };
        assert!(plain.check().is_err());
    }

    #[test]
    fn a_stronger_login_is_given_to_whoever_asks() {
        let persona = personas::named("consulente").unwrap();
        let stronger = Authorize {
            acr_values: "https://www.spid.gov.it/SpidL3".into(),
            ..asked()
        };
        assert_eq!((asked().level(persona), stronger.level(persona)), (2, 3));
    }
}
