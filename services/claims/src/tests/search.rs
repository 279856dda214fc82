//! Search and export: the same rows for the same eyes, in every order, page by page and as a table.

use futures_util::TryStreamExt;
use proptest::prelude::*;
use sheet::TableFormat;

use super::*;
use crate::app::{ExportCommand, Exported, SearchCommand};
use crate::domain::product::PaymentMode;
use crate::domain::search::{Criteria, Found, Handling, Order, SortField, Words};
use crate::domain::state::State;
use crate::domain::table::Language;

/// Three firms at two offices, one draft among them.
struct Stock {
    world: World,
    claims: Vec<Claim>,
}

impl Stock {
    async fn new() -> Self {
        let world = World::new().await;
        let mut claims = Vec::new();
        for (number, matricola) in [OFFICINE, TESSITURA, CANTIERI, OFFICINE, OFFICINE_TWO]
            .into_iter()
            .enumerate()
        {
            let number = u32::try_from(number).unwrap();
            let mut content = content_with_worker(matricola, number + 1, number);
            let hours = 4_000 * i64::from(1 + number % 2);
            content.hours_requested_hundredths = hours;
            content.beneficiaries[0].hours_requested_hundredths = hours;
            claims.push(world.submitted(&content).await);
            world.later(TimeDelta::minutes(1));
        }
        claims[1] = world
            .app
            .take_in_charge(&operator(), claims[1].id)
            .await
            .unwrap();
        let draft = content_with_worker(OFFICINE, 9, 900);
        claims.push(world.draft(&consultant(&[OFFICINE]), &draft).await);
        Self { world, claims }
    }

    /// Ids in this scope by a reading of their own, the newest first.
    fn expected(&self, caller: &Caller) -> Vec<Uuid> {
        let within = |claim: &&Claim| match &caller.scope {
            Scope::Own(firms) => firms.contains(&claim.content.unit.matricola.to_string()),
            Scope::Mandate(firm) => *firm == claim.content.unit.matricola.to_string(),
            Scope::Offices(offices) => claim
                .filing
                .as_ref()
                .is_some_and(|filing| offices.contains(&filing.office)),
            Scope::National | Scope::System => true,
        };
        self.claims
            .iter()
            .rev()
            .filter(within)
            .map(|it| it.id)
            .collect()
    }
}

fn command(criteria: Criteria, order: Order) -> SearchCommand {
    SearchCommand {
        fingerprint: format!("{criteria:?}").into_bytes(),
        criteria,
        order,
        page_size: 0,
        page_token: String::new(),
    }
}

async fn all_pages(
    world: &World,
    caller: &Caller,
    criteria: Criteria,
    order: Order,
    size: i32,
) -> Vec<Found> {
    let mut found = Vec::new();
    let mut command = SearchCommand {
        page_size: size,
        ..command(criteria, order)
    };
    loop {
        let results = world.app.search(caller, &command).await.unwrap();
        found.extend(results.claims);
        if results.next_page_token.is_empty() {
            return found;
        }
        command.page_token = results.next_page_token;
    }
}

async fn found(world: &World, caller: &Caller, criteria: Criteria) -> Vec<Uuid> {
    let found = all_pages(world, caller, criteria, Order::NEWEST, 0).await;
    found.into_iter().map(|it| it.place.id).collect()
}

fn export_of(criteria: Criteria, order: Order, format: TableFormat) -> ExportCommand {
    ExportCommand {
        asked: serde_json::json!({}),
        criteria,
        order,
        format,
        language: Language::Italian,
    }
}

/// The bytes of an export, and the rows that it said at the start and at the end.
async fn exported(world: &World, caller: &Caller, command: ExportCommand) -> (Vec<u8>, i64, i64) {
    let exporting = world.app.export(caller, command).await.unwrap();
    let (mut bytes, mut done) = (Vec::new(), 0);
    let mut messages = exporting.messages;
    while let Some(message) = messages.try_next().await.unwrap() {
        match message {
            Exported::Progress(rows) => done = rows,
            Exported::Piece(piece) => bytes.extend(piece),
        }
    }
    (bytes, exporting.rows_total, done)
}

