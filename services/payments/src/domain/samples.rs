//! A grant, a header and lines that are right, for the tests to spoil.

use chrono::NaiveDate;
use kernel::{Cents, Hours, Period};
use uuid::Uuid;

use super::checks::{Allowance, Grant, Sector, WorkerAllowance};
use super::flow::{FlowKind, Header};
use super::line::{Line, LineType, Way};
use super::month::Month;
use super::terms::{Family, Granted};

/// Workers of the grant.
pub(crate) const WORKERS: [&str; 3] = ["RSSMRA80A01H501U", "BNCLRA85D45F205E", "VRDGPP70M10F839N"];

pub(crate) fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

pub(crate) fn worker_id(place: usize) -> Uuid {
    Uuid::from_u128(place as u128 + 1)
}

/// Ten weeks from 7 September 2026, communicated on 20 October.
pub(crate) fn grant() -> Grant {
    Grant {
        matricola: "4900000001".parse().unwrap(),
        ticket: "A0DWB0WZ3UK4M3Y1".parse().unwrap(),
        direct: true,
        active: true,
        sector: Sector::Other,
        terms: Granted {
            family: Family::Ordinary,
            period: Period::between(day(2026, 9, 7), day(2026, 11, 15)),
            communicated: day(2026, 10, 20),
        },
        first_kind: None,
    }
}

/// 160 hours each, 400 in all.
pub(crate) fn allowance() -> Allowance {
    let mut allowance = Allowance::new(Hours::from_hundredths(40_000), Hours::default());
    for (place, worker) in WORKERS.iter().enumerate() {
        let code = worker.parse().unwrap();
        let worker = WorkerAllowance {
            id: worker_id(place),
            granted: 16_000,
            held: 0,
        };
        allowance.add(code, worker);
    }
    allowance
}

/// September 2026.
pub(crate) fn header() -> Header {
    Header {
        kind: FlowKind::UniemensCig,
        authorization: "490026000001".parse().unwrap(),
        ticket: "A0DWB0WZ3UK4M3Y1".parse().unwrap(),
        matricola: "4900000001".parse().unwrap(),
        period: Period::between(day(2026, 9, 7), day(2026, 9, 30)),
        lines: 1,
        hours: Hours::from_hundredths(8000),
        corrects: None,
    }
}

/// 80 hours of September 2026 of a worker.
pub(crate) fn line(codice_fiscale: &str) -> Line {
    let hours = |hours: i64| Hours::from_hundredths(hours * 100);
    Line {
        number: 1,
        codice_fiscale: codice_fiscale.to_owned(),
        surname: "Rossi".to_owned(),
        name: "Mario".to_owned(),
        month: Month::of(day(2026, 9, 1)),
        line_type: LineType::ZeroHours,
        qualifica: "1".to_owned(),
        weekly_hours: hours(40),
        days_a_week: 5,
        part_time_hundredths: None,
        hourly_pay: Cents::new(1250),
        workable_hours: hours(176),
        weeks: [
            hours(0),
            hours(40),
            hours(20),
            hours(20),
            hours(0),
            hours(0),
        ],
        way: Way::Transfer("IT60X0542811101000000123456".parse().unwrap()),
        phone: String::new(),
        deductions: false,
        expected: None,
    }
}
