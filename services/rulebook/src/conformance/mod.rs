//! The public conformance format (`limits.md` §13; `docs/conformance.md`): reads cases, answers them with the engine of
//! the service, and tells every field that differs.

mod answers;
mod fields;

use std::fmt;

use serde_json::Value;

use crate::Rules;
use crate::exact::{Exact, decimal, parse_decimal};

use fields::Fields;

/// A field that breaks a rule of the format or of the law.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {rule}")]
pub struct Fault {
    /// The field, such as `input.authorisations[0].to`.
    pub field: String,
    /// The rule that it breaks.
    pub rule: String,
}

/// A field whose answer is not the expected one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The field of `expect`.
    pub field: String,
    /// What the case expects.
    pub expected: String,
    /// What the engine answers.
    pub got: String,
}

/// What became of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Id of the case; its place in the file when it has none.
    pub id: String,
    /// Kind of the case.
    pub kind: String,
    /// Title.
    pub title: String,
    /// Fields that differ, or what is wrong with the case.
    pub result: Result<Vec<Difference>, Vec<Fault>>,
    /// What was taken otherwise than written, such as a reference that is not a Monday.
    pub warnings: Vec<Fault>,
}

/// A file that does not hold cases.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// Not JSON.
    #[error("the file is not JSON")]
    NotJson(#[from] serde_json::Error),
    /// JSON of another shape.
    #[error("the file must be a list of cases")]
    NotAList,
    /// Nothing to check.
    #[error("the file has no case")]
    Empty,
}

impl Outcome {
    /// Whether the engine answers what the case expects.
    pub fn agrees(&self) -> bool {
        self.result.as_ref().is_ok_and(Vec::is_empty)
    }
}

/// A line for the case, and one below it for each field that differs or is wrong.
impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = match &self.result {
            Ok(differences) if differences.is_empty() => "ok",
            Ok(_) => "DIFFERS",
            Err(_) => "INVALID",
        };
        write!(f, "{:<7} {} {} {}", verdict, self.id, self.kind, self.title)?;
        for difference in self.result.iter().flatten() {
            let Difference {
                field,
                expected,
                got,
            } = difference;
            write!(f, "\n        {field}: expected {expected}, got {got}")?;
        }
        for fault in self.result.as_ref().err().into_iter().flatten() {
            write!(f, "\n        {fault}")?;
        }
        for warning in &self.warnings {
            write!(f, "\n        warning: {warning}")?;
        }
        Ok(())
    }
}

/// Evaluates every case of a file.
pub fn run(text: &str, rules: &Rules) -> Result<Vec<Outcome>, Unreadable> {
    let file: Value = serde_json::from_str(text)?;
    let cases = file.as_array().ok_or(Unreadable::NotAList)?;
    if cases.is_empty() {
        return Err(Unreadable::Empty);
    }
    let outcomes = cases
        .iter()
        .enumerate()
        .map(|(place, case)| evaluate(case, place, rules));
    Ok(outcomes.collect())
}

/// Evaluates one case; `place` names it when it has no id.
pub fn evaluate(case: &Value, place: usize, rules: &Rules) -> Outcome {
    let text = |name: &str| case[name].as_str().unwrap_or_default().to_owned();
    let mut fields = Fields::of_case(case);
    let result = compare(&mut fields, &text("kind"), rules);
    let (faults, warnings) = fields.finish();
    let id = match text("id") {
        id if id.is_empty() => format!("[{place}]"),
        id => id,
    };
    Outcome {
        id,
        kind: text("kind"),
        title: text("title"),
        // A case without an answer is invalid, whatever it expects.
        result: result.filter(|_| faults.is_empty()).ok_or(faults),
        warnings,
    }
}