/// Protocol numbers of a CSV, empty for drafts.
fn protocols(csv: &[u8]) -> Vec<String> {
    let text = std::str::from_utf8(csv)
        .unwrap()
        .trim_start_matches('\u{feff}');
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(b';')
        .from_reader(text.as_bytes());
    reader
        .records()
        .map(|record| record.unwrap()[0].to_owned())
        .collect()
}

/// The page and the export hold what the role may see, and nothing else, whatever is asked for.
async fn sees_its_rows(role: Role, scopes: Vec<Scope>) {
    let stock = Stock::new().await;
    let world = &stock.world;
    for scope in scopes {
        let caller = person(70, role, scope, MILANO);
        let expected = stock.expected(&caller);
        let all = all_pages(world, &caller, Criteria::default(), Order::NEWEST, 2).await;
        let ids: Vec<_> = all.iter().map(|it| it.place.id).collect();
        assert_eq!(ids, expected, "{:?}", caller.scope);
        let everywhere = Criteria {
            words: Words::of("officine").unwrap(),
            ..Criteria::default()
        };
        assert_eq!(
            found(world, &caller, everywhere).await,
            expected,
            "all are of Officine by name"
        );
        let command = export_of(
            Criteria::default(),
            Order::NEWEST,
            TableFormat::CsvSemicolon,
        );
        let (csv, total, done) = exported(world, &caller, command).await;
        let on_pages: Vec<_> = all
            .iter()
            .map(|it| it.protocol.clone().unwrap_or_default())
            .collect();
        assert_eq!(protocols(&csv), on_pages, "{:?}", caller.scope);
        let rows = i64::try_from(expected.len()).unwrap();
        assert_eq!((total, done), (rows, rows));
    }
}

fn firms() -> Vec<Scope> {
    [
        &[][..],
        &[OFFICINE],
        &[TESSITURA, CANTIERI],
        &["4999999999"],
    ]
    .map(|firms| Scope::Own(firms.iter().map(|&firm| firm.to_owned()).collect()))
    .into()
}

fn mandates() -> Vec<Scope> {
    [OFFICINE, CANTIERI]
        .map(|firm| Scope::Mandate(firm.to_owned()))
        .into()
}

fn offices() -> Vec<Scope> {
    [&[MILANO][..], &[ROMA], &[MILANO, ROMA], &[]]
        .map(|offices| {
            Scope::Offices(
                offices
                    .iter()
                    .map(|office| office.parse().unwrap())
                    .collect(),
            )
        })
        .into()
}

macro_rules! each_role {
    ($($name:ident: $role:ident, $scopes:expr;)+) => {
        mod the_same_rows_on_pages_and_in_exports_for {
            use super::*;
            $(
                #[tokio::test]
                async fn $name() {
                    sees_its_rows(Role::$role, $scopes).await;
                }
            )+
        }
    };
}

each_role! {
    owner: AzTit, firms();
    legal_representative: AzLr, firms();
    consultant: AzCon, firms();
    intermediary: Int, mandates();
    operator: Sede, offices();
    position_officer: Po, offices();
    manager: Dir, offices();
    director: Dsede, offices();
    regional_director: Dreg, offices();
    metropolitan_director: Dcm, offices();
}

