//! Callers that the gateway would have let through: the benchmarks of a single service ask it directly.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use chassis::access::Role;
use chassis::clock::SystemClock;
use chassis::identity::token::{AUDIENCE, GATEWAY, Signer};
use chassis::identity::{Caller, Level, PersonName, Scope};
use chrono::{DateTime, Utc};
use tonic::metadata::{Ascii, MetadataValue};
use uuid::Uuid;

/// A token lives a minute.
const RENEWED_AFTER: Duration = Duration::from_secs(20);

/// The gateway's own key.
pub(crate) struct Gateway(Signer);

impl Gateway {
    /// Opens its keys; `now` is the time on the platform.
    pub(crate) fn open(keys: &Path, now: DateTime<Utc>) -> anyhow::Result<Self> {
        let clock = Arc::new(SystemClock::starting_at(now));
        Ok(Self(Signer::open(keys, GATEWAY, clock)?))
    }

    /// The header that says who calls.
    pub(crate) fn header(&self, caller: &Caller) -> anyhow::Result<MetadataValue<Ascii>> {
        let token = self.0.sign(caller, AUDIENCE);
        format!("Bearer {token}").parse().context("no header")
    }
}

/// The header of one caller, renewed in time.
pub(crate) struct Standing {
    gateway: Arc<Gateway>,
    caller: Caller,
    header: MetadataValue<Ascii>,
    signed: Instant,
}

impl Standing {
    /// Of a caller.
    pub(crate) fn of(gateway: Arc<Gateway>, caller: Caller) -> anyhow::Result<Self> {
        Ok(Self {
            header: gateway.header(&caller)?,
            signed: Instant::now(),
            gateway,
            caller,
        })
    }

    /// The header for now.
    pub(crate) fn header(&mut self) -> anyhow::Result<MetadataValue<Ascii>> {
        if self.signed.elapsed() > RENEWED_AFTER {
            self.header = self.gateway.header(&self.caller)?;
            self.signed = Instant::now();
        }
        Ok(self.header.clone())
    }
}

/// An operator of an office.
pub(crate) fn operator(person: Uuid, office: &str) -> anyhow::Result<Caller> {
    Ok(Caller {
        role: Role::Sede,
        scope: Scope::Offices(vec![office.parse()?]),
        organisation: office.to_owned(),
        areas: vec!["AMMORTIZZATORI".to_owned()],
        ..worker(person)
    })
}

/// A worker.
pub(crate) fn worker(person: Uuid) -> Caller {
    Caller {
        person,
        name: PersonName::default(),
        role: Role::Lav,
        scope: Scope::Own(Vec::new()),
        organisation: String::new(),
        areas: Vec::new(),
        level: Level::L3,
        mandate: None,
        service: None,
        session: "bench".to_owned(),
        dasmo: false,
    }
}
