//! The weekly digest: who gets it, what is in it, and that each mail goes out once whatever breaks.

use chassis::access::Role;
use chassis::identity::Caller;
use chassis::lifecycle::Stop;
use proto::omnia::dasmo::v1::{
    DigestKind, DigestSubject, ExportLanguage, SubscribeDigestRequest, VolumesFilter,
};
use tonic::Code;
use tonic_types::StatusExt;
use uuid::Uuid;

use super::flow::Flow;
use super::post::plain;
use super::rows;
use super::world::{Claim, World, director_of_lombardia, director_of_milano, offices, person};

/// A Friday with a claim and a flow of two lines in Milano, and a claim in Brescia.
async fn a_friday() -> World {
    let world = World::at("2026-11-20 15:00").await;
    world.feed.tell([
        Claim::number(1).submitted("490000", "2026-11-16 10:00"),
        Claim::number(2).submitted("490100", "2025-11-17 10:00"),
        Flow::number(1, &[1, 2]).received("490000", "2026-11-16 10:00"),
    ]);
    world.night().await.unwrap();
    world
}

fn wanted(subject: DigestSubject) -> SubscribeDigestRequest {
    SubscribeDigestRequest {
        subject: subject.into(),
        address: "direzione.milano@inps.it".to_owned(),
        page: "/cruscotto?regione=03".to_owned(),
        ..SubscribeDigestRequest::default()
    }
}

async fn subscribes(world: &World, caller: &Caller, request: SubscribeDigestRequest) {
    world.people.hold(caller);
    world.subscribe(caller, request).await.unwrap();
}

/// Monday morning, after the night.
async fn monday(world: &World) {
    world.it_is("2026-11-23 07:00");
    world.night().await.unwrap();
    world.digests.send_due(&Stop::new()).await.unwrap();
}

#[tokio::test]
async fn on_monday_a_subscriber_gets_the_figures_of_the_territory_once() {
    let world = a_friday().await;
    subscribes(&world, &director_of_milano(), wanted(DigestSubject::Claims)).await;
    world.digests.send_due(&Stop::new()).await.unwrap();
    assert!(world.mailbox.sent().is_empty(), "not before Monday");

    monday(&world).await;
    let sent = world.mailbox.sent();
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].to, "direzione.milano@inps.it");
    let text = plain(&sent[0].message);
    assert!(text.contains("Situazione al: 22/11/2026"), "{text}");
    assert!(text.contains("Movimenti dal: 16/11/2026"));
    assert!(text.contains("Sede: 490000\n"));
    assert!(!text.contains("490100"), "nothing of another territory");
    assert!(text.contains("Sede: Totale\n"));
    assert!(text.contains("https://omnia.example.it/cruscotto?regione=03"));
    assert!(!text.contains("Estratto da"), "no name in a mail");
    let whole = String::from_utf8(sent[0].message.clone()).unwrap();
    let whole = whole.replace("\r\n ", " ");
    assert!(whole.contains("List-Unsubscribe: <https://omnia.example.it/cruscotto/riepilogo/"));
    assert!(whole.contains("List-Unsubscribe-Post: List-Unsubscribe=One-Click"));
    assert!(whole.contains("text/html"));

    // The job runs again on the same day and on the next.
    world.digests.send_due(&Stop::new()).await.unwrap();
    world.it_is("2026-11-24 07:00");
    world.digests.send_due(&Stop::new()).await.unwrap();
    assert_eq!(world.mailbox.sent().len(), 1);
    world.it_is("2026-11-30 07:00");
    world.digests.send_due(&Stop::new()).await.unwrap();
    assert_eq!(world.mailbox.sent().len(), 2, "next week another");
}

