//! What follows a grant for direct payment in the wave: employers send flows, offices order on Wednesdays, the bank answers two
//! working days later. All of it by the use cases of payments, on the clock of the replay. Receipt numbers are of the day on which
//! the platform itself stands, since claims give them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use anyhow::{Context, ensure};
use chassis::clock::ManualClock;
use chrono::{Datelike, Days, NaiveDate, Weekday};
use claims::domain::product::Product;
use claims::load::Granted;
use kernel::{Hours, OfficeCode, Period, rome};
use payments::domain::flow::{FlowKind, Header};
use payments::domain::month::Month;
use payments::load::{Desk, Sent};

use super::content::is_working;
use super::dice::Dice;
use super::flows::{self, Flow};
use super::world::World;

/// Days after which a flow is sent at most, once it may be: well within the shortest term (PAY-1).
const DAYS_MOST: u32 = 20;
/// Of a hundred grants, so many are never asked to be paid.
const NEVER: u32 = 3;
/// Of a hundred orders, so many come back.
const RETURNED: u32 = 3;

/// Employers, offices and the bank.
pub(super) struct Payers<'a> {
    world: &'a World,
    desk: Desk,
    clock: Arc<ManualClock>,
    to_send: BTreeMap<NaiveDate, Vec<Granted>>,
    to_answer: BTreeMap<NaiveDate, Vec<(OfficeCode, Vec<String>)>>,
    /// Offices that have received flows.
    offices: BTreeSet<OfficeCode>,
    /// Flows received.
    pub(super) received: usize,
    /// Flows refused, by their first code.
    pub(super) refused: BTreeMap<&'static str, usize>,
}

impl<'a> Payers<'a> {
    /// Over the platform.
    pub(super) fn over(world: &'a World, desk: Desk, clock: Arc<ManualClock>) -> Self {
        Self {
            world,
            desk,
            clock,
            to_send: BTreeMap::new(),
            to_answer: BTreeMap::new(),
            offices: BTreeSet::new(),
            received: 0,
            refused: BTreeMap::new(),
        }
    }

    /// A day after its claims: what it granted is planned, and what is due happens.
    pub(super) async fn day(
        &mut self,
        day: NaiveDate,
        granted: Vec<Granted>,
    ) -> anyhow::Result<()> {
        for grant in granted {
            self.plan(grant);
        }
        if !is_working(day) {
            return Ok(());
        }
        self.clock.set(rome::at(day, 15, 0));
        for grant in self.to_send.remove(&day).unwrap_or_default() {
            self.send(&grant).await?;
        }
        self.clock.set(rome::at(day, 16, 0));
        self.desk.check().await?;
        self.clock.set(rome::at(day, 17, 0));
        for (office, orders) in self.to_answer.remove(&day).unwrap_or_default() {
            self.answer(day, &office, orders).await?;
        }
        if day.weekday() == Weekday::Wed {
            self.order(day).await?;
        }
        Ok(())
    }

    fn plan(&mut self, grant: Granted) {
        let mut dice = self.dice(&grant);
        if dice.in_hundred(NEVER) {
            return;
        }
        let may = grant.adopted_on.max(grant.grant.period.last_day());
        let wanted = may + Days::new(u64::from(dice.between(1, DAYS_MOST)));
        self.to_send.entry(working(wanted)).or_default().push(grant);
    }

    /// The dice of a grant: its number is the same for the same seed.
    fn dice(&self, grant: &Granted) -> Dice {
        let number = grant.authorization.as_str().parse().unwrap_or_default();
        Dice::of(self.world.seed, "flow of wave", number)
    }

    async fn send(&mut self, grant: &Granted) -> anyhow::Result<()> {
        let flow = flow(&mut self.dice(grant), grant)?;
        if flow.lines.is_empty() {
            return Ok(());
        }
        let file = flow.csv();
        let sent = self.desk.send(grant.filer, &flow.header, file.as_bytes());
        match sent.await.context("send a flow")? {
            Sent::Received(_) => {
                self.offices.insert(grant.office.clone());
                self.received += 1;
            }
            Sent::Refused(codes) => {
                let code = codes.first().map_or("", |code| code.code());
                *self.refused.entry(code).or_default() += 1;
            }
        }
        Ok(())
    }

    async fn order(&mut self, day: NaiveDate) -> anyhow::Result<()> {
        let answered = working(working(day + Days::new(1)) + Days::new(1));
        for office in &self.offices {
            let orders = self.desk.order(self.officer(office)?, office).await?;
            if !orders.is_empty() {
                let due = self.to_answer.entry(answered).or_default();
                due.push((office.clone(), orders));
            }
        }
        Ok(())
    }

    async fn answer(
        &self,
        day: NaiveDate,
        office: &OfficeCode,
        orders: Vec<String>,
    ) -> anyhow::Result<()> {
        let number = u64::from(day.num_days_from_ce().unsigned_abs());
        let mut dice = Dice::of(self.world.seed, "bank", number);
        let answers: Vec<(String, bool)> = orders
            .into_iter()
            .map(|order| (order, !dice.in_hundred(RETURNED)))
            .collect();
        let officer = self.officer(office)?;
        Ok(self.desk.answer(officer, office, &answers).await?)
    }

