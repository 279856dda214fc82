//! The inputs of each step: what is asked, with the help and the legal source beside it, and how what was typed becomes
//! the content of a draft. A field that a form did not bring stays as it was: it was not asked for.

mod list;
mod period;
mod product;
mod reason;
mod report;
mod statements;
mod unit;

use std::ops::RangeInclusive;

use chrono::NaiveDate;
use proto::google::r#type::Date;
use proto::omnia::anagrafe::v1::ProductionUnit;
use proto::omnia::claims::v1::{
    CausaleChoice, DeclarationChoice, DraftContent, FundChoice, Product, ProductChoice,
};
use proto::omnia::common::v1::UnitKey;

pub(crate) use self::report::section_input;
use super::step::Step;
use crate::fields::Fields;
use crate::pages::provenance::FilledView;
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
    /// Where the value comes from, when the platform filled it in.
    pub(crate) filled: Option<FilledView>,
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
    /// A whole number.
    Number {
        /// Least.
        least: u32,
        /// Most.
        most: u32,
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

/// What the inputs of a step need besides the draft: what may be chosen, and what the choices made so far ask for.
#[derive(Debug, Default)]
pub(crate) struct Around {
    /// Units of the employer.
    pub(crate) units: Vec<ProductionUnit>,
    /// Instruments of the day, those that fit the unit first.
    pub(crate) products: Vec<ProductChoice>,
    /// Reasons of the instrument and the day.
    pub(crate) causali: Vec<CausaleChoice>,
    /// Bilateral funds.
    pub(crate) funds: Vec<FundChoice>,
    /// Catalogue of the self-declarations.
    pub(crate) declarations: Vec<DeclarationChoice>,
    /// Findings that may be forced, and so need a note.
    pub(crate) forcible: Vec<FindingView>,
}

impl Around {
    /// What the law says of the instrument chosen.
    fn product(&self, content: &DraftContent) -> Option<&ProductChoice> {
        let mut products = self.products.iter();
        products.find(|choice| choice.product == content.product)
    }

    /// What the reason chosen asks for.
    fn causale(&self, content: &DraftContent) -> Option<&CausaleChoice> {
        let mut causali = self.causali.iter();
        causali.find(|choice| choice.causale == content.causale)
    }
}

/// Who files, as far as it is known without asking.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Filer<'a> {
    /// Role in use.
    pub(crate) role: &'a str,
    /// Codice fiscale by which the provider vouches for the person; empty when it does not tell.
    pub(crate) code: &'a str,
    /// The day in Rome.
    pub(crate) today: NaiveDate,
}

/// A step while it is written: the form, and what cannot be read of it.
struct Typed<'a> {
    t: Text,
    fields: &'a Fields,
    faults: Vec<Fault>,
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
            filled: None,
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
pub(crate) fn inputs(
    t: Text,
    step: Step,
    values: &Fields,
    content: &DraftContent,
    around: &Around,
) -> Vec<Input> {
    let mut inputs = match step {
        Step::Unit => unit::ask(t, values, around),
        Step::Period => period::ask(t, values, content),
        Step::Product => product::ask(t, values, around),
        Step::Reason => reason::ask(t, values, content, around),
        Step::Workers => list::ask(t, values, content),
        Step::Report => report::ask(t, values, content, around),
        Step::Statements => statements::ask(t, values, content, around),
        Step::Attachments | Step::Review => Vec::new(),
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
        Step::Period => period::values(content, &mut put),
        Step::Product => product::values(content, &mut put),
        Step::Reason => reason::values(content, &mut put),
        Step::Workers => list::values(content, &mut put),
        Step::Report => report::values(content, &mut put),
        Step::Statements => statements::values(content, &mut put),
        Step::Attachments | Step::Review => {}
    }
    Fields(values)
}

