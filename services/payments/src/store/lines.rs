//! Lines of flows.

use std::collections::HashSet;
use std::fmt::{self, Display, Formatter, Write};

use chassis::identity::Scope;
use chrono::{DateTime, NaiveDate, Utc};
use kernel::{Cents, Hours, Iban, Period};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use uuid::Uuid;

use super::flows::Flow;
use super::rows::{coded, corrupt, from_json, hours, integer, json, parsed, period, unsigned};
use crate::domain::checks::{Anomaly, Checked, Known, Stopped, ToCorrect, person_of};
use crate::domain::line::{Address, LineType, WEEKS_MOST, Way};
use crate::domain::month::Month;
use crate::domain::state::LineState;

/// A line as it stands.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(crate) month: Month,
    pub(crate) flow: Uuid,
    pub(crate) number: u32,
    pub(crate) person: Option<Uuid>,
    pub(crate) codice_fiscale: String,
    pub(crate) surname: String,
    pub(crate) name: String,
    pub(crate) line_type: LineType,
    pub(crate) hourly_pay: Cents,
    pub(crate) workable_hours: Hours,
    pub(crate) weeks: [Hours; WEEKS_MOST],
    pub(crate) hours: Hours,
    pub(crate) days: Period,
    pub(crate) way: Way,
    pub(crate) deductions: bool,
    pub(crate) expected: Option<Cents>,
    pub(crate) state: LineState,
    pub(crate) anomalies: Vec<Anomaly>,
    /// Gross and net.
    pub(crate) amount: Option<(Cents, Cents)>,
    pub(crate) attempt: u32,
    pub(crate) holder_tries: u32,
    pub(crate) check_after: Option<DateTime<Utc>>,
    pub(crate) bank_date: Option<NaiveDate>,
}

impl std::fmt::Debug for Kept {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Line({} of {}, {:?})",
            self.number, self.flow, self.state
        )
    }
}

/// An address as it is stored.
#[derive(Serialize, Deserialize)]
struct StoredAddress {
    street: String,
    postal_code: String,
    municipality: String,
    province: String,
}

/// An account or an address in the columns that hold them.
pub(super) fn way_columns(
    way: &Way,
) -> Result<(Option<String>, Option<serde_json::Value>), sqlx::Error> {
    match way {
        Way::Transfer(iban) => Ok((Some(iban.as_str().to_owned()), None)),
        Way::Domiciled(address) => {
            let stored = StoredAddress {
                street: address.street.clone(),
                postal_code: address.postal_code.clone(),
                municipality: address.municipality.clone(),
                province: address.province.clone(),
            };
            Ok((None, Some(json(&stored)?)))
        }
    }
}

/// The way of the columns.
pub(super) fn way_of(
    iban: Option<&str>,
    address: Option<serde_json::Value>,
) -> Result<Way, sqlx::Error> {
    match (iban, address) {
        (Some(iban), _) => Ok(Way::Transfer(parsed::<Iban>(iban, "line.iban")?)),
        (None, Some(address)) => {
            let stored: StoredAddress = from_json(address)?;
            Ok(Way::Domiciled(Address {
                street: stored.street,
                postal_code: stored.postal_code,
                municipality: stored.municipality,
                province: stored.province,
            }))
        }
        (None, None) => Err(corrupt("line.iban")),
    }
}

struct Row {
    month: NaiveDate,
    flow_id: Uuid,
    number: i32,
    person_id: Option<Uuid>,
    codice_fiscale: String,
    surname: String,
    name: String,
    r#type: String,
    hourly_pay: i64,
    workable_hours: i32,
    weeks: Vec<i32>,
    hours: i32,
    first_day: NaiveDate,
    last_day: NaiveDate,
    iban: Option<String>,
    address: Option<serde_json::Value>,
    deductions: bool,
    expected: Option<i64>,
    state: String,
    anomalies: Vec<String>,
    gross: Option<i64>,
    net: Option<i64>,
    attempt: i32,
    holder_tries: i32,
    check_after: Option<DateTime<Utc>>,
    bank_date: Option<NaiveDate>,
}

