//! Roles of people and system clients.

use std::collections::{BTreeSet, HashMap};
use std::io::Read;
use std::str::FromStr;

use chassis::Failure;
use chassis::db::Connection;
use chrono::{DateTime, NaiveDate, Utc};
use kernel::{CodiceFiscale, Matricola, OfficeCode, rome};
use proto::omnia::anagrafe::v1::entitlement_event::Kind;
use uuid::Uuid;

use super::table::{Cells, Faults, Lines, keys_once, read};
use super::{App, Applied};
use crate::domain::grant::{Grant, Validity};
use crate::domain::role::{Area, HeldOver, Role};
use crate::domain::territory::{Metro, Territory};
use crate::store;
use crate::store::grants::NewGrant;

const LAYOUT: [&str; 8] = [
    "codice_fiscale",
    "client_id",
    "role",
    "organisation",
    "areas",
    "effective_from",
    "effective_to",
    "dasmo_from",
];

/// Who holds the role.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Holder {
    Person(String),
    Client(String),
}

/// A line.
pub(super) struct RoleLine {
    holder: Holder,
    role: Role,
    organisation: String,
    areas: Vec<String>,
    effective_from: DateTime<Utc>,
    effective_to: Option<DateTime<Utc>>,
    dasmo_from: Option<DateTime<Utc>>,
}

pub(super) fn parse(
    file: impl Read,
    territory: &Territory,
    faults: &mut Faults,
) -> Result<(usize, Lines<RoleLine>), csv::Error> {
    let (count, lines) = read(file, &LAYOUT, faults, |cells| role_line(cells, territory))?;
    keys_once(&lines, "role", faults, |line| {
        (
            line.holder.clone(),
            line.role,
            line.organisation.clone(),
            line.effective_from,
        )
    });
    Ok((count, lines))
}

fn role_line(cells: &mut Cells<'_>, territory: &Territory) -> Option<RoleLine> {
    let role = grantable(cells);
    let holder = role.and_then(|role| holder(cells, role));
    let organisation = role.and_then(|role| organisation(cells, role, territory));
    let areas = cells.list::<Area>("areas").map(Area::names);
    let days = cells.days("effective_from", "effective_to");
    let dasmo = cells.optional_day("dasmo_from");
    let (role, areas, dasmo) = (role?, areas?, dasmo?);
    if dasmo.is_some() && !role.may_have_dasmo(&areas) {
        return cells.fault(
            "dasmo_from",
            "must be empty: the role may not have DASMO (claims.md DAS-9)",
        );
    }
    let (first, last) = days?;
    Some(RoleLine {
        holder: holder?,
        role,
        organisation: organisation?,
        areas,
        effective_from: rome::start_of_day(first),
        effective_to: last
            .and_then(|last| last.succ_opt())
            .map(rome::start_of_day),
        dasmo_from: dasmo.map(|day: NaiveDate| rome::start_of_day(day)),
    })
}

fn grantable(cells: &mut Cells<'_>) -> Option<Role> {
    match cells.parse::<Role>("role")? {
        Role::Cit => cells.fault("role", "must not be CIT: everybody is a citizen"),
        role => Some(role),
    }
}

fn holder(cells: &mut Cells<'_>, role: Role) -> Option<Holder> {
    if role == Role::SysP {
        if !cells.text("codice_fiscale").is_empty() {
            return cells.fault("codice_fiscale", "must be empty for SYS-P");
        }
        return cells
            .parse::<Identifier<64>>("client_id")
            .map(|id| Holder::Client(id.0));
    }
    if !cells.text("client_id").is_empty() {
        return cells.fault("client_id", "must be empty except for SYS-P");
    }
    cells
        .parse::<CodiceFiscale>("codice_fiscale")
        .map(|code| Holder::Person(code.to_string()))
}

