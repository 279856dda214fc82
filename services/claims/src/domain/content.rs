//! What the filer writes. Everything but the unit may be missing or wrong in a draft; [`super::checks`] says what is.

use chrono::NaiveDate;
use kernel::{Matricola, ProductionUnitCode, Ticket, Week, WeekPeriod};
use serde::{Deserialize, Serialize};

use super::codes::coded;
use super::product::{Causale, PaymentMode, Product};

/// One production unit of one employer position.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct UnitKey {
    /// Position of the employer.
    pub matricola: Matricola,
    /// Unit within it; 0 is the registered seat.
    pub code: ProductionUnitCode,
}

coded! {
    /// Quality in which somebody files.
    pub enum FilerQuality {
        /// Titolare (AZ-TIT).
        Owner = "OWNER",
        /// Rappresentante legale (AZ-LR).
        LegalRepresentative = "LEGAL_REPRESENTATIVE",
        /// Consulente aziendale (AZ-CON).
        CompanyConsultant = "COMPANY_CONSULTANT",
        /// Intermediario (INT).
        Intermediary = "INTERMEDIARY",
    }
}

/// One worker concerned, as written (`claims.md` CLM-3). Prints without the codice fiscale, so that it cannot slip into
/// a log.
#[derive(Clone, PartialEq, Eq)]
pub struct Beneficiary {
    /// Codice fiscale.
    pub codice_fiscale: String,
    /// Qualifica.
    pub qualifica: String,
    /// Contractual hours a week, in hundredths.
    pub weekly_hours_hundredths: i64,
    /// Day of hiring.
    pub hired_on: Option<NaiveDate>,
    /// Hours asked for over the whole period, in hundredths.
    pub hours_requested_hundredths: i64,
    /// IBAN, for the 40 % advance; empty otherwise.
    pub iban: String,
}

impl std::fmt::Debug for Beneficiary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Beneficiary")
            .field(
                "hours_requested_hundredths",
                &self.hours_requested_hundredths,
            )
            .finish_non_exhaustive()
    }
}

/// Weeks as written: the first day need not be a Monday yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WrittenPeriod {
    /// First day.
    pub first_day: NaiveDate,
    /// Number of weeks.
    pub weeks: u32,
}

/// Sections of the technical report (`claims.md` CLM-8).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TechnicalReport {
    /// Activity of the unit.
    pub activity: String,
    /// The event and its causes.
    pub event_and_causes: String,
    /// Consequences on work.
    pub consequences: String,
    /// Why it is transient and when work resumes.
    pub transience_and_resumption: String,
    /// Why neither firm nor workers are the cause.
    pub non_attributability: String,
    /// Why the firm stays in the market.
    pub market_continuity: String,
    /// Sections that the reason asks for.
    pub sections: Vec<ReportSection>,
}

/// A section that a reason asks for besides the common ones (`claims.md` §4.5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportSection {
    /// Identifier, as in the rules.
    pub section_id: String,
    /// Text.
    pub text: String,
}

impl TechnicalReport {
    /// Text of a section that a reason asks for; `None` when it is not there.
    pub fn of_causale(&self, section: &str) -> Option<&str> {
        let found = self.sections.iter().find(|it| it.section_id == section);
        found.map(|it| it.text.as_str())
    }

    /// The sections by name, in the order of the page.
    pub fn sections(&self) -> [(&'static str, &str); 6] {
        [
            ("activity", &self.activity),
            ("event_and_causes", &self.event_and_causes),
            ("consequences", &self.consequences),
            ("transience_and_resumption", &self.transience_and_resumption),
            ("non_attributability", &self.non_attributability),
            ("market_continuity", &self.market_continuity),
        ]
    }
}

coded! {
    /// Who was told of the suspension.
    pub enum RecipientKind {
        /// Rappresentanza sindacale aziendale.
        Rsa = "RSA",
        /// Rappresentanza sindacale unitaria.
        Rsu = "RSU",
        /// Territorial branch of a union.
        TerritorialUnion = "TERRITORIAL_UNION",
    }
}

/// One addressee of the communication.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    /// Kind.
    pub kind: Option<RecipientKind>,
    /// Name.
    pub name: String,
}

