//! A ledger on a database of its own, with a clock that stands still and master data in memory.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use chassis::access::Role;
use chassis::clock::{ManualClock, SystemClock};
use chassis::config::Profile;
use chassis::db::ScopedFutureExt;
use chassis::failure::Outcome;
use chassis::feed::Handler;
use chassis::identity::{Caller, Scope};
use chassis::jobs::Job;
use chassis::lifecycle::Stop;
use chassis::{Failure, Ids, SharedClock};
use chrono::{DateTime, NaiveDate, Utc};
use kernel::calendar::add_months;
use kernel::{Hours, Period, Week, WeekPeriod};
use limits::MasterEvents;
use limits::app::{
    App, CopyAge, ExpireReservations, LawBook, ReserveCommand, StaffDays, Subject, Told,
    UnitContext, UnitRegistry,
};
use limits::domain::exact::{hundredths, whole};
use limits::domain::ledger::{Booking, Entry, State, UnitKey};
use limits::domain::rules::IN_FORCE;
use limits::domain::staff::{Average, HoursGroup};
use limits::domain::{Cause, Facts, Flags, Rules, Scheme, Sector, Staff, WorkingDays};
use limits::planted::{Planted, PlantedBug};
use proto::omnia::feed::v1::Event;
use testkit::TestDatabase;
use uuid::Uuid;

pub(crate) const MATRICOLA: &str = "4958012345";
pub(crate) const OFFICE: &str = "490000";

/// The platform as far as the ledger sees it.
pub(crate) struct World {
    pub(crate) app: App,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) database: TestDatabase,
    registry: Arc<Registry>,
    /// How old the copy of the master data is: nobody ever filled it, unless a test says so.
    pub(crate) copy: Arc<Copy>,
    /// Who works in the units that the master data learn of.
    pub(crate) staff: Mutex<Staff>,
    ids: Ids,
}

impl World {
    /// An empty ledger, on Sunday 22 November 2026 at noon.
    pub(crate) async fn new() -> Self {
        Self::with(Planted::none()).await
    }

    /// The same with a bug planted.
    pub(crate) async fn with_bug(bug: PlantedBug) -> Self {
        Self::with(Planted::plant(Some(bug), Profile::Development).unwrap()).await
    }

    async fn with(planted: Planted) -> Self {
        let database = TestDatabase::create(&limits::MIGRATIONS).await;
        let clock = Arc::new(ManualClock::at(noon()));
        let registry = Arc::new(Registry::default());
        let (ids, copy) = (Ids::seeded(7), Arc::new(Copy::default()));
        let shared: SharedClock = clock.clone();
        let laws = LawBook::open(&database.database, &shared, &IN_FORCE, 0).await;
        let app = app_over(
            &database,
            registry.clone(),
            copy.clone(),
            shared,
            ids.clone(),
            laws.unwrap(),
            planted,
        );
        Self {
            app,
            clock,
            database,
            registry,
            copy,
            staff: Mutex::default(),
            ids,
        }
    }

    /// Another instance of the service, whose clock runs.
    pub(crate) async fn instance_in_time(&self) -> App {
        let clock: SharedClock = Arc::new(SystemClock::starting_at(noon()));
        let laws = LawBook::open(&self.database.database, &clock, &IN_FORCE, 0).await;
        self.instance(clock, laws.unwrap())
    }

    /// Another instance of the service over the same ledger, started with rules of its own.
    pub(crate) async fn start(&self, rules: &Rules, edition: u32) -> Result<App, Failure> {
        let clock: SharedClock = self.clock.clone();
        let laws = LawBook::open(&self.database.database, &clock, rules, edition).await?;
        Ok(self.instance(clock, laws))
    }

    fn instance(&self, clock: SharedClock, laws: LawBook) -> App {
        app_over(
            &self.database,
            self.registry.clone(),
            self.copy.clone(),
            clock,
            self.ids.clone(),
            laws,
            Planted::none(),
        )
    }

