//! The journal of decisions: a line for each, written before the call goes on or the refusal is answered, and brought
//! into the audit trail soon after.
//!
//! A line is one `write` to a file that is only appended to. It is not forced to the disk, so it survives the end of
//! this process (`kill -9` included) and not that of the machine; what is in the database survives both. A journal that
//! cannot be written lets nobody pass.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use chassis::access::Role;
use chassis::audit::{Decision, record_decisions};
use chassis::db::ScopedFutureExt;
use chassis::ids::Ids;
use chassis::lifecycle::Stop;
use chassis::{Database, Failure, SharedClock};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::store::{self, Position};

/// A file is followed by the next one when it has this size.
const SEGMENT_BYTES: u64 = 64 * 1024 * 1024;
/// More files than these are not kept: whatever hinders the audit trail must be seen to first.
const SEGMENTS: u64 = 16;
/// Lines brought into the audit trail at a time.
const BATCH_LINES: usize = 4_000;
/// Bytes read at a time.
const BATCH_BYTES: u64 = 2 * 1024 * 1024;
/// Pause when there is nothing to bring, and shortest one between two batches: few lines at a time would cost more
/// than the calls that they tell of.
const PAUSE: Duration = Duration::from_millis(200);
/// Calls come first: while more lines come than are brought, the shipper rests so many times as long as its last batch
/// took, until so many files wait that it has to hurry.
const REST: u32 = 9;
/// Files that wait when the shipper rests no more.
const SEGMENTS_TO_HURRY: u64 = SEGMENTS / 4;
/// Pause when the database does not take it.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(1);

/// One decision.
#[derive(Debug, Serialize)]
pub(crate) struct Line<'a> {
    /// Microseconds since 1970.
    pub(crate) at: i64,
    pub(crate) method: &'a str,
    pub(crate) actor: Option<Uuid>,
    pub(crate) role: Option<&'static str>,
    pub(crate) scope: Option<&'static str>,
    pub(crate) mandate: Option<Uuid>,
    pub(crate) refused: Option<&'a str>,
    pub(crate) trace: &'a str,
}

#[derive(Debug, Deserialize)]
struct Written {
    at: i64,
    method: String,
    actor: Option<Uuid>,
    role: Option<String>,
    scope: Option<String>,
    mandate: Option<Uuid>,
    refused: Option<String>,
    trace: String,
}

/// The journal, open for writing.
#[derive(Debug)]
pub(crate) struct Journal {
    folder: PathBuf,
    instance: Uuid,
    /// Holds the lock of the folder.
    _lock: File,
    active: Mutex<Active>,
    oldest: AtomicU64,
    written: AtomicU64,
    segment_bytes: u64,
}

#[derive(Debug)]
struct Active {
    file: File,
    segment: u64,
    length: u64,
    line: Vec<u8>,
}

impl Journal {
    /// Opens the journal in a folder that belongs to this gateway alone, and begins a new file in it.
    pub(crate) fn open(folder: &Path, ids: &Ids, now: DateTime<Utc>) -> Result<Self, JournalError> {
        let fault = |source| JournalError {
            path: folder.display().to_string(),
            source,
        };
        Self::open_with(folder, ids, now, SEGMENT_BYTES).map_err(fault)
    }

