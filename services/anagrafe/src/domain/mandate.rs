//! Mandates (deleghe) of employers to intermediaries (`identity.md` §3.2).

use chrono::{DateTime, NaiveDate, Utc};
use kernel::rome;
use uuid::Uuid;

/// The only type of mandate that firms give.
pub const AZIENDALE: &str = "AZIENDALE";

/// A mandate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mandate {
    /// Id.
    pub id: Uuid,
    /// Matricola of the principal.
    pub matricola: String,
    /// Name of the principal.
    pub employer_name: String,
    /// Opaque id of the delegate.
    pub delegate: Uuid,
    /// First day.
    pub from: NaiveDate,
    /// Last day; none for open-ended.
    pub to: Option<NaiveDate>,
    /// Withdrawn at.
    pub withdrawn_at: Option<DateTime<Utc>>,
}

impl Mandate {
    /// Whether it can be used.
    pub fn is_active(&self, now: DateTime<Utc>) -> bool {
        let today = rome::date_of(now);
        !self.is_over(now) && self.from <= today
    }

    /// Whether it can never be used again.
    pub fn is_over(&self, now: DateTime<Utc>) -> bool {
        let today = rome::date_of(now);
        self.withdrawn_at.is_some() || self.to.is_some_and(|last| last < today)
    }

    /// Whether it covers a day of a run of days; an absent last day means for ever.
    pub fn meets(&self, from: NaiveDate, to: Option<NaiveDate>) -> bool {
        self.withdrawn_at.is_none()
            && to.is_none_or(|last| self.from <= last)
            && self.to.is_none_or(|last| from <= last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn instant(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn december() -> Mandate {
        Mandate {
            id: Uuid::nil(),
            matricola: "4912345678".to_owned(),
            employer_name: String::new(),
            delegate: Uuid::nil(),
            from: day("2022-12-01"),
            to: Some(day("2022-12-31")),
            withdrawn_at: None,
        }
    }

    #[test]
    fn a_mandate_is_active_on_its_first_and_on_its_last_day_in_rome() {
        assert!(!december().is_active(instant("2022-11-30T22:59:59Z")));
        assert!(december().is_active(instant("2022-11-30T23:00:00Z")));
        assert!(december().is_active(instant("2022-12-31T22:59:59Z")));
        assert!(!december().is_active(instant("2022-12-31T23:00:00Z")));
    }

    #[test]
    fn a_withdrawn_mandate_is_over_at_once() {
        let mut mandate = december();
        mandate.withdrawn_at = Some(instant("2022-12-15T10:00:00Z"));
        assert!(!mandate.is_active(instant("2022-12-15T10:00:00Z")));
        assert!(mandate.is_over(instant("2022-12-15T10:00:00Z")));
    }

    #[test]
    fn a_mandate_of_the_future_is_neither_active_nor_over() {
        let now = instant("2022-11-15T10:00:00Z");
        assert!(!december().is_active(now) && !december().is_over(now));
    }

    #[test]
    fn mandates_meet_when_they_share_a_day() {
        assert!(december().meets(day("2022-12-31"), None));
        assert!(december().meets(day("2022-11-01"), Some(day("2022-12-01"))));
        assert!(!december().meets(day("2023-01-01"), None));
        assert!(!december().meets(day("2022-11-01"), Some(day("2022-11-30"))));
    }
}
