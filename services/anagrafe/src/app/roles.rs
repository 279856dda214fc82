//! Roles of staff, granted by the IDM delegate of their structure (`identity.md` PLT-3, `claims.md` DAS-9).

use chassis::audit::{self, Entry};
use chassis::db::ScopedFutureExt;
use chassis::identity::{Caller, Scope};
use chassis::paging::{Page, cut};
use chassis::{Class, Failure, Reason, Tx, idempotency};
use chrono::{DateTime, Utc};
use kernel::CodiceFiscale;
use proto::omnia::anagrafe::v1::entitlement_event::Kind;
use uuid::Uuid;

use super::App;
use crate::domain::grant::{Grant, Validity, next_day};
use crate::domain::role::{HeldOver, Role};
use crate::domain::territory::Metro;
use crate::store;
use crate::store::grants::NewGrant;

const GRANT: &str = "GrantStaffRole";

/// Who is to get what.
#[derive(Debug, Clone)]
pub struct GrantRole {
    /// Client's id of the request.
    pub request_id: Uuid,
    /// The request as it came.
    pub fingerprint: Vec<u8>,
    /// Member of staff.
    pub codice_fiscale: CodiceFiscale,
    /// Role.
    pub role: Role,
    /// Subject areas.
    pub areas: Vec<String>,
}

/// A grant as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleView {
    /// The grant.
    pub grant: Grant,
    /// Name of the organisation.
    pub organisation_name: String,
}

impl App {
    /// Grants a staff role at the caller's office, from the following day. IDN-E17 for incompatible roles and for
    /// oneself; `INVALID_STATE` when the person holds the role there already.
    pub async fn grant_role(
        &self,
        caller: &Caller,
        request: &GrantRole,
    ) -> Result<RoleView, Failure> {
        self.database
            .transaction("grant_role", |tx| {
                self.grant_role_once(tx, caller, request).scope_boxed()
            })
            .await
    }

    async fn grant_role_once(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        request: &GrantRole,
    ) -> Result<RoleView, Failure> {
        let repeated = idempotency::claim(
            tx,
            GRANT,
            caller.person,
            request.request_id,
            &request.fingerprint,
        )
        .await?;
        if let Some(id) = repeated {
            let grant = grant_in_scope(tx, &caller.scope, id).await?;
            return Ok(self.role_view(grant, None));
        }
        let office = self.office_of(caller)?;
        let now = self.clock.now();
        let codice_fiscale = request.codice_fiscale.as_str();
        let person =
            store::people::ensure(&mut **tx, codice_fiscale, self.ids.at(now), now).await?;
        not_to_oneself(caller, person)?;
        store::people::lock(tx, person).await?;
        let held = store::grants::of_people(&mut **tx, &[person], now).await?;
        compatible(&held, request.role)?;
        not_held_yet(&held, request.role, &office)?;
        let grant = Grant {
            id: self.ids.at(now),
            holder: person,
            role: request.role,
            organisation: office.clone(),
            areas: request.areas.clone(),
            effective_from: next_day(now),
            effective_to: None,
            withdrawn_at: None,
            dasmo_from: None,
            dasmo_withdrawn_at: None,
        };
        let new = NewGrant {
            grant: grant.clone(),
            is_client: false,
            structure: Some(office),
            granted_by: Some(caller.person),
        };
        store::grants::insert(tx, &[new], now).await?;
        idempotency::complete(tx, GRANT, caller.person, request.request_id, grant.id).await?;
        self.tell(tx, caller, "anagrafe.grant_role", &grant, Kind::RoleGranted)
            .await?;
        Ok(self.role_view(grant, None))
    }

    /// Ends a role, or only its DASMO access, at once. Again is no error.
    pub async fn withdraw_role(
        &self,
        caller: &Caller,
        id: Uuid,
        dasmo_only: bool,
    ) -> Result<RoleView, Failure> {
        self.database
            .transaction("withdraw_role", |tx| {
                async move {
                    let now = self.clock.now();
                    let mut grant = grant_in_scope(tx, &caller.scope, id).await?;
                    let kind = if dasmo_only {
                        end_dasmo(&mut grant, now).then_some(Kind::DasmoChanged)
                    } else {
                        end(&mut grant, now).then_some(Kind::RoleWithdrawn)
                    };
                    if let Some(kind) = kind {
                        store::grants::update(tx, std::slice::from_ref(&grant)).await?;
                        self.tell(tx, caller, "anagrafe.withdraw_role", &grant, kind)
                            .await?;
                    }
                    Ok(self.role_view(grant, None))
                }
                .scope_boxed()
            })
            .await
    }