fn organisation(cells: &mut Cells<'_>, role: Role, territory: &Territory) -> Option<String> {
    const COLUMN: &str = "organisation";
    let text = cells.text(COLUMN);
    match role.held_over() {
        HeldOver::Nothing | HeldOver::OfficeOrCentral if text.is_empty() => Some(String::new()),
        HeldOver::Nothing => cells.fault(COLUMN, "must be empty for this role"),
        HeldOver::Firm => cells
            .parse::<Matricola>(COLUMN)
            .map(|matricola| matricola.to_string()),
        HeldOver::Office | HeldOver::OfficeOrCentral => {
            let code = cells.parse::<OfficeCode>(COLUMN)?;
            match territory.office(code.as_str()) {
                Some(office) => Some(office.code.to_string()),
                None => cells.fault(COLUMN, "is not the code of an office (claims.md §2.5)"),
            }
        }
        HeldOver::Region if territory.regional_directorate(text).is_some() => Some(text.to_owned()),
        HeldOver::Region => cells.fault(COLUMN, "must be the ISTAT code of a region, two digits"),
        HeldOver::Coordination if Metro::of_name(text).is_some() => Some(text.to_owned()),
        HeldOver::Coordination => cells.fault(COLUMN, "must be ROMA, MILANO or NAPOLI"),
        HeldOver::Body => cells.parse::<Identifier<32>>(COLUMN).map(|body| body.0),
    }
}

/// A code of letters, digits, `.`, `_` and `-`.
struct Identifier<const LENGTH: usize>(String);

#[derive(Debug, thiserror::Error)]
#[error("must be 1 to {0} letters, digits, '.', '_' or '-'")]
struct NoIdentifier(usize);

impl<const LENGTH: usize> FromStr for Identifier<LENGTH> {
    type Err = NoIdentifier;

    fn from_str(text: &str) -> Result<Self, NoIdentifier> {
        let shaped = (1..=LENGTH).contains(&text.len())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
        if shaped {
            Ok(Self(text.to_owned()))
        } else {
            Err(NoIdentifier(LENGTH))
        }
    }
}

pub(super) async fn apply(
    app: &App,
    conn: &mut Connection,
    lines: &Lines<RoleLine>,
) -> Result<Applied, Failure> {
    let now = app.clock.now();
    let holders = holders(app, conn, lines, now).await?;
    let ids: Vec<Uuid> = holders.values().copied().collect();
    let known = store::grants::ever_of(&mut *conn, &ids).await?;
    let mut applied = Applied::default();
    check_firms(conn, lines, &mut applied.faults).await?;
    check_compatible(conn, lines, &holders, &known, now, &mut applied.faults).await?;
    if !applied.faults.is_empty() {
        return Ok(applied);
    }
    let (new, changed) = sort_out(app, lines, &holders, known, now);
    store::grants::insert(conn, &new, now).await?;
    store::grants::update(conn, &changed).await?;
    applied.created = new.len();
    applied.updated = changed.len();
    let holders = new
        .iter()
        .map(|new| &new.grant)
        .chain(&changed)
        .map(|grant| grant.holder);
    applied.events = holders
        .collect::<BTreeSet<_>>()
        .into_iter()
        .map(|holder| (holder, Kind::RoleGranted))
        .collect();
    Ok(applied)
}

async fn holders(
    app: &App,
    conn: &mut Connection,
    lines: &Lines<RoleLine>,
    now: DateTime<Utc>,
) -> Result<HashMap<Holder, Uuid>, Failure> {
    let (mut people, mut clients) = (BTreeSet::new(), BTreeSet::new());
    for (_, line) in lines {
        match &line.holder {
            Holder::Person(codice_fiscale) => people.insert(codice_fiscale.clone()),
            Holder::Client(client_id) => clients.insert(client_id.clone()),
        };
    }
    let (people, clients): (Vec<_>, Vec<_>) =
        (people.into_iter().collect(), clients.into_iter().collect());
    let fresh = |count: usize| -> Vec<Uuid> { (0..count).map(|_| app.ids.at(now)).collect() };
    let people = store::people::ensure_all(conn, &people, &fresh(people.len()), now).await?;
    let clients = store::people::ensure_clients(conn, &clients, &fresh(clients.len()), now).await?;
    let people = people
        .into_iter()
        .map(|(code, id)| (Holder::Person(code), id));
    Ok(people
        .chain(
            clients
                .into_iter()
                .map(|(client, id)| (Holder::Client(client), id)),
        )
        .collect())
}

