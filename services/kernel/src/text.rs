//! What the identifiers share: they are texts that exist only when they are well formed.

/// Gives a newtype over `String` its ways in (`FromStr`, `TryFrom<String>`) and out (`as_str`, `Display`, serde). The
/// type provides `fn check(canonical: &str) -> Result<(), Refused>`; input is trimmed and upper-cased first.
macro_rules! text_identifier {
    ($name:ident) => {
        impl $name {
            /// The canonical text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::Refused;

            fn from_str(text: &str) -> Result<Self, $crate::Refused> {
                let canonical = text.trim().to_ascii_uppercase();
                Self::check(&canonical)?;
                Ok(Self(canonical))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = $crate::Refused;

            fn try_from(text: String) -> Result<Self, $crate::Refused> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.0
            }
        }
    };
}

/// A personal identifier prints as stars when debugged, so that it cannot slip into a log.
macro_rules! redacted_debug {
    ($name:ident) => {
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(***)"))
            }
        }
    };
}

pub(crate) use {redacted_debug, text_identifier};

/// Whether the text is exactly `length` decimal digits.
pub(crate) fn is_digits(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Number of a text that is known to be digits.
pub(crate) fn number(digits: &str) -> u32 {
    digits
        .bytes()
        .fold(0, |sum, byte| sum * 10 + u32::from(byte - b'0'))
}
