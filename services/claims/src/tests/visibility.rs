//! Who sees which rows (ROL-2), and with what answer the others are sent away.

use super::*;
use crate::app::{Filter, ListCommand};
use crate::domain::state::State;

async fn listed(world: &World, caller: &Caller, command: ListCommand) -> Vec<Uuid> {
    world
        .app
        .list(caller, &command)
        .await
        .unwrap()
        .0
        .into_iter()
        .map(|row| row.id)
        .collect()
}

fn narrowed(filter: Filter) -> ListCommand {
    ListCommand {
        filter,
        ..ListCommand::default()
    }
}

#[tokio::test]
async fn drafts_are_for_everybody_who_files_for_the_firm_and_nobody_else() {
    let world = World::new().await;
    let draft = world
        .draft(&consultant(&[OFFICINE]), &content_of(OFFICINE, 1))
        .await;
    let owner = Caller {
        role: Role::AzTit,
        person: Uuid::from_u128(12),
        ..consultant(&[OFFICINE])
    };
    for caller in [consultant(&[OFFICINE]), owner, intermediary(OFFICINE)] {
        assert_eq!(
            world.app.claim(&caller, draft.id).await.unwrap().id,
            draft.id
        );
        assert_eq!(
            listed(&world, &caller, ListCommand::default()).await,
            [draft.id]
        );
    }
    for caller in [
        consultant(&[TESSITURA]),
        intermediary(TESSITURA),
        operator(),
        director(),
    ] {
        assert_eq!(refused(world.app.claim(&caller, draft.id).await), "IDN-E06");
        assert_eq!(
            listed(&world, &caller, ListCommand::default()).await,
            [] as [Uuid; 0]
        );
    }
}

#[tokio::test]
async fn offices_see_their_own_claims_and_directors_the_agencies_under_them() {
    let world = World::new().await;
    let milano = world.submitted(&content_with_worker(OFFICINE, 1, 1)).await;
    world.later(TimeDelta::seconds(1));
    let roma = world.submitted(&content_with_worker(CANTIERI, 1, 2)).await;
    assert_eq!(
        listed(&world, &operator(), ListCommand::default()).await,
        [milano.id]
    );
    assert_eq!(
        refused(world.app.claim(&operator(), roma.id).await),
        "IDN-E06"
    );
    assert_eq!(
        refused(world.app.take_in_charge(&operator(), roma.id).await),
        "IDN-E06"
    );
    assert_eq!(
        refused(world.app.history(&operator(), roma.id).await),
        "IDN-E06"
    );
    let offices = [MILANO, ROMA]
        .iter()
        .map(|office| office.parse().unwrap())
        .collect();
    let regional = Caller {
        role: Role::Dreg,
        scope: Scope::Offices(offices),
        ..director()
    };
    assert_eq!(
        listed(&world, &regional, ListCommand::default()).await,
        [roma.id, milano.id]
    );
}

#[tokio::test]
async fn a_filter_outside_the_scope_is_refused_and_not_answered_with_nothing() {
    let world = World::new().await;
    let office = || {
        narrowed(Filter {
            office: Some(ROMA.into()),
            ..Filter::default()
        })
    };
    let matricola = || {
        narrowed(Filter {
            matricola: Some(TESSITURA.into()),
            ..Filter::default()
        })
    };
    assert_eq!(
        refused(world.app.list(&operator(), &office()).await),
        "IDN-E05"
    );
    assert_eq!(
        refused(world.app.list(&consultant(&[OFFICINE]), &matricola()).await),
        "IDN-E05"
    );
    assert_eq!(
        refused(world.app.list(&intermediary(OFFICINE), &matricola()).await),
        "IDN-E07"
    );
}

#[tokio::test]
async fn a_draft_for_a_firm_of_others_is_refused() {
    let world = World::new().await;
    let foreign = create(&content_of(TESSITURA, 1), fresh());
    assert_eq!(
        refused(
            world
                .app
                .create_draft(&consultant(&[OFFICINE]), &foreign)
                .await
        ),
        "IDN-E05"
    );
    assert_eq!(
        refused(
            world
                .app
                .create_draft(&intermediary(OFFICINE), &foreign)
                .await
        ),
        "IDN-E07"
    );
    let caller = consultant(&[OFFICINE]);
    let draft = world.draft(&caller, &content_of(OFFICINE, 1)).await;
    let moved = world
        .app
        .update_draft(&caller, draft.id, "1", &content_of(TESSITURA, 1), &[])
        .await;
    assert_eq!(refused(moved), "IDN-E05");
}

