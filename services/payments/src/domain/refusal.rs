//! Why a flow is refused as a whole (`claims.md` PAY-3), and the faults of lines and header that lead there.

use kernel::coded;

/// Faults that are told; all of them are counted.
pub const FAULTS_TOLD: usize = 1_000;

coded! {
    /// A code of PAY-3, in the order in which they are told.
    pub enum FlowCode {
        /// Unreadable, or columns, elements or values missing or wrong.
        Malformed = "FLOW_MALFORMED",
        /// Lines or hours differ from the header.
        TotalsMismatch = "TOTALS_MISMATCH",
        /// No such authorisation.
        AuthorizationUnknown = "AUTHORIZATION_UNKNOWN",
        /// Of another matricola.
        AuthorizationMatricolaMismatch = "AUTHORIZATION_MATRICOLA_MISMATCH",
        /// Granted with conguaglio.
        AuthorizationNotDirect = "AUTHORIZATION_NOT_DIRECT",
        /// The claim is annulled or under reexamination.
        AuthorizationNotActive = "AUTHORIZATION_NOT_ACTIVE",
        /// A day outside the granted period.
        PeriodOutsideAuthorization = "PERIOD_OUTSIDE_AUTHORIZATION",
        /// An IBAN of any line (§2.3).
        IbanInvalid = "IBAN_INVALID",
        /// Contractual hours out of range on any line.
        ContractHoursInvalid = "CONTRACT_HOURS_INVALID",
        /// Worker, month and type code twice.
        DuplicateLine = "DUPLICATE_LINE",
        /// Not the form of this period, product or ticket.
        KindNotAllowed = "FLOW_KIND_NOT_ALLOWED",
        /// Before the day after the last one covered (PAY-2).
        TooEarly = "FLOW_TOO_EARLY",
        /// After the last day (PAY-1).
        TermExpired = "FLOW_TERM_EXPIRED",
        /// Sender not entitled for the matricola.
        FilerNotEntitled = "FILER_NOT_ENTITLED",
    }
}

coded! {
    /// The rule that a line, an element or the header breaks.
    pub enum Rule {
        /// CSV: the first line names the columns.
        Heading = "HEADING",
        /// CSV: as many columns as the heading.
        Columns = "COLUMNS",
        /// UTF-8.
        Encoding = "ENCODING",
        /// XML: well formed, of the namespace, without a DTD.
        Xml = "XML",
        /// XML: an element that has no place here, comes twice, or comes too late.
        Element = "ELEMENT",
        /// A value that must stand here.
        Required = "REQUIRED",
        /// A value that is not what its column holds.
        Value = "VALUE",
        /// The month lies in the period of the header.
        MonthOutsidePeriod = "MONTH_OUTSIDE_PERIOD",
        /// Hours stand in weeks of the month and of the period.
        WeekOutsidePeriod = "WEEK_OUTSIDE_PERIOD",
        /// Types 0 and 1 have hours.
        NoHours = "NO_HOURS",
        /// At most 200 000 lines.
        TooMany = "TOO_MANY",
        /// At least one line.
        Empty = "EMPTY",
        /// §2.3.
        Iban = "IBAN",
        /// Above 0, at most 48,00.
        ContractHours = "CONTRACT_HOURS",
        /// Worker, month and type code once.
        Duplicate = "DUPLICATE",
        /// A correction holds lines that are stopped in the flow that it corrects, each once (PAY-7).
        NotStopped = "NOT_STOPPED",
        /// The number of lines is that of the header.
        LinesTotal = "LINES_TOTAL",
        /// The hours are those of the header.
        HoursTotal = "HOURS_TOTAL",
    }
}

impl Rule {
    /// The code of PAY-3 that a breach leads to.
    pub fn flow_code(self) -> FlowCode {
        match self {
            Self::Iban => FlowCode::IbanInvalid,
            Self::ContractHours => FlowCode::ContractHoursInvalid,
            Self::Duplicate => FlowCode::DuplicateLine,
            Self::LinesTotal | Self::HoursTotal => FlowCode::TotalsMismatch,
            _ => FlowCode::Malformed,
        }
    }

