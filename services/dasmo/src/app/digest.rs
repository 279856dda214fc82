//! The weekly digest by mail: who gets it, and sending it.
//!
//! A mail is written down before it is sent and noted as sent afterwards. So a kill in between neither loses it nor has it
//! written anew: the same bytes with the same `Message-ID` are sent again, which a mailbox shows once.

use std::sync::Arc;

use async_trait::async_trait;
use chassis::access::{Resolved, Role, Rules, decide};
use chassis::audit::{self, Decision, Entry};
use chassis::db::ScopedFutureExt;
use chassis::failure::reason_code;
use chassis::identity::{Caller, Level};
use chassis::lifecycle::Stop;
use chassis::{Class, Failure, Ids, Reason, Tx};
use chrono::{DateTime, Days, NaiveDate, Utc};
use kernel::rome;
use lettre::Address;
use uuid::Uuid;

use super::dashboard::Dashboard;
use super::export::Printed;
use super::figures::{BreakdownQuestion, Grouping};
use crate::domain::digest::{Digest, week_of};
use crate::domain::{Filter, Language, Selection};
use crate::mail::{Letter, Post};
pub(crate) use crate::store::corrections::Noted;
pub(crate) use crate::store::digest::Subscription;
use crate::store::digest::{self as store, Holder, Waiting};
use crate::store::volumes;

/// Days that a digest counts: the week up to the last published day.
const DAYS_TOLD: Days = Days::new(6);

/// Ended by the person.
const UNSUBSCRIBED: &str = "UNSUBSCRIBED";
/// Ended by a newer subscription to the same subject.
const REPLACED: &str = "REPLACED";

/// What people may act as now.
#[async_trait]
pub(crate) trait Standings: Send + Sync + 'static {
    /// How a person stands to a role at a place. Fails with `UNAVAILABLE` when nobody can say.
    async fn of(&self, person: Uuid, role: Role, organisation: &str) -> Result<Resolved, Failure>;
}

/// What somebody wants to get.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub(crate) subject: Noted,
    pub(crate) address: String,
    pub(crate) filter: Filter,
    pub(crate) language: Language,
    pub(crate) page: String,
}

/// How mail leaves the house.
#[derive(Clone)]
pub(crate) struct Mailing {
    pub(crate) post: Arc<dyn Post>,
    /// Domains that mail may go to.
    pub(crate) domains: Vec<String>,
}

/// Keeps subscriptions and sends what is due.
#[derive(Clone)]
pub(crate) struct Digests {
    pub(crate) dashboard: Dashboard,
    pub(crate) ids: Ids,
    pub(crate) standings: Arc<dyn Standings>,
    /// `None` when mail is not set up.
    pub(crate) mailing: Option<Mailing>,
    /// Origin of the portal.
    pub(crate) portal: String,
}

impl Digests {
    /// What the caller gets.
    pub(crate) async fn held(&self, caller: &Caller) -> Result<Vec<Subscription>, Failure> {
        let holder = holder(caller);
        self.dashboard
            .database
            .transaction("get_digest", |tx| store::held(tx, holder).scope_boxed())
            .await
    }

    /// Subscribes the caller, in place of what they had of the same subject.
    pub(crate) async fn subscribe(
        &self,
        caller: &Caller,
        wanted: Wanted,
    ) -> Result<Subscription, Failure> {
        let mailing = self.mailing.as_ref().ok_or_else(not_available)?;
        mailing.accepts(&wanted.address)?;
        let action = "dasmo.digest_subscribe";
        self.dashboard
            .select(caller, action, wanted.filter.clone())
            .await?;
        let now = self.dashboard.clock.now();
        let subscription = &Subscription {
            id: self.ids.at(now),
            person: caller.person,
            role: caller.role,
            organisation: caller.organisation.clone(),
            subject: wanted.subject,
            address: wanted.address,
            language: wanted.language,
            filter: wanted.filter,
            page: wanted.page,
            token: hex(&self.ids.bytes::<32>()),
            created_at: now,
        };
        self.dashboard
            .database
            .transaction("subscribe_digest", |tx| {
                async move {
                    store::end_of(tx, holder(caller), subscription.subject, REPLACED, now).await?;
                    store::subscribe(tx, subscription).await?;
                    self.noted(tx, caller, action, subscription.id, 1).await
                }
                .scope_boxed()
            })
            .await?;
        Ok(subscription.clone())
    }

    /// Ends what the caller gets of a subject.
    pub(crate) async fn unsubscribe(&self, caller: &Caller, subject: Noted) -> Result<(), Failure> {
        let now = self.dashboard.clock.now();
        self.dashboard
            .database
            .transaction("unsubscribe_digest", |tx| {
                async move {
                    let ended =
                        store::end_of(tx, holder(caller), subject, UNSUBSCRIBED, now).await?;
                    match ended {
                        Some(id) => {
                            self.noted(tx, caller, "dasmo.digest_unsubscribe", id, 1)
                                .await
                        }
                        None => Ok(()),
                    }
                }
                .scope_boxed()
            })
            .await
    }