    fn open_with(
        folder: &Path,
        ids: &Ids,
        now: DateTime<Utc>,
        segment_bytes: u64,
    ) -> io::Result<Self> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)?;
        let (lock, instance) = claim(folder, ids, now)?;
        let segments = segments(folder)?;
        let segment = segments.last().map_or(1, |last| last + 1);
        let active = Active::begin(folder, segment)?;
        Ok(Self {
            folder: folder.to_owned(),
            instance,
            _lock: lock,
            active: Mutex::new(active),
            oldest: AtomicU64::new(segments.first().copied().unwrap_or(segment)),
            written: AtomicU64::new(0),
            segment_bytes,
        })
    }

    /// Writes one line. When it fails nothing of the line stays, and the call must not go on.
    pub(crate) fn write(&self, line: &Line<'_>) -> io::Result<()> {
        let mut active = self.active.lock().unwrap_or_else(PoisonError::into_inner);
        if active.length >= self.segment_bytes {
            self.turn(&mut active)?;
        }
        active.write(line)?;
        self.written.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    /// Lines written since the journal was opened.
    fn written(&self) -> u64 {
        self.written.load(Ordering::Relaxed)
    }

    fn turn(&self, active: &mut Active) -> io::Result<()> {
        if active.segment - self.oldest.load(Ordering::Relaxed) + 1 >= SEGMENTS {
            return Err(io::Error::other(
                "the journal is full: its lines do not reach the audit trail",
            ));
        }
        *active = Active::begin(&self.folder, active.segment + 1)?;
        Ok(())
    }

    /// Whether so much waits that it must be brought away before anything else.
    fn is_long(&self) -> bool {
        self.active_segment() - self.oldest.load(Ordering::Relaxed) >= SEGMENTS_TO_HURRY
    }

    fn active_segment(&self) -> u64 {
        self.active
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .segment
    }
}

impl Active {
    fn begin(folder: &Path, segment: u64) -> io::Result<Self> {
        let path = path(folder, segment);
        let file = OpenOptions::new()
            .append(true)
            .create_new(true)
            .mode(0o600)
            .open(path)?;
        Ok(Self {
            file,
            segment,
            length: 0,
            line: Vec::with_capacity(512),
        })
    }

    fn write(&mut self, line: &Line<'_>) -> io::Result<()> {
        self.line.clear();
        serde_json::to_writer(&mut self.line, line)?;
        self.line.push(b'\n');
        match self.file.write_all(&self.line) {
            Ok(()) => {
                self.length += self.line.len() as u64;
                Ok(())
            }
            Err(error) => {
                // Half a line would spoil the next one. If this fails too, the reader skips what it cannot read.
                let _ = self.file.set_len(self.length);
                Err(error)
            }
        }
    }
}

/// Locks the folder and reads the id of the journal in it, made at the first time.
fn claim(folder: &Path, ids: &Ids, now: DateTime<Utc>) -> io::Result<(File, Uuid)> {
    let path = folder.join("instance");
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)?;
    file.try_lock()
        .map_err(|_| io::Error::other("another gateway uses this folder"))?;
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    if text.is_empty() {
        let instance = ids.at(now);
        file.write_all(instance.to_string().as_bytes())?;
        file.sync_all()?;
        return Ok((file, instance));
    }
    let instance = text.trim().parse().map_err(io::Error::other)?;
    Ok((file, instance))
}

fn path(folder: &Path, segment: u64) -> PathBuf {
    folder.join(format!("decisions-{segment:012}.jsonl"))
}

/// Numbers of the files, ordered.
fn segments(folder: &Path) -> io::Result<Vec<u64>> {
    let mut numbers = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        let number: Option<u64> = name.to_str().and_then(|name| {
            name.strip_prefix("decisions-")?
                .strip_suffix(".jsonl")?
                .parse()
                .ok()
        });
        numbers.extend(number);
    }
    numbers.sort_unstable();
    Ok(numbers)
}

/// Brings the lines of a journal into the audit trail, each once and in order.
#[derive(Debug)]
pub(crate) struct Shipper {
    journal: Arc<Journal>,
    database: Database,
    clock: SharedClock,
}

/// Lines that were read, and where reading goes on.
struct Batch {
    decisions: Vec<Decision>,
    after: Position,
}

impl Shipper {
    pub(crate) fn new(journal: Arc<Journal>, database: Database, clock: SharedClock) -> Self {
        Self {
            journal,
            database,
            clock,
        }
    }

