//! Fields of a posted form, in the order in which they came.

use std::str::FromStr;

/// The fields of a form.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Fields(pub(crate) Vec<(String, String)>);

impl Fields {
    /// Reads an `application/x-www-form-urlencoded` body or query.
    pub(crate) fn read(text: &[u8]) -> Self {
        Self(url::form_urlencoded::parse(text).into_owned().collect())
    }

    /// The first value of a field, trimmed; empty when it is absent.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.raw(name).trim()
    }

    /// The first value of a field as it was typed, with the line ends of the platform; empty when it is absent.
    pub(crate) fn raw(&self, name: &str) -> &str {
        self.0
            .iter()
            .find(|(field, _)| field == name)
            .map_or("", |(_, value)| value)
    }

    /// Every value of a field, trimmed.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |(field, _)| field == name)
            .map(|(_, value)| value.trim())
    }

    /// Whether a field is there at all, as a ticked box is.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(field, _)| field == name)
    }

    /// A field read as something; `None` when it is not that.
    pub(crate) fn read_as<T: FromStr>(&self, name: &str) -> Option<T> {
        self.text(name).parse().ok()
    }

    /// All fields but one.
    pub(crate) fn without(&self, name: &str) -> Vec<(String, String)> {
        self.0
            .iter()
            .filter(|(field, _)| field != name)
            .cloned()
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_as_browsers_send_them() {
        let fields =
            Fields::read(b"activity=Lavori+di+carpenteria%0D%0Ae+montaggio&day=1&day=2&box=");
        assert_eq!(
            fields.text("activity"),
            "Lavori di carpenteria\r\ne montaggio"
        );
        assert_eq!(fields.all("day").collect::<Vec<_>>(), ["1", "2"]);
        assert!(fields.has("box") && !fields.has("other"));
        assert_eq!(fields.read_as::<u32>("day"), Some(1));
        assert_eq!(fields.without("day").len(), 2);
    }
}