    /// Puts a unit into the master data.
    pub(crate) fn knows(&self, unit: &UnitKey, facts: Facts) {
        let context = UnitContext {
            facts,
            staff: self.staff.lock().unwrap().clone(),
            competent_office: OFFICE.parse().unwrap(),
        };
        self.registry
            .units
            .lock()
            .unwrap()
            .insert(unit.clone(), context);
    }

    /// How often the master data were asked.
    pub(crate) fn times_asked(&self) -> usize {
        self.registry.asked.lock().unwrap().len()
    }

    /// Lets the feed of the master data tell events.
    pub(crate) async fn told(&self, events: &[Event]) -> Result<(), Failure> {
        self.database
            .database
            .transaction("told", |tx| {
                async move { MasterEvents.apply(tx, events).await }.scope_boxed()
            })
            .await
    }

    /// The semesters for which the master data were last asked.
    pub(crate) fn last_asked(&self) -> StaffDays {
        *self.registry.asked.lock().unwrap().last().unwrap()
    }

    /// Weeks to be reserved for an ordinary CIGO.
    pub(crate) fn weeks(&self, unit: &UnitKey, first: NaiveDate, count: u32) -> ReserveCommand {
        let weeks = WeekPeriod::new(Week::from_monday(first).unwrap(), count).unwrap();
        let id = self.ids.at(noon());
        let booking = Booking {
            unit: unit.clone(),
            scheme: Scheme::Cigo,
            cause: Cause::Ord,
            period: weeks.period(),
            hours: Hours::from_hundredths(4000),
            hours_by_week: BTreeMap::new(),
            flags: Flags::default(),
            working_days: None,
            zero_hours: false,
            origin: format!("claim:{id}"),
        };
        ReserveCommand {
            id,
            booking,
            told: Told {
                facts: industry(),
                staff: Staff::default(),
                filed_on: None,
            },
        }
    }

    /// Weeks of AIS to be reserved for a shop whose employer has so many heads.
    pub(crate) fn ais(
        &self,
        unit: &UnitKey,
        first: NaiveDate,
        count: u32,
        heads: i64,
    ) -> ReserveCommand {
        let mut command = self.weeks(unit, first, count);
        command.booking.scheme = Scheme::Ais;
        command.told.facts = shop();
        command.told.staff.headcount = Some(Average::known(whole(heads)));
        command
    }

    /// Months of CIGS to be reserved, without hours.
    pub(crate) fn months(
        &self,
        unit: &UnitKey,
        cause: Cause,
        from: NaiveDate,
        months: i32,
    ) -> ReserveCommand {
        let mut command = self.weeks(unit, day(2026, 11, 23), 1);
        command.booking.scheme = Scheme::Cigs;
        command.booking.cause = cause;
        let last = add_months(from, months).pred_opt().unwrap();
        command.booking.period = Period::between(from, last);
        command.booking.hours = Hours::default();
        command
    }

    /// A line of history.
    pub(crate) fn line(
        &self,
        unit: &UnitKey,
        scheme: Scheme,
        cause: Cause,
        from: NaiveDate,
        to: NaiveDate,
    ) -> Entry {
        let id = self.ids.at(noon());
        let booking = Booking {
            unit: unit.clone(),
            scheme,
            cause,
            period: Period::between(from, to),
            hours: Hours::default(),
            hours_by_week: BTreeMap::new(),
            flags: Flags::default(),
            working_days: None,
            zero_hours: false,
            origin: format!("history:{id}"),
        };
        Entry {
            id,
            booking,
            facts: None,
            staff: None,
            state: State::Authorised,
            usage: None,
        }
    }

    /// Books, of a unit that the master data know as it is told.
    pub(crate) async fn reserve(&self, command: &ReserveCommand) -> Result<Entry, Failure> {
        let unit = &command.booking.unit;
        if !self.registry.units.lock().unwrap().contains_key(unit) {
            self.knows(unit, command.told.facts);
        }
        let version = self.app.reserve(&claims(), command).await?;
        Ok(version.entry)
    }

