//! The last day for the data of a month (`claims.md` PAY-1), and the first (PAY-2). No holiday moves either.

use chrono::NaiveDate;
use kernel::calendar::{add_months, end_of_month};
use kernel::{Period, coded};
use rulebook::rules::{OutOfRange, Rules};
use rulebook::terms::Terms;

use super::month::Month;

coded! {
    /// COVID-19 reasons or any other, as their terms differ.
    pub enum Family {
        /// Any other reason.
        Ordinary = "ORDINARY",
        /// Reasons of §5.2.
        Covid19 = "COVID19",
    }
}

coded! {
    /// The rule by which a term was found.
    pub enum TermRule {
        /// Art. 7 c. 5-bis D.Lgs. 148/2015: second month after, or 60 days.
        SixtyDays = "SIXTY_DAYS",
        /// DL 52/2020, Circ. 62/2021: first month after, or 30 days.
        ThirtyDays = "THIRTY_DAYS",
        /// Circ. 47/2020: six months from the end of the pay period, or from the authorisation.
        SixMonths = "SIX_MONTHS",
        /// A postponement of COV-1.
        Postponed = "POSTPONED",
    }
}

impl TermRule {
    /// Where it is written.
    pub fn source(self) -> &'static str {
        match self {
            Self::SixtyDays => "art. 7 c. 5-bis D.Lgs. 148/2015; art. 23 D.L. 4/2022",
            Self::ThirtyDays => "D.L. 52/2020; L. 178/2020 art. 1 c. 301; Circ. INPS 62/2021",
            Self::SixMonths => "art. 7 c. 3 D.Lgs. 148/2015; Circ. INPS 47/2020",
            Self::Postponed => "differimenti, claims.md COV-1",
        }
    }
}

/// The last day for a month, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Term {
    /// Last day.
    pub due: NaiveDate,
    /// Its rule.
    pub rule: TermRule,
}

/// What the terms of a grant depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Granted {
    /// Its reasons.
    pub family: Family,
    /// The days granted.
    pub period: Period,
    /// Day on which the employer was told of the authorisation.
    pub communicated: NaiveDate,
}

/// A postponement of COV-1: ordinary terms from a day to another are moved for whoever files since it came into force.
struct Postponement {
    from: (i32, u32, u32),
    to: (i32, u32, u32),
    moved_to: (i32, u32, u32),
    in_force: (i32, u32, u32),
}

const POSTPONEMENTS: [Postponement; 5] = [
    // Art. 3 DL 125/2020; Msg 3729/2020.
    Postponement {
        from: (2020, 7, 1),
        to: (2020, 8, 31),
        moved_to: (2020, 10, 31),
        in_force: (2020, 10, 8),
    },
    // Art. 12 DL 149/2020; Msg 4222/2020.
    Postponement {
        from: (2020, 9, 1),
        to: (2020, 9, 30),
        moved_to: (2020, 11, 15),
        in_force: (2020, 11, 9),
    },
    // Art. 11 c. 10-bis and 10-ter DL 183/2020; Msg 1008/2021.
    Postponement {
        from: (2020, 2, 23),
        to: (2020, 12, 31),
        moved_to: (2021, 3, 31),
        in_force: (2021, 3, 2),
    },
    // DL 41/2021 (L. 69/2021); Msg 2310/2021.
    Postponement {
        from: (2021, 1, 1),
        to: (2021, 3, 31),
        moved_to: (2021, 6, 30),
        in_force: (2021, 5, 22),
    },
    // Art. 11-bis DL 146/2021; Msg 4580/2021.
    Postponement {
        from: (2021, 1, 31),
        to: (2021, 9, 30),
        moved_to: (2021, 12, 31),
        in_force: (2021, 12, 21),
    },
];

/// First month of art. 7 c. 5-bis (D.L. 4/2022).
const SIXTY_DAYS_FROM: (i32, u32, u32) = (2022, 1, 1);
/// First month of DL 52/2020, in force since 17 June 2020. [D]
const THIRTY_DAYS_FROM: (i32, u32, u32) = (2020, 6, 1);

fn date((year, month, day): (i32, u32, u32)) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap_or(NaiveDate::MAX)
}

