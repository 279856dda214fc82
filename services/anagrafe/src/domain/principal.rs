//! What a verified identity may act as at an instant (`identity.md` §2, §4.1).

use chrono::{DateTime, Utc};
use kernel::OfficeCode;
use uuid::Uuid;

use super::grant::{Grant, Validity};
use super::mandate::Mandate;
use super::role::Role;
use super::territory::{Metro, Territory};

/// What the caller asked to act as.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wish {
    /// Role, if one was chosen.
    pub role: Option<Role>,
    /// Organisation, if one was chosen.
    pub organisation: Option<String>,
    /// Mandate, if one was chosen.
    pub mandate: Option<Uuid>,
}

/// What the identity holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// False for a system client: every person is a citizen, a client is not.
    pub is_person: bool,
    /// Roles, past ones possibly left out.
    pub grants: Vec<Grant>,
    /// Whether there is or was a mandate: who ever held one is an intermediary, without an active mandate or with one.
    pub is_delegate: bool,
    /// The active mandates that fit the wish; two stand for any number above one.
    pub mandates: Vec<Mandate>,
}

/// Outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolution {
    /// May act so.
    Resolved(Box<Profile>),
    /// Must choose among these: roles, or `ROLE@organisation` when one is held at several.
    RoleRequired(Vec<String>),
    /// The role is not held.
    RoleNotHeld,
    /// The role is held but does not work yet.
    RoleNotEffective,
    /// No active mandate, not the one asked for, or several and none chosen.
    MandateNotActive,
}

/// What to act as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// Role.
    pub role: Role,
    /// Organisation; empty for several firms or none.
    pub organisation: String,
    /// Territory or firms.
    pub reach: Reach,
    /// Subject areas of staff.
    pub areas: Vec<String>,
    /// Mandate in use.
    pub mandate: Option<Mandate>,
    /// DASMO is open, not yet open, or not granted.
    pub dasmo: Validity,
}

/// Over what a role reaches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// Own rows, and those of these matricole.
    Own(Vec<String>),
    /// The matricola of the mandate.
    Mandate(String),
    /// An office, with those under it for its director.
    Sede(Vec<OfficeCode>),
    /// The Sedi of a metropolitan coordination.
    Metro(Vec<OfficeCode>),
    /// The Sedi of a region.
    Regione(Vec<OfficeCode>),
    /// Italy.
    Nazionale,
    /// The technical system, no rows of people.
    System,
}

/// Decides what the identity may act as.
pub fn resolve(held: &Held, wish: &Wish, now: DateTime<Utc>, territory: &Territory) -> Resolution {
    let role = match chosen_role(held, wish, now) {
        Ok(role) => role,
        Err(resolution) => return resolution,
    };
    match role {
        Role::Cit if held.is_person => Resolution::Resolved(Box::new(Profile::plain(Role::Cit))),
        Role::Int => as_intermediary(held, wish, now),
        role => as_holder(role, held, wish, now, territory),
    }
}

/// The role asked for; else the only one that works now; else intermediary for who ever held a mandate, else citizen.
fn chosen_role(held: &Held, wish: &Wish, now: DateTime<Utc>) -> Result<Role, Resolution> {
    if let Some(role) = wish.role {
        return Ok(role);
    }
    if wish.mandate.is_some() {
        return Ok(Role::Int);
    }
    let mut working: Vec<Role> = fitting(held, wish)
        .filter(|grant| grant.role != Role::Int && grant.validity(now) == Validity::Effective)
        .map(|grant| grant.role)
        .collect();
    if wish.organisation.is_none() && held.mandates.iter().any(|mandate| mandate.is_active(now)) {
        working.push(Role::Int);
    }
    working.sort_unstable();
    working.dedup();
    match working.as_slice() {
        // Whoever only ever acted under mandates is told that none is left, not that a citizen may not.
        [] if held.is_delegate && wish.organisation.is_none() => Ok(Role::Int),
        [] if held.is_person && wish.organisation.is_none() => Ok(Role::Cit),
        [] => Err(Resolution::RoleNotHeld),
        [only] => Ok(*only),
        several => Err(Resolution::RoleRequired(
            several.iter().map(|role| role.id().to_owned()).collect(),
        )),
    }
}

fn fitting<'a>(held: &'a Held, wish: &'a Wish) -> impl Iterator<Item = &'a Grant> {
    held.grants.iter().filter(|grant| {
        wish.organisation
            .as_ref()
            .is_none_or(|asked| *asked == grant.organisation)
    })
}

