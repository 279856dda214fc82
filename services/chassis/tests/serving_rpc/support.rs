//! A service to talk to, keys to sign with, and a way to start and stop it.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use chassis::client::Channels;
use chassis::clock::ManualClock;
use chassis::config::ServerConfig;
use chassis::identity::token::{AUDIENCE, Signer, Verifier, create_keys};
use chassis::identity::{Caller, Level, PersonName, Scope, caller};
use chassis::lifecycle::Stop;
use chassis::server::{ServeError, Setup, Task, serve};
use chassis::{Failure, access::Role};
use proto::omnia::anagrafe::v1::employers_service_server::{
    EmployersService, EmployersServiceServer,
};
use proto::omnia::anagrafe::v1::territory_service_client::TerritoryServiceClient;
use proto::omnia::anagrafe::v1::territory_service_server::{
    TerritoryService, TerritoryServiceServer,
};
use proto::omnia::anagrafe::v1::*;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::task::JoinHandle;
use tonic::service::Routes;
use tonic::transport::Channel;
use tonic::{Request, Response, Status};
use uuid::Uuid;

/// Office that is answered at once.
pub(crate) const PLAIN: &str = "490000";
/// Office whose answer waits until the test lets it go.
pub(crate) const HELD: &str = "490001";
/// Office whose answer never comes.
pub(crate) const NEVER: &str = "490002";
/// Office whose handler panics.
pub(crate) const PANICS: &str = "490003";
/// Office that another service is asked for.
pub(crate) const ELSEWHERE: &str = "490004";
/// Office that fails with a cause that nobody outside may see.
pub(crate) const BROKEN: &str = "490005";

/// What a test sees and does from outside the handlers.
#[derive(Debug)]
pub(crate) struct Handlers {
    entered: Semaphore,
    released: Semaphore,
    calls: AtomicU32,
    unavailable_calls: AtomicU32,
    elsewhere: Option<Channels>,
}

impl Handlers {
    pub(crate) fn new() -> Arc<Self> {
        Self::asking(None)
    }

    /// Handlers that ask another service for [`ELSEWHERE`].
    pub(crate) fn asking(elsewhere: Option<Channels>) -> Arc<Self> {
        Arc::new(Self {
            entered: Semaphore::new(0),
            released: Semaphore::new(0),
            calls: AtomicU32::new(0),
            unavailable_calls: AtomicU32::new(0),
            elsewhere,
        })
    }

    /// Handlers of which the first so many calls answer UNAVAILABLE.
    pub(crate) fn unavailable_for(calls: u32) -> Arc<Self> {
        let handlers = Self::new();
        handlers.unavailable_calls.store(calls, Ordering::SeqCst);
        handlers
    }

    /// Waits until a call for [`HELD`] or [`NEVER`] is inside its handler.
    pub(crate) async fn entered(&self) {
        self.entered
            .acquire()
            .await
            .map(SemaphorePermit::forget)
            .unwrap();
    }

    /// Lets one call for [`HELD`] go.
    pub(crate) fn release(&self) {
        self.released.add_permits(1);
    }

    pub(crate) fn calls(&self) -> u32 {
        self.calls.load(Ordering::SeqCst)
    }

    fn is_unavailable(&self) -> bool {
        let one_less = |left: u32| left.checked_sub(1);
        self.unavailable_calls
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_less)
            .is_ok()
    }

    async fn answer(
        &self,
        request: Request<GetOfficeRequest>,
    ) -> Result<GetOfficeResponse, Status> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        if self.is_unavailable() {
            return Err(Status::unavailable("not now"));
        }
        let timeout = text_of(&request, "grpc-timeout");
        let authorization = text_of(&request, "authorization");
        let code = request.into_inner().code;
        match code.as_str() {
            HELD => {
                self.entered.add_permits(1);
                self.released
                    .acquire()
                    .await
                    .map(SemaphorePermit::forget)
                    .unwrap();
            }
            NEVER => {
                self.entered.add_permits(1);
                std::future::pending::<()>().await;
            }
            PANICS => panic!("on purpose"),
            ELSEWHERE => {
                let channel = self.elsewhere.as_ref().expect("a channel").to("elsewhere");
                let request = GetOfficeRequest {
                    code: PLAIN.to_owned(),
                };
                let answer = TerritoryServiceClient::new(channel)
                    .get_office(request)
                    .await;
                return Ok(answer.map_err(Failure::from)?.into_inner());
            }
            BROKEN => return Err(Failure::internal("relation \"office\" does not exist").into()),
            _ => {}
        }
        // The answer tells the test what the request carried.
        let office = Office {
            code,
            name: timeout,
            parent_code: authorization,
            ..Office::default()
        };
        Ok(GetOfficeResponse {
            office: Some(office),
        })
    }
}

fn text_of<T>(request: &Request<T>, name: &str) -> String {
    request
        .metadata()
        .get(name)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .to_owned()
}

struct Territory(Arc<Handlers>);

#[tonic::async_trait]
impl TerritoryService for Territory {
    async fn get_office(
        &self,
        request: Request<GetOfficeRequest>,
    ) -> Result<Response<GetOfficeResponse>, Status> {
        self.0.answer(request).await.map(Response::new)
    }

    async fn list_offices(
        &self,
        _: Request<ListOfficesRequest>,
    ) -> Result<Response<ListOfficesResponse>, Status> {
        Ok(Response::new(ListOfficesResponse::default()))
    }

    async fn list_holidays(
        &self,
        _: Request<ListHolidaysRequest>,
    ) -> Result<Response<ListHolidaysResponse>, Status> {
        Ok(Response::new(ListHolidaysResponse::default()))
    }
}

/// Answers with what it knows of the caller.
struct Employers;

