//! The names under which the rule files hold the figures of the law.

use chrono::NaiveDate;

use super::{FIRST_COUNTED_DAY, day};

/// What a value counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unit {
    /// Weeks.
    Weeks,
    /// Months.
    Months,
    /// Days.
    Days,
    /// Workers.
    Heads,
    /// Per cent, held in tenths.
    Percent,
    /// Per cent, held in hundredths.
    FinePercent,
    /// Thirds of a length.
    Thirds,
    /// Parts into which a whole is divided.
    Parts,
}

impl Unit {
    /// The name that the files give it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Weeks => "weeks",
            Self::Months => "months",
            Self::Days => "days",
            Self::Heads => "heads",
            Self::Percent | Self::FinePercent => "percent",
            Self::Thirds => "thirds",
            Self::Parts => "parts",
        }
    }

    /// How many decimals a value has; it is held as a whole number of the last one.
    pub(super) fn decimals(self) -> usize {
        match self {
            Self::Percent => 1,
            Self::FinePercent => 2,
            _ => 0,
        }
    }
}

/// AIS of every employer, CIGS by size alone: the reform of L. 234/2021.
const REFORM_2022: NaiveDate = day(2022, 1, 1);

/// The reduced contributo addizionale begins.
const REDUCED_SCALE: NaiveDate = day(2025, 1, 1);

