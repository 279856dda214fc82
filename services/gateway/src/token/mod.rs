//! Authentication: from a bearer token to a verified identity. What is wrong with a token is never told apart in the
//! answer, other than that it has expired.

mod claims;
mod keys;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chassis::config::{Algorithm, IssuerConfig, LimitsConfig};
use chassis::identity::{Level, PersonName, refusal};
use chassis::{Failure, SharedClock};
use chrono::{DateTime, Utc};
use http::HeaderMap;
use http::header::AUTHORIZATION;
use kernel::CodiceFiscale;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use self::claims::Claims;
use self::keys::KeySet;
use crate::cache::{Cache, Key};
use crate::limits::{Class, Rate, Window, Windows};

/// Longer tokens are refused unread.
const LONGEST: usize = 8 * 1024;
/// Clocks of issuers may differ from ours by this much (`identity.md` §6).
const LEEWAY_SECONDS: i64 = 30;
/// Absolute life of a session (`identity.md` §1.2).
const SESSION_SECONDS: i64 = 8 * 3_600;
/// Most verified tokens that are remembered.
const REMEMBERED: usize = 50_000;

/// Whose token it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A person.
    Person(CodiceFiscale),
    /// A system client, by its id.
    Client(String),
}

/// A verified identity: a token whose signature and claims hold.
#[derive(Debug)]
pub(crate) struct Identity {
    /// Who.
    pub(crate) subject: Subject,
    /// How strongly authenticated.
    pub(crate) level: Level,
    /// Session that the token belongs to.
    pub(crate) session: String,
    /// Name of the person, as the issuer states it; empty when it does not.
    pub(crate) name: PersonName,
    /// Instant, milliseconds, from which the token is no longer accepted.
    pub(crate) until_ms: i64,
    window: Arc<Window>,
    class: AtomicU8,
}

impl Identity {
    /// Counts a request of the session.
    pub(crate) fn count(&self, limits: &LimitsConfig, now: DateTime<Utc>) -> Rate {
        self.window.count(self.class(), limits, now)
    }

    /// Class under which the session is counted: that of a citizen until a role was resolved.
    pub(crate) fn class(&self) -> Class {
        match self.class.load(Ordering::Relaxed) {
            0 => Class::Citizen,
            1 => Class::Staff,
            _ => Class::System,
        }
    }

    /// Learns that the session acts in a role of a class; never takes back what was learned.
    pub(crate) fn learn(&self, class: Class) {
        let number = match class {
            Class::Anonymous | Class::Citizen => 0,
            Class::Staff => 1,
            Class::System => 2,
        };
        self.class.fetch_max(number, Ordering::Relaxed);
    }
}

/// Verifies bearer tokens.
#[derive(Debug)]
pub(crate) struct Authenticator {
    issuers: HashMap<String, Issuer>,
    windows: Arc<Windows>,
    verified: Cache<Arc<Identity>>,
    /// A token is verified again after this long, so that a key that its issuer takes back stops working.
    verified_ms: i64,
}

#[derive(Debug)]
struct Issuer {
    audience: String,
    algorithms: Vec<Algorithm>,
    keys: KeySet,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    /// Extensions that must be understood; none is.
    crit: Option<serde_json::Value>,
}

/// Who signed, by the token's own account.
#[derive(Deserialize)]
struct Stated {
    iss: String,
}

impl Authenticator {
    pub(crate) fn new(
        issuers: impl IntoIterator<Item = IssuerConfig>,
        jwks_cache_seconds: i64,
        windows: Arc<Windows>,
        clock: &SharedClock,
    ) -> Result<Self, reqwest::Error> {
        let http = keys::client()?;
        let issuers = issuers
            .into_iter()
            .map(|config| {
                let keys =
                    KeySet::new(&config, jwks_cache_seconds, http.clone(), Arc::clone(clock));
                (
                    config.issuer,
                    Issuer {
                        audience: config.audience,
                        algorithms: config.algorithms,
                        keys,
                    },
                )
            })
            .collect();
        Ok(Self {
            issuers,
            windows,
            verified: Cache::new(REMEMBERED),
            verified_ms: jwks_cache_seconds * 1_000,
        })
    }

    /// The identity of a token: IDN-E01, IDN-E02, IDN-E11, or IDN-E19 when the issuer's keys cannot be had.
    pub(crate) async fn authenticate(
        &self,
        token: &str,
        now: DateTime<Utc>,
    ) -> Result<Arc<Identity>, Failure> {
        let key: Key = Sha256::digest(token.as_bytes()).into();
        let now_ms = now.timestamp_millis();
        if let Some(identity) = self.verified.get(&key, now_ms) {
            return Ok(identity);
        }
        let claims = self.verify(token).await?;
        check_times(&claims, now)?;
        let identity = Arc::new(self.identity(&claims, now)?);
        let until_ms = identity.until_ms.min(now_ms + self.verified_ms);
        self.verified
            .insert(key, Arc::clone(&identity), until_ms, now_ms);
        Ok(identity)
    }

