//! Mandates of intermediaries.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::io::Read;

use chassis::Failure;
use chassis::db::Connection;
use chrono::{DateTime, NaiveDate, Utc};
use kernel::{CodiceFiscale, Matricola};
use proto::omnia::anagrafe::v1::entitlement_event::Kind;
use uuid::Uuid;

use super::table::{Cells, Faults, Lines, keys_once, read};
use super::{App, Applied};
use crate::domain::mandate::Mandate;
use crate::domain::role::Role;
use crate::store;

const LAYOUT: [&str; 4] = [
    "matricola",
    "delegate_codice_fiscale",
    "valid_from",
    "valid_to",
];

/// A line.
pub(super) struct MandateLine {
    matricola: String,
    delegate: String,
    from: NaiveDate,
    to: Option<NaiveDate>,
}

pub(super) fn parse(
    file: impl Read,
    faults: &mut Faults,
) -> Result<(usize, Lines<MandateLine>), csv::Error> {
    let (count, lines) = read(file, &LAYOUT, faults, mandate_line)?;
    keys_once(&lines, "matricola", faults, |line| {
        (line.matricola.clone(), line.delegate.clone(), line.from)
    });
    Ok((count, lines))
}

fn mandate_line(cells: &mut Cells<'_>) -> Option<MandateLine> {
    let matricola = cells.parse::<Matricola>("matricola");
    let delegate = cells.parse::<CodiceFiscale>("delegate_codice_fiscale");
    let (from, to) = cells.days("valid_from", "valid_to")?;
    Some(MandateLine {
        matricola: matricola?.to_string(),
        delegate: delegate?.to_string(),
        from,
        to,
    })
}

pub(super) async fn apply(
    app: &App,
    conn: &mut Connection,
    lines: &Lines<MandateLine>,
) -> Result<Applied, Failure> {
    let now = app.clock.now();
    let delegates: BTreeSet<String> = lines
        .iter()
        .map(|(_, line)| line.delegate.clone())
        .collect();
    let delegates: Vec<String> = delegates.into_iter().collect();
    let fresh: Vec<Uuid> = delegates.iter().map(|_| app.ids.at(now)).collect();
    let delegates = store::people::ensure_all(conn, &delegates, &fresh, now).await?;
    let mut applied = Applied::default();
    check(conn, lines, &delegates, now, &mut applied.faults).await?;
    if !applied.faults.is_empty() {
        return Ok(applied);
    }
    let ids: Vec<Uuid> = delegates.values().copied().collect();
    let known = store::mandates::ever_of(&mut *conn, &ids).await?;
    let (new, changed) = sort_out(app, lines, &delegates, &known, now);
    store::mandates::insert(conn, &new, None, now).await?;
    let ends: Vec<(Uuid, Option<NaiveDate>)> = changed.iter().map(|one| (one.id, one.to)).collect();
    store::mandates::set_ends(conn, &ends).await?;
    applied.created = new.len();
    applied.updated = changed.len();
    let touched: BTreeSet<Uuid> = new.iter().chain(&changed).map(|one| one.delegate).collect();
    applied.events = touched
        .into_iter()
        .map(|person| (person, Kind::MandateGranted))
        .collect();
    Ok(applied)
}

async fn check(
    conn: &mut Connection,
    lines: &Lines<MandateLine>,
    delegates: &HashMap<String, Uuid>,
    now: DateTime<Utc>,
    faults: &mut Faults,
) -> Result<(), Failure> {
    let matricole: Vec<String> = lines
        .iter()
        .map(|(_, line)| line.matricola.clone())
        .collect();
    let known = store::employers::registered_offices(&mut *conn, &matricole).await?;
    let ids: Vec<Uuid> = delegates.values().copied().collect();
    let roles = store::grants::of_people(&mut *conn, &ids, now).await?;
    let excluded: HashSet<Uuid> = roles
        .iter()
        .filter(|grant| grant.role.excludes(Role::Int))
        .map(|grant| grant.holder)
        .collect();
    for (number, line) in lines {
        if !known.contains_key(&line.matricola) {
            faults.add(
                *number,
                "matricola",
                "is not known: import its employer first",
            );
        }
        if delegates
            .get(&line.delegate)
            .is_some_and(|id| excluded.contains(id))
        {
            let rule = "holds a role that excludes mandates (identity.md §4.2)";
            faults.add(*number, "delegate_codice_fiscale", rule);
        }
    }
    Ok(())
}

/// Tells new mandates from those whose last day changed. What was withdrawn stays so.
fn sort_out(
    app: &App,
    lines: &Lines<MandateLine>,
    delegates: &HashMap<String, Uuid>,
    known: &[Mandate],
    now: DateTime<Utc>,
) -> (Vec<Mandate>, Vec<Mandate>) {
    let by_key: HashMap<(&str, Uuid, NaiveDate), &Mandate> = known
        .iter()
        .map(|one| ((one.matricola.as_str(), one.delegate, one.from), one))
        .collect();
    let (mut new, mut changed) = (Vec::new(), Vec::new());
    for (_, line) in lines {
        let Some(delegate) = delegates.get(&line.delegate).copied() else {
            continue;
        };
        match by_key.get(&(line.matricola.as_str(), delegate, line.from)) {
            None => new.push(Mandate {
                id: app.ids.at(now),
                matricola: line.matricola.clone(),
                employer_name: String::new(),
                delegate,
                from: line.from,
                to: line.to,
                withdrawn_at: None,
            }),
            Some(one) if one.withdrawn_at.is_none() && one.to != line.to => {
                changed.push(Mandate {
                    to: line.to,
                    ..(*one).clone()
                });
            }
            Some(_) => {}
        }
    }
    (new, changed)
}