    /// Runs until `stop`, and then until nothing is left to bring or the database does not take it.
    pub(crate) async fn run(self, stop: Stop) {
        let mut seen = self.journal.written();
        loop {
            let stopping = stop.is_cancelled();
            let began = Instant::now();
            let pause = match self.ship().await {
                Ok(None) if stopping => return,
                Ok(None) => PAUSE,
                Ok(Some(brought)) => {
                    let written = self.journal.written();
                    let came = written - std::mem::replace(&mut seen, written);
                    self.pause_after(brought, came, began.elapsed())
                }
                Err(error) => {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        "decisions wait in the journal: the audit trail does not take them"
                    );
                    if stopping {
                        return;
                    }
                    PAUSE_AFTER_FAILURE
                }
            };
            if !stopping {
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = tokio::time::sleep(pause) => {}
                }
            }
        }
    }

    /// How long to rest after a batch of so many lines, during which so many others came.
    fn pause_after(&self, brought: usize, came: u64, took: Duration) -> Duration {
        if brought < BATCH_LINES {
            PAUSE
        } else if came > BATCH_LINES as u64 && !self.journal.is_long() {
            took * REST
        } else {
            Duration::ZERO
        }
    }

    /// Brings one batch and returns how many lines it had; `None` when there was nothing to bring.
    async fn ship(&self) -> Result<Option<usize>, Failure> {
        let instance = self.journal.instance;
        let before = store::position(&self.database, instance).await?;
        let journal = Arc::clone(&self.journal);
        let read = tokio::task::spawn_blocking(move || journal.read(before)).await;
        let Some(batch) = read
            .map_err(Failure::internal)?
            .map_err(Failure::internal)?
        else {
            return Ok(None);
        };
        let now = self.clock.now();
        let (decisions, after) = (&batch.decisions, batch.after);
        self.database
            .transaction("ship_decisions", |tx| {
                async move {
                    if !decisions.is_empty() {
                        record_decisions(tx, decisions).await?;
                    }
                    store::advance(tx, instance, before, after, now).await
                }
                .scope_boxed()
            })
            .await?;
        self.journal.forget_before(after.segment);
        Ok(Some(batch.decisions.len()))
    }
}

impl Journal {
    /// The next lines from a position; `None` when there are none.
    fn read(&self, position: Option<Position>) -> io::Result<Option<Batch>> {
        let segments = segments(&self.folder)?;
        let start = position.unwrap_or(Position {
            segment: 0,
            offset: 0,
        });
        let Some(segment) = segments
            .iter()
            .copied()
            .find(|segment| *segment >= start.segment)
        else {
            return Ok(None);
        };
        let offset = if segment == start.segment {
            start.offset
        } else {
            0
        };
        // Asked before reading: a file that is finished now was finished when it was read.
        let finished = segment < self.active_segment();
        let mut file = File::open(path(&self.folder, segment))?;
        file.seek(SeekFrom::Start(offset))?;
        let mut bytes = Vec::new();
        file.take(BATCH_BYTES).read_to_end(&mut bytes)?;
        let (decisions, taken) = parse(&bytes, finished);
        if taken > 0 {
            let after = Position {
                segment,
                offset: offset + taken,
            };
            return Ok(Some(Batch { decisions, after }));
        }
        Ok(finished.then(|| Batch {
            decisions,
            after: Position {
                segment: segment + 1,
                offset: 0,
            },
        }))
    }

    fn forget_before(&self, segment: u64) {
        let Ok(segments) = segments(&self.folder) else {
            return;
        };
        for old in segments.into_iter().filter(|old| *old < segment) {
            if let Err(error) = fs::remove_file(path(&self.folder, old)) {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "an old journal file stays"
                );
            }
        }
        self.oldest.store(segment, Ordering::Relaxed);
    }
}

/// Whole lines of a piece of the file, and the bytes that they take. Of a finished file what is left over at the end is
/// half a line that a failing disk left behind: it is passed over.
fn parse(bytes: &[u8], finished: bool) -> (Vec<Decision>, u64) {
    let mut decisions = Vec::new();
    let mut taken = 0;
    for line in bytes
        .split_inclusive(|byte| *byte == b'\n')
        .take(BATCH_LINES)
    {
        let whole = line.ends_with(b"\n");
        if !whole && !finished {
            break;
        }
        taken += line.len() as u64;
        if let Some(decision) = serde_json::from_slice(line).ok().and_then(decision) {
            decisions.push(decision);
        } else {
            tracing::error!(bytes = line.len(), "a line of the journal cannot be read");
        }
    }
    (decisions, taken)
}

