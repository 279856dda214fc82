//! The gate: rate limit, authentication, level, effectiveness, capability, mandate, in the order of `identity.md` §7.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use chassis::access::{Access, Dasmo, Resolved, Role, Standing, decide};
use chassis::config::LimitsConfig;
use chassis::identity::token::Signer;
use chassis::identity::{Caller, PersonName, Scope, refusal};
use chassis::{Class as FailureClass, Failure, Reason, SharedClock};
use chrono::{DateTime, Utc};
use http::{HeaderMap, HeaderValue};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::cache::{Cache, Key};
use crate::limits::{Class, Rate, Windows};
use crate::metrics::Metrics;
use crate::principal::{Ask, Principal, Principals};
use crate::routes::Method;
use crate::token::{Authenticator, Identity, Subject, bearer};

/// Most decisions that are remembered.
const REMEMBERED: usize = 100_000;

/// Longest code of an organisation.
const LONGEST_ORGANISATION: usize = 32;

/// Chooses the role of the call.
pub(crate) const ROLE: &str = "x-omnia-role";
/// Chooses the mandate.
pub(crate) const MANDATE: &str = "x-omnia-mandate";
/// Chooses the organisation, when the role is held at several.
pub(crate) const ORGANISATION: &str = "x-omnia-organisation";

/// Decides about calls.
#[derive(Debug)]
pub(crate) struct Gate {
    pub(crate) authenticator: Authenticator,
    pub(crate) principals: Principals,
    pub(crate) signer: Signer,
    pub(crate) windows: Arc<Windows>,
    pub(crate) limits: LimitsConfig,
    pub(crate) clock: SharedClock,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) decisions: Decisions,
}

/// Decisions that let a call through, by a digest of token, choices and method.
#[derive(Debug)]
pub(crate) struct Decisions(Cache<Arc<Grant>>);

impl Default for Decisions {
    fn default() -> Self {
        Self(Cache::new(REMEMBERED))
    }
}

/// What a call was let through with.
#[derive(Debug)]
pub(crate) struct Grant {
    identity: Arc<Identity>,
    ask: Ask,
    pub(crate) caller: Caller,
    pub(crate) authorization: HeaderValue,
}

/// A decision, with what the answer and the audit trail say of it.
#[derive(Debug)]
pub(crate) struct Verdict {
    pub(crate) rate: Rate,
    pub(crate) who: Who,
    /// `Ok(None)` for a method that is open to anyone.
    pub(crate) outcome: Result<Option<Arc<Grant>>, Failure>,
}

/// Who called, as far as it was established. Opaque ids only.
#[derive(Debug, Clone, Default)]
pub(crate) struct Who {
    pub(crate) actor: Option<Uuid>,
    pub(crate) role: Option<Role>,
    pub(crate) scope: Option<&'static str>,
    pub(crate) mandate: Option<Uuid>,
}

impl Who {
    fn of(caller: &Caller) -> Self {
        Self {
            actor: Some(caller.person),
            role: Some(caller.role),
            scope: Some(chassis::audit::scope_kind(&caller.scope)),
            mandate: caller.mandate.as_ref().map(|mandate| mandate.id),
        }
    }

    fn refused(resolved: &Resolved) -> Self {
        Self {
            actor: resolved.person,
            role: Some(resolved.role),
            scope: None,
            mandate: None,
        }
    }
}

/// What the request chose.
struct Chosen<'a> {
    role: &'a [u8],
    mandate: &'a [u8],
    organisation: &'a [u8],
}

impl<'a> Chosen<'a> {
    fn of(headers: &'a HeaderMap) -> Self {
        let bytes = |name| headers.get(name).map_or(&[][..], HeaderValue::as_bytes);
        Self {
            role: bytes(ROLE),
            mandate: bytes(MANDATE),
            organisation: bytes(ORGANISATION),
        }
    }

    /// The question for the anagrafe; `None` when the choice cannot be held by anybody. `ROLE@organisation`, as the
    /// refusal of an undecided caller spells it, chooses both.
    fn ask(&self, subject: &Subject) -> Option<Ask> {
        let text = std::str::from_utf8(self.role).ok()?;
        let (role, place) = text.split_once('@').unwrap_or((text, ""));
        let role = match role {
            "" => None,
            id => Some(id.parse().ok().filter(|role| *role != Role::SysI)?),
        };
        let mandate = match self.mandate {
            [] => None,
            // What is not an id is the id of no mandate.
            id => Some(Uuid::try_parse_ascii(id).unwrap_or_default()),
        };
        let stated = std::str::from_utf8(self.organisation).ok()?;
        let organisation = if stated.is_empty() { place } else { stated };
        let fits = organisation.len() <= LONGEST_ORGANISATION;
        fits.then(|| Ask {
            subject: subject.clone(),
            role,
            mandate,
            organisation: organisation.to_owned(),
        })
    }
}