#[tokio::test]
async fn every_order_is_the_same_on_pages_of_any_size_and_backwards() {
    let stock = Stock::new().await;
    let world = &stock.world;
    let caller = consultant(&[OFFICINE, OFFICINE_TWO, TESSITURA, CANTIERI]);
    for &field in SortField::ALL {
        let ascending = Order {
            field,
            descending: false,
        };
        let descending = Order {
            field,
            descending: true,
        };
        let up = all_pages(world, &caller, Criteria::default(), ascending, 0).await;
        let places: Vec<_> = up.iter().map(|it| it.place.clone()).collect();
        assert_eq!(places.len(), 6, "{field:?}");
        for size in 1..4 {
            let paged = all_pages(world, &caller, Criteria::default(), ascending, size).await;
            assert_eq!(
                paged.iter().map(|it| it.place.clone()).collect::<Vec<_>>(),
                places,
                "{field:?}"
            );
        }
        let mut down: Vec<_> = all_pages(world, &caller, Criteria::default(), descending, 2)
            .await
            .iter()
            .map(|it| it.place.clone())
            .collect();
        down.reverse();
        assert_eq!(down, places, "{field:?}");
    }
    let by_hours = Order {
        field: SortField::Hours,
        descending: true,
    };
    let hours: Vec<_> = all_pages(world, &caller, Criteria::default(), by_hours, 2)
        .await
        .iter()
        .map(|it| it.hours_requested_hundredths)
        .collect();
    assert!(hours.is_sorted_by(|a, b| a >= b));
    let by_protocol = Order {
        field: SortField::Protocol,
        descending: false,
    };
    let offices: Vec<_> = all_pages(world, &caller, Criteria::default(), by_protocol, 0)
        .await
        .iter()
        .map(|it| it.office.clone())
        .collect();
    assert_eq!(
        offices.first().unwrap(),
        &None,
        "a draft has the lowest protocol number"
    );
    assert_eq!(offices.last().unwrap().as_deref(), Some(ROMA));
}

#[tokio::test]
async fn claims_are_found_by_what_is_known_of_them() {
    let stock = Stock::new().await;
    let (world, claims) = (&stock.world, &stock.claims);
    let ids = |places: &[usize]| {
        places
            .iter()
            .map(|&place| claims[place].id)
            .collect::<Vec<_>>()
    };
    let regional = person(71, Role::Dreg, offices()[2].clone(), "");
    let filing = claims[3].filing.clone().unwrap();
    let cases: [(Criteria, &[usize]); 7] = [
        (
            Criteria {
                states: vec![State::UnderReview],
                ..Criteria::default()
            },
            &[1],
        ),
        (
            Criteria {
                offices: vec![ROMA.into()],
                ..Criteria::default()
            },
            &[2],
        ),
        (
            Criteria {
                matricola: Some(OFFICINE.into()),
                ..Criteria::default()
            },
            &[3, 0],
        ),
        (
            Criteria {
                matricola: Some(OFFICINE.into()),
                unit: Some(4),
                ..Criteria::default()
            },
            &[3],
        ),
        (
            Criteria {
                employer_cf: Some("01234567897".into()),
                ..Criteria::default()
            },
            &[1],
        ),
        (
            Criteria {
                protocol: Some(filing.protocol.to_string()),
                ..Criteria::default()
            },
            &[3],
        ),
        (
            Criteria {
                ticket: Some(filing.ticket.to_string()),
                ..Criteria::default()
            },
            &[3],
        ),
    ];
    for (criteria, places) in cases {
        assert_eq!(
            found(world, &regional, criteria.clone()).await,
            ids(places),
            "{criteria:?}"
        );
    }
}

#[tokio::test]
async fn claims_are_found_by_who_has_them_and_by_their_days() {
    let stock = Stock::new().await;
    let (world, claims) = (&stock.world, &stock.claims);
    let ids = |places: &[usize]| {
        places
            .iter()
            .map(|&place| claims[place].id)
            .collect::<Vec<_>>()
    };
    let regional = person(71, Role::Dreg, offices()[2].clone(), "");
    let day = Some(samples::day("2026-09-10"));
    let cases: [(Criteria, &[usize]); 7] = [
        (
            Criteria {
                payment_modes: vec![PaymentMode::Direct],
                ..Criteria::default()
            },
            &[],
        ),
        (
            Criteria {
                payment_modes: vec![PaymentMode::Direct, PaymentMode::Conguaglio],
                ..Criteria::default()
            },
            &[4, 3, 2, 1, 0],
        ),
        (
            Criteria {
                handling: Handling::By(operator().person),
                ..Criteria::default()
            },
            &[1],
        ),
        (
            Criteria {
                handling: Handling::Nobody,
                ..Criteria::default()
            },
            &[4, 3, 2, 0],
        ),
        (
            Criteria {
                period_from: Some(samples::day("2026-11-02")),
                ..Criteria::default()
            },
            &[],
        ),
        (
            Criteria {
                period_from: Some(samples::day("2026-11-01")),
                period_to: day,
                ..Criteria::default()
            },
            &[4, 3, 2, 1, 0],
        ),
        (
            Criteria {
                filed_late: Some(true),
                ..Criteria::default()
            },
            &[],
        ),
    ];
    for (criteria, places) in cases {
        assert_eq!(
            found(world, &regional, criteria.clone()).await,
            ids(places),
            "{criteria:?}"
        );
    }
    let after_the_third = Criteria {
        submitted_from: claims[3].filing.as_ref().map(|it| it.submitted_at),
        ..Criteria::default()
    };
    assert_eq!(found(world, &regional, after_the_third).await, ids(&[4, 3]));
}

