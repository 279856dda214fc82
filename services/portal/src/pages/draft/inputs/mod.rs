//! The inputs of each step: what is asked, with the help and the legal source beside it, and how what was typed becomes
//! the content of a draft.

mod list;
mod period;
mod reason;
mod report;
mod statements;
mod unit;

use chrono::NaiveDate;
use proto::google::r#type::Date;
use proto::omnia::anagrafe::v1::ProductionUnit;
use proto::omnia::claims::v1::{DraftContent, SectionChoice};
use proto::omnia::common::v1::UnitKey;

pub(crate) use self::report::section_input;
use super::step::Step;
use crate::fields::Fields;
use crate::pages::view::FindingView;
use crate::text::{Text, format, names};

/// An input of a step.
#[derive(Debug)]
pub(crate) struct Input {
    /// Name in the form, and id on the page.
    pub(crate) id: String,
    /// Label.
    pub(crate) label: String,
    /// What it means, and what would be right; empty for nothing.
    pub(crate) hint: String,
    /// Legal source; empty for none.
    pub(crate) source: &'static str,
    /// How it is asked.
    pub(crate) kind: Ask,
    /// What stands in it.
    pub(crate) value: String,
    /// What is to be said about it.
    pub(crate) notes: Vec<Note>,
}

/// How an input is asked.
#[derive(Debug)]
pub(crate) enum Ask {
    /// One line.
    Line {
        /// `type` of the input.
        sort: &'static str,
        /// Longest text.
        longest: u32,
    },
    /// Several lines.
    Area {
        /// Lines shown.
        rows: u32,
        /// Longest text.
        longest: u32,
        /// Whether it is a table and not prose.
        table: bool,
    },
    /// One of several, all shown.
    Radio(Vec<Choice>),
    /// One of many.
    Select(Vec<Choice>),
    /// Any of several.
    Checks(Vec<Choice>),
}

/// Something that may be chosen.
#[derive(Debug)]
pub(crate) struct Choice {
    /// Value.
    pub(crate) value: String,
    /// Text.
    pub(crate) text: String,
    /// More about it; empty for nothing.
    pub(crate) more: String,
    /// Whether it is chosen.
    pub(crate) chosen: bool,
}

/// Something to be said about an input.
#[derive(Debug, Clone)]
pub(crate) struct Note {
    /// `danger`, `warning`, `info`.
    pub(crate) tone: &'static str,
    /// Ask of the note in words, so that colour is not the only sign.
    pub(crate) kind: &'static str,
    /// The note.
    pub(crate) text: String,
    /// Rule and legal source; empty for none.
    pub(crate) source: String,
}

/// Something typed that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// Id of the input.
    pub(crate) id: &'static str,
    /// What is wrong and what would be right.
    pub(crate) text: String,
}

/// What the inputs of a step need besides the draft.
#[derive(Debug, Default)]
pub(crate) struct Around {
    /// Units of the employer.
    pub(crate) units: Vec<ProductionUnit>,
    /// Findings that may be forced, and so need a note.
    pub(crate) forcible: Vec<FindingView>,
    /// Sections that the reason asks for besides the common ones.
    pub(crate) sections: Vec<SectionChoice>,
}

impl Input {
    fn new(id: impl Into<String>, label: impl Into<String>, kind: Ask) -> Self {
        Self {
            id: id.into(),
            label: label.into(),
            hint: String::new(),
            source: "",
            kind,
            value: String::new(),
            notes: Vec::new(),
        }
    }

    fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    fn source(mut self, source: &'static str) -> Self {
        self.source = source;
        self
    }

    /// Whether the input is a group of choices and not one control.
    pub(crate) fn is_group(&self) -> bool {
        matches!(self.kind, Ask::Radio(_) | Ask::Checks(_))
    }

    /// Whether something is wrong with it.
    pub(crate) fn is_wrong(&self) -> bool {
        self.notes.iter().any(|note| note.tone == "danger")
    }
}

