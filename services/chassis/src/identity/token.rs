//! Internal tokens: Ed25519 JWTs of one minute that carry the principal from the gateway to the services, and from
//! one service to another (`identity.md` §2).
//!
//! Every issuer has a key of its own, `<issuer>.pem`; `jwks.json` lists the public halves with the issuer that each
//! belongs to. Only `gateway` may speak for people and systems; any key may speak for its own service, as SYS-I.

use std::collections::HashMap;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey, EncodePrivateKey};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use rand::RngCore;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{Caller, Level, MandateInUse, PersonName, Scope, refusal, service_id};
use crate::access::Role;
use crate::clock::SharedClock;
use crate::failure::Failure;
use crate::ids::Ids;

/// Life of an internal token.
pub const LIFE_SECONDS: i64 = 60;
/// The service family that tokens are for.
pub const AUDIENCE: &str = "omnia-services";
/// The issuer that may speak for people.
pub const GATEWAY: &str = "gateway";

/// Clocks of two machines may differ by this much.
const LEEWAY_SECONDS: i64 = 5;
/// A token of one's own is made anew when less than this is left of it.
const RENEW_BEFORE_SECONDS: i64 = 15;
/// Most tokens that a verifier remembers.
const REMEMBERED: usize = 20_000;
/// Longer texts are refused unread.
const LONGEST: usize = 16 * 1024;

#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    iat: i64,
    exp: i64,
    jti: Uuid,
    sid: String,
    sub: Uuid,
    acr: String,
    role: String,
    org: String,
    scope: ScopeClaim,
    areas: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mandate: Option<MandateClaim>,
    dasmo: bool,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    name: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct ScopeClaim {
    r#type: String,
    codes: Vec<String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct MandateClaim {
    id: Uuid,
    principal: String,
}

/// Signs internal tokens. A `gateway` key may speak for any principal; a service's key only for itself, as SYS-I.
#[derive(Clone)]
pub struct Signer(Arc<SignerInner>);

struct SignerInner {
    issuer: String,
    header: Header,
    key: EncodingKey,
    clock: SharedClock,
    ids: Ids,
    own: Mutex<Option<(Arc<str>, i64)>>,
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signer")
            .field("issuer", &self.0.issuer)
            .finish_non_exhaustive()
    }
}

impl Signer {
    /// Reads the private key of `issuer` (`gateway`, or the name of a service) from `<folder>/<issuer>.pem`. A key that
    /// everybody can read is refused; one that the group can read is used, with a warning.
    pub fn open(folder: &Path, issuer: &str, clock: SharedClock) -> Result<Self, KeyError> {
        let path = folder.join(format!("{issuer}.pem"));
        let key = read_private(&path)?;
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(key_id(issuer, &key));
        let der = key
            .to_pkcs8_der()
            .map_err(|error| KeyError::of(&path, error))?;
        Ok(Self(Arc::new(SignerInner {
            issuer: issuer.to_owned(),
            header,
            key: EncodingKey::from_ed_der(der.as_bytes()),
            clock,
            ids: Ids::random(),
            own: Mutex::new(None),
        })))
    }

    /// A token for a principal, for the services of `audience`. Gateway only: services accept no other issuer.
    pub fn sign(&self, caller: &Caller, audience: &str) -> String {
        let now = self.0.clock.now();
        let claims = Claims {
            iss: self.0.issuer.clone(),
            aud: audience.to_owned(),
            iat: now.timestamp(),
            exp: now.timestamp() + LIFE_SECONDS,
            jti: self.0.ids.at(now),
            sid: caller.session.clone(),
            sub: caller.person,
            acr: caller.level.acr().to_owned(),
            role: caller.role.id().to_owned(),
            org: caller.organisation.clone(),
            scope: ScopeClaim::of(caller),
            areas: caller.areas.clone(),
            mandate: caller.mandate.as_ref().map(|mandate| MandateClaim {
                id: mandate.id,
                principal: mandate.matricola.clone(),
            }),
            dasmo: caller.dasmo,
            name: caller.name.0.clone(),
        };
        jsonwebtoken::encode(&self.0.header, &claims, &self.0.key)
            .expect("plain claims and a checked key always sign")
    }

