//! Values that configuration parses once, and the forms that lists and secrets have in it.

use std::fmt;
use std::marker::PhantomData;

use secrecy::SecretString;
use serde::de::value::StrDeserializer;
use serde::de::{DeserializeOwned, Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Where a service is reached: `http://host:port`. The host may be a DNS name with several addresses, over which calls
/// are balanced.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ServiceUrl {
    host: String,
    port: u16,
}

impl ServiceUrl {
    /// Name or address, without brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// TCP port.
    pub fn port(&self) -> u16 {
        self.port
    }
}

impl From<std::net::SocketAddr> for ServiceUrl {
    fn from(address: std::net::SocketAddr) -> Self {
        Self {
            host: address.ip().to_string(),
            port: address.port(),
        }
    }
}

impl fmt::Display for ServiceUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "http://[{}]:{}", self.host, self.port)
        } else {
            write!(f, "http://{}:{}", self.host, self.port)
        }
    }
}

impl From<ServiceUrl> for String {
    fn from(url: ServiceUrl) -> Self {
        url.to_string()
    }
}

impl TryFrom<String> for ServiceUrl {
    type Error = UrlError;

    fn try_from(text: String) -> Result<Self, UrlError> {
        text.parse()
    }
}

impl std::str::FromStr for ServiceUrl {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        let uri: http::Uri = text.parse().map_err(|_| UrlError)?;
        let bare = matches!(uri.path(), "" | "/") && uri.query().is_none();
        let authority = uri
            .authority()
            .filter(|authority| !authority.as_str().contains('@'));
        match (uri.scheme_str(), authority, uri.port_u16()) {
            (Some("http"), Some(authority), Some(port)) if bare => {
                let host = authority
                    .host()
                    .trim_start_matches('[')
                    .trim_end_matches(']');
                Ok(Self {
                    host: host.to_owned(),
                    port,
                })
            }
            _ => Err(UrlError),
        }
    }
}

/// The text is not the address of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be http://host:port without a path")]
pub struct UrlError;

/// Where clamd listens: `tcp://host:port` or `unix:///path`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum ClamdAddress {
    /// `host:port`.
    Tcp(String),
    /// A socket in the file system.
    Unix(std::path::PathBuf),
}

impl From<ClamdAddress> for String {
    fn from(address: ClamdAddress) -> Self {
        match address {
            ClamdAddress::Tcp(address) => format!("tcp://{address}"),
            ClamdAddress::Unix(path) => format!("unix://{}", path.display()),
        }
    }
}

impl TryFrom<String> for ClamdAddress {
    type Error = ClamdAddressError;

    fn try_from(text: String) -> Result<Self, ClamdAddressError> {
        if let Some(path) = text
            .strip_prefix("unix://")
            .filter(|it| it.starts_with('/'))
        {
            return Ok(Self::Unix(path.into()));
        }
        text.strip_prefix("tcp://")
            .filter(|it| {
                it.rsplit_once(':')
                    .is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok())
            })
            .map(|it| Self::Tcp(it.to_owned()))
            .ok_or(ClamdAddressError)
    }
}

/// The text is not the address of a clamd.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be tcp://host:port or unix:///path")]
pub struct ClamdAddressError;

/// A list: an array in a file, values between commas in a variable of the environment.
pub fn list<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    deserializer.deserialize_any(ListVisitor(PhantomData))
}

struct ListVisitor<T>(PhantomData<T>);

impl<'de, T: DeserializeOwned> Visitor<'de> for ListVisitor<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list, or values between commas")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Vec<T>, E> {
        text.split(',')
            .map(str::trim)
            .filter(|item| !item.is_empty())
            .map(|item| T::deserialize(StrDeserializer::new(item)))
            .collect()
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Vec<T>, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(list)
    }
}

/// Prints a secret as `[redacted]`.
#[expect(
    clippy::ref_option,
    reason = "serde hands over a reference to the field"
)]
pub(super) fn redact<S: Serializer>(
    secret: &Option<SecretString>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match secret {
        Some(_) => serializer.serialize_some("[redacted]"),
        None => serializer.serialize_none(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_url_of_a_service_is_a_host_and_a_port() {
        let url: ServiceUrl = "http://claims.omnia.svc:7000".parse().unwrap();
        assert_eq!((url.host(), url.port()), ("claims.omnia.svc", 7000));
        assert_eq!(
            "http://[::1]:7000/".parse::<ServiceUrl>().unwrap().host(),
            "::1"
        );
    }

    #[test]
    fn the_url_of_a_service_prints_as_it_was_written() {
        for text in [
            "http://127.0.0.1:7001",
            "http://[::1]:7001",
            "http://limits:7003",
        ] {
            assert_eq!(text.parse::<ServiceUrl>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_url_with_a_path_a_password_or_no_port_is_refused() {
        for text in [
            "http://claims",
            "https://claims:1",
            "http://a:b@claims:1",
            "http://claims:1/x",
            "claims:1",
            "",
        ] {
            assert_eq!(text.parse::<ServiceUrl>(), Err(UrlError), "{text}");
        }
    }
}
