//! What the anagrafe knows of a production unit when a claim is compiled.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::OfficeCode;
use serde::{Deserialize, Serialize};

use super::content::HeadcountGroup;

/// Days between which something is active.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activity {
    /// First day.
    pub from: NaiveDate,
    /// Last day; `None` while active.
    pub to: Option<NaiveDate>,
}

impl Activity {
    /// Whether a day lies inside.
    pub fn covers(self, day: NaiveDate) -> bool {
        self.from <= day && self.to.is_none_or(|last| day <= last)
    }
}

/// Employer, unit and competent office, as they are at an instant. Prints without the employer, who may be a person.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitFacts {
    /// Name of the employer.
    pub employer_name: String,
    /// Codice fiscale of the firm, the same for all its matricole.
    pub employer_cf: String,
    /// Codice statistico contributivo, five digits.
    pub csc: String,
    /// Authorisation codes, such as `1S`.
    pub authorization_codes: Vec<String>,
    /// ATECO code, `NN.NN.NN`.
    pub ateco: String,
    /// `ATECO_2007` or `ATECO_2025`.
    pub ateco_version: String,
    /// ISTAT province of the registered seat, three digits.
    pub seat_province_istat: String,
    /// Letter of art. 10 D.Lgs. 148/2015, or `fis`.
    pub sector: String,
    /// Working days of a week, 5 or 6.
    pub working_days: i16,
    /// Protection scheme in force (`claims.md` CLM-2).
    pub protection_scheme: String,
    /// Name of the unit.
    pub unit_name: String,
    /// Street and number of the unit.
    pub unit_address: String,
    /// Municipality of the unit, Belfiore code.
    pub unit_municipality: String,
    /// ISTAT province of the unit, three digits.
    pub unit_province_istat: String,
    /// False for a building site that does not qualify as a production unit.
    pub is_production_unit: bool,
    /// When the employer position is active.
    pub employer_active: Activity,
    /// When the unit is active.
    pub unit_active: Activity,
    /// Office competent for the claim (`claims.md` CLM-5).
    pub competent_office: OfficeCode,
    /// Its title, such as `Direzione provinciale di Milano`; empty in what was kept before titles were.
    #[serde(default)]
    pub office_title: String,
    /// ISTAT code of its region, two digits.
    pub region_istat: String,
    /// Average heads of the last six months, in hundredths.
    pub average_heads_hundredths: i64,
    /// Who works there, for the limits.
    pub staff: Staff,
    /// The same, by weekly contractual hours.
    pub headcount: Vec<HeadcountGroup>,
}

/// Who works in a unit and for its employer, in the semesters that count for a claim filed today (`limits.md` §1.3, §2.3).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Staff {
    /// Workers of the unit by weekly contractual hours; empty when they are not known.
    pub groups: Vec<HoursGroup>,
    /// Heads of the employer in each month that is known, in hundredths.
    pub employer_monthly_heads: Vec<i64>,
}

/// Workers of a unit who share the same weekly contractual hours (art. 12 c. 6 D.Lgs. 148/2015).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoursGroup {
    /// Weekly contractual hours, in hundredths.
    pub weekly_hours: i64,
    /// Their heads in each month that is known, in hundredths.
    pub monthly_heads: Vec<i64>,
}

/// What the anagrafe said of a unit, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownUnit {
    /// What it said.
    pub facts: UnitFacts,
    /// When.
    pub at: DateTime<Utc>,
}

impl std::fmt::Debug for UnitFacts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UnitFacts")
            .field("sector", &self.sector)
            .field("competent_office", &self.competent_office)
            .finish_non_exhaustive()
    }
}

impl UnitFacts {
    /// Outside art. 10, covered by the FIS.
    pub fn is_of_fis(&self) -> bool {
        self.sector == "fis"
    }

    /// Building and stone: letters m, n, o of art. 10.
    pub fn is_construction_or_stone(&self) -> bool {
        matches!(self.sector.as_str(), "m" | "n" | "o")
    }
}
