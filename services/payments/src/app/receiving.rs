//! Receiving a flow whose file came whole: refused as a whole with its reasons (PAY-3), or protocolled with its lines, each looked
//! at (PAY-5), the hours of those that are right set aside (PAY-6).
//!
//! The file is read twice, in bounded memory: once to know whether it is to be refused, since a number of the register is given to
//! what is received alone; then, under the lock of the grant, to store its lines.

use std::io::{self, Read};

use bytes::{Buf, Bytes};
use chassis::db::ScopedFutureExt;
use chassis::identity::Caller;
use chassis::upload::{crossed, other_content};
use chassis::{Failure, Tx};
use chrono::{DateTime, Utc};
use kernel::{Digest, ProtocolNumber};
use proto::omnia::payments::v1 as pb;
use rulebook::Rules;
use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::events::step;
use super::moving::{Moved, Moving};
use super::uploads::Shown;
use super::{App, audited};
use crate::domain::amount::{Basis, due};
use crate::domain::checks::{Allowance, FlowCheck, Known, ToCorrect, check_flow, check_line};
use crate::domain::flow::Header;
use crate::domain::layout::{Format, Reading, read_csv, read_xml};
use crate::domain::line::Line;
use crate::domain::month::Month;
use crate::domain::refusal::{Faults, FlowCode, Rule};
use crate::domain::state::{Counts, LineState, LineStep};
use crate::domain::terms;
use crate::domain::upload::{Refusal, Upload, UploadState};
use crate::store;
use crate::store::authorisations::Kept as Grant;
use crate::store::flows::Flow;
use crate::store::lines::{Kept, Received, Rows};

/// Parts of the file read ahead of the reader of the lines.
const PARTS_AHEAD: usize = 2;
/// Lines that travel together from the reader to the store.
const LINES_TOGETHER: usize = 2_000;

/// What is made of lines as they are read, on a thread of its own: the database works on some while the next are looked at.
struct Lines<T> {
    coming: mpsc::Receiver<T>,
    reading: JoinHandle<io::Result<Reading>>,
    feeding: JoinHandle<Result<Digest, Failure>>,
}

impl<T> Lines<T> {
    /// What was made of the next of them; `None` at the end.
    async fn next(&mut self) -> Option<T> {
        self.coming.recv().await
    }

    /// What was read in all, and the SHA-256 of the bytes.
    async fn end(mut self) -> Result<(Reading, Digest), Failure> {
        while self.next().await.is_some() {}
        let reading = self.reading.await.map_err(Failure::internal)?;
        let digest = self.feeding.await.map_err(Failure::internal)??;
        Ok((reading.map_err(Failure::internal)?, digest))
    }
}

/// The flow that a correction corrects, with its stopped lines.
struct Correction {
    flow: Uuid,
    stopped: ToCorrect,
}

impl App {
    /// Receives the flow of an upload that is whole. Repeated at will: what came of it is found again.
    pub(super) async fn receive_flow(
        &self,
        caller: &Caller,
        upload: Upload,
    ) -> Result<Shown, Failure> {
        let _turn = self.turns.acquire().await.map_err(Failure::internal)?;
        let announced = &upload.announced;
        let (mut reading, digest) = self.read(&upload, drop::<Vec<Line>>).end().await?;
        if digest != announced.digest {
            let mut connection = self.database.pool().acquire().await?;
            store::uploads::forget(&mut connection, &upload).await?;
            return Err(other_content());
        }
        agree(&mut reading, &upload);
        let grant = self.grant(&announced.authorization).await?;
        if let Some(header) = reading.header.clone() {
            self.hold_against_stopped(&upload, &header, &mut reading.faults)
                .await?;
        }
        if let Some(refusal) = self.refusal(&reading, grant.as_ref())? {
            return self.refuse(caller, upload, refusal).await;
        }
        let header = reading
            .header
            .ok_or_else(|| Failure::internal("a file without a header was not refused"))?;
        let protocol = self
            .grants
            .register(upload.flow, &header.authorization)
            .await?;
        self.accept(caller, upload, &header, &protocol).await
    }

