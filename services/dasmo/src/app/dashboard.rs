//! Showing the pictures: volumes, trend, cases and freshness.

use chassis::audit::{self, Decision, Entry};
use chassis::db::ScopedFutureExt;
use chassis::failure::reason_code;
use chassis::identity::Caller;
use chassis::paging::{self, Page};
use chassis::{Class, Database, Failure, Reason, SharedClock, Tx};
use chrono::{DateTime, Days, NaiveDate, Utc};

use super::territory::Territories;
use crate::domain::{Filter, Measures, Selection, total};
pub(crate) use crate::store::cases::{Case, CaseKey};
pub(crate) use crate::store::runs::RunRow as Run;
pub(crate) use crate::store::volumes::Cell;
use crate::store::volumes::PublishedDay;
use crate::store::{cases, runs, volumes};

/// Longest trend in days (`claims.md` DAS-6).
const LONGEST_TREND: i64 = 800;

/// Runs shown with the freshness.
const RUNS_SHOWN: i64 = 30;

/// The dashboard.
#[derive(Clone)]
pub(crate) struct Dashboard {
    pub(crate) database: Database,
    pub(crate) clock: SharedClock,
    pub(crate) territories: Territories,
}

/// The picture of a day.
#[derive(Debug)]
pub(crate) struct Volumes {
    pub(crate) as_of: NaiveDate,
    /// Whether the last published day is not yesterday (`claims.md` DAS-8).
    pub(crate) stale: bool,
    /// Names of the classes of age, in the order of the measures' `ages`.
    pub(crate) age_classes: Vec<String>,
    pub(crate) cells: Vec<Cell>,
    pub(crate) total: Measures,
}

/// A day of a trend.
#[derive(Debug)]
pub(crate) struct TrendDay {
    pub(crate) day: NaiveDate,
    pub(crate) age_classes: Vec<String>,
    pub(crate) total: Measures,
}

/// A page of cases.
#[derive(Debug)]
pub(crate) struct Cases {
    pub(crate) as_of: NaiveDate,
    pub(crate) rows: Vec<Case>,
    pub(crate) next_page_token: String,
}

/// How fresh the pictures are.
#[derive(Debug)]
pub(crate) struct Freshness {
    pub(crate) published: Option<(NaiveDate, DateTime<Utc>)>,
    pub(crate) stale: bool,
    pub(crate) runs: Vec<Run>,
}

impl Dashboard {
    /// The picture of a day, the last published one when none is named.
    pub(crate) async fn volumes(
        &self,
        caller: &Caller,
        as_of: Option<NaiveDate>,
        filter: Filter,
    ) -> Result<Volumes, Failure> {
        let selection = &self.select(caller, "dasmo.volumes", filter).await?;
        self.database
            .transaction("get_volumes", |tx| {
                async move {
                    let last = last_published(tx).await?;
                    let stale = self.stale(Some(last.day));
                    let picture = match as_of {
                        None => last,
                        Some(day) => volumes::published(tx, day)
                            .await?
                            .ok_or_else(not_available)?,
                    };
                    let cells = volumes::cells(tx, picture.day, selection).await?;
                    self.shown(
                        tx,
                        caller,
                        "dasmo.volumes",
                        picture.day.to_string(),
                        cells.len(),
                    )
                    .await?;
                    let total = total(
                        cells.iter().map(|cell| &cell.measures),
                        picture.age_classes.len(),
                    );
                    Ok(Volumes {
                        as_of: picture.day,
                        stale,
                        age_classes: picture.age_classes,
                        cells,
                        total,
                    })
                }
                .scope_boxed()
            })
            .await
    }

    /// The totals of the published days of an interval.
    pub(crate) async fn trend(
        &self,
        caller: &Caller,
        from: NaiveDate,
        to: NaiveDate,
        filter: Filter,
    ) -> Result<Vec<TrendDay>, Failure> {
        if from > to {
            return Err(Failure::field("to", "must not be before from"));
        }
        if (to - from).num_days() >= LONGEST_TREND {
            return Err(Failure::field(
                "to",
                "must be less than 800 days after from (claims.md DAS-6)",
            ));
        }
        let selection = &self.select(caller, "dasmo.trend", filter).await?;
        self.database
            .transaction("get_trend", |tx| {
                async move {
                    last_published(tx).await?;
                    let published = volumes::published_between(tx, from, to).await?;
                    let totals = volumes::totals_between(tx, from, to, selection).await?;
                    self.shown(
                        tx,
                        caller,
                        "dasmo.trend",
                        format!("{from}/{to}"),
                        published.len(),
                    )
                    .await?;
                    Ok(trend_of(published, totals))
                }
                .scope_boxed()
            })
            .await
    }