macro_rules! keys {
    ($($(#[$doc:meta])+ $variant:ident = $name:literal, $unit:ident, $least:literal..=$most:literal, $since:expr;)+) => {
        /// A figure of the law.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Key {
            $($(#[$doc])+ $variant),+
        }

        impl Key {
            /// Every key, in the order in which it is declared.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The name that the files give it.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            /// What its values count.
            pub fn unit(self) -> Unit {
                match self { $(Self::$variant => Unit::$unit),+ }
            }

            /// Least and most that a value may be, in whole units.
            pub(super) fn bounds(self) -> (i64, i64) {
                match self { $(Self::$variant => ($least, $most)),+ }
            }

            /// First day for which the files must have a value.
            pub(super) fn since(self) -> NaiveDate {
                match self { $(Self::$variant => $since),+ }
            }
        }
    };
}

keys! {
    /// Weeks of one application, art. 12 c. 1.
    ApplicationWeeks = "application_weeks", Weeks, 1..=104, FIRST_COUNTED_DAY;
    /// Continuous weeks, art. 12 c. 1.
    ContinuousWeeks = "continuous_weeks", Weeks, 1..=520, FIRST_COUNTED_DAY;
    /// Consecutive weeks that bring the waiting of art. 12 c. 2.
    WaitingAfterWeeks = "waiting_after_weeks", Weeks, 1..=520, FIRST_COUNTED_DAY;
    /// Weeks of normal work asked for by art. 12 c. 2.
    WaitingWeeks = "waiting_weeks", Weeks, 1..=520, FIRST_COUNTED_DAY;
    /// Weeks of CIGO in the biennio mobile, art. 12 c. 3.
    BienniumWeeks = "biennium_weeks", Weeks, 1..=104, FIRST_COUNTED_DAY;
    /// What the workable hours are divided by, art. 12 c. 5.
    WorkableDivisor = "workable_divisor", Parts, 1..=100, FIRST_COUNTED_DAY;
    /// Months in the quinquennio mobile, art. 4 c. 1.
    TotalMonths = "total_months", Months, 1..=60, FIRST_COUNTED_DAY;
    /// Months in the quinquennio mobile for letters m, n and o, art. 4 c. 2.
    TotalMonthsConstruction = "total_months_construction", Months, 1..=60, FIRST_COUNTED_DAY;
    /// Months of contratto di solidarietà that weigh one half, art. 22 c. 5.
    HalvedCdsMonths = "halved_cds_months", Months, 1..=60, FIRST_COUNTED_DAY;
    /// Months of riorganizzazione in the quinquennio mobile, art. 22 c. 1.
    RiorgMonths = "riorg_months", Months, 1..=60, FIRST_COUNTED_DAY;
    /// Months of one crisis, art. 22 c. 2.
    CrisiMonths = "crisi_months", Months, 1..=60, FIRST_COUNTED_DAY;
    /// Thirds of a crisis that must pass before the next, art. 22 c. 2.
    CrisiGapThirds = "crisi_gap_thirds", Thirds, 1..=6, FIRST_COUNTED_DAY;
    /// Months of contratto di solidarietà in the quinquennio mobile, art. 22 c. 3 and 5.
    CdsMonths = "cds_months", Months, 1..=60, FIRST_COUNTED_DAY;
    /// The same for letter m, where comma 5 does not apply.
    CdsMonthsConstruction = "cds_months_construction", Months, 1..=60, FIRST_COUNTED_DAY;
    /// Most of the workable hours that RIORG and CRISI may suspend, art. 22 c. 4.
    CigsHoursPercent = "cigs_hours_percent", Percent, 1..=100, day(2017, 9, 24);
    /// CIGS is in scope above this average, art. 20 c. 3-bis.
    CigsOverHeads = "cigs_over_heads", Heads, 1..=1000, REFORM_2022;
    /// Weeks of AIS in the biennio mobile for small employers.
    AisWeeksSmall = "ais_weeks_small", Weeks, 1..=104, REFORM_2022;
    /// Weeks of AIS in the biennio mobile for the others.
    AisWeeksLarge = "ais_weeks_large", Weeks, 1..=104, REFORM_2022;
    /// An employer is small up to this average.
    AisSmallHeads = "ais_small_heads", Heads, 1..=1000, REFORM_2022;
    /// What the workable hours are divided by where INPS looks at one third of them for AIS, msg INPS 583/2023.
    AisWorkableDivisor = "ais_workable_divisor", Parts, 1..=100, REFORM_2022;
    /// Contributo addizionale, first band.
    ContributionFirst = "contribution_first_percent", Percent, 0..=100, FIRST_COUNTED_DAY;
    /// Contributo addizionale, second band.
    ContributionSecond = "contribution_second_percent", Percent, 0..=100, FIRST_COUNTED_DAY;
    /// Contributo addizionale, beyond.
    ContributionThird = "contribution_third_percent", Percent, 0..=100, FIRST_COUNTED_DAY;
    /// Weeks of the first band.
    ContributionFirstWeeks = "contribution_first_weeks", Weeks, 1..=260, FIRST_COUNTED_DAY;
    /// Weeks up to which the second band goes.
    ContributionSecondWeeks = "contribution_second_weeks", Weeks, 1..=260, FIRST_COUNTED_DAY;
    /// Reduced contributo addizionale, first band.
    ContributionReducedFirst = "contribution_reduced_first_percent", Percent, 0..=100, REDUCED_SCALE;
    /// Reduced contributo addizionale, second band.
    ContributionReducedSecond = "contribution_reduced_second_percent", Percent, 0..=100, REDUCED_SCALE;
    /// Reduced contributo addizionale, beyond.
    ContributionReducedThird = "contribution_reduced_third_percent", Percent, 0..=100, REDUCED_SCALE;
    /// Months without wage integration that bring the reduced scale.
    ContributionReducedMonths = "contribution_reduced_months", Months, 1..=120, REDUCED_SCALE;
    /// Contributo addizionale of AIS.
    ContributionAis = "contribution_ais_percent", Percent, 0..=100, REFORM_2022;
    /// Reduced contributo addizionale of AIS.
    ContributionAisReduced = "contribution_ais_reduced_percent", Percent, 0..=100, REDUCED_SCALE;
    /// Share of the pay for the hours not worked, art. 3 c. 1.
    IntegrationPercent = "integration_percent", Percent, 1..=100, FIRST_COUNTED_DAY;
    /// What is taken off the integration, art. 26 L. 41/1986.
    ReductionPercent = "reduction_percent", FinePercent, 0..=100, FIRST_COUNTED_DAY;
    /// Days to file for CIGO from the start, art. 15 c. 2.
    CigoFilingDays = "cigo_filing_days", Days, 1..=365, FIRST_COUNTED_DAY;
    /// Months after that of the event at whose end the term of an EONE falls, art. 15 c. 2.
    EoneFilingMonths = "eone_filing_months", Months, 1..=12, day(2016, 10, 8);
    /// Days before filing that a late application still covers, art. 15 c. 3.
    LateCoverageDays = "late_coverage_days", Days, 0..=365, FIRST_COUNTED_DAY;
    /// Days before the start from which AIS may be filed, art. 30 c. 2.
    AisEarliestDays = "ais_earliest_days", Days, 0..=365, FIRST_COUNTED_DAY;
    /// Days after the start within which AIS must be filed, art. 30 c. 2.
    AisFilingDays = "ais_filing_days", Days, 1..=365, FIRST_COUNTED_DAY;
    /// Days to file for CIGS from the agreement, art. 25 c. 1.
    CigsFilingDays = "cigs_filing_days", Days, 1..=365, FIRST_COUNTED_DAY;
    /// Days from filing after which a late CIGS runs, art. 25 c. 3.
    CigsLateDays = "cigs_late_days", Days, 0..=365, FIRST_COUNTED_DAY;
    /// Months after that of the integration at whose end the data of direct payment are due, art. 7 c. 5-bis.
    DirectMonths = "direct_months", Months, 1..=60, FIRST_COUNTED_DAY;
    /// Days from the communication within which the same data may still come, art. 7 c. 5-bis.
    DirectDays = "direct_days", Days, 1..=365, FIRST_COUNTED_DAY;
    /// Months of the conguaglio, art. 7 c. 3.
    ConguaglioMonths = "conguaglio_months", Months, 1..=60, FIRST_COUNTED_DAY;
}

impl Key {
    /// The key of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|key| key.as_str() == name)
    }
}