fn as_intermediary(held: &Held, wish: &Wish, now: DateTime<Utc>) -> Resolution {
    let qualified = held.grants.iter().any(|grant| grant.role == Role::Int);
    if !held.is_delegate && !qualified {
        return Resolution::RoleNotHeld;
    }
    let mut active = held
        .mandates
        .iter()
        .filter(|mandate| mandate.is_active(now))
        .filter(|mandate| wish.mandate.is_none_or(|asked| asked == mandate.id));
    match (active.next(), active.next()) {
        (Some(mandate), None) => Resolution::Resolved(Box::new(Profile {
            reach: Reach::Mandate(mandate.matricola.clone()),
            mandate: Some(mandate.clone()),
            ..Profile::plain(Role::Int)
        })),
        _ => Resolution::MandateNotActive,
    }
}

fn as_holder(
    role: Role,
    held: &Held,
    wish: &Wish,
    now: DateTime<Utc>,
    territory: &Territory,
) -> Resolution {
    let of_role = || fitting(held, wish).filter(|grant| grant.role == role);
    let working: Vec<&Grant> = of_role()
        .filter(|grant| grant.validity(now) == Validity::Effective)
        .collect();
    if working.is_empty() {
        let pending = of_role().any(|grant| grant.validity(now) == Validity::Pending);
        return if pending {
            Resolution::RoleNotEffective
        } else {
            Resolution::RoleNotHeld
        };
    }
    let mut organisations: Vec<&str> = working
        .iter()
        .map(|grant| grant.organisation.as_str())
        .collect();
    organisations.sort_unstable();
    organisations.dedup();
    if matches!(role, Role::AzTit | Role::AzLr | Role::AzCon) {
        return Resolution::Resolved(Box::new(of_firms(role, &organisations)));
    }
    let [organisation] = organisations[..] else {
        let choices = organisations
            .iter()
            .map(|at| format!("{}@{at}", role.id()))
            .collect();
        return Resolution::RoleRequired(choices);
    };
    match reach(role, organisation, territory) {
        Some(reach) => Resolution::Resolved(Box::new(Profile {
            role,
            organisation: organisation.to_owned(),
            reach,
            areas: areas(&working),
            mandate: None,
            dasmo: dasmo(&working, now),
        })),
        None => Resolution::RoleNotHeld,
    }
}

fn of_firms(role: Role, matricole: &[&str]) -> Profile {
    let organisation = match matricole {
        [only] => (*only).to_owned(),
        _ => String::new(),
    };
    Profile {
        organisation,
        reach: Reach::Own(matricole.iter().map(|one| (*one).to_owned()).collect()),
        ..Profile::plain(role)
    }
}

fn areas(grants: &[&Grant]) -> Vec<String> {
    let mut areas: Vec<String> = grants
        .iter()
        .flat_map(|grant| grant.areas.clone())
        .collect();
    areas.sort_unstable();
    areas.dedup();
    areas
}

fn dasmo(grants: &[&Grant], now: DateTime<Utc>) -> Validity {
    let each = || grants.iter().map(|grant| grant.dasmo(now));
    if each().any(|one| one == Validity::Effective) {
        Validity::Effective
    } else if each().any(|one| one == Validity::Pending) {
        Validity::Pending
    } else {
        Validity::Over
    }
}

/// The territory of a role (`identity.md` §4.1). `None` when the organisation is none that the role can have.
fn reach(role: Role, organisation: &str, territory: &Territory) -> Option<Reach> {
    let office = || {
        territory
            .office(organisation)
            .map(|office| office.code.clone())
    };
    Some(match role {
        Role::Dir if organisation.is_empty() => Reach::Nazionale,
        Role::Sede | Role::Po | Role::Dir | Role::Idm => Reach::Sede(vec![office()?]),
        Role::Dsede => Reach::Sede(territory.with_those_under(&office()?)),
        Role::Dreg | Role::Prog => Reach::Regione(territory.sedi_of_region(organisation)),
        Role::Dcm => Reach::Metro(territory.sedi_of_metro(Metro::of_name(organisation)?)),
        Role::Aud | Role::Mlps | Role::Gdf | Role::Adv => Reach::Nazionale,
        Role::Sre => Reach::System,
        Role::Cit
        | Role::Lav
        | Role::Dld
        | Role::Ente
        | Role::SysP
        | Role::Int
        | Role::AzTit
        | Role::AzLr
        | Role::AzCon => Reach::Own(Vec::new()),
    })
}