coded! {
    /// How the consultation ended.
    pub enum ConsultationOutcome {
        /// Nobody asked for a joint examination.
        NotRequested = "NOT_REQUESTED",
        /// Agreement.
        Agreement = "AGREEMENT",
        /// No agreement.
        NoAgreement = "NO_AGREEMENT",
        /// Its term lapsed.
        Lapsed = "LAPSED",
    }
}

/// Union consultation (art. 14 D.Lgs. 148/2015; `claims.md` CLM-9).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Consultation {
    /// Day of the communication to RSA/RSU and unions.
    pub communication_date: Option<NaiveDate>,
    /// Whether a joint examination was asked for.
    pub joint_exam_requested: bool,
    /// Day on which it ended.
    pub joint_exam_end_date: Option<NaiveDate>,
    /// Who was told.
    pub recipients: Vec<Recipient>,
    /// How it ended.
    pub outcome: Option<ConsultationOutcome>,
}

/// Figures of one year or quarter (`claims.md` §4.4), in euro cents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FinancialIndicator {
    /// Civil year.
    pub year: i32,
    /// Quarter 1 to 4; `None` for the whole year.
    pub quarter: Option<u32>,
    /// Turnover.
    pub turnover_cents: i64,
    /// Operating result.
    pub operating_result_cents: i64,
    /// Net result.
    pub net_result_cents: i64,
    /// Debt.
    pub debt_cents: i64,
}

/// Workers who share the same weekly hours (art. 12 c. 6 D.Lgs. 148/2015), in hundredths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeadcountGroup {
    /// Weekly contractual hours.
    pub weekly_hours_hundredths: i64,
    /// Average heads of the previous semester.
    pub average_heads_hundredths: i64,
}

/// What was used, when INPS counts otherwise (Msg 3566/2018).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeclaredUsed {
    /// Weeks.
    pub weeks: u32,
    /// The days, in detail.
    pub days: Vec<NaiveDate>,
}

/// The decree that a claim follows (`claims.md` CLM-1).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Decree {
    /// Who issued it.
    pub authority: String,
    /// Number.
    pub number: String,
    /// Day.
    pub date: Option<NaiveDate>,
    /// First day decreed.
    pub from: Option<NaiveDate>,
    /// Last day decreed.
    pub to: Option<NaiveDate>,
    /// Hours decreed, in hundredths.
    pub hours_hundredths: i64,
}

/// Autodichiarazione made with the claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SelfDeclaration {
    /// Identifier.
    pub declaration_id: String,
    /// What is declared.
    pub text: String,
    /// Day.
    pub declared_on: Option<NaiveDate>,
    /// Codice fiscale of who declares.
    pub declarant: String,
}

/// Answer for one forced finding (`claims.md` CLM-6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OverrideNote {
    /// Code of the finding.
    pub code: String,
    /// Why the filer is sure.
    pub note: String,
}

/// Lists of more workers are not carried along with a claim: they are read by the page, or by those who need them whole.
pub const INLINE_LIST_MOST: usize = 1_000;

