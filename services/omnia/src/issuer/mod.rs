//! The development issuer: an OpenID provider that believes whoever asks, for personas only. Programs get tokens from it
//! at once; a browser gets a page with the personas, and the code flow with PKCE that the portal expects of a provider.
//!
//! It exists in the development profile and refuses any address but loopback. It signs with a key of its own, kept
//! beside the platform's data; the gateway reads the public half from its JWKS end point like that of any provider.

mod code_flow;

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, ensure};
use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chassis::lifecycle::Stop;
use chassis::{Ids, SharedClock};
use chrono::{DateTime, Utc};
use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey, EncodePrivateKey};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::personas::{self, Persona};
use code_flow::Codes;

/// Audience of the platform's tokens.
pub(crate) const AUDIENCE: &str = "omnia";
const KEY_ID: &str = "development";
/// Life of a persona's token: a working session (`identity.md` §1.2, absolute 8 hours).
const LIFE_SECONDS: i64 = 8 * 3600;

/// Signs tokens of personas.
#[derive(Clone)]
pub(crate) struct Issuer {
    url: String,
    key: Arc<EncodingKey>,
    public: Arc<Value>,
    clock: SharedClock,
    ids: Ids,
    codes: Arc<Codes>,
}

impl Issuer {
    /// Opens the issuer's key in `folder`, or makes one.
    pub(crate) fn open(
        folder: &Path,
        url: String,
        clock: SharedClock,
        ids: Ids,
    ) -> anyhow::Result<Self> {
        let file = folder.join("development-issuer.pem");
        let key = read_or_make_key(&file)?;
        let pem = key
            .to_pkcs8_pem(LineEnding::LF)
            .context("encode the issuer's key")?;
        let public = json!({ "keys": [{
            "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": KEY_ID,
            "x": URL_SAFE_NO_PAD.encode(key.verifying_key().as_bytes()),
        }]});
        Ok(Self {
            url,
            key: Arc::new(EncodingKey::from_ed_pem(pem.as_bytes())?),
            public: Arc::new(public),
            clock,
            ids,
            codes: Arc::default(),
        })
    }

    /// A token for a persona, at the level asked for or at the persona's own.
    pub(crate) fn token(&self, persona: &Persona, level: Option<u8>) -> anyhow::Result<String> {
        let now = self.clock.now();
        let mut claims = self.standard_claims(persona, level, AUDIENCE, now);
        claims["sid"] = json!(self.ids.at(now).to_string());
        claims["nbf"] = json!(now.timestamp());
        if persona.is_system() {
            claims["client_id"] = json!(persona.subject);
            claims["roles"] = json!([persona.role]);
        } else {
            claims["name"] = json!(code_flow::name_of(persona));
            claims["https://attributes.eid.gov.it/fiscal_number"] =
                json!(format!("TINIT-{}", persona.subject));
        }
        self.sign(&claims)
    }

    /// What every token of a persona says.
    fn standard_claims(
        &self,
        persona: &Persona,
        level: Option<u8>,
        audience: &str,
        now: DateTime<Utc>,
    ) -> Value {
        let acr = level.map_or_else(
            || persona.acr(),
            |level| format!("https://www.spid.gov.it/SpidL{level}"),
        );
        json!({
            "iss": self.url,
            "aud": audience,
            "sub": format!("{}|{}", KEY_ID, persona.name),
            "jti": self.ids.at(now).to_string(),
            "iat": now.timestamp(),
            "exp": now.timestamp() + LIFE_SECONDS,
            "acr": acr,
        })
    }

    fn sign(&self, claims: &Value) -> anyhow::Result<String> {
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(KEY_ID.to_owned());
        Ok(encode(&header, claims, &self.key)?)
    }

    /// Serves discovery, keys, the page of the personas and tokens until told to stop.
    pub(crate) async fn serve(self, listener: TcpListener, stop: Stop) -> anyhow::Result<()> {
        ensure_loopback(listener.local_addr()?)?;
        let routes = Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/jwks.json", get(keys))
            .route("/token", post(token))
            .route("/authorize", get(code_flow::authorize))
            .route("/logout", get(code_flow::logout))
            .with_state(self);
        axum::serve(listener, routes)
            .with_graceful_shutdown(stop.cancelled_owned())
            .await?;
        Ok(())
    }
}

