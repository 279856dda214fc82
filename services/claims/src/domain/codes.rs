//! Enumerations whose values are spelled as the domain page spells them.

/// Writes an enumeration by its codes where it is kept as JSON, and reads it so.
macro_rules! coded_json {
    ($name:ident, $what:literal) => {
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.code())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let code = <String as serde::Deserialize>::deserialize(deserializer)?;
                Self::parse(&code).ok_or_else(|| serde::de::Error::custom(concat!("is no ", $what)))
            }
        }
    };
}

pub(crate) use coded_json;
pub(crate) use kernel::coded;
