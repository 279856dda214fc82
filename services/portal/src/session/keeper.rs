//! What somebody typed when the session had already ended: kept sealed in the page itself, for that person alone.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::Seal;

const PURPOSE: &str = "kept-form";
/// A kept form is offered for this long, seconds: a working day.
const KEPT_SECONDS: i64 = 8 * 3_600;

/// A form that arrived after the end of a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Kept {
    /// Whose it was.
    pub(crate) subject: String,
    /// Where it was sent.
    pub(crate) path: String,
    /// Its fields, without the secret of the session.
    pub(crate) fields: Vec<(String, String)>,
    /// Until when it is offered, seconds.
    until: i64,
}

/// Keeps forms.
#[derive(Debug, Clone)]
pub(crate) struct Keeper(pub(crate) Seal);

impl Keeper {
    /// The form, sealed.
    pub(crate) fn keep(
        &self,
        subject: &str,
        path: &str,
        fields: Vec<(String, String)>,
        now: DateTime<Utc>,
    ) -> String {
        let kept = Kept {
            subject: subject.to_owned(),
            path: path.to_owned(),
            fields,
            until: now.timestamp() + KEPT_SECONDS,
        };
        self.0.seal(PURPOSE, &kept)
    }

    /// The form again, for the person who typed it; `None` for anybody else, and after a working day.
    pub(crate) fn open(&self, sealed: &str, subject: &str, now: DateTime<Utc>) -> Option<Kept> {
        let kept: Kept = self.0.open(PURPOSE, sealed)?;
        // Without a session there was nobody to seal it for: it is offered to whoever still has the page.
        let may_have = kept.subject.is_empty() || kept.subject == subject;
        (may_have && now.timestamp() < kept.until).then_some(kept)
    }
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;

    use super::*;

    #[test]
    fn typed_text_comes_back_to_who_typed_it_and_to_nobody_else() {
        let key = SecretString::from("0123456789abcdef0123456789abcdef".to_owned());
        let keeper = Keeper(Seal::new(&key, false));
        let now = DateTime::from_timestamp(1_000, 0).unwrap();
        let fields = vec![("activity".to_owned(), "à".repeat(20_000))];
        let sealed = keeper.keep("anna", "/domande/1", fields.clone(), now);
        let kept = keeper.open(&sealed, "anna", now).unwrap();
        assert_eq!((kept.path.as_str(), kept.fields), ("/domande/1", fields));
        assert_eq!(keeper.open(&sealed, "bruno", now), None);
        let next_day = DateTime::from_timestamp(100_000, 0).unwrap();
        assert_eq!(keeper.open(&sealed, "anna", next_day), None);
    }
}