    /// A correction holds lines that are stopped in the flow that it corrects, each once, and no other (PAY-7).
    async fn hold_against_stopped(
        &self,
        upload: &Upload,
        header: &Header,
        faults: &mut Faults,
    ) -> Result<(), Failure> {
        if header.corrects.is_none() || !faults.is_empty() {
            return Ok(());
        }
        let mut connection = self.database.pool().acquire().await?;
        let Some(mut correction) = correction(&mut connection, header).await? else {
            faults.add(0, "FlussoCorretto", Rule::Value);
            return Ok(());
        };
        let mut lines = self.read(upload, |together| together);
        while let Some(together) = lines.next().await {
            for line in together {
                if let Err(rule) = correction.stopped.take(&line) {
                    faults.add(line.number, "codice_fiscale", rule);
                }
            }
        }
        lines.end().await?;
        Ok(())
    }

    /// Reads the stored bytes of an upload into lines, and makes something of those that travel together.
    fn read<T: Send + 'static>(
        &self,
        upload: &Upload,
        mut make: impl FnMut(Vec<Line>) -> T + Send + 'static,
    ) -> Lines<T> {
        let (parts, coming) = mpsc::channel(PARTS_AHEAD);
        let feeding = tokio::spawn(feed(self.clone(), upload.clone(), parts));
        let (lines, arriving) = mpsc::channel(PARTS_AHEAD);
        let announced = upload.announced.clone();
        let reading = tokio::task::spawn_blocking(move || {
            let mut together = Vec::with_capacity(LINES_TOGETHER);
            // Whoever has heard enough reads no further; the totals are wanted all the same.
            let mut on_line = |line| {
                together.push(line);
                if together.len() == LINES_TOGETHER {
                    let full = std::mem::replace(&mut together, Vec::with_capacity(LINES_TOGETHER));
                    let _ = lines.blocking_send(make(full));
                }
            };
            let file = Parts {
                coming,
                part: Bytes::new(),
            };
            let reading = match (announced.format, &announced.header) {
                (Format::Csv, Some(header)) => read_csv(header, file, &mut on_line),
                _ => read_xml(file, &mut on_line),
            };
            if !together.is_empty() {
                let _ = lines.blocking_send(make(together));
            }
            reading
        });
        Lines {
            coming: arriving,
            reading,
            feeding,
        }
    }

    /// Why the flow is refused as a whole; `None` when it is not.
    fn refusal(
        &self,
        reading: &Reading,
        grant: Option<&Grant>,
    ) -> Result<Option<Refusal>, Failure> {
        let check = match (&reading.header, grant) {
            (_, None) => FlowCheck {
                codes: vec![FlowCode::AuthorizationUnknown],
                ..FlowCheck::default()
            },
            (Some(header), Some(grant)) => self.check(header, grant)?,
            (None, Some(_)) => FlowCheck::default(),
        };
        Ok(refusal_of(&reading.faults, check))
    }

    fn check(&self, header: &Header, grant: &Grant) -> Result<FlowCheck, Failure> {
        let details = grant
            .details
            .as_ref()
            .ok_or_else(|| Failure::internal("a grant is looked at before it is known"))?;
        let held = grant.authorisation.grant(details, grant.first_kind);
        check_flow(self.rules, header, &held, self.clock.today()).map_err(Failure::internal)
    }

    async fn refuse(
        &self,
        caller: &Caller,
        upload: Upload,
        refusal: Refusal,
    ) -> Result<Shown, Failure> {
        let (upload, refusal) = (&upload, &refusal);
        self.database
            .transaction("payments_refuse_flow", |tx| {
                async move { self.refuse_in(tx, caller, upload, refusal).await }.scope_boxed()
            })
            .await
    }

    async fn refuse_in(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        upload: &Upload,
        refusal: &Refusal,
    ) -> Result<Shown, Failure> {
        let mut upload = match self.unfinished(tx, caller, upload).await? {
            Ok(upload) => upload,
            Err(over) => return Ok(over),
        };
        let now = self.clock.now();
        upload.state = UploadState::Refused;
        upload.refusal = Some(refusal.clone());
        upload.updated_at = now;
        store::uploads::end(tx, &upload).await?;
        let resource = ("upload", upload.announced.id);
        audited(tx, caller, "payments.refuse_flow", resource, 1, now).await?;
        self.shown(tx, caller, upload).await
    }

    /// The upload under lock, unless another call ended it: then what came of it.
    async fn unfinished(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        upload: &Upload,
    ) -> Result<Result<Upload, Shown>, Failure> {
        let (person, id) = (upload.person, upload.announced.id);
        store::uploads::lock(tx, person, id).await?;
        let upload = store::uploads::find(tx, person, id)
            .await?
            .ok_or_else(crossed)?;
        if upload.state == UploadState::Receiving {
            Ok(Ok(upload))
        } else {
            Ok(Err(self.shown(tx, caller, upload).await?))
        }
    }

    async fn accept(
        &self,
        caller: &Caller,
        upload: Upload,
        header: &Header,
        protocol: &ProtocolNumber,
    ) -> Result<Shown, Failure> {
        let upload = &upload;
        self.database
            .transaction("payments_receive_flow", |tx| {
                async move { self.accept_in(tx, caller, upload, header, protocol).await }
                    .scope_boxed()
            })
            .await
    }

    async fn accept_in(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        upload: &Upload,
        header: &Header,
        protocol: &ProtocolNumber,
    ) -> Result<Shown, Failure> {
        let number = header.authorization.as_str();
        store::authorisations::lock(tx, &[number.to_owned()]).await?;
        let mut upload = match self.unfinished(tx, caller, upload).await? {
            Ok(upload) => upload,
            Err(over) => return Ok(over),
        };
        let now = self.clock.now();
        upload.updated_at = now;
        upload.state = UploadState::Accepted;
        match self.sent_before(tx, caller, &upload.announced).await? {
            Some(flow) => upload.flow = flow,
            None => {
                self.store_flow(tx, caller, &upload, header, protocol)
                    .await?;
            }
        }
        store::uploads::end(tx, &upload).await?;
        let resource = ("flow", upload.flow);
        audited(tx, caller, "payments.receive_flow", resource, 1, now).await?;
        self.shown(tx, caller, upload).await
    }

    async fn store_flow(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        upload: &Upload,
        header: &Header,
        protocol: &ProtocolNumber,
    ) -> Result<(), Failure> {
        let number = header.authorization.as_str();
        let grant = store::authorisations::find(tx, number)
            .await?
            .ok_or_else(crossed)?;
        // The grant may have changed since the file was looked at: whoever calls again is told how.
        if !self.check(header, &grant)?.codes.is_empty() {
            return Err(crossed());
        }
        let correction = correction(tx, header).await?;
        let at = upload.updated_at;
        let flow = Flow {
            id: upload.flow,
            version: 0,
            protocol: protocol.clone(),
            kind: header.kind,
            ended: None,
            authorization: header.authorization.clone(),
            claim: grant.authorisation.claim,
            matricola: grant.authorisation.matricola.clone(),
            unit: grant.authorisation.unit,
            employer_name: grant
                .details
                .as_ref()
                .map(|details| details.employer_name.clone())
                .unwrap_or_default(),
            office: grant.authorisation.office.clone(),
            region_istat: grant.authorisation.region_istat.clone(),
            product: grant.authorisation.product.clone(),
            causale: grant.authorisation.causale.clone(),
            csc_sector: grant.authorisation.csc_sector.clone(),
            average_heads_hundredths: grant.authorisation.average_heads_hundredths,
            period: header.period,
            term: self.term(header, &grant)?,
            corrects: correction.as_ref().map(|it| it.flow),
            lines: header.lines,
            hours: header.hours,
            counts: Counts::default(),
            digest: upload.announced.digest,
            reason: String::new(),
            sent_by: caller.person,
            received_at: at,
        };
        let ticket = header.ticket.to_string();
        store::authorisations::begin_kind(tx, &ticket, header.kind).await?;
        store::flows::insert(tx, &flow).await?;
        let corrects = flow.corrects;
        let stopped = correction.map(|it| it.stopped);
        let replaced = self.store_lines(tx, upload, flow, &grant, stopped).await?;
        match corrects {
            Some(flow) => self.replace(tx, flow, &replaced, at).await,
            None => Ok(()),
        }
    }

    fn term(&self, header: &Header, grant: &Grant) -> Result<chrono::NaiveDate, Failure> {
        let authorisation = &grant.authorisation;
        let granted = terms::Granted {
            family: crate::domain::authorisation::family(&authorisation.causale),
            period: authorisation.period,
            communicated: authorisation.communicated,
        };
        let first = Month::of(header.period.first_day());
        let term = terms::last_day(self.rules, granted, first, self.clock.today());
        Ok(term.map_err(Failure::internal)?.due)
    }

    /// Stores the lines of a flow, in the order of the file. Returns the numbers of those that they replace.
    async fn store_lines(
        &self,
        tx: &mut Tx,
        upload: &Upload,
        mut flow: Flow,
        grant: &Grant,
        stopped: Option<ToCorrect>,
    ) -> Result<Vec<i32>, Failure> {
        let at = flow.received_at;
        let number = flow.authorization.as_str();
        let mut looking = Looking {
            rules: self.rules,
            known: store::lines::known(tx, number, flow.period).await?,
            allowance: store::authorisations::allowance(tx, grant).await?,
            weather: grant.authorisation.is_construction_weather(),
            flow: flow.clone(),
            stopped,
        };
        let (mut held, mut replaced) = (Vec::new(), Vec::new());
        let mut lines = self.read(upload, move |together| looking.look_at(together));
        let mut waiting = Vec::new();
        while let Some(looked) = lines.next().await {
            let looked = looked?;
            self.tell(tx, &mut flow, None, waiting, false, at).await?;
            store::lines::copy(tx, &looked.rows).await?;
            for state in looked.states {
                flow.counts.add(state, 1);
            }
            held.extend(looked.held);
            replaced.extend(looked.replaced);
            waiting = looked.steps;
        }
        let (reading, _) = lines.end().await?;
        if !reading.faults.is_empty() {
            return Err(Failure::internal("a file reads otherwise the second time"));
        }
        if !held.is_empty()
            && !self.planted.forgets_hours()
            && !store::authorisations::hold(tx, flow.authorization.as_str(), &held).await?
        {
            return Err(crossed());
        }
        self.tell(tx, &mut flow, None, waiting, true, at).await?;
        store::flows::advance(tx, &flow).await?;
        Ok(replaced)
    }

    /// Cancels the lines that a correction replaces.
    async fn replace(
        &self,
        tx: &mut Tx,
        flow: Uuid,
        numbers: &[i32],
        at: DateTime<Utc>,
    ) -> Result<(), Failure> {
        let locked = store::flows::lock(tx, &[flow]).await?.pop();
        let mut moving = Moving::of(locked.ok_or_else(crossed)?);
        let lines = store::lines::by_number(tx, moving.flow(), numbers).await?;
        for mut line in lines {
            moving.step(&mut line, LineStep::Cancel)?;
        }
        moving.end(self, tx, at).await?;
        Ok(())
    }
}

