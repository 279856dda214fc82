//! The relying party: code flow with PKCE, `state` and `nonce`; discovery; keys that rotate; logout at the provider.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwapOption;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chassis::SharedClock;
use chassis::config::OidcConfig;
use chrono::{DateTime, TimeDelta, Utc};
use kernel::CodiceFiscale;
use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreIdToken, CoreIdTokenClaims, CoreJwsSigningAlgorithm,
    CoreTokenResponse,
};
use openidconnect::{
    AccessTokenHash, AuthenticationContextClass, AuthorizationCode, ClientId, ClientSecret,
    CsrfToken, HttpRequest, HttpResponse, IssuerUrl, LogoutRequest, Nonce, OAuth2TokenResponse,
    PkceCodeChallenge, PkceCodeVerifier, PostLogoutRedirectUrl, ProviderMetadataWithLogout,
    RedirectUrl, Scope, TokenResponse,
};
use secrecy::ExposeSecret;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Longest wait for an answer of the provider.
const PATIENCE: Duration = Duration::from_secs(5);
/// What was discovered is asked for again after this long.
const FRESH: TimeDelta = TimeDelta::minutes(10);
/// Unknown keys make us ask again at most this often.
const PAUSE: TimeDelta = TimeDelta::seconds(5);
/// Clocks of providers may differ from ours by this much.
const LEEWAY: TimeDelta = TimeDelta::seconds(30);

/// The portal as a client of its provider.
#[derive(Debug)]
pub(crate) struct RelyingParty {
    config: OidcConfig,
    redirect: RedirectUrl,
    after_logout: PostLogoutRedirectUrl,
    http: reqwest::Client,
    clock: SharedClock,
    provider: ArcSwapOption<Provider>,
    asking: Mutex<()>,
    /// When the provider was last asked because of an unknown key.
    renewing: Mutex<Option<DateTime<Utc>>>,
}

#[derive(Debug)]
struct Provider {
    metadata: ProviderMetadataWithLogout,
    asked: DateTime<Utc>,
}

/// What the browser keeps, sealed, while somebody is at the provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Attempt {
    /// Comes back with the answer.
    pub(crate) state: String,
    nonce: String,
    verifier: String,
    /// Page of the portal to go to afterwards.
    pub(crate) next: String,
}

/// Somebody whom the provider vouches for.
#[derive(Debug)]
pub(crate) struct Identity {
    /// Subject at the provider.
    pub(crate) subject: String,
    /// How the person is called; the subject when the provider does not tell.
    pub(crate) name: String,
    /// Codice fiscale; empty when the provider does not tell it.
    pub(crate) fiscal_code: String,
    /// For the gateway.
    pub(crate) access_token: String,
    /// For the logout.
    pub(crate) id_token: String,
    /// When the access token ends, as far as the provider tells.
    pub(crate) token_ends: Option<DateTime<Utc>>,
}

