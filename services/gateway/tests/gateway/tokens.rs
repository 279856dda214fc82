//! Tokens: which are accepted, and with which code the others are refused.

use chrono::TimeDelta;
use serde_json::{Value, json};
use tonic::Code;

use crate::issuer::{assembled, signed};
use crate::world::{CODE, SUBMIT, World};

async fn reason(world: &World, token: &str) -> String {
    let answer = world
        .call(SUBMIT, &[("authorization", &format!("Bearer {token}"))])
        .await;
    let told = format!("{:?}{:?}", answer.headers, answer.status);
    assert!(
        !told.contains(CODE) && !told.contains("issuer.test"),
        "nothing of the token comes back"
    );
    answer.reason()
}

async fn with(world: &World, changes: Value) -> String {
    let token = signed("ec", &world.claims(&changes));
    reason(world, &token).await
}

#[tokio::test]
async fn three_algorithms_are_accepted() {
    let world = World::new().await;
    for kid in ["rsa", "ec", "ed"] {
        assert_eq!(
            reason(&world, &signed(kid, &world.claims(&json!({})))).await,
            "",
            "{kid}"
        );
    }
    assert_eq!(world.issuer.fetched(), 1);
}

#[tokio::test]
async fn every_other_way_to_sign_is_refused() {
    let world = World::new().await;
    let claims = world.claims(&json!({}));
    let good = signed("ec", &claims);
    let (body, signature) = good.rsplit_once('.').unwrap();
    for token in [
        assembled(&json!({"alg": "none"}), &claims, b""),
        assembled(&json!({"alg": "none", "kid": "ec"}), &claims, b""),
        assembled(&json!({"alg": "HS256", "kid": "shared"}), &claims, &[0; 32]),
        assembled(&json!({"alg": "HS256", "kid": "rsa"}), &claims, &[0; 32]),
        assembled(&json!({"alg": "ES256"}), &claims, &[0; 64]),
        assembled(&json!({"alg": "ES256", "kid": "ec"}), &claims, &[0; 64]),
        assembled(&json!({"alg": "ES256", "kid": "rsa"}), &claims, &[0; 64]),
        assembled(
            &json!({"alg": "ES256", "kid": "ec", "crit": ["b64"], "b64": false}),
            &claims,
            &[0; 64],
        ),
        format!("{body}."),
        format!("{body}.{}", signature.chars().rev().collect::<String>()),
        format!("{good}.{signature}"),
        "not.a.token".to_owned(),
        String::new(),
    ] {
        assert_eq!(reason(&world, &token).await, "IDN-E01", "{token}");
    }
}

#[tokio::test]
async fn an_issuer_or_audience_that_is_not_ours_is_refused() {
    let world = World::new().await;
    assert_eq!(
        with(&world, json!({"iss": "https://elsewhere.test"})).await,
        "IDN-E01"
    );
    assert_eq!(with(&world, json!({"iss": null})).await, "IDN-E01");
    assert_eq!(with(&world, json!({"aud": "another"})).await, "IDN-E01");
    assert_eq!(with(&world, json!({"aud": null})).await, "IDN-E01");
    assert_eq!(with(&world, json!({"aud": ["another", "omnia"]})).await, "");
}

#[tokio::test]
async fn tokens_live_from_their_beginning_to_their_end_give_or_take_thirty_seconds() {
    let world = World::new().await;
    let now = world.claims(&json!({}))["iat"].as_i64().unwrap();
    let at = |iat: i64, nbf: i64, exp: i64| json!({"iat": now + iat, "nbf": now + nbf, "exp": now + exp});
    assert_eq!(with(&world, at(-900, -900, -29)).await, "");
    assert_eq!(with(&world, at(-900, -900, -30)).await, "IDN-E02");
    assert_eq!(with(&world, at(0, 30, 900)).await, "");
    assert_eq!(with(&world, at(0, 31, 900)).await, "IDN-E01");
    assert_eq!(
        with(&world, at(31, 0, 900)).await,
        "IDN-E01",
        "issued tomorrow"
    );
    assert_eq!(
        with(&world, at(-28_800, -28_800, 900)).await,
        "IDN-E02",
        "a session ends after eight hours"
    );
    assert_eq!(with(&world, json!({"exp": null})).await, "IDN-E01");
}