/// The inputs of a step, filled with `values`.
pub(crate) fn inputs(t: Text, step: Step, values: &Fields, around: &Around) -> Vec<Input> {
    let mut inputs = match step {
        Step::Unit => unit::ask(t, values, &around.units),
        Step::Reason => reason::ask(t, values),
        Step::Period => period::ask(t),
        Step::Workers => list::ask(t),
        Step::Report => report::ask(t, values, &around.sections),
        Step::Statements => statements::ask(t, values, &around.forcible),
        Step::Review => Vec::new(),
    };
    for input in &mut inputs {
        input.value = values.raw(&input.id).to_owned();
    }
    inputs
}

/// What stands in the inputs of a step for a draft as it is.
pub(crate) fn values(step: Step, content: &DraftContent) -> Fields {
    let mut values: Vec<(String, String)> = Vec::new();
    let mut put = |name: &str, value: String| values.push((name.to_owned(), value));
    match step {
        Step::Unit => unit::values(content, &mut put),
        Step::Reason => reason::values(content, &mut put),
        Step::Period => period::values(content, &mut put),
        Step::Workers => list::values(content, &mut put),
        Step::Report => report::values(content, &mut put),
        Step::Statements => statements::values(content, &mut put),
        Step::Review => {}
    }
    Fields(values)
}

/// Writes what was typed in a step into a draft. What cannot be read leaves what stood there, and is told.
pub(crate) fn apply(
    t: Text,
    step: Step,
    fields: &Fields,
    content: &mut DraftContent,
    role: &str,
    today: NaiveDate,
) -> Vec<Fault> {
    let mut faults = Vec::new();
    // Who files is known: nobody is asked for it.
    content.set_filer_quality(names::quality_of(role));
    match step {
        Step::Unit => unit::apply(t, fields, content, &mut faults),
        Step::Reason => reason::apply(fields, content),
        Step::Period => period::apply(t, fields, content, &mut faults),
        Step::Workers => list::apply(t, fields, content, &mut faults),
        Step::Report => report::apply(t, fields, content, &mut faults),
        Step::Statements => statements::apply(fields, content, today),
        Step::Review => {}
    }
    faults
}

/// A unit in words.
pub(crate) fn unit_choice(t: Text, unit: &ProductionUnit, chosen: bool) -> Choice {
    let key = unit.key.clone().unwrap_or_default();
    Choice {
        value: format!("{}/{}", key.matricola, key.production_unit_code),
        text: format!(
            "{} – {} {}",
            unit.name,
            t.unit_short(),
            key.production_unit_code
        ),
        more: format!("{}, {}", unit.address, unit.municipality_belfiore),
        chosen,
    }
}

/// `4900000001/0`, as the form names a unit.
pub(crate) fn unit_key(text: &str) -> Option<UnitKey> {
    let (matricola, code) = text.split_once('/')?;
    let well_formed =
        matricola.len() == 10 && matricola.bytes().all(|digit| digit.is_ascii_digit());
    let code = code
        .parse()
        .ok()
        .filter(|code| (0..=99_999).contains(code))?;
    well_formed.then(|| UnitKey {
        matricola: matricola.to_owned(),
        production_unit_code: code,
    })
}

fn line(sort: &'static str, longest: u32) -> Ask {
    Ask::Line { sort, longest }
}

/// The name of a value, once something was chosen.
fn stated(number: i32, name: &str) -> String {
    if number == 0 {
        String::new()
    } else {
        name.to_owned()
    }
}

fn number(number: i32) -> String {
    if number == 0 {
        String::new()
    } else {
        number.to_string()
    }
}

fn note_missing(t: Text, id: &'static str, faults: &mut Vec<Fault>) {
    if faults.iter().all(|fault| fault.id != id) {
        faults.push(Fault {
            id,
            text: t.fault_missing().to_owned(),
        });
    }
}

/// A text as it was typed, with the line ends of the platform.
fn prose(fields: &Fields, name: &str) -> String {
    fields.text(name).replace("\r\n", "\n")
}