/// A login that failed. The cause is for the log alone.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LoginError {
    /// The provider does not answer.
    #[error("reach the OpenID provider")]
    Unreachable(#[source] BoxError),
    /// The provider's answer does not hold.
    #[error("accept the answer of the OpenID provider")]
    Refused(#[source] BoxError),
}

impl RelyingParty {
    /// A client of the provider that the configuration names. Asks it nothing yet.
    pub(crate) fn new(
        config: OidcConfig,
        public_url: &str,
        http: reqwest::Client,
        clock: SharedClock,
    ) -> Result<Self, url::ParseError> {
        Ok(Self {
            config,
            redirect: RedirectUrl::new(format!("{public_url}/accesso/ritorno"))?,
            after_logout: PostLogoutRedirectUrl::new(format!("{public_url}/uscita/conclusa"))?,
            http,
            clock,
            provider: ArcSwapOption::empty(),
            asking: Mutex::default(),
            renewing: Mutex::default(),
        })
    }

    /// Where to send the browser, and what it must keep meanwhile. `level` asks for more than usual.
    pub(crate) async fn begin(
        &self,
        next: String,
        level: Option<&str>,
    ) -> Result<(String, Attempt), LoginError> {
        let provider = self.provider().await?;
        let client = self.client(&provider);
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let mut request = client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                // 32 random bytes: at least 32 characters, as SPID asks (`identity.md` §1.1).
                || CsrfToken::new_random_len(32),
                || Nonce::new(CsrfToken::new_random_len(32).secret().clone()),
            )
            .set_pkce_challenge(challenge);
        for scope in &self.config.scopes {
            request = request.add_scope(Scope::new(scope.clone()));
        }
        let levels: Vec<&str> = match level {
            Some(level) => vec![level],
            None => self.config.acr_values.iter().map(String::as_str).collect(),
        };
        for level in levels {
            request =
                request.add_auth_context_value(AuthenticationContextClass::new(level.to_owned()));
        }
        if let Some(resource) = &self.config.resource {
            request = request.add_extra_param("resource", resource.clone());
        }
        let (url, state, nonce) = request.url();
        let attempt = Attempt {
            state: state.secret().clone(),
            nonce: nonce.secret().clone(),
            verifier: verifier.into_secret(),
            next,
        };
        Ok((url.to_string(), attempt))
    }

    /// Takes the code of an answer whose `state` was that of the attempt.
    pub(crate) async fn finish(
        &self,
        attempt: &Attempt,
        code: String,
    ) -> Result<Identity, LoginError> {
        let provider = self.provider().await?;
        let tokens = self.exchange(&provider, attempt, code).await?;
        let nonce = Nonce::new(attempt.nonce.clone());
        match self.identity(&provider, &tokens, &nonce) {
            Ok(identity) => Ok(identity),
            // The provider may have changed its keys since we asked.
            Err(refused) => match self.renewed(&provider).await? {
                Some(renewed) => self
                    .identity(&renewed, &tokens, &nonce)
                    .map_err(LoginError::Refused),
                None => Err(LoginError::Refused(refused)),
            },
        }
    }

    /// Where the provider ends its own session; `None` when it does not offer that, or cannot be asked.
    pub(crate) async fn logout(&self, id_token: &str) -> Option<String> {
        let provider = self.provider().await.ok()?;
        let end = provider
            .metadata
            .additional_metadata()
            .end_session_endpoint
            .clone()?;
        let mut request = LogoutRequest::from(end)
            .set_client_id(ClientId::new(self.config.client_id.clone()))
            .set_post_logout_redirect_uri(self.after_logout.clone());
        if let Ok(token) = id_token.parse::<CoreIdToken>() {
            request = request.set_id_token_hint(&token);
        }
        Some(request.http_get_url().to_string())
    }

    async fn exchange(
        &self,
        provider: &Provider,
        attempt: &Attempt,
        code: String,
    ) -> Result<CoreTokenResponse, LoginError> {
        let client = self.client(provider);
        let mut request = client
            .exchange_code(AuthorizationCode::new(code))
            .map_err(|error| LoginError::Refused(error.into()))?
            .set_pkce_verifier(PkceCodeVerifier::new(attempt.verifier.clone()));
        if let Some(resource) = &self.config.resource {
            request = request.add_extra_param("resource", resource.clone());
        }
        let send = |request| send(self.http.clone(), request);
        request.request_async(&send).await.map_err(|error| {
            use openidconnect::RequestTokenError::Request;
            match error {
                Request(error) => LoginError::Unreachable(error.into()),
                // Descriptions of providers may hold anything: only the kind is kept.
                other => LoginError::Refused(kind_of(&other).into()),
            }
        })
    }

    /// Verifies the ID token against the keys known now.
    fn identity(
        &self,
        provider: &Provider,
        tokens: &CoreTokenResponse,
        nonce: &Nonce,
    ) -> Result<Identity, BoxError> {
        let id_token = tokens.id_token().ok_or("there is no ID token")?;
        let client = self.client(provider);
        let clock = Arc::clone(&self.clock);
        let verifier = client
            .id_token_verifier()
            .set_allowed_algs([
                CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
                CoreJwsSigningAlgorithm::EcdsaP256Sha256,
                CoreJwsSigningAlgorithm::EdDsa,
            ])
            .set_time_fn(move || clock.now() - LEEWAY);
        let claims = id_token.claims(&verifier, nonce)?;
        if let Some(expected) = claims.access_token_hash() {
            let key = id_token.signing_key(&verifier)?;
            let actual =
                AccessTokenHash::from_token(tokens.access_token(), id_token.signing_alg()?, key)?;
            if actual != *expected {
                return Err("the access token is not that of the ID token".into());
            }
        }
        let ends = tokens
            .expires_in()
            .and_then(|life| TimeDelta::from_std(life).ok())
            .map(|life| self.clock.now() + life);
        Ok(Identity {
            subject: claims.subject().to_string(),
            name: name_of(claims),
            fiscal_code: fiscal_code_of(&[&id_token.to_string(), tokens.access_token().secret()]),
            access_token: tokens.access_token().secret().clone(),
            id_token: id_token.to_string(),
            token_ends: ends.or_else(|| expiry_of(tokens.access_token().secret())),
        })
    }

    fn client(
        &self,
        provider: &Provider,
    ) -> CoreClient<
        openidconnect::EndpointSet,
        openidconnect::EndpointNotSet,
        openidconnect::EndpointNotSet,
        openidconnect::EndpointNotSet,
        openidconnect::EndpointMaybeSet,
        openidconnect::EndpointMaybeSet,
    > {
        let secret = self
            .config
            .client_secret
            .as_ref()
            .map(|secret| ClientSecret::new(secret.expose_secret().to_owned()));
        CoreClient::from_provider_metadata(
            provider.metadata.clone(),
            ClientId::new(self.config.client_id.clone()),
            secret,
        )
        .set_redirect_uri(self.redirect.clone())
    }

    /// The provider as it was discovered, at most ten minutes ago.
    async fn provider(&self) -> Result<Arc<Provider>, LoginError> {
        if let Some(provider) = self.fresh(FRESH) {
            return Ok(provider);
        }
        let _asking = self.asking.lock().await;
        match self.fresh(FRESH) {
            Some(provider) => Ok(provider),
            None => self.discover().await,
        }
    }

    /// The provider asked again because of a key that is not known; `None` when that was done a moment ago.
    async fn renewed(&self, stale: &Provider) -> Result<Option<Arc<Provider>>, LoginError> {
        let mut renewed = self.renewing.lock().await;
        let newer = self
            .fresh(FRESH)
            .filter(|provider| provider.asked > stale.asked);
        if newer.is_some() {
            return Ok(newer);
        }
        let now = self.clock.now();
        if renewed.is_some_and(|last| now - last < PAUSE) {
            return Ok(None);
        }
        *renewed = Some(now);
        self.discover().await.map(Some)
    }

    fn fresh(&self, age: TimeDelta) -> Option<Arc<Provider>> {
        self.provider
            .load_full()
            .filter(|provider| self.clock.now() - provider.asked < age)
    }

    async fn discover(&self) -> Result<Arc<Provider>, LoginError> {
        let issuer = IssuerUrl::new(self.config.issuer.clone())
            .map_err(|error| LoginError::Unreachable(error.into()))?;
        let asked = self.clock.now();
        let send = |request| send(self.http.clone(), request);
        let metadata = ProviderMetadataWithLogout::discover_async(issuer, &send)
            .await
            .map_err(|error| LoginError::Unreachable(error.into()))?;
        let provider = Arc::new(Provider { metadata, asked });
        self.provider.store(Some(Arc::clone(&provider)));
        Ok(provider)
    }
}

