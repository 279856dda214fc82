//! The sections of the configuration and their defaults.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::values::{ClamdAddress, ServiceUrl, list, redact};

/// The whole configuration of the platform.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Platform {
    /// What the platform runs for; decides defaults and what is allowed.
    pub profile: Profile,
    /// The edge.
    pub gateway: GatewayConfig,
    /// The issuer of tokens for personas, development profile only.
    pub development_issuer: DevelopmentIssuerConfig,
    /// Health and metrics over HTTP.
    pub admin: AdminConfig,
    /// Traces, metrics, logs.
    pub telemetry: TelemetryConfig,
    /// Keys of the internal tokens.
    pub identity: IdentityConfig,
    /// The audit trail.
    pub audit: AuditConfig,
    /// Where files are kept.
    pub objects: ObjectsConfig,
    /// What looks at files.
    pub antivirus: AntivirusConfig,
    /// The database server that `omnia up` uses.
    pub database: DatabaseServerConfig,
    /// The clock.
    pub clock: ClockConfig,
    /// Limits of every gRPC server of ours.
    pub server: ServerConfig,
    /// Calls between services.
    pub client: ClientConfig,
    /// The web face.
    pub portal: PortalConfig,
    /// The services, by name.
    pub services: BTreeMap<String, ServiceConfig>,
}

/// What the platform runs for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// A person's own machine: synthetic data, development issuer, any clock.
    Development,
    /// Everything else.
    Production,
}

/// The edge (`gateway`).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GatewayConfig {
    /// Address for gRPC and gRPC-Web.
    pub listen: SocketAddr,
    /// Certificate and key; cleartext HTTP/2 without. Read again when the files change.
    pub tls: TlsConfig,
    /// Issuers of the tokens that are accepted, by a short name.
    pub issuers: BTreeMap<String, IssuerConfig>,
    /// gRPC package (`omnia.claims.v1`) or service (`omnia.claims.v1.OfficeService`) → name of the service that answers.
    /// The longest match wins.
    pub routes: BTreeMap<String, String>,
    /// Rate limits (`identity.md` §8).
    pub limits: LimitsConfig,
    /// Its database, for the audit trail of its decisions.
    #[serde(default)]
    pub database: ServiceDatabaseConfig,
    /// Origins whose pages may call with gRPC-Web, such as `https://portale.example.it`.
    #[serde(deserialize_with = "list")]
    pub cors_origins: Vec<String>,
    /// Largest request body, bytes.
    pub max_body_bytes: u64,
    /// Largest sum of the request headers, bytes.
    pub max_header_bytes: u32,
    /// Requests at a time over all connections; beyond, IDN-E19.
    pub max_concurrent_requests: u32,
    /// How long what the anagrafe answered about a person is used again, milliseconds. Also the longest time that a
    /// withdrawn mandate goes on working.
    pub principal_cache_ms: u64,
    /// How long a key set is used before it is asked for again, seconds.
    pub jwks_cache_s: u64,
    /// Proxies in front whose `x-forwarded-for` is believed, by address.
    #[serde(deserialize_with = "list")]
    pub trusted_proxies: Vec<std::net::IpAddr>,
    /// Folder of the journal of decisions, on a disk that survives a restart; it belongs to one gateway alone.
    pub journal_folder: PathBuf,
}

/// A certificate and its key. Both or neither.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsConfig {
    /// PEM file of the certificate chain.
    pub certificate: Option<PathBuf>,
    /// PEM file of the private key.
    pub key: Option<PathBuf>,
}

/// An issuer of external tokens.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IssuerConfig {
    /// Exact value of the claim `iss`.
    pub issuer: String,
    /// Value that the claim `aud` must contain.
    pub audience: String,
    /// Where the key set is; when absent, found by discovery.
    #[serde(default)]
    pub jwks_url: Option<String>,
    /// The discovery document; when absent too, `<issuer>/.well-known/openid-configuration`.
    #[serde(default)]
    pub discovery_url: Option<String>,
    /// Signature algorithms that are accepted.
    #[serde(deserialize_with = "list", default = "Algorithm::all")]
    pub algorithms: Vec<Algorithm>,
}