impl Row {
    fn kept(self) -> Result<Kept, sqlx::Error> {
        let mut weeks = [Hours::default(); WEEKS_MOST];
        for (week, hundredths) in weeks.iter_mut().zip(self.weeks) {
            *week = hours(hundredths);
        }
        let anomalies = self.anomalies.iter();
        Ok(Kept {
            month: Month::of(self.month),
            flow: self.flow_id,
            number: unsigned(self.number, "line.number")?,
            person: self.person_id,
            codice_fiscale: self.codice_fiscale,
            surname: self.surname,
            name: self.name,
            line_type: coded(&self.r#type, LineType::parse, "line.type")?,
            hourly_pay: Cents::new(self.hourly_pay),
            workable_hours: hours(self.workable_hours),
            weeks,
            hours: hours(self.hours),
            days: period(self.first_day, self.last_day, "line.last_day")?,
            way: way_of(self.iban.as_deref(), self.address)?,
            deductions: self.deductions,
            expected: self.expected.map(Cents::new),
            state: coded(&self.state, LineState::parse, "line.state")?,
            anomalies: anomalies
                .map(|code| coded(code, Anomaly::parse, "line.anomalies"))
                .collect::<Result<_, _>>()?,
            amount: self
                .gross
                .zip(self.net)
                .map(|(gross, net)| (Cents::new(gross), Cents::new(net))),
            attempt: unsigned(self.attempt, "line.attempt")?,
            holder_tries: unsigned(self.holder_tries, "line.holder_tries")?,
            check_after: self.check_after,
            bank_date: self.bank_date,
        })
    }
}

fn kept(rows: Vec<Row>) -> Result<Vec<Kept>, sqlx::Error> {
    rows.into_iter().map(Row::kept).collect()
}

/// A line of a flow that is being received.
pub(crate) struct Received {
    /// The line, looked at.
    pub(crate) checked: Checked,
    /// The days that the flow covers of its month.
    pub(crate) days: Period,
    /// Where it stands.
    pub(crate) state: LineState,
    /// What it is due, when that is known.
    pub(crate) amount: Option<(Cents, Cents)>,
    /// Whether others are asked of it as soon as it is there.
    pub(crate) is_asked: bool,
}

impl Received {
    /// The hours that it takes from those of its worker.
    pub(crate) fn held(&self) -> Option<(Uuid, i64)> {
        let line = &self.checked.line;
        let takes = self.state.holds_hours() && line.line_type.pays_hours();
        let worker = self.checked.worker.filter(|_| takes)?;
        Some((worker, line.hours().hundredths()))
    }
}

/// Bytes of rows that are sent at once.
const COPY_BYTES: usize = 256 * 1024;

/// Lines of a flow in the text format of `COPY`.
pub(crate) struct Rows {
    text: String,
    /// Of the flow, as RFC 3339 writes it; the same in every line.
    received_at: String,
}

impl Rows {
    /// None yet, of a flow received at an instant.
    pub(crate) fn received_at(instant: DateTime<Utc>) -> Self {
        Self {
            text: String::new(),
            received_at: format!("{instant:?}"),
        }
    }

