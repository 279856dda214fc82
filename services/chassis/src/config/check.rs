//! What single values cannot tell: rules between keys.

use secrecy::{ExposeSecret, SecretString};

use super::{Fault, IssuerConfig, Platform, Profile, ServiceDatabaseConfig};

/// Shorter secrets would be guessed.
const SHORTEST_SESSION_KEY: usize = 32;

impl Platform {
    /// Everything that contradicts something else.
    pub(super) fn faults(&self) -> Vec<Fault> {
        let mut faults = Collector(Vec::new());
        self.check_profile(&mut faults);
        self.check_gateway(&mut faults);
        self.check_limits(&mut faults);
        self.check_services(&mut faults);
        self.check_portal(&mut faults);
        self.check_audit(&mut faults);
        self.check_files(&mut faults);
        faults.0
    }

    fn check_profile(&self, faults: &mut Collector) {
        if !self.development_issuer.listen.ip().is_loopback() {
            faults.add(
                "development_issuer.listen",
                "must be a loopback address: it gives tokens without passwords",
            );
        }
        if self.profile == Profile::Development {
            return;
        }
        if self.development_issuer.enabled {
            faults.add(
                "development_issuer.enabled",
                "is for the development profile only",
            );
        }
        if self.clock.now.is_some() {
            faults.add("clock.now", "is for the development profile only");
        }
        if self.gateway.issuers.is_empty() {
            faults.add(
                "gateway.issuers",
                "production needs at least one issuer of tokens",
            );
        }
        for (name, issuer) in &self.gateway.issuers {
            for (key, url) in issuer_urls(issuer).filter(|(_, url)| !url.starts_with("https://")) {
                let problem = format!("must begin with https:// in production, is {url}");
                faults.add(&format!("gateway.issuers.{name}.{key}"), &problem);
            }
        }
    }

    fn check_gateway(&self, faults: &mut Collector) {
        let tls = &self.gateway.tls;
        match (&tls.certificate, &tls.key) {
            (Some(_), None) => faults.add(
                "gateway.tls.key",
                "is missing: gateway.tls.certificate needs it",
            ),
            (None, Some(_)) => faults.add(
                "gateway.tls.certificate",
                "is missing: gateway.tls.key needs it",
            ),
            _ => {}
        }
        for (name, issuer) in &self.gateway.issuers {
            check_issuer(name, issuer, faults);
        }
        check_database("gateway.database", &self.gateway.database, faults);
        for (prefix, service) in &self.gateway.routes {
            if !self.services.contains_key(service) {
                let problem =
                    format!("leads to `{service}`, which has no section [services.{service}]");
                faults.add(&format!("gateway.routes.\"{prefix}\""), &problem);
            }
        }
        for origin in &self.gateway.cors_origins {
            if !is_origin(origin) {
                let problem =
                    format!("`{origin}` must be scheme://host[:port]; `*` is not accepted");
                faults.add("gateway.cors_origins", &problem);
            }
        }
    }

    fn check_limits(&self, faults: &mut Collector) {
        let limits = &self.gateway.limits;
        let (server, client) = (&self.server, &self.client);
        faults.at_least_one("gateway.limits.anonymous", limits.anonymous);
        faults.at_least_one("gateway.limits.citizen", limits.citizen);
        faults.at_least_one("gateway.limits.staff", limits.staff);
        faults.at_least_one("gateway.limits.system", limits.system);
        faults.at_least_one("gateway.limits.system_burst", limits.system_burst);
        faults.at_least_one("gateway.limits.login", limits.login);
        faults.at_least_one("gateway.max_body_bytes", self.gateway.max_body_bytes);
        faults.at_least_one(
            "gateway.max_concurrent_requests",
            self.gateway.max_concurrent_requests,
        );
        faults.at_least_one(
            "server.max_concurrent_requests",
            server.max_concurrent_requests,
        );
        faults.at_least_one("server.default_deadline_ms", server.default_deadline_ms);
        faults.at_least_one("server.max_connection_age_s", server.max_connection_age_s);
        faults.at_least_one("client.deadline_ms", client.deadline_ms);
        faults.at_least_one("client.connect_timeout_ms", client.connect_timeout_ms);
        faults.at_least_one("client.resolve_interval_ms", client.resolve_interval_ms);
        faults.at_least_one("client.max_attempts", client.max_attempts);
        if self.gateway.max_header_bytes < 4_096 {
            faults.add(
                "gateway.max_header_bytes",
                "must be at least 4096, or tokens do not fit",
            );
        }
        if self.gateway.principal_cache_ms > 60_000 {
            faults.add(
                "gateway.principal_cache_ms",
                "must be at most 60000: a withdrawn mandate stops within 60 s",
            );
        }
        if self.telemetry.trace_sample_percent > 100 {
            faults.add(
                "telemetry.trace_sample_percent",
                "must be between 0 and 100",
            );
        }
        if server.max_deadline_ms < server.default_deadline_ms {
            faults.add(
                "server.max_deadline_ms",
                "must not be below server.default_deadline_ms",
            );
        }
        if client.retry_percent > 100 {
            faults.add("client.retry_percent", "must be between 0 and 100");
        }
    }

