//! The entrance as browsers meet it, and pages before a platform that answers what it is told to.

use std::collections::HashMap;
use std::sync::Mutex;

use axum::body::{Body, Bytes, to_bytes};
use axum::response::Response;
use chassis::clock::ManualClock;
use chrono::{DateTime, TimeDelta};
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, COOKIE, LOCATION};
use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use prost::Message;
use proto::omnia::dasmo::v1 as dasmo;
use secrecy::SecretString;
use tonic::{Code, Status};
use tower::ServiceExt;

use super::*;
use crate::session::{Profile, Session};

const SECRET: &str = "the secret of the session";
const DRAFT: &str = "/domande/0199a000-0000-7000-8000-000000000001/compila/relazione";

struct World {
    app: Arc<App>,
    clock: Arc<ManualClock>,
}

impl World {
    /// Needs a runtime: channels are made in it. Nobody listens at the address of its platform.
    fn new() -> Self {
        Self::at("http://127.0.0.1:9")
    }

    fn at(gateway: &str) -> Self {
        let start = DateTime::from_timestamp(1_788_336_000, 0).unwrap();
        let clock = Arc::new(ManualClock::at(start));
        let config = PortalConfig {
            gateway_url: gateway.parse().unwrap(),
            session_keys: Some(SecretString::from("k".repeat(64))),
            ..PortalConfig::default()
        };
        let deps = Deps {
            clock: clock.clone(),
            ids: Ids::seeded(1),
            client: ClientConfig::default(),
            drain: Duration::from_secs(1),
        };
        let app = Arc::new(App::new(config, &deps).unwrap());
        Self { app, clock }
    }

    fn cookie(&self) -> String {
        self.cookie_of("AZ-TIT")
    }

    fn cookie_of(&self, role: &str) -> String {
        self.cookie_at(role, "")
    }

    fn cookie_at(&self, role: &str, organisation: &str) -> String {
        let now = self.app.clock.now().timestamp();
        let session = Session {
            subject: "anna".to_owned(),
            name: "Anna Prova".to_owned(),
            fiscal_code: "XXXCNS80A01Z990H".to_owned(),
            access_token: "token".to_owned(),
            id_token: String::new(),
            csrf: SECRET.to_owned(),
            profile: Some(Profile {
                role: role.to_owned(),
                organisation: organisation.to_owned(),
                name: "Officine di prova".to_owned(),
                ..Profile::default()
            }),
            seen: now,
            until: now + 3_600,
        };
        let lines = self.app.seal.keep(web::SESSION, &session, 3_600).unwrap();
        lines[0].split(';').next().unwrap().to_owned()
    }

    async fn get(&self, path: &str, cookie: &str) -> Response {
        let request = Request::get(path)
            .header(COOKIE, cookie)
            .body(Body::empty());
        self.send(request.unwrap()).await
    }

    async fn post(&self, path: &str, cookie: &str, form: &str) -> Response {
        let request = Request::post(path)
            .header(COOKIE, cookie)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(form.to_owned()));
        self.send(request.unwrap()).await
    }

    async fn send(&self, request: Request<Body>) -> Response {
        routes(Arc::clone(&self.app))
            .oneshot(request)
            .await
            .unwrap()
    }
}

/// A platform that answers methods as it is told to, refuses all others to the role, and remembers what it was asked.
#[derive(Clone, Default)]
struct Platform {
    answers: HashMap<&'static str, Result<Vec<u8>, Code>>,
    asked: Arc<Mutex<Vec<(String, Bytes)>>>,
}

impl Platform {
    fn answering(mut self, method: &'static str, message: &impl Message) -> Self {
        self.answers.insert(method, Ok(message.encode_to_vec()));
        self
    }

    fn refusing(mut self, method: &'static str, code: Code) -> Self {
        self.answers.insert(method, Err(code));
        self
    }

    /// One whose last published day has no claims and no flows.
    fn of_a_dashboard() -> Self {
        let freshness = dasmo::GetFreshnessResponse {
            as_of: Some(text::format::to_message("2026-09-01".parse().unwrap())),
            ..dasmo::GetFreshnessResponse::default()
        };
        Self::default()
            .answering("GetFreshness", &freshness)
            .answering("ListOffices", &())
            .answering("GetBreakdown", &())
            .answering("GetTrend", &())
            .answering("GetForecast", &())
            .answering("GetFlowBreakdown", &())
            .answering("GetFlowTrend", &())
            .answering("GetFlowForecast", &())
    }

