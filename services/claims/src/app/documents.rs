//! Documents: issued with what they tell of, set as files when they are first asked for, given out as they are, and
//! checked by whoever holds one.

use bytes::Bytes;
use chassis::Failure;
use chassis::db::{Connection, ScopedFutureExt};
use chassis::identity::{Caller, PersonName};
use chassis::objects::PutError;
use chrono::{DateTime, Utc};
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use kernel::{Digest, OfficeCode, rome};
use press::Document;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::adoption::filing_of;
use super::{App, audited};
use crate::domain::claim::Claim;
use crate::domain::decision::Decision;
use crate::domain::documents::{Act, Kind, Replaced, Signature, VerificationCode, receipt};
use crate::domain::refused::Refused;
use crate::domain::role::Role;
use crate::domain::source::Source;
use crate::store;
use crate::store::documents::{File, Genuine, Issued};

/// A document that is given out.
pub(crate) struct Given {
    /// Name of the file, without its kind.
    pub(crate) name: String,
    /// The file.
    pub(crate) file: File,
    /// When it was issued.
    pub(crate) issued_at: DateTime<Utc>,
    /// Its bytes, from the offset asked for on.
    pub(crate) content: BoxStream<'static, Result<Bytes, Failure>>,
}

impl std::fmt::Debug for Given {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Given")
            .field("file", &self.file)
            .finish_non_exhaustive()
    }
}

/// What a verification code is the code of.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verified {
    /// Of nothing: a letter is wrong.
    Mistyped,
    /// Of nothing: it was never given.
    Unknown,
    /// Of an act.
    Act(Genuine),
}

/// Who signs, and for which office, in words.
#[derive(Debug, Clone, Default)]
pub(super) struct Signed {
    /// Title of the office; empty when the anagrafe did not say it.
    pub(super) office: String,
    /// Name of who signs; empty when it is not known.
    pub(super) name: PersonName,
}

impl App {
    /// What is said of who signs a decision of a claim. Asked before the transaction, which holds no call over the network.
    pub(super) async fn signed(&self, claim: &Claim, name: PersonName) -> Signed {
        let office = match &claim.filing {
            Some(filing) => self.office_title(&filing.office).await,
            None => String::new(),
        };
        Signed { office, name }
    }

    /// Title of an office; empty when the anagrafe does not say it: the code stands for it, and nothing waits.
    async fn office_title(&self, office: &OfficeCode) -> String {
        let asked = self.patiently(Source::Anagrafe, self.registry.office(office));
        asked.await.flatten().map(|it| it.title).unwrap_or_default()
    }

    /// Freezes the act of the decision that a claim has just got, in its transaction.
    pub(super) async fn issue_act(
        &self,
        db: &mut Connection,
        claim: &Claim,
        decision: &Decision,
        replaced: Option<&Replaced>,
        signed: &Signed,
    ) -> Result<(), Failure> {
        let filing = filing_of(claim)?;
        let day = rome::date_of(decision.adopted_at);
        let given = match decision.adopter_role {
            Role::Dsede => Vec::new(),
            _ => store::delegations::of_delegate(db, &filing.office, decision.adopter).await?,
        };
        let act = Act {
            claim,
            filing,
            decision,
            replaced,
            office: &signed.office,
            signature: Signature {
                name: &signed.name.0,
                delegation: given.iter().find(|it| it.holds_on(day)),
            },
            page: &self.verification_page,
            rules: self.rules,
        };
        store::documents::issue(db, decision.id, claim.id, Kind::Act, &act.document()).await?;
        Ok(())
    }

    /// Freezes the receipt of a claim that has just been filed, in its transaction.
    pub(super) async fn issue_receipt(
        &self,
        db: &mut Connection,
        claim: &Claim,
        office: &str,
    ) -> Result<(), Failure> {
        let document = receipt(claim, filing_of(claim)?, office, self.rules);
        store::documents::issue(db, claim.id, claim.id, Kind::Receipt, &document).await?;
        Ok(())
    }

    /// The act of a decision of a claim in the caller's rows, the last one when none is named, from a byte on.
    pub(crate) async fn act(
        &self,
        caller: &Caller,
        id: Uuid,
        sequence: Option<i32>,
        offset: u64,
    ) -> Result<Given, Failure> {
        let (claim, decision) = self
            .database
            .transaction("claims_get_act", |tx| {
                async move {
                    let claim = store::claims::find(tx, id, &caller.scope)
                        .await?
                        .ok_or_else(Failure::not_found)?;
                    if claim.decision.is_none() {
                        return Err(Refused::InvalidState(claim.state).into());
                    }
                    let decision = store::decisions::of_claim(tx, id, sequence)
                        .await?
                        .ok_or_else(Failure::not_found)?;
                    audited(tx, caller, "claims.get_act", id, self.clock.now()).await?;
                    Ok((claim, decision))
                }
                .scope_boxed()
            })
            .await?;
        let issued = self.issued_act(&claim, &decision).await?;
        let name = format!("provvedimento-{}", decision.protocol);
        self.give(decision.id, issued, name, offset).await
    }

