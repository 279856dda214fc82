//! Mandates of employers to intermediaries (`identity.md` §3.2).

use chassis::audit::{self, Entry};
use chassis::db::ScopedFutureExt;
use chassis::identity::Caller;
use chassis::paging::{Page, cut};
use chassis::{Class, Failure, Reason, Tx, idempotency};
use chrono::{DateTime, NaiveDate, Utc};
use kernel::{CodiceFiscale, Matricola};
use proto::omnia::anagrafe::v1::entitlement_event::Kind;
use uuid::Uuid;

use super::App;
use super::roles::incompatible;
use crate::domain::mandate::Mandate;
use crate::domain::role::Role;
use crate::store;
use crate::store::mandates::Reach;

const GRANT: &str = "GrantMandate";

/// Who may act for whom.
#[derive(Debug, Clone)]
pub struct GrantMandate {
    /// Client's id of the request.
    pub request_id: Uuid,
    /// The request as it came.
    pub fingerprint: Vec<u8>,
    /// The firm.
    pub matricola: Matricola,
    /// The intermediary.
    pub delegate: CodiceFiscale,
    /// First day; today when absent.
    pub from: Option<NaiveDate>,
    /// Last day; absent for open-ended.
    pub to: Option<NaiveDate>,
}

/// A mandate at an instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MandateView {
    /// The mandate.
    pub mandate: Mandate,
    /// Whether it can be used.
    pub active: bool,
}

impl MandateView {
    /// The mandate as it is at `now`.
    pub fn at(mandate: Mandate, now: DateTime<Utc>) -> Self {
        Self {
            active: mandate.is_active(now),
            mandate,
        }
    }
}

impl App {
    /// Gives an intermediary a mandate for a firm of the caller. IDN-E05 for another's firm, IDN-E16 to oneself,
    /// IDN-E17 to somebody whose roles exclude it, `INVALID_STATE` when the person holds one for the same days.
    pub async fn grant_mandate(
        &self,
        caller: &Caller,
        request: &GrantMandate,
    ) -> Result<MandateView, Failure> {
        caller.require_matricola(request.matricola.as_str())?;
        self.database
            .transaction("grant_mandate", |tx| {
                self.grant_mandate_once(tx, caller, request).scope_boxed()
            })
            .await
    }

    async fn grant_mandate_once(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        request: &GrantMandate,
    ) -> Result<MandateView, Failure> {
        let now = self.clock.now();
        let repeated = idempotency::claim(
            tx,
            GRANT,
            caller.person,
            request.request_id,
            &request.fingerprint,
        )
        .await?;
        if let Some(id) = repeated {
            let mandate = mandate_in_reach(tx, &Reach::of(caller), id).await?;
            return Ok(MandateView::at(mandate, now));
        }
        let today = self.clock.today();
        let (from, to) = days(request, today)?;
        let employer = store::employers::find(&mut **tx, &caller.scope, &request.matricola, today)
            .await?
            .ok_or_else(Failure::not_found)?;
        let codice_fiscale = request.delegate.as_str();
        let delegate =
            store::people::ensure(&mut **tx, codice_fiscale, self.ids.at(now), now).await?;
        if delegate == caller.person {
            return Err(to_oneself());
        }
        store::people::lock(tx, delegate).await?;
        let roles = store::grants::of_people(&mut **tx, &[delegate], now).await?;
        if roles.iter().any(|grant| grant.role.excludes(Role::Int)) {
            return Err(incompatible());
        }
        let mandate = Mandate {
            id: self.ids.at(now),
            matricola: employer.matricola,
            employer_name: employer.name,
            delegate,
            from,
            to,
            withdrawn_at: None,
        };
        not_given_yet(tx, &mandate).await?;
        store::mandates::insert(tx, std::slice::from_ref(&mandate), Some(caller.person), now)
            .await?;
        idempotency::complete(tx, GRANT, caller.person, request.request_id, mandate.id).await?;
        self.tell_of_mandate(
            tx,
            caller,
            "anagrafe.grant_mandate",
            &mandate,
            Kind::MandateGranted,
        )
        .await?;
        Ok(MandateView::at(mandate, now))
    }

