//! The decision: may this caller enter this method, and over which rows.

use kernel::OfficeCode;

use super::matrix::{Cell, Matrix, ScopeKind};
use super::role::Role;
use super::rules::{Access, MethodRule};
use crate::failure::Failure;
use crate::identity::{Caller, Level, MandateInUse, Scope, refusal};

/// How the caller stands to the role of the call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Holds it, and it works now.
    Effective,
    /// Holds it, but it does not work yet: a role granted on day G works from 00:00 (Rome) of G+1.
    NotEffective,
    /// Does not hold it.
    NotHeld,
    /// Holds these and did not choose.
    NotChosen(Vec<String>),
}

/// The DASMO grant that comes on top of the role (`claims.md` DAS-9).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dasmo {
    /// None.
    Absent,
    /// Granted, works from tomorrow.
    Pending,
    /// Works now.
    Effective,
}

/// What is known of a caller.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// Role chosen.
    pub role: Role,
    /// How the caller stands to it.
    pub standing: &'a Standing,
    /// Level of the authentication.
    pub level: Level,
    /// Where the role is held.
    pub organisation: &'a str,
    /// Rows that the role reaches.
    pub territory: &'a Scope,
    /// Subject areas of staff.
    pub areas: &'a [String],
    /// DASMO grant.
    pub dasmo: Dasmo,
    /// Mandate in use.
    pub mandate: Option<&'a MandateInUse>,
    /// Name of the calling service, for SYS-I.
    pub service: Option<&'a str>,
}

impl<'a> Facts<'a> {
    /// What the internal token says.
    pub fn of(caller: &'a Caller) -> Self {
        Self {
            role: caller.role,
            standing: &Standing::Effective,
            level: caller.level,
            organisation: &caller.organisation,
            territory: &caller.scope,
            areas: &caller.areas,
            dasmo: if caller.dasmo {
                Dasmo::Effective
            } else {
                Dasmo::Absent
            },
            mandate: caller.mandate.as_ref(),
            service: caller.service.as_deref(),
        }
    }
}

/// Decides in the order of `identity.md` §7: level (E03), effectiveness (E09), capability (E04), mandate (E07). The
/// first that fails answers. The scope returned is that of the method's cell for the role.
pub fn decide(rule: &MethodRule, facts: &Facts<'_>) -> Result<Scope, Failure> {
    match &rule.access {
        Access::Anyone => Ok(Scope::Own(Vec::new())),
        Access::Services(names) => internal(names, facts),
        Access::Authenticated => {
            require_level(rule.level, facts)?;
            Ok(facts.territory.clone())
        }
        Access::Capability(capability) => {
            let cell = Matrix::embedded().grant(capability, facts.role, facts.areas);
            require_level(needed(rule, capability, cell), facts)?;
            effective(capability, cell, facts)?;
            let cell = capable(rule, capability, cell, facts)?;
            granted(capability, cell, facts)
        }
    }
}

/// The check of a service on what reaches it: `caller` is who the internal token speaks for, `None` without a token.
/// The scope in the token must be what the rule grants, so that a token minted for one method opens no wider one.
pub fn admit(rule: &MethodRule, caller: Option<&Caller>) -> Result<(), Failure> {
    if rule.access == Access::Anyone {
        return Ok(());
    }
    let caller = caller.ok_or_else(refusal::unauthenticated)?;
    let scope = decide(rule, &Facts::of(caller))?;
    if scope == caller.scope {
        Ok(())
    } else {
        Err(Failure::capability_lacking())
    }
}

fn internal(names: &[String], facts: &Facts<'_>) -> Result<Scope, Failure> {
    let admitted = facts.service.is_some_and(|service| {
        facts.role == Role::SysI && names.iter().any(|name| name == "*" || name == service)
    });
    if admitted {
        Ok(Scope::System)
    } else {
        Err(Failure::capability_lacking())
    }
}

fn needed(rule: &MethodRule, capability: &str, cell: Option<&Cell>) -> Level {
    let page = cell
        .and_then(|cell| cell.level)
        .or_else(|| Matrix::embedded().level(capability));
    page.map_or(rule.level, |level| rule.level.max(level))
}

fn require_level(needed: Level, facts: &Facts<'_>) -> Result<(), Failure> {
    if facts.level >= needed {
        Ok(())
    } else {
        Err(refusal::level_too_low(needed))
    }
}