/// Answers a case and compares; `None` when there is no answer. Faults stay in the fields.
fn compare(case: &mut Fields<'_>, kind: &str, rules: &Rules) -> Option<Vec<Difference>> {
    for name in ["id", "kind"] {
        case.text(name);
    }
    case.optional("title");
    case.optional("source");
    let (mut input, expect) = case.object("input").zip(case.map("expect"))?;
    if expect.is_empty() {
        case.fault("expect", "must state at least one field");
    }
    let answer = answers::answer(kind, &mut input, rules);
    case.absorb(input);
    let answer = answer?;
    let mut differences = Vec::new();
    for (name, expected) in expect {
        match answer.iter().find(|(field, _)| field == name) {
            None => case.fault(
                &format!("expect.{name}"),
                "is not a field that this case answers",
            ),
            Some((_, got)) if got.is(expected) => {}
            Some((_, got)) => differences.push(Difference {
                field: name.clone(),
                expected: expected.to_string(),
                got: got.to_string(),
            }),
        }
    }
    Some(differences)
}

/// The fields that the engine answers.
type Answer = Vec<(&'static str, Got)>;

/// One answered value.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Got {
    Nothing,
    Text(String),
    Flag(bool),
    /// Numbers, hours and money, compared as decimals.
    Number(Exact),
    List(Vec<Answer>),
}

impl From<i64> for Got {
    fn from(value: i64) -> Self {
        Self::Number(Exact::from_integer(value.into()))
    }
}

impl From<i32> for Got {
    fn from(value: i32) -> Self {
        Self::from(i64::from(value))
    }
}

impl From<chrono::NaiveDate> for Got {
    fn from(day: chrono::NaiveDate) -> Self {
        Self::Text(day.to_string())
    }
}

impl<T: Into<Self>> From<Option<T>> for Got {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Nothing, Into::into)
    }
}

impl Got {
    /// Whether it is what a case expects. A fraction without a finite decimal is compared at the places that the case
    /// states, two at least.
    fn is(&self, expected: &Value) -> bool {
        match (self, expected) {
            (Self::Nothing, Value::Null) => true,
            (Self::Text(got), Value::String(text)) => got == text,
            (Self::Flag(got), Value::Bool(flag)) => got == flag,
            (Self::Number(got), Value::Number(_) | Value::String(_)) => {
                is_decimal(got, &bare(expected))
            }
            (Self::List(got), Value::Array(rows)) => {
                got.len() == rows.len() && got.iter().zip(rows).all(|(got, row)| is_row(got, row))
            }
            _ => false,
        }
    }
}

fn is_row(got: &Answer, row: &Value) -> bool {
    row.as_object().is_some_and(|row| {
        row.len() == got.len()
            && got
                .iter()
                .all(|(name, value)| row.get(*name).is_some_and(|expected| value.is(expected)))
    })
}

fn is_decimal(got: &Exact, text: &str) -> bool {
    let Some(expected) = parse_decimal(text) else {
        return false;
    };
    let places = text
        .split_once('.')
        .map_or(0, |(_, decimals)| decimals.len());
    let rounded = || decimal(got, u32::try_from(places).unwrap_or(0));
    *got == expected || (places >= 2 && parse_decimal(&rounded()) == Some(expected))
}

/// A string without its quotes, anything else as JSON.
fn bare(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

impl fmt::Display for Got {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("null"),
            Self::Text(text) => write!(f, "\"{text}\""),
            Self::Flag(flag) => flag.fmt(f),
            Self::Number(value) if value.is_integer() => value.fmt(f),
            Self::Number(value) => f.write_str(&decimal(value, 4)),
            Self::List(rows) => {
                f.write_str("[")?;
                for (place, row) in rows.iter().enumerate() {
                    f.write_str(if place == 0 { "{" } else { ", {" })?;
                    for (place, (name, value)) in row.iter().enumerate() {
                        let comma = if place == 0 { "" } else { ", " };
                        write!(f, "{comma}\"{name}\": {value}")?;
                    }
                    f.write_str("}")?;
                }
                f.write_str("]")
            }
        }
    }
}
