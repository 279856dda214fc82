//! Asking the outside sources. One that does not answer, or not in time, or not with sense, is *degraded*: what nothing
//! depends on goes on without it, and the check tells which rule is put off or cannot be answered.

use std::future::Future;

use chassis::Failure;
use chrono::{DateTime, TimeDelta, Utc};
use kernel::WeekPeriod;

use super::{App, Known};
use crate::domain::content::Content;
use crate::domain::source::{Degraded, Source};
use crate::domain::unit::{KnownUnit, UnitFacts};
use crate::ports::Evaluation;

/// How long what the anagrafe said last may stand in for it.
const KNOWN_FOR: TimeDelta = TimeDelta::days(30);

/// How a source stood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It answered.
    Available,
    /// It did not; what it said at an instant was used instead.
    Degraded(Option<DateTime<Utc>>),
    /// The platform is not connected to it.
    NotConnected,
}

/// A source is degraded.
#[derive(Debug, Clone, Copy)]
pub(super) struct Away;

impl App {
    /// Asks one source and waits no longer than its patience; `None` when it is degraded.
    pub(super) async fn patiently<T>(
        &self,
        source: Source,
        asking: impl Future<Output = Result<T, Failure>>,
    ) -> Option<T> {
        match tokio::time::timeout(self.patience, asking).await {
            Ok(Ok(answer)) => Some(answer),
            Ok(Err(failure)) => {
                tracing::warn!(
                    source = source.code(),
                    error = &failure as &dyn std::error::Error,
                    "a source is degraded"
                );
                None
            }
            Err(_) => {
                tracing::warn!(source = source.code(), "a source does not answer in time");
                None
            }
        }
    }

    /// What the anagrafe says of the unit.
    pub(super) async fn unit_now(&self, content: &Content) -> Result<Option<UnitFacts>, Away> {
        let start = content.weeks().map(WeekPeriod::first_day);
        self.patiently(Source::Anagrafe, self.registry.unit(&content.unit, start))
            .await
            .ok_or(Away)
    }

    /// Asks every source about a content. `known` stands in for an anagrafe that is degraded.
    pub(super) async fn ask(&self, content: &Content, known: Option<&KnownUnit>) -> Known {
        // The limits are asked with what the anagrafe says; the registers depend on neither.
        let counted = async {
            let (unit, stood_in) = self.unit_or_known(content, known).await;
            let evaluation = self.evaluation(content, unit.as_ref()).await;
            (unit, stood_in, evaluation)
        };
        let ((unit, stood_in, evaluation), unknown_workers, not_employed) = tokio::join!(
            counted,
            self.unknown_workers(content),
            self.not_employed(content),
        );
        let mut degraded: Vec<_> = stood_in.into_iter().collect();
        let mut answered = |source, answer: bool| {
            if !answer {
                degraded.push(Degraded {
                    source,
                    known_at: None,
                });
            }
        };
        answered(Source::Limits, evaluation.is_some());
        answered(Source::Persons, unknown_workers.is_some());
        answered(Source::Uniemens, not_employed.is_some());
        Known {
            rules: self.rules,
            unit,
            evaluation: evaluation.unwrap_or_default(),
            unknown_workers: unknown_workers.unwrap_or_default(),
            not_employed: not_employed.unwrap_or_default(),
            degraded,
        }
    }

    /// The unit as the anagrafe knows it now; as it was known last, and that it is so, while the anagrafe is degraded.
    async fn unit_or_known(
        &self,
        content: &Content,
        known: Option<&KnownUnit>,
    ) -> (Option<UnitFacts>, Option<Degraded>) {
        if let Ok(answer) = self.unit_now(content).await {
            return (answer, None);
        }
        let recent = |it: &&KnownUnit| self.clock.now() - it.at <= KNOWN_FOR;
        let known = known.filter(recent);
        let degraded = Degraded {
            source: Source::Anagrafe,
            known_at: known.map(|it| it.at),
        };
        (known.map(|it| it.facts.clone()), Some(degraded))
    }

    async fn evaluation(&self, content: &Content, unit: Option<&UnitFacts>) -> Option<Evaluation> {
        match unit {
            Some(facts) => {
                let query = self.query(content, facts);
                self.patiently(Source::Limits, self.limits.evaluate(&query))
                    .await
            }
            None => Some(Evaluation::default()),
        }
    }

    async fn unknown_workers(&self, content: &Content) -> Option<Vec<u32>> {
        let Some(persons) = &self.persons else {
            return Some(Vec::new());
        };
        let codes = codes_of(content);
        if codes.is_empty() {
            return Some(Vec::new());
        }
        self.patiently(Source::Persons, persons.unknown(&codes))
            .await
    }

    async fn not_employed(&self, content: &Content) -> Option<Vec<u32>> {
        let (Some(uniemens), Some(weeks)) = (&self.uniemens, content.weeks()) else {
            return Some(Vec::new());
        };
        let codes = codes_of(content);
        if codes.is_empty() {
            return Some(Vec::new());
        }
        let asking = uniemens.not_employed(&content.unit, &codes, weeks);
        self.patiently(Source::Uniemens, asking).await
    }

    /// How the sources stood when something was asked of them.
    pub(super) fn standing(&self, known: &Known) -> Vec<(Source, Standing)> {
        let connected = |source| match source {
            Source::Persons => self.persons.is_some(),
            Source::Uniemens => self.uniemens.is_some(),
            Source::Anagrafe | Source::Limits => true,
        };
        Source::ALL
            .iter()
            .map(|&source| {
                let degraded = known.degraded.iter().find(|it| it.source == source);
                let standing = match degraded {
                    Some(it) => Standing::Degraded(it.known_at),
                    None if connected(source) => Standing::Available,
                    None => Standing::NotConnected,
                };
                (source, standing)
            })
            .collect()
    }
}

/// Codici fiscali of the workers, in the order of the list.
fn codes_of(content: &Content) -> Vec<String> {
    content
        .beneficiaries
        .iter()
        .map(|worker| worker.codice_fiscale.trim().to_ascii_uppercase())
        .collect()
}
