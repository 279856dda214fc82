//! The stations of a call, in the order of `identity.md` §7, and what each answers.

use chassis::access::{Dasmo, Role, Standing};
use chassis::identity::{Level, Scope};
use chrono::TimeDelta;
use serde_json::json;
use std::time::Duration;
use tonic::Code;
use tonic_types::StatusExt;

use crate::world::{
    ADOPT, CASES, GET, GRANT_ROLE, MATRICOLA, OFFICE, PERSON, PROFILES, RESOLVE, SUBMIT, VERIFY,
    World, consultant, director, intermediary,
};

#[tokio::test]
async fn a_call_that_may_pass_reaches_the_service_with_an_internal_token_and_comes_back_whole() {
    let world = World::new().await;
    let answer = world.call_known(SUBMIT).await;
    assert_eq!(answer.code(), Code::Ok);
    assert_eq!(answer.body, "message");
    let caller = world.told().unwrap();
    assert_eq!(
        (caller.person, caller.role, caller.level),
        (PERSON, Role::AzCon, Level::L2)
    );
    assert_eq!(caller.scope, Scope::Own(vec![MATRICOLA.to_owned()]));
    assert_eq!(caller.session, "s-1");
    assert_eq!(answer.headers["cache-control"], "no-store");
}

#[tokio::test]
async fn nobody_enters_without_a_token_but_where_anyone_may() {
    let world = World::new().await;
    let refused = world.call(SUBMIT, &[]).await;
    assert_eq!(
        (refused.code(), refused.reason().as_str()),
        (Code::Unauthenticated, "IDN-E01")
    );
    assert_eq!(
        refused.headers["www-authenticate"],
        "Bearer error=\"invalid_token\""
    );
    assert_eq!(world.call(OFFICE, &[]).await.code(), Code::Ok);
    assert_eq!(world.call(VERIFY, &[]).await.code(), Code::Ok);
    assert_eq!(world.told(), None);
    assert_eq!(world.anagrafe.asked(), 0);
}

#[tokio::test]
async fn who_signs_acts_is_named_to_the_service_and_nobody_else_is() {
    let world = World::new().await;
    let named = world.token_with(&json!({"given_name": "Ada", "family_name": "Bruni"}));
    world
        .call(SUBMIT, &[("authorization", named.as_str())])
        .await;
    assert_eq!(world.told().unwrap().name.0, "");
    world.anagrafe.says(director());
    world.clock.advance(TimeDelta::seconds(3));
    world
        .call(ADOPT, &[("authorization", named.as_str())])
        .await;
    assert_eq!(world.told().unwrap().name.0, "Ada Bruni");
}

#[tokio::test]
async fn who_takes_figures_of_dasmo_along_is_named_to_the_service() {
    let world = World::new().await;
    let named = world.token_with(&json!({"given_name": "Ada", "family_name": "Bruni"}));
    let mut regional = director();
    regional.role = Role::Dreg;
    "03".clone_into(&mut regional.organisation);
    regional.dasmo = Dasmo::Effective;
    world.anagrafe.says(regional);
    world
        .call(CASES, &[("authorization", named.as_str())])
        .await;
    assert_eq!(world.told().unwrap().name.0, "Ada Bruni");
}

#[tokio::test]
async fn codes_of_acts_cannot_be_guessed_faster_than_strangers_may_call() {
    let world = World::new().await;
    let mut calls = 0;
    while world.call(VERIFY, &[]).await.code() == Code::Ok {
        calls += 1;
    }
    assert_eq!(calls, 60);
    let refused = world.call(VERIFY, &[]).await;
    assert_eq!(
        (refused.code(), refused.reason().as_str()),
        (Code::ResourceExhausted, "IDN-E18")
    );
}

