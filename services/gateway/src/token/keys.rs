//! The public keys of an issuer: fetched, kept, renewed, and kept a while longer when the issuer cannot be reached.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwapOption;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chassis::config::{Algorithm, IssuerConfig};
use chassis::{Failure, SharedClock};
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, PublicKeyUse};
use jsonwebtoken::{DecodingKey, Validation};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::sync::Mutex;

/// How long known keys are still used when they are due and the issuer cannot be reached.
const OUTAGE_SECONDS: i64 = 3_600;
/// A key that is not known makes us ask at most so often.
const THROTTLE_SECONDS: i64 = 10;
/// Longest wait for a key set.
const PATIENCE: Duration = Duration::from_secs(5);
/// Larger documents are refused.
const LARGEST: usize = 512 * 1024;
/// RSA keys are of 2048 bits at least (`identity.md` §1.1).
const SMALLEST_RSA_BYTES: usize = 256;

/// The keys of one issuer.
#[derive(Debug)]
pub(super) struct KeySet {
    source: Source,
    issuer: String,
    cache_seconds: i64,
    http: reqwest::Client,
    clock: SharedClock,
    known: ArcSwapOption<Known>,
    refresh: Mutex<Option<Attempt>>,
}

#[derive(Debug)]
enum Source {
    Keys(String),
    Discovery(String),
}

#[derive(Debug)]
struct Known {
    keys: HashMap<String, Vec<(Algorithm, Arc<DecodingKey>)>>,
    fetched: i64,
}

#[derive(Debug, Clone, Copy)]
struct Attempt {
    at: i64,
    succeeded: bool,
}

/// What we need of a discovery document.
#[derive(Deserialize)]
struct Discovered {
    issuer: String,
    jwks_uri: String,
}

#[derive(Deserialize)]
struct Set {
    keys: Vec<serde_json::Value>,
}

/// The client that fetches key sets. No redirects: an issuer says where its keys are.
pub(super) fn client() -> Result<reqwest::Client, reqwest::Error> {
    // Another part of the process may have chosen a provider already, and then that one is used.
    let _ = tokio_rustls::rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .timeout(PATIENCE)
        .redirect(reqwest::redirect::Policy::none())
        .user_agent("omnia-gateway")
        .build()
}

/// The claims of a token, when the key signed it.
pub(super) fn verify<T: DeserializeOwned>(
    token: &str,
    key: &DecodingKey,
    algorithm: Algorithm,
) -> Option<T> {
    let mut validation = Validation::new(spelled(algorithm));
    // Times, issuer and audience are checked by the caller, against the injected clock.
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    jsonwebtoken::decode(token, key, &validation)
        .ok()
        .map(|data| data.claims)
}

fn spelled(algorithm: Algorithm) -> jsonwebtoken::Algorithm {
    match algorithm {
        Algorithm::RS256 => jsonwebtoken::Algorithm::RS256,
        Algorithm::ES256 => jsonwebtoken::Algorithm::ES256,
        Algorithm::EdDsa => jsonwebtoken::Algorithm::EdDSA,
    }
}

impl KeySet {
    pub(super) fn new(
        config: &IssuerConfig,
        cache_seconds: i64,
        http: reqwest::Client,
        clock: SharedClock,
    ) -> Self {
        let source = match (&config.jwks_url, &config.discovery_url) {
            (Some(url), _) => Source::Keys(url.clone()),
            (None, Some(url)) => Source::Discovery(url.clone()),
            (None, None) => {
                let issuer = config.issuer.trim_end_matches('/');
                Source::Discovery(format!("{issuer}/.well-known/openid-configuration"))
            }
        };
        Self {
            source,
            issuer: config.issuer.clone(),
            cache_seconds,
            http,
            clock,
            known: ArcSwapOption::empty(),
            refresh: Mutex::new(None),
        }
    }

    /// The key of an id for an algorithm; `None` when the issuer has none. IDN-E19 when the issuer cannot be asked.
    pub(super) async fn find(
        &self,
        kid: &str,
        algorithm: Algorithm,
    ) -> Result<Option<Arc<DecodingKey>>, Failure> {
        let now = self.clock.now().timestamp();
        let known = self.known.load_full();
        let age = known.as_ref().map(|known| now - known.fetched);
        let due = age.is_none_or(|age| age >= self.cache_seconds);
        let found = known.as_ref().and_then(|known| known.key(kid, algorithm));
        if found.is_some() && !due {
            return Ok(found);
        }
        let bearable = age.is_some_and(|age| age < self.cache_seconds + OUTAGE_SECONDS);
        if found.is_some() && bearable && self.refresh.try_lock().is_err() {
            // Somebody is asking already: a key that can be used meanwhile need not wait for the answer.
            return Ok(found);
        }
        let reached = self.refresh(now).await;
        match (reached, found) {
            (true, _) => Ok(self
                .known
                .load()
                .as_ref()
                .and_then(|known| known.key(kid, algorithm))),
            (false, Some(key)) if bearable => Ok(Some(key)),
            (false, _) => Err(Failure::unavailable("the issuer's keys cannot be fetched")),
        }
    }