    /// The portal before it.
    async fn world(&self) -> World {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let platform = self.clone();
        let methods = Router::new().fallback(async move |request: Request<Body>| {
            let (head, body) = request.into_parts();
            let message = to_bytes(body, 1 << 20).await.unwrap();
            let method = head.uri.path().rsplit('/').next().unwrap_or_default();
            platform.answer(method, &message)
        });
        tokio::spawn(axum::serve(listener, methods).into_future());
        World::at(&format!("http://{address}"))
    }

    fn answer(&self, method: &str, framed: &Bytes) -> Response {
        let mut asked = self.asked.lock().unwrap();
        asked.push((method.to_owned(), framed.slice(5..)));
        let answer = self.answers.get(method);
        let message = match answer.unwrap_or(&Err(Code::PermissionDenied)) {
            Ok(message) => message,
            Err(code) => return Status::new(*code, "").into_http(),
        };
        let length = u32::try_from(message.len()).unwrap().to_be_bytes();
        let framed = [&[0], length.as_slice(), message].concat();
        let status = HeaderMap::from_iter([("grpc-status".parse().unwrap(), "0".parse().unwrap())]);
        let body = Full::from(framed).with_trailers(std::future::ready(Some(Ok(status))));
        let mut response = Response::new(Body::new(body));
        let grpc = HeaderValue::from_static("application/grpc");
        response.headers_mut().insert(CONTENT_TYPE, grpc);
        response
    }

    fn asked(&self) -> Vec<String> {
        let asked = std::mem::take(&mut *self.asked.lock().unwrap());
        asked.into_iter().map(|(method, _)| method).collect()
    }

    /// What a method was asked last.
    fn told<M: Message + Default>(&self, method: &str) -> M {
        let asked = self.asked.lock().unwrap();
        let last = asked.iter().rfind(|(one, _)| one == method);
        M::decode(last.unwrap().1.clone()).unwrap()
    }
}

async fn text(response: Response) -> String {
    let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
    String::from_utf8(body.to_vec()).unwrap()
}

#[tokio::test]
async fn who_is_not_logged_in_is_shown_the_login_and_comes_back_afterwards() {
    let world = World::new();
    let response = world.get("/domande?stato=CLAIM_STATE_DRAFT", "").await;
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    assert_eq!(
        response.headers()[LOCATION],
        "/accesso?next=%2Fdomande%3Fstato%3DCLAIM_STATE_DRAFT"
    );
    let login = world.get("/accesso?next=%2Fdomande", "").await;
    assert_eq!(login.status(), StatusCode::OK);
    assert!(text(login).await.contains("/accesso/avvia?next=%2Fdomande"));
}

#[tokio::test]
async fn every_page_is_protected_and_not_stored() {
    let world = World::new();
    for path in [
        "/accesso",
        "/accessibilita",
        "/verifica",
        "/non-esiste",
        "/",
    ] {
        let response = world.get(path, "").await;
        let headers = response.headers();
        assert_eq!(headers[CACHE_CONTROL], "no-store", "{path}");
        assert_eq!(headers[CONTENT_SECURITY_POLICY], world.app.policy, "{path}");
        let page = text(response).await;
        assert!(
            !page.contains("<style") && !page.contains(" style="),
            "{path}"
        );
        assert!(
            !page.contains("onclick") && !page.contains("<script>"),
            "{path}"
        );
    }
    let asset = world.get(assets::STYLE, "").await;
    assert!(
        asset.headers()[CACHE_CONTROL]
            .to_str()
            .unwrap()
            .contains("immutable")
    );
}

#[tokio::test]
async fn a_form_without_the_secret_of_the_session_is_refused() {
    let world = World::new();
    let cookie = world.cookie();
    for form in [
        "activity=x",
        "_csrf=&activity=x",
        "_csrf=guessed&activity=x",
    ] {
        let response = world.post(DRAFT, &cookie, form).await;
        assert_eq!(response.status(), StatusCode::FORBIDDEN, "{form}");
    }
    let form = format!("_csrf={}&activity=x", SECRET.replace(' ', "+"));
    let let_in = world.post(DRAFT, &cookie, &form).await;
    assert_eq!(let_in.status(), StatusCode::BAD_GATEWAY);
}

#[tokio::test]
async fn a_platform_that_cannot_be_reached_is_told_in_words_with_a_status_of_its_own() {
    let world = World::new();
    let response = world.get("/domande", &world.cookie()).await;
    assert_eq!(response.status(), StatusCode::BAD_GATEWAY);
    let page = text(response).await;
    assert!(page.contains("momentaneamente non disponibile"));
    assert!(!page.contains("UNAVAILABLE") && !page.contains("127.0.0.1:9"));
}