/// The day typed; none when nothing was; the one before, with a fault, when it cannot be read.
fn day(
    t: Text,
    fields: &Fields,
    id: &'static str,
    before: Option<Date>,
    faults: &mut Vec<Fault>,
) -> Option<Date> {
    let typed = fields.text(id);
    if typed.is_empty() {
        return None;
    }
    if let Some(day) = format::typed_day(typed) {
        return Some(format::to_message(day));
    }
    faults.push(Fault {
        id,
        text: t.fault_day().to_owned(),
    });
    before
}

#[cfg(test)]
mod tests {
    use proto::omnia::claims::v1::Causale;
    use proto::omnia::common::v1::WeekPeriod;

    use super::*;
    use crate::text::Language;

    const T: Text = Text(Language::Italian);

    fn today() -> NaiveDate {
        "2026-09-02".parse().unwrap()
    }

    fn fields(pairs: &[(&str, &str)]) -> Fields {
        Fields(
            pairs
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
        )
    }

    #[test]
    fn what_a_step_shows_is_what_it_writes() {
        let mut content = DraftContent::default();
        let typed = fields(&[
            ("prima_settimana", "2026-09-07"),
            ("settimane", "10"),
            ("inizio", "09/09/2026"),
            ("giorni_evento", "09/09/2026\n08/09/2026 09/09/2026"),
        ]);
        assert_eq!(
            apply(T, Step::Period, &typed, &mut content, "INT", today()),
            []
        );
        let shown = values(Step::Period, &content);
        assert_eq!(shown.text("inizio"), "2026-09-09");
        assert_eq!(shown.text("giorni_evento"), "08/09/2026\n09/09/2026");
        let mut again = content.clone();
        assert_eq!(
            apply(T, Step::Period, &shown, &mut again, "INT", today()),
            []
        );
        assert_eq!(again, content);
    }

    #[test]
    fn a_step_leaves_the_others_alone() {
        let mut content = DraftContent {
            ticket: "ABCDEFGHIJKLMNOP".to_owned(),
            contact_pec: "studio@pec.esempio.invalid".to_owned(),
            ..DraftContent::default()
        };
        let typed = fields(&[("causale", "CAUSALE_STRIKE"), ("prodotto", "PRODUCT_CIGO")]);
        apply(T, Step::Reason, &typed, &mut content, "INT", today());
        assert_eq!(content.causale(), Causale::Strike);
        assert_eq!(content.ticket, "ABCDEFGHIJKLMNOP");
        assert_eq!(content.contact_pec, "studio@pec.esempio.invalid");
    }

    #[test]
    fn a_day_that_cannot_be_read_is_told_and_changes_nothing() {
        let first_week = Some(format::to_message("2026-09-07".parse().unwrap()));
        let mut content = DraftContent {
            period: Some(WeekPeriod {
                first_week,
                weeks: 3,
            }),
            ..DraftContent::default()
        };
        let typed = fields(&[("prima_settimana", "lunedì"), ("settimane", "4")]);
        let faults = apply(T, Step::Period, &typed, &mut content, "INT", today());
        assert_eq!(faults.len(), 1);
        assert_eq!(faults[0].id, "prima_settimana");
        assert_eq!(content.period.unwrap().first_week, first_week);
    }

    #[test]
    fn statements_are_dated_once_and_notes_follow_their_findings() {
        let mut content = DraftContent::default();
        let typed = fields(&[
            ("dichiarazioni", "PRIOR_CONSULTATION"),
            ("nota_LIMIT_52_WEEKS", "Le settimane sono corrette."),
        ]);
        apply(T, Step::Statements, &typed, &mut content, "AZ-LR", today());
        let later = today() + chrono::TimeDelta::days(3);
        apply(T, Step::Statements, &typed, &mut content, "AZ-LR", later);
        assert_eq!(content.self_declarations.len(), 1);
        assert_eq!(
            content.self_declarations[0].declared_on,
            Some(format::to_message(today()))
        );
        assert_eq!(content.override_notes[0].code, "LIMIT_52_WEEKS");
        let emptied = fields(&[("nota_LIMIT_52_WEEKS", "")]);
        apply(T, Step::Statements, &emptied, &mut content, "AZ-LR", later);
        assert!(content.override_notes.is_empty() && content.self_declarations.is_empty());
    }
}