    pub(crate) async fn confirm(&self, id: Uuid) -> Result<Entry, Failure> {
        Ok(self.app.confirm(&claims(), id).await?.entry)
    }

    pub(crate) async fn release(&self, id: Uuid) -> Result<(), Failure> {
        self.app.release(&claims(), id, "annulment").await
    }

    pub(crate) async fn import(&self, history: &[Entry]) -> Result<usize, Failure> {
        self.app.import_history(&claims(), history, false).await
    }

    /// The ledger of a unit, as the claims service may read it.
    pub(crate) async fn ledger(&self, unit: &UnitKey) -> Vec<Entry> {
        let page = self.app.ledger(&claims(), unit, None, 200, "").await;
        let entries = page.unwrap().entries.into_iter();
        entries.map(|version| version.entry).collect()
    }

    /// Runs the job that marks lapsed reservations.
    pub(crate) async fn expire(&self) {
        ExpireReservations(self.app.clone())
            .run(Stop::new())
            .await
            .unwrap();
    }
}

fn app_over(
    database: &TestDatabase,
    registry: Arc<Registry>,
    copy: Arc<Copy>,
    clock: SharedClock,
    ids: Ids,
    laws: LawBook,
    planted: Planted,
) -> App {
    App::new(
        database.database.clone(),
        clock,
        ids,
        registry,
        copy,
        Arc::new(laws),
        planted,
    )
}

/// The age of the copy of the master data.
#[derive(Debug, Default)]
pub(crate) struct Copy(Mutex<Option<Duration>>);

impl Copy {
    /// From now on it is so old.
    pub(crate) fn is(&self, age: Option<Duration>) {
        *self.0.lock().unwrap() = age;
    }
}

impl CopyAge for Copy {
    fn age(&self) -> Option<Duration> {
        *self.0.lock().unwrap()
    }
}

/// Master data in memory.
#[derive(Debug, Default)]
struct Registry {
    units: Mutex<HashMap<UnitKey, UnitContext>>,
    /// The semesters that were asked for.
    asked: Mutex<Vec<StaffDays>>,
}

#[async_trait]
impl UnitRegistry for Registry {
    async fn unit(&self, key: &UnitKey, days: StaffDays) -> Outcome<UnitContext> {
        self.asked.lock().unwrap().push(days);
        self.units
            .lock()
            .unwrap()
            .get(key)
            .cloned()
            .ok_or_else(Failure::not_found)
    }
}

pub(crate) fn noon() -> DateTime<Utc> {
    day(2026, 11, 22).and_hms_opt(11, 0, 0).unwrap().and_utc()
}

pub(crate) fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

/// A production unit of the firm.
pub(crate) fn unit(code: u32) -> UnitKey {
    UnitKey {
        matricola: MATRICOLA.parse().unwrap(),
        production_unit: code.try_into().unwrap(),
    }
}

/// A question about a production unit of the firm, as it was known at an instant.
pub(crate) fn about(code: u32, as_known_at: Option<DateTime<Utc>>) -> Subject {
    Subject {
        unit: unit(code),
        staff: Staff::default(),
        as_known_at,
    }
}

/// A manufacturer on the short week.
pub(crate) fn industry() -> Facts {
    Facts {
        sector: Sector::A,
        working_days: WorkingDays::Five,
    }
}

/// A shop of the FIS on the short week.
pub(crate) fn shop() -> Facts {
    Facts {
        sector: Sector::Fis,
        ..industry()
    }
}

/// Ten workers of forty hours: 13 866 whole hours are one third of their biennio.
pub(crate) fn ten_workers() -> Vec<HoursGroup> {
    vec![HoursGroup {
        weekly_hours: hundredths(4_000),
        heads: Average::known(hundredths(1_000)),
    }]
}

/// The claims service.
pub(crate) fn claims() -> Caller {
    Caller::service("claims")
}

/// Somebody with a role and a scope.
pub(crate) fn caller(role: Role, scope: Scope) -> Caller {
    Caller {
        person: Uuid::from_u128(1),
        role,
        scope,
        service: None,
        ..claims()
    }
}