/// What lines are looked at with, one after the other.
struct Looking {
    rules: &'static Rules,
    flow: Flow,
    allowance: Allowance,
    known: Known,
    weather: bool,
    /// The lines that are to be corrected; `None` when the flow corrects none.
    stopped: Option<ToCorrect>,
}

/// Lines that were looked at.
struct Looked {
    /// As they are stored.
    rows: Rows,
    /// As they are told.
    steps: Vec<pb::LineStep>,
    /// Where they stand.
    states: Vec<LineState>,
    /// Workers and the hours set aside for them.
    held: Vec<(Uuid, i64)>,
    /// Numbers of the lines that they replace.
    replaced: Vec<i32>,
}

impl Looking {
    fn look_at(&mut self, lines: Vec<Line>) -> Result<Looked, Failure> {
        let mut looked = Looked {
            rows: Rows::received_at(self.flow.received_at),
            steps: Vec::with_capacity(lines.len()),
            states: Vec::with_capacity(lines.len()),
            held: Vec::with_capacity(lines.len()),
            replaced: Vec::new(),
        };
        for line in lines {
            looked.replaced.extend(self.replaced(&line)?);
            let received = self.check(line);
            looked.held.extend(received.held());
            looked.rows.add(&self.flow, &received)?;
            looked.states.push(received.state);
            looked.steps.push(step(&brought(received, &self.flow)));
        }
        Ok(looked)
    }

