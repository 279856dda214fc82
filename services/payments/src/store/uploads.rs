//! Uploads under way and what came of them. Each belongs to the person who sends it.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::Hours;
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use uuid::Uuid;

use super::rows::{coded, corrupt, from_json, json, parsed, period};
use crate::domain::flow::{FlowKind, Header};
use crate::domain::layout::{Format, fault_fields};
use crate::domain::refusal::{Fault, FlowCode, Rule};
use crate::domain::upload::{Announced, Refusal, Upload, UploadState};

#[derive(Serialize, Deserialize)]
struct StoredHeader {
    kind: String,
    ticket: String,
    from: NaiveDate,
    to: NaiveDate,
    lines: u32,
    hours: i64,
    corrects: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct StoredRefusal {
    codes: Vec<String>,
    faults_count: u32,
    faults: Vec<StoredFault>,
    not_before: Option<NaiveDate>,
    term: Option<(NaiveDate, String)>,
}

#[derive(Serialize, Deserialize)]
struct StoredFault {
    line: u32,
    field: String,
    rule: String,
}

fn stored_header(header: &Header) -> StoredHeader {
    StoredHeader {
        kind: header.kind.code().to_owned(),
        ticket: header.ticket.to_string(),
        from: header.period.first_day(),
        to: header.period.last_day(),
        lines: header.lines,
        hours: header.hours.hundredths(),
        corrects: header.corrects.as_ref().map(ToString::to_string),
    }
}

fn stored_refusal(refusal: &Refusal) -> StoredRefusal {
    let fault = |fault: &Fault| StoredFault {
        line: fault.line,
        field: fault.field.to_owned(),
        rule: fault.rule.code().to_owned(),
    };
    StoredRefusal {
        codes: refusal
            .codes
            .iter()
            .map(|it| it.code().to_owned())
            .collect(),
        faults_count: refusal.faults_count,
        faults: refusal.faults.iter().map(fault).collect(),
        not_before: refusal.not_before,
        term: refusal.term.clone(),
    }
}

fn refusal(stored: StoredRefusal) -> Result<Refusal, sqlx::Error> {
    let codes = stored.codes.iter();
    let faults = stored.faults.into_iter();
    Ok(Refusal {
        codes: codes
            .map(|code| coded(code, FlowCode::parse, "upload.refusal.codes"))
            .collect::<Result<_, _>>()?,
        faults_count: stored.faults_count,
        faults: faults
            .map(|fault| {
                Ok(Fault {
                    line: fault.line,
                    field: field_named(&fault.field)?,
                    rule: coded(&fault.rule, Rule::parse, "upload.refusal.faults")?,
                })
            })
            .collect::<Result<_, sqlx::Error>>()?,
        not_before: stored.not_before,
        term: stored.term,
    })
}

/// The name of a column or element, as the domain spells it.
fn field_named(name: &str) -> Result<&'static str, sqlx::Error> {
    fault_fields()
        .find(|field| *field == name)
        .ok_or_else(|| corrupt("upload.refusal.faults.field"))
}

struct Row {
    person_id: Uuid,
    id: Uuid,
    flow_id: Uuid,
    authorization_number: String,
    matricola: String,
    format: String,
    header: Option<serde_json::Value>,
    total_bytes: i64,
    stored_bytes: i64,
    sha256: String,
    state: String,
    refusal: Option<serde_json::Value>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl Row {
    fn upload(self) -> Result<Upload, sqlx::Error> {
        let announced = Announced {
            id: self.id,
            authorization: parsed(&self.authorization_number, "upload.authorization_number")?,
            matricola: parsed(&self.matricola, "upload.matricola")?,
            format: coded(&self.format, Format::parse, "upload.format")?,
            header: None,
            total_bytes: self.total_bytes,
            digest: parsed(&self.sha256, "upload.sha256")?,
        };
        let stored: Option<StoredHeader> = self.header.map(from_json).transpose()?;
        let header = stored
            .map(|stored| header(&stored, &announced))
            .transpose()?;
        let stored: Option<StoredRefusal> = self.refusal.map(from_json).transpose()?;
        Ok(Upload {
            person: self.person_id,
            announced: Announced {
                header,
                ..announced
            },
            flow: self.flow_id,
            state: coded(&self.state, UploadState::parse, "upload.state")?,
            stored_bytes: self.stored_bytes,
            refusal: stored.map(refusal).transpose()?,
            created_at: self.created_at,
            updated_at: self.updated_at,
        })
    }
}

fn header(stored: &StoredHeader, announced: &Announced) -> Result<Header, sqlx::Error> {
    let corrects = stored.corrects.as_deref();
    Ok(Header {
        kind: coded(&stored.kind, FlowKind::parse, "upload.header.kind")?,
        authorization: announced.authorization.clone(),
        ticket: parsed(&stored.ticket, "upload.header.ticket")?,
        matricola: announced.matricola.clone(),
        period: period(stored.from, stored.to, "upload.header.to")?,
        lines: stored.lines,
        hours: Hours::from_hundredths(stored.hours),
        corrects: corrects
            .map(|number| parsed(number, "upload.header.corrects"))
            .transpose()?,
    })
}

/// An upload of a person.
pub(crate) async fn find(
    db: &mut PgConnection,
    person: Uuid,
    id: Uuid,
) -> Result<Option<Upload>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        "select person_id, id, flow_id, authorization_number, matricola, format, header, total_bytes, stored_bytes, sha256,
                state, refusal, created_at, updated_at
         from upload where person_id = $1 and id = $2",
        person,
        id,
    )
    .fetch_optional(db)
    .await?
    .map(Row::upload)
    .transpose()
}