    /// The claims of a token that one of the issuers signed for us.
    async fn verify(&self, token: &str) -> Result<Claims, Failure> {
        let (header, issuer) = self.read(token).ok_or_else(refusal::unauthenticated)?;
        let algorithm = algorithm(&header.alg)
            .filter(|algorithm| issuer.algorithms.contains(algorithm) && header.crit.is_none())
            .ok_or_else(refusal::unauthenticated)?;
        let kid = header.kid.ok_or_else(refusal::unauthenticated)?;
        let key = issuer
            .keys
            .find(&kid, algorithm)
            .await?
            .ok_or_else(refusal::unauthenticated)?;
        let claims: Claims =
            keys::verify(token, &key, algorithm).ok_or_else(refusal::unauthenticated)?;
        if claims.aud.contains(&issuer.audience) {
            Ok(claims)
        } else {
            Err(refusal::unauthenticated())
        }
    }

    /// Header and issuer, as the token itself states them.
    fn read(&self, token: &str) -> Option<(Header, &Issuer)> {
        let mut parts = token.split('.');
        let (header, claims, _signature) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() {
            return None;
        }
        let header: Header = decode(header)?;
        let stated: Stated = decode(claims)?;
        Some((header, self.issuers.get(&stated.iss)?))
    }

    fn identity(&self, claims: &Claims, now: DateTime<Utc>) -> Result<Identity, Failure> {
        let subject = claims.subject().ok_or_else(refusal::no_codice_fiscale)?;
        let class = if matches!(subject, Subject::Client(_)) {
            Class::System
        } else {
            Class::Citizen
        };
        let session = claims.session(&subject);
        let digest: Key = Sha256::new()
            .chain_update(&claims.iss)
            .chain_update([0])
            .chain_update(&session)
            .finalize()
            .into();
        let expires = claims.exp.saturating_add(LEEWAY_SECONDS);
        let ends = claims.iat.map_or(expires, |issued| {
            expires.min(issued.saturating_add(SESSION_SECONDS))
        });
        let identity = Identity {
            level: claims.level(&subject),
            subject,
            session,
            name: PersonName(claims.name()),
            until_ms: ends.saturating_mul(1_000),
            window: self.windows.of(digest, now),
            class: AtomicU8::new(0),
        };
        identity.learn(class);
        Ok(identity)
    }
}

fn check_times(claims: &Claims, now: DateTime<Utc>) -> Result<(), Failure> {
    let now = now.timestamp();
    let issued = claims.iat.or(claims.nbf).unwrap_or(now);
    if claims.exp.saturating_add(LEEWAY_SECONDS) <= now
        || issued.saturating_add(SESSION_SECONDS) <= now
    {
        return Err(refusal::expired());
    }
    let soonest = claims
        .nbf
        .unwrap_or(i64::MIN)
        .max(claims.iat.unwrap_or(i64::MIN));
    if soonest > now + LEEWAY_SECONDS || claims.exp < issued.saturating_sub(LEEWAY_SECONDS) {
        return Err(refusal::unauthenticated());
    }
    Ok(())
}

/// The token of a request; `None` when there is none. A header that is something else is a wrong token.
pub(crate) fn bearer(headers: &HeaderMap) -> Result<Option<&str>, Failure> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    let token = value
        .to_str()
        .ok()
        .filter(|_| values.next().is_none())
        .and_then(|text| text.split_once(' '))
        .filter(|(scheme, token)| scheme.eq_ignore_ascii_case("bearer") && token.len() <= LONGEST)
        .map(|(_, token)| token.trim());
    token.map(Some).ok_or_else(refusal::unauthenticated)
}

fn algorithm(name: &str) -> Option<Algorithm> {
    match name {
        "RS256" => Some(Algorithm::RS256),
        "ES256" => Some(Algorithm::ES256),
        "EdDSA" => Some(Algorithm::EdDsa),
        _ => None,
    }
}

fn decode<T: serde::de::DeserializeOwned>(part: &str) -> Option<T> {
    let bytes = URL_SAFE_NO_PAD.decode(part).ok()?;
    serde_json::from_slice(&bytes).ok()
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn headers(values: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(AUTHORIZATION, HeaderValue::from_str(value).unwrap());
        }
        headers
    }

    #[test]
    fn a_bearer_token_is_one_header_of_at_most_eight_kibibytes() {
        assert_eq!(bearer(&headers(&[])).unwrap(), None);
        assert_eq!(bearer(&headers(&["bearer a.b.c"])).unwrap(), Some("a.b.c"));
        assert!(bearer(&headers(&["Basic dXNlcg=="])).is_err());
        assert!(bearer(&headers(&["Bearer a.b.c", "Bearer d.e.f"])).is_err());
        assert!(bearer(&headers(&[&format!("Bearer {}", "x".repeat(LONGEST + 1))])).is_err());
    }

    #[test]
    fn only_three_algorithms_are_known() {
        for name in ["none", "None", "HS256", "RS512", "PS256", "ES384", ""] {
            assert!(algorithm(name).is_none(), "{name}");
        }
    }
}