/// A signature algorithm that an external token may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Algorithm {
    /// RSA PKCS #1 v1.5 with SHA-256.
    RS256,
    /// ECDSA on P-256 with SHA-256.
    ES256,
    /// Ed25519.
    #[serde(rename = "EdDSA")]
    EdDsa,
}

impl Algorithm {
    /// All of them.
    pub fn all() -> Vec<Self> {
        vec![Self::RS256, Self::ES256, Self::EdDsa]
    }
}

/// Requests per minute (`identity.md` §8).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitsConfig {
    /// Without a token, per client address.
    pub anonymous: u32,
    /// Citizens and workers, per session.
    pub citizen: u32,
    /// Employers, intermediaries and staff, per session.
    pub staff: u32,
    /// System clients, per client.
    pub system: u32,
    /// Requests that a system client may send at once.
    pub system_burst: u32,
    /// Attempts to log in, per client address.
    pub login: u32,
}

/// The development issuer: tokens for named personas, without passwords.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DevelopmentIssuerConfig {
    /// Whether it runs. Only in the development profile.
    pub enabled: bool,
    /// Address; only loopback.
    pub listen: SocketAddr,
}

/// Health and metrics over HTTP.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdminConfig {
    /// Address of `/livez`, `/readyz` and `/metrics`. Never routed to from outside.
    pub listen: SocketAddr,
}

/// Traces, metrics, logs.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TelemetryConfig {
    /// OTLP collector over gRPC, such as `http://collector:4317`. Nothing is exported without.
    pub otlp_endpoint: Option<String>,
    /// How log lines look.
    pub log_format: LogFormat,
    /// What is logged, in the syntax of `tracing` directives.
    pub filter: String,
    /// `service.namespace` of the semantic conventions.
    pub service_namespace: String,
    /// Share of the traces started here that is recorded, percent. Traces started by the caller follow the caller.
    pub trace_sample_percent: u32,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line, with `trace_id`.
    Json,
}

/// Keys of the internal tokens.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdentityConfig {
    /// Folder with `<issuer>.pem` (private, of the processes that run here) and `jwks.json` (public, of all).
    pub keys_folder: PathBuf,
}

/// The audit trail.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditConfig {
    /// Where the heads of the chains are kept, outside the database: a folder, or `file:///…`.
    pub anchor: String,
}

impl AuditConfig {
    /// The folder that `anchor` names.
    pub fn folder(&self) -> &Path {
        Path::new(self.anchor.strip_prefix("file://").unwrap_or(&self.anchor))
    }
}

/// Where files are kept, addressed by their SHA-256.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ObjectsConfig {
    /// A folder, `file:///…`, or `s3://bucket/prefix`.
    pub store: String,
    /// Largest object, bytes.
    pub max_object_bytes: u64,
    /// How a bucket is reached.
    pub s3: S3Config,
}

impl ObjectsConfig {
    /// Bucket and prefix, when the store is one.
    pub fn bucket(&self) -> Option<(&str, &str)> {
        let place = self.store.strip_prefix("s3://")?;
        Some(place.split_once('/').unwrap_or((place, "")))
    }

    /// The folder, when the store is one.
    pub fn folder(&self) -> &Path {
        Path::new(self.store.strip_prefix("file://").unwrap_or(&self.store))
    }
}

/// A store that speaks S3.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct S3Config {
    /// URL of the store; that of AWS for the region without.
    pub endpoint: Option<String>,
    /// Region.
    pub region: String,
    /// Name of the access key; the identity of the machine without.
    pub access_key_id: Option<String>,
    /// The access key.
    #[serde(serialize_with = "redact")]
    pub secret_access_key: Option<SecretString>,
    /// Whether an `http://` endpoint is accepted.
    pub allow_http: bool,
}