fn effective(capability: &str, cell: Option<&Cell>, facts: &Facts<'_>) -> Result<(), Failure> {
    let pending =
        facts.dasmo == Dasmo::Pending && cell.is_some_and(|cell| needs_dasmo(capability, cell));
    if *facts.standing == Standing::NotEffective || pending {
        return Err(refusal::not_effective());
    }
    Ok(())
}

fn capable<'m>(
    rule: &MethodRule,
    capability: &str,
    cell: Option<&'m Cell>,
    facts: &Facts<'_>,
) -> Result<&'m Cell, Failure> {
    match facts.standing {
        Standing::NotChosen(choices) => return Err(refusal::role_not_chosen(choices)),
        Standing::NotHeld => return Err(Failure::capability_lacking()),
        Standing::Effective | Standing::NotEffective => {}
    }
    let admitted = rule.only_roles.is_empty() || rule.only_roles.contains(&facts.role);
    cell.filter(|_| admitted)
        .filter(|cell| facts.dasmo == Dasmo::Effective || !needs_dasmo(capability, cell))
        .ok_or_else(Failure::capability_lacking)
}

/// The roles of `claims.md` DAS-9 need the grant of the IDM delegate; technical data do not.
fn needs_dasmo(capability: &str, cell: &Cell) -> bool {
    capability.starts_with("DAS-") && cell.kind != ScopeKind::Technical
}

fn granted(capability: &str, cell: &Cell, facts: &Facts<'_>) -> Result<Scope, Failure> {
    match cell.territory() {
        ScopeKind::Own => Ok(own(facts)),
        ScopeKind::Mandate => mandate(facts),
        ScopeKind::Office | ScopeKind::Region | ScopeKind::Metro => offices(capability, facts),
        ScopeKind::National => Ok(Scope::National),
        ScopeKind::Technical => Ok(Scope::System),
        // The territory is that of the role. A body's rows follow from `Caller::organisation`, and no firm's.
        ScopeKind::Body | ScopeKind::DeIdentified | ScopeKind::Aggregates => {
            Ok(facts.territory.clone())
        }
    }
}

fn own(facts: &Facts<'_>) -> Scope {
    match facts.territory {
        Scope::Own(matricole) => Scope::Own(matricole.clone()),
        _ => Scope::Own(Vec::new()),
    }
}

fn mandate(facts: &Facts<'_>) -> Result<Scope, Failure> {
    match (facts.mandate, facts.territory) {
        (Some(mandate), Scope::Mandate(matricola)) if mandate.matricola == *matricola => {
            Ok(facts.territory.clone())
        }
        _ => Err(Failure::mandate_not_active()),
    }
}

