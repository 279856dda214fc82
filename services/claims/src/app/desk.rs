//! The desk of an office: the queue, many claims at once, handing over, notes, rulings on appeals (CLM-14, CLM-25).

use std::collections::{BTreeMap, HashMap};
use std::error::Error;

use chassis::db::ScopedFutureExt;
use chassis::failure::reason_code;
use chassis::identity::Caller;
use chassis::paging::{Page, cut};
use chassis::{Failure, Tx, audit, idempotency};
use chrono::NaiveDate;
use kernel::{OfficeCode, rome};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::search::{Results, permit};
use super::{App, SearchCommand, actor, audited};
use crate::domain::appeal::{AppealRuling, RulingOutcome};
use crate::domain::claim::Claim;
use crate::domain::desk::{AgeBand, Colleague, Note, WAITING, examines};
use crate::domain::product::Product;
use crate::domain::search::{Criteria, Handling, Order};
use crate::domain::state::State;
use crate::store;

/// Methods of the idempotency keys.
const ASSIGN: &str = "claims.assign_many";
const HAND_OVER: &str = "claims.hand_over";
const ADD_NOTE: &str = "claims.add_note";
const RULE: &str = "claims.rule_on_appeal";
/// Notes a page when the caller does not say.
const DEFAULT_PAGE: i64 = 50;

/// Which claims of the queue.
#[derive(Debug, Clone, Default)]
pub(crate) struct QueueCommand {
    /// Competent office.
    pub(crate) office: Option<String>,
    /// The instrument.
    pub(crate) product: Option<Product>,
    /// Class of age.
    pub(crate) age: Option<AgeBand>,
    /// State.
    pub(crate) state: Option<State>,
    /// Who has it.
    pub(crate) handling: Handling,
}

impl QueueCommand {
    fn criteria(&self, today: NaiveDate) -> Criteria {
        let (first, last) = self.age.map_or((None, None), |age| age.days(today));
        Criteria {
            states: self
                .state
                .map_or_else(|| WAITING.to_vec(), |state| vec![state]),
            products: self.product.into_iter().collect(),
            offices: self.office.iter().cloned().collect(),
            submitted_from: first.map(rome::start_of_day),
            submitted_before: last.and_then(|day| day.succ_opt()).map(rome::start_of_day),
            handling: self.handling,
            ..Criteria::default()
        }
    }
}

/// Claims that wait, of an office, an instrument and a class of age.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct QueueCell {
    /// The office.
    pub(crate) office: String,
    /// The instrument.
    pub(crate) product: Product,
    /// The class.
    pub(crate) age: AgeBand,
    /// How many.
    pub(crate) claims: i64,
}

/// Many claims for one operator.
#[derive(Debug)]
pub(crate) struct AssignCommand {
    /// Client's id of the request.
    pub(crate) request_id: Uuid,
    /// The request as it came.
    pub(crate) fingerprint: Vec<u8>,
    /// Who gets them.
    pub(crate) operator: Uuid,
    /// The claims.
    pub(crate) claims: Vec<Uuid>,
}

/// What came of one claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Assigned {
    /// The claim.
    pub(crate) claim: Uuid,
    /// Reason of the refusal; empty when it is assigned.
    pub(crate) refused: String,
}

/// A claim that changes hands.
#[derive(Debug)]
pub(crate) struct HandOverCommand {
    /// Client's id of the request.
    pub(crate) request_id: Uuid,
    /// The request as it came.
    pub(crate) fingerprint: Vec<u8>,
    /// The claim.
    pub(crate) claim: Uuid,
    /// To whom; `None` for the queue.
    pub(crate) to: Option<Uuid>,
    /// Why.
    pub(crate) reason: String,
}

/// A note to add.
#[derive(Debug)]
pub(crate) struct NoteCommand {
    /// Client's id of the request.
    pub(crate) request_id: Uuid,
    /// The request as it came.
    pub(crate) fingerprint: Vec<u8>,
    /// The claim.
    pub(crate) claim: Uuid,
    /// Text.
    pub(crate) text: String,
    /// Note that it corrects.
    pub(crate) corrects: Option<Uuid>,
}