#[tokio::test]
async fn a_claim_of_others_answers_like_one_that_does_not_exist_to_every_call() {
    let world = World::new().await;
    let claim = world.submitted(&content_of(OFFICINE, 1)).await;
    let (app, stranger) = (&world.app, consultant(&[TESSITURA]));
    for id in [claim.id, fresh()] {
        assert_eq!(refused(app.claim(&stranger, id).await), "IDN-E06");
        assert_eq!(refused(app.check_draft(&stranger, id).await), "IDN-E06");
        let content = content_of(TESSITURA, 1);
        assert_eq!(
            refused(app.update_draft(&stranger, id, "1", &content, &[]).await),
            "IDN-E06"
        );
        assert_eq!(refused(app.withdraw(&stranger, id, "x").await), "IDN-E06");
        assert_eq!(refused(app.reexamine(&stranger, id, "x").await), "IDN-E06");
        assert_eq!(refused(app.appeal(&stranger, id, "x").await), "IDN-E06");
        let command = SubmitCommand {
            claim: id,
            ..submit(&claim, fresh())
        };
        assert_eq!(refused(app.submit(&stranger, &command).await), "IDN-E06");
        let elsewhere = staff(60, Role::Dsede, ROMA);
        assert_eq!(refused(app.annul(&elsewhere, id, "x").await), "IDN-E06");
        assert_eq!(
            refused(app.adopt(&elsewhere, id, Uuid::nil()).await),
            "IDN-E06"
        );
        assert_eq!(
            refused(app.return_proposal(&elsewhere, id, Uuid::nil(), "x").await),
            "IDN-E06"
        );
        let officer = staff(61, Role::Po, ROMA);
        assert_eq!(
            refused(app.assign(&officer, id, Uuid::nil()).await),
            "IDN-E06"
        );
        assert_eq!(
            refused(app.propose(&officer, id, &rejection(&claim)).await),
            "IDN-E06"
        );
    }
}

#[tokio::test]
async fn a_list_is_narrowed_by_state_handler_and_protocol_and_read_page_by_page() {
    let world = World::new().await;
    let mut claims = Vec::new();
    for number in 0..5 {
        world.later(TimeDelta::seconds(1));
        claims.push(
            world
                .submitted(&content_with_worker(OFFICINE, number + 1, number))
                .await,
        );
    }
    let taken = world
        .app
        .take_in_charge(&operator(), claims[2].id)
        .await
        .unwrap();
    let mine = ListCommand {
        mine: true,
        ..ListCommand::default()
    };
    assert_eq!(listed(&world, &operator(), mine).await, [taken.id]);
    let reviewed = narrowed(Filter {
        states: vec![State::UnderReview],
        ..Filter::default()
    });
    assert_eq!(listed(&world, &operator(), reviewed).await, [taken.id]);
    let protocol = Some("INPS.4900.10/09/2026.0000004".to_owned());
    let by_protocol = narrowed(Filter {
        protocol,
        ..Filter::default()
    });
    assert_eq!(
        listed(&world, &operator(), by_protocol).await,
        [claims[3].id]
    );

    let mut pages = Vec::new();
    let mut page_token = String::new();
    loop {
        let command = ListCommand {
            page_size: 2,
            page_token,
            ..ListCommand::default()
        };
        let (page, next) = world.app.list(&operator(), &command).await.unwrap();
        pages.push(page.into_iter().map(|row| row.id).collect::<Vec<_>>());
        if next.is_empty() {
            break;
        }
        page_token = next;
    }
    let newest_first: Vec<_> = claims.iter().rev().map(|claim| claim.id).collect();
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2, 1]);
    assert_eq!(pages.concat(), newest_first);
}

#[tokio::test]
async fn every_access_to_a_claim_leaves_an_audit_record() {
    let world = World::new().await;
    let claim = world.submitted(&content_of(OFFICINE, 1)).await;
    world.app.claim(&operator(), claim.id).await.unwrap();
    world
        .app
        .list(&operator(), &ListCommand::default())
        .await
        .unwrap();
    let actions = sqlx::query_scalar!("select action from audit_record order by tx")
        .fetch_all(world.database.database.pool())
        .await
        .unwrap();
    assert_eq!(
        actions,
        [
            "claims.create_draft",
            "claims.submit",
            "claims.get",
            "claims.list"
        ]
    );
}

#[tokio::test]
async fn history_cannot_be_rewritten() {
    let world = World::new().await;
    let claim = world.submitted(&content_of(OFFICINE, 1)).await;
    let pool = world.database.database.pool();
    let rewritten = sqlx::query!(
        "update history set note = 'x' where claim_id = $1",
        claim.id
    )
    .execute(pool)
    .await;
    assert!(rewritten.is_err());
    let removed = sqlx::query!("delete from history where claim_id = $1", claim.id)
        .execute(pool)
        .await;
    assert!(removed.is_err());
}