    /// A token for this service itself (SYS-I, scope SYSTEM). Cached until shortly before it expires.
    pub fn own(&self) -> Arc<str> {
        let now = self.0.clock.now().timestamp();
        let mut own = self.0.own.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((token, expires)) = &*own
            && (now + RENEW_BEFORE_SECONDS..=now + LIFE_SECONDS).contains(expires)
        {
            return Arc::clone(token);
        }
        let token: Arc<str> = self.sign(&Caller::service(&self.0.issuer), AUDIENCE).into();
        *own = Some((Arc::clone(&token), now + LIFE_SECONDS));
        token
    }
}

impl ScopeClaim {
    fn of(caller: &Caller) -> Self {
        let (kind, codes) = match &caller.scope {
            Scope::Own(matricole) => ("OWN", matricole.clone()),
            Scope::Mandate(matricola) => ("MANDATE", vec![matricola.clone()]),
            Scope::Offices(_) => {
                let kind = match caller.role {
                    Role::Dreg => "REGIONE",
                    Role::Dcm => "METRO",
                    _ => "SEDE",
                };
                (kind, caller.scope.offices().unwrap_or_default())
            }
            Scope::National => ("NAZIONALE", Vec::new()),
            Scope::System => ("SYSTEM", Vec::new()),
        };
        Self {
            r#type: kind.to_owned(),
            codes,
        }
    }

    fn scope(self) -> Option<Scope> {
        match self.r#type.as_str() {
            "OWN" => Some(Scope::Own(self.codes)),
            "MANDATE" => <[String; 1]>::try_from(self.codes)
                .ok()
                .map(|[matricola]| Scope::Mandate(matricola)),
            "SEDE" | "METRO" | "REGIONE" => {
                let offices: Result<Vec<_>, _> =
                    self.codes.iter().map(|code| code.parse()).collect();
                offices.ok().map(Scope::Offices)
            }
            "NAZIONALE" => Some(Scope::National),
            "SYSTEM" => Some(Scope::System),
            _ => None,
        }
    }
}

/// Verifies internal tokens with the public keys of the platform.
#[derive(Debug, Clone)]
pub struct Verifier(Arc<VerifierInner>);

#[derive(Debug)]
struct VerifierInner {
    path: PathBuf,
    clock: SharedClock,
    keys: Mutex<Keys>,
    verified: Mutex<Verified>,
}

/// Tokens that were verified, with their principal and the second in which they expire.
type Verified = HashMap<Box<str>, (Arc<Caller>, i64)>;

#[derive(Debug)]
struct Keys {
    version: FileVersion,
    by_id: HashMap<String, PublicKey>,
}

#[derive(Debug, Clone)]
struct PublicKey {
    issuer: String,
    key: DecodingKey,
}

/// What changes when a file is written anew.
#[derive(Debug, PartialEq, Eq)]
struct FileVersion {
    inode: u64,
    modified: (i64, i64),
    length: u64,
}

impl Verifier {
    /// Reads the public keys, `<folder>/jwks.json`, and reads them again when the file changes.
    pub fn open(folder: &Path, clock: SharedClock) -> Result<Self, KeyError> {
        let path = folder.join("jwks.json");
        let keys = Keys::read(&path)?;
        Ok(Self(Arc::new(VerifierInner {
            path,
            clock,
            keys: Mutex::new(keys),
            verified: Mutex::new(HashMap::new()),
        })))
    }