/// Writes what was typed in a step into a draft. What cannot be read leaves what stood there, and is told.
pub(crate) fn apply(
    t: Text,
    step: Step,
    fields: &Fields,
    content: &mut DraftContent,
    filer: Filer<'_>,
    around: &Around,
) -> Vec<Fault> {
    let mut typed = Typed {
        t,
        fields,
        faults: Vec::new(),
    };
    // Who files is known: nobody is asked for it.
    content.set_filer_quality(names::quality_of(filer.role));
    if !filer.code.is_empty() {
        filer.code.clone_into(&mut content.filer_codice_fiscale);
    }
    match step {
        Step::Unit => unit::apply(&mut typed, content),
        Step::Period => period::apply(&mut typed, content),
        Step::Product => product::apply(&mut typed, content),
        Step::Reason => reason::apply(&mut typed, content),
        Step::Workers => list::apply(&mut typed, content),
        Step::Report => report::apply(&mut typed, content),
        Step::Statements => statements::apply(&typed, content, filer.today, around),
        Step::Attachments | Step::Review => {}
    }
    typed.faults
}

impl Typed<'_> {
    fn fault(&mut self, id: &'static str, text: impl Into<String>) {
        let text = text.into();
        self.faults.push(Fault { id, text });
    }

    /// Says that something is missing, once.
    fn missing(&mut self, id: &'static str) {
        if self.faults.iter().all(|fault| fault.id != id) {
            self.fault(id, self.t.fault_missing());
        }
    }

    /// Whether a field was asked for.
    fn asks(&self, id: &str) -> bool {
        self.fields.has(id)
    }

    /// Whether a single box is ticked.
    fn is_ticked(&self, id: &str) -> bool {
        self.fields.all(id).any(|value| value == YES)
    }

    /// A text as it was typed, with the line ends of the platform.
    fn prose(&self, id: &str) -> String {
        self.fields.text(id).replace("\r\n", "\n")
    }

    /// Takes a text over, if it was asked for.
    fn text_into(&self, id: &str, place: &mut String) {
        if self.asks(id) {
            *place = self.prose(id);
        }
    }

    /// The day typed; none when nothing was; the one before, with a fault, when it cannot be read.
    fn day(&mut self, id: &'static str, before: Option<Date>) -> Option<Date> {
        let typed = self.fields.text(id);
        if typed.is_empty() {
            return if self.asks(id) { None } else { before };
        }
        if let Some(day) = format::typed_day(typed) {
            return Some(format::to_message(day));
        }
        self.fault(id, self.t.fault_day());
        before
    }

    /// The days typed, each once, in order; those before, with a fault, when one cannot be read.
    fn days(&mut self, id: &'static str, most: usize, before: Vec<Date>) -> Vec<Date> {
        if !self.asks(id) {
            return before;
        }
        let days: Vec<Option<NaiveDate>> = self
            .fields
            .text(id)
            .split(['\n', ',', ';', ' '])
            .map(str::trim)
            .filter(|day| !day.is_empty())
            .map(format::typed_day)
            .collect();
        if days.len() > most || days.contains(&None) {
            self.fault(id, self.t.fault_event_days());
            return before;
        }
        let mut days: Vec<NaiveDate> = days.into_iter().flatten().collect();
        days.sort_unstable();
        days.dedup();
        days.into_iter().map(format::to_message).collect()
    }

    /// The whole number typed; 0 when nothing was; the one before, with a fault, when it is out of range.
    fn number(&mut self, id: &'static str, range: RangeInclusive<i32>, before: i32) -> i32 {
        if !self.asks(id) {
            return before;
        }
        match (self.fields.text(id), self.fields.read_as::<i32>(id)) {
            ("", _) => 0,
            (_, Some(number)) if range.contains(&number) => number,
            _ => {
                let fault = self.t.fault_number(*range.start(), *range.end());
                self.fault(id, fault);
                before
            }
        }
    }
}

/// Value of a single box.
const YES: &str = "si";

/// A box of its own: a group with one choice.
fn tick(chosen: bool, text: &str) -> Ask {
    Ask::Checks(vec![Choice {
        value: YES.to_owned(),
        text: text.to_owned(),
        more: String::new(),
        chosen,
    }])
}

/// Days, one a line, as an input shows them.
fn lines_of(days: &[Date]) -> String {
    let days: Vec<String> = days.iter().map(|day| format::date(Some(day))).collect();
    days.join("\n")
}

