//! What claims are found by, and in what order they come.

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::codes::coded;
use super::content::{UnitKey, WrittenPeriod};
use super::product::{Causale, PaymentMode, Product};
use super::state::State;

/// Words of a search at most.
const WORDS_MOST: usize = 8;
/// Letters of the longest word at least: what is shorter is found by reading everything.
const WORD_LEAST: usize = 3;

/// What to find, within the scope. What is empty does not narrow.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Criteria {
    /// Any of these states.
    pub states: Vec<State>,
    /// Any of these instruments.
    pub products: Vec<Product>,
    /// Any of these reasons.
    pub causali: Vec<Causale>,
    /// Asks for days from this one on.
    pub period_from: Option<NaiveDate>,
    /// Asks for days up to this one.
    pub period_to: Option<NaiveDate>,
    /// Protocolled at or after this instant.
    pub submitted_from: Option<DateTime<Utc>>,
    /// Protocolled before this instant.
    pub submitted_before: Option<DateTime<Utc>>,
    /// Matricola.
    pub matricola: Option<String>,
    /// Code of the production unit.
    pub unit: Option<i32>,
    /// Codice fiscale of the employer.
    pub employer_cf: Option<String>,
    /// Any of these offices.
    pub offices: Vec<String>,
    /// Protocol number.
    pub protocol: Option<String>,
    /// Ticket.
    pub ticket: Option<String>,
    /// Words.
    pub words: Words,
    /// Who has it.
    pub handling: Handling,
    /// Whether it was filed late.
    pub filed_late: Option<bool>,
    /// Any of these ways of payment.
    pub payment_modes: Vec<PaymentMode>,
}

/// Who has a claim in charge, or assigned.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Handling {
    /// Whoever.
    #[default]
    Any,
    /// Nobody.
    Nobody,
    /// This person.
    By(Uuid),
}

impl Handling {
    /// The person.
    pub fn person(self) -> Option<Uuid> {
        match self {
            Self::By(person) => Some(person),
            Self::Any | Self::Nobody => None,
        }
    }
}

/// Words to look for, the longest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Words(Vec<String>);

impl Words {
    /// The words of a text; what is wrong with them otherwise.
    pub fn of(text: &str) -> Result<Self, &'static str> {
        let mut words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
        words.sort_by_key(|word| std::cmp::Reverse(word.chars().count()));
        match words.first() {
            Some(longest) if longest.chars().count() < WORD_LEAST => {
                Err("must hold a word of at least 3 characters")
            }
            _ if words.len() > WORDS_MOST => Err("must hold at most 8 words"),
            _ => Ok(Self(words)),
        }
    }

    /// As patterns of `like` that find each word anywhere, the longest first.
    pub fn patterns(&self) -> Vec<String> {
        self.0
            .iter()
            .map(|word| {
                let escaped = word
                    .replace('\\', r"\\")
                    .replace('%', r"\%")
                    .replace('_', r"\_");
                format!("%{escaped}%")
            })
            .collect()
    }
}

coded! {
    /// What claims are sorted by; equals follow each other by id.
    pub enum SortField {
        /// Instant of the protocol.
        SubmittedAt = "SUBMITTED_AT",
        /// Term of filing.
        Deadline = "DEADLINE",
        /// Protocol number.
        Protocol = "PROTOCOL",
        /// Name of the employer.
        EmployerName = "EMPLOYER_NAME",
        /// Hours asked for.
        Hours = "HOURS",
        /// Since when it is in its state.
        StateSince = "STATE_SINCE",
    }
}

/// An order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    /// By what.
    pub field: SortField,
    /// Highest first.
    pub descending: bool,
}

impl Order {
    /// The newest first.
    pub const NEWEST: Self = Self {
        field: SortField::SubmittedAt,
        descending: true,
    };
    /// The oldest first.
    pub const OLDEST: Self = Self {
        field: SortField::SubmittedAt,
        descending: false,
    };
}

/// Where a page begins: after the claim with this value of what is sorted by, and this id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The value as text.
    pub key: String,
    /// The id.
    pub id: Uuid,
}

/// A claim that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Where it stands in the order.
    pub place: Place,
    /// State.
    pub state: State,
    /// Since when.
    pub state_since: DateTime<Utc>,
    /// Protocol number; `None` for a draft.
    pub protocol: Option<String>,
    /// Ticket.
    pub ticket: Option<String>,
    /// The instrument.
    pub product: Option<Product>,
    /// The reason.
    pub causale: Option<Causale>,
    /// Who advances the money.
    pub payment_mode: Option<PaymentMode>,
    /// The unit.
    pub unit: UnitKey,
    /// Its name; empty while it is not known.
    pub unit_name: String,
    /// Name of the employer.
    pub employer_name: String,
    /// The weeks as written.
    pub period: Option<WrittenPeriod>,
    /// Competent office.
    pub office: Option<String>,
    /// Instant of the protocol.
    pub submitted_at: Option<DateTime<Utc>>,
    /// Last day to file in time.
    pub filing_due: Option<NaiveDate>,
    /// Whether it was filed late.
    pub filed_late: bool,
    /// Workers asked for.
    pub beneficiaries_count: i32,
    /// Hours asked for, in hundredths.
    pub hours_requested_hundredths: i64,
    /// To whom it is assigned, or who has it in charge.
    pub handler: Option<Uuid>,
    /// Whether some finding was forced.
    pub forced: bool,
    /// Whether a proposal awaits adoption.
    pub proposal_pending: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_word_comes_first_and_what_like_reads_otherwise_is_taken_as_it_is() {
        let words = Words::of("  di 100%_sicuro Officine ").unwrap();
        assert_eq!(words.patterns(), [r"%100\%\_sicuro%", "%Officine%", "%di%"]);
        assert_eq!(Words::of(" \t").unwrap().patterns(), [] as [String; 0]);
    }

    #[test]
    fn a_search_needs_a_word_that_an_index_can_find_and_has_few_of_them() {
        assert!(Words::of("di e la").is_err());
        assert!(Words::of("perché").is_ok());
        assert!(Words::of("uno due tre quattro cinque sei sette otto nove").is_err());
    }
}