async fn check_firms(
    conn: &mut Connection,
    lines: &Lines<RoleLine>,
    faults: &mut Faults,
) -> Result<(), Failure> {
    let of_firms = || {
        lines
            .iter()
            .filter(|(_, line)| line.role.held_over() == HeldOver::Firm)
    };
    let matricole: Vec<String> = of_firms()
        .map(|(_, line)| line.organisation.clone())
        .collect();
    let known = store::employers::registered_offices(&mut *conn, &matricole).await?;
    for (number, line) in of_firms() {
        if !known.contains_key(&line.organisation) {
            faults.add(
                *number,
                "organisation",
                "is not known: import its employer first",
            );
        }
    }
    Ok(())
}

/// Compares each line with whatever else the holder has or gets.
async fn check_compatible(
    conn: &mut Connection,
    lines: &Lines<RoleLine>,
    holders: &HashMap<Holder, Uuid>,
    known: &[Grant],
    now: DateTime<Utc>,
    faults: &mut Faults,
) -> Result<(), Failure> {
    let mut roles: HashMap<Uuid, BTreeSet<Role>> = HashMap::new();
    for grant in known
        .iter()
        .filter(|grant| grant.validity(now) != Validity::Over)
    {
        roles.entry(grant.holder).or_default().insert(grant.role);
    }
    let living = |line: &RoleLine| line.effective_to.is_none_or(|end| end > now);
    for (_, line) in lines.iter().filter(|(_, line)| living(line)) {
        if let Some(holder) = holders.get(&line.holder) {
            roles.entry(*holder).or_default().insert(line.role);
        }
    }
    let ids: Vec<Uuid> = roles.keys().copied().collect();
    for delegate in store::mandates::delegates_among(&mut *conn, &ids, rome::date_of(now)).await? {
        roles.entry(delegate).or_default().insert(Role::Int);
    }
    for (number, line) in lines.iter().filter(|(_, line)| living(line)) {
        let of_holder = holders
            .get(&line.holder)
            .and_then(|holder| roles.get(holder));
        if of_holder.is_some_and(|roles| roles.iter().any(|other| other.excludes(line.role))) {
            faults.add(
                *number,
                "role",
                "is incompatible with another role of the same person (identity.md §4.2)",
            );
        }
    }
    Ok(())
}

/// Tells new grants from changed ones. What was withdrawn stays so, role and DASMO alike.
fn sort_out(
    app: &App,
    lines: &Lines<RoleLine>,
    holders: &HashMap<Holder, Uuid>,
    known: Vec<Grant>,
    now: DateTime<Utc>,
) -> (Vec<NewGrant>, Vec<Grant>) {
    let mut by_key: HashMap<(Uuid, Role, String, DateTime<Utc>), Grant> = known
        .into_iter()
        .map(|grant| {
            (
                (
                    grant.holder,
                    grant.role,
                    grant.organisation.clone(),
                    grant.effective_from,
                ),
                grant,
            )
        })
        .collect();
    let (mut new, mut changed) = (Vec::new(), Vec::new());
    for (_, line) in lines {
        let Some(holder) = holders.get(&line.holder).copied() else {
            continue;
        };
        let key = (
            holder,
            line.role,
            line.organisation.clone(),
            line.effective_from,
        );
        match by_key.remove(&key) {
            None => new.push(new_grant(app, line, holder, now)),
            Some(grant) => changed.extend(merged(&grant, line)),
        }
    }
    (new, changed)
}

fn new_grant(app: &App, line: &RoleLine, holder: Uuid, now: DateTime<Utc>) -> NewGrant {
    NewGrant {
        grant: Grant {
            id: app.ids.at(now),
            holder,
            role: line.role,
            organisation: line.organisation.clone(),
            areas: line.areas.clone(),
            effective_from: line.effective_from,
            effective_to: line.effective_to,
            withdrawn_at: None,
            dasmo_from: line.dasmo_from,
            dasmo_withdrawn_at: None,
        },
        is_client: matches!(line.holder, Holder::Client(_)),
        structure: app.structure_of(line.role, &line.organisation),
        granted_by: None,
    }
}

fn merged(known: &Grant, line: &RoleLine) -> Option<Grant> {
    if known.withdrawn_at.is_some() {
        return None;
    }
    let mut grant = known.clone();
    grant.areas.clone_from(&line.areas);
    grant.effective_to = line.effective_to;
    if grant.dasmo_withdrawn_at.is_none() {
        grant.dasmo_from = line.dasmo_from.or(known.dasmo_from);
    }
    (grant != *known).then_some(grant)
}