    /// Adds a line. Control characters stand in no value; a backslash may.
    pub(crate) fn add(&mut self, flow: &Flow, received: &Received) -> Result<(), sqlx::Error> {
        let line = &received.checked.line;
        let (iban, address) = way_columns(&line.way)?;
        let received_at = &self.received_at;
        writeln!(
            self.text,
            "{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}",
            line.month.first_day(),
            flow.id,
            line.number,
            flow.authorization,
            flow.office,
            OrNull(received.checked.worker),
            Escaped(&line.codice_fiscale),
            Escaped(&line.surname),
            Escaped(&line.name),
            line.line_type.code(),
            line.qualifica,
            line.weekly_hours.hundredths(),
            line.days_a_week,
            OrNull(line.part_time_hundredths),
            line.hourly_pay.get(),
            line.workable_hours.hundredths(),
            Array(line.weeks.iter().map(|it| it.hundredths())),
            line.hours().hundredths(),
            received.days.first_day(),
            received.days.last_day(),
            OrNull(iban),
            OrNull(address.map(|it| it.to_string()).as_deref().map(Escaped)),
            line.phone,
            line.deductions,
            OrNull(line.expected.map(Cents::get)),
            received.state.code(),
            Array(received.checked.anomalies.iter().map(|it| it.code())),
            OrNull(received.amount.map(|it| it.0.get())),
            OrNull(received.amount.map(|it| it.1.get())),
            OrNull(received.is_asked.then_some(received_at)),
            received_at,
        )
        .map_err(|error| sqlx::Error::Encode(Box::new(error)))
    }
}

/// A value, or the mark of none.
struct OrNull<T>(Option<T>);

impl<T: Display> Display for OrNull<T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(value) => value.fmt(f),
            None => f.write_str("\\N"),
        }
    }
}

/// A text in which a backslash may stand.
struct Escaped<'a>(&'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut parts = self.0.split('\\');
        f.write_str(parts.next().unwrap_or_default())?;
        parts.try_for_each(|part| write!(f, "\\\\{part}"))
    }
}

/// An array of values without anything to escape.
struct Array<I>(I);

impl<I: Iterator<Item: Display> + Clone> Display for Array<I> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_char('{')?;
        for (place, value) in self.0.clone().enumerate() {
            if place > 0 {
                f.write_char(',')?;
            }
            value.fmt(f)?;
        }
        f.write_char('}')
    }
}

/// Adds lines of a flow.
pub(crate) async fn copy(db: &mut PgConnection, rows: &Rows) -> Result<(), sqlx::Error> {
    let mut copy = db
        .copy_in_raw(
            "copy line (month, flow_id, number, authorization_number, office, person_id, codice_fiscale, surname, name, type,
                        qualifica, weekly_hours, days_a_week, part_time, hourly_pay, workable_hours, weeks, hours, first_day,
                        last_day, iban, address, phone, deductions, expected, state, anomalies, gross, net, check_after,
                        received_at) from stdin",
        )
        .await?;
    for part in rows.text.as_bytes().chunks(COPY_BYTES) {
        copy.send(part).await?;
    }
    copy.finish().await?;
    Ok(())
}

/// Lines of a flow by number, of a flow that the caller found in the scope.
pub(crate) async fn by_number(
    db: &mut PgConnection,
    flow: &Flow,
    numbers: &[i32],
) -> Result<Vec<Kept>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        "select month, flow_id, number, person_id, codice_fiscale, surname, name, type, hourly_pay, workable_hours, weeks, hours,
                first_day, last_day, iban, address, deductions, expected, state, anomalies, gross, net, attempt, holder_tries,
                check_after, bank_date
         from line
         where flow_id = $1 and number = any($2) and month between date_trunc('month', $3::date)::date and $4
         order by number",
        flow.id,
        numbers,
        flow.period.first_day(),
        flow.period.last_day(),
    )
    .fetch_all(db)
    .await?;
    kept(rows)
}

/// Lines of a flow after a number, in states; none means every one.
pub(crate) async fn page(
    db: &mut PgConnection,
    flow: &Flow,
    states: &[LineState],
    after: i32,
    limit: i64,
) -> Result<Vec<Kept>, sqlx::Error> {
    let states: Vec<String> = states.iter().map(|it| it.code().to_owned()).collect();
    let rows = sqlx::query_as!(
        Row,
        "select month, flow_id, number, person_id, codice_fiscale, surname, name, type, hourly_pay, workable_hours, weeks, hours,
                first_day, last_day, iban, address, deductions, expected, state, anomalies, gross, net, attempt, holder_tries,
                check_after, bank_date
         from line
         where flow_id = $1 and number > $2 and (cardinality($3::text[]) = 0 or state = any($3))
           and month between date_trunc('month', $4::date)::date and $5
         order by number limit $6",
        flow.id,
        after,
        &states,
        flow.period.first_day(),
        flow.period.last_day(),
        limit,
    )
    .fetch_all(db)
    .await?;
    kept(rows)
}