impl Default for S3Config {
    fn default() -> Self {
        Self {
            endpoint: None,
            region: "eu-south-1".to_owned(),
            access_key_id: None,
            secret_access_key: None,
            allow_http: false,
        }
    }
}

/// What looks at files before they are used.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AntivirusConfig {
    /// Where clamd listens, `tcp://host:port` or `unix:///path`; files are not looked at without.
    pub address: Option<ClamdAddress>,
    /// Longest wait for the verdict on a file, milliseconds.
    pub timeout_ms: u64,
}

/// The database server that `omnia up` and `omnia migrate` prepare.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatabaseServerConfig {
    /// A server of yours, with a role that may create roles and databases. Without, `omnia up` runs a private cluster.
    #[serde(serialize_with = "redact")]
    pub url: Option<SecretString>,
    /// Folder of the private cluster.
    pub data_folder: PathBuf,
}

/// The clock.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClockConfig {
    /// Instant (RFC 3339) at which the platform's time starts instead of the machine's. Development profile only.
    pub now: Option<DateTime<Utc>>,
}

/// Limits of every gRPC server of ours.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerConfig {
    /// Requests at a time in one service; beyond, IDN-E19 with a retry hint. Streams count only while they open.
    pub max_concurrent_requests: u32,
    /// Deadline of a unary call that came without one, milliseconds.
    pub default_deadline_ms: u64,
    /// Longest deadline granted to a unary call, milliseconds.
    pub max_deadline_ms: u64,
    /// Age at which a connection is asked to end, so that calls spread over new instances, seconds.
    pub max_connection_age_s: u64,
    /// Pause between `NOT_SERVING` and the end of accepting, so that balancers notice, milliseconds.
    pub settle_ms: u64,
    /// How long requests under way may still run when the service stops, milliseconds.
    pub drain_ms: u64,
    /// How long background tasks may still run after that, milliseconds.
    pub tasks_ms: u64,
}

/// Calls between services.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientConfig {
    /// Deadline of a unary call when the request being served leaves none, milliseconds.
    pub deadline_ms: u64,
    /// Longest wait for a connection, milliseconds.
    pub connect_timeout_ms: u64,
    /// How often names are resolved again, milliseconds.
    pub resolve_interval_ms: u64,
    /// Most attempts of an idempotent call, the first included.
    pub max_attempts: u32,
    /// Retries allowed for a hundred calls, besides ten a second.
    pub retry_percent: u32,
}

/// The web face (`portal`): a relying party of an OpenID provider, and a client of the gateway.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PortalConfig {
    /// Address for HTTP. TLS is terminated in front.
    pub listen: SocketAddr,
    /// Where browsers find it, without a path: cookies are `Secure` when it begins with `https`.
    pub public_url: String,
    /// How it reaches the gateway.
    pub gateway_url: ServiceUrl,
    /// The OpenID provider at which people log in.
    pub oidc: OidcConfig,
    /// Secrets that seal the sessions, at least 32 characters each, between commas: the first seals, all open. `omnia up`
    /// makes one when there is none.
    #[serde(serialize_with = "redact")]
    pub session_keys: Option<SecretString>,
    /// A session ends after so long without a request, seconds (`identity.md` §1.2).
    pub session_idle_s: u64,
    /// A session ends so long after the login, seconds (`identity.md` §1.2).
    pub session_max_s: u64,
    /// People are warned so long before their session ends, seconds.
    pub session_warning_s: u64,
}

/// The OpenID provider of the portal.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OidcConfig {
    /// Exact issuer; discovery is at `<issuer>/.well-known/openid-configuration`.
    pub issuer: String,
    /// The portal's client id there.
    pub client_id: String,
    /// The portal's secret; none for a public client, which PKCE protects alone.
    #[serde(serialize_with = "redact")]
    pub client_secret: Option<SecretString>,
    /// Scopes asked for besides `openid`.
    #[serde(deserialize_with = "list")]
    pub scopes: Vec<String>,
    /// Assurance asked for, in order of preference (`identity.md` §1.1).
    #[serde(deserialize_with = "list")]
    pub acr_values: Vec<String>,
    /// Resource (RFC 8707) for which the access token is asked; none when the provider needs none.
    pub resource: Option<String>,
}

