//! The territory is applied below every query: whoever asks, and however, the same claims answer. Over random claims and
//! every role that may look, with every filter.

use std::collections::{BTreeMap, BTreeSet};

use chassis::access::Role;
use chassis::identity::{Caller, Scope};
use chassis::lifecycle::Stop;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use proto::omnia::claims::v1::{Causale, Product};
use proto::omnia::dasmo::v1::{
    DigestKind, DigestSubject, Dimension, ExportFiguresRequest, ExportFlowFiguresRequest,
    ExportFormat, GetBreakdownRequest, GetFlowBreakdownRequest, GetFlowTrendRequest,
    ListCasesRequest, ListStockFlowsRequest, SubscribeDigestRequest, VolumesFilter,
};

use super::flow::Flow;
use super::post::plain;
use super::rows;
use super::world::{Claim, OFFICES, World, day, offices, person};

/// Who may look, and at which offices of the stories.
fn everyone() -> [(Caller, &'static [&'static str]); 6] {
    const ALL: &[&str] = &["490000", "490001", "490100", "700000", "040000"];
    [
        (
            person(Role::Po, offices(&["490000"]), "490000"),
            &["490000"],
        ),
        (
            person(Role::Dir, offices(&["490100"]), "490100"),
            &["490100"],
        ),
        (
            person(Role::Dsede, offices(&["490000", "490001"]), "490000"),
            &["490000", "490001"],
        ),
        (
            person(Role::Dcm, offices(&["490000", "490001"]), "MILANO"),
            &["490000", "490001"],
        ),
        (
            person(Role::Dreg, offices(&["490000", "490001", "490100"]), "03"),
            &["490000", "490001", "490100"],
        ),
        (person(Role::Dir, Scope::National, ""), ALL),
    ]
}

/// Every filter of a territory, and none.
fn filters() -> Vec<VolumesFilter> {
    let office = |code: &str| VolumesFilter {
        office: code.to_owned(),
        ..VolumesFilter::default()
    };
    let region = |code: &str| VolumesFilter {
        region_istat: code.to_owned(),
        ..VolumesFilter::default()
    };
    let mut filters = vec![VolumesFilter::default()];
    filters.extend(OFFICES.map(|(code, _)| office(code)));
    filters.extend(["02", "03", "12"].map(region));
    filters
}

/// The offices that a person sees with a filter; `None` when the filter lies outside.
fn visible(own: &[&str], filter: &VolumesFilter) -> Option<Vec<&'static str>> {
    let asked: Vec<&'static str> = OFFICES
        .iter()
        .filter(|(office, region)| {
            (filter.office.is_empty() || filter.office == *office)
                && (filter.region_istat.is_empty() || filter.region_istat == *region)
        })
        .map(|(office, _)| *office)
        .collect();
    if *filter == VolumesFilter::default() {
        return Some(
            asked
                .into_iter()
                .filter(|office| own.contains(office))
                .collect(),
        );
    }
    asked
        .iter()
        .all(|office| own.contains(office))
        .then_some(asked)
}

/// Where each of these claims lies.
async fn told(world: &World, claims: &[(usize, bool, u8)]) -> Vec<&'static str> {
    let mut where_they_lie = Vec::new();
    for (number, (office, covid, ago)) in (1..).zip(claims) {
        let office = OFFICES[*office].0;
        let mut claim = Claim::number(number);
        if *covid {
            claim = claim.because(Causale::Covid19Dl41).of(Product::Cigd);
        }
        let when = format!("2026-11-{:02} 10:00", 23 - ago);
        world.feed.tell([claim.submitted(office, &when)]);
        let mut flow = Flow::number(number, &[number]);
        if *covid {
            flow = flow.because(Causale::Covid19Dl41).of(Product::Cigd);
        }
        world.feed.tell([flow.received(office, &when)]);
        where_they_lie.push(office);
    }
    world.night().await.unwrap();
    where_they_lie
}