/// The issuer hands out anybody's token: it must never be reachable from another machine.
pub(crate) fn ensure_loopback(address: SocketAddr) -> anyhow::Result<()> {
    ensure!(
        address.ip().is_loopback(),
        "the development issuer gives tokens to whoever asks and only listens on loopback, not on {address}"
    );
    Ok(())
}

async fn discovery(State(issuer): State<Issuer>) -> Json<Value> {
    Json(json!({
        "issuer": issuer.url,
        "jwks_uri": format!("{}/jwks.json", issuer.url),
        "authorization_endpoint": format!("{}/authorize", issuer.url),
        "token_endpoint": format!("{}/token", issuer.url),
        "end_session_endpoint": format!("{}/logout", issuer.url),
        "grant_types_supported": ["authorization_code", "client_credentials", "urn:omnia:persona"],
        "id_token_signing_alg_values_supported": ["EdDSA"],
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "scopes_supported": ["openid", "profile"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["none"],
        "authorization_response_iss_parameter_supported": true,
    }))
}

async fn keys(State(issuer): State<Issuer>) -> Json<Value> {
    Json((*issuer.public).clone())
}

#[derive(Deserialize)]
struct TokenRequest {
    grant_type: String,
    #[serde(default)]
    persona: String,
    #[serde(default)]
    client_id: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    code_verifier: String,
    #[serde(default)]
    redirect_uri: String,
}

async fn token(State(issuer): State<Issuer>, Form(request): Form<TokenRequest>) -> Response {
    if request.grant_type == "authorization_code" {
        return code_flow::redeem(&issuer, &request);
    }
    let persona = match request.grant_type.as_str() {
        "urn:omnia:persona" => personas::named(&request.persona),
        "client_credentials" => personas::ALL
            .iter()
            .find(|persona| persona.is_system() && persona.subject == request.client_id),
        _ => return refusal("unsupported_grant_type"),
    };
    let Some(persona) = persona else {
        return refusal("invalid_grant");
    };
    match issuer.token(persona, None) {
        Ok(token) => Json(
            json!({ "access_token": token, "token_type": "Bearer", "expires_in": LIFE_SECONDS }),
        )
        .into_response(),
        Err(error) => {
            tracing::error!(error = %error, "sign a persona's token");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

fn refusal(error: &str) -> Response {
    (StatusCode::BAD_REQUEST, Json(json!({ "error": error }))).into_response()
}

fn read_or_make_key(file: &PathBuf) -> anyhow::Result<SigningKey> {
    if file.exists() {
        let pem = fs::read_to_string(file).with_context(|| format!("read {}", file.display()))?;
        return SigningKey::from_pkcs8_pem(&pem)
            .with_context(|| format!("{} is not an Ed25519 key", file.display()));
    }
    let mut seed = [0_u8; 32];
    rand::TryRngCore::try_fill_bytes(&mut rand::rngs::OsRng, &mut seed)?;
    let key = SigningKey::from_bytes(&seed);
    write_private(
        file,
        &key.to_pkcs8_pem(LineEnding::LF)
            .context("encode the issuer's key")?,
    )?;
    Ok(key)
}

fn write_private(file: &Path, text: &str) -> anyhow::Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let mut out = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file)
        .with_context(|| format!("write {}", file.display()))?;
    out.write_all(text.as_bytes())?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_development_issuer_refuses_any_address_but_loopback() {
        assert!(ensure_loopback("127.0.0.1:1".parse().unwrap()).is_ok());
        assert!(ensure_loopback("[::1]:1".parse().unwrap()).is_ok());
        assert!(ensure_loopback("0.0.0.0:1".parse().unwrap()).is_err());
        assert!(ensure_loopback("192.0.2.1:1".parse().unwrap()).is_err());
    }
}