    /// Opens DASMO to the holder of a role, from the following day. `NOT_ELIGIBLE_FOR_DASMO` unless the role may have it
    /// and is not over; IDN-E17 to oneself. Again is no error.
    pub async fn grant_dasmo(&self, caller: &Caller, id: Uuid) -> Result<RoleView, Failure> {
        self.database
            .transaction("grant_dasmo", |tx| {
                async move {
                    let now = self.clock.now();
                    let mut grant = grant_in_scope(tx, &caller.scope, id).await?;
                    not_to_oneself(caller, grant.holder)?;
                    eligible_for_dasmo(&grant, now)?;
                    if grant.dasmo(now) == Validity::Over {
                        grant.dasmo_from = Some(next_day(now).max(grant.effective_from));
                        grant.dasmo_withdrawn_at = None;
                        store::grants::update(tx, std::slice::from_ref(&grant)).await?;
                        self.tell(
                            tx,
                            caller,
                            "anagrafe.grant_dasmo",
                            &grant,
                            Kind::DasmoChanged,
                        )
                        .await?;
                    }
                    Ok(self.role_view(grant, None))
                }
                .scope_boxed()
            })
            .await
    }

    /// A page of the grants kept at the caller's office, past and present.
    pub async fn list_roles(
        &self,
        caller: &Caller,
        page: &Page<Uuid>,
    ) -> Result<(Vec<RoleView>, String), Failure> {
        self.database
            .transaction("list_roles", |tx| {
                async move {
                    let rows = store::grants::page(&mut **tx, &caller.scope, page.after, page.size)
                        .await?;
                    let (rows, next) = cut(rows, page.size, |grant| grant.id);
                    let entry = Entry {
                        action: "anagrafe.list_roles",
                        resource_type: "role_grant",
                        resource_id: String::new(),
                        result_count: i64::try_from(rows.len()).unwrap_or(i64::MAX),
                    };
                    audit::record(tx, caller, entry, self.clock.now()).await?;
                    Ok((
                        rows.into_iter()
                            .map(|grant| self.role_view(grant, None))
                            .collect(),
                        next,
                    ))
                }
                .scope_boxed()
            })
            .await
    }

    /// Who holds a role of territorial staff at an office now. For services; IDN-E06 for no office.
    pub async fn office_staff(&self, caller: &Caller, office: &str) -> Result<Vec<Grant>, Failure> {
        let office = self
            .territory
            .office(office)
            .ok_or_else(Failure::not_found)?;
        let code = office.code.as_str();
        self.database
            .transaction("office_staff", |tx| {
                async move {
                    let now = self.clock.now();
                    let staff = store::grants::staff_of(&mut **tx, code, now).await?;
                    let entry = Entry {
                        action: "anagrafe.office_staff",
                        resource_type: "office",
                        resource_id: code.to_owned(),
                        result_count: i64::try_from(staff.len()).unwrap_or(i64::MAX),
                    };
                    audit::record(tx, caller, entry, now).await?;
                    Ok(staff)
                }
                .scope_boxed()
            })
            .await
    }

    async fn tell(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        action: &'static str,
        grant: &Grant,
        kind: Kind,
    ) -> Result<(), Failure> {
        self.announce(tx, grant.holder, kind).await?;
        let entry = Entry {
            action,
            resource_type: "role_grant",
            resource_id: grant.id.to_string(),
            result_count: 1,
        };
        audit::record(tx, caller, entry, self.clock.now()).await
    }

    /// The office at which the caller is IDM delegate.
    fn office_of(&self, caller: &Caller) -> Result<String, Failure> {
        let office = self
            .territory
            .office(&caller.organisation)
            .ok_or_else(Failure::outside_scope)?;
        caller.require_office(office.code.as_str())?;
        Ok(office.code.to_string())
    }