/// A service.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceConfig {
    /// Address that the service listens on.
    pub listen: SocketAddr,
    /// How others reach it.
    pub url: ServiceUrl,
    /// Its database.
    #[serde(default)]
    pub database: ServiceDatabaseConfig,
    /// What only this service knows; it refuses keys that it does not know.
    #[serde(default)]
    pub settings: serde_json::Map<String, serde_json::Value>,
}

/// The database of a service, as configured.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ServiceDatabaseConfig {
    /// Connection URL of the service's own database and role. `omnia up` fills it in when absent.
    #[serde(serialize_with = "redact")]
    pub url: Option<SecretString>,
    /// Most connections at a time.
    pub max_connections: u32,
    /// Connections kept open.
    pub min_connections: u32,
    /// Longest wait for a free connection, milliseconds.
    pub acquire_timeout_ms: u64,
    /// Longest run of a statement, milliseconds.
    pub statement_timeout_ms: u64,
    /// A connection unused for so long is closed, milliseconds.
    pub idle_timeout_ms: u64,
}

/// The database of a service, ready to connect to.
#[derive(Debug, Clone)]
pub struct DatabaseConfig {
    /// Connection URL of the service's own database and role.
    pub url: SecretString,
    /// Most connections at a time.
    pub max_connections: u32,
    /// Connections kept open.
    pub min_connections: u32,
    /// Longest wait for a free connection, milliseconds.
    pub acquire_timeout_ms: u64,
    /// Longest run of a statement, milliseconds.
    pub statement_timeout_ms: u64,
    /// A connection unused for so long is closed, milliseconds.
    pub idle_timeout_ms: u64,
}

impl DatabaseConfig {
    /// A database at `url` with the default limits.
    pub fn at(url: SecretString) -> Self {
        ServiceDatabaseConfig::default().at(url)
    }
}

impl ServiceDatabaseConfig {
    /// What to connect to, once there is a URL.
    pub fn resolved(&self) -> Option<DatabaseConfig> {
        self.url.clone().map(|url| self.at(url))
    }

    fn at(&self, url: SecretString) -> DatabaseConfig {
        DatabaseConfig {
            url,
            max_connections: self.max_connections,
            min_connections: self.min_connections,
            acquire_timeout_ms: self.acquire_timeout_ms,
            statement_timeout_ms: self.statement_timeout_ms,
            idle_timeout_ms: self.idle_timeout_ms,
        }
    }
}

impl Default for ServiceDatabaseConfig {
    fn default() -> Self {
        Self {
            url: None,
            max_connections: 10,
            min_connections: 0,
            acquire_timeout_ms: 2_000,
            statement_timeout_ms: 15_000,
            idle_timeout_ms: 300_000,
        }
    }
}

impl Platform {
    /// The configuration that nothing overrides.
    pub fn defaults(profile: Profile) -> Self {
        let development = profile == Profile::Development;
        Self {
            profile,
            gateway: GatewayConfig::defaults(development),
            development_issuer: DevelopmentIssuerConfig {
                enabled: development,
                listen: loopback(8081),
            },
            admin: AdminConfig {
                listen: loopback(9090),
            },
            telemetry: TelemetryConfig {
                otlp_endpoint: None,
                log_format: if development {
                    LogFormat::Text
                } else {
                    LogFormat::Json
                },
                filter: "info".to_owned(),
                service_namespace: "omnia".to_owned(),
                trace_sample_percent: 100,
            },
            identity: IdentityConfig {
                keys_folder: ".omnia/keys".into(),
            },
            audit: AuditConfig {
                anchor: ".omnia/anchors".to_owned(),
            },
            objects: ObjectsConfig {
                store: ".omnia/objects".to_owned(),
                max_object_bytes: 64 * 1024 * 1024,
                s3: S3Config::default(),
            },
            antivirus: AntivirusConfig {
                address: None,
                timeout_ms: 30_000,
            },
            database: DatabaseServerConfig {
                url: None,
                data_folder: ".omnia/postgres".into(),
            },
            clock: ClockConfig::default(),
            server: ServerConfig::defaults(development),
            client: ClientConfig::default(),
            portal: PortalConfig::default(),
            services: default_services(),
        }
    }
}