    /// Ends the subscription of a link. Whoever holds the link holds the mail.
    pub(crate) async fn cancel(&self, token: &str) -> Result<(), Failure> {
        let now = self.dashboard.clock.now();
        self.dashboard
            .database
            .transaction("cancel_digest", |tx| {
                async move {
                    let Some(found) = store::by_token(tx, token).await? else {
                        return Ok(());
                    };
                    store::end(tx, found.id, UNSUBSCRIBED, now).await?;
                    let holder = &acting(&found);
                    self.noted(tx, holder, "dasmo.digest_unsubscribe", found.id, 1)
                        .await
                }
                .scope_boxed()
            })
            .await
    }

    /// Sends the mails of the week that are not sent: on Monday, or as soon afterwards as it can. One that the server does
    /// not take keeps none of the others waiting; it is tried again with the job.
    pub(crate) async fn send_due(&self, stop: &Stop) -> Result<(), Failure> {
        let Some(mailing) = &self.mailing else {
            return Ok(());
        };
        let week = week_of(self.dashboard.clock.today());
        let mut after = None;
        let mut refused = None;
        while let Some(due) = self.next_due(week, after).await? {
            if stop.is_cancelled() {
                return Err(Failure::unavailable("the service stops"));
            }
            after = Some(due.id);
            if let Err(failure) = self.deliver(mailing, &due, week).await {
                tracing::warn!(
                    subscription.id = %due.id,
                    error = &failure as &dyn std::error::Error,
                    "digest not sent"
                );
                refused = Some(failure);
            }
        }
        refused.map_or(Ok(()), Err)
    }

    async fn next_due(
        &self,
        week: NaiveDate,
        after: Option<Uuid>,
    ) -> Result<Option<Subscription>, Failure> {
        let began = rome::at(week, 0, 0);
        self.dashboard
            .database
            .transaction("next_digest", |tx| {
                store::next_due(tx, week, began, after).scope_boxed()
            })
            .await
    }

    async fn deliver(
        &self,
        mailing: &Mailing,
        due: &Subscription,
        week: NaiveDate,
    ) -> Result<(), Failure> {
        let (caller, selection) = match self.entitled(due).await {
            Ok(entitled) => entitled,
            Err(refusal) if refusal.class() == Class::Denied => {
                return self.end_refused(due, &refusal).await;
            }
            Err(failure) => return Err(failure),
        };
        let from = mailing.post.sender();
        let mail = self.written(from, &caller, &selection, due, week).await?;
        mailing.post.send(&due.address, mail.message).await?;
        let now = self.dashboard.clock.now();
        self.dashboard
            .database
            .transaction("digest_sent", |tx| {
                store::sent(tx, due.id, week, now).scope_boxed()
            })
            .await
    }

    /// Who the subscriber is now, and the rows that they may see: by the same decision as a look at the page.
    async fn entitled(&self, due: &Subscription) -> Result<(Caller, Selection), Failure> {
        let standing = self
            .standings
            .of(due.person, due.role, &due.organisation)
            .await?;
        let method = match due.subject {
            Noted::Claims => "/omnia.dasmo.v1.DasmoService/GetBreakdown",
            Noted::Lines => "/omnia.dasmo.v1.DasmoFlowsService/GetFlowBreakdown",
        };
        let rule = Rules::embedded()
            .of(method)
            .ok_or_else(|| Failure::internal(format!("no rule for {method}")))?;
        // How surely somebody is who they say was asked for when they subscribed: a mail has no login.
        let scope = decide(rule, &standing.facts(Level::L3))?;
        let caller = Caller {
            scope,
            organisation: standing.organisation,
            areas: standing.areas,
            dasmo: true,
            ..acting(due)
        };
        let territories = &self.dashboard.territories;
        let selection = territories.select(&caller, due.filter.clone()).await?;
        Ok((caller, selection))
    }

    /// No longer entitled: no mail, and none any more.
    async fn end_refused(&self, due: &Subscription, refusal: &Failure) -> Result<(), Failure> {
        let now = self.dashboard.clock.now();
        let reason = &reason_code(refusal.reason());
        let decision = &[Decision {
            at: now,
            method: "dasmo.digest".to_owned(),
            actor: Some(due.person),
            role: Some(due.role),
            scope: None,
            mandate: None,
            refused: Some(reason.clone()),
            trace_id: None,
        }];
        self.dashboard
            .database
            .transaction("end_digest", |tx| {
                async move {
                    store::end(tx, due.id, reason, now).await?;
                    audit::record_decisions(tx, decision).await
                }
                .scope_boxed()
            })
            .await
    }