#[tokio::test]
async fn page_breakdown_trend_list_export_and_digest_show_the_same_rows_to_every_role() {
    let mut runner = TestRunner::deterministic();
    let stories =
        proptest::collection::vec((0..OFFICES.len(), proptest::bool::ANY, 0..10_u8), 1..40);
    for _ in 0..2 {
        let claims = stories.new_tree(&mut runner).unwrap().current();
        let world = World::at("2026-11-24 09:00").await;
        let lie = told(&world, &claims).await;
        for (caller, own) in everyone() {
            for filter in filters() {
                let expected = visible(own, &filter).map(|seen| {
                    let inside = lie.iter().filter(|office| seen.contains(office));
                    i64::try_from(inside.count()).unwrap()
                });
                let shown = answers(&world, &caller, &filter).await;
                assert_eq!(shown, [expected; 7], "{} {filter:?}", caller.role);
                let shown = answers_of_flows(&world, &caller, &filter).await;
                assert_eq!(shown, [expected; 4], "flows: {} {filter:?}", caller.role);
            }
            for subject in [DigestSubject::Claims, DigestSubject::Flows] {
                digests_are_the_pages_rows(&world, &caller, own, &lie, subject).await;
            }
            for (number, office) in (1..).zip(&lie) {
                let flow = world
                    .stock_flow(&caller, Flow::number(number, &[]).id())
                    .await;
                assert_eq!(flow.is_ok(), own.contains(office), "{}", caller.role);
                let case = world.case(&caller, Claim::number(number).id()).await;
                assert_eq!(case.is_ok(), own.contains(office), "{}", caller.role);
            }
        }
    }
}

#[tokio::test]
async fn alerts_tell_of_the_same_offices_to_every_role() {
    let mut runner = TestRunner::deterministic();
    let stories =
        proptest::collection::vec((0..OFFICES.len(), proptest::bool::ANY, 0..10_u8), 1..40);
    let claims = stories.new_tree(&mut runner).unwrap().current();
    let world = World::at("2026-11-24 09:00").await;
    let lie = told(&world, &claims).await;
    let mut expected = BTreeMap::new();
    let asked = everyone().into_iter().flat_map(|(caller, own)| {
        filters()
            .into_iter()
            .map(move |filter| (caller.clone(), own, filter))
    });
    for (number, (caller, own, filter)) in (0..).zip(asked) {
        let caller = Caller {
            person: uuid::Uuid::from_u128(0xa1 + number),
            ..caller
        };
        world.people.hold(&caller);
        for subject in [DigestSubject::Claims, DigestSubject::Flows] {
            let address = format!("{number}.{}@inps.it", subject.as_str_name().to_lowercase());
            let request = SubscribeDigestRequest {
                subject: subject.into(),
                kind: DigestKind::Alert.into(),
                address: address.clone(),
                filter: Some(filter.clone()),
                page: "/cruscotto".to_owned(),
                ..SubscribeDigestRequest::default()
            };
            let subscribed = world.subscribe(&caller, request).await;
            let seen = visible(own, &filter);
            assert_eq!(subscribed.is_ok(), seen.is_some(), "{filter:?}");
            let worse: BTreeSet<&str> = lie
                .iter()
                .copied()
                .filter(|office| seen.as_ref().is_some_and(|seen| seen.contains(office)))
                .collect();
            if !worse.is_empty() {
                expected.insert(address, worse);
            }
        }
    }
    // Whatever is a day old is chronic from now on.
    for product in ["CIGO", "CIGD"] {
        rows::set_chronic_threshold(&world.database.database, product, 0).await;
    }
    world.it_is("2026-11-25 07:00");
    world.night().await.unwrap();
    world.digests.send_due(&Stop::new()).await.unwrap();
    let letters = world.mailbox.emptied();
    let told: BTreeMap<String, BTreeSet<&str>> = letters
        .iter()
        .map(|letter| {
            let text = plain(&letter.message);
            let offices = OFFICES.iter().map(|(office, _)| *office);
            let named = offices.filter(|office| text.contains(&format!("Sede: {office}\n")));
            (letter.to.clone(), named.collect())
        })
        .collect();
    assert_eq!(told, expected);
}