impl Default for Platform {
    fn default() -> Self {
        Self::defaults(Profile::Development)
    }
}

impl GatewayConfig {
    fn defaults(development: bool) -> Self {
        Self {
            listen: loopback(8080),
            tls: TlsConfig::default(),
            issuers: if development {
                development_issuers()
            } else {
                BTreeMap::new()
            },
            routes: default_routes(),
            limits: LimitsConfig {
                anonymous: 60,
                citizen: 120,
                staff: 300,
                system: 1_200,
                system_burst: 200,
                login: 10,
            },
            database: ServiceDatabaseConfig::default(),
            cors_origins: Vec::new(),
            max_body_bytes: 4 * 1024 * 1024,
            max_header_bytes: 16 * 1024,
            max_concurrent_requests: 2_048,
            principal_cache_ms: 2_000,
            jwks_cache_s: 300,
            trusted_proxies: Vec::new(),
            journal_folder: ".omnia/journal".into(),
        }
    }
}

impl ServerConfig {
    fn defaults(development: bool) -> Self {
        Self {
            max_concurrent_requests: 512,
            default_deadline_ms: 10_000,
            max_deadline_ms: 60_000,
            max_connection_age_s: 600,
            settle_ms: if development { 0 } else { 3_000 },
            drain_ms: 20_000,
            tasks_ms: 5_000,
        }
    }
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self::defaults(true)
    }
}

impl Default for ClientConfig {
    fn default() -> Self {
        Self {
            deadline_ms: 5_000,
            connect_timeout_ms: 1_000,
            resolve_interval_ms: 5_000,
            max_attempts: 3,
            retry_percent: 20,
        }
    }
}

impl Default for PortalConfig {
    fn default() -> Self {
        Self {
            listen: loopback(8082),
            public_url: "http://127.0.0.1:8082".to_owned(),
            gateway_url: ServiceUrl::from(loopback(8080)),
            oidc: OidcConfig {
                issuer: "http://127.0.0.1:8081".to_owned(),
                client_id: "portal".to_owned(),
                client_secret: None,
                scopes: vec!["profile".to_owned()],
                acr_values: vec!["https://www.spid.gov.it/SpidL2".to_owned()],
                resource: None,
            },
            session_keys: None,
            session_idle_s: 900,
            session_max_s: 8 * 3_600,
            session_warning_s: 120,
        }
    }
}

fn loopback(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}

fn development_issuers() -> BTreeMap<String, IssuerConfig> {
    let issuer = IssuerConfig {
        issuer: "http://127.0.0.1:8081".to_owned(),
        audience: "omnia".to_owned(),
        jwks_url: Some("http://127.0.0.1:8081/jwks.json".to_owned()),
        discovery_url: None,
        algorithms: vec![Algorithm::EdDsa],
    };
    BTreeMap::from([("development".to_owned(), issuer)])
}

fn default_routes() -> BTreeMap<String, String> {
    ["anagrafe", "claims", "limits", "dasmo", "payments"]
        .into_iter()
        .map(|name| (format!("omnia.{name}.v1"), name.to_owned()))
        .collect()
}

fn default_services() -> BTreeMap<String, ServiceConfig> {
    [
        ("anagrafe", 7001),
        ("claims", 7002),
        ("limits", 7003),
        ("dasmo", 7004),
        ("payments", 7005),
    ]
    .into_iter()
    .map(|(name, port)| {
        let section = ServiceConfig {
            listen: loopback(port),
            url: ServiceUrl::from(loopback(port)),
            database: ServiceDatabaseConfig::default(),
            settings: serde_json::Map::new(),
        };
        (name.to_owned(), section)
    })
    .collect()
}