    /// The mail of the week: that which was written before a kill, or a new one.
    async fn written(
        &self,
        from: &Address,
        caller: &Caller,
        selection: &Selection,
        due: &Subscription,
        week: NaiveDate,
    ) -> Result<Waiting, Failure> {
        self.dashboard
            .database
            .transaction("write_digest", |tx| {
                async move {
                    volumes::take_snapshot(tx).await?;
                    if let Some(waiting) = store::waiting(tx, due.id, week).await? {
                        return Ok(waiting);
                    }
                    self.write(tx, from, caller, selection, due, week).await
                }
                .scope_boxed()
            })
            .await
    }

    async fn write(
        &self,
        tx: &mut Tx,
        from: &Address,
        caller: &Caller,
        selection: &Selection,
        due: &Subscription,
        week: NaiveDate,
    ) -> Result<Waiting, Failure> {
        let printed = self.figures(tx, caller, selection, due).await?;
        let now = self.dashboard.clock.now();
        let (as_of, rows) = (printed.day, printed.rows.len());
        let mail = self.letter(from, due, week, printed, now).written()?;
        store::keep(tx, due.id, week, &mail, as_of, now).await?;
        self.noted(tx, caller, "dasmo.digest", due.id, rows).await?;
        Ok(mail)
    }

    async fn figures(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        selection: &Selection,
        due: &Subscription,
    ) -> Result<Printed, Failure> {
        let last = super::dashboard::last_published(tx).await?.day;
        let question = BreakdownQuestion {
            as_of: Some(last),
            from: Some(last - DAYS_TOLD),
            filter: due.filter.clone(),
            by: Grouping::Office,
        };
        self.dashboard
            .print_breakdown(tx, caller, due.subject, question, selection, due.language)
            .await
    }

    fn letter(
        &self,
        from: &Address,
        due: &Subscription,
        week: NaiveDate,
        printed: Printed,
        at: DateTime<Utc>,
    ) -> Letter {
        let cancel = format!("{}/cruscotto/riepilogo/{}", self.portal, due.token);
        let warning = printed.stale.then(|| {
            due.language
                .choose(
                    "I dati non sono di ieri: l'ultima elaborazione non è riuscita, e restano quelli dell'ultimo giorno \
                     pubblicato.",
                    "The figures are not of yesterday: the last run did not succeed, and those of the last published day \
                     stay.",
                )
                .to_owned()
        });
        let digest = Digest {
            language: due.language,
            title: printed.name,
            about: printed.about,
            warning,
            heads: printed.heads,
            rows: printed.rows,
            page: format!("{}{}", self.portal, due.page),
            cancel: cancel.clone(),
        };
        Letter {
            from: from.clone(),
            to: due.address.clone(),
            subject: format!("{} – {}", digest.title, printed.day.format("%d/%m/%Y")),
            text: digest.text(),
            html: digest.html(),
            message_id: format!("<digest.{}.{week}@omnia>", due.id),
            unsubscribe: cancel,
            at,
        }
    }

    async fn noted(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        action: &'static str,
        id: Uuid,
        rows: usize,
    ) -> Result<(), Failure> {
        let entry = Entry {
            action,
            resource_type: "dasmo_digest",
            resource_id: id.to_string(),
            result_count: i64::try_from(rows).unwrap_or(i64::MAX),
        };
        audit::record(tx, caller, entry, self.dashboard.clock.now()).await
    }
}

impl Mailing {
    /// Refuses an address that is none, or of a domain that mail does not go to.
    fn accepts(&self, address: &str) -> Result<(), Failure> {
        let allowed = |domain: &str| {
            self.domains
                .iter()
                .any(|one| one.eq_ignore_ascii_case(domain))
        };
        match address.rsplit_once('@') {
            Some((user, domain)) if !user.is_empty() && allowed(domain) => {
                crate::mail::parse(address).map(|_| ())
            }
            _ => Err(Failure::field(
                "address",
                format!("must be an address of {}", self.domains.join(", ")),
            )),
        }
    }
}

fn holder(caller: &Caller) -> Holder<'_> {
    Holder {
        person: caller.person,
        role: caller.role,
        organisation: &caller.organisation,
    }
}

/// The subscriber as one who acts.
fn acting(subscription: &Subscription) -> Caller {
    Caller {
        person: subscription.person,
        role: subscription.role,
        organisation: subscription.organisation.clone(),
        service: None,
        ..Caller::service("dasmo")
    }
}

fn not_available() -> Failure {
    Failure::new(
        Class::Precondition,
        Reason::DigestNotAvailable,
        "L'invio per posta elettronica non è configurato su questa piattaforma.",
        "Mail is not set up on this platform.",
    )
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