#[tokio::test]
async fn a_form_that_comes_too_late_is_kept_for_the_person_and_offered_again() {
    let world = World::new();
    let cookie = world.cookie();
    world.clock.advance(TimeDelta::seconds(901));
    let late = world
        .post(
            DRAFT,
            &cookie,
            "_csrf=old&activity=Un+testo+lungo+scritto+con+pazienza",
        )
        .await;
    assert_eq!(late.status(), StatusCode::UNAUTHORIZED);
    let page = text(late).await;
    let (_, rest) = page.split_once("name=\"conservato\" value=\"").unwrap();
    let sealed = rest.split('"').next().unwrap();
    assert!(!page.contains("pazienza"));

    let form = url::form_urlencoded::Serializer::new(String::new())
        .append_pair(
            "conservato",
            &sealed.replace("&#43;", "+").replace("&#61;", "="),
        )
        .finish();
    let again = world
        .post(pages::session::RESUME, &world.cookie(), &form)
        .await;
    assert_eq!(again.status(), StatusCode::OK);
    let page = text(again).await;
    assert!(page.contains("Un testo lungo scritto con pazienza"));
    assert!(page.contains(&format!("action=\"{DRAFT}\"")) && page.contains(SECRET));
}

#[tokio::test]
async fn a_part_of_a_page_that_comes_too_late_says_so_and_changes_nothing() {
    let world = World::new();
    let request = Request::post(format!("{DRAFT}/autosalva"))
        .header("hx-request", "true")
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from("activity=x"));
    let response = world.send(request.unwrap()).await;
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(text(response).await, "");
}

#[tokio::test]
async fn the_language_is_a_click_away_and_leads_nowhere_else() {
    let world = World::new();
    let response = world.get("/lingua/en?torna=//altro.example", "").await;
    assert_eq!(response.headers()[LOCATION], "/");
    let page = text(world.get("/accesso", "omnia_lingua=en").await).await;
    assert!(
        page.contains("<html lang=\"en\">") && page.contains("Log in with your digital identity")
    );
}

const UPLOAD: &str = "/domande/0199a000-0000-7000-8000-000000000001/lavoratori/carica";
const PIECE: &str = "/domande/0199a000-0000-7000-8000-000000000001/caricamenti/0199a000-0000-7000-8000-000000000002/pezzo";

/// A form with a file, as a browser sends it.
fn multipart(fields: &[(&str, &str)], file: &str) -> String {
    let part = |about: &str, value: &str| {
        format!("--b\r\nContent-Disposition: form-data; name={about}\r\n\r\n{value}\r\n")
    };
    let fields = fields
        .iter()
        .map(|(name, value)| part(&format!("\"{name}\""), value));
    let file = part("\"file\"; filename=\"lavoratori.csv\"", file);
    fields.chain([file, "--b--\r\n".to_owned()]).collect()
}

async fn upload(world: &World, cookie: &str, body: String) -> Response {
    let request = Request::post(UPLOAD)
        .header(COOKIE, cookie)
        .header(CONTENT_TYPE, "multipart/form-data; boundary=b")
        .body(Body::from(body));
    world.send(request.unwrap()).await
}

#[tokio::test]
async fn a_file_is_taken_from_a_page_of_the_session_alone() {
    let world = World::new();
    let cookie = world.cookie();
    let id = ("caricamento", "0199a000-0000-7000-8000-000000000002");
    for secret in [None, Some(("_csrf", "guessed"))] {
        let fields: Vec<_> = secret.into_iter().chain([id]).collect();
        let refused = upload(&world, &cookie, multipart(&fields, "a;b")).await;
        assert_eq!(refused.status(), StatusCode::FORBIDDEN, "{secret:?}");
    }
    let fields = [("_csrf", SECRET), id, ("etag", "1")];
    let let_in = upload(&world, &cookie, multipart(&fields, "a;b")).await;
    assert_eq!(let_in.status(), StatusCode::BAD_GATEWAY);
}

#[tokio::test]
async fn a_piece_proves_its_session_by_a_header_and_is_answered_to_a_script() {
    let world = World::new();
    let piece = |secret: &str| {
        Request::post(PIECE)
            .header(COOKIE, world.cookie())
            .header(CONTENT_TYPE, "application/octet-stream")
            .header("x-csrf", secret)
            .header("x-file-fields", "etag=1")
            .header("x-file-name", "lavoratori.csv")
            .header("x-file-size", "3")
            .header("x-file-sha256", "0".repeat(64))
            .header("x-file-offset", "0")
            .body(Body::from("a;b"))
            .unwrap()
    };
    let forged = world.send(piece("guessed")).await;
    assert_eq!(forged.status(), StatusCode::FORBIDDEN);
    let let_in = world.send(piece(SECRET)).await;
    assert_eq!(let_in.status(), StatusCode::BAD_GATEWAY);
    assert!(text(let_in).await.contains("\"again\":true"));
}