/// Whether the instrument is by derogation, which may follow a decree of the region or none (`claims.md` CLM-1).
fn is_derogation(product: Product) -> bool {
    matches!(product, Product::Cigd | Product::CigdMulti)
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

#[cfg(test)]
mod tests {
    use proto::omnia::claims::v1::Causale;
    use proto::omnia::common::v1::WeekPeriod;

    use super::*;
    use crate::text::Language;

    const T: Text = Text(Language::Italian);

    fn anna() -> Filer<'static> {
        Filer {
            role: "INT",
            code: "",
            today: "2026-09-02".parse().unwrap(),
        }
    }

    fn fields(pairs: &[(&str, &str)]) -> Fields {
        Fields(
            pairs
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
        )
    }

    fn write(step: Step, typed: &Fields, content: &mut DraftContent) -> Vec<Fault> {
        apply(T, step, typed, content, anna(), &Around::default())
    }

    #[test]
    fn what_a_step_shows_is_what_it_writes() {
        let steps: [(Step, &[(&str, &str)]); 5] = [
            (
                Step::Unit,
                &[
                    ("unita", "4900000001/1"),
                    ("organico", "40;60\n20,00;2,5"),
                    ("provincia_sede", "015"),
                ],
            ),
            (
                Step::Period,
                &[
                    ("prima_settimana", "2026-09-07"),
                    ("settimane", "10"),
                    ("inizio", "09/09/2026"),
                    ("proroga", "490026000001"),
                    ("fruite_settimane", "3"),
                    ("fruite_giorni", "09/02/2026\n08/02/2026 09/02/2026"),
                ],
            ),
            (
                Step::Reason,
                &[
                    ("causale", "CAUSALE_COMPANY_CRISIS"),
                    ("decreto_autorita", "Ministero del lavoro"),
                    ("decreto_numero", "117"),
                    ("decreto_data", "2026-08-01"),
                    ("decreto_dal", "2026-09-07"),
                    ("decreto_al", "2027-03-07"),
                    ("decreto_ore", "4.000,50"),
                    ("giorni", "12"),
                    ("pagamento", "PAYMENT_MODE_DIRECT"),
                ],
            ),
            (
                Step::Report,
                &[
                    ("giorni_evento", "09/09/2026\n08/09/2026 09/09/2026"),
                    ("activity", "Officina."),
                    ("sezione_orders_fall", "Calo."),
                    (
                        "indicatori",
                        "2024;;1.000,00;10,5;-2;0\n2025;;900,00;9,00;1,00;0,00",
                    ),
                    ("comunicazione", "2026-08-08"),
                    ("esame", ""),
                    ("esame", "si"),
                    ("destinatari_rsu", "RSU"),
                    ("esito_consultazione", "CONSULTATION_OUTCOME_AGREEMENT"),
                ],
            ),
            (
                Step::Statements,
                &[
                    ("pec", "studio@pec.esempio.invalid"),
                    ("telefono", "02 5550100"),
                ],
            ),
        ];
        for (step, typed) in steps {
            let mut content = DraftContent::default();
            assert_eq!(write(step, &fields(typed), &mut content), []);
            assert_ne!(content, DraftContent::default());
            let shown = values(step, &content);
            let mut again = DraftContent::default();
            assert_eq!(write(step, &shown, &mut again), []);
            assert_eq!(again, content, "{step:?}");
        }
    }

    #[test]
    fn days_are_shown_in_order_each_once() {
        let mut content = DraftContent::default();
        let typed = fields(&[("giorni_evento", "09/09/2026\n08/09/2026 09/09/2026")]);
        write(Step::Report, &typed, &mut content);
        let shown = values(Step::Report, &content);
        assert_eq!(shown.text("giorni_evento"), "08/09/2026\n09/09/2026");
    }

    #[test]
    fn a_step_leaves_alone_what_it_did_not_ask_for() {
        let mut content = DraftContent {
            ticket: "ABCDEFGHIJKLMNOP".to_owned(),
            contact_pec: "studio@pec.esempio.invalid".to_owned(),
            seat_province_istat: "015".to_owned(),
            days_requested: 12,
            ..DraftContent::default()
        };
        let before = content.clone();
        write(
            Step::Reason,
            &fields(&[("causale", "CAUSALE_STRIKE")]),
            &mut content,
        );
        assert_eq!(content.causale(), Causale::Strike);
        write(
            Step::Unit,
            &fields(&[("unita", "4900000001/0")]),
            &mut content,
        );
        write(Step::Statements, &fields(&[]), &mut content);
        content.set_causale(Causale::Unspecified);
        content.unit = None;
        content.set_filer_quality(before.filer_quality());
        assert_eq!(content, before);
    }

    #[test]
    fn another_instrument_takes_along_what_only_the_one_before_asked_for() {
        let mut content = DraftContent::default();
        write(
            Step::Product,
            &fields(&[("prodotto", "PRODUCT_CIGS")]),
            &mut content,
        );
        let typed = fields(&[
            ("causale", "CAUSALE_REORGANISATION"),
            ("decreto_autorita", "Ministero"),
        ]);
        write(Step::Reason, &typed, &mut content);
        write(
            Step::Product,
            &fields(&[("prodotto", "PRODUCT_CIGS")]),
            &mut content,
        );
        assert!(content.decree.is_some());
        write(
            Step::Product,
            &fields(&[("prodotto", "PRODUCT_CIGO")]),
            &mut content,
        );
        assert_eq!((content.decree, content.causale), (None, 0));
    }

    #[test]
    fn what_cannot_be_read_is_told_and_changes_nothing() {
        let first_week = Some(format::to_message("2026-09-07".parse().unwrap()));
        let mut content = DraftContent {
            period: Some(WeekPeriod {
                first_week,
                weeks: 3,
            }),
            ..DraftContent::default()
        };
        let before = content.period;
        let typed = fields(&[("prima_settimana", "lunedì"), ("settimane", "3")]);
        let faults = write(Step::Period, &typed, &mut content);
        assert_eq!(faults.len(), 1);
        assert_eq!(faults[0].id, "prima_settimana");
        assert_eq!(content.period, before);
        for (step, id, text) in [
            (Step::Unit, "organico", "quaranta;60"),
            (Step::Unit, "provincia_sede", "MI"),
            (Step::Period, "settimane", "157"),
            (Step::Reason, "decreto_ore", "tante"),
            (Step::Report, "giorni_evento", "ieri"),
            (Step::Report, "indicatori", "2024;5;1;1;1;1"),
        ] {
            let typed = fields(&[
                ("unita", "4900000001/0"),
                ("decreto_autorita", ""),
                (id, text),
            ]);
            let faults = write(step, &typed, &mut content);
            assert!(faults.iter().any(|fault| fault.id == id), "{id}");
        }
    }

    #[test]
    fn statements_are_dated_once_and_notes_follow_their_findings() {
        let around = Around {
            declarations: vec![DeclarationChoice {
                declaration_id: "PRIOR_CONSULTATION".to_owned(),
                text_it: "Fatta.".to_owned(),
                ..DeclarationChoice::default()
            }],
            ..Around::default()
        };
        let mut content = DraftContent::default();
        let typed = fields(&[
            ("dichiarazioni", ""),
            ("dichiarazioni", "PRIOR_CONSULTATION"),
            ("nota_LIMIT_52_WEEKS", "Le settimane sono corrette."),
        ]);
        let later = Filer {
            today: anna().today + chrono::TimeDelta::days(3),
            ..anna()
        };
        for filer in [anna(), later] {
            apply(T, Step::Statements, &typed, &mut content, filer, &around);
        }
        let made = &content.self_declarations;
        assert_eq!(made.len(), 1);
        assert_eq!(made[0].declared_on, Some(format::to_message(anna().today)));
        assert_eq!(content.override_notes[0].code, "LIMIT_52_WEEKS");
        let emptied = fields(&[("dichiarazioni", ""), ("nota_LIMIT_52_WEEKS", "")]);
        apply(T, Step::Statements, &emptied, &mut content, later, &around);
        assert!(content.override_notes.is_empty() && content.self_declarations.is_empty());
    }

    #[test]
    fn who_files_is_who_the_provider_vouches_for() {
        let mut content = DraftContent::default();
        let known = Filer {
            code: "XXXCNS80A01Z990H",
            ..anna()
        };
        let typed = fields(&[("prodotto", "PRODUCT_CIGO")]);
        apply(
            T,
            Step::Product,
            &typed,
            &mut content,
            known,
            &Around::default(),
        );
        assert_eq!(content.filer_codice_fiscale, "XXXCNS80A01Z990H");
    }
}