    /// The principal of a token, IDN-E01 or IDN-E02. A token is verified once and remembered until it expires.
    pub fn verify(&self, token: &str) -> Result<Arc<Caller>, Failure> {
        if token.len() > LONGEST {
            return Err(refusal::unauthenticated());
        }
        let now = self.0.clock.now().timestamp();
        if let Some(caller) = self.remembered(token, now)? {
            return Ok(caller);
        }
        let claims = self.claims(token).ok_or_else(refusal::unauthenticated)?;
        if claims.exp + LEEWAY_SECONDS <= now {
            return Err(refusal::expired());
        }
        let in_time = claims.iat - LEEWAY_SECONDS <= now && claims.exp <= claims.iat + LIFE_SECONDS;
        if claims.aud != AUDIENCE || !in_time {
            return Err(refusal::unauthenticated());
        }
        let expires = claims.exp;
        let caller = Arc::new(principal(claims).ok_or_else(refusal::unauthenticated)?);
        self.remember(token, &caller, expires, now);
        Ok(caller)
    }

    fn remembered(&self, token: &str, now: i64) -> Result<Option<Arc<Caller>>, Failure> {
        let verified = self
            .0
            .verified
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        match verified.get(token) {
            Some((_, expires)) if expires + LEEWAY_SECONDS <= now => Err(refusal::expired()),
            Some((caller, _)) => Ok(Some(Arc::clone(caller))),
            None => Ok(None),
        }
    }

    fn remember(&self, token: &str, caller: &Arc<Caller>, expires: i64, now: i64) {
        let mut verified = self
            .0
            .verified
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if verified.len() >= REMEMBERED {
            verified.retain(|_, (_, expires)| *expires > now);
        }
        if verified.len() >= REMEMBERED {
            verified.clear();
        }
        verified.insert(token.into(), (Arc::clone(caller), expires));
    }

    /// The claims of a token whose signature is that of the issuer it names.
    fn claims(&self, token: &str) -> Option<Claims> {
        let header = jsonwebtoken::decode_header(token).ok()?;
        let public = self.key(&header.kid?)?;
        let mut validation = Validation::new(Algorithm::EdDSA);
        // Times and audience are checked against the injected clock, by the caller.
        validation.validate_exp = false;
        validation.validate_aud = false;
        validation.required_spec_claims.clear();
        let claims: Claims = jsonwebtoken::decode(token, &public.key, &validation)
            .ok()?
            .claims;
        (claims.iss == public.issuer).then_some(claims)
    }

    fn key(&self, id: &str) -> Option<PublicKey> {
        let mut keys = self.0.keys.lock().unwrap_or_else(PoisonError::into_inner);
        match FileVersion::of(&self.0.path) {
            Ok(version) if version != keys.version => match Keys::read(&self.0.path) {
                Ok(fresh) => *keys = fresh,
                Err(error) => {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "the old internal keys stay in use"
                    );
                }
            },
            _ => {}
        }
        keys.by_id.get(id).cloned()
    }
}

/// The caller that claims describe, when the issuer may speak for it.
fn principal(claims: Claims) -> Option<Caller> {
    let role: Role = claims.role.parse().ok()?;
    let itself = role == Role::SysI && claims.sub == service_id(&claims.iss);
    let for_others = role != Role::SysI && claims.iss == GATEWAY;
    if itself {
        return Some(Caller::service(&claims.iss));
    }
    if !for_others {
        return None;
    }
    Some(Caller {
        person: claims.sub,
        role,
        scope: claims.scope.scope()?,
        organisation: claims.org,
        areas: claims.areas,
        level: Level::of_acr(&claims.acr)?,
        mandate: claims.mandate.map(|mandate| MandateInUse {
            id: mandate.id,
            matricola: mandate.principal,
        }),
        service: None,
        session: claims.sid,
        dasmo: claims.dasmo,
        name: PersonName(claims.name),
    })
}

