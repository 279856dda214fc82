//! The section `[dasmo]` of the configuration.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use lettre::transport::smtp::authentication::Credentials;
use serde::Deserialize;

use crate::app::digest::Mailing;
use crate::mail::Smtp;

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
    /// How the weekly digest leaves the house; nobody can subscribe to it without.
    pub mail: Option<MailSettings>,
}

/// The section `[dasmo.mail]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailSettings {
    /// The SMTP server, such as `smtps://mail.example.it` or `smtp://127.0.0.1:25`. It holds no password: settings are printed.
    pub smtp_url: String,
    /// Who this service is to the server; nobody when absent.
    pub smtp_user: Option<String>,
    /// File with the password of that user.
    pub smtp_password_file: Option<PathBuf>,
    /// Who sends, as every letter says.
    pub sender: String,
    /// Domains of the addresses that mail may go to, such as `inps.it`. Figures leave the house for no others.
    #[serde(deserialize_with = "chassis::config::list")]
    pub domains: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            profilo_regionale: false,
            cases_kept_days: 7,
            feed_wait_seconds: 60,
            offices_kept_seconds: 600,
            mail: None,
        }
    }
}

impl MailSettings {
    /// The server, and where mail may go.
    pub(crate) fn mailing(&self) -> Result<Mailing, SettingsFault> {
        let sender = self.sender.parse().map_err(|_| SettingsFault::Sender)?;
        if self.domains.is_empty() {
            return Err(SettingsFault::Domains);
        }
        if self.smtp_url.contains('@') {
            return Err(SettingsFault::PasswordInUrl);
        }
        let smtp = Smtp::at(&self.smtp_url, self.credentials()?, sender);
        Ok(Mailing {
            post: Arc::new(smtp.map_err(SettingsFault::Smtp)?),
            domains: self.domains.clone(),
        })
    }

    fn credentials(&self) -> Result<Option<Credentials>, SettingsFault> {
        match (&self.smtp_user, &self.smtp_password_file) {
            (None, None) => Ok(None),
            (Some(user), Some(file)) => {
                let password = std::fs::read_to_string(file).map_err(SettingsFault::Password)?;
                let password = password.trim_end_matches(['\r', '\n']).to_owned();
                Ok(Some(Credentials::new(user.clone(), password)))
            }
            _ => Err(SettingsFault::UserWithoutPassword),
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
    /// The SMTP server is not named as one.
    #[error("dasmo.mail.smtp_url must be smtp://host:port, or smtps://host")]
    Smtp(#[source] lettre::transport::smtp::Error),
    /// A password would be printed with the settings.
    #[error(
        "dasmo.mail.smtp_url must hold no user or password: they are smtp_user and smtp_password_file"
    )]
    PasswordInUrl,
    /// The password cannot be read.
    #[error("read the file that dasmo.mail.smtp_password_file names")]
    Password(#[source] std::io::Error),
    /// One without the other.
    #[error("dasmo.mail.smtp_user and dasmo.mail.smtp_password_file go together")]
    UserWithoutPassword,
    /// The sender is no address.
    #[error("dasmo.mail.sender must be a mail address")]
    Sender,
    /// Mail may go nowhere.
    #[error("dasmo.mail.domains must name at least one domain")]
    Domains,
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

    fn mail(smtp: &str, sender: &str, domains: &[&str]) -> MailSettings {
        MailSettings {
            smtp_url: smtp.to_owned(),
            smtp_user: None,
            smtp_password_file: None,
            sender: sender.to_owned(),
            domains: domains.iter().map(|one| (*one).to_owned()).collect(),
        }
    }

    fn good() -> MailSettings {
        mail("smtps://mail.example.it", "dasmo@inps.it", &["inps.it"])
    }

    fn fault(settings: &MailSettings) -> Option<SettingsFault> {
        settings.mailing().err()
    }

    #[test]
    fn mail_needs_a_server_a_sender_and_a_domain() {
        assert!(good().mailing().is_ok());
        let to_house = ["inps.it"];
        assert!(matches!(
            fault(&mail("http://mail.example.it", "dasmo@inps.it", &to_house)),
            Some(SettingsFault::Smtp(_))
        ));
        assert!(matches!(
            fault(&mail("smtp://localhost", "dasmo", &to_house)),
            Some(SettingsFault::Sender)
        ));
        assert!(matches!(
            fault(&mail("smtp://localhost", "dasmo@inps.it", &[])),
            Some(SettingsFault::Domains)
        ));
    }

    #[test]
    fn a_password_comes_from_a_file_since_settings_are_printed() {
        let in_url = "smtps://u:segreto@mail.example.it";
        assert!(matches!(
            fault(&mail(in_url, "dasmo@inps.it", &["inps.it"])),
            Some(SettingsFault::PasswordInUrl)
        ));
        let user = Some("dasmo".to_owned());
        let alone = MailSettings {
            smtp_user: user.clone(),
            ..good()
        };
        assert!(matches!(
            fault(&alone),
            Some(SettingsFault::UserWithoutPassword)
        ));
        let absent = MailSettings {
            smtp_user: user,
            smtp_password_file: Some("/absent".into()),
            ..good()
        };
        assert!(matches!(fault(&absent), Some(SettingsFault::Password(_))));
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
