//! `omnia demo-wave`: two years of claims with a wave like that of 2020 and 2021, played day by day. Every day is written as the
//! claims service writes it, and told on its feed; the night after it, DASMO makes its picture. The days pass on a clock that
//! is moved; the platform itself stays where it was started, on the first of them.

use std::collections::HashMap;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, ensure};
use chassis::Service;
use chassis::clock::ManualClock;
use chassis::jobs::SharedJob;
use chassis::lifecycle::Stop;
use chrono::{Datelike, Days, NaiveDate};
use claims::domain::content::FilerQuality;
use claims::domain::product::{Causale, Product};
use claims::load::{Loaded, Loader, Replay, Scripted};
use kernel::{Week, WeekPeriod, rome};

use super::Desk;
use super::content::{self, Written, is_working};
use super::dice::{Dice, scatter};
use super::life;
use super::payers::Payers;
use super::scripts;
use super::world::World;
use crate::cli::Common;
use crate::setup;
use crate::up::say;

/// Monday of the first week.
const FIRST: (i32, u32, u32) = (2020, 2, 24);
/// Claims of each week, nation-wide, in thousands: invented after the shape of those two years. The peak is 400,000 a week.
const ARRIVALS: [u32; 104] = [
    12, 25, 60, 140, 260, 360, 400, 390, 350, 300, 260, 230, 205, 185, 170, 155, 140, 130, 120,
    110, 105, 95, 80, 45, 30, 25, 35, 55, 75, 85, 90, 95, 100, 105, 115, 130, 150, 190, 230, 260,
    275, 270, 250, 180, 120, 190, 235, 240, 225, 205, 190, 180, 175, 180, 190, 205, 215, 205, 190,
    170, 150, 135, 120, 105, 95, 85, 75, 66, 58, 50, 45, 40, 36, 30, 26, 16, 10, 9, 12, 18, 22, 24,
    25, 26, 27, 28, 28, 29, 30, 30, 29, 28, 27, 26, 20, 14, 22, 30, 32, 30, 28, 26, 24, 22,
];
/// Units, nation-wide: five times the claims of the highest week, so that none has two claims for one week.
const UNITS: u64 = 2_000_000;
/// Units that employers have on average, in hundredths.
const UNITS_OF_EMPLOYER: u64 = 215;
/// Of a hundred claims for weeks that a COVID reason covers, so many are for it.
const COVID: u32 = 88;
/// Weeks that a unit asks for under one COVID reason at most: the least of the maxima (§5.2).
const COVID_WEEKS: u32 = 8;
/// Weeks of a claim, with weights.
const WEEKS: [(u32, u32); 4] = [(1, 15), (2, 25), (3, 25), (4, 35)];

/// The COVID reasons that follow each other, and the weeks that each covers here (`claims.md` §5.2).
const REASONS: [(Causale, &str, &str); 4] = [
    (Causale::CovidNazionale, "2020-02-24", "2020-08-30"),
    (Causale::CovidDl104, "2020-08-31", "2020-12-27"),
    (Causale::CovidL178, "2021-01-04", "2021-03-28"),
    (Causale::CovidDl41, "2021-04-05", "2021-06-27"),
];

/// A part of the nation, in millionths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Share(u64);

impl FromStr for Share {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WRONG: &str = "must be a decimal above 0 and at most 1, with six decimals at most";
        let (ones, decimals) = text.split_once('.').unwrap_or((text, ""));
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if ones.len() != 1 || decimals.len() > 6 || !digits(ones) || !digits(decimals) {
            return Err(WRONG);
        }
        let millionths = format!("{ones}{decimals:0<6}").parse().map_err(|_| WRONG)?;
        if (1..=1_000_000).contains(&millionths) {
            Ok(Self(millionths))
        } else {
            Err(WRONG)
        }
    }
}

impl Share {
    /// So much of a number, rounded down.
    fn of(self, whole: u64) -> u64 {
        whole * self.0 / 1_000_000
    }
}

/// How much of the wave.
#[derive(Debug)]
pub(crate) struct Scale {
    /// Part of the nation.
    pub(crate) share: Share,
    /// Weeks from the first.
    pub(crate) weeks: u32,
    /// Seed of the generator.
    pub(crate) seed: u64,
}

impl Scale {
    fn first_day() -> NaiveDate {
        let (year, month, day) = FIRST;
        NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default()
    }

