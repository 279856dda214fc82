//! The session of somebody who has logged in. It lives in the browser, sealed; the portal keeps nothing.

mod cookies;
mod keeper;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

pub(crate) use cookies::Seal;
pub(crate) use keeper::Keeper;

/// Somebody who has logged in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Session {
    /// Subject at the provider: who the session belongs to.
    pub(crate) subject: String,
    /// How the person is called.
    pub(crate) name: String,
    /// Codice fiscale by which the provider vouches for the person; empty when it does not tell. The gateway finds it in
    /// the token by itself: this one is for the form alone.
    #[serde(default)]
    pub(crate) fiscal_code: String,
    /// Token for the gateway.
    pub(crate) access_token: String,
    /// What the provider wants to see again at the logout; empty when it did not fit.
    pub(crate) id_token: String,
    /// Secret that every form of the session carries.
    pub(crate) csrf: String,
    /// As whom the person acts; none before the choice.
    pub(crate) profile: Option<Profile>,
    /// When the person was last seen, seconds.
    pub(crate) seen: i64,
    /// When the session ends at the latest, seconds.
    pub(crate) until: i64,
}

/// As whom somebody acts: what the gateway is told with every call.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Profile {
    /// Role id of `identity.md` §4.
    pub(crate) role: String,
    /// Mandate (UUID); empty for own roles.
    pub(crate) mandate: String,
    /// Matricola, office or region of the role; empty when there is none.
    pub(crate) organisation: String,
    /// Name of the firm or office, for the banner.
    pub(crate) name: String,
}

/// What people may do in a role, as far as the portal's pages differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// Files claims.
    Filer,
    /// Works on claims.
    Office,
    /// Is paid.
    Worker,
    /// None of these: nothing here yet.
    Other,
}

impl Profile {
    /// The side of the counter on which the role stands (`identity.md` §5.2).
    pub(crate) fn side(&self) -> Side {
        match self.role.as_str() {
            "AZ-TIT" | "AZ-LR" | "AZ-CON" | "INT" => Side::Filer,
            "SEDE" | "PO" | "DIR" | "DSEDE" | "DREG" | "DCM" => Side::Office,
            "LAV" => Side::Worker,
            _ => Side::Other,
        }
    }

    /// Whether the role examines claims (OMN-6).
    pub(crate) fn examines(&self) -> bool {
        matches!(self.role.as_str(), "SEDE" | "PO")
    }

    /// Whether the role may adopt decisions (OMN-7), if need be by a delegation of signature.
    pub(crate) fn adopts(&self) -> bool {
        matches!(self.role.as_str(), "PO" | "DIR" | "DSEDE")
    }

    /// Whether the role may have the dashboard of workloads (`claims.md` DAS-9), if a delegato IDM grants it.
    pub(crate) fn monitors(&self) -> bool {
        matches!(self.role.as_str(), "PO" | "DIR" | "DSEDE" | "DREG" | "DCM")
    }

    /// Whether the role works stopped lines of payment flows (PGD-3).
    pub(crate) fn cures(&self) -> bool {
        matches!(self.role.as_str(), "SEDE" | "PO")
    }

    /// Whether the role orders payments and takes in the bank's answers (PGD-5).
    pub(crate) fn orders_payments(&self) -> bool {
        matches!(self.role.as_str(), "PO" | "DSEDE")
    }

    /// Whether somebody acts for somebody else.
    pub(crate) fn is_mandate(&self) -> bool {
        !self.mandate.is_empty()
    }
}

impl Session {
    /// Whether it still holds.
    pub(crate) fn is_live(&self, now: DateTime<Utc>, idle_seconds: i64) -> bool {
        let now = now.timestamp();
        now < self.until && now - self.seen < idle_seconds
    }

    /// Seconds until it ends if nothing more is asked.
    pub(crate) fn seconds_left(&self, now: DateTime<Utc>, idle_seconds: i64) -> i64 {
        let now = now.timestamp();
        (self.until - now)
            .min(self.seen + idle_seconds - now)
            .max(0)
    }

    /// The side of the counter, once a profile was chosen.
    pub(crate) fn side(&self) -> Side {
        self.profile.as_ref().map_or(Side::Other, Profile::side)
    }
}

/// The instant after which a session that starts now ends in any case.
pub(crate) fn latest_end(
    now: DateTime<Utc>,
    max_seconds: i64,
    token_ends: Option<DateTime<Utc>>,
) -> i64 {
    let own = now + TimeDelta::seconds(max_seconds);
    token_ends.map_or(own, |ends| ends.min(own)).timestamp()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(seen: i64, until: i64) -> Session {
        Session {
            subject: "s".into(),
            name: String::new(),
            fiscal_code: String::new(),
            access_token: String::new(),
            id_token: String::new(),
            csrf: String::new(),
            profile: None,
            seen,
            until,
        }
    }

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    #[test]
    fn a_session_ends_when_idle_and_ends_in_any_case() {
        let session = session(1_000, 5_000);
        assert!(session.is_live(at(1_899), 900));
        assert!(!session.is_live(at(1_900), 900));
        assert!(!session.is_live(at(5_000), 900_000));
        assert_eq!(session.seconds_left(at(1_300), 900), 600);
        assert_eq!(session.seconds_left(at(4_999), 900_000), 1);
    }

    #[test]
    fn a_session_never_outlives_its_token() {
        assert_eq!(latest_end(at(0), 28_800, Some(at(600))), 600);
        assert_eq!(latest_end(at(0), 28_800, None), 28_800);
    }

    #[test]
    fn every_role_of_wage_integration_has_its_side() {
        let side = |role: &str| {
            Profile {
                role: role.to_owned(),
                ..Profile::default()
            }
            .side()
        };
        assert_eq!(side("INT"), Side::Filer);
        assert_eq!(side("DSEDE"), Side::Office);
        assert_eq!(side("LAV"), Side::Worker);
        assert_eq!(side("DLD"), Side::Other);
    }
}
