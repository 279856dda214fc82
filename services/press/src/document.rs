//! What is set. A document can be kept as it stands (serde) and set later: the words are those of the day it was written.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// A document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// Title, as readers show it in their window.
    pub title: String,
    /// What it is about, in a sentence.
    pub subject: String,
    /// Who issues it.
    pub author: String,
    /// Language (RFC 3066), such as `it-IT`.
    pub language: String,
    /// Date of the document.
    pub issued_at: DateTime<Utc>,
    /// What stands at the foot of every page, before the page number.
    pub foot: String,
    /// How a page is numbered: `{n}` is the page, `{m}` how many there are.
    pub numbering: String,
    /// The content, from top to bottom.
    pub blocks: Vec<Block>,
}

/// A piece of content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Block {
    /// A heading. The first of a document is its [`Level::Title`], and no level is passed over.
    Heading {
        /// How deep it stands.
        level: Level,
        /// The words.
        text: String,
    },
    /// A paragraph.
    Paragraph {
        /// How it looks.
        style: Style,
        /// The words.
        text: String,
    },
    /// Names with what they stand for, a table of two columns whose rows have headers.
    Definitions {
        /// The rows.
        entries: Vec<Entry>,
    },
    /// A table; its head is repeated on every page.
    Table {
        /// What it shows.
        caption: String,
        /// The columns.
        columns: Vec<Column>,
        /// The cells, a row at a time.
        rows: Vec<Vec<String>>,
    },
    /// A code to be read by a camera (QR), with lines beside it.
    Code {
        /// What the code says.
        content: String,
        /// The same for who does not see it.
        alternative: String,
        /// The lines beside it.
        lines: Vec<String>,
    },
}

/// How deep a heading stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// The title of the document.
    Title,
    /// A section.
    Section,
}

/// How a paragraph looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Style {
    /// As most do.
    Plain,
    /// Bold.
    Strong,
    /// Bold, in the middle of the line.
    Centred,
    /// Small.
    Small,
    /// At the end of the line, as signatures stand.
    Closing,
}

/// A name and what it stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The name.
    pub name: String,
    /// What it stands for.
    pub value: String,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// Its head.
    pub title: String,
    /// Its part of the width, against the others'.
    pub share: u16,
    /// On which side its cells stand.
    pub align: Align,
}

/// On which side text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Align {
    /// Where lines start.
    Start,
    /// In the middle.
    Centre,
    /// Where lines end, as numbers do.
    End,
}