/// The last uploads of a person for an authorisation, newest first, without the faults of those that were refused.
pub(crate) async fn last(
    db: &mut PgConnection,
    person: Uuid,
    authorization: &str,
    limit: i64,
) -> Result<Vec<Upload>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        "select person_id, id, flow_id, authorization_number, matricola, format, header, total_bytes, stored_bytes, sha256,
                state, jsonb_set(refusal, '{faults}', '[]') as refusal, created_at, updated_at
         from upload where person_id = $1 and authorization_number = $2
         order by created_at desc, id desc limit $3",
        person,
        authorization,
        limit,
    )
    .fetch_all(db)
    .await?
    .into_iter()
    .map(Row::upload)
    .collect()
}

/// Locks an upload until the end of the transaction.
pub(crate) async fn lock(db: &mut PgConnection, person: Uuid, id: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "select id from upload where person_id = $1 and id = $2 for update",
        person,
        id,
    )
    .fetch_optional(db)
    .await?;
    Ok(())
}

/// Adds an upload, unless it is there.
pub(crate) async fn insert(db: &mut PgConnection, upload: &Upload) -> Result<(), sqlx::Error> {
    let announced = &upload.announced;
    let header = announced.header.as_ref().map(stored_header);
    sqlx::query!(
        "insert into upload (person_id, id, flow_id, authorization_number, matricola, format, header, total_bytes, stored_bytes,
                             sha256, state, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12) on conflict do nothing",
        upload.person,
        announced.id,
        upload.flow,
        announced.authorization.as_str(),
        announced.matricola.as_str(),
        announced.format.code(),
        header.map(|header| json(&header)).transpose()?,
        announced.total_bytes,
        upload.stored_bytes,
        announced.digest.to_string(),
        upload.state.code(),
        upload.created_at,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Stores the next bytes, and moves the offset with them. False when the upload is not there, or not at this offset.
pub(crate) async fn append(
    db: &mut PgConnection,
    upload: &Upload,
    data: &[u8],
    at: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    let stored = sqlx::query!(
        "with moved as (
             update upload set stored_bytes = stored_bytes + octet_length($4::bytea), updated_at = $5
             where person_id = $1 and id = $2 and stored_bytes = $3 and state = 'RECEIVING'
             returning person_id, id)
         insert into upload_part (person_id, upload_id, first_byte, data) select person_id, id, $3, $4 from moved",
        upload.person,
        upload.announced.id,
        upload.stored_bytes,
        data,
        at,
    )
    .execute(db)
    .await?;
    Ok(stored.rows_affected() == 1)
}

/// The bytes that begin at an offset; `None` when none do.
pub(crate) async fn part(
    db: &mut PgConnection,
    upload: &Upload,
    first_byte: i64,
) -> Result<Option<Vec<u8>>, sqlx::Error> {
    sqlx::query_scalar!(
        "select data from upload_part where person_id = $1 and upload_id = $2 and first_byte = $3",
        upload.person,
        upload.announced.id,
        first_byte,
    )
    .fetch_optional(db)
    .await
}

/// Writes how an upload ended, and drops its bytes.
pub(crate) async fn end(db: &mut PgConnection, upload: &Upload) -> Result<(), sqlx::Error> {
    let refusal = upload.refusal.as_ref().map(stored_refusal);
    sqlx::query!(
        "update upload set state = $3, flow_id = $4, refusal = $5, updated_at = $6 where person_id = $1 and id = $2",
        upload.person,
        upload.announced.id,
        upload.state.code(),
        upload.flow,
        refusal.map(|refusal| json(&refusal)).transpose()?,
        upload.updated_at,
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "delete from upload_part where person_id = $1 and upload_id = $2",
        upload.person,
        upload.announced.id,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Forgets an upload that took no effect, with its bytes.
pub(crate) async fn forget(db: &mut PgConnection, upload: &Upload) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from upload where person_id = $1 and id = $2 and state = 'RECEIVING'",
        upload.person,
        upload.announced.id,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Forgets uploads that nobody goes on with. What came of the others stays: it is the record of the attempt.
pub(crate) async fn forget_abandoned(
    db: &mut PgConnection,
    before: DateTime<Utc>,
) -> Result<u64, sqlx::Error> {
    let forgotten = sqlx::query!(
        "delete from upload where state = 'RECEIVING' and updated_at < $1",
        before,
    )
    .execute(db)
    .await?;
    Ok(forgotten.rows_affected())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_read_as_it_was_written_whatever_field_it_names() {
        let faults: Vec<_> = fault_fields()
            .map(|field| Fault {
                line: 0,
                field,
                rule: Rule::Element,
            })
            .collect();
        let told = Refusal {
            codes: vec![FlowCode::Malformed],
            faults_count: 2_000,
            faults,
            not_before: None,
            term: None,
        };
        let stored = json(&stored_refusal(&told)).unwrap();
        assert_eq!(refusal(from_json(stored).unwrap()).unwrap(), told);
        assert!(field_named("altro").is_err());
    }
}
