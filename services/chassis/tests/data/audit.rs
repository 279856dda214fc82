//! The audit trail tells when it was tampered with.

use std::sync::Arc;

use chassis::access::Role;
use chassis::audit::{self, Anchor, Decision, Entry, Finding, Report, Sealer};
use chassis::clock::ManualClock;
use chassis::db::ScopedFutureExt;
use chassis::identity::{Caller, Level, MandateInUse, PersonName, Scope};
use chassis::lifecycle::Stop;
use chrono::{DateTime, Utc};
use object_store::memory::InMemory;
use testkit::TestDatabase;
use uuid::Uuid;

const SERVICE: &str = "claims";

fn caller() -> Caller {
    Caller {
        person: Uuid::from_u128(1),
        role: Role::Int,
        scope: Scope::Mandate("1234567890".to_owned()),
        organisation: String::new(),
        areas: Vec::new(),
        level: Level::L2,
        mandate: Some(MandateInUse {
            id: Uuid::from_u128(2),
            matricola: "1234567890".to_owned(),
        }),
        service: None,
        session: "session".to_owned(),
        dasmo: false,
        name: PersonName::default(),
    }
}

fn noon() -> DateTime<Utc> {
    "2026-11-22T11:00:00Z".parse().unwrap()
}

/// A trail with its anchor.
struct Trail {
    test: TestDatabase,
    anchor: Anchor,
    clock: Arc<ManualClock>,
}

impl Trail {
    async fn empty() -> Self {
        let anchor = Anchor::in_store(Arc::new(InMemory::new()));
        Self {
            test: TestDatabase::of_chassis().await,
            anchor,
            clock: Arc::new(ManualClock::at(noon())),
        }
    }

    /// Ten records, sealed.
    async fn of_ten() -> Self {
        let trail = Self::empty().await;
        for number in 0..10 {
            trail.record(number).await;
        }
        trail.seal_until(&trail.anchor, 10).await;
        trail
    }

    async fn record(&self, number: u32) {
        let (caller, number) = (&caller(), &number);
        self.test
            .database
            .transaction("record", |tx| {
                async move {
                    let resource_id = number.to_string();
                    let entry = Entry {
                        action: "claims.submit",
                        resource_type: "claim",
                        resource_id,
                        result_count: 1,
                    };
                    audit::record(tx, caller, entry, noon()).await
                }
                .scope_boxed()
            })
            .await
            .unwrap();
    }

    fn sealer(&self, anchor: &Anchor) -> Sealer {
        Sealer::new(
            SERVICE,
            self.test.database.clone(),
            anchor.clone(),
            self.clock.clone(),
        )
    }

    async fn seal(&self) -> Result<(), chassis::Failure> {
        self.sealer(&self.anchor).seal(&Stop::new()).await
    }

    /// Seals until the chain has so many links: transactions of other databases in the cluster hold sealing back.
    async fn seal_until(&self, anchor: &Anchor, links: i64) {
        let sealer = self.sealer(anchor);
        crate::eventually("the records are sealed", async || {
            sealer.seal(&Stop::new()).await.unwrap();
            let chained: Option<i64> = sqlx::query_scalar("select max(position) from audit_seal")
                .fetch_one(self.test.database.pool())
                .await
                .unwrap();
            chained == Some(links)
        })
        .await;
    }

    async fn verify(&self) -> Report {
        audit::verify(self.test.database.pool(), &self.anchor, SERVICE)
            .await
            .unwrap()
    }

