//! Large flows, and what they cost beside `COPY` of the same rows. `PAYMENTS_LINES=200000 cargo test --release` measures; by default the
//! flow is small and only what comes of it is looked at.

use std::time::Instant;

use super::*;

/// Every row, as the text of a question that is checked too.
const ROWS: &str = include_str!("lines.sql");

/// Types of which a worker has one line each in a month.
const TYPES: [&str; 4] = ["0", "3", "4", "6"];

#[expect(
    clippy::disallowed_methods,
    reason = "tests are told how large to be by who runs them, not by the configuration"
)]
fn lines_wanted() -> usize {
    let wanted = std::env::var("PAYMENTS_LINES").ok();
    wanted.map_or(2_000, |text| text.parse().unwrap())
}

/// A correct codice fiscale for each number below 200 000.
fn codice_fiscale(number: usize) -> String {
    let letter = |value: usize| char::from(b'A' + u8::try_from(value % 20).unwrap());
    let (a, b, c) = (letter(number / 400), letter(number / 20), letter(number));
    let day = number / 8_000 + 1;
    let body = format!("{a}{b}{c}MRA80A{day:02}H501");
    ('A'..='Z')
        .map(|check| format!("{body}{check}"))
        .find(|it| it.parse::<kernel::CodiceFiscale>().is_ok())
        .unwrap()
}

/// So many lines, of a fourth of as many workers.
fn large_flow(lines: usize) -> (Vec<String>, Vec<Vec<String>>) {
    let workers: Vec<_> = (0..lines / TYPES.len()).map(codice_fiscale).collect();
    let of_worker = |worker: &String| TYPES.map(|it| with(line(worker), &[("tipo", it)]));
    let lines = workers.iter().flat_map(of_worker).collect();
    (workers, lines)
}

#[tokio::test]
async fn a_large_flow_is_received_whole_beside_a_copy_of_its_rows() {
    let world = World::new().await;
    let (workers, lines) = large_flow(lines_wanted());
    let mut granted = grant(NUMBER);
    granted.hours = Hours::from_hundredths(i64::try_from(workers.len()).unwrap() * 16_000);
    let pool = world.app.database.pool();
    sqlx::query!("delete from authorisation")
        .execute(pool)
        .await
        .unwrap();
    world.claims.grant_to(workers);
    world.granted(granted).await;
    let began = Instant::now();
    let flow = world.received(&lines).await;
    let received = began.elapsed();
    assert_eq!(
        flow.counts.of(LineState::InVerification),
        i64::from(flow.lines)
    );

    sqlx::raw_sql("create table copied (like line including all); analyze line")
        .execute(pool)
        .await
        .unwrap();
    let stored = sqlx::query_file!("src/tests/lines.sql")
        .fetch_all(pool)
        .await;
    assert_eq!(stored.unwrap().len(), lines.len());
    let mut connection = pool.acquire().await.unwrap();
    let mut rows = Vec::new();
    let mut out = connection
        .copy_out_raw(&format!("copy ({ROWS}) to stdout"))
        .await
        .unwrap();
    while let Some(part) = futures_util::TryStreamExt::try_next(&mut out)
        .await
        .unwrap()
    {
        rows.extend_from_slice(&part);
    }
    drop(out);
    let began = Instant::now();
    let mut copy = connection
        .copy_in_raw("copy copied from stdin")
        .await
        .unwrap();
    copy.send(rows).await.unwrap();
    copy.finish().await.unwrap();
    let copied = began.elapsed();
    println!(
        "{} lines: received in {received:.2?}, COPY of the same rows in {copied:.2?}, {} % of its rate",
        flow.lines,
        copied.as_micros() * 100 / received.as_micros(),
    );
}

#[tokio::test]
async fn a_worker_a_flow_and_an_authorisation_are_found_by_an_index() {
    let world = World::new().await;
    world.checked(&[line(WORKERS[0])]).await;
    let questions = [
        "select * from line where person_id = gen_random_uuid() order by month desc, flow_id desc, number desc limit 25",
        "select * from line where flow_id = gen_random_uuid() and number > 0 order by number limit 200",
        "select * from line where authorization_number = '490026000001' and month = '2026-09-01'",
        "select * from line where state = 'VERIFIED' and office = '490000' order by received_at, flow_id, number limit 10",
        "select * from line where state = 'IN_VERIFICATION' and check_after <= now() order by check_after limit 1",
    ];
    let mut connection = world.app.database.pool().acquire().await.unwrap();
    sqlx::raw_sql("set enable_seqscan = off")
        .execute(&mut *connection)
        .await
        .unwrap();
    for question in questions {
        let explained = format!("explain {question}");
        let plan = sqlx::raw_sql(sqlx::AssertSqlSafe(explained))
            .fetch_all(&mut *connection)
            .await
            .unwrap();
        let plan: Vec<String> = plan.iter().map(|row| sqlx::Row::get(row, 0)).collect();
        assert!(!plan.join("\n").contains("Seq Scan on line_"), "{plan:#?}");
    }
}