impl FileVersion {
    fn of(path: &Path) -> std::io::Result<Self> {
        let metadata = fs::metadata(path)?;
        Ok(Self {
            inode: metadata.ino(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            length: metadata.len(),
        })
    }
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Jwks {
    keys: Vec<Jwk>,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Jwk {
    kty: String,
    crv: String,
    alg: String,
    r#use: String,
    kid: String,
    x: String,
    /// Who signs with this key.
    iss: String,
}

impl Keys {
    fn read(path: &Path) -> Result<Self, KeyError> {
        let version = FileVersion::of(path).map_err(|error| KeyError::of(path, error))?;
        let bytes = fs::read(path).map_err(|error| KeyError::of(path, error))?;
        let set: Jwks =
            serde_json::from_slice(&bytes).map_err(|error| KeyError::of(path, error))?;
        let mut by_id = HashMap::new();
        for jwk in set.keys {
            let key = DecodingKey::from_ed_components(&jwk.x)
                .map_err(|error| KeyError::of(path, error))?;
            by_id.insert(
                jwk.kid,
                PublicKey {
                    issuer: jwk.iss,
                    key,
                },
            );
        }
        Ok(Self { version, by_id })
    }
}

/// Creates the key of every issuer that has none, and `jwks.json`, with permissions for the owner alone. Keys that
/// exist stay as they are.
pub fn create_keys(folder: &Path, issuers: &[&str]) -> Result<(), KeyError> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(|error| KeyError::of(folder, error))?;
    for issuer in issuers {
        let path = folder.join(format!("{issuer}.pem"));
        if !path.exists() {
            let mut secret = [0_u8; 32];
            rand::rng().fill_bytes(&mut secret);
            let pem = SigningKey::from_bytes(&secret)
                .to_pkcs8_pem(LineEnding::LF)
                .map_err(|error| KeyError::of(&path, error))?;
            write_private(&path, pem.as_bytes())?;
        }
    }
    write_public(folder)
}

/// `jwks.json` with the public half of every key in the folder; left alone when it is right already.
fn write_public(folder: &Path) -> Result<(), KeyError> {
    let mut keys = Vec::new();
    for entry in fs::read_dir(folder).map_err(|error| KeyError::of(folder, error))? {
        let path = entry.map_err(|error| KeyError::of(folder, error))?.path();
        let issuer = path
            .file_stem()
            .and_then(|stem| stem.to_str())
            .map(str::to_owned);
        if let (Some(issuer), Some("pem")) = (issuer, path.extension().and_then(|one| one.to_str()))
        {
            keys.push(Jwk::of(&issuer, &read_private(&path)?));
        }
    }
    keys.sort_by(|one, other| one.kid.cmp(&other.kid));
    let path = folder.join("jwks.json");
    let wanted =
        serde_json::to_vec_pretty(&Jwks { keys }).map_err(|error| KeyError::of(&path, error))?;
    if fs::read(&path).is_ok_and(|present| present == wanted) {
        return Ok(());
    }
    write_private(&path, &wanted)
}

impl Jwk {
    fn of(issuer: &str, key: &SigningKey) -> Self {
        Self {
            kty: "OKP".to_owned(),
            crv: "Ed25519".to_owned(),
            alg: "EdDSA".to_owned(),
            r#use: "sig".to_owned(),
            kid: key_id(issuer, key),
            x: URL_SAFE_NO_PAD.encode(key.verifying_key().as_bytes()),
            iss: issuer.to_owned(),
        }
    }
}

fn key_id(issuer: &str, key: &SigningKey) -> String {
    let digest = Sha256::digest(key.verifying_key().as_bytes());
    format!("{issuer}-{}", hex::encode(&digest[..4]))
}

fn read_private(path: &Path) -> Result<SigningKey, KeyError> {
    let mode = fs::metadata(path)
        .map_err(|error| KeyError::of(path, error))?
        .mode();
    if mode & 0o007 != 0 {
        return Err(KeyError::of(
            path,
            "everybody can read this private key: chmod 600",
        ));
    }
    if mode & 0o070 != 0 {
        tracing::warn!(path = %path.display(), "the group can read this private key");
    }
    let pem = fs::read_to_string(path).map_err(|error| KeyError::of(path, error))?;
    SigningKey::from_pkcs8_pem(&pem).map_err(|error| KeyError::of(path, error))
}

/// Writes beside and renames, so that no reader ever sees half a file.
fn write_private(path: &Path, content: &[u8]) -> Result<(), KeyError> {
    let beside = path.with_extension(format!("{}.new", std::process::id()));
    let write = || {
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&beside)?;
        file.write_all(content)?;
        file.sync_all()?;
        fs::rename(&beside, path)
    };
    write().map_err(|error: std::io::Error| KeyError::of(path, error))
}

/// A key file that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("use the key file {path}")]
pub struct KeyError {
    /// Which file.
    pub path: String,
    /// Why.
    #[source]
    pub source: Box<dyn std::error::Error + Send + Sync>,
}

impl KeyError {
    fn of(path: &Path, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self {
            path: path.display().to_string(),
            source: source.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use chrono::{DateTime, TimeDelta};

    use super::*;
    use crate::clock::ManualClock;
    use crate::failure::Reason;

    struct Platform {
        folder: tempfile::TempDir,
        clock: Arc<ManualClock>,
    }

    impl Platform {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            create_keys(folder.path(), &["gateway", "claims"]).unwrap();
            let start = DateTime::from_timestamp(1_671_114_600, 0).unwrap();
            Self {
                folder,
                clock: Arc::new(ManualClock::at(start)),
            }
        }

        fn signer(&self, issuer: &str) -> Signer {
            Signer::open(self.folder.path(), issuer, self.clock.clone()).unwrap()
        }

        fn verifier(&self) -> Verifier {
            Verifier::open(self.folder.path(), self.clock.clone()).unwrap()
        }
    }

    fn director() -> Caller {
        Caller {
            person: Uuid::from_u128(7),
            role: Role::Dreg,
            scope: Scope::Offices(vec!["700000".parse().unwrap(), "490000".parse().unwrap()]),
            organisation: "12".to_owned(),
            areas: vec!["AMMORTIZZATORI".to_owned()],
            level: Level::L2,
            mandate: None,
            service: None,
            session: "s-1".to_owned(),
            dasmo: true,
            name: PersonName("Ada Bruni".to_owned()),
        }
    }

    fn intermediary() -> Caller {
        let mut caller = director();
        caller.role = Role::Int;
        caller.scope = Scope::Mandate("4900000001".to_owned());
        caller.mandate = Some(MandateInUse {
            id: Uuid::from_u128(9),
            matricola: "4900000001".to_owned(),
        });
        caller
    }

    fn refused(verifier: &Verifier, token: &str) -> Reason {
        verifier.verify(token).unwrap_err().reason()
    }

    #[test]
    fn the_gateway_carries_a_principal_to_the_services() {
        let platform = Platform::new();
        let verifier = platform.verifier();
        for caller in [director(), intermediary()] {
            let token = platform.signer("gateway").sign(&caller, AUDIENCE);
            assert_eq!(*verifier.verify(&token).unwrap(), caller);
            assert_eq!(*verifier.verify(&token).unwrap(), caller, "remembered");
        }
    }

    #[test]
    fn a_service_speaks_for_itself_alone() {
        let platform = Platform::new();
        let verifier = platform.verifier();
        let claims = platform.signer("claims");
        assert_eq!(
            *verifier.verify(&claims.own()).unwrap(),
            Caller::service("claims")
        );
        assert_eq!(
            refused(&verifier, &claims.sign(&director(), AUDIENCE)),
            Reason::IdnE01
        );
        assert_eq!(
            refused(
                &verifier,
                &claims.sign(&Caller::service("limits"), AUDIENCE)
            ),
            Reason::IdnE01
        );
    }

    #[test]
    fn the_gateway_is_no_other_service() {
        let platform = Platform::new();
        let verifier = platform.verifier();
        let gateway = platform.signer("gateway");
        assert_eq!(
            *verifier.verify(&gateway.own()).unwrap(),
            Caller::service("gateway")
        );
        assert_eq!(
            refused(
                &verifier,
                &gateway.sign(&Caller::service("claims"), AUDIENCE)
            ),
            Reason::IdnE01
        );
    }

    #[test]
    fn a_token_lives_a_minute_also_when_it_is_remembered() {
        let platform = Platform::new();
        let verifier = platform.verifier();
        let token = platform.signer("gateway").sign(&director(), AUDIENCE);
        assert!(verifier.verify(&token).is_ok());
        platform
            .clock
            .advance(TimeDelta::seconds(LIFE_SECONDS + LEEWAY_SECONDS));
        assert_eq!(refused(&verifier, &token), Reason::IdnE02);
        assert_eq!(refused(&platform.verifier(), &token), Reason::IdnE02);
    }

    #[test]
    fn a_token_of_tomorrow_or_for_somebody_else_is_refused() {
        let platform = Platform::new();
        let token = platform.signer("gateway").sign(&director(), AUDIENCE);
        let other = platform.signer("gateway").sign(&director(), "elsewhere");
        assert_eq!(refused(&platform.verifier(), &other), Reason::IdnE01);
        platform.clock.advance(TimeDelta::days(-1));
        assert_eq!(refused(&platform.verifier(), &token), Reason::IdnE01);
    }

    #[test]
    fn a_token_that_was_touched_or_signed_elsewhere_is_refused() {
        let platform = Platform::new();
        let verifier = platform.verifier();
        let token = platform.signer("gateway").sign(&director(), AUDIENCE);
        let (rest, signature) = token.rsplit_once('.').unwrap();
        let (header, payload) = rest.split_once('.').unwrap();
        let none = URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#);
        for forged in [
            format!("{header}.{}.{signature}", &payload[..payload.len() - 2]),
            format!("{none}.{payload}."),
            format!("{none}.{payload}.{signature}"),
            "not a token".to_owned(),
            String::new(),
            "x".repeat(LONGEST + 1),
        ] {
            assert_eq!(refused(&verifier, &forged), Reason::IdnE01);
        }
        let elsewhere = Platform::new();
        assert_eq!(
            refused(
                &verifier,
                &elsewhere.signer("gateway").sign(&director(), AUDIENCE)
            ),
            Reason::IdnE01
        );
    }

    #[test]
    fn a_token_of_ones_own_is_used_again_until_shortly_before_it_expires() {
        let platform = Platform::new();
        let signer = platform.signer("claims");
        let first = signer.own();
        platform
            .clock
            .advance(TimeDelta::seconds(LIFE_SECONDS - RENEW_BEFORE_SECONDS));
        assert_eq!(signer.own(), first);
        platform.clock.advance(TimeDelta::seconds(1));
        assert_ne!(signer.own(), first);
    }

    #[test]
    fn a_new_key_is_seen_without_a_restart() {
        let platform = Platform::new();
        let verifier = platform.verifier();
        create_keys(platform.folder.path(), &["gateway", "claims", "limits"]).unwrap();
        assert_eq!(
            *verifier.verify(&platform.signer("limits").own()).unwrap(),
            Caller::service("limits")
        );
    }

    #[test]
    fn keys_are_for_the_owner_alone_and_stay_when_they_exist() {
        let platform = Platform::new();
        let path = platform.folder.path().join("gateway.pem");
        let before = fs::read(&path).unwrap();
        create_keys(platform.folder.path(), &["gateway"]).unwrap();
        assert_eq!(fs::read(&path).unwrap(), before);
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let refused =
            Signer::open(platform.folder.path(), "gateway", platform.clock.clone()).unwrap_err();
        assert!(refused.source.to_string().contains("chmod 600"));
    }

    #[test]
    fn a_signer_does_not_print_its_key() {
        assert_eq!(
            format!("{:?}", Platform::new().signer("claims")),
            r#"Signer { issuer: "claims", .. }"#
        );
    }
}