/// The last day for the data of a month, for whoever sends them today.
pub fn last_day(
    rules: &Rules,
    granted: Granted,
    month: Month,
    today: NaiveDate,
) -> Result<Term, OutOfRange> {
    let ordinary = ordinary_term(rules, granted, month)?;
    let postponed = POSTPONEMENTS
        .iter()
        .filter(|_| granted.family == Family::Covid19)
        .filter(|one| (date(one.from)..=date(one.to)).contains(&ordinary.due))
        .filter(|one| date(one.in_force) <= today)
        .map(|one| date(one.moved_to))
        .max()
        .filter(|moved| *moved > ordinary.due);
    Ok(postponed.map_or(ordinary, |due| Term {
        due,
        rule: TermRule::Postponed,
    }))
}

fn ordinary_term(rules: &Rules, granted: Granted, month: Month) -> Result<Term, OutOfRange> {
    let first = month.first_day();
    let terms = Terms::new(rules);
    if first >= date(SIXTY_DAYS_FROM) {
        return Ok(Term {
            due: terms.direct_payment(first, granted.communicated)?.due(),
            rule: TermRule::SixtyDays,
        });
    }
    if granted.family == Family::Covid19 && first >= date(THIRTY_DAYS_FROM) {
        let by_month = end_of_month(add_months(first, 1));
        let by_days = granted.communicated + chrono::TimeDelta::days(30);
        return Ok(Term {
            due: by_month.max(by_days),
            rule: TermRule::ThirtyDays,
        });
    }
    Ok(Term {
        due: terms.conguaglio(granted.period.last_day(), granted.communicated)?,
        rule: TermRule::SixMonths,
    })
}

/// First day on which a flow over a period may be sent: the day after (PAY-2).
pub fn first_day(covered: Period) -> NaiveDate {
    covered.last_day().succ_opt().unwrap_or(NaiveDate::MAX)
}

#[cfg(test)]
mod tests {
    use rulebook::rules::IN_FORCE;

    use super::*;
    use crate::domain::samples::day;

    fn granted(family: Family, communicated: NaiveDate) -> Granted {
        Granted {
            family,
            period: Period::between(day(2021, 3, 1), day(2021, 10, 31)),
            communicated,
        }
    }

    fn due(family: Family, month: (i32, u32), communicated: NaiveDate, today: NaiveDate) -> Term {
        let month = Month::of(day(month.0, month.1, 1));
        last_day(&IN_FORCE, granted(family, communicated), month, today).unwrap()
    }

    #[test]
    fn pay_1_september_and_october_2026_communicated_on_20_october() {
        let told = day(2026, 10, 20);
        let september = due(Family::Ordinary, (2026, 9), told, told);
        assert_eq!(
            (september.due, september.rule),
            (day(2026, 12, 19), TermRule::SixtyDays)
        );
        assert_eq!(
            due(Family::Ordinary, (2026, 10), told, told).due,
            day(2026, 12, 31)
        );
    }

    #[test]
    fn pay_1_covid_october_2021_notified_on_10_november() {
        let term = due(
            Family::Covid19,
            (2021, 10),
            day(2021, 11, 10),
            day(2021, 12, 21),
        );
        assert_eq!(
            (term.due, term.rule),
            (day(2021, 12, 10), TermRule::ThirtyDays)
        );
    }

    #[test]
    fn pay_1_covid_may_2021_notified_on_10_june_and_postponed_from_21_december() {
        let on = |today| due(Family::Covid19, (2021, 5), day(2021, 6, 10), today).due;
        assert_eq!(on(day(2021, 12, 20)), day(2021, 7, 10));
        assert_eq!(on(day(2021, 12, 21)), day(2021, 12, 31));
    }

    #[test]
    fn pay_1_before_the_decrees_six_months_from_the_end_of_the_pay_period() {
        let term = due(
            Family::Ordinary,
            (2021, 5),
            day(2021, 6, 10),
            day(2021, 7, 1),
        );
        assert_eq!(
            (term.due, term.rule),
            (day(2022, 4, 30), TermRule::SixMonths)
        );
    }

    #[test]
    fn pay_2_a_flow_may_be_sent_from_the_day_after_its_last_one() {
        let covered = Period::between(day(2026, 9, 7), day(2026, 9, 30));
        assert_eq!(first_day(covered), day(2026, 10, 1));
    }
}