/// The claims in stock as each way of asking tells them; `None` for a refusal.
async fn answers(world: &World, caller: &Caller, filter: &VolumesFilter) -> [Option<i64>; 7] {
    let filter = || Some(filter.clone());
    let stock = |volumes: Option<proto::omnia::dasmo::v1::Volumes>| volumes.unwrap().stock;
    let ask = super::world::Ask::with(filter().unwrap());
    let page = world.volumes(caller, ask).await;
    let by_sector = GetBreakdownRequest {
        filter: filter(),
        by: Dimension::Sector.into(),
        ..GetBreakdownRequest::default()
    };
    let breakdown = world.breakdown(caller, by_sector.clone()).await;
    let figures = ExportFiguresRequest {
        breakdown: Some(by_sector),
        format: ExportFormat::Csv.into(),
        ..ExportFiguresRequest::default()
    };
    let figures = world.export(caller, figures).await;
    let forecast = world.forecast(caller, filter().unwrap()).await;
    let last = (day("2026-11-23"), day("2026-11-23"));
    let trend = world.trend(caller, last, filter().unwrap()).await;
    let cases = ListCasesRequest {
        filter: filter(),
        page_size: 200,
        ..ListCasesRequest::default()
    };
    let listed = world.cases(caller, cases.clone()).await;
    let export = ExportFiguresRequest {
        cases: Some(cases),
        format: ExportFormat::Csv.into(),
        ..ExportFiguresRequest::default()
    };
    let export = world.export(caller, export).await;
    [
        page.ok().map(|page| stock(page.total)),
        breakdown.ok().map(|cut| {
            let parts = cut.parts.into_iter().map(|part| stock(part.volumes));
            let total = stock(cut.total.unwrap().volumes);
            assert_eq!(parts.sum::<i64>(), total);
            total
        }),
        trend.ok().map(|mut days| stock(days.remove(0).total)),
        listed
            .ok()
            .map(|list| i64::try_from(list.cases.len()).unwrap()),
        export.ok().map(|(header, bytes)| {
            let text = String::from_utf8(bytes).unwrap();
            let rows = text.lines().filter(|line| line.starts_with("INPS."));
            assert_eq!(i64::try_from(rows.count()).unwrap(), header.rows_total);
            header.rows_total
        }),
        forecast.ok().map(|forecast| forecast.stock),
        figures.ok().map(|(_, bytes)| stock_of_the_total(&bytes)),
    ]
}

/// The stock in the row of the total of an exported table.
fn stock_of_the_total(table: &[u8]) -> i64 {
    let text = String::from_utf8(table.to_vec()).unwrap();
    let cells = |line: &str| line.split(';').map(str::to_owned).collect::<Vec<_>>();
    let mut lines = text.lines().map(cells);
    let stock = |head: &String| head == "Giacenza";
    let heads = lines.find(|heads| heads.iter().any(stock)).unwrap();
    let total = lines.next_back().unwrap();
    assert_eq!(total[0], "Totale");
    let at = heads.iter().position(stock).unwrap();
    total[at].parse().unwrap()
}

