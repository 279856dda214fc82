//! What an identity that the gateway has verified may act as, and what there is to choose from.

use chassis::identity::Caller;
use chassis::{Class, Failure, Reason};
use chrono::{DateTime, Utc};
use kernel::{CodiceFiscale, rome};
use uuid::Uuid;

use super::{App, MandateView, RoleView};
use crate::domain::principal::{Held, Resolution, Wish, resolve};
use crate::domain::role::Role;
use crate::store;
use crate::store::grants::Known;

/// Whom the gateway asks about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A person, by codice fiscale.
    Person(CodiceFiscale),
    /// A system client.
    Client(String),
    /// A person who is known, by opaque id.
    Known(Uuid),
}

/// Answer to the gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// Opaque id; none for a client that is not known.
    pub id: Option<Uuid>,
    /// What it may act as.
    pub resolution: Resolution,
}

/// What a caller may choose from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profiles {
    /// Roles, effective or not yet.
    pub roles: Vec<RoleView>,
    /// Mandates that are not over.
    pub mandates: Vec<MandateView>,
}

impl App {
    /// Resolves what a subject may act as now. A person who is not known becomes known: everybody is a citizen.
    /// Two short queries at most, one when a role other than INT was chosen.
    pub async fn resolve_principal(
        &self,
        subject: &Subject,
        wish: &Wish,
    ) -> Result<Principal, Failure> {
        match subject {
            Subject::Person(codice_fiscale) => self.resolve_person(codice_fiscale, wish).await,
            Subject::Client(client_id) => self.resolve_client(client_id, wish).await,
            Subject::Known(id) => self.resolve_known(*id, wish).await,
        }
    }

    async fn resolve_person(
        &self,
        codice_fiscale: &CodiceFiscale,
        wish: &Wish,
    ) -> Result<Principal, Failure> {
        let now = self.clock.now();
        let pool = self.database.pool();
        let known = store::grants::of_codice_fiscale(pool, codice_fiscale.as_str(), now).await?;
        let known = match known {
            Some(known) => known,
            None => self.new_citizen(codice_fiscale, now).await?,
        };
        let may_be_intermediary =
            known.is_delegate && wish.role.is_none_or(|role| role == Role::Int);
        let mandates = if may_be_intermediary {
            store::mandates::active_of(pool, known.id, wish.mandate, rome::date_of(now)).await?
        } else {
            Vec::new()
        };
        let held = Held {
            is_person: true,
            grants: known.grants,
            is_delegate: known.is_delegate,
            mandates,
        };
        Ok(Principal {
            id: Some(known.id),
            resolution: resolve(&held, wish, now, &self.territory),
        })
    }

    /// For somebody who is not there: roles, and no mandates, since nobody acts under one without being asked.
    async fn resolve_known(&self, id: Uuid, wish: &Wish) -> Result<Principal, Failure> {
        let now = self.clock.now();
        let held = Held {
            is_person: true,
            grants: store::grants::of_people(self.database.pool(), &[id], now).await?,
            is_delegate: false,
            mandates: Vec::new(),
        };
        Ok(Principal {
            id: Some(id),
            resolution: resolve(&held, wish, now, &self.territory),
        })
    }

    async fn new_citizen(
        &self,
        codice_fiscale: &CodiceFiscale,
        now: DateTime<Utc>,
    ) -> Result<Known, Failure> {
        let new = self.ids.at(now);
        let id =
            store::people::ensure(self.database.pool(), codice_fiscale.as_str(), new, now).await?;
        Ok(Known {
            id,
            is_delegate: false,
            grants: Vec::new(),
        })
    }

    async fn resolve_client(&self, client_id: &str, wish: &Wish) -> Result<Principal, Failure> {
        let now = self.clock.now();
        let known = store::grants::of_client(self.database.pool(), client_id, now).await?;
        let id = known.as_ref().map(|known| known.id);
        let grants = known.map(|known| known.grants).unwrap_or_default();
        let held = Held {
            is_person: false,
            grants,
            is_delegate: false,
            mandates: Vec::new(),
        };
        Ok(Principal {
            id,
            resolution: resolve(&held, wish, now, &self.territory),
        })
    }

    /// The roles and mandates of the caller.
    pub async fn profiles(&self, caller: &Caller) -> Result<Profiles, Failure> {
        let now = self.clock.now();
        let pool = self.database.pool();
        let roles = store::grants::own(pool, caller.person, now).await?;
        let mandates = store::mandates::held_by(pool, caller.person, rome::date_of(now)).await?;
        Ok(Profiles {
            roles: roles
                .into_iter()
                .map(|named| self.role_view(named.grant, named.employer_name))
                .collect(),
            mandates: mandates
                .into_iter()
                .map(|mandate| MandateView::at(mandate, now))
                .collect(),
        })
    }
}

/// A codice fiscale that the gateway let through although it is malformed.
pub(crate) fn no_codice_fiscale() -> Failure {
    Failure::new(
        Class::Denied,
        Reason::IdnE11,
        "L'identità non porta un codice fiscale valido.",
        "The identity carries no valid codice fiscale.",
    )
}