    fn check_portal(&self, faults: &mut Collector) {
        let portal = &self.portal;
        if !is_origin(&portal.public_url) {
            faults.add(
                "portal.public_url",
                "must be scheme://host[:port] without a path",
            );
        }
        if portal.oidc.client_id.is_empty() {
            faults.add("portal.oidc.client_id", "must not be empty");
        }
        faults.at_least_one("portal.session_idle_s", portal.session_idle_s);
        faults.at_least_one("portal.session_max_s", portal.session_max_s);
        if portal.session_warning_s >= portal.session_idle_s {
            faults.add(
                "portal.session_warning_s",
                "must be below portal.session_idle_s",
            );
        }
        let short = |keys: &SecretString| {
            keys.expose_secret()
                .split(',')
                .any(|key| key.trim().len() < SHORTEST_SESSION_KEY)
        };
        if portal.session_keys.as_ref().is_some_and(short) {
            faults.add(
                "portal.session_keys",
                "must be secrets of at least 32 characters",
            );
        }
        if self.profile == Profile::Production {
            for (key, url) in [
                ("portal.public_url", &portal.public_url),
                ("portal.oidc.issuer", &portal.oidc.issuer),
            ] {
                // The defaults belong to a portal that is not run here.
                if !url.starts_with("https://") && !url.starts_with("http://127.0.0.1") {
                    let problem = format!("must begin with https:// in production, is {url}");
                    faults.add(key, &problem);
                }
            }
        }
    }

    fn check_audit(&self, faults: &mut Collector) {
        if self.audit.folder().to_string_lossy().contains("://") {
            faults.add("audit.anchor", "must be a folder, or file:///…");
        }
    }

    fn check_files(&self, faults: &mut Collector) {
        let objects = &self.objects;
        let bucket_named = objects
            .bucket()
            .is_none_or(|(bucket, _)| !bucket.is_empty());
        let known =
            objects.bucket().is_some() || !objects.folder().to_string_lossy().contains("://");
        if !bucket_named || !known {
            faults.add(
                "objects.store",
                "must be a folder, file:///… or s3://bucket/prefix",
            );
        }
        if objects.s3.access_key_id.is_some() != objects.s3.secret_access_key.is_some() {
            faults.add(
                "objects.s3.secret_access_key",
                "must be there with objects.s3.access_key_id, and only then",
            );
        }
        faults.at_least_one("objects.max_object_bytes", objects.max_object_bytes);
        faults.at_least_one("antivirus.timeout_ms", self.antivirus.timeout_ms);
    }

    fn check_services(&self, faults: &mut Collector) {
        for (name, service) in &self.services {
            let key = |last: &str| format!("services.{name}.{last}");
            check_database(&key("database"), &service.database, faults);
            let same = self.services.iter().find(|(other, section)| {
                *other > name && section.listen == service.listen && service.listen.port() != 0
            });
            if let Some((other, _)) = same {
                faults.add(
                    &key("listen"),
                    &format!("is the same address as services.{other}.listen"),
                );
            }
        }
    }
}

fn check_database(key: &str, database: &ServiceDatabaseConfig, faults: &mut Collector) {
    let key = |last: &str| format!("{key}.{last}");
    faults.at_least_one(&key("max_connections"), database.max_connections);
    faults.at_least_one(&key("acquire_timeout_ms"), database.acquire_timeout_ms);
    faults.at_least_one(&key("statement_timeout_ms"), database.statement_timeout_ms);
    if database.min_connections > database.max_connections {
        faults.add(&key("min_connections"), "must not exceed max_connections");
    }
}

fn issuer_urls(issuer: &IssuerConfig) -> impl Iterator<Item = (&'static str, &String)> {
    let optional = [
        ("jwks_url", issuer.jwks_url.as_ref()),
        ("discovery_url", issuer.discovery_url.as_ref()),
    ];
    let optional = optional
        .into_iter()
        .filter_map(|(key, url)| url.map(|url| (key, url)));
    std::iter::once(("issuer", &issuer.issuer)).chain(optional)
}

fn check_issuer(name: &str, issuer: &IssuerConfig, faults: &mut Collector) {
    let key = |last: &str| format!("gateway.issuers.{name}.{last}");
    if issuer.issuer.is_empty() {
        faults.add(&key("issuer"), "must not be empty");
    }
    if issuer.audience.is_empty() {
        faults.add(&key("audience"), "must not be empty");
    }
    if issuer.algorithms.is_empty() {
        faults.add(
            &key("algorithms"),
            "must name at least one of RS256, ES256, EdDSA",
        );
    }
    if issuer.jwks_url.is_some() && issuer.discovery_url.is_some() {
        faults.add(
            &key("discovery_url"),
            "must be absent when jwks_url is there",
        );
    }
}

fn is_origin(text: &str) -> bool {
    let Ok(uri) = text.parse::<http::Uri>() else {
        return false;
    };
    matches!(uri.scheme_str(), Some("http" | "https"))
        && uri.host().is_some_and(|host| !host.is_empty())
        && uri.path_and_query().is_none_or(|path| path.as_str() == "/")
        && !text.ends_with('/')
}

struct Collector(Vec<Fault>);

impl Collector {
    fn add(&mut self, key: &str, problem: &str) {
        self.0.push(Fault {
            key: key.to_owned(),
            problem: problem.to_owned(),
        });
    }

    fn at_least_one(&mut self, key: &str, number: impl Into<u64>) {
        if number.into() == 0 {
            self.add(key, "must be at least 1");
        }
    }
}