    fn last_day(&self) -> NaiveDate {
        Self::first_day() + Days::new(u64::from(self.weeks) * 7 - 1)
    }

    fn units(&self) -> u64 {
        self.share.of(UNITS).max(40)
    }

    fn employers(&self) -> anyhow::Result<u32> {
        let employers = (self.units() * 100).div_ceil(UNITS_OF_EMPLOYER);
        Ok(u32::try_from(employers)?)
    }

    /// Claims of each week. What a week does not make whole is left to the next.
    fn arrivals(&self) -> Vec<u64> {
        let mut sum = 0;
        let weeks = ARRIVALS.iter().take(self.weeks as usize);
        weeks
            .map(|thousands| {
                let before = self.share.of(sum);
                sum += u64::from(*thousands) * 1_000;
                self.share.of(sum) - before
            })
            .collect()
    }
}

/// Plays the wave on the running platform.
pub(crate) async fn run(common: &Common, scale: &Scale) -> anyhow::Result<()> {
    let began = Instant::now();
    let desk = Desk::at(common).await?;
    ensure!(
        desk.clock.today() == Scale::first_day(),
        "the wave begins on {first}: start a fresh platform then, with --now {first}T00:30:00+01:00",
        first = Scale::first_day()
    );
    let offices = desk.offices(scale.seed).await?;
    let world = World::invent(scale.seed, offices, scale.employers()?)?;
    let loader = Loader::new(&desk.claims);
    let keys: Vec<_> = world.units.iter().map(|unit| unit.key.clone()).collect();
    ensure!(
        loader.claims_of(&keys).await? == 0,
        "claims of seed {} are there already: start a fresh platform",
        scale.seed
    );
    desk.import(&world).await?;
    let scripts = Wave::over(&world).scripts(scale)?;
    say(&format!("claims to file {}", scripts.len()));
    let replay = loader.replay(scripts).await?;
    let clock = Arc::new(ManualClock::at(desk.clock.now()));
    let mut payers = payers(&desk, &world, clock.clone()).await?;
    let played = days(&desk, scale, replay, &mut payers, &clock).await?;
    for (code, count) in count_by(played.cut_short.iter().map(|(_, code)| *code)) {
        println!("cut short by {code}: {count}");
    }
    for (code, count) in &payers.refused {
        println!("flows refused for {code}: {count}");
    }
    println!("{} flows of direct payment.", payers.received);
    println!(
        "{} claims on {} days, up to {}, in {} s.",
        played.claims,
        scale.weeks * 7,
        scale.last_day(),
        began.elapsed().as_secs()
    );
    Ok(())
}

fn count_by<'a>(codes: impl Iterator<Item = &'a str>) -> Vec<(&'a str, usize)> {
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for code in codes {
        match counts.iter_mut().find(|(known, _)| *known == code) {
            Some((_, count)) => *count += 1,
            None => counts.push((code, 1)),
        }
    }
    counts
}

/// Lets the days pass, each with its night.
async fn days(
    desk: &Desk,
    scale: &Scale,
    mut replay: Replay,
    payers: &mut Payers<'_>,
    clock: &Arc<ManualClock>,
) -> anyhow::Result<Loaded> {
    let snapshot = snapshot(desk, clock.clone()).await?;
    for day in Scale::first_day().iter_days() {
        if day > scale.last_day() {
            break;
        }
        let next = day + Days::new(1);
        let granted = replay.until(rome::at(next, 0, 0)).await?;
        payers.day(day, granted).await?;
        clock.set(rome::at(next, 1, 0));
        snapshot
            .run(Stop::new())
            .await
            .with_context(|| format!("make the picture of {day}"))?;
        if next.day() == 1 {
            say(&format!("played up to {day}"));
        }
    }
    Ok(replay.end().await?)
}

/// What stands on the clock of the replay, and calls the others as of the platform's own now.
async fn context(
    desk: &Desk,
    service: &dyn Service,
    clock: Arc<ManualClock>,
) -> anyhow::Result<chassis::Context> {
    let own = desk.clock.clone();
    let ids = setup::ids();
    let context = chassis::service::context(service, &desk.platform, own, ids, Stop::new()).await?;
    Ok(chassis::Context { clock, ..context })
}

