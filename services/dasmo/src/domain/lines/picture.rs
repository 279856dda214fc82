//! Counting lines into the picture of a day.

use chrono::NaiveDate;
use kernel::OfficeCode;

use super::super::{Attributes, Dimension, Figures, Picture};
use super::{LineMeasures, LineMovement, LineStage};

/// Flows of one kind that were received on the day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceivedFlows {
    /// Where.
    pub office: OfficeCode,
    /// What flows.
    pub attributes: Attributes,
    /// How many.
    pub flows: i64,
}

/// Lines of one kind that moved alike on the day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MovedLines {
    /// Where.
    pub office: OfficeCode,
    /// What lines.
    pub attributes: Attributes,
    /// What happened.
    pub movement: LineMovement,
    /// When.
    pub day: NaiveDate,
    /// How many.
    pub lines: i64,
    /// Their hours, in hundredths.
    pub hours_hundredths: i64,
    /// Their amounts, in euro cents.
    pub cents: i64,
}

/// Lines of one kind that stand alike at the end of the day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldLines {
    /// Where.
    pub office: OfficeCode,
    /// What lines.
    pub attributes: Attributes,
    /// Stage.
    pub stage: LineStage,
    /// Codes of PAY-5 that stop them.
    pub anomalies: Vec<String>,
    /// Age in days: the day less the day of the receipt.
    pub age_days: i32,
    /// How many.
    pub lines: i64,
    /// Their hours, in hundredths.
    pub hours_hundredths: i64,
    /// Their amounts, in euro cents.
    pub cents: i64,
}

impl Picture<'_, LineMeasures> {
    /// Counts flows received on the day, besides their lines.
    pub fn flows_received(&mut self, received: &ReceivedFlows) {
        let mut more = self.nothing();
        more.received_flows = received.flows;
        self.count(&received.office, &received.attributes, &[], |cell| {
            *cell += &more;
        });
    }

    /// Counts lines that moved on the day.
    pub fn lines_moved(&mut self, moved: &MovedLines) {
        let mut more = self.nothing();
        match moved.movement {
            LineMovement::Received => {
                more.received = moved.lines;
                more.received_hours_hundredths = moved.hours_hundredths;
                more.received_cents = moved.cents;
            }
            LineMovement::Ordered => {
                more.ordered = moved.lines;
                more.ordered_cents = moved.cents;
            }
            LineMovement::Paid => {
                more.paid = moved.lines;
                more.paid_hours_hundredths = moved.hours_hundredths;
                more.paid_cents = moved.cents;
                more.payment_days.add(days_to(moved), moved.lines);
            }
            LineMovement::Rejected => {
                more.rejected = moved.lines;
                more.rejected_cents = moved.cents;
            }
            LineMovement::Cancelled => more.cancelled = moved.lines,
            LineMovement::SentBack => more.sent_back = moved.lines,
            LineMovement::Reopened => {
                more.sent_back = moved.lines;
                more.reopened = moved.lines;
            }
        }
        let outcome = outcome(moved.movement);
        self.count(
            &moved.office,
            &moved.attributes,
            outcome.as_slice(),
            |cell| {
                *cell += &more;
            },
        );
    }

    /// Counts lines in stock at the end of the day. A line stopped by several codes is in the part of each.
    pub fn lines_held(&mut self, held: &HeldLines) {
        let mut more = LineMeasures::none(self.ageing.classes().count());
        more.stock = held.lines;
        *match held.stage {
            LineStage::Verifying => &mut more.stock_verifying,
            LineStage::Stopped => &mut more.stock_stopped,
            LineStage::ToOrder => &mut more.stock_to_order,
            LineStage::Ordered => &mut more.stock_ordered,
        } = held.lines;
        if self
            .ageing
            .is_chronic(held.attributes.product, held.age_days)
        {
            more.stock_chronic = held.lines;
        }
        if self.ageing.is_very_old(held.age_days) {
            more.stock_very_old = held.lines;
        }
        let classes = self.ageing.classes();
        more.ages[classes.position(held.age_days)] = held.lines;
        more.stock_hours_hundredths = held.hours_hundredths;
        more.stock_cents = held.cents;
        let mut here = vec![
            (Dimension::Stage, held.stage.code()),
            (Dimension::Age, classes.name_of(held.age_days)),
        ];
        let codes = held.anomalies.iter();
        here.extend(codes.map(|code| (Dimension::Anomaly, code.as_str())));
        self.count(&held.office, &held.attributes, &here, |cell| *cell += &more);
    }
}

fn days_to(moved: &MovedLines) -> i32 {
    let days = (moved.day - moved.attributes.arrived_on).num_days().max(0);
    i32::try_from(days).unwrap_or(i32::MAX)
}