/// A flow and how many lines of it others are asked about next, oldest first.
pub(crate) async fn due_for_checks(
    db: &mut PgConnection,
    now: DateTime<Utc>,
) -> Result<Option<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "select flow_id from line where state = 'IN_VERIFICATION' and check_after <= $1 order by check_after limit 1",
        now,
    )
    .fetch_optional(db)
    .await
}

/// Lines of a flow that others are asked about now.
pub(crate) async fn to_check(
    db: &mut PgConnection,
    flow: Uuid,
    now: DateTime<Utc>,
    most: i64,
) -> Result<Vec<Kept>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        "select month, flow_id, number, person_id, codice_fiscale, surname, name, type, hourly_pay, workable_hours, weeks, hours,
                first_day, last_day, iban, address, deductions, expected, state, anomalies, gross, net, attempt, holder_tries,
                check_after, bank_date
         from line where flow_id = $1 and state = 'IN_VERIFICATION' and check_after <= $2 order by number limit $3",
        flow,
        now,
        most,
    )
    .fetch_all(db)
    .await?;
    kept(rows)
}

/// Writes where lines stand now.
pub(crate) async fn advance(db: &mut PgConnection, lines: &[&Kept]) -> Result<(), sqlx::Error> {
    let mut columns = Columns::default();
    for line in lines {
        columns.push(line)?;
    }
    sqlx::query!(
        "update line
         set state = new.state, anomalies = string_to_array(new.anomalies, ','), gross = new.gross, net = new.net,
             attempt = new.attempt, holder_tries = new.holder_tries, check_after = new.check_after,
             bank_date = new.bank_date, iban = new.iban, address = new.address, deductions = new.deductions
         from unnest($1::date[], $2::uuid[], $3::int[], $4::text[], $5::text[], $6::bigint[], $7::bigint[], $8::int[], $9::int[],
                     $10::timestamptz[], $11::date[], $12::text[], $13::jsonb[], $14::boolean[])
              as new (month, flow_id, number, state, anomalies, gross, net, attempt, holder_tries, check_after, bank_date, iban,
                      address, deductions)
         where line.month = new.month and line.flow_id = new.flow_id and line.number = new.number",
        &columns.month,
        &columns.flow,
        &columns.number,
        &columns.state,
        &columns.anomalies,
        &columns.gross as &[Option<i64>],
        &columns.net as &[Option<i64>],
        &columns.attempt,
        &columns.holder_tries,
        &columns.check_after as &[Option<DateTime<Utc>>],
        &columns.bank_date as &[Option<NaiveDate>],
        &columns.iban as &[Option<String>],
        &columns.address as &[Option<serde_json::Value>],
        &columns.deductions,
    )
    .execute(db)
    .await?;
    Ok(())
}

#[derive(Default)]
struct Columns {
    month: Vec<NaiveDate>,
    flow: Vec<Uuid>,
    number: Vec<i32>,
    state: Vec<String>,
    anomalies: Vec<String>,
    gross: Vec<Option<i64>>,
    net: Vec<Option<i64>>,
    attempt: Vec<i32>,
    holder_tries: Vec<i32>,
    check_after: Vec<Option<DateTime<Utc>>>,
    bank_date: Vec<Option<NaiveDate>>,
    iban: Vec<Option<String>>,
    address: Vec<Option<serde_json::Value>>,
    deductions: Vec<bool>,
}