impl Profile {
    fn plain(role: Role) -> Self {
        Self {
            role,
            organisation: String::new(),
            reach: Reach::Own(Vec::new()),
            areas: Vec::new(),
            mandate: None,
            dasmo: Validity::Over,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data;

    const NOW: &str = "2022-12-15T14:30:00Z";

    fn instant(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn grant(role: Role, organisation: &str) -> Grant {
        Grant {
            id: Uuid::nil(),
            holder: Uuid::nil(),
            role,
            organisation: organisation.to_owned(),
            areas: vec!["AMMORTIZZATORI".to_owned()],
            effective_from: instant("2022-01-01T00:00:00Z"),
            effective_to: None,
            withdrawn_at: None,
            dasmo_from: None,
            dasmo_withdrawn_at: None,
        }
    }

    fn mandate(id: u128, matricola: &str) -> Mandate {
        Mandate {
            id: Uuid::from_u128(id),
            matricola: matricola.to_owned(),
            employer_name: "Esempio".to_owned(),
            delegate: Uuid::nil(),
            from: "2022-01-01".parse().unwrap(),
            to: None,
            withdrawn_at: None,
        }
    }

    fn person(grants: Vec<Grant>, mandates: Vec<Mandate>) -> Held {
        Held {
            is_person: true,
            is_delegate: !mandates.is_empty(),
            grants,
            mandates,
        }
    }

    fn asking(role: Role) -> Wish {
        Wish {
            role: Some(role),
            ..Wish::default()
        }
    }

    fn outcome(held: &Held, wish: &Wish) -> Resolution {
        resolve(held, wish, instant(NOW), &data::territory().unwrap())
    }

    fn profile(held: &Held, wish: &Wish) -> Profile {
        match outcome(held, wish) {
            Resolution::Resolved(profile) => *profile,
            other => panic!("not resolved: {other:?}"),
        }
    }

    fn offices(reach: Reach) -> Vec<String> {
        match reach {
            Reach::Sede(codes) | Reach::Metro(codes) | Reach::Regione(codes) => {
                codes.iter().map(ToString::to_string).collect()
            }
            other => panic!("no offices: {other:?}"),
        }
    }

    #[test]
    fn everybody_is_a_citizen() {
        let nobody = person(vec![], vec![]);
        assert_eq!(profile(&nobody, &Wish::default()).role, Role::Cit);
        let director = person(vec![grant(Role::Dsede, "490000")], vec![]);
        assert_eq!(
            profile(&director, &asking(Role::Cit)).reach,
            Reach::Own(vec![])
        );
    }

    #[test]
    fn a_client_is_no_citizen() {
        let client = Held {
            is_person: false,
            ..person(vec![], vec![])
        };
        assert_eq!(outcome(&client, &Wish::default()), Resolution::RoleNotHeld);
        assert_eq!(
            outcome(&client, &asking(Role::Cit)),
            Resolution::RoleNotHeld
        );
    }

    #[test]
    fn the_only_working_role_needs_no_choice() {
        let director = person(vec![grant(Role::Dsede, "060000")], vec![]);
        let profile = profile(&director, &Wish::default());
        assert_eq!(profile.role, Role::Dsede);
        assert_eq!(offices(profile.reach), ["060000", "060001"]);
    }

    #[test]
    fn two_roles_must_be_chosen_from() {
        let two = person(
            vec![grant(Role::Po, "490000"), grant(Role::AzTit, "4912345678")],
            vec![],
        );
        assert_eq!(
            outcome(&two, &Wish::default()),
            Resolution::RoleRequired(vec!["AZ-TIT".to_owned(), "PO".to_owned()])
        );
        assert_eq!(profile(&two, &asking(Role::Po)).role, Role::Po);
    }

    #[test]
    fn a_mandate_makes_an_intermediary_among_other_roles() {
        let held = person(
            vec![grant(Role::AzCon, "4912345678")],
            vec![mandate(1, "7000000001")],
        );
        assert_eq!(
            outcome(&held, &Wish::default()),
            Resolution::RoleRequired(vec!["AZ-CON".to_owned(), "INT".to_owned()])
        );
    }

    #[test]
    fn one_role_at_two_offices_must_be_chosen_from() {
        let two = person(
            vec![grant(Role::Po, "490000"), grant(Role::Po, "490100")],
            vec![],
        );
        assert_eq!(
            outcome(&two, &asking(Role::Po)),
            Resolution::RoleRequired(vec!["PO@490000".to_owned(), "PO@490100".to_owned()])
        );
        let wish = Wish {
            organisation: Some("490100".to_owned()),
            ..asking(Role::Po)
        };
        assert_eq!(offices(profile(&two, &wish).reach), ["490100"]);
        let elsewhere = Wish {
            organisation: Some("700000".to_owned()),
            ..asking(Role::Po)
        };
        assert_eq!(outcome(&two, &elsewhere), Resolution::RoleNotHeld);
    }

    #[test]
    fn a_consultant_acts_for_every_firm_that_enabled_the_person() {
        let grants = vec![
            grant(Role::AzCon, "4912345678"),
            grant(Role::AzCon, "7000000001"),
        ];
        let profile = profile(&person(grants, vec![]), &Wish::default());
        assert_eq!(profile.organisation, "");
        assert_eq!(
            profile.reach,
            Reach::Own(vec!["4912345678".to_owned(), "7000000001".to_owned()])
        );
    }

    #[test]
    fn a_role_of_tomorrow_is_not_effective_and_one_withdrawn_is_not_held() {
        let mut tomorrow = grant(Role::Sede, "490000");
        tomorrow.effective_from = instant("2022-12-15T23:00:00Z");
        assert_eq!(
            outcome(&person(vec![tomorrow], vec![]), &asking(Role::Sede)),
            Resolution::RoleNotEffective
        );
        let mut withdrawn = grant(Role::Sede, "490000");
        withdrawn.withdrawn_at = Some(instant(NOW));
        assert_eq!(
            outcome(&person(vec![withdrawn], vec![]), &asking(Role::Sede)),
            Resolution::RoleNotHeld
        );
    }

    #[test]
    fn an_intermediary_acts_under_the_only_mandate_or_under_the_chosen_one() {
        let one = person(vec![], vec![mandate(1, "4912345678")]);
        assert_eq!(
            profile(&one, &Wish::default()).reach,
            Reach::Mandate("4912345678".to_owned())
        );
        let two = person(
            vec![],
            vec![mandate(1, "4912345678"), mandate(2, "7000000001")],
        );
        assert_eq!(
            outcome(&two, &asking(Role::Int)),
            Resolution::MandateNotActive
        );
        let second = Wish {
            mandate: Some(Uuid::from_u128(2)),
            ..Wish::default()
        };
        assert_eq!(
            profile(&two, &second).reach,
            Reach::Mandate("7000000001".to_owned())
        );
        let third = Wish {
            mandate: Some(Uuid::from_u128(3)),
            ..asking(Role::Int)
        };
        assert_eq!(outcome(&two, &third), Resolution::MandateNotActive);
    }

    #[test]
    fn who_never_held_a_mandate_is_no_intermediary_and_who_lost_it_has_none_active() {
        let never = person(vec![], vec![]);
        assert_eq!(outcome(&never, &asking(Role::Int)), Resolution::RoleNotHeld);
        let lost = Held {
            is_delegate: true,
            ..never
        };
        assert_eq!(
            outcome(&lost, &asking(Role::Int)),
            Resolution::MandateNotActive
        );
        assert_eq!(
            outcome(&lost, &Wish::default()),
            Resolution::MandateNotActive,
            "who chose nothing is told that no mandate is left"
        );
        assert_eq!(profile(&lost, &asking(Role::Cit)).role, Role::Cit);
    }

    #[test]
    fn each_role_reaches_its_territory() {
        let reach = |role, organisation: &str| {
            let held = person(vec![grant(role, organisation)], vec![]);
            profile(&held, &asking(role)).reach
        };
        for role in [Role::Sede, Role::Po, Role::Dir, Role::Idm] {
            assert_eq!(offices(reach(role, "060000")), ["060000"], "{}", role.id());
        }
        assert_eq!(offices(reach(Role::Dsede, "060000")), ["060000", "060001"]);
        let Reach::Regione(lombardia) = reach(Role::Dreg, "03") else {
            panic!("a region")
        };
        assert_eq!(lombardia.len(), 12);
        let Reach::Metro(roma) = reach(Role::Dcm, "ROMA") else {
            panic!("a coordination")
        };
        assert_eq!(
            roma.iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["700000"]
        );
        assert_eq!(reach(Role::Dir, ""), Reach::Nazionale);
        for role in [Role::Aud, Role::Mlps, Role::Gdf, Role::Adv] {
            assert_eq!(reach(role, ""), Reach::Nazionale, "{}", role.id());
        }
        assert_eq!(reach(Role::Sre, ""), Reach::System);
    }

    #[test]
    fn dasmo_is_open_pending_or_not_granted() {
        let mut director = grant(Role::Dsede, "490000");
        let dasmo =
            |grant: &Grant| profile(&person(vec![grant.clone()], vec![]), &Wish::default()).dasmo;
        assert_eq!(dasmo(&director), Validity::Over);
        director.dasmo_from = Some(instant("2022-12-15T23:00:00Z"));
        assert_eq!(dasmo(&director), Validity::Pending);
        director.dasmo_from = Some(instant("2022-12-14T23:00:00Z"));
        assert_eq!(dasmo(&director), Validity::Effective);
    }
}
