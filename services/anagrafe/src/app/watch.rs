//! Streams that watch the mandate under which their caller acts: whatever ends it ends them, within a second.
//!
//! One loop asks the database about all watched mandates together, so that a thousand streams cost one query. It is
//! woken at once by a withdrawal in this process; the time between rounds bounds how late one elsewhere is seen.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chassis::identity::Caller;
use chassis::lifecycle::Stop;
use chassis::{Database, Failure, SharedClock};
use futures_util::Stream;
use futures_util::stream;
use tokio::sync::{Notify, watch};
use uuid::Uuid;

use super::{App, MandateView};
use crate::store;

/// Time between two rounds.
const ROUND: Duration = Duration::from_millis(500);

/// The mandates that somebody watches.
#[derive(Debug, Default)]
pub struct Watch {
    watched: Mutex<HashMap<Uuid, watch::Sender<Sight>>>,
    wake: Notify,
}

/// What is known of a watched mandate.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Sight {
    /// It is active.
    Active(MandateView),
    /// It is not, or no longer.
    Ended,
    /// The database does not answer: nobody may rely on the mandate.
    Unknown,
}

/// Where a stream stands.
enum Step {
    First,
    Next,
    Done,
}

impl App {
    /// The state of the mandate in use, now and at every change. Ends with IDN-E07 when it is no longer active, with
    /// UNAVAILABLE when the service stops or cannot know.
    pub async fn watch_mandate(
        &self,
        caller: &Caller,
    ) -> Result<impl Stream<Item = Result<MandateView, Failure>> + Send + use<>, Failure> {
        let id = caller
            .mandate
            .as_ref()
            .ok_or_else(Failure::mandate_not_active)?
            .id;
        let sights = self.watch.subscribe(id);
        let found = store::mandates::watched(self.database.pool(), &[id]).await?;
        let held = found
            .into_iter()
            .find(|mandate| mandate.delegate == caller.person);
        let view = held.map(|mandate| MandateView::at(mandate, self.clock.now()));
        let first = view
            .filter(|view| view.active)
            .ok_or_else(Failure::mandate_not_active)?;
        Ok(follow(first, sights, self.stop.clone()))
    }
}

fn follow(
    first: MandateView,
    sights: watch::Receiver<Sight>,
    stop: Stop,
) -> impl Stream<Item = Result<MandateView, Failure>> + Send + use<> {
    stream::unfold(
        (Step::First, first, sights, stop),
        |(step, shown, mut sights, stop)| async move {
            match step {
                Step::First => Some((Ok(shown.clone()), (Step::Next, shown, sights, stop))),
                Step::Done => None,
                Step::Next => match next(&shown, &mut sights, &stop).await {
                    Ok(view) => Some((Ok(view.clone()), (Step::Next, view, sights, stop))),
                    Err(failure) => Some((Err(failure), (Step::Done, shown, sights, stop))),
                },
            }
        },
    )
}

/// The next state that differs from what was shown, or why there is none.
async fn next(
    shown: &MandateView,
    sights: &mut watch::Receiver<Sight>,
    stop: &Stop,
) -> Result<MandateView, Failure> {
    loop {
        tokio::select! {
            () = stop.cancelled() => return Err(Failure::unavailable("the service is stopping")),
            changed = sights.changed() => {
                changed.map_err(|_| Failure::unavailable("the watch is over"))?;
                match sights.borrow_and_update().clone() {
                    Sight::Active(view) if view == *shown => {}
                    Sight::Active(view) => return Ok(view),
                    Sight::Ended => return Err(Failure::mandate_not_active()),
                    Sight::Unknown => return Err(Failure::unavailable("the mandate cannot be verified")),
                }
            }
        }
    }
}

impl Watch {
    /// Looks again now.
    pub(super) fn wake(&self) {
        self.wake.notify_one();
    }

    fn subscribe(&self, id: Uuid) -> watch::Receiver<Sight> {
        match self.lock().entry(id) {
            Entry::Occupied(known) => known.get().subscribe(),
            Entry::Vacant(new) => {
                // Nothing is sent to a subscriber before the first round; until then its own first look holds.
                let (sender, receiver) = watch::channel(Sight::Unknown);
                new.insert(sender);
                receiver
            }
        }
    }

    /// Goes on until told to stop.
    pub(super) async fn run(
        self: Arc<Self>,
        database: &Database,
        clock: &SharedClock,
        stop: &Stop,
    ) {
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.wake.notified() => {}
                () = tokio::time::sleep(ROUND) => {}
            }
            self.round(database, clock).await;
        }
    }

    async fn round(&self, database: &Database, clock: &SharedClock) {
        let ids = self.watched_by_somebody();
        if ids.is_empty() {
            return;
        }
        let seen = store::mandates::watched(database.pool(), &ids).await;
        let now = clock.now();
        match seen {
            Ok(mandates) => {
                let views = mandates
                    .into_iter()
                    .map(|mandate| MandateView::at(mandate, now));
                let active: HashMap<Uuid, MandateView> = views
                    .filter(|view| view.active)
                    .map(|view| (view.mandate.id, view))
                    .collect();
                self.show(&ids, |id| {
                    active.get(&id).cloned().map_or(Sight::Ended, Sight::Active)
                });
            }
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "watched mandates cannot be read"
                );
                self.show(&ids, |_| Sight::Unknown);
            }
        }
    }

    /// The ids that somebody still watches; the others are forgotten.
    fn watched_by_somebody(&self) -> Vec<Uuid> {
        let mut watched = self.lock();
        watched.retain(|_, sender| sender.receiver_count() > 0);
        watched.keys().copied().collect()
    }

    fn show(&self, ids: &[Uuid], sight: impl Fn(Uuid) -> Sight) {
        let watched = self.lock();
        for id in ids {
            if let Some(sender) = watched.get(id) {
                let new = sight(*id);
                sender.send_if_modified(|old| {
                    let changed = *old != new;
                    *old = new;
                    changed
                });
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Uuid, watch::Sender<Sight>>> {
        self.watched.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
