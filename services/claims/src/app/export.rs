//! Export: all that a filter finds, as it stands at one instant, as a table.
//!
//! The table is written to a temporary file while the claims are read, page by page in one snapshot; then the file is
//! sent as fast as the client takes it. So a slow client holds no transaction, and neither side holds the whole.

use std::fs::File;
use std::io::{Seek, SeekFrom};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chassis::db::ScopedFutureExt;
use chassis::identity::Caller;
use chassis::identity::refusal::too_many_requests;
use chassis::{Failure, Tx, audit};
use kernel::rome;
use sheet::{Table, TableError, TableFormat};
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio_stream::wrappers::ReceiverStream;
use uuid::Uuid;

use super::App;
use super::search::permit;
use crate::domain::search::{Criteria, Found, Order};
use crate::domain::table::{self, Language, cells};
use crate::store;

/// Rows of an export at most.
const ROWS_MOST: i64 = 200_000;
/// Claims read at a time.
const PAGE: i64 = 1_000;
/// Pages read ahead of the writer.
const PAGES_AHEAD: usize = 2;
/// Messages made ahead of the client.
const MESSAGES_AHEAD: usize = 4;
/// Exports of a process at a time: each holds a connection and a file while it is written.
pub(crate) const AT_A_TIME: usize = 3;
/// When whoever found no turn may ask again.
const AGAIN_AFTER: Duration = Duration::from_secs(5);

/// What to export.
#[derive(Debug, Clone)]
pub(crate) struct ExportCommand {
    /// What.
    pub(crate) criteria: Criteria,
    /// The same as it was asked for, for the record.
    pub(crate) asked: serde_json::Value,
    /// In what order.
    pub(crate) order: Order,
    /// In what format.
    pub(crate) format: TableFormat,
    /// In what language.
    pub(crate) language: Language,
}

/// An export that has begun.
pub(crate) struct Exporting {
    /// Id.
    pub(crate) id: Uuid,
    /// Proposed name of the file.
    pub(crate) file_name: String,
    /// Rows that there will be.
    pub(crate) rows_total: i64,
    /// What comes.
    pub(crate) messages: ReceiverStream<Result<Exported, Failure>>,
}

/// A message of an export.
#[derive(Debug)]
pub(crate) enum Exported {
    /// So many rows are written.
    Progress(i64),
    /// A piece of the table.
    Piece(Bytes),
}

type Messages = mpsc::Sender<Result<Exported, Failure>>;

impl App {
    /// Begins an export of the claims in the caller's rows that the criteria find. Refused as a search is, and when
    /// there are too many claims, or too many exports at a time.
    pub(crate) async fn export(
        &self,
        caller: &Caller,
        command: ExportCommand,
    ) -> Result<Exporting, Failure> {
        permit(caller, &command.criteria)?;
        let turn = Arc::clone(&self.exports)
            .try_acquire_owned()
            .map_err(|_| too_many_requests(AGAIN_AFTER))?;
        let now = self.clock.now();
        let id = self.ids.at(now);
        let rows_total = self.begin_export(caller, id, &command).await?;
        let day = rome::date_of(now).format("%Y%m%d");
        let (name, ending) = (command.language.file(), command.format.extension());
        let (messages, coming) = mpsc::channel(MESSAGES_AHEAD);
        let (app, caller) = (self.clone(), caller.clone());
        tokio::spawn(async move { app.run_export(&caller, id, &command, messages, turn).await });
        Ok(Exporting {
            id,
            file_name: format!("{name}-{day}.{ending}"),
            rows_total,
            messages: ReceiverStream::new(coming),
        })
    }

    async fn begin_export(
        &self,
        caller: &Caller,
        id: Uuid,
        command: &ExportCommand,
    ) -> Result<i64, Failure> {
        self.database
            .transaction("claims_export_begin", |tx| {
                async move {
                    let (scope, criteria) = (&caller.scope, &command.criteria);
                    let rows_total =
                        store::search::count(tx, scope, criteria, ROWS_MOST + 1).await?;
                    if rows_total > ROWS_MOST {
                        return Err(Failure::field(
                            "filter",
                            format!("finds more than {ROWS_MOST} claims: narrow it"),
                        ));
                    }
                    let begun = store::exports::Begun {
                        id,
                        person: caller.person,
                        role: caller.role.id(),
                        format: command.format.code(),
                        filter: &command.asked,
                        rows_total,
                        at: self.clock.now(),
                    };
                    store::exports::begin(tx, &begun).await?;
                    self.audit_export(tx, caller, "claims.export", id, rows_total)
                        .await?;
                    Ok(rows_total)
                }
                .scope_boxed()
            })
            .await
    }

