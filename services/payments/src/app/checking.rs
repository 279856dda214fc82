//! The checks that others answer: the register of persons, the other benefits, the holders of accounts (PAY-5). Lines that were
//! received right are asked about in batches; what nobody answers for is asked again, more and more seldom.

use chassis::db::ScopedFutureExt;
use chassis::{Failure, Tx};
use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::App;
use super::moving::Moving;
use crate::domain::checks::Anomaly;
use crate::domain::line::Way;
use crate::domain::state::LineStep;
use crate::ports::{Findings, Holder, Question};
use crate::store;
use crate::store::lines::Kept;

/// Lines asked about at once.
const LINES_MOST: i64 = 1_000;
/// Tries before an account without an answer stops the line (PAY-5).
const TRIES_MOST: u32 = 5;

impl App {
    /// Asks about lines of one flow that wait for it. False when none do.
    pub(crate) async fn check_some(&self) -> Result<bool, Failure> {
        let now = self.clock.now();
        let mut connection = self.database.pool().acquire().await?;
        let Some(flow) = store::lines::due_for_checks(&mut connection, now).await? else {
            return Ok(false);
        };
        let lines = store::lines::to_check(&mut connection, flow, now, LINES_MOST).await?;
        drop(connection);
        let findings = &self.look_up(&lines).await?;
        let lines = &lines;
        self.database
            .transaction("payments_check_lines", |tx| {
                async move { self.conclude(tx, flow, lines, findings).await }.scope_boxed()
            })
            .await?;
        Ok(true)
    }

    /// What the registers say. Without any the platform is not connected to, nothing is held against a line.
    async fn look_up(&self, lines: &[Kept]) -> Result<Vec<Findings>, Failure> {
        let Some(registers) = &self.registers else {
            let nothing = Findings {
                known: true,
                other_benefit: false,
                holder: Holder::Worker,
            };
            return Ok(vec![nothing; lines.len()]);
        };
        let question = |line: &Kept| Question {
            codice_fiscale: line.codice_fiscale.clone(),
            month: line.month,
            iban: match &line.way {
                Way::Transfer(iban) => Some(iban.clone()),
                Way::Domiciled(_) => None,
            },
        };
        let questions: Vec<_> = lines.iter().map(question).collect();
        let findings = registers.look_up(&questions).await?;
        if findings.len() == lines.len() {
            Ok(findings)
        } else {
            Err(Failure::internal("the registers answer about other lines"))
        }
    }

    async fn conclude(
        &self,
        tx: &mut Tx,
        flow: Uuid,
        asked: &[Kept],
        findings: &[Findings],
    ) -> Result<(), Failure> {
        let now = self.clock.now();
        let Some(found) = store::flows::find(tx, flow, &chassis::identity::Scope::System).await?
        else {
            return Ok(());
        };
        store::authorisations::lock(tx, &[found.authorization.to_string()]).await?;
        let Some(locked) = store::flows::lock(tx, &[flow]).await?.pop() else {
            return Ok(());
        };
        let mut moving = Moving::of(locked);
        let numbers: Vec<i32> = asked
            .iter()
            .filter_map(|line| i32::try_from(line.number).ok())
            .collect();
        let current = store::lines::by_number(tx, moving.flow(), &numbers).await?;
        for mut line in current {
            // Lines that somebody changed since they were asked about are asked about again.
            let Some(place) = asked.iter().position(|before| *before == line) else {
                continue;
            };
            judge(&mut moving, &mut line, findings[place], now)?;
        }
        moving.end(self, tx, now).await?;
        Ok(())
    }
}

fn judge(
    moving: &mut Moving,
    line: &mut Kept,
    findings: Findings,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    let unanswered = findings.holder == Holder::NoAnswer;
    if unanswered {
        line.holder_tries += 1;
    }
    let anomalies: Vec<_> = [
        (!findings.known, Anomaly::CfUnknown),
        (findings.other_benefit, Anomaly::BenefitOverlap),
        (
            findings.holder == Holder::Other,
            Anomaly::IbanHolderMismatch,
        ),
        (
            unanswered && line.holder_tries >= TRIES_MOST,
            Anomaly::IbanHolderUnknown,
        ),
    ]
    .into_iter()
    .filter_map(|(stopped, anomaly)| stopped.then_some(anomaly))
    .collect();
    if !anomalies.is_empty() {
        return moving.stop(line, anomalies);
    }
    if unanswered {
        line.check_after = Some(now + pause(line.holder_tries));
        moving.touch(line);
        return Ok(());
    }
    moving.step(line, LineStep::Pass)
}

/// One minute after the first try, and four times as long after each.
fn pause(tries: u32) -> TimeDelta {
    TimeDelta::minutes(4_i64.pow(tries.clamp(1, TRIES_MOST) - 1))
}