fn decision(line: Written) -> Option<Decision> {
    let scope = ["OWN", "MANDATE", "OFFICES", "NATIONAL", "SYSTEM"];
    Some(Decision {
        at: DateTime::from_timestamp_micros(line.at)?,
        method: line.method,
        actor: line.actor,
        role: line.role.and_then(|role| role.parse::<Role>().ok()),
        scope: line
            .scope
            .and_then(|kind| scope.into_iter().find(|known| *known == kind)),
        mandate: line.mandate,
        refused: line.refused,
        trace_id: Some(line.trace),
    })
}

/// The journal cannot be opened.
#[derive(Debug, thiserror::Error)]
#[error("open the journal of decisions in {path}")]
pub struct JournalError {
    path: String,
    #[source]
    source: io::Error,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_671_114_600, 0).unwrap()
    }

    fn open(folder: &Path) -> Journal {
        Journal::open_with(folder, &Ids::seeded(1), now(), 1_000).unwrap()
    }

    fn line(method: &str) -> Line<'_> {
        Line {
            at: now().timestamp_micros(),
            method,
            actor: Some(Uuid::from_u128(1)),
            role: Some("AZ-CON"),
            scope: Some("OWN"),
            mandate: None,
            refused: None,
            trace: "4bf92f3577b34da6a3ce929d0e0e4736",
        }
    }

    /// Reads everything as the shipper does.
    fn drain(journal: &Journal, mut position: Option<Position>) -> (Vec<String>, Option<Position>) {
        let mut methods = Vec::new();
        while let Some(batch) = journal.read(position).unwrap() {
            methods.extend(batch.decisions.into_iter().map(|decision| decision.method));
            position = Some(batch.after);
        }
        (methods, position)
    }

    #[test]
    fn every_line_is_read_once_and_in_order_over_many_files() {
        let folder = tempfile::tempdir().unwrap();
        let journal = open(folder.path());
        let written: Vec<String> = (0..60).map(|number| format!("s/M{number}")).collect();
        for method in &written[..30] {
            journal.write(&line(method)).unwrap();
        }
        let (first, position) = drain(&journal, None);
        for method in &written[30..] {
            journal.write(&line(method)).unwrap();
        }
        let (second, _) = drain(&journal, position);
        assert!(segments(folder.path()).unwrap().len() > 3);
        assert_eq!([first, second].concat(), written);
    }

    #[test]
    fn what_a_killed_gateway_wrote_is_read_by_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let journal = open(folder.path());
        journal.write(&line("s/Before")).unwrap();
        let instance = journal.instance;
        drop(journal);
        let journal = open(folder.path());
        journal.write(&line("s/After")).unwrap();
        assert_eq!(journal.instance, instance);
        assert_eq!(drain(&journal, None).0, ["s/Before", "s/After"]);
    }

    #[test]
    fn half_a_line_of_a_finished_file_is_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let journal = open(folder.path());
        journal.write(&line("s/Whole")).unwrap();
        drop(journal);
        let mut file = OpenOptions::new()
            .append(true)
            .open(path(folder.path(), 1))
            .unwrap();
        file.write_all(b"{\"at\":16711").unwrap();
        let journal = open(folder.path());
        journal.write(&line("s/Next")).unwrap();
        assert_eq!(drain(&journal, None).0, ["s/Whole", "s/Next"]);
    }

    #[test]
    fn a_journal_whose_lines_go_nowhere_fills_up_and_lets_nobody_pass() {
        let folder = tempfile::tempdir().unwrap();
        let journal = open(folder.path());
        let written = (0..1_000)
            .take_while(|_| journal.write(&line("s/M")).is_ok())
            .count();
        assert!((15..500).contains(&written));
        assert_eq!(segments(folder.path()).unwrap().len() as u64, SEGMENTS);
        let (_, position) = drain(&journal, None);
        journal.forget_before(position.unwrap().segment);
        assert!(journal.write(&line("s/M")).is_ok());
    }

    #[test]
    fn a_folder_belongs_to_one_gateway() {
        let folder = tempfile::tempdir().unwrap();
        let _journal = open(folder.path());
        let error = Journal::open(folder.path(), &Ids::seeded(2), now()).unwrap_err();
        assert!(error.source.to_string().contains("another gateway"));
    }
}