#[tokio::test]
async fn words_are_found_anywhere_without_case_or_accents_and_never_outside_the_scope() {
    let world = World::new().await;
    let mut content = content_of(OFFICINE, 1);
    content.contact_email = "Società.Niccolò@example.it".into();
    content.contact_pec = "100%_vero@pec.example.it".into();
    let claim = world.submitted(&content).await;
    let protocol = claim.filing.as_ref().unwrap().protocol.to_string();
    for text in [
        "riunite OFFIC",
        "stabilimento di sesto",
        "SOCIETA.niccolo",
        "100%_vero",
        &protocol[5..],
    ] {
        let criteria = Criteria {
            words: Words::of(text).unwrap(),
            ..Criteria::default()
        };
        assert_eq!(
            found(&world, &operator(), criteria.clone()).await,
            [claim.id],
            "{text}"
        );
        let elsewhere = staff(40, Role::Sede, ROMA);
        assert_eq!(
            found(&world, &elsewhere, criteria).await,
            [] as [Uuid; 0],
            "{text}"
        );
    }
    for text in ["officine tessitura", "100%vero", "100__vero"] {
        let criteria = Criteria {
            words: Words::of(text).unwrap(),
            ..Criteria::default()
        };
        assert_eq!(
            found(&world, &operator(), criteria).await,
            [] as [Uuid; 0],
            "{text}"
        );
    }
}

#[tokio::test]
async fn a_token_serves_only_the_filter_and_the_order_that_gave_it() {
    let stock = Stock::new().await;
    let app = &stock.world.app;
    let caller = consultant(&[OFFICINE, TESSITURA]);
    let first = SearchCommand {
        page_size: 1,
        ..command(Criteria::default(), Order::NEWEST)
    };
    let token = app.search(&caller, &first).await.unwrap().next_page_token;
    let other = Criteria {
        unit: Some(1),
        ..Criteria::default()
    };
    let by_hours = Order {
        field: SortField::Hours,
        descending: true,
    };
    for (criteria, order, field) in [
        (other, Order::NEWEST, "`filter`"),
        (Criteria::default(), by_hours, "`order`"),
        (Criteria::default(), Order::OLDEST, "`order`"),
    ] {
        let next = SearchCommand {
            page_token: token.clone(),
            ..command(criteria, order)
        };
        let failure = app.search(&caller, &next).await.unwrap_err();
        assert_eq!(failure.violations()[0].field, "page_token");
        assert!(failure.violations()[0].description.contains(field));
    }
}

#[tokio::test]
async fn a_filter_outside_the_scope_is_refused_to_pages_and_exports_alike() {
    let stock = Stock::new().await;
    let app = &stock.world.app;
    let office = Criteria {
        offices: vec![ROMA.into()],
        ..Criteria::default()
    };
    let firm = Criteria {
        matricola: Some(CANTIERI.into()),
        ..Criteria::default()
    };
    let handler = Criteria {
        handling: Handling::Nobody,
        ..Criteria::default()
    };
    for (caller, criteria, reason) in [
        (operator(), office, "IDN-E05"),
        (consultant(&[OFFICINE]), firm.clone(), "IDN-E05"),
        (intermediary(OFFICINE), firm, "IDN-E07"),
        (consultant(&[OFFICINE]), handler, "FIELD_INVALID"),
    ] {
        let page = app
            .search(&caller, &command(criteria.clone(), Order::NEWEST))
            .await;
        assert_eq!(refused(page), reason);
        let export = app
            .export(
                &caller,
                export_of(criteria, Order::NEWEST, TableFormat::Xlsx),
            )
            .await;
        assert_eq!(refused(export.map(|it| it.id)), reason);
    }
}

