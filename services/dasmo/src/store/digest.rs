//! Who gets the digest, and what was sent.

use chassis::access::Role;
use chassis::{Failure, Tx};
use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::corrections::Noted;
use super::stored;
use crate::domain::digest::Kind;
use crate::domain::{Cut, Filter, Language};

/// A subscription that is alive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Subscription {
    pub(crate) id: Uuid,
    pub(crate) person: Uuid,
    pub(crate) role: Role,
    pub(crate) organisation: String,
    pub(crate) subject: Noted,
    pub(crate) kind: Kind,
    pub(crate) address: String,
    pub(crate) language: Language,
    pub(crate) filter: Filter,
    /// Path of the page with the same figures.
    pub(crate) page: String,
    pub(crate) token: String,
    pub(crate) created_at: DateTime<Utc>,
}

/// Whose subscriptions: a person in one role at one place.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Holder<'a> {
    pub(crate) person: Uuid,
    pub(crate) role: Role,
    pub(crate) organisation: &'a str,
}

/// A mail that was written and is on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Waiting {
    pub(crate) message_id: String,
    pub(crate) message: Vec<u8>,
}

struct Row {
    id: Uuid,
    person: Uuid,
    role: String,
    organisation: String,
    subject: String,
    kind: String,
    address: String,
    english: bool,
    office: Option<String>,
    with_agencies: bool,
    region_istat: Option<String>,
    product: Option<String>,
    section: Option<String>,
    part_dimension: Option<String>,
    part_value: Option<String>,
    page: String,
    token: String,
    created_at: DateTime<Utc>,
}