    /// Asks the issuer, unless somebody did a moment ago. Returns whether the last answer was good.
    async fn refresh(&self, now: i64) -> bool {
        let mut last = self.refresh.lock().await;
        if let Some(attempt) = *last
            && (attempt.at..attempt.at + THROTTLE_SECONDS).contains(&now)
        {
            return attempt.succeeded;
        }
        let fetched = self.fetch().await;
        let succeeded = fetched.is_ok();
        match fetched {
            Ok(keys) => self
                .known
                .store(Some(Arc::new(Known { keys, fetched: now }))),
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    issuer = self.issuer,
                    "the issuer's keys cannot be fetched"
                );
            }
        }
        *last = Some(Attempt { at: now, succeeded });
        succeeded
    }

    async fn fetch(
        &self,
    ) -> Result<HashMap<String, Vec<(Algorithm, Arc<DecodingKey>)>>, FetchError> {
        let url = match &self.source {
            Source::Keys(url) => url.clone(),
            Source::Discovery(url) => {
                let discovered: Discovered = self.get(url).await?;
                if discovered.issuer != self.issuer {
                    return Err(FetchError::OtherIssuer);
                }
                discovered.jwks_uri
            }
        };
        let set: Set = self.get(&url).await?;
        let mut keys: HashMap<String, Vec<_>> = HashMap::new();
        // A key that is not understood must not hide the others.
        for jwk in set
            .keys
            .into_iter()
            .filter_map(|key| serde_json::from_value::<Jwk>(key).ok())
        {
            if let Some((kid, algorithm, key)) = usable(&jwk) {
                keys.entry(kid)
                    .or_default()
                    .push((algorithm, Arc::new(key)));
            }
        }
        if keys.is_empty() {
            Err(FetchError::NoKeys)
        } else {
            Ok(keys)
        }
    }

    async fn get<T: DeserializeOwned>(&self, url: &str) -> Result<T, FetchError> {
        let mut response = self.http.get(url).send().await?.error_for_status()?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            body.extend_from_slice(&chunk);
            if body.len() > LARGEST {
                return Err(FetchError::TooLarge);
            }
        }
        Ok(serde_json::from_slice(&body)?)
    }
}

impl Known {
    fn key(&self, kid: &str, algorithm: Algorithm) -> Option<Arc<DecodingKey>> {
        let candidates = self.keys.get(kid)?;
        candidates
            .iter()
            .find(|(of, _)| *of == algorithm)
            .map(|(_, key)| Arc::clone(key))
    }
}

/// A public signature key of one of our algorithms. Symmetric keys are never usable.
fn usable(jwk: &Jwk) -> Option<(String, Algorithm, DecodingKey)> {
    let kid = jwk.common.key_id.clone()?;
    if jwk
        .common
        .public_key_use
        .as_ref()
        .is_some_and(|purpose| *purpose != PublicKeyUse::Signature)
    {
        return None;
    }
    let algorithm = match &jwk.algorithm {
        AlgorithmParameters::RSA(rsa) => {
            let modulus = URL_SAFE_NO_PAD.decode(&rsa.n).ok()?;
            (modulus.len() >= SMALLEST_RSA_BYTES).then_some(Algorithm::RS256)?
        }
        AlgorithmParameters::EllipticCurve(curve) if curve.curve == EllipticCurve::P256 => {
            Algorithm::ES256
        }
        AlgorithmParameters::OctetKeyPair(pair) if pair.curve == EllipticCurve::Ed25519 => {
            Algorithm::EdDsa
        }
        _ => return None,
    };
    let declared = jwk.common.key_algorithm.as_ref();
    let agrees = declared.is_none_or(|declared| {
        *declared
            == match algorithm {
                Algorithm::RS256 => KeyAlgorithm::RS256,
                Algorithm::ES256 => KeyAlgorithm::ES256,
                Algorithm::EdDsa => KeyAlgorithm::EdDSA,
            }
    });
    let key = DecodingKey::from_jwk(jwk).ok().filter(|_| agrees)?;
    Some((kid, algorithm, key))
}

#[derive(Debug, thiserror::Error)]
enum FetchError {
    #[error("ask the issuer")]
    Http(#[from] reqwest::Error),
    #[error("read the answer of the issuer")]
    Json(#[from] serde_json::Error),
    #[error("the answer is too large")]
    TooLarge,
    #[error("the discovery document is that of another issuer")]
    OtherIssuer,
    #[error("the set holds no key that can be used")]
    NoKeys,
}