    /// Ends a mandate of the caller's firms, or one that the caller holds, at once and everywhere. Again is no error.
    pub async fn withdraw_mandate(
        &self,
        caller: &Caller,
        id: Uuid,
    ) -> Result<MandateView, Failure> {
        let view = self
            .database
            .transaction("withdraw_mandate", |tx| {
                async move {
                    let now = self.clock.now();
                    let mut mandate = mandate_in_reach(tx, &Reach::of(caller), id).await?;
                    if mandate.withdrawn_at.is_none() {
                        mandate.withdrawn_at = Some(now);
                        store::mandates::withdraw(tx, id, now).await?;
                        let kind = Kind::MandateWithdrawn;
                        self.tell_of_mandate(
                            tx,
                            caller,
                            "anagrafe.withdraw_mandate",
                            &mandate,
                            kind,
                        )
                        .await?;
                    }
                    Ok(MandateView::at(mandate, now))
                }
                .scope_boxed()
            })
            .await?;
        self.watch.wake();
        Ok(view)
    }

    /// A page of the mandates of the caller's firms, or of those that the caller holds.
    pub async fn list_mandates(
        &self,
        caller: &Caller,
        page: &Page<Uuid>,
    ) -> Result<(Vec<MandateView>, String), Failure> {
        self.database
            .transaction("list_mandates", |tx| {
                async move {
                    let now = self.clock.now();
                    let rows =
                        store::mandates::page(&mut **tx, &Reach::of(caller), page.after, page.size)
                            .await?;
                    let (rows, next) = cut(rows, page.size, |mandate| mandate.id);
                    let entry = Entry {
                        action: "anagrafe.list_mandates",
                        resource_type: "mandate",
                        resource_id: String::new(),
                        result_count: i64::try_from(rows.len()).unwrap_or(i64::MAX),
                    };
                    audit::record(tx, caller, entry, now).await?;
                    Ok((
                        rows.into_iter()
                            .map(|mandate| MandateView::at(mandate, now))
                            .collect(),
                        next,
                    ))
                }
                .scope_boxed()
            })
            .await
    }

    async fn tell_of_mandate(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        action: &'static str,
        mandate: &Mandate,
        kind: Kind,
    ) -> Result<(), Failure> {
        self.announce(tx, mandate.delegate, kind).await?;
        let entry = Entry {
            action,
            resource_type: "mandate",
            resource_id: mandate.id.to_string(),
            result_count: 1,
        };
        audit::record(tx, caller, entry, self.clock.now()).await
    }
}

async fn mandate_in_reach(tx: &mut Tx, reach: &Reach, id: Uuid) -> Result<Mandate, Failure> {
    store::mandates::in_reach(tx, reach, id)
        .await?
        .ok_or_else(Failure::not_found)
}

fn days(
    request: &GrantMandate,
    today: NaiveDate,
) -> Result<(NaiveDate, Option<NaiveDate>), Failure> {
    let from = request.from.unwrap_or(today);
    if from < today {
        return Err(Failure::field("from", "must not lie in the past"));
    }
    if request.to.is_some_and(|to| to < from) {
        return Err(Failure::field("to", "must not come before the first day"));
    }
    Ok((from, request.to))
}

async fn not_given_yet(tx: &mut Tx, wanted: &Mandate) -> Result<(), Failure> {
    let known = store::mandates::ever_of(&mut **tx, &[wanted.delegate]).await?;
    let mut of_the_firm = known
        .iter()
        .filter(|mandate| mandate.matricola == wanted.matricola);
    if !of_the_firm.any(|mandate| mandate.meets(wanted.from, wanted.to)) {
        return Ok(());
    }
    Err(Failure::new(
        Class::Precondition,
        Reason::InvalidState,
        "L'intermediario ha già una delega per questa posizione negli stessi giorni.",
        "The intermediary holds a mandate for this position on the same days already.",
    ))
}

fn to_oneself() -> Failure {
    Failure::new(
        Class::Malformed,
        Reason::IdnE16,
        "Non è possibile delegare se stessi.",
        "One cannot delegate to oneself.",
    )
}
