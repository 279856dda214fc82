//! What the portal says: a catalogue in two languages with keys that the compiler knows, the names of things of the
//! domain, and the forms of dates, hours and numbers.

mod catalogue;
mod dashboard;
mod filing;
pub(crate) mod format;
pub(crate) mod names;
pub(crate) mod payment_names;
mod payments;

pub(crate) use catalogue::Text;

/// Language of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Language {
    /// The language of the service.
    #[default]
    Italian,
    /// For those who ask for it.
    English,
}

impl Language {
    /// As `lang` attributes and addresses spell it.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Italian => "it",
            Self::English => "en",
        }
    }

    /// The language of a code; Italian for any other.
    pub(crate) fn of_code(code: &str) -> Self {
        if code == "en" {
            Self::English
        } else {
            Self::Italian
        }
    }
}
