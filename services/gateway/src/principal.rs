//! Principals: what an identity may act as at this instant, as the anagrafe says. Asked at most every two seconds for
//! each identity and choice, once for all who wait; what cannot be asked is refused.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use chassis::access::{Resolved, Role};
use chassis::identity::Caller;
use chassis::identity::token::{AUDIENCE, LIFE_SECONDS, Signer};
use chassis::{Failure, SharedClock};
use http::HeaderValue;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::cache::Key;
use crate::token::Subject;

/// Longest wait for an answer.
const PATIENCE: Duration = Duration::from_secs(2);
/// After a failure nobody asks again for this long, milliseconds.
const PAUSE_MS: i64 = 200;
/// Most identities and choices that are remembered.
const REMEMBERED: usize = 50_000;
/// An internal token with less than this left is made anew, milliseconds.
const SHORTEST_LEFT_MS: i64 = 15_000;

/// A question about an identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// Who.
    pub subject: Subject,
    /// Role asked for.
    pub role: Option<Role>,
    /// Mandate asked for.
    pub mandate: Option<Uuid>,
    /// Organisation asked for; empty for none.
    pub organisation: String,
}

/// Says what identities may act as.
#[async_trait]
pub trait PrincipalResolver: Send + Sync + std::fmt::Debug {
    /// Asks. An error means that nobody answered, never that the answer is no.
    async fn resolve(&self, ask: &Ask) -> Result<Resolved, Unreachable>;
}

/// Who knows could not be asked.
#[derive(Debug, thiserror::Error)]
#[error("ask what the identity may act as")]
pub struct Unreachable(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// What an identity may act as, with the internal tokens minted for it.
#[derive(Debug)]
pub(crate) struct Principal {
    pub(crate) resolved: Resolved,
    minted: Mutex<Vec<Minted>>,
}

#[derive(Debug)]
struct Minted {
    caller: Caller,
    authorization: HeaderValue,
    until_ms: i64,
}

impl Principal {
    /// The `authorization` for the services and the instant, milliseconds, until which it may be used. One token serves
    /// all calls of a session with the same scope for most of its minute, so that services verify it once.
    pub(crate) fn authorization(
        &self,
        caller: &Caller,
        signer: &Signer,
        now_ms: i64,
    ) -> (HeaderValue, i64) {
        let mut minted = self.minted.lock().unwrap_or_else(PoisonError::into_inner);
        minted.retain(|one| one.until_ms > now_ms);
        if let Some(one) = minted.iter().find(|one| one.caller == *caller) {
            return (one.authorization.clone(), one.until_ms);
        }
        let text = format!("Bearer {}", signer.sign(caller, AUDIENCE));
        let mut authorization =
            HeaderValue::try_from(text).expect("a token is made of letters, digits and dots");
        authorization.set_sensitive(true);
        let until_ms = now_ms + LIFE_SECONDS * 1_000 - SHORTEST_LEFT_MS;
        minted.push(Minted {
            caller: caller.clone(),
            authorization: authorization.clone(),
            until_ms,
        });
        (authorization, until_ms)
    }
}

/// The principals of everybody who called lately.
#[derive(Debug)]
pub(crate) struct Principals {
    resolver: Arc<dyn PrincipalResolver>,
    clock: SharedClock,
    fresh_ms: i64,
    slots: Mutex<HashMap<Key, Arc<Slot>>>,
}

#[derive(Debug, Default)]
struct Slot {
    state: Mutex<State>,
    /// Held while somebody asks.
    asking: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct State {
    principal: Option<Arc<Principal>>,
    asked_ms: i64,
    failed_ms: Option<i64>,
}

impl Principals {
    pub(crate) fn new(
        resolver: Arc<dyn PrincipalResolver>,
        clock: SharedClock,
        fresh_ms: i64,
    ) -> Self {
        Self {
            resolver,
            clock,
            fresh_ms,
            slots: Mutex::default(),
        }
    }

    /// The principal, and the instant, milliseconds, until which the answer holds. IDN-E19 when nobody answers.
    pub(crate) async fn resolve(&self, ask: &Ask) -> Result<(Arc<Principal>, i64), Failure> {
        let slot = self.slot(ask);
        if let Some(known) = self.known(&slot)? {
            return Ok(known);
        }
        let _asking = slot.asking.lock().await;
        if let Some(known) = self.known(&slot)? {
            return Ok(known);
        }
        let asked_ms = self.now_ms();
        let answer = match tokio::time::timeout(PATIENCE, self.resolver.resolve(ask)).await {
            Ok(answer) => answer,
            Err(elapsed) => Err(Unreachable(elapsed.into())),
        };
        let mut state = slot.state.lock().unwrap_or_else(PoisonError::into_inner);
        match answer {
            Ok(resolved) => {
                let principal = state.renew(resolved, asked_ms);
                Ok((principal, asked_ms + self.fresh_ms))
            }
            Err(error) => {
                state.failed_ms = Some(self.now_ms());
                Err(Failure::unavailable(error))
            }
        }
    }

    fn known(&self, slot: &Slot) -> Result<Option<(Arc<Principal>, i64)>, Failure> {
        let now_ms = self.now_ms();
        let state = slot.state.lock().unwrap_or_else(PoisonError::into_inner);
        let until_ms = state.asked_ms + self.fresh_ms;
        if let Some(principal) = &state.principal
            && (state.asked_ms..until_ms).contains(&now_ms)
        {
            return Ok(Some((Arc::clone(principal), until_ms)));
        }
        match state.failed_ms {
            Some(failed) if (failed..failed + PAUSE_MS).contains(&now_ms) => Err(
                Failure::unavailable("the anagrafe did not answer a moment ago"),
            ),
            _ => Ok(None),
        }
    }

    fn slot(&self, ask: &Ask) -> Arc<Slot> {
        let now_ms = self.now_ms();
        let key = key(ask);
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(slot) = slots.get(&key) {
            return Arc::clone(slot);
        }
        if slots.len() >= REMEMBERED {
            slots.retain(|_, slot| Arc::strong_count(slot) > 1 || slot.is_recent(now_ms));
        }
        if slots.len() >= REMEMBERED {
            slots.clear();
        }
        Arc::clone(slots.entry(key).or_default())
    }

    fn now_ms(&self) -> i64 {
        self.clock.now().timestamp_millis()
    }
}

impl State {
    /// Keeps the principal when nothing changed, and with it the tokens that were minted.
    fn renew(&mut self, resolved: Resolved, asked_ms: i64) -> Arc<Principal> {
        self.asked_ms = asked_ms;
        self.failed_ms = None;
        match &self.principal {
            Some(principal) if principal.resolved == resolved => Arc::clone(principal),
            _ => {
                let principal = Arc::new(Principal {
                    resolved,
                    minted: Mutex::default(),
                });
                self.principal = Some(Arc::clone(&principal));
                principal
            }
        }
    }
}

impl Slot {
    fn is_recent(&self, now_ms: i64) -> bool {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        now_ms - state.asked_ms < LIFE_SECONDS * 1_000
    }
}

fn key(ask: &Ask) -> Key {
    let (kind, id) = match &ask.subject {
        Subject::Person(code) => (b'p', code.as_str()),
        Subject::Client(id) => (b'c', id.as_str()),
    };
    Sha256::new()
        .chain_update([kind])
        .chain_update(id)
        .chain_update([0])
        .chain_update(ask.role.map_or("", Role::id))
        .chain_update([0])
        .chain_update(ask.mandate.map(Uuid::into_bytes).unwrap_or_default())
        .chain_update(&ask.organisation)
        .finalize()
        .into()
}
