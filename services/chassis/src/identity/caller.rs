//! The caller of a method, as the access layer established it.

use sha2::{Digest, Sha256};
use tonic::Request;
use uuid::Uuid;

use super::{Level, Scope};
use crate::access::Role;
use crate::failure::Failure;

/// A mandate under which an intermediary acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MandateInUse {
    /// Id.
    pub id: Uuid,
    /// Matricola of the principal.
    pub matricola: String,
}

/// Name of a person. Prints without it, so that it cannot slip into a log.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct PersonName(pub String);

impl std::fmt::Debug for PersonName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PersonName")
    }
}

/// Who calls, in what role, over which rows. Put into the request by the access layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Opaque id of the person; for services, a fixed id made from the name. Never the codice fiscale.
    pub person: Uuid,
    /// The role chosen for this call.
    pub role: Role,
    /// Rows granted for this method.
    pub scope: Scope,
    /// Organisation of the role: an office code, a region, a coordination; empty for none.
    pub organisation: String,
    /// Subject areas of staff.
    pub areas: Vec<String>,
    /// Level of the authentication.
    pub level: Level,
    /// Mandate in use.
    pub mandate: Option<MandateInUse>,
    /// Name of the calling service, for SYS-I.
    pub service: Option<String>,
    /// Session.
    pub session: String,
    /// Whether the DASMO grant of the role is effective now (`claims.md` DAS-9).
    pub dasmo: bool,
    /// Name of the person as the identity provider states it, for roles that sign acts (`claims.md` CLM-22) and for whoever
    /// has DASMO (DAS-7); empty for all others, and when the provider does not state it.
    pub name: PersonName,
}

impl Caller {
    /// Refuses a matricola that the caller names and that is not one of theirs: IDN-E07 for an intermediary, IDN-E05
    /// for everybody else (`claims.md` §0).
    pub fn require_matricola(&self, matricola: &str) -> Result<(), Failure> {
        if self.scope.holds_matricola(matricola) {
            return Ok(());
        }
        Err(if self.role == Role::Int {
            Failure::mandate_not_active()
        } else {
            Failure::outside_scope()
        })
    }

    /// Refuses an office that the caller names as a filter and that is outside the scope (IDN-E05).
    pub fn require_office(&self, office: &str) -> Result<(), Failure> {
        if self.scope.holds_office(office) {
            Ok(())
        } else {
            Err(Failure::outside_scope())
        }
    }

    /// An internal service at work for itself (SYS-I).
    pub fn service(name: &str) -> Self {
        Self {
            person: service_id(name),
            role: Role::SysI,
            scope: Scope::System,
            organisation: String::new(),
            areas: Vec::new(),
            level: Level::L3,
            mandate: None,
            service: Some(name.to_owned()),
            session: String::new(),
            dasmo: false,
            name: PersonName::default(),
        }
    }

    /// Whether the caller files claims (owner, legal representative, consultant, intermediary).
    pub fn is_filer(&self) -> bool {
        matches!(
            self.role,
            Role::AzTit | Role::AzLr | Role::AzCon | Role::Int
        )
    }
}

/// The id under which a service appears where a person's would: fixed, made from its name.
pub fn service_id(name: &str) -> Uuid {
    let digest = Sha256::digest(format!("omnia service {name}"));
    let mut bytes = [0_u8; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

/// The caller of a request. Fails only when the method is served outside the access layer, which is a defect.
pub fn caller<T>(request: &Request<T>) -> Result<Caller, Failure> {
    request
        .extensions()
        .get::<Caller>()
        .cloned()
        .ok_or_else(|| Failure::internal("the method is served without the access layer"))
}