/// The client that asks the provider.
pub(crate) fn http_client() -> Result<reqwest::Client, reqwest::Error> {
    // Another part of the process may have chosen a provider of cryptography already, and then that one is used.
    let _ = tokio_rustls::rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .timeout(PATIENCE)
        // A redirect would let the provider make us call somebody else.
        .redirect(reqwest::redirect::Policy::none())
        .user_agent("omnia-portal")
        .build()
}

async fn send(http: reqwest::Client, request: HttpRequest) -> Result<HttpResponse, reqwest::Error> {
    let response = http.execute(request.try_into()?).await?;
    let mut answer = http::Response::new(Vec::new());
    *answer.status_mut() = response.status();
    *answer.headers_mut() = response.headers().clone();
    *answer.body_mut() = response.bytes().await?.to_vec();
    Ok(answer)
}

fn kind_of<E: std::error::Error>(
    error: &openidconnect::RequestTokenError<
        E,
        openidconnect::StandardErrorResponse<openidconnect::core::CoreErrorResponseType>,
    >,
) -> String {
    match error {
        openidconnect::RequestTokenError::ServerResponse(answer) => {
            format!("the token end point answers {}", answer.error())
        }
        _ => "the token end point answers something else than a token".to_owned(),
    }
}

fn name_of(claims: &CoreIdTokenClaims) -> String {
    let of = |name: Option<&openidconnect::LocalizedClaim<openidconnect::EndUserName>>| {
        name.and_then(|name| name.get(None))
            .map(|name| name.to_string())
    };
    let given = claims.given_name().and_then(|name| name.get(None));
    let family = claims.family_name().and_then(|name| name.get(None));
    match (of(claims.name()), given, family) {
        (Some(name), ..) => name,
        (None, Some(given), Some(family)) => format!("{} {}", given.as_str(), family.as_str()),
        _ => claims.subject().to_string(),
    }
}