#[tokio::test]
async fn a_level_too_low_is_asked_to_step_up() {
    let world = World::new().await;
    let low = world.token_with(&json!({"acr": "https://www.spid.gov.it/SpidL1"}));
    let refused = world.call(SUBMIT, &[("authorization", &low)]).await;
    assert_eq!(
        (refused.code(), refused.reason().as_str()),
        (Code::Unauthenticated, "IDN-E03")
    );
    assert_eq!(
        refused.headers["www-authenticate"],
        "Bearer error=\"insufficient_user_authentication\", acr_values=\"https://www.spid.gov.it/SpidL2\""
    );
    let granting = world.call_known(GRANT_ROLE).await;
    assert_eq!(
        granting.reason(),
        "IDN-E03",
        "granting roles needs the third level"
    );
}

#[tokio::test]
async fn a_role_that_does_not_work_yet_is_refused_before_the_capability_is_looked_at() {
    let world = World::new().await;
    let mut tomorrow = director();
    tomorrow.standing = Standing::NotEffective;
    world.anagrafe.says(tomorrow);
    let refused = world.call_known(SUBMIT).await;
    assert_eq!(
        (refused.code(), refused.reason().as_str()),
        (Code::PermissionDenied, "IDN-E09")
    );
}

#[tokio::test]
async fn a_role_without_the_capability_is_refused_and_the_service_is_not_reached() {
    let world = World::new().await;
    let refused = world.call_known(CASES).await;
    assert_eq!(
        (refused.code(), refused.reason().as_str()),
        (Code::PermissionDenied, "IDN-E04")
    );
    assert_eq!(world.seen.header("authorization"), None);
}

#[tokio::test]
async fn dasmo_opens_the_day_after_its_grant() {
    let world = World::new().await;
    let mut director = director();
    for (dasmo, reason) in [
        (Dasmo::Absent, "IDN-E04"),
        (Dasmo::Pending, "IDN-E09"),
        (Dasmo::Effective, ""),
    ] {
        director.dasmo = dasmo;
        world.anagrafe.says(director.clone());
        world.clock.advance(TimeDelta::seconds(3));
        assert_eq!(world.call_known(CASES).await.reason(), reason, "{dasmo:?}");
    }
    assert!(world.told().unwrap().dasmo);
}

#[tokio::test]
async fn an_intermediary_without_a_mandate_is_refused() {
    let world = World::new().await;
    let mut without = intermediary();
    without.mandate = None;
    world.anagrafe.says(without);
    let refused = world.call_known(SUBMIT).await;
    assert_eq!(
        (refused.code(), refused.reason().as_str()),
        (Code::PermissionDenied, "IDN-E07")
    );
    assert_eq!(
        world.call_known(CASES).await.reason(),
        "IDN-E04",
        "the capability comes first"
    );
}

#[tokio::test]
async fn whoever_holds_several_roles_is_told_among_which_to_choose() {
    let world = World::new().await;
    let mut undecided = consultant();
    undecided.standing = Standing::NotChosen(vec!["AZ-CON".to_owned(), "INT".to_owned()]);
    world.anagrafe.says(undecided);
    let refused = world.call_known(SUBMIT).await;
    assert_eq!(refused.reason(), "IDN-E04");
    let words = refused.status.get_details_localized_message().unwrap();
    assert_eq!(words.locale, "it-IT");
    assert!(words.message.contains("AZ-CON, INT"));
    assert_eq!(
        world.call_known(PROFILES).await.code(),
        Code::Ok,
        "the profiles may be listed"
    );
    let caller = world.told().unwrap();
    assert_eq!(
        (caller.role, &caller.scope),
        (Role::Cit, &Scope::Own(Vec::new()))
    );
}

#[tokio::test]
async fn a_role_that_does_not_exist_is_not_held() {
    let world = World::new().await;
    let token = world.token();
    for role in ["IMPERATORE", "SYS-I", "dsede", "\u{e8}"] {
        let refused = world
            .call(SUBMIT, &[("authorization", &token), ("x-omnia-role", role)])
            .await;
        assert_eq!(refused.reason(), "IDN-E04", "{role}");
    }
    assert_eq!(world.anagrafe.asked(), 0);
}