fn outcome(movement: LineMovement) -> Option<(Dimension, &'static str)> {
    matches!(
        movement,
        LineMovement::Paid | LineMovement::Rejected | LineMovement::Cancelled
    )
    .then(|| (Dimension::Outcome, movement.code()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::super::ageing::tests::of_the_page;
    use super::super::super::{CellKey, Cut, Opening, PictureFault, Product, Section};
    use super::*;

    fn regions() -> BTreeMap<OfficeCode, String> {
        [("490000", "03"), ("490100", "03")]
            .map(|(office, region)| (office.parse().unwrap(), region.to_owned()))
            .into()
    }

    fn attributes() -> Attributes {
        Attributes {
            product: Product::Cigo,
            causale: "COVID19_DL41".to_owned(),
            payment_mode: "DIRECT".to_owned(),
            sector: "1".to_owned(),
            size: "16-50".to_owned(),
            arrived_on: "2026-11-02".parse().unwrap(),
        }
    }

    fn key(unit: &str, cut: Cut) -> CellKey {
        CellKey {
            unit: unit.parse().unwrap(),
            product: Product::Cigo,
            section: Section::Covid,
            cut,
        }
    }

    fn moved(movement: LineMovement, lines: i64) -> MovedLines {
        MovedLines {
            office: "490000".parse().unwrap(),
            attributes: attributes(),
            movement,
            day: "2026-11-24".parse().unwrap(),
            lines,
            hours_hundredths: 4_000 * lines,
            cents: 10_000 * lines,
        }
    }

    fn held(stage: LineStage, anomalies: &[&str], age_days: i32, lines: i64) -> HeldLines {
        HeldLines {
            office: "490000".parse().unwrap(),
            attributes: attributes(),
            stage,
            anomalies: anomalies.iter().map(|code| (*code).to_owned()).collect(),
            age_days,
            lines,
            hours_hundredths: 4_000 * lines,
            cents: 10_000 * lines,
        }
    }

    fn opening(stock: i64) -> BTreeMap<CellKey, Opening> {
        let before = Opening {
            stock,
            ..Opening::default()
        };
        attributes()
            .parts("2026-11")
            .into_iter()
            .map(|(dimension, value)| Cut::by(dimension, value))
            .flat_map(|cut| ["490000", "R03", "IT"].map(|unit| (key(unit, cut.clone()), before)))
            .collect()
    }

    #[test]
    fn what_is_paid_rejected_or_cancelled_leaves_and_what_comes_back_is_in_stock_again() {
        let (ageing, regions) = (of_the_page(), regions());
        let mut picture = Picture::new(&ageing, &regions);
        for (movement, lines) in [
            (LineMovement::Received, 10),
            (LineMovement::Ordered, 6),
            (LineMovement::Paid, 5),
            (LineMovement::Rejected, 2),
            (LineMovement::Cancelled, 1),
            (LineMovement::SentBack, 1),
            (LineMovement::Reopened, 3),
        ] {
            picture.lines_moved(&moved(movement, lines));
        }
        picture.lines_held(&held(LineStage::Verifying, &[], 22, 9));
        let cells = picture.close(&opening(4)).unwrap();
        let cell = &cells[&key("IT", Cut::WHOLE)];
        assert_eq!((cell.received, cell.ordered, cell.paid), (10, 6, 5));
        assert_eq!((cell.sent_back, cell.reopened), (4, 3));
        assert_eq!((cell.paid_cents, cell.rejected_cents), (50_000, 20_000));
        assert_eq!(cell.payment_days.iter().collect::<Vec<_>>(), [(22, 5)]);
        let rejected = &cells[&key("490000", Cut::by(Dimension::Outcome, "REJECTED"))];
        assert_eq!((rejected.rejected, rejected.paid), (2, 0));
    }

    #[test]
    fn a_line_stopped_by_two_codes_is_in_the_part_of_each_and_once_in_the_whole() {
        let (ageing, regions) = (of_the_page(), regions());
        let mut picture = Picture::new(&ageing, &regions);
        picture.lines_held(&held(
            LineStage::Stopped,
            &["CF_UNKNOWN", "BENEFIT_OVERLAP"],
            400,
            2,
        ));
        picture.lines_held(&held(LineStage::ToOrder, &[], 181, 1));
        let cells = picture.close(&opening(3)).unwrap();
        let whole = &cells[&key("R03", Cut::WHOLE)];
        assert_eq!(
            (whole.stock, whole.stock_stopped, whole.stock_to_order),
            (3, 2, 1)
        );
        assert_eq!((whole.stock_chronic, whole.stock_very_old), (3, 2));
        assert_eq!(
            (whole.stock_hours_hundredths, whole.stock_cents),
            (12_000, 30_000)
        );
        for code in ["CF_UNKNOWN", "BENEFIT_OVERLAP"] {
            let part = &cells[&key("490000", Cut::by(Dimension::Anomaly, code))];
            assert_eq!((part.stock, part.stock_stopped), (2, 2), "{code}");
        }
    }

    #[test]
    fn a_step_of_a_line_that_was_lost_breaks_the_identity() {
        let (ageing, regions) = (of_the_page(), regions());
        let mut picture = Picture::new(&ageing, &regions);
        picture.lines_moved(&moved(LineMovement::Received, 3));
        picture.lines_held(&held(LineStage::Verifying, &[], 0, 2));
        assert_eq!(
            picture.close(&BTreeMap::new()),
            Err(PictureFault::IdentityBroken {
                cell: key("490000", Cut::WHOLE),
                expected: 3,
                counted: 2
            })
        );
    }
}