#[tokio::test]
async fn a_file_that_comes_too_late_leads_to_the_login_and_back_to_its_step() {
    let world = World::new();
    let cookie = world.cookie();
    world.clock.advance(TimeDelta::seconds(901));
    let late = upload(&world, &cookie, multipart(&[("_csrf", SECRET)], "a;b")).await;
    assert_eq!(late.status(), StatusCode::SEE_OTHER);
    assert!(
        late.headers()[LOCATION]
            .to_str()
            .unwrap()
            .ends_with("carica")
    );
    let back = world.get(UPLOAD, &world.cookie()).await;
    assert!(
        back.headers()[LOCATION]
            .to_str()
            .unwrap()
            .ends_with("/compila/lavoratori")
    );
}

#[tokio::test]
async fn the_check_of_a_code_asks_nobody_to_log_in_and_a_document_does() {
    let world = World::new();
    let form = world.get("/verifica", "").await;
    assert_eq!(form.status(), StatusCode::OK);
    assert!(text(form).await.contains("name=\"codice\""));
    // The platform is away: that is said, and no login is asked for.
    for path in ["/verifica/ABCDE", "/verifica?codice=abcde"] {
        let checked = world.get(path, "").await;
        assert_eq!(checked.status(), StatusCode::BAD_GATEWAY, "{path}");
    }
    let claim = "/documenti/0199a000-0000-7000-8000-000000000001";
    for document in ["provvedimento", "provvedimento/1", "ricevuta"] {
        let download = world.get(&format!("{claim}/{document}"), "").await;
        assert_eq!(download.status(), StatusCode::SEE_OTHER, "{document}");
    }
    let odd = world
        .get(&format!("{claim}/provvedimento/0"), &world.cookie())
        .await;
    assert_eq!(odd.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_addresses_that_a_visit_came_through_are_passed_on_with_the_last_one() {
    let request = Request::get("/verifica")
        .header("x-forwarded-for", "203.0.113.7, 10.0.0.1")
        .header("x-forwarded-for", "10.0.0.2")
        .extension(axum::extract::ConnectInfo(std::net::SocketAddr::from((
            [10, 0, 0, 3],
            4_711,
        ))))
        .body(())
        .unwrap();
    let (parts, ()) = request.into_parts();
    assert_eq!(
        web::forwarded(&parts),
        "203.0.113.7, 10.0.0.1, 10.0.0.2, 10.0.0.3"
    );
}

#[tokio::test]
async fn who_may_not_have_the_dashboard_is_refused_by_the_platform_and_shown_nothing_in_any_case() {
    let addresses = [
        "/cruscotto",
        "/cruscotto?regione=03",
        "/cruscotto/flussi",
        "/cruscotto/pratiche",
        "/cruscotto/pratiche/altro",
        "/cruscotto/flussi/elenco",
        "/cruscotto/flussi/elenco/altro",
        "/cruscotto/aggiornamento",
        "/cruscotto/riepilogo",
        "/cruscotto/esporta?che=dati&formato=csv",
    ];
    let refusing = Platform::default();
    let careless = Platform::default().answering("GetVolumes", &());
    for platform in [refusing, careless] {
        let world = platform.world().await;
        for role in ["SEDE", "AZ-TIT", "LAV", "SRE"] {
            for address in addresses {
                let response = world.get(address, &world.cookie_of(role)).await;
                assert_eq!(response.status(), StatusCode::FORBIDDEN, "{role} {address}");
                assert_eq!(platform.asked(), ["GetVolumes"], "{role} {address}");
            }
        }
    }
}

#[tokio::test]
async fn anomalies_that_are_not_counted_are_not_said_to_be_none() {
    let world = Platform::of_a_dashboard().world().await;
    for (address, told) in [
        ("/cruscotto/flussi", "Nessun trattamento è fermo."),
        (
            "/cruscotto/flussi?anomalia=CF_INVALID",
            "Nessun trattamento è fermo.",
        ),
        (
            "/cruscotto/flussi?settore=1",
            "Con questo filtro le anomalie non sono contate",
        ),
    ] {
        let response = world.get(address, &world.cookie_of("DREG")).await;
        assert_eq!(response.status(), StatusCode::OK, "{address}");
        assert!(text(response).await.contains(told), "{address}");
    }
}

#[tokio::test]
async fn every_table_goes_along_as_a_file_and_what_nothing_is_cut_by_is_told() {
    let breakdown = dasmo::GetBreakdownResponse {
        parts: ["03", "05"]
            .map(|value| dasmo::BreakdownPart {
                value: value.to_owned(),
                ..dasmo::BreakdownPart::default()
            })
            .into(),
        ..dasmo::GetBreakdownResponse::default()
    };
    let platform = Platform::of_a_dashboard().answering("GetBreakdown", &breakdown);
    let world = platform.world().await;
    let cookie = world.cookie_of("DIR");
    let address = "/cruscotto?sezione=COVID&dal=2026-08-01&taglio=settore";
    let page = text(world.get(address, &cookie).await).await;
    for cut in [
        "&#38;taglio=settore&#38;che=dati",
        "&#38;che=dati&#38;taglio=regione",
        "&#38;che=dati&#38;taglio=sede",
    ] {
        let file = "/cruscotto/esporta?sezione=COVID&#38;dal=2026-08-01";
        let file = format!("href=\"{file}{cut}&#38;formato=xlsx\"");
        assert!(page.contains(&file), "{file}");
    }
    let response = world.get("/cruscotto?taglio=altro", &cookie).await;
    assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(text(response).await.contains("scegli una delle voci"));
    let file = "/cruscotto/esporta?che=dati&formato=csv&taglio=altro";
    let response = world.get(file, &cookie).await;
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_printed_page_says_its_day_its_filters_and_who_printed_it() {
    let list = dasmo::ListCasesResponse {
        as_of: Some(text::format::to_message("2026-09-01".parse().unwrap())),
        cases: vec![dasmo::Case::default()],
        ..dasmo::ListCasesResponse::default()
    };
    let platform = Platform::of_a_dashboard().answering("ListCases", &list);
    let world = platform.world().await;
    for (address, filters) in [
        ("/cruscotto?regione=03", "regione: Lombardia."),
        (
            "/cruscotto/pratiche?regione=03&croniche=si",
            "regione: Lombardia; Solo croniche.",
        ),
    ] {
        let page = text(world.get(address, &world.cookie_of("DREG")).await).await;
        let (_, printed) = page.split_once("<p class=\"solo-stampa\">").unwrap();
        let (printed, _) = printed.split_once("</p>").unwrap();
        let told = format!("Filtri applicati: {filters} Stampato da Anna Prova, ");
        assert!(printed.starts_with(&told), "{printed}");
        assert!(printed.ends_with(" – Officine di prova"), "{printed}");
        assert!(page.contains("alla fine del 01/09/2026"), "{address}");
    }
}

const ONE: &str = "0199a000-0000-7000-8000-000000000001";

#[tokio::test]
async fn the_way_down_ends_at_one_case_for_whoever_sees_the_list_and_leads_to_its_desk_who_works_there()
 {
    let case = dasmo::Case {
        claim_id: ONE.to_owned(),
        protocol_number: "INPS.4900.02/09/2025.0000001".to_owned(),
        office: "490000".to_owned(),
        product: "CIGO".to_owned(),
        causale: "MARKET_CRISIS".to_owned(),
        stage: "UNDER_REVIEW".to_owned(),
        age_days: 364,
        chronic: true,
        workers: 12,
        hours_hundredths: 96_050,
        payment_mode: "DIRECT".to_owned(),
        sector: "1".to_owned(),
        size: "16-50".to_owned(),
        ..dasmo::Case::default()
    };
    let list = dasmo::ListCasesResponse {
        cases: vec![case.clone()],
        ..dasmo::ListCasesResponse::default()
    };
    let one = dasmo::GetCaseResponse {
        case: Some(case),
        ..dasmo::GetCaseResponse::default()
    };
    let platform = Platform::of_a_dashboard()
        .answering("ListCases", &list)
        .answering("GetCase", &one);
    let world = platform.world().await;
    let central = world.cookie_of("DIR");
    let filters = "sede=490000&#38;croniche=si&#38;pagina=b";
    let listed = "/cruscotto/pratiche?sede=490000&croniche=si&pagina=b";
    let page = text(world.get(listed, &central).await).await;
    assert!(page.contains(&format!("href=\"/cruscotto/pratiche/{ONE}?{filters}\"")));

    let address = format!("/cruscotto/pratiche/{ONE}?sede=490000&croniche=si&pagina=b");
    let page = text(world.get(&address, &central).await).await;
    for fact in [
        "INPS.4900.02/09/2025.0000001",
        "364 giorni",
        "cronica",
        "in istruttoria",
        "960,50",
        "16-50",
        "industria",
    ] {
        assert!(page.to_lowercase().contains(&fact.to_lowercase()), "{fact}");
    }
    assert!(page.contains(&format!("href=\"/cruscotto/pratiche?{filters}\"")));
    let desk = format!("href=\"/ufficio/{ONE}\"");
    assert!(
        !page.contains(&desk),
        "a manager of the central directorate has no desk"
    );
    let of_milano = world.cookie_at("DIR", "490000");
    let page = text(world.get(&address, &of_milano).await).await;
    assert!(page.contains(&desk));
}

#[tokio::test]
async fn one_flow_is_shown_whole_and_what_is_of_others_is_not_found() {
    let flow = dasmo::StockFlow {
        flow_id: ONE.to_owned(),
        protocol_number: "INPS.4900.02/10/2026.0000001".to_owned(),
        kind: "UNIEMENS_CIG".to_owned(),
        office: "490000".to_owned(),
        lines: 1_200,
        stock: 3,
        stock_stopped: 2,
        stock_ordered: 1,
        anomalies: vec!["CF_INVALID".to_owned(), "IBAN_RETURNED".to_owned()],
        workers: Some(dasmo::Persons {
            count: 0,
            below_three: true,
        }),
        cents: 16_271,
        very_old: true,
        ..dasmo::StockFlow::default()
    };
    let one = dasmo::GetStockFlowResponse {
        flow: Some(flow),
        ..dasmo::GetStockFlowResponse::default()
    };
    let platform = Platform::of_a_dashboard()
        .answering("GetStockFlow", &one)
        .refusing("GetCase", Code::NotFound);
    let world = platform.world().await;
    let officer = world.cookie_at("PO", "490000");
    let address = format!("/cruscotto/flussi/elenco/{ONE}?anomalia=CF_INVALID");
    let page = text(world.get(&address, &officer).await).await;
    for fact in [
        "UNIEMENS-CIG",
        "3 di 1.200",
        "codice fiscale errato; pagamento restituito",
        "&#60;3",
        "162,71",
        "molto risalente",
    ] {
        assert!(page.contains(fact), "{fact}");
    }
    assert!(page.contains("href=\"/cruscotto/flussi/elenco?anomalia=CF_INVALID\""));
    assert!(page.contains(&format!("href=\"/pagamenti/flussi/{ONE}\"")));
    platform.asked();
    for (address, asked) in [(ONE, &["GetCase"][..]), ("altro", &[])] {
        let address = format!("/cruscotto/pratiche/{address}");
        let response = world.get(&address, &officer).await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{address}");
        assert_eq!(platform.asked(), asked, "{address}");
    }
}

fn day(text: &str) -> proto::google::r#type::Date {
    text::format::to_message(text.parse().unwrap())
}

#[tokio::test]
async fn figures_that_stand_still_are_said_to_be_of_the_last_published_day_whatever_day_is_shown() {
    let breakdown = dasmo::GetBreakdownResponse {
        stale: true,
        ..dasmo::GetBreakdownResponse::default()
    };
    let cases = dasmo::ListCasesResponse {
        as_of: Some(day("2026-09-01")),
        stale: true,
        ..dasmo::ListCasesResponse::default()
    };
    let flows = dasmo::ListStockFlowsResponse {
        as_of: Some(day("2026-09-01")),
        stale: true,
        ..dasmo::ListStockFlowsResponse::default()
    };
    let platform = Platform::of_a_dashboard()
        .answering("GetBreakdown", &breakdown)
        .answering("ListCases", &cases)
        .answering("ListStockFlows", &flows);
    let world = platform.world().await;
    let cookie = world.cookie_of("DREG");
    for address in [
        "/cruscotto?al=2026-08-15",
        "/cruscotto/pratiche",
        "/cruscotto/flussi/elenco",
    ] {
        let page = text(world.get(address, &cookie).await).await;
        assert!(
            page.contains("I dati sono fermi al 01/09/2026"),
            "{address}"
        );
    }
    let page = text(world.get("/cruscotto/flussi", &cookie).await).await;
    assert!(
        !page.contains("I dati sono fermi"),
        "these are of yesterday"
    );
}

#[tokio::test]
async fn the_forecast_is_of_the_day_of_the_page_and_says_so() {
    let forecast = dasmo::GetForecastResponse {
        as_of: Some(day("2026-08-15")),
        stock: 40,
        clears_on: Some(day("2026-10-01")),
        clears_without_arrivals_on: Some(day("2026-09-10")),
        ..dasmo::GetForecastResponse::default()
    };
    let of_flows = dasmo::GetFlowForecastResponse {
        forecast: Some(forecast),
    };
    let platform = Platform::of_a_dashboard()
        .answering("GetForecast", &forecast)
        .answering("GetFlowForecast", &of_flows);
    let world = platform.world().await;
    let cookie = world.cookie_of("DREG");
    for (address, asked) in [
        ("/cruscotto?al=2026-08-15", "2026-08-15"),
        ("/cruscotto/flussi?al=2026-08-15", "2026-08-15"),
        ("/cruscotto", "2026-09-01"),
    ] {
        let page = text(world.get(address, &cookie).await).await;
        let told = "La giacenza del 15/08/2026 si esaurisce a questo ritmo il 01/10/2026";
        assert!(page.contains(told), "{address}");
        let as_of = if address.starts_with("/cruscotto/flussi") {
            let request: dasmo::GetFlowForecastRequest = platform.told("GetFlowForecast");
            request.as_of
        } else {
            let request: dasmo::GetForecastRequest = platform.told("GetForecast");
            request.as_of
        };
        assert_eq!(as_of, Some(day(asked)), "{address}");
    }
}

#[tokio::test]
async fn digests_and_alerts_of_each_subject_are_held_chosen_and_ended_one_by_one() {
    let subscription =
        |subject: dasmo::DigestSubject, kind: dasmo::DigestKind| dasmo::DigestSubscription {
            subject: subject.into(),
            kind: kind.into(),
            address: "anna@inps.it".to_owned(),
            ..dasmo::DigestSubscription::default()
        };
    let digest = dasmo::GetDigestResponse {
        available: true,
        domains: vec!["inps.it".to_owned()],
        subscriptions: vec![
            subscription(dasmo::DigestSubject::Claims, dasmo::DigestKind::Weekly),
            subscription(dasmo::DigestSubject::Flows, dasmo::DigestKind::Alert),
        ],
    };
    let platform = Platform::of_a_dashboard()
        .answering("GetDigest", &digest)
        .answering("SubscribeDigest", &())
        .answering("UnsubscribeDigest", &());
    let world = platform.world().await;
    let cookie = world.cookie_of("DREG");
    let page = text(world.get("/cruscotto/riepilogo?regione=03", &cookie).await).await;
    for end in [
        "Annulla l&#39;iscrizione: Domande, riepilogo settimanale",
        "Annulla l&#39;iscrizione: Flussi di pagamento, avviso",
    ] {
        assert!(page.contains(&format!("aria-label=\"{end}\"")), "{end}");
    }
    assert!(page.contains("value=\"riepilogo\" checked"));

    let form =
        format!("_csrf={SECRET}&cosa=flussi&tipo=avviso&regione=03&indirizzo=anna%40inps.it");
    let response = world.post("/cruscotto/riepilogo", &cookie, &form).await;
    let next = "/cruscotto/riepilogo?regione=03&cosa=flussi&tipo=avviso&fatto=iscritto";
    assert_eq!(response.headers()[LOCATION], next);
    let request: dasmo::SubscribeDigestRequest = platform.told("SubscribeDigest");
    assert_eq!(request.subject(), dasmo::DigestSubject::Flows);
    assert_eq!(request.kind(), dasmo::DigestKind::Alert);
    assert_eq!(request.page, "/cruscotto/flussi?regione=03");
    let page = text(world.get(next, &cookie).await).await;
    assert!(page.contains("un avviso arriva la mattina dopo"));
    assert!(page.contains("value=\"avviso\" checked"));

    for (kind, ended) in [
        ("avviso", dasmo::DigestKind::Alert),
        ("riepilogo", dasmo::DigestKind::Weekly),
    ] {
        let form = format!("_csrf={SECRET}&cosa=domande&tipo={kind}");
        let response = world
            .post("/cruscotto/riepilogo/fine", &cookie, &form)
            .await;
        assert_eq!(response.status(), StatusCode::SEE_OTHER);
        let request: dasmo::UnsubscribeDigestRequest = platform.told("UnsubscribeDigest");
        assert_eq!(request.subject(), dasmo::DigestSubject::Claims);
        assert_eq!(request.kind(), ended, "{kind}");
    }
}

#[tokio::test]
async fn an_office_is_shown_with_its_agencies_on_every_page_that_its_filters_lead_to() {
    let offices = dasmo::GetBreakdownResponse {
        parts: ["490000", "490001"]
            .map(|value| dasmo::BreakdownPart {
                value: value.to_owned(),
                ..dasmo::BreakdownPart::default()
            })
            .into(),
        ..dasmo::GetBreakdownResponse::default()
    };
    let cases = dasmo::ListCasesResponse {
        cases: vec![dasmo::Case::default()],
        ..dasmo::ListCasesResponse::default()
    };
    let platform = Platform::of_a_dashboard()
        .answering("GetBreakdown", &offices)
        .answering("ListCases", &cases)
        .answering("ListStockFlows", &());
    let world = platform.world().await;
    let cookie = world.cookie_of("DSEDE");
    for path in [
        "/cruscotto",
        "/cruscotto/flussi",
        "/cruscotto/pratiche",
        "/cruscotto/flussi/elenco",
    ] {
        let shown =
            async |query: &str| text(world.get(&format!("{path}{query}"), &cookie).await).await;
        let whole = shown("").await;
        assert!(!whole.contains("id=\"agenzie\""), "{path} of all offices");
        let office = shown("?sede=490000").await;
        assert!(
            office.contains("id=\"agenzie\" name=\"agenzie\" value=\"1\">"),
            "{path}"
        );
        let page = shown("?sede=490000&agenzie=1&settore=1").await;
        assert!(
            page.contains("id=\"agenzie\" name=\"agenzie\" value=\"1\" checked>"),
            "{path}"
        );
        assert!(
            page.contains("sede: 490000; con le agenzie; settore: industria."),
            "{path}"
        );
        let chip = format!("href=\"{path}?sede=490000&#38;agenzie=1\"");
        assert!(page.contains(&chip), "{path}");
    }
    let request: dasmo::GetBreakdownRequest = platform.told("GetBreakdown");
    assert!(request.filter.unwrap().with_agencies);
    let request: dasmo::ListStockFlowsRequest = platform.told("ListStockFlows");
    assert!(request.filter.unwrap().with_agencies);

    let page = text(world.get("/cruscotto?sede=490000&agenzie=1", &cookie).await).await;
    for kept in [
        "/cruscotto/pratiche?sede=490000&#38;agenzie=1\"",
        "/cruscotto/riepilogo?sede=490000&#38;agenzie=1&#38;cosa=domande\"",
        "/cruscotto/esporta?sede=490000&#38;agenzie=1&#38;che=dati&#38;formato=csv\"",
        "/cruscotto/flussi?sede=490000&#38;agenzie=1\"",
        // A row of an office is of that office alone.
        "/cruscotto?sede=490000\"",
        "/cruscotto?sede=490001\"",
    ] {
        assert!(page.contains(&format!("href=\"{kept}")), "{kept}");
    }
}

#[tokio::test]
async fn a_correction_tells_what_it_changed_and_a_day_made_again_is_explained() {
    let changed = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let same = dasmo::Correction {
        stock_before: 7,
        stock_after: 7,
        changed: changed(&["stock_to_take", "stock_under_review", "stock_lost"]),
        ..dasmo::Correction::default()
    };
    let other = dasmo::Correction {
        defined_after: 1,
        changed: changed(&["accepted", "defined", "gross_claims", "gross_days"]),
        ..dasmo::Correction::default()
    };
    let early = dasmo::Correction::default();
    let lines = dasmo::Correction {
        changed: changed(&["paid", "rejected"]),
        ..dasmo::Correction::default()
    };
    let claims = dasmo::ListCorrectionsResponse {
        corrections: vec![same, other, early],
    };
    let flows = dasmo::ListFlowCorrectionsResponse {
        corrections: vec![lines],
    };
    let point = |revision| dasmo::TrendDay {
        day: Some(day("2026-09-01")),
        revision,
        ..dasmo::TrendDay::default()
    };
    let remade = dasmo::GetTrendResponse {
        days: vec![point(1), point(2)],
        ..dasmo::GetTrendResponse::default()
    };
    let platform = Platform::of_a_dashboard()
        .answering("ListCorrections", &claims)
        .answering("ListFlowCorrections", &flows)
        .answering("GetTrend", &remade);
    let world = platform.world().await;
    let cookie = world.cookie_of("DREG");
    let page = text(world.get("/cruscotto/aggiornamento", &cookie).await).await;
    for told in [
        "<td>3: Da prendere in carico; In istruttoria; stock_lost</td>",
        "<td>2</td>",
        "<td>–</td>",
        "<td>2: Pagati; Respinti con il flusso</td>",
    ] {
        assert!(page.contains(told), "{told}");
    }
    let legend = "* Il periodo ha almeno un giorno rielaborato";
    let page = text(world.get("/cruscotto", &cookie).await).await;
    assert!(page.contains("01/09/2026 *</th>") && page.contains(legend));
    let page = text(world.get("/cruscotto/flussi", &cookie).await).await;
    assert!(!page.contains(legend), "no day of it was made again");
}