#[tokio::test]
async fn when_the_anagrafe_cannot_be_asked_nobody_enters() {
    let world = World::new().await;
    world.anagrafe.reachable(false);
    let refused = world.call_known(SUBMIT).await;
    assert_eq!(
        (refused.code(), refused.reason().as_str()),
        (Code::Unavailable, "IDN-E19")
    );
    assert_eq!(
        refused.status.get_details_retry_info().unwrap().retry_delay,
        Some(Duration::from_secs(1))
    );
    assert_eq!(
        world.call(OFFICE, &[]).await.code(),
        Code::Ok,
        "what is published needs nobody's leave"
    );
    world.anagrafe.reachable(true);
    world.clock.advance(TimeDelta::seconds(1));
    assert_eq!(world.call_known(SUBMIT).await.code(), Code::Ok);
    world.anagrafe.reachable(false);
    world.clock.advance(TimeDelta::seconds(3));
    assert_eq!(
        world.call_known(SUBMIT).await.reason(),
        "IDN-E19",
        "what was known is not good enough"
    );
}

#[tokio::test]
async fn the_anagrafe_is_asked_once_in_two_seconds_however_many_call() {
    let world = World::new().await;
    let client = world.client().await;
    let token = world.token();
    let headers = [("authorization", token.as_str())];
    let calls = (0..50).map(|_| client.call(SUBMIT, &headers, "m"));
    let answers = futures_util::future::join_all(calls).await;
    assert!(answers.iter().all(|answer| answer.code() == Code::Ok));
    assert_eq!(world.anagrafe.asked(), 1);
    let first = world.seen.header("authorization");
    world.clock.advance(TimeDelta::seconds(3));
    assert_eq!(world.call_known(SUBMIT).await.code(), Code::Ok);
    assert_eq!(world.anagrafe.asked(), 2);
    assert_eq!(
        world.seen.header("authorization"),
        first,
        "the internal token is used again"
    );
}

#[tokio::test]
async fn a_mandate_withdrawn_stops_working_within_two_seconds() {
    let world = World::new().await;
    world.anagrafe.says(intermediary());
    assert_eq!(world.call_known(SUBMIT).await.code(), Code::Ok);
    let mut withdrawn = intermediary();
    withdrawn.mandate = None;
    world.anagrafe.says(withdrawn);
    world.clock.advance(TimeDelta::seconds(2));
    assert_eq!(world.call_known(SUBMIT).await.reason(), "IDN-E07");
}

#[tokio::test]
async fn methods_of_services_and_unknown_ones_are_the_same_from_outside() {
    let world = World::new().await;
    let token = world.token();
    let mut answers = Vec::new();
    for path in [
        RESOLVE,
        "/omnia.feed.v1.FeedService/Subscribe",
        "/omnia.claims.v1.ClaimsService/Nothing",
        "/x",
    ] {
        let answer = world.call(path, &[("authorization", &token)]).await;
        answers.push((answer.code(), answer.status.message().to_owned()));
    }
    assert!(
        answers
            .iter()
            .all(|answer| *answer == (Code::Unimplemented, "no such method".to_owned()))
    );
    assert_eq!(world.seen.header("te"), None, "no service was reached");
}

#[tokio::test]
async fn nothing_of_ours_can_be_smuggled_in() {
    let world = World::new().await;
    let token = world.token();
    let headers = [
        ("authorization", token.as_str()),
        ("x-omnia-internal", "let me in"),
        ("x-omnia-role", "AZ-CON"),
        ("x-forwarded-for", "10.0.0.1"),
        ("cookie", "session=1"),
        ("x-request-id", "mine"),
        ("x-own-metadata", "passes"),
        (
            "traceparent",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        ),
        ("grpc-timeout", "5S"),
    ];
    let answer = world.call(GET, &headers).await;
    assert_eq!(answer.code(), Code::Ok);
    for gone in [
        "x-omnia-internal",
        "x-omnia-role",
        "x-forwarded-for",
        "cookie",
    ] {
        assert_eq!(world.seen.header(gone), None, "{gone}");
    }
    assert_eq!(world.seen.header("x-own-metadata").unwrap(), "passes");
    assert_eq!(world.seen.header("grpc-timeout").unwrap(), "5S");
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    assert_eq!(world.seen.header("traceparent").unwrap(), trace);
    let request_id = world.seen.header("x-request-id").unwrap();
    assert_ne!(request_id, "mine");
    assert_eq!(answer.headers["x-request-id"], request_id.as_str());
}