#[tokio::test]
async fn an_alert_tells_the_offices_that_became_worse_over_night_and_no_others() {
    let world = a_friday().await;
    let alert = |subject| SubscribeDigestRequest {
        kind: DigestKind::Alert.into(),
        ..wanted(subject)
    };
    let caller = director_of_lombardia();
    subscribes(&world, &caller, alert(DigestSubject::Claims)).await;
    subscribes(&world, &caller, alert(DigestSubject::Flows)).await;
    world.digests.send_due(&Stop::new()).await.unwrap();
    assert!(world.mailbox.sent().is_empty(), "of pictures to come alone");

    // A claim of 27 May is 180 days old on the 23rd, and 181 on the 24th.
    world
        .feed
        .take_in(vec![
            Claim::number(3).submitted("490000", "2026-05-27 10:00"),
        ])
        .await
        .unwrap();
    for (morning, mails) in [("2026-11-24", 0), ("2026-11-25", 1), ("2026-11-26", 1)] {
        world.it_is(&format!("{morning} 07:00"));
        world.night().await.unwrap();
        for _ in 0..2 {
            world.digests.send_due(&Stop::new()).await.unwrap();
        }
        assert_eq!(world.mailbox.sent().len(), mails, "{morning}");
    }
    let text = plain(&world.mailbox.sent()[0].message);
    assert!(text.starts_with("Avviso: DASMO"), "{text}");
    assert!(
        text.contains("Sede: 490000\n  Dal 23/11/2026: croniche +1\n"),
        "{text}"
    );
    assert!(!text.contains("490100"), "as bad as before");
    assert!(text.contains("Sede: Totale\n"));
    let held = world.digest(&caller).await.subscriptions;
    assert_eq!(held.len(), 2);
    assert!(held.iter().all(|one| one.kind() == DigestKind::Alert));
}

#[tokio::test]
async fn an_alert_of_a_growing_stock_comes_once_and_a_digest_beside_it() {
    let world = a_friday().await;
    let caller = director_of_milano();
    subscribes(&world, &caller, wanted(DigestSubject::Claims)).await;
    let alert = SubscribeDigestRequest {
        kind: DigestKind::Alert.into(),
        ..wanted(DigestSubject::Claims)
    };
    subscribes(&world, &caller, alert).await;
    // 30 days after the first claims the pictures can be compared with those of before.
    let mut subjects = Vec::new();
    for number in 10..14_u128 {
        let day = number + 8;
        world.it_is(&format!("2026-12-{day} 07:00"));
        world.feed.tell([
            Claim::number(number).submitted("490000", &format!("2026-12-{} 10:00", day - 1))
        ]);
        world.night().await.unwrap();
        world.digests.send_due(&Stop::new()).await.unwrap();
        let sent = world.mailbox.sent().into_iter();
        subjects = sent
            .map(|one| plain(&one.message).lines().next().unwrap().to_owned())
            .collect();
    }
    let alerts = subjects.iter().filter(|it| it.starts_with("Avviso"));
    assert_eq!(alerts.count(), 1, "{subjects:?}");
    assert_eq!(subjects.len(), 2 + 1, "and the digests of two weeks");
}

#[tokio::test]
async fn a_digest_of_flows_tells_few_workers_as_few() {
    let world = a_friday().await;
    let request = SubscribeDigestRequest {
        language: ExportLanguage::English.into(),
        ..wanted(DigestSubject::Flows)
    };
    subscribes(&world, &director_of_milano(), request).await;
    monday(&world).await;
    let sent = world.mailbox.sent();
    let text = plain(&sent[0].message);
    assert!(text.contains("Lines received: 2"), "{text}");
    assert!(text.contains("Waiting for a first payment: <3"));
    let html = String::from_utf8(sent[0].message.clone()).unwrap();
    assert!(html.contains("&lt;3"));
}

#[tokio::test]
async fn who_subscribes_during_the_week_waits_for_monday_and_a_missed_monday_comes_later() {
    let world = a_friday().await;
    world.it_is("2026-11-24 10:00");
    world.night().await.unwrap();
    subscribes(&world, &director_of_milano(), wanted(DigestSubject::Claims)).await;
    world.digests.send_due(&Stop::new()).await.unwrap();
    assert!(world.mailbox.sent().is_empty());
    // The platform was down on Monday the 30th.
    world.it_is("2026-12-01 07:00");
    world.night().await.unwrap();
    world.digests.send_due(&Stop::new()).await.unwrap();
    assert_eq!(world.mailbox.sent().len(), 1);
}

