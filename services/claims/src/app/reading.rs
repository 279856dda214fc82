//! What callers may read.

use chassis::access::Role;
use chassis::db::ScopedFutureExt;
use chassis::identity::Caller;
use chassis::paging::{Page, cut};
use chassis::{Failure, audit};
use uuid::Uuid;

use super::{App, Filter, Summary, audited};
use crate::domain::claim::{Claim, Step};
use crate::domain::desk::Note;
use crate::domain::state::State;
use crate::store;

/// Claims a page when the caller does not say.
const DEFAULT_PAGE: i64 = 50;

/// Which claims to list.
#[derive(Debug, Default)]
pub(crate) struct ListCommand {
    /// What to narrow to.
    pub(crate) filter: Filter,
    /// Only those of the caller.
    pub(crate) mine: bool,
    /// Claims a page; 0 for the default.
    pub(crate) page_size: i32,
    /// Token of the page before.
    pub(crate) page_token: String,
}

/// Something that happened to a claim.
#[derive(Debug)]
pub(crate) enum Entry {
    /// A step.
    Step(Step),
    /// A note of the office, and the state in which the claim was.
    Note(Note, State),
}

/// Steps and notes in the order of time; a note comes after the step of the same instant.
fn told(steps: Vec<Step>, notes: Vec<Note>) -> Vec<Entry> {
    let mut state = State::Draft;
    let mut notes = notes.into_iter().peekable();
    let mut told = Vec::new();
    for step in steps {
        while let Some(note) = notes.next_if(|note| note.at < step.at) {
            told.push(Entry::Note(note, state));
        }
        state = step.to;
        told.push(Entry::Step(step));
    }
    told.extend(notes.map(|note| Entry::Note(note, state)));
    told
}

/// Whether the caller is of the staff of an office, for whom its notes are.
fn works_at_an_office(caller: &Caller) -> bool {
    matches!(caller.role, Role::Sede | Role::Po | Role::Dir | Role::Dsede)
}

impl App {
    /// A claim in the caller's rows; IDN-E06 otherwise.
    pub(crate) async fn claim(&self, caller: &Caller, id: Uuid) -> Result<Claim, Failure> {
        self.seen(caller, id, "claims.get").await
    }

    /// A claim in the caller's rows, with the record that it was seen.
    pub(super) async fn seen(
        &self,
        caller: &Caller,
        id: Uuid,
        action: &'static str,
    ) -> Result<Claim, Failure> {
        self.database
            .transaction("claims_read", |tx| {
                async move {
                    let claim = store::claims::find(tx, id, &caller.scope)
                        .await?
                        .ok_or_else(Failure::not_found)?;
                    audited(tx, caller, action, id, self.clock.now()).await?;
                    Ok(claim)
                }
                .scope_boxed()
            })
            .await
    }

    /// A claim in the caller's rows, on the way to something that is recorded by itself.
    pub(super) async fn read(&self, caller: &Caller, id: Uuid) -> Result<Claim, Failure> {
        let mut connection = self.database.pool().acquire().await?;
        store::claims::find(&mut connection, id, &caller.scope)
            .await?
            .ok_or_else(Failure::not_found)
    }

    /// The same, with its workers however many they are.
    pub(super) async fn read_whole(&self, caller: &Caller, id: Uuid) -> Result<Claim, Failure> {
        self.whole(self.read(caller, id).await?).await
    }

    /// Adds the workers that were left out since they are many. What has to be of one instant is held against the
    /// version of the claim, which a new list raises.
    pub(super) async fn whole(&self, mut claim: Claim) -> Result<Claim, Failure> {
        if claim.content.beneficiaries_omitted {
            let mut connection = self.database.pool().acquire().await?;
            claim.content.beneficiaries =
                store::workers::of_claim(&mut connection, claim.id).await?;
            claim.content.beneficiaries_omitted = false;
        }
        Ok(claim)
    }

    /// Claims in the caller's rows, newest first, and the token of the next page. A filter outside is IDN-E05, or
    /// IDN-E07 for the matricola of an intermediary.
    pub(crate) async fn list(
        &self,
        caller: &Caller,
        command: &ListCommand,
    ) -> Result<(Vec<Summary>, String), Failure> {
        if let Some(matricola) = &command.filter.matricola {
            caller.require_matricola(matricola)?;
        }
        if let Some(office) = &command.filter.office {
            caller.require_office(office)?;
        }
        let page: Page<Uuid> = Page::read(command.page_size, &command.page_token, DEFAULT_PAGE)?;
        let filter = &Filter {
            handler: command.mine.then_some(caller.person),
            ..command.filter.clone()
        };
        let (after, limit) = (page.after, page.size + 1);
        let rows = self
            .database
            .transaction("claims_list", |tx| {
                async move {
                    let rows = store::claims::list(tx, &caller.scope, filter, after, limit).await?;
                    let shown = i64::try_from(rows.len()).unwrap_or(i64::MAX).min(limit - 1);
                    let entry = audit::Entry {
                        action: "claims.list",
                        resource_type: "claim",
                        resource_id: String::new(),
                        result_count: shown,
                    };
                    audit::record(tx, caller, entry, self.clock.now()).await?;
                    Ok(rows)
                }
                .scope_boxed()
            })
            .await?;
        Ok(cut(rows, page.size, |row| row.id))
    }

    /// What happened to a claim in the caller's rows, oldest first, with the notes of the office for its staff.
    pub(crate) async fn history(&self, caller: &Caller, id: Uuid) -> Result<Vec<Entry>, Failure> {
        self.seen(caller, id, "claims.history").await?;
        let mut connection = self.database.pool().acquire().await?;
        let steps = store::history::of_claim(&mut connection, id).await?;
        let notes = if works_at_an_office(caller) {
            store::desk::all_notes(&mut connection, id).await?
        } else {
            Vec::new()
        };
        Ok(told(steps, notes))
    }
}
