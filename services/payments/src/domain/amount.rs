//! What a line is due (`claims.md` PAY-9), by the rulebook (`limits.md` §8), with the steps that lead there. The figure of
//! the employer is compared, never used.

use kernel::{Cents, Hours};
use rulebook::amount::{Band, Integration, cap, integration};
use rulebook::exact::{decimal, hundredths, whole};
use rulebook::rules::{Cap, Key, OutOfRange, Rules};

use super::line::Line;
use super::month::Month;

/// What the amount of a line depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Basis {
    /// Month.
    pub month: Month,
    /// Pay of an hour.
    pub hourly_pay: Cents,
    /// Workable hours of the month.
    pub workable_hours: Hours,
    /// Hours integrated.
    pub hours: Hours,
    /// Whether the cap for seasonal bad weather in construction and stone holds (L. 549/1995 art. 2 c. 17).
    pub construction_weather: bool,
}

impl Basis {
    /// That of a line.
    pub fn of(line: &Line, construction_weather: bool) -> Self {
        Self {
            month: line.month,
            hourly_pay: line.hourly_pay,
            workable_hours: line.workable_hours,
            hours: line.hours(),
            construction_weather,
        }
    }

    /// The pay of the month, which until 2021 chose between two caps: hourly pay by workable hours, since a flow does not
    /// tell the monthly one. [D]
    fn monthly_pay(&self) -> Cents {
        let workable = self.workable_hours.hundredths();
        self.hourly_pay
            .checked_ratio(workable, 100)
            .unwrap_or(Cents::new(i64::MAX))
    }
}

/// A step of the computation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What it finds, in Italian.
    pub italian: &'static str,
    /// What it finds, in English.
    pub english: &'static str,
    /// How, such as `0.80 × 12.50`.
    pub formula: String,
    /// What comes of it, in euro.
    pub result: String,
    /// Where it is written.
    pub source: &'static str,
}

/// An amount and how it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Amount {
    /// Gross and net.
    pub integration: Integration,
    /// Which cap.
    pub band: Band,
    /// The steps.
    pub steps: Vec<Step>,
}

/// What is due; `None` where the rules do not know the month, or less than a cent is left to pay: an operator sets the amount.
pub fn due(rules: &Rules, basis: &Basis) -> Option<Integration> {
    let (_, _, integration) = compute(rules, basis).ok()?;
    is_payable(integration).then_some(integration)
}

/// What is due, step by step; `None` where [`due`] is.
pub fn explained(rules: &Rules, basis: &Basis) -> Option<Amount> {
    let (band, cap, integration) = compute(rules, basis).ok()?;
    let steps = steps(rules, basis, cap, integration).ok()?;
    is_payable(integration).then_some(Amount {
        integration,
        band,
        steps,
    })
}

/// No bank takes an order of nothing.
fn is_payable(integration: Integration) -> bool {
    integration.net > Cents::new(0)
}

fn compute(rules: &Rules, basis: &Basis) -> Result<(Band, Cap, Integration), OutOfRange> {
    let on = basis.month.first_day();
    let (band, cap) = cap(rules, on, basis.monthly_pay(), basis.construction_weather)?;
    let hourly_pay = hundredths(basis.hourly_pay.get());
    let integration = integration(
        rules,
        on,
        hourly_pay,
        cap,
        basis.workable_hours,
        basis.hours,
    )?;
    Ok((band, cap, integration))
}