#[tokio::test]
async fn what_a_server_did_not_take_is_sent_again_byte_for_byte_and_keeps_nobody_waiting() {
    let world = a_friday().await;
    subscribes(&world, &director_of_milano(), wanted(DigestSubject::Claims)).await;
    let other = SubscribeDigestRequest {
        address: "lombardia@inps.it".to_owned(),
        ..wanted(DigestSubject::Claims)
    };
    subscribes(&world, &director_of_lombardia(), other).await;
    // Taken by the server, but the process is killed before it is noted.
    world
        .mailbox
        .breaks_after_taking("direzione.milano@inps.it");
    world.it_is("2026-11-23 07:00");
    world.night().await.unwrap();
    assert!(world.digests.send_due(&Stop::new()).await.is_err());
    assert_eq!(world.mailbox.sent().len(), 2, "the other one got the mail");

    world.mailbox.works();
    // Meanwhile another day is published: the mail is that of before all the same.
    world.it_is("2026-11-24 07:00");
    world.night().await.unwrap();
    world.digests.send_due(&Stop::new()).await.unwrap();
    let sent = world.mailbox.sent();
    assert_eq!(sent.len(), 3);
    let to_milano: Vec<_> = sent
        .iter()
        .filter(|one| one.to.starts_with("direzione"))
        .collect();
    assert_eq!(
        to_milano[0].message, to_milano[1].message,
        "shown once by its Message-ID"
    );
    world.digests.send_due(&Stop::new()).await.unwrap();
    assert_eq!(world.mailbox.sent().len(), 3, "noted as sent");
}

#[tokio::test]
async fn who_lost_the_role_gets_nothing_and_is_subscribed_no_more() {
    let world = a_friday().await;
    let caller = director_of_milano();
    subscribes(&world, &caller, wanted(DigestSubject::Claims)).await;
    world.people.lose(&caller);
    monday(&world).await;
    assert!(world.mailbox.sent().is_empty());
    assert!(world.digest(&caller).await.subscriptions.is_empty());
    let refused = rows::refusals(&world.database.database, "dasmo.digest").await;
    assert_eq!(refused, ["IDN-E04"]);
    // The role comes back; the subscription does not.
    world.people.hold(&caller);
    world.it_is("2026-11-30 07:00");
    world.digests.send_due(&Stop::new()).await.unwrap();
    assert!(world.mailbox.sent().is_empty());
}

#[tokio::test]
async fn a_territory_that_no_longer_holds_the_filter_ends_the_digest() {
    let world = a_friday().await;
    let caller = director_of_lombardia();
    let request = SubscribeDigestRequest {
        filter: Some(VolumesFilter {
            office: "490100".to_owned(),
            ..VolumesFilter::default()
        }),
        ..wanted(DigestSubject::Claims)
    };
    subscribes(&world, &caller, request).await;
    let narrower = Caller {
        scope: offices(&["490000"]),
        ..caller.clone()
    };
    world.people.hold(&narrower);
    monday(&world).await;
    assert!(world.mailbox.sent().is_empty());
    let refused = rows::refusals(&world.database.database, "dasmo.digest").await;
    assert_eq!(refused, ["IDN-E05"]);
}

#[tokio::test]
async fn a_territory_that_shrank_without_a_filter_shows_what_is_left_of_it() {
    let world = a_friday().await;
    let caller = director_of_lombardia();
    subscribes(&world, &caller, wanted(DigestSubject::Claims)).await;
    let narrower = Caller {
        scope: offices(&["490000"]),
        ..caller
    };
    world.people.hold(&narrower);
    monday(&world).await;
    let text = plain(&world.mailbox.sent()[0].message);
    assert!(
        text.contains("490000") && !text.contains("490100"),
        "{text}"
    );
}

#[tokio::test]
async fn nobody_is_dropped_because_the_anagrafe_does_not_answer() {
    let world = a_friday().await;
    let caller = director_of_milano();
    subscribes(&world, &caller, wanted(DigestSubject::Claims)).await;
    world.people.silent(true);
    world.it_is("2026-11-23 07:00");
    world.night().await.unwrap();
    assert!(world.digests.send_due(&Stop::new()).await.is_err());
    assert_eq!(world.digest(&caller).await.subscriptions.len(), 1);
    world.people.silent(false);
    world.digests.send_due(&Stop::new()).await.unwrap();
    assert_eq!(world.mailbox.sent().len(), 1);
}