/// The lines in stock as each way of asking tells them; `None` for a refusal. Each is of another worker.
async fn answers_of_flows(
    world: &World,
    caller: &Caller,
    filter: &VolumesFilter,
) -> [Option<i64>; 4] {
    let filter = || Some(filter.clone());
    let stock = |volumes: Option<proto::omnia::dasmo::v1::LineVolumes>| volumes.unwrap().stock;
    let by_sector = GetFlowBreakdownRequest {
        filter: filter(),
        by: Dimension::Sector.into(),
        ..GetFlowBreakdownRequest::default()
    };
    let breakdown = world.flow_breakdown(caller, by_sector).await;
    let last = Some(chassis::wire::date(day("2026-11-23")));
    let trend = GetFlowTrendRequest {
        from: last,
        to: last,
        filter: filter(),
        ..GetFlowTrendRequest::default()
    };
    let trend = world.flow_trend(caller, trend).await;
    let flows = ListStockFlowsRequest {
        filter: filter(),
        page_size: 200,
        ..ListStockFlowsRequest::default()
    };
    let listed = world.stock_flows(caller, flows.clone()).await;
    let export = ExportFlowFiguresRequest {
        flows: Some(flows),
        format: ExportFormat::Csv.into(),
        ..ExportFlowFiguresRequest::default()
    };
    let export = world.export_flows(caller, export).await;
    [
        breakdown.ok().map(|cut| {
            let parts = cut.parts.into_iter().map(|part| stock(part.volumes));
            let total = cut.total.unwrap();
            let persons = total.persons.unwrap().stock.unwrap();
            let lines = stock(total.volumes);
            assert_eq!(parts.sum::<i64>(), lines);
            assert_eq!(persons.below_three, lines < 3);
            assert!(persons.below_three || persons.count == lines);
            lines
        }),
        trend.ok().map(|mut days| stock(days.remove(0).total)),
        listed
            .ok()
            .map(|list| list.flows.iter().map(|flow| i64::from(flow.stock)).sum()),
        export.ok().map(|(header, bytes)| {
            let text = String::from_utf8(bytes).unwrap();
            let rows = text.lines().filter(|line| line.starts_with("INPS."));
            assert_eq!(i64::try_from(rows.count()).unwrap(), header.rows_total);
            header.rows_total
        }),
    ]
}

/// A digest for each filter, each of another person in the same role: those outside are refused, the others tell the stock
/// that the page tells.
async fn digests_are_the_pages_rows(
    world: &World,
    caller: &Caller,
    own: &[&str],
    lie: &[&str],
    subject: DigestSubject,
) {
    let mut expected = BTreeMap::new();
    for (number, filter) in (0..).zip(filters()) {
        let caller = Caller {
            person: uuid::Uuid::from_u128(0xd1 + number),
            ..caller.clone()
        };
        world.people.hold(&caller);
        let address = format!("{number}@inps.it");
        let request = SubscribeDigestRequest {
            subject: subject.into(),
            address: address.clone(),
            filter: Some(filter.clone()),
            page: "/cruscotto".to_owned(),
            ..SubscribeDigestRequest::default()
        };
        let seen = visible(own, &filter);
        let subscribed = world.subscribe(&caller, request).await;
        assert_eq!(
            subscribed.is_ok(),
            seen.is_some(),
            "{} {filter:?}",
            caller.role
        );
        if let Some(seen) = seen {
            let stock = lie.iter().filter(|office| seen.contains(office)).count();
            expected.insert(address, stock.to_string());
        }
    }
    world.it_is("2026-11-30 07:00");
    world.night().await.unwrap();
    world.digests.send_due(&Stop::new()).await.unwrap();
    let told: BTreeMap<String, String> = world
        .mailbox
        .emptied()
        .into_iter()
        .map(|letter| (letter.to.clone(), total_stock(&plain(&letter.message))))
        .collect();
    assert_eq!(told, expected, "{}", caller.role);
    for number in 0..filters().len() {
        let person = uuid::Uuid::from_u128(0xd1 + number as u128);
        let caller = Caller {
            person,
            ..caller.clone()
        };
        world.unsubscribe(&caller, subject).await.unwrap();
    }
    world.it_is("2026-11-24 09:00");
}

/// The stock in the last row of a digest, which is the total.
fn total_stock(text: &str) -> String {
    let total = text.rsplit("Sede: ").next().unwrap();
    let line = total
        .lines()
        .find_map(|line| line.trim().strip_prefix("Giacenza: "));
    line.unwrap().to_owned()
}