impl Row {
    fn read(self) -> Result<Subscription, Failure> {
        fn given<T>(text: Option<&String>, column: &'static str) -> Result<Option<T>, Failure>
        where
            T: std::str::FromStr,
            T::Err: std::fmt::Display,
        {
            text.map(|text| stored(text, column)).transpose()
        }
        let part = match (&self.part_dimension, self.part_value) {
            (Some(dimension), Some(value)) => Some(Cut::by(
                stored(dimension, "digest_subscription.part_dimension")?,
                value,
            )),
            _ => None,
        };
        Ok(Subscription {
            id: self.id,
            person: self.person,
            role: stored(&self.role, "digest_subscription.role")?,
            organisation: self.organisation,
            subject: stored(&self.subject, "digest_subscription.subject")?,
            kind: stored(&self.kind, "digest_subscription.kind")?,
            address: self.address,
            language: if self.english {
                Language::English
            } else {
                Language::Italian
            },
            filter: Filter {
                office: given(self.office.as_ref(), "digest_subscription.office")?,
                with_agencies: self.with_agencies,
                region_istat: self.region_istat,
                product: given(self.product.as_ref(), "digest_subscription.product")?,
                section: given(self.section.as_ref(), "digest_subscription.section")?,
                part,
            },
            page: self.page,
            token: self.token,
            created_at: self.created_at,
        })
    }
}

/// The subscriptions of somebody, by subject, the digest first.
pub(crate) async fn held(tx: &mut Tx, holder: Holder<'_>) -> Result<Vec<Subscription>, Failure> {
    let rows = sqlx::query_as!(
        Row,
        "select subscription_id as id, person, role, organisation, subject, kind, address, english, office, with_agencies,
                region_istat, product, section, part_dimension, part_value, page, token, created_at
           from digest_subscription
          where person = $1 and role = $2 and organisation = $3 and ended_at is null order by subject, kind desc",
        holder.person,
        holder.role.id(),
        holder.organisation
    )
    .fetch_all(&mut **tx)
    .await?;
    rows.into_iter().map(Row::read).collect()
}

/// Writes a subscription.
pub(crate) async fn subscribe(tx: &mut Tx, new: &Subscription) -> Result<(), Failure> {
    let filter = &new.filter;
    let part = filter.part.as_ref();
    sqlx::query!(
        "insert into digest_subscription (subscription_id, person, role, organisation, subject, kind, address, english,
                office, with_agencies, region_istat, product, section, part_dimension, part_value, page, token, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)",
        new.id,
        new.person,
        new.role.id(),
        new.organisation,
        new.subject.code(),
        new.kind.code(),
        new.address,
        new.language == Language::English,
        filter.office.as_ref().map(kernel::OfficeCode::as_str),
        filter.with_agencies,
        filter.region_istat.as_deref(),
        filter.product.map(crate::domain::Product::code),
        filter.section.map(crate::domain::Section::code),
        part.map(|cut| cut.dimension.code()),
        part.map(|cut| cut.value.as_str()),
        new.page,
        new.token,
        new.created_at
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Ends the subscription of somebody of a kind to a subject; what of it is not sent yet is forgotten.
pub(crate) async fn end_of(
    tx: &mut Tx,
    holder: Holder<'_>,
    (subject, kind): (Noted, Kind),
    reason: &str,
    at: DateTime<Utc>,
) -> Result<Option<Uuid>, Failure> {
    let ended = sqlx::query_scalar!(
        "update digest_subscription set ended_at = $6, end_reason = $7
          where person = $1 and role = $2 and organisation = $3 and subject = $4 and kind = $5 and ended_at is null
         returning subscription_id",
        holder.person,
        holder.role.id(),
        holder.organisation,
        subject.code(),
        kind.code(),
        at,
        reason
    )
    .fetch_optional(&mut **tx)
    .await?;
    if let Some(id) = ended {
        forget_unsent(tx, id).await?;
    }
    Ok(ended)
}

/// Ends a subscription.
pub(crate) async fn end(
    tx: &mut Tx,
    id: Uuid,
    reason: &str,
    at: DateTime<Utc>,
) -> Result<(), Failure> {
    sqlx::query!(
        "update digest_subscription set ended_at = $2, end_reason = $3 where subscription_id = $1 and ended_at is null",
        id,
        at,
        reason
    )
    .execute(&mut **tx)
    .await?;
    forget_unsent(tx, id).await
}

async fn forget_unsent(tx: &mut Tx, id: Uuid) -> Result<(), Failure> {
    sqlx::query!(
        "delete from digest_mail where subscription_id = $1 and sent_at is null",
        id
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The living subscription that a token ends.
pub(crate) async fn by_token(tx: &mut Tx, token: &str) -> Result<Option<Subscription>, Failure> {
    let row = sqlx::query_as!(
        Row,
        "select subscription_id as id, person, role, organisation, subject, kind, address, english, office, with_agencies,
                region_istat, product, section, part_dimension, part_value, page, token, created_at
           from digest_subscription where token = $1 and ended_at is null for update",
        token
    )
    .fetch_optional(&mut **tx)
    .await?;
    row.map(Row::read).transpose()
}

/// Mails that are due at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Round {
    /// Of what kind.
    pub(crate) kind: Kind,
    /// Monday of the week, or day of the picture.
    pub(crate) period: NaiveDate,
    /// Who subscribed later waits for the next.
    pub(crate) since: DateTime<Utc>,
}

/// The next subscription of a round, after another, whose mail of the period is not sent.
pub(crate) async fn next_due(
    tx: &mut Tx,
    round: Round,
    after: Option<Uuid>,
) -> Result<Option<Subscription>, Failure> {
    let row = sqlx::query_as!(
        Row,
        "select subscription_id as id, person, role, organisation, subject, kind, address, english, office, with_agencies,
                region_istat, product, section, part_dimension, part_value, page, token, created_at
           from digest_subscription due
          where ended_at is null and kind = $4 and created_at < $2 and ($3::uuid is null or subscription_id > $3)
            and not exists (select from digest_mail mail
                             where mail.subscription_id = due.subscription_id and mail.period = $1
                               and mail.sent_at is not null)
          order by subscription_id limit 1",
        round.period,
        round.since,
        after,
        round.kind.code()
    )
    .fetch_optional(&mut **tx)
    .await?;
    row.map(Row::read).transpose()
}

/// The day of the picture that a subscription was last written of, or looked at in vain.
pub(crate) async fn last_look(tx: &mut Tx, id: Uuid) -> Result<Option<NaiveDate>, Failure> {
    Ok(sqlx::query_scalar!(
        "select max(as_of) from digest_mail where subscription_id = $1",
        id
    )
    .fetch_one(&mut **tx)
    .await?)
}

/// Notes that a picture held nothing to alert of.
pub(crate) async fn nothing_to_tell(
    tx: &mut Tx,
    id: Uuid,
    day: NaiveDate,
    at: DateTime<Utc>,
) -> Result<(), Failure> {
    sqlx::query!(
        "insert into digest_mail (subscription_id, period, composed_at, as_of, sent_at) values ($1, $2, $3, $2, $3)",
        id,
        day,
        at
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The mail of a period that was written and not noted as sent.
pub(crate) async fn waiting(
    tx: &mut Tx,
    id: Uuid,
    period: NaiveDate,
) -> Result<Option<Waiting>, Failure> {
    Ok(sqlx::query_as!(
        Waiting,
        r#"select message_id as "message_id!", message as "message!" from digest_mail
            where subscription_id = $1 and period = $2 and sent_at is null"#,
        id,
        period
    )
    .fetch_optional(&mut **tx)
    .await?)
}

/// Keeps a mail until it is sent.
pub(crate) async fn keep(
    tx: &mut Tx,
    id: Uuid,
    period: NaiveDate,
    mail: &Waiting,
    as_of: NaiveDate,
    at: DateTime<Utc>,
) -> Result<(), Failure> {
    sqlx::query!(
        "insert into digest_mail (subscription_id, period, message_id, composed_at, as_of, message)
         values ($1, $2, $3, $4, $5, $6)",
        id,
        period,
        mail.message_id,
        at,
        as_of,
        mail.message
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Notes that a mail is sent.
pub(crate) async fn sent(
    tx: &mut Tx,
    id: Uuid,
    period: NaiveDate,
    at: DateTime<Utc>,
) -> Result<(), Failure> {
    sqlx::query!(
        "update digest_mail set sent_at = $3, message = null where subscription_id = $1 and period = $2",
        id,
        period,
        at
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
