//! Configuration: what overrides what, what is refused, and what is never shown.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::path::Path;

use chassis::config::{Fault, LogFormat, Platform, Profile, Sources};
use secrecy::ExposeSecret;
use serde_json::Value;

const EXAMPLE: &str = include_str!("../../../omnia.example.toml");

fn variables(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

fn file(text: &str) -> Sources {
    Sources::defaults().text("omnia.toml", text)
}

fn environment(pairs: &[(&str, &str)]) -> Sources {
    Sources::defaults().variables(variables(pairs))
}

fn faults_of(sources: &Sources) -> Vec<Fault> {
    sources.load().expect_err("the configuration is wrong").0
}

fn problem<'f>(faults: &'f [Fault], key: &str) -> &'f str {
    let fault = faults.iter().find(|fault| fault.key == key);
    &fault
        .unwrap_or_else(|| panic!("no fault for {key} in {faults:#?}"))
        .problem
}

#[test]
fn without_a_file_the_development_profile_is_complete() {
    let platform = Sources::defaults().load().unwrap();
    assert_eq!(platform.profile, Profile::Development);
    assert_eq!(platform.services.len(), 5);
    assert_eq!(platform.redacted(), Platform::default().redacted());
}

#[test]
fn the_example_file_says_the_defaults() {
    let platform = file(EXAMPLE).load().unwrap();
    assert_eq!(platform.redacted(), Platform::default().redacted());
}

/// Every key stands in the example in its section, those without a default commented out. Services are alike, so the
/// first stands for all.
#[test]
fn the_example_file_documents_every_key() {
    let documented = keys_of_example();
    let missing: Vec<String> = keys_of_defaults()
        .difference(&documented)
        .cloned()
        .collect();
    assert!(missing.is_empty(), "not in omnia.example.toml: {missing:?}");
}

fn keys_of_example() -> BTreeSet<String> {
    let mut section = String::new();
    let mut keys = BTreeSet::new();
    for line in EXAMPLE.lines() {
        let text = line.trim_start_matches("# ");
        if let Some(name) = line.strip_prefix('[') {
            section = format!("{}.", name.trim_end_matches(']'));
        } else if let Some((key, _)) = text.split_once(" = ") {
            keys.insert(format!("{section}{}", key.trim_matches('"')));
        }
    }
    keys
}

fn keys_of_defaults() -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    collect(
        "",
        &serde_json::to_value(Platform::default()).unwrap(),
        &mut keys,
    );
    let others =
        ["claims", "limits", "dasmo", "payments"].map(|name| format!("services.{name}.database"));
    keys.retain(|key| !others.iter().any(|other| key.starts_with(other)));
    keys
}

fn collect(path: &str, value: &Value, keys: &mut BTreeSet<String>) {
    match value {
        Value::Object(table) => {
            for (key, value) in table {
                collect(&format!("{path}.{key}"), value, keys);
            }
        }
        _ => {
            keys.insert(path.trim_start_matches('.').to_owned());
        }
    }
}

#[test]
fn a_file_overrides_the_defaults_and_the_environment_overrides_the_file() {
    let platform =
        file("[server]\ndrain_ms = 7\ntasks_ms = 8\n[services.claims]\nurl = \"http://claims:1\"")
            .variables(variables(&[
                ("OMNIA__SERVER__TASKS_MS", "9"),
                ("PATH", "/bin"),
                ("OMNIA_TEST_SOCKET", "x"),
            ]))
            .load()
            .unwrap();
    assert_eq!((platform.server.drain_ms, platform.server.tasks_ms), (7, 9));
    let claims = platform.service("claims").unwrap();
    assert_eq!(claims.url.to_string(), "http://claims:1");
    assert_eq!(
        claims.listen.port(),
        7002,
        "what the file does not say stays as it was"
    );
}

#[test]
fn a_service_is_added_by_its_section_and_its_route() {
    let text = r#"
        [services.interlocution]
        listen = "127.0.0.1:7006"
        url = "http://127.0.0.1:7006"
        [gateway.routes]
        "omnia.interlocution.v1" = "interlocution"
    "#;
    let platform = file(text).load().unwrap();
    assert_eq!(platform.services.len(), 6);
    assert_eq!(
        platform.gateway.routes["omnia.interlocution.v1"],
        "interlocution"
    );
    assert_eq!(platform.gateway.routes["omnia.claims.v1"], "claims");
}

#[test]
fn lists_can_be_given_in_a_variable() {
    let origins = "https://a.example, https://b.example";
    let platform = environment(&[("OMNIA__GATEWAY__CORS_ORIGINS", origins)])
        .load()
        .unwrap();
    assert_eq!(
        platform.gateway.cors_origins,
        ["https://a.example", "https://b.example"]
    );
}

#[test]
fn the_settings_of_a_service_keep_their_types() {
    let platform = file("[services.claims.settings]\nadoption = { pause_ms = 5 }\n")
        .variables(variables(&[(
            "OMNIA__SERVICES__CLAIMS__SETTINGS__DRAFTS_MAX",
            "20",
        )]))
        .load()
        .unwrap();
    let settings = &platform.service("claims").unwrap().settings;
    assert_eq!(settings["adoption"]["pause_ms"], 5);
    assert_eq!(settings["drafts_max"], 20);
}