#[tonic::async_trait]
impl EmployersService for Employers {
    async fn get_employer(
        &self,
        request: Request<GetEmployerRequest>,
    ) -> Result<Response<GetEmployerResponse>, Status> {
        let caller = caller(&request)?;
        caller.require_matricola(&request.get_ref().matricola)?;
        let employer = Employer {
            matricola: request.into_inner().matricola,
            ..Employer::default()
        };
        Ok(Response::new(GetEmployerResponse {
            employer: Some(employer),
        }))
    }

    async fn list_employers(
        &self,
        _: Request<ListEmployersRequest>,
    ) -> Result<Response<ListEmployersResponse>, Status> {
        Ok(Response::new(ListEmployersResponse::default()))
    }

    async fn list_production_units(
        &self,
        _: Request<ListProductionUnitsRequest>,
    ) -> Result<Response<ListProductionUnitsResponse>, Status> {
        Ok(Response::new(ListProductionUnitsResponse::default()))
    }

    async fn get_filing_context(
        &self,
        _: Request<GetFilingContextRequest>,
    ) -> Result<Response<GetFilingContextResponse>, Status> {
        Ok(Response::new(GetFilingContextResponse::default()))
    }
}

/// Keys of a platform at a fixed time.
pub(crate) struct Keys {
    folder: TempDir,
    pub(crate) clock: Arc<ManualClock>,
}

impl Keys {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        create_keys(folder.path(), &["gateway", "claims", "dasmo"]).unwrap();
        let clock = Arc::new(ManualClock::at("2026-11-23T09:00:00Z".parse().unwrap()));
        Self { folder, clock }
    }

    pub(crate) fn signer(&self, issuer: &str) -> Signer {
        Signer::open(self.folder.path(), issuer, self.clock.clone()).unwrap()
    }

    /// A token of the gateway for this caller.
    pub(crate) fn token(&self, caller: &Caller) -> String {
        self.signer("gateway").sign(caller, AUDIENCE)
    }

    pub(crate) fn verifier(&self) -> Verifier {
        Verifier::open(self.folder.path(), self.clock.clone()).unwrap()
    }
}

/// A server under way.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    pub(crate) stop: Stop,
    pub(crate) ended: JoinHandle<Result<(), ServeError>>,
}

/// Options of a server.
pub(crate) struct Server {
    pub(crate) config: ServerConfig,
    pub(crate) tasks: Vec<Task>,
    pub(crate) stop: Stop,
    pub(crate) address: SocketAddr,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            config: ServerConfig::default(),
            tasks: Vec::new(),
            stop: Stop::new(),
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
        }
    }
}

impl Server {
    pub(crate) async fn start(self, keys: &Keys, handlers: &Arc<Handlers>) -> Running {
        let listener = TcpListener::bind(self.address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let routes = Routes::new(TerritoryServiceServer::new(Territory(handlers.clone())))
            .add_service(EmployersServiceServer::new(Employers));
        let setup = Setup {
            service: "anagrafe",
            grpc_services: vec!["omnia.anagrafe.v1.TerritoryService"],
            config: self.config,
            verifier: keys.verifier(),
        };
        let stop = self.stop.clone();
        let ended = tokio::spawn(serve(setup, routes, self.tasks, listener, stop));
        Running {
            address,
            stop: self.stop,
            ended,
        }
    }
}

impl Running {
    pub(crate) async fn channel(&self) -> Channel {
        let endpoint = format!("http://{}", self.address);
        Channel::from_shared(endpoint)
            .unwrap()
            .connect()
            .await
            .unwrap()
    }

    /// Asks for an office without a token.
    pub(crate) async fn office(&self, code: &str) -> Result<Office, Status> {
        office(self.channel().await, code).await
    }

    pub(crate) async fn stopped(self) -> Result<(), ServeError> {
        self.stop.cancel();
        self.ended.await.unwrap()
    }
}

pub(crate) async fn office<C>(channel: C, code: &str) -> Result<Office, Status>
where
    C: tonic::client::GrpcService<tonic::body::Body>,
    C::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    C::ResponseBody: http_body::Body<Data = bytes::Bytes> + Send + 'static,
    <C::ResponseBody as http_body::Body>::Error:
        Into<Box<dyn std::error::Error + Send + Sync>> + Send,
{
    let request = GetOfficeRequest {
        code: code.to_owned(),
    };
    let answer = TerritoryServiceClient::new(channel)
        .get_office(request)
        .await?;
    Ok(answer.into_inner().office.unwrap_or_default())
}

/// A consultant enabled for one firm.
pub(crate) fn consultant(matricola: &str) -> Caller {
    acting_as(Role::AzCon, Scope::Own(vec![matricola.to_owned()]))
}

pub(crate) fn acting_as(role: Role, scope: Scope) -> Caller {
    Caller {
        person: Uuid::from_u128(7),
        role,
        scope,
        organisation: String::new(),
        areas: Vec::new(),
        level: Level::L2,
        mandate: None,
        service: None,
        session: "session".to_owned(),
        dasmo: false,
        name: PersonName::default(),
    }
}

/// A request with a token.
pub(crate) fn with_token<T>(message: T, token: &str) -> Request<T> {
    let mut request = Request::new(message);
    let value = format!("Bearer {token}").parse().unwrap();
    request.metadata_mut().insert("authorization", value);
    request
}

/// Reason of a refusal.
pub(crate) fn reason(status: &Status) -> String {
    use tonic_types::StatusExt;
    status
        .get_details_error_info()
        .map(|info| info.reason)
        .unwrap_or_default()
}

/// Data of a refusal.
pub(crate) fn data(status: &Status) -> HashMap<String, String> {
    use tonic_types::StatusExt;
    status
        .get_details_error_info()
        .map(|info| info.metadata)
        .unwrap_or_default()
}