async fn payers<'a>(
    desk: &Desk,
    world: &'a World,
    clock: Arc<ManualClock>,
) -> anyhow::Result<Payers<'a>> {
    let context = context(desk, &payments::Payments, clock.clone()).await?;
    let payments = payments::load::Desk::new(&context);
    let payments = payments.map_err(|error| anyhow::anyhow!("build payments: {error}"))?;
    Ok(Payers::over(world, payments, clock))
}

/// DASMO's nightly job.
async fn snapshot(desk: &Desk, clock: Arc<ManualClock>) -> anyhow::Result<SharedJob> {
    let context = context(desk, &dasmo::Dasmo, clock).await?;
    let parts = dasmo::Dasmo
        .build(context)
        .await
        .map_err(|error| anyhow::anyhow!("build dasmo: {error}"))?;
    let named = parts
        .jobs
        .into_iter()
        .find(|job| job.name() == "dasmo-snapshot");
    named.context("dasmo has no job `dasmo-snapshot`")
}

/// Who files for which weeks.
struct Wave<'a> {
    world: &'a World,
    /// The first week of each unit that no claim of its own covers.
    free: Vec<Week>,
    /// Weeks that a unit has asked for under a COVID reason.
    covid: HashMap<(usize, Causale), u32>,
    /// How many units have been looked at.
    turn: u64,
}

impl<'a> Wave<'a> {
    fn over(world: &'a World) -> Self {
        Self {
            world,
            free: vec![Week::of(Scale::first_day()); world.units.len()],
            covid: HashMap::new(),
            turn: 0,
        }
    }

    fn scripts(mut self, scale: &Scale) -> anyhow::Result<Vec<Scripted>> {
        let mut scripts = Vec::new();
        let mut week = Week::of(Scale::first_day());
        for claims in scale.arrivals() {
            for _ in 0..claims {
                scripts.push(self.script(week, scale)?);
            }
            week = week + 1;
        }
        Ok(scripts)
    }

    /// A claim filed in a week, by the next unit that may.
    fn script(&mut self, week: Week, scale: &Scale) -> anyhow::Result<Scripted> {
        let number = self.next_free(week)?;
        let unit = &self.world.units[number];
        let mut dice = Dice::of(scale.seed, "wave", self.turn);
        let period = self.period(&mut dice, number, week)?;
        let asked = self.asked(&mut dice, number, period);
        let cast = scripts::cast(&mut dice, self.world, unit);
        let quality = cast.filer.role.quality().unwrap_or(FilerQuality::Owner);
        let written = Written {
            content: content::content(&mut dice, self.world, unit, period, quality, asked)?,
            filed_on: working_day(&mut dice, week),
        };
        self.free[number] = period.last_week() + 1;
        let end = rome::at(scale.last_day() + Days::new(1), 0, 0);
        life::script(&mut dice, written, cast, end)
    }

    fn next_free(&mut self, week: Week) -> anyhow::Result<usize> {
        let units = u64::try_from(self.world.units.len())?;
        for _ in 0..units {
            self.turn += 1;
            let place = usize::try_from(scatter(self.world.seed, self.turn % units, units))?;
            if self.free[place] <= week {
                return Ok(place);
            }
        }
        anyhow::bail!("every unit has a claim for the week of {}", week.monday())
    }

    /// Weeks that begin with this one or the one before it, in time for every term.
    fn period(&self, dice: &mut Dice, unit: usize, week: Week) -> anyhow::Result<WeekPeriod> {
        let before = week - 1;
        let may_be_before = self.free[unit] <= before;
        let first = if may_be_before && dice.in_hundred(60) {
            before
        } else {
            week
        };
        Ok(WeekPeriod::new(first, dice.weighted(&WEEKS))?)
    }

    fn asked(&mut self, dice: &mut Dice, unit: usize, period: WeekPeriod) -> (Product, Causale) {
        let trade = self.world.firm_of(&self.world.units[unit]).trade;
        let wanted = dice.in_hundred(COVID);
        let reason = covid_reason(trade.product, period).filter(|reason| {
            wanted && self.covid.get(&(unit, *reason)).unwrap_or(&0) + period.count() <= COVID_WEEKS
        });
        match reason {
            Some(reason) => {
                *self.covid.entry((unit, reason)).or_default() += period.count();
                (trade.product, reason)
            }
            None => (trade.product, *dice.one_of(trade.ordinary)),
        }
    }
}

