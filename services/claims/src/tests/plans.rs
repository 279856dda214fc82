//! Which indexes the usual questions of an office find, on 120 000 claims: none reads the table from end to end.

use std::collections::BTreeMap;

use super::*;
use crate::domain::desk::WAITING;
use crate::domain::search::{Criteria, Order, SortField, Words};
use crate::domain::state::State;
use crate::store;

/// Claims of the stock, of 12 offices; one in twenty waits.
const CLAIMS: i32 = 120_000;

async fn fill(database: &TestDatabase) {
    let pool = database.database.pool();
    sqlx::query!(
        "insert into claim
            (id, version, state, matricola, production_unit_code, employer_name, product, causale, payment_mode, first_day,
             weeks, beneficiaries_count, hours_requested_hundredths, content, protocol_number, ticket, submitted_at,
             competent_office, employer_cf, csc, sector, working_days, region_istat, average_heads_hundredths, filing_due,
             filed_late, nothing_recognisable, findings, handler_id, known_unit, known_at, created_by, created_at, updated_at,
             state_since)
         select ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 3,
             case when n % 20 <> 0 then 'ACCEPTED' when n % 40 = 0 then 'SUBMITTED' else 'UNDER_REVIEW' end,
             '49' || lpad((n % 4000)::text, 8, '0'), 1, 'Ditta ' || md5((n % 4000)::text), 'CIGO',
             'LACK_OF_WORK_OR_ORDERS', 'DIRECT', '2020-01-06'::date + n % 2000, 4, 5, n % 9000, '{}',
             'INPS.4900.01/01/' || 2020 + n / 60000 || '.' || lpad(n::text, 7, '0'),
             lpad(n::text, 16, 'A'), '2020-01-01'::timestamptz + n * interval '20 minutes',
             (49 + n % 12)::text || '0000', '12345678903', '10603', 'a', 5, '03', 6000, '2020-02-01'::date + n % 2000,
             false, false, '[]', null, jsonb_build_object('unit_name', 'Stabilimento ' || n % 50), now(),
             '00000000-0000-0000-0000-000000000001', '2020-01-01', '2020-01-01',
             '2020-01-01'::timestamptz + (n % 100000) * interval '1 hour'
         from generate_series(1, $1) n",
        CLAIMS,
    )
    .execute(pool)
    .await
    .unwrap();
    sqlx::query!("analyze claim").execute(pool).await.unwrap();
}

/// How often the table was read from end to end, and each of its indexes used, with the entries that were read.
async fn uses(db: &mut chassis::db::Connection) -> BTreeMap<String, (i64, i64)> {
    sqlx::query!("select pg_stat_force_next_flush()::text as flushed")
        .fetch_all(&mut *db)
        .await
        .unwrap();
    let table = sqlx::query!(
        "select seq_scan as \"scans!\", seq_tup_read as \"read!\" from pg_stat_user_tables where relname = 'claim'"
    )
    .fetch_one(&mut *db)
    .await
    .unwrap();
    let indexes = sqlx::query!(
        "select indexrelname as \"name!\", idx_scan as \"scans!\", idx_tup_read as \"read!\"
         from pg_stat_user_indexes where relname = 'claim'"
    )
    .fetch_all(&mut *db)
    .await
    .unwrap();
    let mut uses: BTreeMap<_, _> = indexes
        .into_iter()
        .map(|it| (it.name, (it.scans, it.read)))
        .collect();
    uses.insert("claim".into(), (table.scans, table.read));
    uses
}

/// What a page used, with the entries read.
async fn used(
    db: &mut chassis::db::Connection,
    scope: &Scope,
    criteria: &Criteria,
    order: Order,
) -> BTreeMap<String, i64> {
    let before = uses(db).await;
    let mut tx = sqlx::Connection::begin(&mut *db).await.unwrap();
    store::search::page(&mut tx, scope, criteria, order, None, 51)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let after = uses(db).await;
    after
        .into_iter()
        .filter(|(name, (scans, _))| *scans > before[name].0)
        .map(|(name, (_, read))| (name.clone(), read - before[&name].1))
        .collect()
}

/// Scope, filter and order of a question; the index that is to be used; entries that may be read.
type Question = (&'static str, Scope, Criteria, Order, &'static str, i64);

/// Every order of one office.
fn of_the_office() -> Vec<Question> {
    let by = |field, descending| Order { field, descending };
    [
        ("newest", Order::NEWEST, "claim_office_submitted"),
        ("oldest", Order::OLDEST, "claim_office_submitted"),
        (
            "by term",
            by(SortField::Deadline, false),
            "claim_office_deadline",
        ),
        (
            "by protocol",
            by(SortField::Protocol, true),
            "claim_office_protocol",
        ),
        (
            "by employer",
            by(SortField::EmployerName, false),
            "claim_office_employer",
        ),
        ("by hours", by(SortField::Hours, true), "claim_office_hours"),
        (
            "longest in its state",
            by(SortField::StateSince, false),
            "claim_office_state_since",
        ),
    ]
    .into_iter()
    .map(|(question, order, index)| (question, office(), Criteria::default(), order, index, 60))
    .collect()
}

/// Filters that narrow, in the scope of an office, of a firm and of a region.
fn narrowed() -> Vec<Question> {
    let waiting = Criteria {
        states: WAITING.to_vec(),
        ..Criteria::default()
    };
    let decided = Criteria {
        states: vec![State::Accepted],
        ..Criteria::default()
    };
    let words = Criteria {
        words: Words::of(&format!("ditta {}", md5_of_seven())).unwrap(),
        ..Criteria::default()
    };
    let protocol = Criteria {
        protocol: Some("INPS.4900.01/01/2020.0000012".into()),
        ..Criteria::default()
    };
    let firm = Scope::Own(vec!["4900000007".into()]);
    let region = (49..61).map(|it| format!("{it}0000").parse().unwrap());
    let region = Scope::Offices(region.collect());
    let (newest, oldest) = (Order::NEWEST, Order::OLDEST);
    vec![
        (
            "decided, newest",
            office(),
            decided,
            newest,
            "claim_office_submitted",
            80,
        ),
        (
            "what waits, oldest",
            office(),
            waiting,
            oldest,
            "claim_office_queue",
            60,
        ),
        (
            "firm, newest",
            firm,
            Criteria::default(),
            newest,
            "claim_by_firm",
            60,
        ),
        (
            "region, words",
            region.clone(),
            words,
            newest,
            "claim_by_text",
            200,
        ),
        (
            "region, protocol",
            region,
            protocol,
            newest,
            "claim_protocol_key",
            1,
        ),
    ]
}

fn office() -> Scope {
    Scope::Offices(vec![MILANO.parse().unwrap()])
}

#[tokio::test]
async fn the_usual_questions_find_an_index_and_read_little_more_than_they_show() {
    let database = TestDatabase::create(&crate::MIGRATOR).await;
    fill(&database).await;
    let db = &mut *database.database.pool().acquire().await.unwrap();
    let questions = of_the_office().into_iter().chain(narrowed());
    for (question, scope, criteria, order, index, most) in questions {
        let used = used(db, &scope, &criteria, order).await;
        println!("{question}: {used:?}");
        assert!(
            !used.contains_key("claim"),
            "{question} reads the table: {used:?}"
        );
        let read = used
            .get(index)
            .unwrap_or_else(|| panic!("{question} does not use {index}: {used:?}"));
        assert!(*read <= most, "{question} reads {read} entries: {used:?}");
    }
}

/// The name of a firm holds the MD5 of its number.
fn md5_of_seven() -> String {
    "8f14e45fceea167a5a36dedd4bea2543".into()
}
