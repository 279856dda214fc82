//! What the payments service is told.

use super::*;

fn payments() -> Caller {
    Caller::service("payments")
}

#[tokio::test]
async fn a_grant_is_told_by_its_number_with_its_workers() {
    let world = World::new().await;
    let content = content_of(OFFICINE, 1);
    let claim = world.decided(&content, acceptance).await;
    let number = claim
        .decision
        .as_ref()
        .unwrap()
        .authorization
        .clone()
        .unwrap();
    let granted = world.app.authorization(&number).await.unwrap();
    assert_eq!((granted.claim, granted.in_force), (claim.id, true));
    assert_eq!(granted.hours_hundredths, content.hours_requested_hundredths);
    assert_eq!(
        Some(granted.ticket.as_str()),
        claim.filing.as_ref().map(|filing| filing.ticket.as_str())
    );
    let (first, next) = world
        .app
        .granted_workers(&payments(), &number, 1, "")
        .await
        .unwrap();
    let (second, last) = world
        .app
        .granted_workers(&payments(), &number, 1, &next)
        .await
        .unwrap();
    assert_eq!([first, second].concat(), content.beneficiaries[..2]);
    assert_eq!(last.is_empty(), content.beneficiaries.len() == 2);
}

#[tokio::test]
async fn nothing_is_told_of_a_number_that_was_never_given() {
    let world = World::new().await;
    let number = "490026000999".parse().unwrap();
    assert_eq!(refused(world.app.authorization(&number).await), "IDN-E06");
}

#[tokio::test]
async fn a_flow_has_one_number_of_the_shared_register_however_often_it_is_asked_for() {
    let world = World::new().await;
    let claim = world.decided(&content_of(OFFICINE, 1), acceptance).await;
    let number = claim
        .decision
        .as_ref()
        .unwrap()
        .authorization
        .clone()
        .unwrap();
    let before = world.register("4900").await.len();
    let flow = fresh();
    let caller = payments();
    let (one, other) = tokio::join!(
        world.app.register_flow(&caller, flow, &number),
        world.app.register_flow(&caller, flow, &number),
    );
    assert_eq!(one.unwrap(), other.unwrap());
    let another = world.app.register_flow(&caller, fresh(), &number).await;
    let register = world.register("4900").await;
    assert_eq!(register.len(), before + 2);
    assert_eq!(
        usize::try_from(another.unwrap().progressive()).unwrap(),
        before + 2
    );
    assert!(register[before..].iter().all(|(_, way)| way == "IN"));
}