    async fn audit_export(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        action: &'static str,
        id: Uuid,
        rows: i64,
    ) -> Result<(), Failure> {
        let entry = audit::Entry {
            action,
            resource_type: "claim_export",
            resource_id: id.to_string(),
            result_count: rows,
        };
        audit::record(tx, caller, entry, self.clock.now()).await
    }

    /// Writes and sends the table, and records how it ended: also when the client went away.
    async fn run_export(
        &self,
        caller: &Caller,
        id: Uuid,
        command: &ExportCommand,
        messages: Messages,
        turn: OwnedSemaphorePermit,
    ) {
        let written = self.write_table(caller, command, &messages).await;
        drop(turn);
        let left = match written {
            Ok((file, rows)) => send_file(file, &messages)
                .await
                .map(|left| if left { rows } else { 0 }),
            Err(failure) => Err(failure),
        };
        let rows = *left.as_ref().unwrap_or(&0);
        let ended = self
            .database
            .transaction("claims_export_end", |tx| {
                async move {
                    store::exports::end(tx, id, rows, self.clock.now()).await?;
                    self.audit_export(tx, caller, "claims.export_end", id, rows)
                        .await
                }
                .scope_boxed()
            })
            .await;
        if let Err(failure) = &ended {
            tracing::error!(
                error = failure as &dyn std::error::Error,
                "the end of an export is not recorded"
            );
        }
        // The client learns of a failure before the stream ends, so that half a table is not taken for a whole one.
        if let Err(failure) = left.map(drop).and(ended) {
            let _ = messages.send(Err(failure)).await;
        }
    }

    /// The table in a temporary file, and its rows.
    async fn write_table(
        &self,
        caller: &Caller,
        command: &ExportCommand,
        messages: &Messages,
    ) -> Result<(File, i64), Failure> {
        let (pages, coming) = mpsc::channel(PAGES_AHEAD);
        let (format, language) = (command.format, command.language);
        let (at, rules, progress) = (self.clock.now(), self.rules, messages.clone());
        let writing = tokio::task::spawn_blocking(move || {
            let table = table::begin(tempfile::tempfile()?, format, language, at)?;
            let row =
                |table: &mut Table<File>, found: &Found| table.row(&cells(found, rules, language));
            write_pages(table, row, coming, &progress)
        });
        let read = self
            .database
            .transaction("claims_export", |tx| {
                let pages = pages.clone();
                async move { read_pages(tx, caller, command, &pages).await }.scope_boxed()
            })
            .await;
        drop(pages);
        let written = writing.await.map_err(Failure::internal)?;
        read?;
        written.map_err(Failure::internal)
    }
}

/// Reads claims page by page, as they stand at one instant. Nobody waits for the rest when the writer is gone.
async fn read_pages(
    tx: &mut Tx,
    caller: &Caller,
    command: &ExportCommand,
    pages: &mpsc::Sender<Vec<Found>>,
) -> Result<(), Failure> {
    store::search::take_snapshot(tx).await?;
    let (mut after, mut left) = (None, ROWS_MOST);
    while left > 0 {
        let limit = PAGE.min(left);
        let page = store::search::page(
            tx,
            &caller.scope,
            &command.criteria,
            command.order,
            after.as_ref(),
            limit,
        )
        .await?;
        let rows = i64::try_from(page.len()).unwrap_or(i64::MAX);
        left -= rows;
        after = page.last().map(|row| row.place.clone());
        if pages.send(page).await.is_err() || rows < limit {
            break;
        }
    }
    Ok(())
}

/// Writes pages as they come, and tells how far it is. Stops when the client is gone.
fn write_pages(
    mut table: Table<File>,
    row: impl Fn(&mut Table<File>, &Found) -> Result<(), TableError>,
    mut coming: mpsc::Receiver<Vec<Found>>,
    progress: &Messages,
) -> Result<(File, i64), TableError> {
    let mut rows = 0;
    while let Some(page) = coming.blocking_recv() {
        for found in &page {
            row(&mut table, found)?;
            rows += 1;
        }
        // A client that reads slowly misses some of the progress, so that the snapshot never waits for it.
        if let Err(mpsc::error::TrySendError::Closed(_)) =
            progress.try_send(Ok(Exported::Progress(rows)))
        {
            break;
        }
    }
    let mut file = table.end()?;
    file.seek(SeekFrom::Start(0))?;
    Ok((file, rows))
}

/// Sends a file in pieces, until it ends or the client goes; whether any of it left.
async fn send_file(file: File, messages: &Messages) -> Result<bool, Failure> {
    sheet::send(file, messages, |piece| Ok(Exported::Piece(piece)))
        .await
        .map_err(Failure::internal)
}
