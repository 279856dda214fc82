//! `omnia demo-data`: invented employers, people and claims, the same for the same seed, through the services' own code
//! paths. Master data go in as the CSV files of `docs/import.md`, claims by the loader of the claims service.
//!
//! Claims lie in the two years before the platform's clock, in every state that can be reached without services that
//! do not exist yet: a supplement needs an interlocution, so `SUPPLEMENT_PENDING` stays empty.

mod content;
mod dice;
mod files;
pub(crate) mod flows;
mod life;
mod load;
mod payers;
mod people;
mod scripts;
mod trades;
pub(crate) mod wave;
mod weeks;
mod world;

use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, ensure};
use chassis::SharedClock;
use chassis::client::Channels;
use chassis::config::{Platform, Profile};
use chassis::lifecycle::Stop;
use claims::domain::state::State;
use claims::load::Loader;
use proto::omnia::anagrafe::v1::ListOfficesRequest;
use proto::omnia::anagrafe::v1::territory_service_client::TerritoryServiceClient;

use crate::cli::Common;
use crate::import::{self, Kind};
use crate::setup;
use crate::state::Running;
use crate::up::say;

use load::{Batch, Sum};
use world::{Office, World};

/// Offices of one page.
const PAGE: i32 = 500;

/// How much.
#[derive(Debug)]
pub(crate) struct Scale {
    /// Employers.
    pub(crate) employers: u32,
    /// Claims.
    pub(crate) claims: u32,
    /// Seed of the generator.
    pub(crate) seed: u64,
}

/// Fills the running platform, or says that it is filled already.
pub(crate) async fn run(common: &Common, scale: &Scale) -> anyhow::Result<()> {
    let began = Instant::now();
    let desk = Desk::at(common).await?;
    let world = World::invent(scale.seed, desk.offices(scale.seed).await?, scale.employers)?;
    let quotas = weeks::quotas(scale.seed, world.units.len(), scale.claims)?;
    let batches = desk.missing(&world, load::batches(&world, &quotas)).await?;
    if batches.is_empty() {
        println!(
            "The data of seed {} are there already: nothing was added.",
            scale.seed
        );
        println!("For other data give another --seed, or fill a fresh platform (--data FOLDER).");
        return Ok(());
    }
    desk.import(&world).await?;
    let sum = load::all(&desk.claims, &world, &batches, desk.clock.now()).await?;
    desk.report(&sum).await?;
    println!(
        "\n{} claims in {} s.",
        sum.claims,
        began.elapsed().as_secs()
    );
    Ok(())
}

/// The ways into the running platform.
struct Desk {
    platform: Arc<Platform>,
    clock: SharedClock,
    /// With the identity of this binary's commands.
    channels: Channels,
    /// What the claims service stands on.
    claims: chassis::Context,
}

impl Desk {
    async fn at(common: &Common) -> anyhow::Result<Self> {
        let running = Running::read(&common.data)?;
        let mut platform: Platform = setup::platform(common)?;
        ensure!(
            platform.profile == Profile::Development,
            "demo-data is for the development profile only"
        );
        setup::join(&mut platform, &running)?;
        let clock = setup::clock_of(&running, common);
        let channels = setup::operator_channels(&platform, clock.clone())?;
        let platform = Arc::new(platform);
        let claims = chassis::service::context(
            &claims::Claims,
            &platform,
            clock.clone(),
            setup::ids(),
            Stop::new(),
        )
        .await?;
        Ok(Self {
            platform,
            clock,
            channels,
            claims,
        })
    }

    /// The offices of the provinces, as the anagrafe knows them.
    async fn offices(&self, seed: u64) -> anyhow::Result<Vec<Office>> {
        let mut client = TerritoryServiceClient::new(self.channels.to("anagrafe"));
        let (mut offices, mut token) = (Vec::new(), String::new());
        loop {
            let request = ListOfficesRequest {
                page_size: PAGE,
                page_token: token,
                ..ListOfficesRequest::default()
            };
            let page = client
                .list_offices(request)
                .await
                .context("ask the anagrafe for its offices")?
                .into_inner();
            for office in page
                .offices
                .into_iter()
                .filter(|office| !office.province_istat.is_empty())
            {
                offices.push(Office::staffed(
                    seed,
                    office.code.parse()?,
                    office.name,
                    office.province_istat,
                )?);
            }
            token = page.next_page_token;
            if token.is_empty() {
                return Ok(offices);
            }
        }
    }

    /// The batches of which no claim is there yet, with their place: a run that broke off is taken up again.
    async fn missing(
        &self,
        world: &World,
        batches: Vec<Batch>,
    ) -> anyhow::Result<Vec<(u64, Batch)>> {
        let loader = Loader::new(&self.claims);
        let (mut missing, mut known) = (Vec::new(), 0);
        for (number, batch) in (0..).zip(batches) {
            match loader.claims_of(&load::keys(world, &batch)).await? {
                0 => missing.push((number, batch)),
                some => known += some,
            }
        }
        if known > 0 {
            say(&format!(
                "{known} claims of seed {} are there already",
                world.seed
            ));
        }
        Ok(missing)
    }

    async fn import(&self, world: &World) -> anyhow::Result<()> {
        import::apply(
            &self.channels,
            Kind::Employers,
            files::employers(world).into(),
        )
        .await?;
        say(&format!("employers {}", world.firms.len()));
        let units = files::units(world, self.clock.today());
        import::apply(&self.channels, Kind::ProductionUnits, units.into()).await?;
        say(&format!("production units {}", world.units.len()));
        let heads = files::employer_headcount(world, self.clock.today());
        import::apply(&self.channels, Kind::EmployerHeadcount, heads.into()).await?;
        import::apply(&self.channels, Kind::Roles, files::roles(world).into()).await?;
        import::apply(
            &self.channels,
            Kind::Mandates,
            files::mandates(world).into(),
        )
        .await?;
        say(&format!("people {}", files::people(world)));
        Ok(())
    }

    /// What is there now.
    async fn report(&self, sum: &Sum) -> anyhow::Result<()> {
        let counts = Loader::new(&self.claims).by_state().await?;
        println!("\nClaims of the platform by state:\n");
        for state in State::ALL {
            let count = counts
                .iter()
                .find(|(counted, _)| counted == state)
                .map_or(0, |(_, count)| *count);
            let why = if *state == State::SupplementPending {
                "   needs interlocutions, not served yet"
            } else {
                ""
            };
            println!("  {:<20} {count:>7}{why}", state.code());
        }
        match sum.cut_short.len() {
            0 => println!("\nEvery script was played to its end."),
            _ => println!("\nScripts that a rule cut short:"),
        }
        for (code, count) in &sum.cut_short {
            println!("  {code:<30} {count:>7}");
        }
        Ok(())
    }
}