/// The codice fiscale that one of the tokens tells, in the spellings of `identity.md` §1.1. SPID tells it in the access token
/// alone. The gateway judges by its own reading: what is read here fills in a field, and nothing else.
fn fiscal_code_of(tokens: &[&str]) -> String {
    #[derive(Deserialize)]
    struct Numbers {
        #[serde(rename = "https://attributes.eid.gov.it/fiscal_number")]
        eid: Option<String>,
        #[serde(rename = "https://attributes.spid.gov.it/fiscalNumber")]
        spid: Option<String>,
        #[serde(rename = "fiscalNumber")]
        saml: Option<String>,
    }
    let told = tokens
        .iter()
        .filter_map(|token| payload_of::<Numbers>(token));
    let told = told.filter_map(|numbers| numbers.eid.or(numbers.spid).or(numbers.saml));
    let code = |text: String| {
        let text = text.trim().to_ascii_uppercase();
        let code = text.strip_prefix("TINIT-").unwrap_or(&text);
        code.parse::<CodiceFiscale>().ok().map(|_| code.to_owned())
    };
    told.into_iter().find_map(code).unwrap_or_default()
}

/// What a token says of itself, unverified.
fn payload_of<T: DeserializeOwned>(token: &str) -> Option<T> {
    let claims = token.split('.').nth(1)?;
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()
}

/// When a token ends by its own account: the gateway verifies it, the portal only wants to warn in time.
fn expiry_of(token: &str) -> Option<DateTime<Utc>> {
    #[derive(Deserialize)]
    struct Ends {
        exp: i64,
    }
    let ends: Ends = payload_of(token)?;
    DateTime::from_timestamp(ends.exp, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(claims: &str) -> String {
        format!("header.{}.signature", URL_SAFE_NO_PAD.encode(claims))
    }

    #[test]
    fn the_codice_fiscale_is_read_in_every_spelling_from_either_token() {
        let spellings = [
            r#"{"https://attributes.eid.gov.it/fiscal_number":"TINIT-XXXCNS80A01Z990H"}"#,
            r#"{"https://attributes.spid.gov.it/fiscalNumber":"tinit-xxxcns80a01z990h"}"#,
            r#"{"fiscalNumber":"XXXCNS80A01Z990H"}"#,
        ];
        for claims in spellings {
            let told = token(claims);
            assert_eq!(fiscal_code_of(&[&token("{}"), &told]), "XXXCNS80A01Z990H");
        }
    }

    #[test]
    fn an_opaque_token_or_a_wrong_codice_fiscale_tells_nothing() {
        let wrong = token(r#"{"fiscalNumber":"XXXCNS80A01Z990A"}"#);
        assert_eq!(fiscal_code_of(&["opaque", &wrong]), "");
    }
}