impl Gate {
    /// Decides about a call of a method from an address.
    pub(crate) async fn decide(
        &self,
        method: &Method,
        headers: &HeaderMap,
        from: IpAddr,
        now: DateTime<Utc>,
    ) -> Verdict {
        if method.rule.access == Access::Anyone {
            return self.stranger(from, now, Ok(None));
        }
        let token = match bearer(headers) {
            Ok(Some(token)) => token,
            Ok(None) => return self.stranger(from, now, Err(refusal::unauthenticated())),
            Err(failure) => return self.stranger(from, now, Err(failure)),
        };
        let chosen = Chosen::of(headers);
        let key = digest(token, &chosen, method.number);
        if let Some(grant) = self.decisions.0.get(&key, now.timestamp_millis()) {
            self.metrics.decision_cached(true);
            return self.again(grant, now);
        }
        self.metrics.decision_cached(false);
        match self.authenticator.authenticate(token, now).await {
            Ok(identity) => self.known(method, &chosen, &identity, key, now).await,
            Err(failure) => self.stranger(from, now, Err(failure)),
        }
    }

    /// Counts a request by its address: nobody is known yet, or needs to be.
    pub(crate) fn stranger(
        &self,
        from: IpAddr,
        now: DateTime<Utc>,
        outcome: Result<Option<Arc<Grant>>, Failure>,
    ) -> Verdict {
        let rate = self
            .windows
            .of(address(from), now)
            .count(Class::Anonymous, &self.limits, now);
        Verdict {
            rate,
            who: Who::default(),
            outcome: within(rate).and(outcome),
        }
    }

    /// A decision made a moment ago holds still.
    fn again(&self, grant: Arc<Grant>, now: DateTime<Utc>) -> Verdict {
        let rate = grant.identity.count(&self.limits, now);
        let who = Who::of(&grant.caller);
        Verdict {
            rate,
            who,
            outcome: within(rate).map(|()| Some(grant)),
        }
    }

    async fn known(
        &self,
        method: &Method,
        chosen: &Chosen<'_>,
        identity: &Arc<Identity>,
        key: Key,
        now: DateTime<Utc>,
    ) -> Verdict {
        let rate = identity.count(&self.limits, now);
        if let Err(failure) = within(rate) {
            return Verdict {
                rate,
                who: Who::default(),
                outcome: Err(failure),
            };
        }
        let Some(ask) = chosen.ask(&identity.subject) else {
            let nobody = Resolved::without(None, Role::Cit, Standing::NotHeld);
            let failure = enter(method, identity, &nobody)
                .err()
                .unwrap_or_else(Failure::capability_lacking);
            return Verdict {
                rate,
                who: Who::default(),
                outcome: Err(failure),
            };
        };
        let (principal, fresh_until_ms) = match self.principals.resolve(&ask).await {
            Ok(resolved) => resolved,
            Err(failure) => {
                return Verdict {
                    rate,
                    who: Who::default(),
                    outcome: Err(failure),
                };
            }
        };
        if principal.resolved.standing == Standing::Effective {
            identity.learn(Class::of(principal.resolved.role));
        }
        let rate = rate.against(identity.class(), &self.limits);
        match enter(method, identity, &principal.resolved) {
            Ok(caller) => {
                let who = Who::of(&caller);
                let grant = self.grant(identity, ask, caller, &principal, key, fresh_until_ms);
                Verdict {
                    rate,
                    who,
                    outcome: Ok(Some(grant)),
                }
            }
            Err(failure) => Verdict {
                rate,
                who: Who::refused(&principal.resolved),
                outcome: Err(failure),
            },
        }
    }

    fn grant(
        &self,
        identity: &Arc<Identity>,
        ask: Ask,
        caller: Caller,
        principal: &Principal,
        key: Key,
        fresh_until_ms: i64,
    ) -> Arc<Grant> {
        let now_ms = self.clock.now().timestamp_millis();
        let (authorization, token_until_ms) =
            principal.authorization(&caller, &self.signer, now_ms);
        let grant = Arc::new(Grant {
            identity: Arc::clone(identity),
            ask,
            caller,
            authorization,
        });
        let until_ms = fresh_until_ms.min(token_until_ms).min(identity.until_ms);
        self.decisions
            .0
            .insert(key, Arc::clone(&grant), until_ms, now_ms);
        grant
    }

    /// Whether what a call was let through with still holds: asked again and again while a stream is open.
    pub(crate) async fn recheck(&self, method: &Method, grant: &Grant) -> Result<(), Failure> {
        if self.clock.now().timestamp_millis() >= grant.identity.until_ms {
            return Err(refusal::expired());
        }
        let (principal, _) = self.principals.resolve(&grant.ask).await?;
        let caller = enter(method, &grant.identity, &principal.resolved)?;
        if caller == grant.caller {
            Ok(())
        } else {
            Err(changed())
        }
    }
}

