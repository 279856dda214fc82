//! Sealing: what the browser keeps for us is encrypted and authenticated, and no cookie grows beyond what browsers take.

use cookie::{Cookie, CookieJar, Key, SameSite};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Browsers keep at least 4096 bytes a cookie, name and attributes included.
const LONGEST_PIECE: usize = 3_600;
/// Pieces of one value; servers in front take about 16 KiB of headers.
const MOST_PIECES: usize = 4;

/// Seals and opens values with the portal's keys.
#[derive(Clone)]
pub(crate) struct Seal {
    keys: Vec<Key>,
    secure: bool,
}

impl std::fmt::Debug for Seal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Seal").finish_non_exhaustive()
    }
}

/// A value is larger than what browsers keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is larger than what browsers keep in cookies")]
pub(crate) struct TooLarge;

impl Seal {
    /// The first key seals, all open. `secure` for a portal behind TLS.
    pub(crate) fn new(keys: &SecretString, secure: bool) -> Self {
        let keys = keys
            .expose_secret()
            .split(',')
            .map(|secret| Key::derive_from(secret.trim().as_bytes()))
            .collect();
        Self { keys, secure }
    }

    /// Seals a value for a purpose. A value sealed for one purpose does not open for another.
    pub(crate) fn seal(&self, purpose: &str, value: &impl Serialize) -> String {
        let text = serde_json::to_string(value).unwrap_or_default();
        let mut jar = CookieJar::new();
        if let Some(key) = self.keys.first() {
            jar.private_mut(key)
                .add(Cookie::new(purpose.to_owned(), text));
        }
        jar.get(purpose)
            .map(|cookie| cookie.value().to_owned())
            .unwrap_or_default()
    }

    /// Opens what was sealed for the same purpose; `None` for anything else.
    pub(crate) fn open<T: DeserializeOwned>(&self, purpose: &str, sealed: &str) -> Option<T> {
        let mut jar = CookieJar::new();
        jar.add_original(Cookie::new(purpose.to_owned(), sealed.to_owned()));
        self.keys.iter().find_map(|key| {
            let cookie = jar.private(key).get(purpose)?;
            serde_json::from_str(cookie.value()).ok()
        })
    }

    /// `Set-Cookie` lines that keep a value under a name, and remove pieces of a longer one before.
    pub(crate) fn keep(
        &self,
        name: &str,
        value: &impl Serialize,
        seconds: i64,
    ) -> Result<Vec<String>, TooLarge> {
        let sealed = self.seal(name, value);
        // The sealed form is ASCII.
        let pieces: Vec<&str> = (0..sealed.len())
            .step_by(LONGEST_PIECE)
            .map(|from| &sealed[from..sealed.len().min(from + LONGEST_PIECE)])
            .collect();
        if pieces.len() > MOST_PIECES {
            return Err(TooLarge);
        }
        Ok((0..MOST_PIECES)
            .map(|index| match pieces.get(index) {
                Some(piece) => self.line(&piece_name(name, index, self.secure), piece, seconds),
                None => self.line(&piece_name(name, index, self.secure), "", 0),
            })
            .collect())
    }

    /// `Set-Cookie` lines that forget a value.
    pub(crate) fn forget(&self, name: &str) -> Vec<String> {
        (0..MOST_PIECES)
            .map(|index| self.line(&piece_name(name, index, self.secure), "", 0))
            .collect()
    }

    /// Reads a value from the `Cookie` headers of a request.
    pub(crate) fn read<T: DeserializeOwned>(&self, name: &str, cookies: &CookieJar) -> Option<T> {
        let sealed: String = (0..MOST_PIECES)
            .map_while(|index| cookies.get(&piece_name(name, index, self.secure)))
            .map(Cookie::value)
            .collect();
        self.open(name, &sealed)
    }

    fn line(&self, name: &str, value: &str, seconds: i64) -> String {
        Cookie::build((name, value))
            .path("/")
            .http_only(true)
            .secure(self.secure)
            // Lax and not Strict: people come back from their provider by a link of another site.
            .same_site(SameSite::Lax)
            .max_age(cookie::time::Duration::seconds(seconds))
            .build()
            .to_string()
    }
}

/// Behind TLS the name itself forbids that another host of the domain plants it.
fn piece_name(name: &str, index: usize, secure: bool) -> String {
    let prefix = if secure { "__Host-" } else { "" };
    format!("{prefix}{name}.{index}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seal(keys: &str) -> Seal {
        Seal::new(&SecretString::from(keys.to_owned()), true)
    }

    fn jar(lines: &[String]) -> CookieJar {
        let mut jar = CookieJar::new();
        for line in lines {
            let cookie = Cookie::parse(line.clone()).unwrap();
            if !cookie.value().is_empty() {
                jar.add_original(cookie);
            }
        }
        jar
    }

    const ONE: &str = "0123456789abcdef0123456789abcdef";
    const OTHER: &str = "fedcba9876543210fedcba9876543210";

    #[test]
    fn a_session_comes_back_as_it_was_kept_and_cannot_be_read() {
        let seal = seal(ONE);
        let lines = seal.keep("omnia", &"the token of somebody", 60).unwrap();
        assert!(lines.iter().all(|line| !line.contains("token")));
        assert!(lines[0].contains("HttpOnly") && lines[0].contains("Secure"));
        assert!(lines[0].contains("SameSite=Lax") && lines[0].starts_with("__Host-omnia.0="));
        let read: Option<String> = seal.read("omnia", &jar(&lines));
        assert_eq!(read.as_deref(), Some("the token of somebody"));
    }

    #[test]
    fn a_long_token_is_kept_in_pieces_and_a_longer_one_is_refused() {
        let seal = seal(ONE);
        let long = "x".repeat(8_000);
        let lines = seal.keep("omnia", &long, 60).unwrap();
        assert!(lines.iter().all(|line| line.len() < 4_096));
        assert_eq!(seal.read("omnia", &jar(&lines)), Some(long));
        assert_eq!(seal.keep("omnia", &"x".repeat(20_000), 60), Err(TooLarge));
    }

    #[test]
    fn what_was_changed_cut_or_sealed_for_something_else_does_not_open() {
        let seal = seal(ONE);
        let sealed = seal.seal("omnia", &"value");
        assert_eq!(seal.open::<String>("omnia", &sealed[1..]), None);
        assert_eq!(seal.open::<String>("omnia", ""), None);
        assert_eq!(seal.open::<String>("login", &sealed), None);
        assert_eq!(
            super::tests::seal(OTHER).open::<String>("omnia", &sealed),
            None
        );
    }

    #[test]
    fn keys_are_changed_without_throwing_people_out() {
        let old = seal(ONE).seal("omnia", &1);
        let both = seal(&format!("{OTHER}, {ONE}"));
        assert_eq!(both.open("omnia", &old), Some(1));
        let new = both.seal("omnia", &2);
        assert_eq!(seal(OTHER).open("omnia", &new), Some(2));
    }
}
