//! Rate limits (`identity.md` §8): requests of a session, of a system client, or of an address, in fixed windows of one
//! minute. Every request counts, refused ones too.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use chassis::access::Role;
use chassis::config::LimitsConfig;
use chrono::{DateTime, Utc};

use crate::cache::Key;

/// Most windows that are kept at a time; beyond, strangers share one.
const WINDOWS: usize = 100_000;

/// Who is counted, from the fewest requests to the most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Class {
    /// Without a token, by address.
    Anonymous,
    /// Citizens, workers, domestic employers.
    Citizen,
    /// Those who act for firms, intermediaries, bodies and staff.
    Staff,
    /// System clients.
    System,
}

impl Class {
    /// The class of a role.
    pub(crate) fn of(role: Role) -> Self {
        match role {
            Role::Cit | Role::Lav | Role::Dld => Self::Citizen,
            Role::SysP | Role::SysI => Self::System,
            _ => Self::Staff,
        }
    }

    /// Requests per minute.
    pub(crate) fn limit(self, limits: &LimitsConfig) -> u32 {
        match self {
            Self::Anonymous => limits.anonymous,
            Self::Citizen => limits.citizen,
            Self::Staff => limits.staff,
            Self::System => limits.system,
        }
    }

    fn burst(self, limits: &LimitsConfig) -> u32 {
        if self == Self::System {
            limits.system_burst
        } else {
            u32::MAX
        }
    }
}

/// Where a caller stands after a request was counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rate {
    /// Requests per minute.
    pub(crate) limit: u32,
    /// Requests left in this minute.
    pub(crate) remaining: u32,
    /// Seconds until more are admitted.
    pub(crate) reset_seconds: u32,
    /// Whether this request is within the limit.
    pub(crate) admitted: bool,
    count: u32,
}

impl Rate {
    /// The same count against the limit of another class, once the caller's is known.
    pub(crate) fn against(self, class: Class, limits: &LimitsConfig) -> Self {
        let limit = class.limit(limits);
        Self {
            limit,
            remaining: limit.saturating_sub(self.count),
            ..self
        }
    }
}

/// The requests of one caller.
#[derive(Debug, Default)]
pub(crate) struct Window(Mutex<Counts>);

#[derive(Debug, Default)]
struct Counts {
    minute: i64,
    in_minute: u32,
    second: i64,
    in_second: u32,
}

impl Window {
    /// Counts a request.
    pub(crate) fn count(&self, class: Class, limits: &LimitsConfig, now: DateTime<Utc>) -> Rate {
        let second = now.timestamp();
        let minute = second.div_euclid(60);
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.minute != minute {
            (counts.minute, counts.in_minute) = (minute, 0);
        }
        if counts.second != second {
            (counts.second, counts.in_second) = (second, 0);
        }
        counts.in_minute = counts.in_minute.saturating_add(1);
        counts.in_second = counts.in_second.saturating_add(1);
        let limit = class.limit(limits);
        let within = counts.in_minute <= limit;
        let admitted = within && counts.in_second <= class.burst(limits);
        let to_next_minute = u32::try_from(60 - second.rem_euclid(60)).unwrap_or(60);
        Rate {
            limit,
            remaining: if admitted {
                limit - counts.in_minute
            } else {
                0
            },
            reset_seconds: if within && !admitted {
                1
            } else {
                to_next_minute
            },
            admitted,
            count: counts.in_minute,
        }
    }

    fn is_past(&self, now: DateTime<Utc>) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).minute
            != now.timestamp().div_euclid(60)
    }
}

/// The windows of everybody, by a digest of the session or address.
#[derive(Debug)]
pub(crate) struct Windows {
    by_key: Mutex<HashMap<Key, Arc<Window>>>,
    shared: Arc<Window>,
    capacity: usize,
}

impl Default for Windows {
    fn default() -> Self {
        Self::with_capacity(WINDOWS)
    }
}

impl Windows {
    fn with_capacity(capacity: usize) -> Self {
        Self {
            by_key: Mutex::default(),
            shared: Arc::default(),
            capacity,
        }
    }

    /// The window of a caller. When there are too many callers in a minute, new ones share one window: memory is
    /// bounded, and a flood of addresses starves itself first.
    pub(crate) fn of(&self, key: Key, now: DateTime<Utc>) -> Arc<Window> {
        let mut windows = self.by_key.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(window) = windows.get(&key) {
            return Arc::clone(window);
        }
        if windows.len() >= self.capacity {
            windows.retain(|_, window| Arc::strong_count(window) > 1 || !window.is_past(now));
        }
        if windows.len() >= self.capacity {
            return Arc::clone(&self.shared);
        }
        Arc::clone(windows.entry(key).or_default())
    }
}

#[cfg(test)]
mod tests {
    use chassis::config::Platform;

    use super::*;

    fn limits() -> LimitsConfig {
        Platform::default().gateway.limits
    }

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_671_114_600 + second, 0).unwrap()
    }

    #[test]
    fn the_request_beyond_the_limit_is_refused_with_nothing_remaining() {
        let window = Window::default();
        let limits = limits();
        for made in 1..=120 {
            let rate = window.count(Class::Citizen, &limits, at(10));
            assert!(rate.admitted);
            assert_eq!(
                (rate.limit, rate.remaining, rate.reset_seconds),
                (120, 120 - made, 50)
            );
        }
        let beyond = window.count(Class::Citizen, &limits, at(59));
        assert!(!beyond.admitted);
        assert_eq!((beyond.remaining, beyond.reset_seconds), (0, 1));
        assert!(
            window.count(Class::Citizen, &limits, at(60)).admitted,
            "the next minute is a new one"
        );
    }

    #[test]
    fn a_system_client_may_send_two_hundred_at_once_and_twelve_hundred_a_minute() {
        let window = Window::default();
        let limits = limits();
        let admitted = (0..250)
            .filter(|_| window.count(Class::System, &limits, at(0)).admitted)
            .count();
        assert_eq!(admitted, 200);
        let next = window.count(Class::System, &limits, at(1));
        assert!(next.admitted);
        assert_eq!(next.remaining, 1_200 - 251);
    }

    #[test]
    fn a_burst_is_told_to_come_back_in_a_second() {
        let window = Window::default();
        let limits = limits();
        let last = (0..201)
            .map(|_| window.count(Class::System, &limits, at(0)))
            .last()
            .unwrap();
        assert_eq!(
            (last.admitted, last.remaining, last.reset_seconds),
            (false, 0, 1)
        );
    }

    #[test]
    fn a_flood_of_callers_shares_one_window() {
        let windows = Windows::with_capacity(2);
        let held: Vec<_> = (0..4)
            .map(|caller| windows.of([caller; 32], at(0)))
            .collect();
        assert!(Arc::ptr_eq(&held[2], &held[3]));
        assert!(!Arc::ptr_eq(&held[0], &held[1]));
        drop(held);
        let later = windows.of([9; 32], at(60));
        assert!(
            !Arc::ptr_eq(&later, &windows.of([8; 32], at(60))),
            "past windows make room"
        );
    }

    #[test]
    fn intermediaries_and_staff_have_three_hundred_and_citizens_one_hundred_and_twenty() {
        let limits = limits();
        for (role, limit) in [
            (Role::Cit, 120),
            (Role::Lav, 120),
            (Role::Int, 300),
            (Role::Dsede, 300),
        ] {
            assert_eq!(Class::of(role).limit(&limits), limit);
        }
        assert_eq!(Class::of(Role::SysP).limit(&limits), 1_200);
        assert_eq!(Class::Anonymous.limit(&limits), 60);
    }
}
