//! The section `[dasmo]` of the configuration.

use std::time::Duration;

use serde::Deserialize;

/// What can be set.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// INPS's rule of 2021: everyone sees the whole region. Off: each role sees what `identity.md` §4.1 says.
    pub profilo_regionale: bool,
    /// Days whose list of cases is kept, at least 2 so that paging goes on over a night.
    pub cases_kept_days: u16,
    /// Longest wait of a run for the feed of claims to catch up, in seconds. A run that fails is tried again a minute
    /// later.
    pub feed_wait_seconds: u64,
    /// How long the list of offices is kept before it is asked for again, in seconds.
    pub offices_kept_seconds: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            profilo_regionale: false,
            cases_kept_days: 7,
            feed_wait_seconds: 60,
            offices_kept_seconds: 600,
        }
    }
}

impl Settings {
    /// Reads the section; an absent one means the defaults.
    pub(crate) fn read(section: &serde_json::Value) -> Result<Self, SettingsFault> {
        let settings: Self = match section {
            serde_json::Value::Null => Self::default(),
            section => serde_json::from_value(section.clone())?,
        };
        if settings.cases_kept_days < 2 {
            return Err(SettingsFault::CasesKept);
        }
        Ok(settings)
    }

    /// Longest wait of a run for the feed.
    pub(crate) fn feed_wait(&self) -> Duration {
        Duration::from_secs(self.feed_wait_seconds)
    }
}

/// A section that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsFault {
    /// Malformed, or an unknown key.
    #[error("read the section [dasmo]")]
    Malformed(#[from] serde_json::Error),
    /// Too few days of cases.
    #[error("dasmo.cases_kept_days must be at least 2")]
    CasesKept,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_absent_section_means_the_defaults_with_the_regional_profile_off() {
        let settings = Settings::read(&serde_json::Value::Null).unwrap();
        assert!(!settings.profilo_regionale);
        assert_eq!(settings.cases_kept_days, 7);
    }

    #[test]
    fn an_unknown_key_or_too_few_days_are_refused() {
        assert!(matches!(
            Settings::read(&json!({"profilo": true})),
            Err(SettingsFault::Malformed(_))
        ));
        assert!(matches!(
            Settings::read(&json!({"cases_kept_days": 1})),
            Err(SettingsFault::CasesKept)
        ));
    }
}