fn steps(
    rules: &Rules,
    basis: &Basis,
    cap: Cap,
    due: Integration,
) -> Result<Vec<Step>, OutOfRange> {
    let (pay, hours, workable) = (basis.hourly_pay, basis.hours, basis.workable_hours);
    let rate = |key| {
        let row = rules.covering(key, basis.month.first_day(), "month");
        row.map(|row| whole(row.value))
    };
    let share = rate(Key::IntegrationPercent)? / whole(1_000);
    let kept = whole(1) - rate(Key::ReductionPercent)? / whole(10_000);
    let part_of_pay = hundredths(pay.get()) * share;
    let hourly_cap = hundredths(cap.gross.get()) / hundredths(workable.hundredths().max(1));
    let by_hour = if due.capped {
        &hourly_cap
    } else {
        &part_of_pay
    };
    let share = decimal(&share, 2);
    let net = if due.capped {
        format!("{} × {hours} ÷ {workable}", cap.net)
    } else {
        format!("{} × {}", due.gross, decimal(&kept, 4))
    };
    Ok(vec![
        Step {
            italian: "80 % della paga oraria",
            english: "80 % of the hourly pay",
            formula: format!("{share} × {pay}"),
            result: decimal(&part_of_pay, 4),
            source: "art. 3 c. 1 D.Lgs. 148/2015",
        },
        Step {
            italian: "massimale orario del mese",
            english: "hourly ceiling of the month",
            formula: format!("{} ÷ {workable}", cap.gross),
            result: decimal(&hourly_cap, 4),
            source: "art. 3 c. 5 D.Lgs. 148/2015",
        },
        Step {
            italian: "importo lordo: il minore dei due per le ore",
            english: "gross: the lower of the two by the hours",
            formula: format!("{} × {hours}", decimal(by_hour, 4)),
            result: due.gross.to_string(),
            source: "art. 3 c. 1 e 5 D.Lgs. 148/2015",
        },
        Step {
            italian: "importo al netto della riduzione del 5,84 %",
            english: "net of the reduction of 5.84 %",
            formula: net,
            result: due.net.to_string(),
            source: "art. 26 L. 41/1986",
        },
    ])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rulebook::rules::IN_FORCE;

    use super::*;
    use crate::domain::samples::day;

    fn basis(pay: i64, hours: i64, workable: i64) -> Basis {
        Basis {
            month: Month::of(day(2026, 9, 1)),
            hourly_pay: Cents::new(pay),
            workable_hours: Hours::from_hundredths(workable),
            hours: Hours::from_hundredths(hours),
            construction_weather: false,
        }
    }

    #[test]
    fn pay_9_the_worked_examples_of_2026() {
        let due = |pay, hours, workable| {
            let due = due(&IN_FORCE, &basis(pay, hours, workable)).unwrap();
            (due.gross.get(), due.net.get())
        };
        assert_eq!(due(1250, 8000, 16_800), (67_795, 63_836));
        assert_eq!(due(900, 4000, 16_800), (28_800, 27_118));
        assert_eq!(due(1500, 17_600, 17_600), (142_369, 134_056));
    }

    #[test]
    fn pay_9_the_reduction_is_taken_from_the_gross_that_was_rounded() {
        let amount = explained(&IN_FORCE, &basis(901, 3900, 16_800)).unwrap();
        let told = |place: usize| {
            let step = &amount.steps[place];
            (step.formula.as_str(), step.result.as_str())
        };
        assert_eq!(told(2), ("7.2080 × 39.00", "281.11"));
        assert_eq!(told(3), ("281.11 × 0.9416", "264.69"));
    }

    #[test]
    fn the_steps_say_which_of_the_two_held() {
        let amount = explained(&IN_FORCE, &basis(1250, 8000, 16_800)).unwrap();
        let told: Vec<_> = amount
            .steps
            .iter()
            .map(|step| (step.formula.as_str(), step.result.as_str()))
            .collect();
        assert_eq!(
            told,
            [
                ("0.80 × 12.50", "10.0000"),
                ("1423.69 ÷ 168.00", "8.4743"),
                ("8.4743 × 80.00", "677.95"),
                ("1340.56 × 80.00 ÷ 168.00", "638.36"),
            ]
        );
        assert_eq!(amount.band, Band::Single);
    }

    #[test]
    fn a_month_without_a_ceiling_has_no_amount() {
        let mut unknown = basis(1250, 8000, 16_800);
        unknown.month = Month::of(day(2027, 1, 1));
        assert_eq!(due(&IN_FORCE, &unknown), None);
    }

    #[test]
    fn less_than_a_cent_is_no_amount() {
        // 0.80 × 0.10 × 0.01 = 0.0008.
        assert_eq!(due(&IN_FORCE, &basis(10, 1, 16_800)), None);
        assert_eq!(explained(&IN_FORCE, &basis(10, 1, 16_800)), None);
        // 1423.69 ÷ 240 × 0.01 = 0.0593….
        let least = due(&IN_FORCE, &basis(1250, 1, 24_000)).unwrap();
        assert_eq!((least.gross.get(), least.net.get()), (6, 6));
    }

    proptest! {
        #[test]
        fn nobody_is_due_more_than_the_ceiling_of_the_month(
            pay in 1_i64..100_000, workable in 1_i64..=24_000, part in 0_i64..=100
        ) {
            let Some(due) = due(&IN_FORCE, &basis(pay, workable * part / 100, workable)) else {
                return Ok(());
            };
            prop_assert!(due.gross <= Cents::new(142_369));
            prop_assert!(due.net <= Cents::new(134_056));
            prop_assert!(due.net <= due.gross);
        }

        #[test]
        fn more_hours_are_never_due_less(pay in 1_i64..100_000, hours in 0_i64..24_000, more in 0_i64..1_000) {
            let of = |hours| due(&IN_FORCE, &basis(pay, hours, 24_000)).map(|due| (due.gross, due.net));
            prop_assert!(of(hours) <= of(hours + more));
            prop_assert!(of(hours).map(|it| it.1) <= of(hours + more).map(|it| it.1));
        }
    }
}