    /// The receipt of a claim in the caller's rows, from a byte on.
    pub(crate) async fn receipt(
        &self,
        caller: &Caller,
        id: Uuid,
        offset: u64,
    ) -> Result<Given, Failure> {
        let claim = self.seen(caller, id, "claims.get_receipt").await?;
        let filing = filing_of(&claim)?;
        let name = format!("ricevuta-{}", filing.protocol);
        let issued = if let Some(issued) = self.find_document(id).await? {
            issued
        } else {
            let office = self.office_title(&filing.office).await;
            let mut connection = self.database.pool().acquire().await?;
            self.issue_receipt(&mut connection, &claim, &office).await?;
            drop(connection);
            self.just_issued(id).await?
        };
        self.give(id, issued, name, offset).await
    }

    /// What a code is the code of, for anybody.
    pub(crate) async fn verify(&self, text: &str) -> Result<Verified, Failure> {
        let Ok(code) = VerificationCode::read(text) else {
            return Ok(Verified::Mistyped);
        };
        let mut connection = self.database.pool().acquire().await?;
        let found = store::documents::by_code(&mut connection, code.as_str()).await?;
        Ok(found.map_or(Verified::Unknown, Verified::Act))
    }

    /// The act as it was issued. One of before acts were issued, or of a load, is issued now, once.
    async fn issued_act(&self, claim: &Claim, decision: &Decision) -> Result<Issued, Failure> {
        if let Some(issued) = self.find_document(decision.id).await? {
            return Ok(issued);
        }
        let signed = self.signed(claim, PersonName::default()).await;
        let mut connection = self.database.pool().acquire().await?;
        let before = match decision.sequence {
            1 => None,
            later => store::decisions::of_claim(&mut connection, claim.id, Some(later - 1)).await?,
        };
        let replaced = before.as_ref().map(Replaced::of);
        self.issue_act(&mut connection, claim, decision, replaced.as_ref(), &signed)
            .await?;
        drop(connection);
        self.just_issued(decision.id).await
    }

    async fn find_document(&self, id: Uuid) -> Result<Option<Issued>, Failure> {
        let mut connection = self.database.pool().acquire().await?;
        Ok(store::documents::find(&mut connection, id).await?)
    }

    async fn just_issued(&self, id: Uuid) -> Result<Issued, Failure> {
        let issued = self.find_document(id).await?;
        issued.ok_or_else(|| Failure::internal("a document that was issued is not there"))
    }

    async fn give(
        &self,
        id: Uuid,
        issued: Issued,
        name: String,
        offset: u64,
    ) -> Result<Given, Failure> {
        let issued_at = issued.content.issued_at;
        let file = self.file_of(id, issued).await?;
        let size = u64::try_from(file.size_bytes).unwrap_or(0);
        if offset > size {
            return Err(Failure::field(
                "offset",
                "must not lie beyond the end of the file",
            ));
        }
        let content = if offset == size {
            stream::empty().boxed()
        } else {
            let found = self.files.objects.get(file.digest, offset).await?;
            found
                .ok_or_else(|| Failure::internal("a document has no object"))?
                .boxed()
        };
        Ok(Given {
            name: name.replace('/', "-"),
            file,
            issued_at,
            content,
        })
    }

    /// The file of a document, made when it is first asked for.
    async fn file_of(&self, id: Uuid, issued: Issued) -> Result<File, Failure> {
        match issued.file {
            Some(file) => Ok(file),
            None => self.make(id, issued.content).await,
        }
    }

    /// Sets a document and stores its file. The object is stored while the row is locked, although that is a call over the
    /// network within a transaction: of two who come at once one makes the file, and the row never names an object that
    /// is not there.
    async fn make(&self, id: Uuid, content: Document) -> Result<File, Failure> {
        let set = tokio::task::spawn_blocking(move || press::print(&content));
        let bytes = Bytes::from(
            set.await
                .map_err(Failure::internal)?
                .map_err(Failure::internal)?,
        );
        let file = &File {
            digest: Digest::from(<[u8; 32]>::from(Sha256::digest(&bytes))),
            size_bytes: i64::try_from(bytes.len()).map_err(Failure::internal)?,
        };
        let bytes = &bytes;
        self.database
            .transaction("claims_make_document", |tx| {
                async move {
                    if let Some(made) = store::documents::lock(tx, id).await? {
                        return Ok(made);
                    }
                    store::attachments::need(tx, file.digest, file.size_bytes).await?;
                    let whole = stream::iter([Ok(bytes.clone())]);
                    let put = self.files.objects.put(file.digest, whole).await;
                    put.map_err(|error| match error {
                        PutError::Failed(failure) => failure,
                        other => Failure::internal(other),
                    })?;
                    store::documents::made(tx, id, *file).await?;
                    Ok(*file)
                }
                .scope_boxed()
            })
            .await
    }
}