    /// What people read, in Italian.
    pub fn italian(self) -> &'static str {
        match self {
            Self::Heading => "La prima riga deve elencare le colonne del tracciato, nell'ordine.",
            Self::Columns => "La riga deve avere le colonne del tracciato.",
            Self::Encoding => "Il testo non è in UTF-8.",
            Self::Xml => {
                "Il documento deve essere XML ben formato, nel namespace urn:omnia:payments:flow:1, senza DTD."
            }
            Self::Element => "L'elemento non è previsto qui, o è ripetuto.",
            Self::Required => "Il valore è obbligatorio.",
            Self::Value => "Il valore non è ammesso.",
            Self::MonthOutsidePeriod => "Il mese è fuori dal periodo della testata.",
            Self::WeekOutsidePeriod => {
                "Ci sono ore in una settimana senza giorni del mese e del periodo della testata."
            }
            Self::NoHours => "Le righe di tipo 0 e 1 devono avere ore.",
            Self::TooMany => "Il flusso supera 200.000 righe: le seguenti non sono state lette.",
            Self::Empty => "Il flusso non contiene righe.",
            Self::Iban => "L'IBAN non è valido.",
            Self::ContractHours => {
                "L'orario settimanale deve essere maggiore di 0 e al massimo 48,00."
            }
            Self::Duplicate => "Lavoratore, mese e tipo sono già in una riga precedente.",
            Self::NotStopped => {
                "La riga non corrisponde a una riga ferma del flusso da correggere."
            }
            Self::LinesTotal => "Il numero delle righe non è quello della testata.",
            Self::HoursTotal => "Il totale delle ore non è quello della testata.",
        }
    }

    /// What people read, in English.
    pub fn english(self) -> &'static str {
        match self {
            Self::Heading => "The first line must name the columns of the layout, in order.",
            Self::Columns => "The line must have the columns of the layout.",
            Self::Encoding => "The text is not UTF-8.",
            Self::Xml => {
                "The document must be well-formed XML of the namespace urn:omnia:payments:flow:1, without a DTD."
            }
            Self::Element => "The element has no place here, or comes twice.",
            Self::Required => "The value is required.",
            Self::Value => "The value is not allowed.",
            Self::MonthOutsidePeriod => "The month lies outside the period of the header.",
            Self::WeekOutsidePeriod => {
                "There are hours in a week without days of the month and of the header's period."
            }
            Self::NoHours => "Lines of type 0 and 1 must have hours.",
            Self::TooMany => "The flow exceeds 200 000 lines: those that follow were not read.",
            Self::Empty => "The flow holds no line.",
            Self::Iban => "The IBAN is not valid.",
            Self::ContractHours => "The hours a week must be above 0 and at most 48.00.",
            Self::Duplicate => "Worker, month and type stand in a line before.",
            Self::NotStopped => "The line matches no stopped line of the flow to correct.",
            Self::LinesTotal => "The number of lines is not that of the header.",
            Self::HoursTotal => "The total of hours is not that of the header.",
        }
    }
}

/// A fault. It never repeats what stands in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// Line of the flow, from 1; 0 for the header or the file as a whole.
    pub line: u32,
    /// Column of the CSV layout, or element of the header; empty for the whole.
    pub field: &'static str,
    /// The rule.
    pub rule: Rule,
}

/// Faults: the first of them, and how many there are of each code.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Faults {
    /// The first [`FAULTS_TOLD`], in the order in which they were found.
    pub told: Vec<Fault>,
    /// All of them.
    pub count: u32,
    codes: Vec<FlowCode>,
}

impl Faults {
    /// Adds a fault.
    pub fn add(&mut self, line: u32, field: &'static str, rule: Rule) {
        self.count += 1;
        if self.told.len() < FAULTS_TOLD {
            self.told.push(Fault { line, field, rule });
        }
        let code = rule.flow_code();
        if let Err(place) = self.codes.binary_search(&code) {
            self.codes.insert(place, code);
        }
    }

    /// The codes that the faults lead to, in the order of PAY-3, each once.
    pub fn codes(&self) -> &[FlowCode] {
        &self.codes
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_told_up_to_a_thousand_and_counted_beyond() {
        let mut faults = Faults::default();
        for line in 1..=1_500 {
            faults.add(line, "iban", Rule::Iban);
        }
        faults.add(0, "", Rule::LinesTotal);
        assert_eq!((faults.told.len(), faults.count), (1_000, 1_501));
        assert_eq!(
            faults.codes(),
            [FlowCode::TotalsMismatch, FlowCode::IbanInvalid]
        );
    }
}