/// A ruling to record.
#[derive(Debug)]
pub(crate) struct RulingCommand {
    /// Client's id of the request.
    pub(crate) request_id: Uuid,
    /// The request as it came.
    pub(crate) fingerprint: Vec<u8>,
    /// The claim.
    pub(crate) claim: Uuid,
    /// What was decided.
    pub(crate) outcome: RulingOutcome,
    /// Number of the deliberation.
    pub(crate) number: String,
    /// Its day.
    pub(crate) ruled_on: NaiveDate,
    /// Grounds.
    pub(crate) grounds: String,
}

impl App {
    /// How many claims wait, by office, instrument and class of age.
    pub(crate) async fn queue(
        &self,
        caller: &Caller,
        command: &QueueCommand,
    ) -> Result<Vec<QueueCell>, Failure> {
        let today = self.clock.today();
        let criteria = &command.criteria(today);
        permit(caller, criteria)?;
        let arrived = self
            .database
            .transaction("claims_queue", |tx| {
                async move {
                    let arrived = store::search::arrived(tx, &caller.scope, criteria).await?;
                    let entry = audit::Entry {
                        action: "claims.queue",
                        resource_type: "claim",
                        resource_id: String::new(),
                        result_count: arrived.iter().map(|it| it.claims).sum(),
                    };
                    audit::record(tx, caller, entry, self.clock.now()).await?;
                    Ok(arrived)
                }
                .scope_boxed()
            })
            .await?;
        let mut cells = BTreeMap::new();
        for it in arrived {
            let age = AgeBand::of(it.on, today);
            *cells.entry((it.office, it.product, age)).or_default() += it.claims;
        }
        let cell = |((office, product, age), claims)| QueueCell {
            office,
            product,
            age,
            claims,
        };
        Ok(cells.into_iter().map(cell).collect())
    }

    /// A page of the claims that wait, the oldest first.
    pub(crate) async fn queue_page(
        &self,
        caller: &Caller,
        command: &QueueCommand,
        page_size: i32,
        page_token: &str,
    ) -> Result<Results, Failure> {
        // The class of age is of a day: a token of yesterday would go on in another list.
        let today = self.clock.today();
        let search = SearchCommand {
            criteria: command.criteria(today),
            fingerprint: format!("{today} {command:?}").into_bytes(),
            order: Order::OLDEST,
            page_size,
            page_token: page_token.to_owned(),
        };
        self.search(caller, &search).await
    }

    /// Who works at the caller's office now, each once in the highest role.
    pub(crate) async fn colleagues(&self, caller: &Caller) -> Result<Vec<Colleague>, Failure> {
        let office: OfficeCode = caller
            .organisation
            .parse()
            .map_err(|_| Failure::internal("a member of staff without an office"))?;
        let mut highest: HashMap<Uuid, Colleague> = HashMap::new();
        for colleague in self.registry.staff(&office).await? {
            let known = highest.entry(colleague.person).or_insert(colleague);
            known.role = known.role.max(colleague.role);
        }
        let mut colleagues: Vec<_> = highest.into_values().collect();
        colleagues.sort_by_key(|it| (it.role, it.person));
        Ok(colleagues)
    }

    /// Refuses a person who does not examine claims at the competent office of one.
    pub(super) async fn require_examiner(
        &self,
        claim: &Claim,
        person: Uuid,
        field: &'static str,
    ) -> Result<(), Failure> {
        let Some(filing) = &claim.filing else {
            return Ok(());
        };
        let staff = self.registry.staff(&filing.office).await?;
        if examines(&staff, person) {
            Ok(())
        } else {
            Err(Failure::field(
                field,
                "must be an operator or a P.O. officer of the competent office",
            ))
        }
    }

    /// Gives many claims to one operator, and answers for each. The same request again gives the same answer.
    pub(crate) async fn assign_many(
        &self,
        caller: &Caller,
        command: &AssignCommand,
    ) -> Result<Vec<Assigned>, Failure> {
        let examined = &self.offices_of(caller, command.operator).await?;
        self.database
            .transaction("claims_assign_many", |tx| {
                async move { self.assign_in(tx, caller, command, examined).await }.scope_boxed()
            })
            .await
    }

    /// Offices of the caller's scope at which a person examines claims.
    async fn offices_of(&self, caller: &Caller, person: Uuid) -> Result<Vec<OfficeCode>, Failure> {
        let mut examined = Vec::new();
        for office in caller.scope.offices().unwrap_or_default() {
            let office: OfficeCode = office.parse().map_err(Failure::internal)?;
            if examines(&self.registry.staff(&office).await?, person) {
                examined.push(office);
            }
        }
        if examined.is_empty() {
            return Err(Failure::field(
                "operator_id",
                "must be an operator or a P.O. officer of the office",
            ));
        }
        Ok(examined)
    }

