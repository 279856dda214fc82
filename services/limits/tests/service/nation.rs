//! Every unit of the country computed anew, beside the rate at which PostgreSQL alone copies the same rows out. The
//! suite does so for a village; `LIMITS_UNITS` says for how many units, which means something on a release build:
//!
//! `LIMITS_UNITS=100000 cargo test --release -p limits --test service nation -- --nocapture`

use std::time::{Duration, Instant};

use chassis::jobs::Job;
use chassis::lifecycle::Stop;
use futures_util::TryStreamExt;
use limits::app::{RECOMPUTE_BATCH, Recompute};
use sqlx::{PgConnection, PgPool};

use crate::world::World;

/// Units of a run: 500 in the suite; a nation has some 1 500 000.
#[expect(
    clippy::disallowed_methods,
    reason = "the measurement is told how many units there are"
)]
fn units() -> i64 {
    std::env::var("LIMITS_UNITS").map_or(500, |number| {
        number.parse().expect("LIMITS_UNITS is a number")
    })
}

/// Units with five years of history: two periods of six weeks a year, one of them with declared days.
const FILL: [&str; 3] = [
    "insert into unit select lpad(place::text, 10, '0'), 1, now(), now() from generate_series(1, $1) as place",
    "insert into unit_facts
     select lpad(place::text, 10, '0'), 1, now(), case when place % 10 = 0 then 'm' else 'a' end, 5, '{4000}', '{1000}'
     from generate_series(1, $1) as place",
    "insert into entry
     select lpad(place::text, 10, '0'), 1, gen_random_uuid(), 1, now(), 'CIGO',
            case when place % 5 = 0 then 'EONE' else 'ORD' end, monday, monday + 41, 96000, '{}', '{}', '{}', false, 'a', 5,
            case when half % 2 = 0 then array(select monday + day from generate_series(0, 35, 7) as day) end,
            case when half % 2 = 0 then '{}'::date[] end, case when half % 2 = 0 then '{}'::bigint[] end,
            'history:' || place, 'AUTHORISED', null, null, null
     from generate_series(1, $1) as place,
          lateral (select half, '2021-11-22'::date + half * 182 as monday from generate_series(0, 9) as half) as period",
];

/// A connection of its own on which a statement may take as long as a nation needs.
async fn patient(pool: &PgPool) -> PgConnection {
    let mut connection = pool.acquire().await.unwrap().detach();
    sqlx::query("select set_config('statement_timeout', '0', false)")
        .execute(&mut connection)
        .await
        .unwrap();
    connection
}

async fn copied(connection: &mut PgConnection) -> Duration {
    let began = Instant::now();
    let rows = connection.copy_out_raw("copy entry to stdout with (format binary)");
    let mut rows = rows.await.unwrap();
    while rows.try_next().await.unwrap().is_some() {}
    began.elapsed()
}

async fn recomputed(world: &World) -> Duration {
    let job = Recompute {
        app: world.app.clone(),
        batch: RECOMPUTE_BATCH,
    };
    let began = Instant::now();
    job.run(Stop::new()).await.unwrap();
    began.elapsed()
}

/// Most memory that this process had, in MiB.
fn peak_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmHWM"))
        .unwrap();
    let kib: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kib / 1024
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_nation_is_computed_anew_in_the_memory_of_a_small_machine() {
    let (world, units) = (World::new().await, units());
    let pool = world.database.database.pool();
    let mut connection = patient(pool).await;
    for statement in FILL {
        sqlx::query(statement)
            .bind(units)
            .execute(&mut connection)
            .await
            .unwrap();
    }
    sqlx::query("vacuum analyze")
        .execute(&mut connection)
        .await
        .unwrap();
    copied(&mut connection).await;
    let floor = copied(&mut connection).await;
    let first = recomputed(&world).await;
    let again = recomputed(&world).await;
    let percent = |took: Duration| floor.as_micros() * 100 / took.as_micros();
    println!(
        "{units} units, {} entries: COPY {floor:.1?}; computed {first:.1?} ({} % of COPY) where all is written, \
         {again:.1?} ({} %) where nothing changed; peak {} MiB",
        units * 10,
        percent(first),
        percent(again),
        peak_mib(),
    );
    assert!(peak_mib() < 1_024);
    let computed: i64 = sqlx::query_scalar("select count(*) from unit_counter")
        .fetch_one(pool)
        .await
        .unwrap();
    assert_eq!(computed, units);
}