/// Content of a claim, as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// The production unit.
    pub unit: UnitKey,
    /// The instrument.
    pub product: Option<Product>,
    /// The reason.
    pub causale: Option<Causale>,
    /// The weeks.
    pub period: Option<WrittenPeriod>,
    /// Actual first day, when it is not the Monday.
    pub effective_start_date: Option<NaiveDate>,
    /// Days on which the event occurred.
    pub event_days: Vec<NaiveDate>,
    /// Number of workers.
    pub beneficiaries_count: u32,
    /// Hours asked for, in hundredths.
    pub hours_requested_hundredths: i64,
    /// The workers; empty when they are left out.
    pub beneficiaries: Vec<Beneficiary>,
    /// Read: the list is longer than [`INLINE_LIST_MOST`] and left out. Written: the list stays as it is.
    pub beneficiaries_omitted: bool,
    /// Who advances the money.
    pub payment_mode: Option<PaymentMode>,
    /// Statement of financial difficulty, for direct payment.
    pub direct_payment_statement: String,
    /// Technical report.
    pub technical_report: Option<TechnicalReport>,
    /// Consultation.
    pub consultation: Option<Consultation>,
    /// Self-declarations.
    pub self_declarations: Vec<SelfDeclaration>,
    /// Notes for forced findings.
    pub override_notes: Vec<OverrideNote>,
    /// Quality in which the filer acts.
    pub filer_quality: Option<FilerQuality>,
    /// PEC address for the answers.
    pub contact_pec: String,
    /// E-mail address for the answers.
    pub contact_email: String,
    /// Ticket that the employer already generated.
    pub ticket: Option<Ticket>,
    /// Phone for the answers.
    pub contact_phone: String,
    /// Codice fiscale of who files.
    pub filer_codice_fiscale: String,
    /// Code of the bilateral fund.
    pub fund_code: String,
    /// Average headcount by weekly hours; empty until the platform fills it in.
    pub headcount: Vec<HeadcountGroup>,
    /// ISTAT province of the registered seat; empty until the platform fills it in.
    pub seat_province_istat: String,
    /// Authorisation or protocol that this claim extends.
    pub extension_of: String,
    /// Weeks used, when INPS counts otherwise.
    pub declared_used: Option<DeclaredUsed>,
    /// Financial indicators.
    pub financial_indicators: Vec<FinancialIndicator>,
    /// The decree.
    pub decree: Option<Decree>,
    /// Days asked for, where days are counted.
    pub days_requested: u32,
    /// Whether the 40 % advance is asked for.
    pub advance_40_requested: bool,
}

impl Content {
    /// Content that names the unit and nothing else.
    pub fn of(unit: UnitKey) -> Self {
        Self {
            unit,
            product: None,
            causale: None,
            period: None,
            effective_start_date: None,
            event_days: Vec::new(),
            beneficiaries_count: 0,
            hours_requested_hundredths: 0,
            beneficiaries: Vec::new(),
            beneficiaries_omitted: false,
            payment_mode: None,
            direct_payment_statement: String::new(),
            technical_report: None,
            consultation: None,
            self_declarations: Vec::new(),
            override_notes: Vec::new(),
            filer_quality: None,
            contact_pec: String::new(),
            contact_email: String::new(),
            ticket: None,
            contact_phone: String::new(),
            filer_codice_fiscale: String::new(),
            fund_code: String::new(),
            headcount: Vec::new(),
            seat_province_istat: String::new(),
            extension_of: String::new(),
            declared_used: None,
            financial_indicators: Vec::new(),
            decree: None,
            days_requested: 0,
            advance_40_requested: false,
        }
    }

    /// The weeks, when they are whole weeks (CAL-5).
    pub fn weeks(&self) -> Option<WeekPeriod> {
        let written = self.period?;
        WeekPeriod::new(Week::from_monday(written.first_day).ok()?, written.weeks).ok()
    }

    /// First day of the suspension: `effective_start_date`, or the Monday (Msg 4067/2017).
    pub fn start(&self) -> Option<NaiveDate> {
        self.effective_start_date
            .or(self.period.map(|period| period.first_day))
    }

    /// Average heads of the previous semester, in hundredths, as the claim states them.
    pub fn average_heads_hundredths(&self) -> i64 {
        self.headcount
            .iter()
            .map(|group| group.average_heads_hundredths)
            .sum()
    }

    /// Whether the reason is an unavoidable event.
    pub fn is_eone(&self) -> bool {
        self.causale.is_some_and(Causale::is_eone)
    }

    /// Earliest day of the event.
    pub fn first_event_day(&self) -> Option<NaiveDate> {
        self.event_days.iter().min().copied()
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::samples;

    #[test]
    fn a_claim_that_is_printed_names_nobody() {
        let printed = format!(
            "{:?} {:?}",
            samples::filed("2026-09-07", 8, "2026-09-10"),
            samples::unit_facts()
        );
        assert!(
            !printed.contains("RSSMRA80A01H501U") && !printed.contains("12345678903"),
            "{printed}"
        );
    }
}