    async fn assign_in(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        command: &AssignCommand,
        examined: &[OfficeCode],
    ) -> Result<Vec<Assigned>, Failure> {
        let (person, request) = (caller.person, command.request_id);
        if let Some(id) =
            idempotency::claim(tx, ASSIGN, person, request, &command.fingerprint).await?
        {
            let results = store::desk::assignment(tx, id, person).await?;
            let results = results.ok_or_else(Failure::not_found)?;
            return serde_json::from_value(results).map_err(Failure::internal);
        }
        // In the order of the ids, so that two who assign at the same time never wait for each other in a circle.
        let mut ordered = command.claims.clone();
        ordered.sort_unstable();
        let mut came = HashMap::new();
        for claim in ordered {
            let refused = match self
                .assign_one(tx, caller, claim, command.operator, examined)
                .await
            {
                Ok(()) => String::new(),
                // A failure with a cause is no answer: what it left of the transaction is lost.
                Err(failure) if failure.source().is_none() => reason_code(failure.reason()),
                Err(failure) => return Err(failure),
            };
            came.insert(claim, refused);
        }
        let results: Vec<_> = command
            .claims
            .iter()
            .filter_map(|claim| {
                let refused = came.remove(claim)?;
                Some(Assigned {
                    claim: *claim,
                    refused,
                })
            })
            .collect();
        let now = self.clock.now();
        let id = self.ids.at(now);
        let stored = serde_json::to_value(&results).map_err(Failure::internal)?;
        store::desk::insert_assignment(tx, id, command.operator, person, now, &stored).await?;
        idempotency::complete(tx, ASSIGN, person, request, id).await?;
        Ok(results)
    }

    /// Every refusal comes before the first change, so that the others of the same transaction stand.
    async fn assign_one(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        id: Uuid,
        operator: Uuid,
        examined: &[OfficeCode],
    ) -> Result<(), Failure> {
        let mut claim = self.locked_for_change(tx, caller, id).await?;
        let office = claim.filing.as_ref().map(|filing| &filing.office);
        if !office.is_some_and(|office| examined.contains(office)) {
            return Err(Failure::field(
                "operator_id",
                "must be an operator or a P.O. officer of the competent office",
            ));
        }
        let step = claim.assign(operator, actor(caller)?, self.clock.now())?;
        self.record_step(tx, caller, "claims.assign", &claim, &step)
            .await
    }

    /// Gives a claim that the caller has in charge to a colleague, or back to the queue.
    pub(crate) async fn hand_over(
        &self,
        caller: &Caller,
        command: &HandOverCommand,
    ) -> Result<Claim, Failure> {
        let seen = self.read(caller, command.claim).await?;
        if let Some(to) = command.to {
            if to == caller.person {
                return Err(Failure::field("to_person_id", "must be somebody else"));
            }
            self.require_examiner(&seen, to, "to_person_id").await?;
        }
        self.database
            .transaction("claims_hand_over", |tx| {
                async move {
                    if self
                        .is_done(
                            tx,
                            caller,
                            HAND_OVER,
                            command.request_id,
                            &command.fingerprint,
                        )
                        .await?
                    {
                        return self.locked(tx, caller, command.claim).await;
                    }
                    let mut claim = self.locked_for_change(tx, caller, command.claim).await?;
                    let (by, now) = (actor(caller)?, self.clock.now());
                    let step = claim.hand_over(command.to, command.reason.clone(), by, now)?;
                    self.record_step(tx, caller, "claims.hand_over", &claim, &step)
                        .await?;
                    idempotency::complete(
                        tx,
                        HAND_OVER,
                        caller.person,
                        command.request_id,
                        claim.id,
                    )
                    .await?;
                    Ok(claim)
                }
                .scope_boxed()
            })
            .await
    }

    /// Whether a request came before.
    async fn is_done(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        method: &'static str,
        request: Uuid,
        fingerprint: &[u8],
    ) -> Result<bool, Failure> {
        let done = idempotency::claim(tx, method, caller.person, request, fingerprint).await?;
        Ok(done.is_some())
    }

