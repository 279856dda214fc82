//! The feed of the anagrafe: employers and units, of which a copy is kept here.

use async_trait::async_trait;
use chassis::feed::Handler;
use chassis::{Failure, Tx, wire};
use chrono::{Datelike, NaiveDate};
use kernel::Matricola;
use prost::{Message, Name};
use proto::omnia::anagrafe::v1 as pb;
use proto::omnia::feed::v1::Event;

use crate::domain::WorkingDays;
use crate::store::{self, MasterNews};

use super::{Unreadable, claims};

/// Name under which the cursor is stored.
pub(crate) const CONSUMER: &str = "limits-anagrafe";

/// The service whose feed is followed.
pub(crate) const PRODUCER: &str = "anagrafe";

/// Takes in the events of the anagrafe.
#[derive(Debug, Clone, Copy, Default)]
pub struct MasterEvents;

#[async_trait]
impl Handler for MasterEvents {
    fn types(&self) -> Vec<String> {
        vec![
            pb::EmployerEvent::full_name(),
            pb::ProductionUnitEvent::full_name(),
        ]
    }

    async fn apply(&self, tx: &mut Tx, events: &[Event]) -> Result<(), Failure> {
        let mut news = MasterNews::default();
        for event in events {
            read(event, &mut news)
                .map_err(|what| Failure::internal(Unreadable::of(event, what)))?;
        }
        store::take_master_news(tx, &news).await
    }
}

/// Adds what an event tells: it prevails over what those before it told.
fn read(event: &Event, news: &mut MasterNews) -> Result<(), &'static str> {
    let payload = event.payload.as_ref().ok_or("payload")?;
    let bytes = payload.value.as_ref();
    let name = payload.type_url.rsplit('/').next().unwrap_or_default();
    if name == pb::EmployerEvent::full_name() {
        employer(
            &pb::EmployerEvent::decode(bytes).map_err(|_| "payload")?,
            news,
        )
    } else if name == pb::ProductionUnitEvent::full_name() {
        unit(
            &pb::ProductionUnitEvent::decode(bytes).map_err(|_| "payload")?,
            news,
        )
    } else {
        Err("payload.type_url")
    }
}

fn employer(event: &pb::EmployerEvent, news: &mut MasterNews) -> Result<(), &'static str> {
    let matricola: Matricola = event.matricola.parse().map_err(|_| "matricola")?;
    let sector = event.sector.parse().map_err(|_| "sector")?;
    for told in &event.months {
        let month = month(told.month.as_ref())?;
        let heads = heads(told.heads_hundredths)?;
        news.employer_months
            .insert((matricola.clone(), month), heads);
    }
    news.employers.insert(matricola, sector);
    Ok(())
}

fn unit(event: &pb::ProductionUnitEvent, news: &mut MasterNews) -> Result<(), &'static str> {
    let key = claims::unit(event.unit.as_ref().ok_or("unit")?).map_err(|_| "unit")?;
    let days = WorkingDays::from_number(event.working_days).ok_or("working_days")?;
    let office = event
        .competent_office
        .parse()
        .map_err(|_| "competent_office")?;
    for told in &event.months {
        let month = month(told.month.as_ref())?;
        let groups = told.groups.iter().map(|group| {
            let hours = group.weekly_hours_hundredths;
            let heads = heads(group.heads_hundredths)?;
            (hours > 0)
                .then_some((hours, heads))
                .ok_or("weekly_hours_hundredths")
        });
        let groups = groups.collect::<Result<_, _>>()?;
        news.unit_months.insert((key.clone(), month), groups);
    }
    news.units.insert(key, (days, office));
    Ok(())
}

fn month(told: Option<&proto::google::r#type::Date>) -> Result<NaiveDate, &'static str> {
    let day = wire::day(told.ok_or("month")?, "month").map_err(|_| "month")?;
    if day.day() == 1 {
        Ok(day)
    } else {
        Err("month")
    }
}

fn heads(hundredths: i64) -> Result<i64, &'static str> {
    if hundredths >= 0 {
        Ok(hundredths)
    } else {
        Err("heads_hundredths")
    }
}