/// A DIR of a central directorate reaches the nation in DASMO (`claims.md` DAS-10), and elsewhere only what is of the
/// own structure: the matrix spells out where it is more (`identity.md` §5.4).
fn offices(capability: &str, facts: &Facts<'_>) -> Result<Scope, Failure> {
    match facts.territory {
        Scope::Offices(offices) => Ok(Scope::Offices(offices.clone())),
        Scope::National if facts.role == Role::Dir && capability.starts_with("DAS-") => {
            Ok(Scope::National)
        }
        Scope::National if facts.role == Role::Dir => Ok(Scope::Offices(
            facts
                .organisation
                .parse::<OfficeCode>()
                .into_iter()
                .collect(),
        )),
        _ => Err(Failure::capability_lacking()),
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::access::Rules;
    use crate::failure::Reason;
    use crate::identity::PersonName;

    struct Person {
        role: Role,
        standing: Standing,
        level: Level,
        territory: Scope,
        areas: Vec<String>,
        dasmo: Dasmo,
        mandate: Option<MandateInUse>,
    }

    impl Person {
        fn acting_as(role: Role, territory: Scope) -> Self {
            Self {
                role,
                standing: Standing::Effective,
                level: Level::L2,
                territory,
                areas: Vec::new(),
                dasmo: Dasmo::Absent,
                mandate: None,
            }
        }

        fn facts(&self) -> Facts<'_> {
            Facts {
                role: self.role,
                standing: &self.standing,
                level: self.level,
                organisation: "490000",
                territory: &self.territory,
                areas: &self.areas,
                dasmo: self.dasmo,
                mandate: self.mandate.as_ref(),
                service: None,
            }
        }

        fn calls(&self, path: &str) -> Result<Scope, Reason> {
            decide(Rules::embedded().of(path).unwrap(), &self.facts())
                .map_err(|failure| failure.reason())
        }
    }

    const SUBMIT: &str = "/omnia.claims.v1.ClaimsService/SubmitClaim";
    const GET: &str = "/omnia.claims.v1.ClaimsService/GetClaim";
    const FRESHNESS: &str = "/omnia.dasmo.v1.DasmoService/GetFreshness";
    const CASES: &str = "/omnia.dasmo.v1.DasmoService/ListCases";
    const PROFILES: &str = "/omnia.anagrafe.v1.ProfileService/ListProfiles";
    const GRANT: &str = "/omnia.anagrafe.v1.RolesService/GrantStaffRole";
    const MATRICOLA: &str = "4900000001";

    fn rome() -> Scope {
        Scope::Offices(vec!["700000".parse().unwrap()])
    }

    fn intermediary() -> Person {
        let mut person = Person::acting_as(Role::Int, Scope::Mandate(MATRICOLA.to_owned()));
        person.mandate = Some(MandateInUse {
            id: Uuid::nil(),
            matricola: MATRICOLA.to_owned(),
        });
        person
    }

    #[test]
    fn a_consultant_files_for_the_own_firms() {
        let firms = Scope::Own(vec![MATRICOLA.to_owned()]);
        assert_eq!(
            Person::acting_as(Role::AzCon, firms.clone()).calls(SUBMIT),
            Ok(firms)
        );
    }

    #[test]
    fn an_intermediary_files_under_a_mandate_and_without_one_is_refused() {
        assert_eq!(
            intermediary().calls(SUBMIT),
            Ok(Scope::Mandate(MATRICOLA.to_owned()))
        );
        let mut without = intermediary();
        without.mandate = None;
        assert_eq!(without.calls(SUBMIT), Err(Reason::IdnE07));
    }

    #[test]
    fn a_capability_that_is_lacking_answers_before_a_mandate_that_is_missing() {
        let mut person = intermediary();
        person.mandate = None;
        assert_eq!(person.calls(CASES), Err(Reason::IdnE04));
    }

    #[test]
    fn the_first_failing_stage_answers() {
        let mut person = intermediary();
        person.mandate = None;
        person.standing = Standing::NotEffective;
        person.level = Level::L1;
        let path = CASES;
        assert_eq!(person.calls(path), Err(Reason::IdnE03));
        person.level = Level::L2;
        assert_eq!(person.calls(path), Err(Reason::IdnE09));
        person.standing = Standing::Effective;
        assert_eq!(person.calls(path), Err(Reason::IdnE04));
        assert_eq!(person.calls(SUBMIT), Err(Reason::IdnE07));
    }

    #[test]
    fn a_role_that_is_not_held_or_not_chosen_lacks_the_capability() {
        let mut person = Person::acting_as(Role::Dsede, rome());
        person.standing = Standing::NotHeld;
        assert_eq!(person.calls(GET), Err(Reason::IdnE04));
        person.standing = Standing::NotChosen(vec!["AZ-CON".to_owned(), "INT".to_owned()]);
        let refused = decide(Rules::embedded().of(GET).unwrap(), &person.facts()).unwrap_err();
        assert_eq!(refused.reason(), Reason::IdnE04);
        assert!(refused.to_string().contains("AZ-CON, INT"));
    }

    #[test]
    fn whoever_is_authenticated_may_list_the_profiles_to_choose_from() {
        let mut person = Person::acting_as(Role::Cit, Scope::Own(Vec::new()));
        person.standing = Standing::NotChosen(vec!["AZ-CON".to_owned()]);
        assert_eq!(person.calls(PROFILES), Ok(Scope::Own(Vec::new())));
        person.level = Level::L1;
        assert_eq!(person.calls(PROFILES), Err(Reason::IdnE03));
    }

    #[test]
    fn granting_roles_needs_the_third_level() {
        let mut idm = Person::acting_as(Role::Idm, rome());
        assert_eq!(idm.calls(GRANT), Err(Reason::IdnE03));
        idm.level = Level::L3;
        assert_eq!(idm.calls(GRANT), Ok(rome()));
    }

    #[test]
    fn dasmo_opens_with_role_area_and_grant() {
        let mut official = Person::acting_as(Role::Po, rome());
        official.dasmo = Dasmo::Effective;
        assert_eq!(
            official.calls(CASES),
            Err(Reason::IdnE04),
            "without the area"
        );
        official.areas = vec!["AMMORTIZZATORI".to_owned()];
        assert_eq!(official.calls(CASES), Ok(rome()));
        official.dasmo = Dasmo::Pending;
        assert_eq!(
            official.calls(CASES),
            Err(Reason::IdnE09),
            "granted today, works tomorrow"
        );
        official.dasmo = Dasmo::Absent;
        assert_eq!(
            official.calls(CASES),
            Err(Reason::IdnE04),
            "without a grant"
        );
    }

    #[test]
    fn a_pending_dasmo_grant_does_not_touch_other_methods() {
        let mut official = Person::acting_as(Role::Po, rome());
        official.dasmo = Dasmo::Pending;
        assert_eq!(official.calls(GET), Ok(rome()));
    }

    #[test]
    fn the_reliability_engineer_reads_freshness_without_a_grant_and_nothing_else_of_dasmo() {
        let sre = Person::acting_as(Role::Sre, Scope::System);
        assert_eq!(sre.calls(FRESHNESS), Ok(Scope::System));
        assert_eq!(sre.calls(CASES), Err(Reason::IdnE04));
    }

    #[test]
    fn a_central_dirigente_sees_italy_in_dasmo_and_only_the_own_structure_elsewhere() {
        let mut dirigente = Person::acting_as(Role::Dir, Scope::National);
        dirigente.areas = vec!["AMMORTIZZATORI".to_owned()];
        dirigente.dasmo = Dasmo::Effective;
        assert_eq!(dirigente.calls(CASES), Ok(Scope::National));
        assert_eq!(
            dirigente.calls(GET),
            Ok(Scope::Offices(vec!["490000".parse().unwrap()]))
        );
    }

    #[test]
    fn a_method_of_services_is_closed_to_people_and_to_other_services() {
        let path = "/omnia.limits.v1.ReservationService/Reserve";
        let rule = Rules::embedded().of(path).unwrap();
        assert_eq!(
            Person::acting_as(Role::Dsede, rome()).calls(path),
            Err(Reason::IdnE04)
        );
        assert!(admit(rule, Some(&Caller::service("claims"))).is_ok());
        assert_eq!(
            admit(rule, Some(&Caller::service("dasmo")))
                .unwrap_err()
                .reason(),
            Reason::IdnE04
        );
        assert_eq!(admit(rule, None).unwrap_err().reason(), Reason::IdnE01);
    }

    #[test]
    fn a_service_holds_no_capability_of_people() {
        let rule = Rules::embedded().of(GET).unwrap();
        assert_eq!(
            admit(rule, Some(&Caller::service("claims")))
                .unwrap_err()
                .reason(),
            Reason::IdnE04
        );
    }

    #[test]
    fn what_the_gateway_grants_the_service_grants_again() {
        for (path, rule) in Rules::embedded().iter() {
            for person in [
                Person::acting_as(Role::AzTit, Scope::Own(vec![MATRICOLA.to_owned()])),
                intermediary(),
                Person::acting_as(Role::Dsede, rome()),
                Person::acting_as(Role::Dir, Scope::National),
                Person::acting_as(Role::Sre, Scope::System),
            ] {
                let Ok(scope) = decide(rule, &person.facts()) else {
                    continue;
                };
                let caller = Caller {
                    person: Uuid::nil(),
                    role: person.role,
                    scope,
                    organisation: "490000".to_owned(),
                    areas: person.areas.clone(),
                    level: person.level,
                    mandate: person.mandate.clone(),
                    service: None,
                    session: String::new(),
                    dasmo: person.dasmo == Dasmo::Effective,
                    name: PersonName::default(),
                };
                assert!(
                    admit(rule, Some(&caller)).is_ok(),
                    "{path} as {}",
                    person.role
                );
            }
        }
    }

    #[test]
    fn a_token_with_a_wider_scope_than_the_rule_grants_is_refused() {
        let rule = Rules::embedded().of(GET).unwrap();
        let mut caller = Caller::service("claims");
        caller.role = Role::Dir;
        caller.service = None;
        caller.organisation = "490000".to_owned();
        caller.scope = Scope::National;
        assert_eq!(
            admit(rule, Some(&caller)).unwrap_err().reason(),
            Reason::IdnE04
        );
    }
}