    /// Adds a note of the office to a filed claim. The field is refused when the note that it corrects is of another
    /// claim.
    pub(crate) async fn add_note(
        &self,
        caller: &Caller,
        command: &NoteCommand,
    ) -> Result<Note, Failure> {
        self.database
            .transaction("claims_add_note", |tx| {
                async move {
                    let claim = command.claim;
                    self.seen_in(tx, caller, claim).await?;
                    let (person, request) = (caller.person, command.request_id);
                    if let Some(id) =
                        idempotency::claim(tx, ADD_NOTE, person, request, &command.fingerprint)
                            .await?
                    {
                        return store::desk::find_note(tx, claim, id)
                            .await?
                            .ok_or_else(Failure::not_found);
                    }
                    if let Some(corrected) = command.corrects
                        && store::desk::find_note(tx, claim, corrected)
                            .await?
                            .is_none()
                    {
                        return Err(Failure::field(
                            "corrects_note_id",
                            "must be a note of the same claim",
                        ));
                    }
                    let now = self.clock.now();
                    let note = Note {
                        id: self.ids.at(now),
                        text: command.text.clone(),
                        by: actor(caller)?,
                        at: now,
                        corrects: command.corrects,
                    };
                    store::desk::insert_note(tx, claim, &note).await?;
                    audited(tx, caller, ADD_NOTE, claim, now).await?;
                    idempotency::complete(tx, ADD_NOTE, person, request, note.id).await?;
                    Ok(note)
                }
                .scope_boxed()
            })
            .await
    }

    async fn seen_in(&self, tx: &mut Tx, caller: &Caller, claim: Uuid) -> Result<(), Failure> {
        store::claims::glance(tx, claim, &caller.scope)
            .await?
            .map(drop)
            .ok_or_else(Failure::not_found)
    }

    /// Notes of a claim, oldest first, and the token of the next page.
    pub(crate) async fn notes(
        &self,
        caller: &Caller,
        claim: Uuid,
        page_size: i32,
        page_token: &str,
    ) -> Result<(Vec<Note>, String), Failure> {
        let page: Page<Uuid> = Page::read(page_size, page_token, DEFAULT_PAGE)?;
        let (after, limit) = (page.after, page.size + 1);
        let rows = self
            .database
            .transaction("claims_notes", |tx| {
                async move {
                    self.seen_in(tx, caller, claim).await?;
                    let rows = store::desk::notes(tx, claim, after, limit).await?;
                    audited(tx, caller, "claims.notes", claim, self.clock.now()).await?;
                    Ok(rows)
                }
                .scope_boxed()
            })
            .await?;
        Ok(cut(rows, page.size, |note| note.id))
    }

    /// Records what the committee decided on the open ricorso of a claim.
    pub(crate) async fn rule_on_appeal(
        &self,
        caller: &Caller,
        command: &RulingCommand,
    ) -> Result<Claim, Failure> {
        if command.ruled_on > self.clock.today() {
            return Err(Failure::field("ruled_on", "must not be in the future"));
        }
        self.database
            .transaction("claims_rule_on_appeal", |tx| {
                async move { self.rule_in(tx, caller, command).await }.scope_boxed()
            })
            .await
    }

    async fn rule_in(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        command: &RulingCommand,
    ) -> Result<Claim, Failure> {
        let mut claim = self.locked_for_change(tx, caller, command.claim).await?;
        if self
            .is_done(tx, caller, RULE, command.request_id, &command.fingerprint)
            .await?
        {
            return Ok(claim);
        }
        let (by, now) = (actor(caller)?, self.clock.now());
        let appealed = claim.decision.as_ref();
        if appealed.is_some_and(|it| command.ruled_on < rome::date_of(it.adopted_at)) {
            return Err(Failure::field(
                "ruled_on",
                "must not come before the decision that was appealed against",
            ));
        }
        let ruling = AppealRuling {
            id: self.ids.at(now),
            decision: appealed.map_or(Uuid::nil(), |decision| decision.id),
            outcome: command.outcome,
            number: command.number.clone(),
            ruled_on: command.ruled_on,
            grounds: command.grounds.clone(),
            by: by.person,
            at: now,
        };
        let before = claim.counted();
        let step = claim.rule_on_appeal(ruling.clone(), by, now)?;
        store::appeals::insert(tx, claim.id, &ruling).await?;
        store::workers::recount(tx, &claim, &before).await?;
        self.record_step(tx, caller, RULE, &claim, &step).await?;
        idempotency::complete(tx, RULE, caller.person, command.request_id, claim.id).await?;
        Ok(claim)
    }
}