impl Columns {
    fn push(&mut self, line: &Kept) -> Result<(), sqlx::Error> {
        let (iban, address) = way_columns(&line.way)?;
        let codes: Vec<_> = line.anomalies.iter().map(|it| it.code()).collect();
        self.month.push(line.month.first_day());
        self.flow.push(line.flow);
        self.number.push(integer(line.number)?);
        self.state.push(line.state.code().to_owned());
        self.anomalies.push(codes.join(","));
        self.gross.push(line.amount.map(|it| it.0.get()));
        self.net.push(line.amount.map(|it| it.1.get()));
        self.attempt.push(integer(line.attempt)?);
        self.holder_tries.push(integer(line.holder_tries)?);
        self.check_after.push(line.check_after);
        self.bank_date.push(line.bank_date);
        self.iban.push(iban);
        self.address.push(address);
        self.deductions.push(line.deductions);
        Ok(())
    }
}

/// What is known of the workers of a grant on the days that a flow covers.
pub(crate) async fn known(
    db: &mut PgConnection,
    authorization: &str,
    covered: Period,
) -> Result<Known, sqlx::Error> {
    let rows = sqlx::query!(
        "select distinct line.person_id as \"person!\", month, authorization_number = $1 as \"here!\"
         from granted_worker join line on line.person_id = granted_worker.person_id
         where granted_worker.number = $1 and type in ('0', '1')
           and month between date_trunc('month', $2::date)::date and $3
           and case when authorization_number = $1 then state = 'PAID'
                    else state in ('RECEIVED', 'IN_VERIFICATION', 'VERIFIED', 'ORDERED', 'PAID')
                         and first_day <= $3 and last_day >= $2 end",
        authorization,
        covered.first_day(),
        covered.last_day(),
    )
    .fetch_all(db)
    .await?;
    let of = |here| {
        let found = rows.iter().filter(|row| row.here == here);
        found
            .map(|row| (row.person, Month::of(row.month)))
            .collect::<HashSet<_>>()
    };
    Ok(Known {
        paid: of(true),
        elsewhere: of(false),
    })
}