    fn officer(&self, code: &OfficeCode) -> anyhow::Result<uuid::Uuid> {
        let mut offices = self.world.offices.iter();
        let office = offices.find(|office| office.code == *code);
        Ok(office.context("a grant of an unknown office")?.officer.id)
    }
}

/// A day, or the next on which offices are open.
fn working(day: NaiveDate) -> NaiveDate {
    day.iter_days().find(|day| is_working(*day)).unwrap_or(day)
}

/// The flow of a grant: of each worker a line a month, the hours granted spread evenly over the weeks.
fn flow(dice: &mut Dice, grant: &Granted) -> anyhow::Result<Flow> {
    let period = grant.grant.period;
    ensure!(
        grant.content.hours_requested_hundredths > 0,
        "a grant of no hours"
    );
    let mut lines = Vec::new();
    for (month, places) in months(grant) {
        for worker in &grant.content.beneficiaries {
            let hours = worker.hours_requested_hundredths * grant.grant.hours_hundredths
                / grant.content.hours_requested_hundredths
                / i64::from(period.count());
            if hours == 0 {
                continue;
            }
            let weeks: Vec<_> = places.iter().map(|place| (*place, hours)).collect();
            let code = &worker.codice_fiscale;
            lines.push(flows::line_of(dice, code, account(code), month, &weeks)?);
        }
    }
    let header = Header {
        kind: match grant.content.product {
            Some(Product::Cisoa) => FlowKind::Sr43,
            _ => FlowKind::Sr41,
        },
        authorization: grant.authorization.clone(),
        ticket: grant.ticket.clone(),
        matricola: grant.content.unit.matricola.clone(),
        period: Period::between(period.first_day(), period.last_day()),
        lines: u32::try_from(lines.len())?,
        hours: Hours::from_hundredths(lines.iter().map(flows::hours_of).sum()),
        corrects: None,
    };
    Ok(Flow { header, lines })
}

/// The months of a grant, with the places in them of the weeks whose Monday they hold.
fn months(grant: &Granted) -> BTreeMap<Month, Vec<usize>> {
    let mut months: BTreeMap<Month, Vec<usize>> = BTreeMap::new();
    for week in grant.grant.period.weeks() {
        let month = Month::of(week.monday());
        let place = month.weeks().position(|it| it == week);
        months.entry(month).or_default().extend(place);
    }
    months
}

/// The number of a worker's account.
fn account(worker: &str) -> u64 {
    const MOST: u64 = 1_000_000_007;
    worker
        .bytes()
        .fold(0, |sum, byte| (sum * 131 + u64::from(byte)) % MOST)
}

#[cfg(test)]
mod tests {
    use kernel::{Week, WeekPeriod};
    use payments::domain::layout::read_csv;

    use super::super::content;
    use super::super::world::tests::world;
    use super::*;

    fn granted(weeks: u32) -> Granted {
        let world = world(1, 10);
        let unit = &world.units[0];
        let mut dice = Dice::of(1, "tests", 0);
        let period = WeekPeriod::new(Week::of("2020-03-23".parse().unwrap()), weeks).unwrap();
        let asked = (
            Product::Cigo,
            claims::domain::product::Causale::CovidNazionale,
        );
        let quality = claims::domain::content::FilerQuality::Owner;
        let content = content::content(&mut dice, &world, unit, period, quality, asked).unwrap();
        Granted {
            authorization: "490020000001".parse().unwrap(),
            grant: claims::domain::decision::Grant {
                period,
                beneficiaries: content.beneficiaries_count,
                hours_hundredths: content.hours_requested_hundredths,
            },
            ticket: "A0DWB0WZ3UK4M3Y1".parse().unwrap(),
            office: "490000".parse().unwrap(),
            filer: uuid::Uuid::nil(),
            adopted_on: "2020-04-30".parse().unwrap(),
            content,
        }
    }

    #[test]
    fn a_flow_asks_for_each_worker_and_month_and_for_no_more_than_was_granted() {
        let grant = granted(3);
        let flow = flow(&mut Dice::of(1, "tests", 1), &grant).unwrap();
        // The weeks of 23 and 30 March, and of 6 April.
        assert_eq!(flow.lines.len(), 2 * grant.content.beneficiaries.len());
        let granted = grant.grant.hours_hundredths;
        assert!((granted - 100..=granted).contains(&flow.header.hours.hundredths()));
        let mut read = Vec::new();
        let reading = read_csv(&flow.header, flow.csv().as_bytes(), &mut |line| {
            read.push(line);
        });
        assert!(reading.unwrap().faults.is_empty());
        assert_eq!(read.len(), flow.lines.len());
    }

    #[test]
    fn a_day_off_leads_to_the_next_on_which_offices_are_open() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        assert_eq!(working(day("2020-04-10")), day("2020-04-10"));
        assert_eq!(working(day("2020-04-11")), day("2020-04-14"), "over Easter");
    }
}