#[test]
fn the_profile_chooses_the_defaults() {
    let text = r#"
        profile = "production"
        [gateway.issuers.login]
        issuer = "https://login.example.it"
        audience = "omnia"
    "#;
    let platform = file(text).load().unwrap();
    assert_eq!(platform.telemetry.log_format, LogFormat::Json);
    assert_eq!(platform.server.settle_ms, 3_000);
    assert!(!platform.development_issuer.enabled);
    assert_eq!(
        platform.gateway.issuers.len(),
        1,
        "the development issuer is not trusted"
    );
    assert_eq!(platform.gateway.issuers["login"].algorithms.len(), 3);
}

#[test]
fn an_unknown_key_is_named_wherever_it_stands() {
    let sources = file("[gateway]\nlisten_adress = \"127.0.0.1:1\"\n").variables(variables(&[(
        "OMNIA__SERVICES__CLAIMS__DATABASE__PASSWORT",
        "x",
    )]));
    let faults = faults_of(&sources);
    assert!(problem(&faults, "gateway.listen_adress").contains("unknown field"));
    assert!(problem(&faults, "services.claims.database.passwort").contains("unknown field"));
    assert_eq!(faults.len(), 2);
}

#[test]
fn every_fault_is_reported_in_one_go() {
    let text = r#"
        colour = "blue"
        [gateway]
        listen = "not an address"
        max_body_bytes = "many"
        [gateway.tls]
        certificate = "/tls.crt"
        [gateway.routes]
        "omnia.interlocution.v1" = "interlocution"
        [development_issuer]
        listen = "0.0.0.0:8081"
        [client]
        max_attempts = 0
        [services.claims]
        url = "claims"
    "#;
    let faults = faults_of(&file(text));
    assert!(problem(&faults, "colour").contains("unknown field"));
    assert!(problem(&faults, "gateway.listen").contains("socket address"));
    assert!(problem(&faults, "gateway.max_body_bytes").contains("must be"));
    assert!(problem(&faults, "gateway.tls.key").contains("is missing"));
    assert!(
        problem(&faults, "gateway.routes.\"omnia.interlocution.v1\"")
            .contains("[services.interlocution]")
    );
    assert!(problem(&faults, "development_issuer.listen").contains("loopback"));
    assert!(problem(&faults, "client.max_attempts").contains("at least 1"));
    assert!(problem(&faults, "services.claims.url").contains("http://host:port"));
    assert_eq!(faults.len(), 8, "{faults:#?}");
}

#[test]
fn a_file_that_is_not_toml_does_not_hide_faults_elsewhere() {
    let sources =
        file("this is not toml").variables(variables(&[("OMNIA__SERVER__DRAIN_MS", "soon")]));
    let faults = faults_of(&sources);
    problem(&faults, "omnia.toml");
    problem(&faults, "server.drain_ms");
}

#[test]
fn a_file_that_is_not_there_is_a_fault() {
    let faults = faults_of(&Sources::defaults().file(Path::new("/nowhere/omnia.toml")));
    assert!(problem(&faults, "/nowhere/omnia.toml").contains("cannot be read"));
}

#[test]
fn production_refuses_what_is_for_development() {
    let text = r#"
        profile = "production"
        [development_issuer]
        enabled = true
        [clock]
        now = "2022-12-15T15:30:00+01:00"
    "#;
    let faults = faults_of(&file(text));
    problem(&faults, "development_issuer.enabled");
    problem(&faults, "clock.now");
    assert!(problem(&faults, "gateway.issuers").contains("at least one"));
    assert_eq!(faults.len(), 3);
}

#[test]
fn production_trusts_no_issuer_in_clear() {
    let text = r#"
        profile = "production"
        [gateway.issuers.login]
        issuer = "https://login.example.it"
        audience = "omnia"
        jwks_url = "http://login.example.it/jwks.json"
    "#;
    let faults = faults_of(&file(text));
    assert!(problem(&faults, "gateway.issuers.login.jwks_url").contains("https://"));
}

#[test]
fn an_issuer_is_only_trusted_for_algorithms_on_the_list() {
    let faults = faults_of(&environment(&[(
        "OMNIA__GATEWAY__ISSUERS__DEVELOPMENT__ALGORITHMS",
        "none",
    )]));
    assert!(
        faults[0].key.starts_with("gateway.issuers.development"),
        "{faults:#?}"
    );
    assert!(faults[0].problem.contains("RS256"), "{faults:#?}");
}

#[test]
fn two_services_cannot_listen_on_one_address() {
    let faults = faults_of(&environment(&[(
        "OMNIA__SERVICES__CLAIMS__LISTEN",
        "127.0.0.1:7003",
    )]));
    assert!(problem(&faults, "services.claims.listen").contains("services.limits.listen"));
}

#[test]
fn secrets_never_print() {
    let secret = "postgres://omnia:hunter2@db/claims";
    let platform = environment(&[
        ("OMNIA__SERVICES__CLAIMS__DATABASE__URL", secret),
        (
            "OMNIA__DATABASE__URL",
            "postgres://postgres:hunter2@db/postgres",
        ),
    ])
    .load()
    .unwrap();
    let database = platform
        .service("claims")
        .unwrap()
        .database
        .resolved()
        .unwrap();
    assert_eq!(database.url.expose_secret(), secret);
    assert!(platform.redacted().contains("[redacted]"));
    for shown in [
        platform.redacted(),
        format!("{platform:?}"),
        format!("{database:?}"),
    ] {
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}

#[test]
fn the_time_can_be_set_for_a_development_platform() {
    let platform = environment(&[("OMNIA__CLOCK__NOW", "2022-12-15T15:30:00+01:00")])
        .load()
        .unwrap();
    assert_eq!(
        platform.clock.now.unwrap().to_rfc3339(),
        "2022-12-15T14:30:00+00:00"
    );
}
