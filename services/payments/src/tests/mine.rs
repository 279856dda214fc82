//! What workers see: their own payments, and nothing else.

use super::*;

#[tokio::test]
async fn a_worker_sees_the_own_payments_and_nobody_elses() {
    let world = World::new().await;
    world.checked(&[line(WORKERS[0]), line(WORKERS[1])]).await;
    let (mine, next) = world.app.my_payments(&worker(0), 0, "").await.unwrap();
    assert_eq!((mine.len(), next.as_str()), (1, ""));
    assert_eq!(mine[0].mine.line.codice_fiscale, WORKERS[0]);
    assert_eq!(mine[0].mine.employer_name, "Officine Ambrosiane S.r.l.");
    let (nothing, _) = world.app.my_payments(&worker(2), 0, "").await.unwrap();
    assert!(nothing.is_empty());
}

#[tokio::test]
async fn payments_come_page_by_page_without_those_that_were_cancelled() {
    let world = World::new().await;
    for hours in ["10,00", "11,00", "12,00"] {
        world.checked(&[hours_in_one_week(WORKERS[0], hours)]).await;
    }
    let cancelled = world
        .checked(&[hours_in_one_week(WORKERS[0], "13,00")])
        .await;
    world
        .app
        .delete_flow(&consultant(), cancelled.id, "")
        .await
        .unwrap();
    let me = worker(0);
    let (first, next) = world.app.my_payments(&me, 2, "").await.unwrap();
    let (second, end) = world.app.my_payments(&me, 2, &next).await.unwrap();
    assert_eq!((first.len(), second.len(), end.as_str()), (2, 1, ""));
}