/// The lines of a flow that are stopped, in their order.
pub(crate) async fn stopped(db: &mut PgConnection, flow: Uuid) -> Result<ToCorrect, sqlx::Error> {
    let rows = sqlx::query!(
        "select number, codice_fiscale, surname, name, month, type, anomalies from line
         where flow_id = $1 and state = 'ANOMALY' order by number",
        flow,
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|row| {
            let wrong = [
                Anomaly::CfInvalid,
                Anomaly::CfUnknown,
                Anomaly::NotABeneficiary,
            ];
            let is_wrong = |code: &String| wrong.iter().any(|it| it.code() == code);
            Ok(Stopped {
                number: row.number,
                person: person_of(&row.surname, &row.name),
                codice_fiscale: row.codice_fiscale,
                month: Month::of(row.month),
                line_type: coded(&row.r#type, LineType::parse, "line.type")?,
                wrong_person: row.anomalies.iter().any(is_wrong),
            })
        })
        .collect()
}

/// Verified lines of an office whose claim stands, by whichever grant, with their authorisations and flows, to lock them before.
/// Under an annulled claim, or one that is looked at again, lines wait; under a later grant, until it is known what that grants to
/// whom.
pub(crate) async fn to_order(
    db: &mut PgConnection,
    scope: &Scope,
    most: i64,
) -> Result<Vec<(String, Uuid, i32)>, sqlx::Error> {
    let offices = scope.offices();
    let rows = sqlx::query!(
        "select authorization_number, flow_id, number from line
         where state = 'VERIFIED' and net > 0 and ($1::text[] is null or office = any($1))
           and exists (select from authorisation as of_line join authorisation as in_force using (claim_id)
                       where of_line.number = authorization_number and in_force.active
                         and (in_force.number = of_line.number or in_force.ticket is not null))
         order by received_at, flow_id, number limit $2",
        offices.as_deref(),
        most,
    )
    .fetch_all(db)
    .await?;
    let keys = rows.into_iter();
    Ok(keys
        .map(|row| (row.authorization_number, row.flow_id, row.number))
        .collect())
}

/// A payment as its worker sees it.
pub(crate) struct Mine {
    /// The line.
    pub(crate) line: Kept,
    /// Name of the employer.
    pub(crate) employer_name: String,
    /// Reason of the suspension, on which the ceiling depends.
    pub(crate) causale: String,
    /// When the flow came.
    pub(crate) received_at: DateTime<Utc>,
    /// Day on which the bank is to pay it; `None` before it was ordered.
    pub(crate) execution_date: Option<NaiveDate>,
}

/// Key of a page of one's own payments: month, flow, number.
pub(crate) type MineKey = (NaiveDate, Uuid, i32);

/// The lines of a worker, newest month first, but those that were cancelled.
pub(crate) async fn of_worker(
    db: &mut PgConnection,
    person: Uuid,
    after: Option<MineKey>,
    limit: i64,
) -> Result<Vec<Mine>, sqlx::Error> {
    let rows = sqlx::query!(
        "select month, flow_id, line.number, person_id, codice_fiscale, surname, name, type, hourly_pay, workable_hours, weeks,
                line.hours, line.first_day, line.last_day, iban, address, deductions, expected, line.state, anomalies, gross, net,
                attempt, holder_tries, check_after, bank_date, employer_name, causale, line.received_at,
                (select execution_date from payment_order o join batch on batch.id = o.batch_id
                  where o.flow_id = line.flow_id and o.number = line.number and o.attempt = line.attempt) as execution_date
         from line join flow on flow.id = flow_id
         where person_id = $1 and line.state <> 'CANCELLED'
           and ($2::date is null or (month, flow_id, line.number) < ($2, $3, $4))
         order by month desc, flow_id desc, line.number desc limit $5",
        person,
        after.map(|key| key.0),
        after.map(|key| key.1),
        after.map(|key| key.2),
        limit,
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|row| {
            let line = Row {
                month: row.month,
                flow_id: row.flow_id,
                number: row.number,
                person_id: row.person_id,
                codice_fiscale: row.codice_fiscale,
                surname: row.surname,
                name: row.name,
                r#type: row.r#type,
                hourly_pay: row.hourly_pay,
                workable_hours: row.workable_hours,
                weeks: row.weeks,
                hours: row.hours,
                first_day: row.first_day,
                last_day: row.last_day,
                iban: row.iban,
                address: row.address,
                deductions: row.deductions,
                expected: row.expected,
                state: row.state,
                anomalies: row.anomalies,
                gross: row.gross,
                net: row.net,
                attempt: row.attempt,
                holder_tries: row.holder_tries,
                check_after: row.check_after,
                bank_date: row.bank_date,
            };
            Ok(Mine {
                line: line.kept()?,
                employer_name: row.employer_name,
                causale: row.causale,
                received_at: row.received_at,
                execution_date: row.execution_date,
            })
        })
        .collect()
}

/// What a person did to lines.
pub(crate) struct Act<'a> {
    /// Code of what was done.
    pub(crate) action: &'static str,
    /// Why.
    pub(crate) reason: &'a str,
    /// Who.
    pub(crate) person: Uuid,
    /// When.
    pub(crate) at: DateTime<Utc>,
}

/// Keeps what a person did to a line, and what had stopped it.
pub(crate) async fn keep_act(
    db: &mut PgConnection,
    line: &Kept,
    act: &Act<'_>,
) -> Result<(), sqlx::Error> {
    let codes: Vec<_> = line
        .anomalies
        .iter()
        .map(|it| it.code().to_owned())
        .collect();
    sqlx::query!(
        "insert into line_act (flow_id, number, action, anomalies, reason, person_id, acted_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        line.flow,
        integer(line.number)?,
        act.action,
        &codes,
        act.reason,
        act.person,
        act.at,
    )
    .execute(db)
    .await?;
    Ok(())
}
