//! Events: who caches what people may act as must ask again.

use chassis::{Failure, Tx, outbox};
use proto::omnia::anagrafe::v1::EntitlementEvent;
use proto::omnia::anagrafe::v1::entitlement_event::Kind;
use uuid::Uuid;

use super::App;

impl App {
    /// Tells that what a person may act as has changed.
    pub(super) async fn announce(
        &self,
        tx: &mut Tx,
        person: Uuid,
        kind: Kind,
    ) -> Result<(), Failure> {
        let event = EntitlementEvent {
            person_id: person.to_string(),
            kind: kind.into(),
        };
        let now = self.clock.now();
        outbox::publish(
            tx,
            self.ids.at(now),
            "person",
            &person.to_string(),
            &event,
            now,
        )
        .await
    }
}