    /// What someone with the powers of the database's administrator does.
    async fn tamper(&self, sql: &'static str) {
        let mut connection = self.test.database.pool().acquire().await.unwrap();
        sqlx::query("set session_replication_role = replica")
            .execute(&mut *connection)
            .await
            .unwrap();
        sqlx::raw_sql(sql).execute(&mut *connection).await.unwrap();
        sqlx::query("reset session_replication_role")
            .execute(&mut *connection)
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn an_untouched_trail_is_intact() {
    let trail = Trail::of_ten().await;
    let report = trail.verify().await;
    assert!(report.is_intact(), "{report:?}");
    assert_eq!((report.sealed, report.unsealed), (10, 0));
    assert_eq!(report.anchored.unwrap().position, 10);
}

#[tokio::test]
async fn records_not_sealed_yet_are_counted_and_are_no_finding() {
    let trail = Trail::of_ten().await;
    trail.record(10).await;
    let report = trail.verify().await;
    assert!(report.is_intact());
    assert_eq!((report.sealed, report.unsealed), (10, 1));
}

#[tokio::test]
async fn a_record_tells_who_did_what_for_whom() {
    let trail = Trail::empty().await;
    trail.record(7).await;
    let row: (Uuid, String, String, Uuid, String, String, i64, String) = sqlx::query_as(
        "select actor, role, scope, mandate, action, resource_id, result_count, outcome from audit_record",
    )
    .fetch_one(trail.test.database.pool())
    .await
    .unwrap();
    let text = str::to_owned;
    assert_eq!(
        row,
        (
            Uuid::from_u128(1),
            text("INT"),
            text("MANDATE"),
            Uuid::from_u128(2),
            text("claims.submit"),
            text("7"),
            1,
            text("DONE")
        )
    );
}

#[tokio::test]
async fn decisions_of_the_gateway_are_recorded_in_batches_and_chained_with_the_rest() {
    let trail = Trail::empty().await;
    let decision = |refused: Option<&str>| Decision {
        at: noon(),
        method: "omnia.claims.v1.ClaimService/GetClaim".to_owned(),
        actor: refused.is_none().then_some(Uuid::from_u128(1)),
        role: Some(Role::Sede),
        scope: Some(audit::scope_kind(&Scope::National)),
        mandate: None,
        refused: refused.map(str::to_owned),
        trace_id: None,
    };
    let decisions = [
        decision(None),
        decision(Some("IDN-E04")),
        decision(Some("IDN-E01")),
    ];
    let decisions = &decisions;
    trail
        .test
        .database
        .transaction("decisions", |tx| {
            audit::record_decisions(tx, decisions).scope_boxed()
        })
        .await
        .unwrap();
    trail.seal_until(&trail.anchor, 3).await;
    let outcomes: Vec<(String, Option<String>)> =
        sqlx::query_as("select outcome, reason from audit_record order by id")
            .fetch_all(trail.test.database.pool())
            .await
            .unwrap();
    let refused = |code: &str| ("REFUSED".to_owned(), Some(code.to_owned()));
    assert_eq!(
        outcomes,
        [
            ("ALLOWED".to_owned(), None),
            refused("IDN-E04"),
            refused("IDN-E01")
        ]
    );
    assert_eq!(trail.verify().await.sealed, 3);
}

#[tokio::test]
async fn records_and_seals_cannot_be_changed_or_deleted() {
    let trail = Trail::of_ten().await;
    for sql in [
        "update audit_record set resource_id = 'x'",
        "delete from audit_record",
        "truncate audit_record",
        "update audit_seal set position = position + 1",
        "delete from audit_seal",
        "truncate audit_seal",
    ] {
        let error = sqlx::raw_sql(sql)
            .execute(trail.test.database.pool())
            .await
            .unwrap_err();
        assert_eq!(
            error.as_database_error().unwrap().code().unwrap(),
            "42501",
            "{sql}"
        );
    }
}

#[tokio::test]
async fn a_changed_record_is_found_at_its_place() {
    let trail = Trail::of_ten().await;
    trail
        .tamper("update audit_record set actor = gen_random_uuid() where id = 4")
        .await;
    assert_eq!(
        trail.verify().await.findings,
        [Finding::Changed { position: 4 }]
    );
}

#[tokio::test]
async fn a_record_deleted_in_the_middle_is_found_at_its_place() {
    let trail = Trail::of_ten().await;
    trail.tamper("delete from audit_record where id = 4").await;
    assert_eq!(
        trail.verify().await.findings,
        [Finding::Deleted { position: 4 }]
    );
}

#[tokio::test]
async fn a_record_deleted_with_its_seal_leaves_a_gap() {
    let trail = Trail::of_ten().await;
    trail
        .tamper("delete from audit_record where id = 4; delete from audit_seal where position = 4")
        .await;
    assert_eq!(
        trail.verify().await.findings,
        [Finding::SealDeleted { position: 4 }]
    );
}

#[tokio::test]
async fn a_record_deleted_and_the_rest_moved_up_breaks_the_chain() {
    let trail = Trail::of_ten().await;
    trail
        .tamper(
            "delete from audit_record where id = 4; delete from audit_seal where position = 4;
             update audit_seal set position = position - 1 where position > 4",
        )
        .await;
    let findings = trail.verify().await.findings;
    assert_eq!(
        findings,
        [
            Finding::Changed { position: 4 },
            Finding::Cut {
                anchored: 10,
                sealed: 9
            }
        ]
    );
}

#[tokio::test]
async fn a_cut_tail_is_found_by_the_anchor() {
    let trail = Trail::of_ten().await;
    trail
        .tamper("delete from audit_record where id > 7; delete from audit_seal where position > 7")
        .await;
    assert_eq!(
        trail.verify().await.findings,
        [Finding::Cut {
            anchored: 10,
            sealed: 7
        }]
    );
}

#[tokio::test]
async fn a_cut_tail_stays_cut_because_the_sealer_refuses_to_anchor_a_shorter_chain() {
    let trail = Trail::of_ten().await;
    trail
        .tamper("delete from audit_record where id > 7; delete from audit_seal where position > 7")
        .await;
    trail.record(11).await;
    trail.seal().await.unwrap_err();
    let report = trail.verify().await;
    assert_eq!(
        report.findings,
        [Finding::Cut {
            anchored: 10,
            sealed: 7
        }]
    );
    assert_eq!(report.unsealed, 1);
}

#[tokio::test]
async fn two_records_that_change_places_are_found() {
    let trail = Trail::of_ten().await;
    trail
        .tamper(
            "update audit_seal s set record_tx = o.record_tx, record_id = o.record_id from audit_seal o
             where (s.position, o.position) in ((4, 6), (6, 4))",
        )
        .await;
    let findings = trail.verify().await.findings;
    assert!(
        findings.contains(&Finding::Changed { position: 4 }),
        "{findings:?}"
    );
    assert!(
        findings.contains(&Finding::Moved { position: 6 }),
        "{findings:?}"
    );
}

#[tokio::test]
async fn a_chain_written_anew_over_changed_records_is_not_the_one_anchored() {
    let trail = Trail::of_ten().await;
    trail
        .tamper("delete from audit_seal; update audit_record set resource_id = 'x' where id = 4")
        .await;
    let elsewhere = Anchor::in_store(Arc::new(InMemory::new()));
    trail.seal_until(&elsewhere, 10).await;
    assert_eq!(
        trail.verify().await.findings,
        [Finding::Rewritten { position: 10 }]
    );
}

#[tokio::test]
async fn a_record_written_into_the_past_is_found() {
    let trail = Trail::of_ten().await;
    trail
        .tamper(
            "insert into audit_record (at, tx, id, action, resource_type, resource_id, result_count, outcome)
             overriding system value
             select at, tx, -1, action, resource_type, 'x', 1, outcome from audit_record where id = 4",
        )
        .await;
    assert_eq!(trail.verify().await.findings, [Finding::Added { count: 1 }]);
}

#[tokio::test]
async fn a_chain_without_its_anchor_is_reported() {
    let mut trail = Trail::of_ten().await;
    trail.anchor = Anchor::in_store(Arc::new(InMemory::new()));
    assert_eq!(trail.verify().await.findings, [Finding::NotAnchored]);
}

#[tokio::test]
async fn the_digest_of_each_day_stays_where_it_was_anchored() {
    let trail = Trail::of_ten().await;
    trail.clock.advance(chrono::TimeDelta::days(1));
    trail.record(10).await;
    trail.seal_until(&trail.anchor, 11).await;
    let mut positions: Vec<_> = trail
        .anchor
        .heads(SERVICE)
        .await
        .unwrap()
        .into_iter()
        .map(|head| head.position)
        .collect();
    positions.sort_unstable();
    assert_eq!(
        positions,
        [10, 11, 11],
        "yesterday's, today's, and the last"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn records_of_concurrent_writers_are_sealed_without_gaps_while_they_write() {
    let trail = Arc::new(Trail::empty().await);
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..8 {
        let trail = trail.clone();
        writers.spawn(async move {
            for number in 0..20 {
                trail.record(writer * 100 + number).await;
            }
        });
    }
    while let Some(writer) = writers.join_next().await {
        writer.unwrap();
        let (one, other) = tokio::join!(trail.seal(), trail.seal());
        one.unwrap();
        other.unwrap();
    }
    crate::eventually("everything is sealed", async || {
        trail.seal().await.unwrap();
        trail.verify().await.sealed == 160
    })
    .await;
    let report = trail.verify().await;
    assert!(report.is_intact(), "{report:?}");
    assert_eq!(report.unsealed, 0);
}