#[tokio::test]
async fn an_export_is_recorded_with_who_what_and_how_many() {
    let stock = Stock::new().await;
    let world = &stock.world;
    let asked = serde_json::json!({"matricola": OFFICINE});
    let criteria = Criteria {
        matricola: Some(OFFICINE.into()),
        ..Criteria::default()
    };
    let command = ExportCommand {
        asked: asked.clone(),
        ..export_of(criteria, Order::OLDEST, TableFormat::Xlsx)
    };
    let (xlsx, ..) = exported(world, &operator(), command).await;
    assert!(xlsx.starts_with(b"PK"), "an XLSX is a ZIP");
    let pool = world.database.database.pool();
    let record = sqlx::query!(
        "select person_id, role, format, filter, rows_total, rows_done from claim_export"
    )
    .fetch_one(pool)
    .await
    .unwrap();
    assert_eq!(
        (record.person_id, record.role.as_str()),
        (operator().person, "SEDE")
    );
    assert_eq!((record.format.as_str(), record.filter), ("XLSX", asked));
    assert_eq!((record.rows_total, record.rows_done), (2, Some(2)));
    let audited = sqlx::query!("select action, result_count from audit_record where resource_type = 'claim_export' order by tx")
        .fetch_all(pool)
        .await
        .unwrap();
    let audited: Vec<_> = audited
        .iter()
        .map(|it| (it.action.as_str(), it.result_count))
        .collect();
    assert_eq!(audited, [("claims.export", 2), ("claims.export_end", 2)]);
}

#[tokio::test]
async fn whoever_finds_no_turn_to_export_is_told_when_to_come_back() {
    let world = World::new().await;
    let turn = world.app.exports.clone().acquire_owned().await.unwrap();
    let command = export_of(Criteria::default(), Order::NEWEST, TableFormat::CsvComma);
    let busy = world.app.export(&operator(), command.clone()).await;
    assert_eq!(refused(busy.map(|it| it.id)), "IDN-E18");
    drop(turn);
    let (csv, total, done) = exported(&world, &operator(), command).await;
    assert_eq!((protocols(&csv).len(), total, done), (0, 0, 0));
}

#[tokio::test]
async fn a_claim_is_in_its_state_since_the_step_that_brought_it_there() {
    let world = World::new().await;
    let claim = world.under_review(&content_of(OFFICINE, 1)).await;
    let since = claim.state_since;
    world.later(TimeDelta::days(2));
    let (claim, proposal) = world.propose(&claim, acceptance(&claim)).await;
    assert_eq!(claim.state_since, since, "a proposal does not move it");
    let adopted = world
        .app
        .adopt(&director(), claim.id, proposal)
        .await
        .unwrap();
    assert_eq!(adopted.state_since, since + TimeDelta::days(2));
    let read = world.app.claim(&operator(), claim.id).await.unwrap();
    assert_eq!(read.state_since, adopted.state_since);
}

proptest! {
    #[test]
    fn words_never_lose_what_was_typed(text in "[a-z%_\\\\ ]{0,40}") {
        if let Ok(words) = Words::of(&text) {
            let mut typed: Vec<_> = text.split_whitespace().map(str::len).collect();
            typed.sort_unstable();
            let mut kept: Vec<_> = words
                .patterns()
                .iter()
                .map(|it| it[1..it.len() - 1].replace("\\\\", "\\").replace("\\%", "%").replace("\\_", "_").len())
                .collect();
            kept.sort_unstable();
            prop_assert_eq!(kept, typed);
        }
    }
}