    /// The number of the stopped line that a line replaces.
    fn replaced(&mut self, line: &Line) -> Result<Option<i32>, Failure> {
        let taken = self.stopped.as_mut().map(|stopped| stopped.take(line));
        taken.transpose().map_err(|_| crossed())
    }

    fn check(&mut self, line: Line) -> Received {
        let days = line.days(self.flow.period).unwrap_or(self.flow.period);
        let checked = check_line(line, &mut self.allowance, &self.known);
        let line = &checked.line;
        let amount = line
            .line_type
            .pays_hours()
            .then(|| due(self.rules, &Basis::of(line, self.weather)))
            .flatten()
            .map(|due| (due.gross, due.net));
        let right = checked.anomalies.is_empty();
        Received {
            days,
            state: if right {
                LineState::InVerification
            } else {
                LineState::Anomaly
            },
            amount,
            is_asked: right && amount.is_some(),
            checked,
        }
    }
}

/// The step that brings a line.
fn brought(received: Received, flow: &Flow) -> Moved {
    let line = received.checked.line;
    let hours = line.hours();
    Moved {
        from: None,
        to: received.state,
        line: Kept {
            month: line.month,
            flow: flow.id,
            number: line.number,
            person: received.checked.worker,
            codice_fiscale: line.codice_fiscale,
            surname: line.surname,
            name: line.name,
            line_type: line.line_type,
            hourly_pay: line.hourly_pay,
            workable_hours: line.workable_hours,
            weeks: line.weeks,
            hours,
            days: received.days,
            way: line.way,
            deductions: line.deductions,
            expected: line.expected,
            state: received.state,
            anomalies: received.checked.anomalies,
            amount: received.amount,
            attempt: 0,
            holder_tries: 0,
            check_after: received.is_asked.then_some(flow.received_at),
            bank_date: None,
        },
    }
}