#[tokio::test]
async fn every_answer_says_how_many_requests_are_left() {
    let world = World::new().await;
    let client = world.client().await;
    for made in 1..=60 {
        let answer = client.call(OFFICE, &[], "m").await;
        assert_eq!(answer.code(), Code::Ok);
        assert_eq!(answer.number("x-ratelimit-limit"), 60);
        assert_eq!(answer.number("x-ratelimit-remaining"), 60 - made);
        assert_eq!(answer.number("x-ratelimit-reset"), 30);
    }
    let beyond = client.call(OFFICE, &[], "m").await;
    assert_eq!(
        (beyond.code(), beyond.reason().as_str()),
        (Code::ResourceExhausted, "IDN-E18")
    );
    assert_eq!(beyond.number("x-ratelimit-remaining"), 0);
    assert_eq!(beyond.number("retry-after"), 30);
    assert_eq!(
        beyond.status.get_details_retry_info().unwrap().retry_delay,
        Some(Duration::from_secs(30))
    );
    assert_eq!(
        client.call(SUBMIT, &[], "m").await.reason(),
        "IDN-E18",
        "the limit comes before the token"
    );
    let token = world.token();
    let known = client.call(SUBMIT, &[("authorization", &token)], "m").await;
    assert_eq!(known.code(), Code::Ok, "a session is counted by itself");
    world.clock.advance(TimeDelta::seconds(30));
    assert_eq!(client.call(OFFICE, &[], "m").await.code(), Code::Ok);
}

#[tokio::test]
async fn a_session_is_counted_over_all_its_tokens_with_the_limit_of_its_role() {
    let world = World::new().await;
    let client = world.client().await;
    for made in 1..=300 {
        let token = world.token_with(&json!({"jti": made % 3}));
        let answer = client.call(SUBMIT, &[("authorization", &token)], "m").await;
        assert_eq!(answer.code(), Code::Ok);
        assert_eq!(
            (
                answer.number("x-ratelimit-limit"),
                answer.number("x-ratelimit-remaining")
            ),
            (300, 300 - made)
        );
    }
    let token = world.token();
    assert_eq!(
        client
            .call(SUBMIT, &[("authorization", &token)], "m")
            .await
            .reason(),
        "IDN-E18"
    );
    let other = world.token_with(&json!({"sid": "s-2"}));
    assert_eq!(
        client
            .call(SUBMIT, &[("authorization", &other)], "m")
            .await
            .code(),
        Code::Ok
    );
}

#[tokio::test]
async fn what_is_too_large_is_refused() {
    let world = World::with(|config| config.max_body_bytes = 1_000).await;
    let token = world.token();
    let client = world.client().await;
    let known = [("authorization", token.as_str())];
    assert_eq!(
        client.call(SUBMIT, &known, vec![0; 1_000]).await.code(),
        Code::Ok
    );
    assert_eq!(
        client.call(SUBMIT, &known, vec![0; 1_001]).await.code(),
        Code::ResourceExhausted
    );

    let long = "x".repeat(17_000);
    let headers = [
        ("authorization", token.as_str()),
        ("x-own-metadata", long.as_str()),
    ];
    assert_eq!(
        client.call(SUBMIT, &headers, "m").await.code(),
        Code::ResourceExhausted
    );
}

#[tokio::test]
async fn a_body_that_turns_out_too_large_is_cut_off() {
    let world = World::with(|config| config.max_body_bytes = 1_000).await;
    let token = world.token();
    let client = world.client().await;
    let sending = async {
        let (send, response) = client.stream(SUBMIT, &[("authorization", &token)]).await;
        for _ in 0..3 {
            // The gateway may have closed the stream already.
            let _ = send.send(vec![0; 400].into()).await;
        }
        drop(send);
        crate::client::read(response).await
    };
    assert_eq!(sending.await.code(), Code::ResourceExhausted);
}