/// The COVID reason that covers all weeks of a period.
fn covid_reason(product: Product, period: WeekPeriod) -> Option<Causale> {
    // Agriculture asks by days, and by a reason of its own.
    if product == Product::Cisoa {
        return None;
    }
    let covers = |from: &str, to: &str| {
        let parsed = from.parse::<NaiveDate>().ok().zip(to.parse().ok());
        parsed.is_some_and(|(from, to)| from <= period.first_day() && period.last_day() <= to)
    };
    let mut reasons = REASONS.iter();
    reasons
        .find(|(_, from, to)| covers(from, to))
        .map(|(reason, ..)| *reason)
}

/// A working day of a week; its Monday when there is none.
fn working_day(dice: &mut Dice, week: Week) -> NaiveDate {
    let days: Vec<NaiveDate> = week
        .monday()
        .iter_days()
        .take(7)
        .filter(|day| is_working(*day))
        .collect();
    if days.is_empty() {
        week.monday()
    } else {
        *dice.one_of(&days)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::world::tests::world;
    use super::*;

    fn scale(share: &str, weeks: u32) -> Scale {
        Scale {
            share: share.parse().unwrap(),
            weeks,
            seed: 1,
        }
    }

    fn wave(scale: &Scale) -> (World, Vec<Scripted>) {
        let world = world(1, scale.employers().unwrap());
        let scripts = Wave::over(&world).scripts(scale).unwrap();
        (world, scripts)
    }

    #[test]
    fn a_share_is_a_decimal_up_to_one() {
        assert_eq!("0.0003".parse(), Ok(Share(300)));
        assert_eq!("1".parse(), Ok(Share(1_000_000)));
        for wrong in ["", "0", "0.0000001", "1.1", "2", "-1", "1e-3", "half"] {
            assert!(wrong.parse::<Share>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_highest_week_of_the_nation_has_four_hundred_thousand_claims() {
        let nation = scale("1", 104).arrivals();
        assert_eq!(nation.iter().max(), Some(&400_000));
        let part = scale("0.0003", 104).arrivals();
        assert_eq!(part.iter().max(), Some(&120));
        assert_eq!(
            part.iter().sum::<u64>(),
            nation.iter().sum::<u64>() * 3 / 10_000
        );
    }

    #[test]
    fn no_unit_has_two_claims_for_a_week_nor_more_covid_weeks_than_the_law_allows() {
        let (_, scripts) = wave(&scale("0.0002", 104));
        let mut weeks = std::collections::HashSet::new();
        let mut covid: HashMap<_, u32> = HashMap::new();
        for script in &scripts {
            let content = &script.content;
            let period = content.weeks().unwrap();
            for week in period.weeks() {
                assert!(
                    weeks.insert((content.unit.clone(), week)),
                    "{:?}",
                    content.unit
                );
            }
            if let Some(causale) = content.causale.filter(|causale| causale.is_covid()) {
                *covid.entry((content.unit.clone(), causale)).or_default() += period.count();
            }
        }
        assert!(covid.values().all(|weeks| *weeks <= COVID_WEEKS));
        let of_covid = scripts
            .iter()
            .filter(|it| it.content.causale.is_some_and(Causale::is_covid))
            .count();
        assert!(
            of_covid * 2 > scripts.len() && of_covid < scripts.len(),
            "{of_covid}"
        );
    }

    #[test]
    fn every_claim_is_written_before_the_end_and_each_week_has_its_own() {
        let scale = scale("0.0002", 30);
        let (_, scripts) = wave(&scale);
        let mut filed: BTreeMap<Week, u64> = BTreeMap::new();
        let end = rome::at(scale.last_day() + Days::new(1), 0, 0);
        for script in &scripts {
            assert!(script.steps.iter().all(|step| step.at <= end));
            let on = script
                .steps
                .first()
                .map_or(script.drafted_at, |step| step.at);
            *filed.entry(Week::of(rome::date_of(on))).or_default() += 1;
        }
        let peak = filed.get(&(Week::of(Scale::first_day()) + 6)).unwrap();
        assert!((70..=90).contains(peak), "{peak}");
    }

    #[test]
    fn the_same_seed_makes_the_same_wave() {
        let told = || format!("{:?}", wave(&scale("0.0001", 20)).1);
        assert_eq!(told(), told());
    }
}