#[tokio::test]
async fn a_token_that_was_accepted_expires_all_the_same() {
    let world = World::new().await;
    let token = signed("ec", &world.claims(&json!({})));
    assert_eq!(reason(&world, &token).await, "");
    world.clock.advance(TimeDelta::seconds(900 + 29));
    assert_eq!(reason(&world, &token).await, "");
    world.clock.advance(TimeDelta::seconds(1));
    assert_eq!(reason(&world, &token).await, "IDN-E02");
}

#[tokio::test]
async fn a_token_of_more_than_eight_kibibytes_is_refused_unread() {
    let world = World::new().await;
    let token = signed("ec", &world.claims(&json!({"padding": "x".repeat(6_200)})));
    assert!(token.len() > 8 * 1024);
    assert_eq!(reason(&world, &token).await, "IDN-E01");
    assert_eq!(world.issuer.fetched(), 0);
}

#[tokio::test]
async fn an_identity_without_a_good_codice_fiscale_is_refused() {
    let world = World::new().await;
    let claim = "https://attributes.eid.gov.it/fiscal_number";
    assert_eq!(with(&world, json!({claim: null})).await, "IDN-E11");
    assert_eq!(
        with(&world, json!({claim: "TINIT-RSSMRA80A01H501X"})).await,
        "IDN-E11"
    );
    assert_eq!(
        with(&world, json!({claim: null, "fiscalNumber": CODE})).await,
        ""
    );
}

#[tokio::test]
async fn a_key_that_is_not_known_is_looked_for_once_in_a_while() {
    let world = World::new().await;
    assert_eq!(
        reason(&world, &signed("ec", &world.claims(&json!({})))).await,
        ""
    );
    world.clock.advance(TimeDelta::seconds(10));
    let next = signed("next", &world.claims(&json!({})));
    for _ in 0..5 {
        assert_eq!(reason(&world, &next).await, "IDN-E01");
    }
    assert_eq!(world.issuer.fetched(), 2);

    world.issuer.publish(&["next", "ec"]);
    world.clock.advance(TimeDelta::seconds(10));
    assert_eq!(
        reason(&world, &next).await,
        "",
        "the issuer rotated its keys"
    );
    assert_eq!(world.issuer.fetched(), 3);
}

#[tokio::test]
async fn a_key_that_the_issuer_takes_back_stops_working() {
    let world = World::new().await;
    let token = signed("ec", &world.claims(&json!({})));
    assert_eq!(reason(&world, &token).await, "");
    world.issuer.publish(&["rsa"]);
    world.clock.advance(TimeDelta::seconds(300));
    assert_eq!(reason(&world, &token).await, "IDN-E01");
}

#[tokio::test]
async fn known_keys_bridge_an_outage_of_the_issuer_for_an_hour() {
    let world = World::new().await;
    assert_eq!(
        reason(&world, &signed("ec", &world.claims(&json!({})))).await,
        ""
    );
    world.issuer.reachable(false);
    world.clock.advance(TimeDelta::seconds(300 + 3_599));
    assert_eq!(
        reason(&world, &signed("ec", &world.claims(&json!({})))).await,
        ""
    );
    assert_eq!(
        reason(&world, &signed("next", &world.claims(&json!({})))).await,
        "IDN-E19",
        "nobody knows"
    );
    world.clock.advance(TimeDelta::seconds(1));
    let answer = world.call_known(SUBMIT).await;
    assert_eq!(
        (answer.code(), answer.reason().as_str()),
        (Code::Unavailable, "IDN-E19")
    );
    world.issuer.reachable(true);
    world.clock.advance(TimeDelta::seconds(10));
    assert_eq!(world.call_known(SUBMIT).await.code(), Code::Ok);
}

#[tokio::test]
async fn without_the_issuer_nobody_enters() {
    let world = World::new().await;
    world.issuer.reachable(false);
    assert_eq!(world.call_known(SUBMIT).await.reason(), "IDN-E19");
}

#[tokio::test]
async fn a_system_client_is_counted_as_one() {
    let world = World::new().await;
    let claim = "https://attributes.eid.gov.it/fiscal_number";
    let token = world
        .token_with(&json!({claim: null, "acr": null, "client_id": "comune", "roles": ["SYS-P"]}));
    let answer = world.call(SUBMIT, &[("authorization", &token)]).await;
    assert_eq!(answer.number("x-ratelimit-limit"), 1_200);
}