/// Whether an identity may enter a method, and as whom.
fn enter(method: &Method, identity: &Identity, resolved: &Resolved) -> Result<Caller, Failure> {
    let scope = decide(method.rule, &resolved.facts(identity.level))?;
    let person = resolved.person.ok_or_else(Failure::capability_lacking)?;
    let mut caller = Caller {
        person,
        role: resolved.role,
        scope,
        organisation: resolved.organisation.clone(),
        areas: resolved.areas.clone(),
        level: identity.level,
        mandate: resolved.mandate.clone(),
        service: None,
        session: identity.session.clone(),
        dasmo: resolved.dasmo == Dasmo::Effective,
        // Who signs acts is named on them, who takes figures of DASMO along is named on the file (`claims.md` DAS-7).
        name: if resolved.role.signs() || resolved.dasmo == Dasmo::Effective {
            identity.name.clone()
        } else {
            PersonName::default()
        },
    };
    if resolved.standing != Standing::Effective {
        // Only methods for whoever is authenticated come here: no role is in use.
        caller.role = match identity.subject {
            Subject::Person(_) => Role::Cit,
            Subject::Client(_) => Role::SysP,
        };
        caller.scope = Scope::Own(Vec::new());
    }
    Ok(caller)
}

fn within(rate: Rate) -> Result<(), Failure> {
    if rate.admitted {
        return Ok(());
    }
    Err(refusal::too_many_requests(Duration::from_secs(
        rate.reset_seconds.into(),
    )))
}

/// The caller may still act, but not as when the stream began.
fn changed() -> Failure {
    Failure::new(
        FailureClass::Conflict,
        Reason::Conflict,
        "Le abilitazioni sono cambiate: riaprire il flusso.",
        "The caller's roles have changed: open the stream again.",
    )
}

fn digest(token: &str, chosen: &Chosen<'_>, method: u32) -> Key {
    let length = |part: &[u8]| u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes();
    Sha256::new()
        .chain_update(method.to_be_bytes())
        .chain_update(length(chosen.role))
        .chain_update(chosen.role)
        .chain_update(length(chosen.mandate))
        .chain_update(chosen.mandate)
        .chain_update(length(chosen.organisation))
        .chain_update(chosen.organisation)
        .chain_update(token)
        .finalize()
        .into()
}

/// The key of an address; of an IPv6 address the network of 64 bits counts, since one customer holds all of it.
fn address(from: IpAddr) -> Key {
    let mut key = [0; 32];
    match from.to_canonical() {
        IpAddr::V4(four) => {
            key[0] = 4;
            key[1..5].copy_from_slice(&four.octets());
        }
        IpAddr::V6(six) => {
            key[0] = 6;
            key[1..9].copy_from_slice(&six.octets()[..8]);
        }
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(role: &str, mandate: &str, organisation: &str) -> Option<Ask> {
        let chosen = Chosen {
            role: role.as_bytes(),
            mandate: mandate.as_bytes(),
            organisation: organisation.as_bytes(),
        };
        chosen.ask(&Subject::Client("c".to_owned()))
    }

    #[test]
    fn a_role_and_its_organisation_are_chosen_apart_or_in_one_word() {
        let apart = ask("DSEDE", "", "490000").unwrap();
        assert_eq!(
            (apart.role, apart.organisation.as_str()),
            (Some(Role::Dsede), "490000")
        );
        assert_eq!(ask("DSEDE@490000", "", ""), Some(apart));
        assert_eq!(ask("", "", "").unwrap().role, None);
    }

    #[test]
    fn what_nobody_can_hold_is_not_asked_for() {
        assert_eq!(ask("SYS-I", "", ""), None);
        assert_eq!(ask("IMPERATORE", "", ""), None);
        assert_eq!(ask("DSEDE", "", &"4".repeat(33)), None);
        assert_eq!(
            ask("INT", "not an id", "").unwrap().mandate,
            Some(Uuid::nil())
        );
    }

    #[test]
    fn choices_that_run_into_each_other_are_different_decisions() {
        let key = |role: &'static [u8], mandate: &'static [u8], method| {
            digest(
                "token",
                &Chosen {
                    role,
                    mandate,
                    organisation: b"",
                },
                method,
            )
        };
        assert_ne!(key(b"INT", b"", 1), key(b"IN", b"T", 1));
        assert_ne!(key(b"INT", b"", 1), key(b"INT", b"", 2));
    }

    #[test]
    fn one_customer_of_ipv6_is_one_address() {
        let key = |text: &str| address(text.parse().unwrap());
        assert_eq!(key("2001:db8:1:2::1"), key("2001:db8:1:2:ffff::9"));
        assert_ne!(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
        assert_eq!(key("::ffff:192.0.2.1"), key("192.0.2.1"));
    }
}