    /// The office whose IDM delegate keeps a role held at an organisation; none for roles that are not of territorial
    /// staff.
    pub(super) fn structure_of(&self, role: Role, organisation: &str) -> Option<String> {
        let territory = &self.territory;
        let office = match role.held_over() {
            HeldOver::Office | HeldOver::OfficeOrCentral => territory.office(organisation),
            HeldOver::Region if role == Role::Dreg => territory.regional_directorate(organisation),
            HeldOver::Coordination => {
                Metro::of_name(organisation).and_then(|metro| territory.coordination(metro))
            }
            HeldOver::Region | HeldOver::Nothing | HeldOver::Firm | HeldOver::Body => None,
        };
        office.map(|office| office.code.to_string())
    }

    pub(super) fn role_view(&self, grant: Grant, employer_name: Option<String>) -> RoleView {
        let at = grant.organisation.as_str();
        let office = |code: &str| {
            self.territory
                .office(code)
                .map(|office| office.name.clone())
        };
        let name = employer_name.or_else(|| match grant.role.held_over() {
            HeldOver::Office | HeldOver::OfficeOrCentral => office(at),
            HeldOver::Region => self.territory.region_name(at),
            HeldOver::Coordination => self
                .structure_of(grant.role, at)
                .and_then(|structure| office(&structure)),
            HeldOver::Nothing | HeldOver::Firm | HeldOver::Body => None,
        });
        RoleView {
            organisation_name: name.unwrap_or_default(),
            grant,
        }
    }
}

async fn grant_in_scope(tx: &mut Tx, scope: &Scope, id: Uuid) -> Result<Grant, Failure> {
    store::grants::in_scope(tx, scope, id)
        .await?
        .ok_or_else(Failure::not_found)
}

fn end(grant: &mut Grant, now: DateTime<Utc>) -> bool {
    let ends = grant.validity(now) != Validity::Over;
    if ends {
        grant.withdrawn_at = Some(now);
    }
    ends
}

fn end_dasmo(grant: &mut Grant, now: DateTime<Utc>) -> bool {
    let ends = grant.dasmo(now) != Validity::Over;
    if ends {
        grant.dasmo_withdrawn_at = Some(now);
    }
    ends
}

fn not_to_oneself(caller: &Caller, person: Uuid) -> Result<(), Failure> {
    if caller.person == person {
        Err(incompatible())
    } else {
        Ok(())
    }
}

fn compatible(held: &[Grant], role: Role) -> Result<(), Failure> {
    let clash = held.iter().any(|grant| grant.role.excludes(role));
    if clash { Err(incompatible()) } else { Ok(()) }
}

fn not_held_yet(held: &[Grant], role: Role, office: &str) -> Result<(), Failure> {
    if !held
        .iter()
        .any(|grant| grant.role == role && grant.organisation == office)
    {
        return Ok(());
    }
    Err(Failure::new(
        Class::Precondition,
        Reason::InvalidState,
        "La persona ha già questo ruolo presso la Sede: revocarlo prima di concederlo di nuovo.",
        "The person holds this role at the office already: withdraw it before granting it anew.",
    ))
}

fn eligible_for_dasmo(grant: &Grant, now: DateTime<Utc>) -> Result<(), Failure> {
    if grant.validity(now) != Validity::Over && grant.role.may_have_dasmo(&grant.areas) {
        return Ok(());
    }
    Err(Failure::new(
        Class::Precondition,
        Reason::NotEligibleForDasmo,
        "DASMO è riservato ai direttori, e a dirigenti e titolari di P.O. dell'area ammortizzatori sociali.",
        "DASMO is for directors, and for managers and P.O. officers of the area AMMORTIZZATORI.",
    ))
}

/// IDN-E17.
pub(super) fn incompatible() -> Failure {
    Failure::new(
        Class::Precondition,
        Reason::IdnE17,
        "Ruoli incompatibili: la concessione non è ammessa.",
        "Incompatible roles: this cannot be granted.",
    )
}
