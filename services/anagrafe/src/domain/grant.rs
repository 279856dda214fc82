//! A role as somebody holds it: validity, and the DASMO access that hangs on it.

use chrono::{DateTime, Utc};
use kernel::rome;
use uuid::Uuid;

use super::role::Role;

/// A role held by a person or a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Id.
    pub id: Uuid,
    /// Opaque id of the person or client.
    pub holder: Uuid,
    /// Role.
    pub role: Role,
    /// Matricola, office, region, coordination or body; empty for none.
    pub organisation: String,
    /// Subject areas of staff.
    pub areas: Vec<String>,
    /// Works from.
    pub effective_from: DateTime<Utc>,
    /// First instant at which it no longer works.
    pub effective_to: Option<DateTime<Utc>>,
    /// Withdrawn at.
    pub withdrawn_at: Option<DateTime<Utc>>,
    /// DASMO opens from.
    pub dasmo_from: Option<DateTime<Utc>>,
    /// DASMO access withdrawn at.
    pub dasmo_withdrawn_at: Option<DateTime<Utc>>,
}

/// Where something stands at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Validity {
    /// Not yet.
    Pending,
    /// Now.
    Effective,
    /// No longer, or never.
    Over,
}

impl Grant {
    /// Where the role stands.
    pub fn validity(&self, now: DateTime<Utc>) -> Validity {
        let ended = self.effective_to.is_some_and(|end| end <= now);
        if self.withdrawn_at.is_some() || ended {
            Validity::Over
        } else if now < self.effective_from {
            Validity::Pending
        } else {
            Validity::Effective
        }
    }

    /// Where the DASMO access stands; losing the role ends it.
    pub fn dasmo(&self, now: DateTime<Utc>) -> Validity {
        let Some(from) = self
            .dasmo_from
            .filter(|_| self.dasmo_withdrawn_at.is_none())
        else {
            return Validity::Over;
        };
        match self.validity(now) {
            Validity::Over => Validity::Over,
            Validity::Effective if from <= now => Validity::Effective,
            Validity::Effective | Validity::Pending => Validity::Pending,
        }
    }
}

/// When something granted to staff at `now` begins to work: 00:00 in Rome of the following day (`identity.md` §4.1).
pub fn next_day(now: DateTime<Utc>) -> DateTime<Utc> {
    let today = rome::date_of(now);
    rome::start_of_day(today.succ_opt().unwrap_or(today))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instant(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn director() -> Grant {
        Grant {
            id: Uuid::nil(),
            holder: Uuid::nil(),
            role: Role::Dsede,
            organisation: "490000".to_owned(),
            areas: Vec::new(),
            effective_from: instant("2022-12-15T23:00:00Z"),
            effective_to: None,
            withdrawn_at: None,
            dasmo_from: Some(instant("2022-12-16T23:00:00Z")),
            dasmo_withdrawn_at: None,
        }
    }

    #[test]
    fn what_is_granted_today_works_from_midnight_in_rome() {
        assert_eq!(
            next_day(instant("2022-12-15T14:30:00Z")),
            instant("2022-12-15T23:00:00Z")
        );
        assert_eq!(
            next_day(instant("2022-12-15T22:59:59Z")),
            instant("2022-12-15T23:00:00Z")
        );
        assert_eq!(
            next_day(instant("2022-12-15T23:00:00Z")),
            instant("2022-12-16T23:00:00Z")
        );
        assert_eq!(
            next_day(instant("2022-07-01T10:00:00Z")),
            instant("2022-07-01T22:00:00Z")
        );
    }

    #[test]
    fn a_role_is_pending_then_effective() {
        assert_eq!(
            director().validity(instant("2022-12-15T22:59:59Z")),
            Validity::Pending
        );
        assert_eq!(
            director().validity(instant("2022-12-15T23:00:00Z")),
            Validity::Effective
        );
    }

    #[test]
    fn a_role_ends_at_its_end_or_at_its_withdrawal() {
        let mut ended = director();
        ended.effective_to = Some(instant("2022-12-20T23:00:00Z"));
        assert_eq!(
            ended.validity(instant("2022-12-20T22:59:59Z")),
            Validity::Effective
        );
        assert_eq!(
            ended.validity(instant("2022-12-20T23:00:00Z")),
            Validity::Over
        );
        let mut withdrawn = director();
        withdrawn.withdrawn_at = Some(instant("2022-12-18T10:00:00Z"));
        assert_eq!(
            withdrawn.validity(instant("2022-12-18T10:00:00Z")),
            Validity::Over
        );
    }

    #[test]
    fn dasmo_opens_on_its_own_day_and_closes_with_the_role() {
        let mut grant = director();
        assert_eq!(
            grant.dasmo(instant("2022-12-16T12:00:00Z")),
            Validity::Pending
        );
        assert_eq!(
            grant.dasmo(instant("2022-12-17T12:00:00Z")),
            Validity::Effective
        );
        grant.withdrawn_at = Some(instant("2022-12-17T13:00:00Z"));
        assert_eq!(grant.dasmo(instant("2022-12-17T13:00:00Z")), Validity::Over);
    }

    #[test]
    fn a_withdrawn_dasmo_access_leaves_the_role() {
        let mut grant = director();
        grant.dasmo_withdrawn_at = Some(instant("2022-12-18T10:00:00Z"));
        assert_eq!(grant.dasmo(instant("2022-12-18T10:00:00Z")), Validity::Over);
        assert_eq!(
            grant.validity(instant("2022-12-18T10:00:00Z")),
            Validity::Effective
        );
    }
}
