//! The weekly digest and alerts by mail: who gets them, and sending them.
//!
//! A mail is written down before it is sent and noted as sent afterwards. So a kill in between neither loses it nor has it
//! written anew: the same bytes with the same `Message-ID` are sent again, which a mailbox shows once.

use std::collections::BTreeMap;
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
use super::export::{Printed, Printing};
use super::figures::{Breakdown, BreakdownQuestion, Claims, Grouping, Subject};
use super::lines::Lines;
pub(crate) use crate::domain::digest::Kind;
use crate::domain::digest::{Digest, Watched, week_of};
use crate::domain::{Figures, Filter, Language, Selection, words};
use crate::mail::{Letter, Post};
pub(crate) use crate::store::corrections::Noted;
pub(crate) use crate::store::digest::Subscription;
use crate::store::digest::{self as store, Holder, Round, Waiting};
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
    pub(crate) kind: Kind,
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

    /// Subscribes the caller, in place of what they had of that kind and subject.
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
            kind: wanted.kind,
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
                    let former = (subscription.subject, subscription.kind);
                    store::end_of(tx, holder(caller), former, REPLACED, now).await?;
                    store::subscribe(tx, subscription).await?;
                    self.noted(tx, caller, action, subscription.id, 1).await
                }
                .scope_boxed()
            })
            .await?;
        Ok(subscription.clone())
    }

    /// Ends what the caller gets of a kind and subject.
    pub(crate) async fn unsubscribe(
        &self,
        caller: &Caller,
        what: (Noted, Kind),
    ) -> Result<(), Failure> {
        let now = self.dashboard.clock.now();
        self.dashboard
            .database
            .transaction("unsubscribe_digest", |tx| {
                async move {
                    let ended = store::end_of(tx, holder(caller), what, UNSUBSCRIBED, now).await?;
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

    /// Sends what is due and not sent: the digests of the week, on Monday or as soon afterwards as it can, and the alerts of
    /// the last published day. A mail that the server does not take keeps none of the others waiting; it is tried again with
    /// the job.
    pub(crate) async fn send_due(&self, stop: &Stop) -> Result<(), Failure> {
        let Some(mailing) = &self.mailing else {
            return Ok(());
        };
        let mut refused = None;
        for round in self.rounds().await? {
            let mut after = None;
            while let Some(due) = self.next_due(round, after).await? {
                if stop.is_cancelled() {
                    return Err(Failure::unavailable("the service stops"));
                }
                after = Some(due.id);
                if let Err(failure) = self.deliver(mailing, &due, round.period).await {
                    tracing::warn!(
                        subscription.id = %due.id,
                        kind = due.kind.code(),
                        error = &failure as &dyn std::error::Error,
                        "mail not sent"
                    );
                    refused = Some(failure);
                }
            }
        }
        refused.map_or(Ok(()), Err)
    }

    /// Whose turn it is. An alert is of pictures that were published after somebody subscribed.
    async fn rounds(&self) -> Result<Vec<Round>, Failure> {
        let week = week_of(self.dashboard.clock.today());
        let digests = Round {
            kind: Kind::Weekly,
            period: week,
            since: rome::at(week, 0, 0),
        };
        let last = self
            .dashboard
            .database
            .transaction("last_published", |tx| {
                volumes::last_published(tx).scope_boxed()
            })
            .await?;
        let alerts = last.map(|last| Round {
            kind: Kind::Alert,
            period: last.day,
            since: last.at,
        });
        Ok(std::iter::once(digests).chain(alerts).collect())
    }

    async fn next_due(
        &self,
        round: Round,
        after: Option<Uuid>,
    ) -> Result<Option<Subscription>, Failure> {
        self.dashboard
            .database
            .transaction("next_digest", |tx| {
                store::next_due(tx, round, after).scope_boxed()
            })
            .await
    }

    async fn deliver(
        &self,
        mailing: &Mailing,
        due: &Subscription,
        period: NaiveDate,
    ) -> Result<(), Failure> {
        let (caller, selection) = match self.entitled(due).await {
            Ok(entitled) => entitled,
            Err(refusal) if refusal.class() == Class::Denied => {
                return self.end_refused(due, &refusal).await;
            }
            Err(failure) => return Err(failure),
        };
        let from = mailing.post.sender();
        let written = self.written(from, &caller, &selection, due, period);
        let Some(mail) = written.await? else {
            return Ok(());
        };
        mailing.post.send(&due.address, mail.message).await?;
        let now = self.dashboard.clock.now();
        self.dashboard
            .database
            .transaction("digest_sent", |tx| {
                store::sent(tx, due.id, period, now).scope_boxed()
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

    /// The mail of the period: that which was written before a kill, or a new one; `None` when there is nothing to tell.
    async fn written(
        &self,
        from: &Address,
        caller: &Caller,
        selection: &Selection,
        due: &Subscription,
        period: NaiveDate,
    ) -> Result<Option<Waiting>, Failure> {
        self.dashboard
            .database
            .transaction("write_digest", |tx| {
                async move {
                    volumes::take_snapshot(tx).await?;
                    if let Some(waiting) = store::waiting(tx, due.id, period).await? {
                        return Ok(Some(waiting));
                    }
                    self.write(tx, from, caller, selection, due, period).await
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
        period: NaiveDate,
    ) -> Result<Option<Waiting>, Failure> {
        let now = self.dashboard.clock.now();
        let printed = match due.kind {
            Kind::Weekly => Some(self.figures(tx, caller, selection, due).await?),
            Kind::Alert => self.alert(tx, caller, selection, due, period).await?,
        };
        let Some(printed) = printed else {
            store::nothing_to_tell(tx, due.id, period, now).await?;
            return Ok(None);
        };
        let (as_of, rows) = (printed.day, printed.rows.len());
        let mail = self.letter(from, due, period, printed, now).written()?;
        store::keep(tx, due.id, period, &mail, as_of, now).await?;
        self.noted(tx, caller, "dasmo.digest", due.id, rows).await?;
        Ok(Some(mail))
    }

    async fn figures(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        selection: &Selection,
        due: &Subscription,
    ) -> Result<Printed, Failure> {
        let last = super::dashboard::last_published(tx).await?.day;
        let printing = Printing {
            subject: due.subject,
            question: by_office(due, last - DAYS_TOLD, last),
            language: due.language,
            only: None,
        };
        self.dashboard
            .print_breakdown(tx, caller, selection, printing)
            .await
    }

    /// The figures of the offices that became worse since the picture that was looked at before; `None` when none did.
    async fn alert(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        selection: &Selection,
        due: &Subscription,
        day: NaiveDate,
    ) -> Result<Option<Printed>, Failure> {
        let before = store::last_look(tx, due.id).await?.or(day.pred_opt());
        let Some(before) = before.filter(|before| *before < day) else {
            return Ok(None);
        };
        if volumes::published(tx, before).await?.is_none() {
            return Ok(None);
        }
        let (then, now) = (by_office(due, before, before), by_office(due, day, day));
        let (then, now) = match due.subject {
            Noted::Claims => (
                self.watched::<Claims>(tx, &then, selection).await?,
                self.watched::<Claims>(tx, &now, selection).await?,
            ),
            Noted::Lines => (
                self.watched::<Lines>(tx, &then, selection).await?,
                self.watched::<Lines>(tx, &now, selection).await?,
            ),
        };
        let worse: BTreeMap<String, String> = now
            .into_iter()
            .filter_map(|(office, now)| {
                let then = then.get(&office).copied().unwrap_or_default();
                Some((office, now.worse_than(then, due.language)?))
            })
            .collect();
        if worse.is_empty() {
            return Ok(None);
        }
        let printing = Printing {
            subject: due.subject,
            question: by_office(due, day, day),
            language: due.language,
            only: Some(&worse),
        };
        let printed = self
            .dashboard
            .print_breakdown(tx, caller, selection, printing);
        Ok(Some(alarming(printed.await?, &worse, before, due.language)))
    }

    async fn watched<S: Subject>(
        &self,
        tx: &mut Tx,
        question: &BreakdownQuestion,
        selection: &Selection,
    ) -> Result<BTreeMap<String, Watched>, Failure> {
        let cut: Breakdown<S::Figures> = self.dashboard.cut::<S>(tx, question, selection).await?;
        let watched = cut.parts.into_iter().map(|part| {
            let watched = Watched {
                growing: part.growing == Some(true),
                chronic: part.figures.chronic(),
            };
            (part.value, watched)
        });
        Ok(watched.collect())
    }

    fn letter(
        &self,
        from: &Address,
        due: &Subscription,
        period: NaiveDate,
        printed: Printed,
        at: DateTime<Utc>,
    ) -> Letter {
        let cancel = format!("{}/cruscotto/riepilogo/{}", self.portal, due.token);
        let warning = printed.stale.then(|| words::stale(due.language).to_owned());
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
            message_id: format!("<digest.{}.{period}@omnia>", due.id),
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

/// The question that a mail answers.
fn by_office(due: &Subscription, from: NaiveDate, as_of: NaiveDate) -> BreakdownQuestion {
    BreakdownQuestion {
        as_of: Some(as_of),
        from: Some(from),
        filter: due.filter.clone(),
        by: Grouping::Office,
    }
}

/// Figures with what is alarming of each office beside its name. Both are in the order of the offices; the total is last.
fn alarming(
    mut printed: Printed,
    worse: &BTreeMap<String, String>,
    since: NaiveDate,
    language: Language,
) -> Printed {
    let title = language.choose("Avviso", "Alert");
    printed.name = format!("{title}: {}", printed.name);
    let since = format!(
        "{} {}",
        language.choose("Dal", "Since"),
        since.format("%d/%m/%Y")
    );
    printed.heads.insert(1, since);
    let told = worse.values().map(String::as_str).chain([""]);
    for (row, told) in printed.rows.iter_mut().zip(told) {
        row.insert(1, told.to_owned());
    }
    printed
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