#[tokio::test]
async fn old_figures_are_told_as_such() {
    let world = a_friday().await;
    subscribes(&world, &director_of_milano(), wanted(DigestSubject::Claims)).await;
    world.it_is("2026-11-23 07:00");
    world.digests.send_due(&Stop::new()).await.unwrap();
    let text = plain(&world.mailbox.sent()[0].message);
    assert!(text.contains("Situazione al: 19/11/2026"));
    assert!(text.contains("I dati non sono di ieri"), "{text}");
}

#[tokio::test]
async fn a_link_in_the_mail_or_the_page_ends_a_subscription_once_and_for_all() {
    let world = a_friday().await;
    let caller = director_of_milano();
    subscribes(&world, &caller, wanted(DigestSubject::Claims)).await;
    subscribes(&world, &caller, wanted(DigestSubject::Flows)).await;
    monday(&world).await;
    let text = plain(&world.mailbox.sent()[0].message);
    let token = text.rsplit("/cruscotto/riepilogo/").next().unwrap().trim();
    assert_eq!(token.len(), 64);
    for _ in 0..2 {
        world.cancel(token).await.unwrap();
    }
    assert_eq!(world.digest(&caller).await.subscriptions.len(), 1);
    for subject in [DigestSubject::Claims, DigestSubject::Flows] {
        world.unsubscribe(&caller, subject).await.unwrap();
    }
    assert!(world.digest(&caller).await.subscriptions.is_empty());
    world.it_is("2026-11-30 07:00");
    world.digests.send_due(&Stop::new()).await.unwrap();
    assert_eq!(world.mailbox.sent().len(), 2);
    world.cancel(&"0".repeat(64)).await.unwrap();
    let ended = rows::audited(&world.database.database, "dasmo.digest_unsubscribe").await;
    assert_eq!(ended.len(), 2);
}

#[tokio::test]
async fn a_newer_subscription_to_the_same_subject_takes_the_place_of_the_older() {
    let world = a_friday().await;
    let caller = director_of_milano();
    subscribes(&world, &caller, wanted(DigestSubject::Claims)).await;
    let newer = SubscribeDigestRequest {
        address: "altra@inps.it".to_owned(),
        ..wanted(DigestSubject::Claims)
    };
    subscribes(&world, &caller, newer).await;
    monday(&world).await;
    let to: Vec<String> = world.mailbox.sent().into_iter().map(|one| one.to).collect();
    assert_eq!(to, ["altra@inps.it"]);
}

#[tokio::test]
async fn figures_go_to_addresses_of_the_house_alone_and_within_the_territory() {
    let world = a_friday().await;
    let caller = director_of_milano();
    for address in ["a@example.it", "inps.it", "@inps.it", "a b@inps.it"] {
        let request = SubscribeDigestRequest {
            address: address.to_owned(),
            ..wanted(DigestSubject::Claims)
        };
        let refused = world.subscribe(&caller, request).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument, "{address}");
        let details = refused.get_error_details();
        let violations = &details.bad_request().unwrap().field_violations;
        assert_eq!(violations[0].field, "address");
    }
    let outside = SubscribeDigestRequest {
        filter: Some(VolumesFilter {
            office: "700000".to_owned(),
            ..VolumesFilter::default()
        }),
        ..wanted(DigestSubject::Claims)
    };
    let refused = world.subscribe(&caller, outside).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
}

#[tokio::test]
async fn each_person_sees_the_own_subscriptions_alone() {
    let world = a_friday().await;
    subscribes(&world, &director_of_milano(), wanted(DigestSubject::Claims)).await;
    let colleague = Caller {
        person: Uuid::from_u128(8),
        ..director_of_milano()
    };
    assert!(world.digest(&colleague).await.subscriptions.is_empty());
    world
        .unsubscribe(&colleague, DigestSubject::Claims)
        .await
        .unwrap();
    assert_eq!(
        world
            .digest(&director_of_milano())
            .await
            .subscriptions
            .len(),
        1
    );
    let other_role = person(Role::Dcm, offices(&["490000"]), "MILANO");
    assert!(world.digest(&other_role).await.subscriptions.is_empty());
}