/// The flow that a header says it corrects, of the same claim; `None` when there is none.
async fn correction(
    db: &mut chassis::db::Connection,
    header: &Header,
) -> Result<Option<Correction>, Failure> {
    let Some(protocol) = &header.corrects else {
        return Ok(None);
    };
    let number = header.authorization.as_str();
    let Some(flow) = store::flows::of_protocol(db, number, protocol).await? else {
        return Ok(None);
    };
    let stopped = store::lines::stopped(db, flow).await?;
    Ok(Some(Correction { flow, stopped }))
}

/// The header of a file is about the grant and the employer that were announced.
fn agree(reading: &mut Reading, upload: &Upload) {
    let Some(header) = &reading.header else {
        return;
    };
    let announced = &upload.announced;
    for (other, field) in [
        (
            header.authorization != announced.authorization,
            "NumeroAutorizzazione",
        ),
        (header.matricola != announced.matricola, "Matricola"),
    ] {
        if other {
            reading.faults.add(0, field, Rule::Value);
        }
    }
}

/// Faults of the file and what the grant says, as one refusal; `None` when there is nothing.
fn refusal_of(faults: &Faults, check: FlowCheck) -> Option<Refusal> {
    let mut codes: Vec<FlowCode> = faults.codes().iter().copied().chain(check.codes).collect();
    codes.sort_unstable();
    codes.dedup();
    (!codes.is_empty()).then(|| Refusal {
        codes,
        faults_count: faults.count,
        faults: faults.told.clone(),
        not_before: check.not_before,
        term: check
            .expired
            .map(|term| (term.due, term.rule.source().to_owned())),
    })
}

/// Sends the stored bytes of an upload, part by part, and returns their SHA-256.
async fn feed(app: App, upload: Upload, parts: mpsc::Sender<Bytes>) -> Result<Digest, Failure> {
    let mut hash = Sha256::new();
    let mut place = 0;
    while place < upload.announced.total_bytes {
        let mut connection = app.database.pool().acquire().await?;
        let part = store::uploads::part(&mut connection, &upload, place)
            .await?
            .ok_or_else(crossed)?;
        drop(connection);
        place += i64::try_from(part.len()).unwrap_or(i64::MAX);
        hash.update(&part);
        // Whoever has found the file wrong reads no further; the digest is wanted all the same.
        let _ = parts.send(part.into()).await;
    }
    let digest: [u8; 32] = hash.finalize().into();
    Ok(digest.into())
}

/// The parts of a file as a reader on a thread of its own.
struct Parts {
    coming: mpsc::Receiver<Bytes>,
    part: Bytes,
}

impl Read for Parts {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.part.is_empty() {
            match self.coming.blocking_recv() {
                Some(part) => self.part = part,
                None => return Ok(0),
            }
        }
        let read = self.part.len().min(buffer.len());
        self.part.copy_to_slice(&mut buffer[..read]);
        Ok(read)
    }
}