    /// The cases behind the stock of the last published day. A page that follows another is of the same day.
    pub(crate) async fn cases(
        &self,
        caller: &Caller,
        filter: Filter,
        only_chronic: bool,
        page: Page<CaseKey>,
    ) -> Result<Cases, Failure> {
        let selection = &self.select(caller, "dasmo.cases", filter).await?;
        let page = &page;
        self.database
            .transaction("list_cases", |tx| {
                async move {
                    let as_of = match &page.after {
                        None => last_published(tx).await?.day,
                        Some(key) if cases::kept(tx, key.day).await? => key.day,
                        Some(_) => {
                            return Err(Failure::field(
                                "page_token",
                                "is of a day that is no longer kept",
                            ));
                        }
                    };
                    let rows = cases::page(tx, as_of, selection, only_chronic, page).await?;
                    let (rows, next_page_token) = paging::cut(rows, page.size, |case| CaseKey {
                        day: as_of,
                        submitted_at: case.submitted_at,
                        claim_id: case.claim_id,
                    });
                    self.shown(tx, caller, "dasmo.cases", as_of.to_string(), rows.len())
                        .await?;
                    Ok(Cases {
                        as_of,
                        rows,
                        next_page_token,
                    })
                }
                .scope_boxed()
            })
            .await
    }

    /// How fresh the pictures are and how the last runs went: technical data, the same for everybody.
    pub(crate) async fn freshness(&self) -> Result<Freshness, Failure> {
        self.database
            .transaction("get_freshness", |tx| {
                async move {
                    let published = volumes::last_published(tx)
                        .await?
                        .map(|last| (last.day, last.at));
                    let runs = runs::last(tx, RUNS_SHOWN).await?;
                    Ok(Freshness {
                        published,
                        stale: self.stale(published.map(|(day, _)| day)),
                        runs,
                    })
                }
                .scope_boxed()
            })
            .await
    }

    /// The selection, or its refusal; the attempt to look outside the scope leaves its trace too.
    async fn select(
        &self,
        caller: &Caller,
        action: &'static str,
        filter: Filter,
    ) -> Result<Selection, Failure> {
        let selected = self.territories.select(caller, filter).await;
        if let Err(failure) = &selected
            && failure.reason() == Reason::IdnE05
        {
            let refusal = &[self.refusal(caller, action)];
            self.database
                .transaction("record_refusal", |tx| {
                    audit::record_decisions(tx, refusal).scope_boxed()
                })
                .await?;
        }
        selected
    }

    fn refusal(&self, caller: &Caller, action: &'static str) -> Decision {
        Decision {
            at: self.clock.now(),
            method: action.to_owned(),
            actor: Some(caller.person),
            role: Some(caller.role),
            scope: Some(audit::scope_kind(&caller.scope)),
            mandate: None,
            refused: Some(reason_code(Reason::IdnE05)),
            trace_id: None,
        }
    }

    async fn shown(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        action: &'static str,
        resource_id: String,
        rows: usize,
    ) -> Result<(), Failure> {
        let result_count = i64::try_from(rows).unwrap_or(i64::MAX);
        let entry = Entry {
            action,
            resource_type: "dasmo_picture",
            resource_id,
            result_count,
        };
        audit::record(tx, caller, entry, self.clock.now()).await
    }

    fn stale(&self, last: Option<NaiveDate>) -> bool {
        last != self.clock.today().checked_sub_days(Days::new(1))
    }
}

async fn last_published(tx: &mut Tx) -> Result<PublishedDay, Failure> {
    volumes::last_published(tx).await?.ok_or_else(not_available)
}

fn not_available() -> Failure {
    Failure::new(
        Class::Precondition,
        Reason::SnapshotNotAvailable,
        "La fotografia del giorno richiesto non è ancora pubblicata.",
        "No picture of the day asked for has been published yet.",
    )
}

/// One entry a published day: a day on which the selection has no cell counts nothing, but is there.
fn trend_of(published: Vec<PublishedDay>, totals: Vec<(NaiveDate, Measures)>) -> Vec<TrendDay> {
    let mut totals = totals.into_iter().peekable();
    published
        .into_iter()
        .map(|picture| {
            let counted = totals
                .next_if(|(day, _)| *day == picture.day)
                .map(|(_, measures)| measures);
            let total = counted.unwrap_or_else(|| total([], picture.age_classes.len()));
            TrendDay {
                day: picture.day,
                age_classes: picture.age_classes,
                total,
            }
        })
        .collect()
}
