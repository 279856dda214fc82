//! The picture of a day: the measures of `claims.md` §9.2 in every cell, and the identity that they obey.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use kernel::OfficeCode;

use super::{
    Ageing, Attributes, CellKey, Cut, Dimension, Figures, Measures, Movement, Outcome, Product,
    Section, Stage, Unit, month_of,
};

/// What a cell carries over from the day before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Opening {
    /// Stock at the end of the day before.
    pub stock: i64,
    /// Received since the beginning.
    pub received_total: i64,
    /// Defined since the beginning.
    pub defined_total: i64,
}

/// A claim that moved on the day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved<'a> {
    /// Where.
    pub office: OfficeCode,
    /// What claim.
    pub attributes: &'a Attributes,
    /// What happened.
    pub movement: Movement,
    /// When.
    pub day: NaiveDate,
    /// Days it had spent waiting for the employer by then.
    pub waited_days: i32,
    /// Its workers.
    pub workers: i64,
    /// Its hours, in hundredths.
    pub hours_hundredths: i64,
}

/// A claim in stock at the end of the day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holding {
    /// Where.
    pub office: OfficeCode,
    /// What claim.
    pub attributes: Attributes,
    /// Stage.
    pub stage: Stage,
    /// Age in days: the day less the day of the protocol. A transfer does not reset it.
    pub age_days: i32,
    /// Its workers.
    pub workers: i64,
    /// Its hours, in hundredths.
    pub hours_hundredths: i64,
}

/// Decided claims that wait for a second word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Where.
    pub office: OfficeCode,
    /// What claims.
    pub attributes: Attributes,
    /// For what.
    pub waiting_for: WaitingFor,
    /// How many.
    pub claims: i64,
}

/// What a decided claim may wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaitingFor {
    /// Riesame.
    Reexamination,
    /// Ricorso.
    Appeal,
}

/// The figures of one day in the making. Offices are counted; regions and Italy are their sums.
#[derive(Debug)]
pub struct Picture<'a, F> {
    pub(super) ageing: &'a Ageing,
    regions: &'a BTreeMap<OfficeCode, String>,
    offices: HashMap<OfficeCode, HashMap<(Product, Section), Parts<F>>>,
}

/// Figures by characteristic and value.
type Parts<F> = BTreeMap<Dimension, HashMap<String, F>>;

impl Picture<'_, Measures> {
    /// Counts a movement of the day.
    pub fn moved(&mut self, moved: &Moved<'_>) {
        let mut more = self.nothing();
        let mut of_the_day = None;
        match moved.movement {
            Movement::Received => {
                more.received = 1;
                more.received_total = 1;
                more.received_workers = moved.workers;
                more.received_hours_hundredths = moved.hours_hundredths;
            }
            Movement::Defined(outcome) => {
                count_definition(&mut more, moved, outcome);
                of_the_day = Some((Dimension::Outcome, outcome.code()));
            }
            Movement::Withdrawn => more.withdrawn = 1,
            Movement::Annulled => more.annulled = 1,
            Movement::TransferredIn => more.transferred_in = 1,
            Movement::TransferredOut => more.transferred_out = 1,
        }
        self.count(
            &moved.office,
            moved.attributes,
            of_the_day.as_slice(),
            |cell| {
                *cell += &more;
            },
        );
    }

    /// Counts a claim in stock at the end of the day.
    pub fn hold(&mut self, holding: &Holding) {
        let ageing = self.ageing;
        let chronic = ageing.is_chronic(holding.attributes.product, holding.age_days);
        let very_old = ageing.is_very_old(holding.age_days);
        let class = ageing.classes().position(holding.age_days);
        let here = [
            (Dimension::Stage, holding.stage.code()),
            (Dimension::Age, ageing.classes().name_of(holding.age_days)),
        ];
        self.count(&holding.office, &holding.attributes, &here, |cell| {
            cell.stock += 1;
            *match holding.stage {
                Stage::ToTake => &mut cell.stock_to_take,
                Stage::UnderReview => &mut cell.stock_under_review,
                Stage::Waiting => &mut cell.stock_waiting,
            } += 1;
            cell.stock_chronic += i64::from(chronic);
            cell.stock_very_old += i64::from(very_old);
            cell.ages[class] += 1;
            cell.stock_workers += holding.workers;
            cell.stock_hours_hundredths += holding.hours_hundredths;
        });
    }

    /// Counts decided claims that wait for a second word at the end of the day.
    pub fn waiting(&mut self, waiting: &Waiting) {
        let mut more = self.nothing();
        *match waiting.waiting_for {
            WaitingFor::Reexamination => &mut more.reexaminations_pending,
            WaitingFor::Appeal => &mut more.appeals_pending,
        } = waiting.claims;
        self.count(&waiting.office, &waiting.attributes, &[], |cell| {
            *cell += &more;
        });
    }
}

impl<'a, F: Figures> Picture<'a, F> {
    /// A picture without movements or stock yet. `regions` holds the region of every office.
    pub fn new(ageing: &'a Ageing, regions: &'a BTreeMap<OfficeCode, String>) -> Self {
        Self {
            ageing,
            regions,
            offices: HashMap::new(),
        }
    }

    /// The finished cells, ordered, without those in which nothing ever happened or is left. `opening` is what the cells
    /// of the day before leave.
    ///
    /// # Errors
    /// [`PictureFault`] when the stock of a cell is not what the day before and the movements of the day make of it
    /// (`claims.md` DAS-1). Stock and movements are counted apart, so this catches a step lost or counted twice.
    pub fn close(
        self,
        opening: &BTreeMap<CellKey, Opening>,
    ) -> Result<BTreeMap<CellKey, F>, PictureFault> {
        let blank = self.nothing();
        let mut cells = self.rolled_up()?;
        for (key, before) in opening {
            let cell = cells.entry(key.clone()).or_insert_with(|| blank.clone());
            cell.carry_over(before);
        }
        for (key, cell) in cells.iter().filter(|(key, _)| key.cut.dimension.lasts()) {
            let before = opening.get(key).map_or(0, |opening| opening.stock);
            let expected = cell.stock_by_movements(before);
            if expected != cell.stock() {
                return Err(PictureFault::IdentityBroken {
                    cell: key.clone(),
                    expected,
                    counted: cell.stock(),
                });
            }
        }
        cells.retain(|_, cell| *cell != blank);
        Ok(cells)
    }

    pub(super) fn nothing(&self) -> F {
        F::none(self.ageing.classes().count())
    }

    /// Adds to every cell of the office that these claims or lines belong to: those of what they are, and some of the day.
    pub(super) fn count(
        &mut self,
        office: &OfficeCode,
        attributes: &Attributes,
        of_the_day: &[(Dimension, &str)],
        add: impl Fn(&mut F),
    ) {
        let blank = self.nothing();
        let kinds = self.offices.entry(office.clone()).or_default();
        let kind = (attributes.product, attributes.section());
        let parts = kinds.entry(kind).or_default();
        let month = month_of(attributes.arrived_on);
        for part in attributes.parts(&month).iter().chain(of_the_day) {
            let (dimension, value) = *part;
            let add = |cell: &mut F| {
                add(cell);
                if !dimension.has_totals() {
                    cell.forget_totals();
                }
            };
            let values = parts.entry(dimension).or_default();
            if let Some(cell) = values.get_mut(value) {
                add(cell);
            } else {
                let mut cell = blank.clone();
                add(&mut cell);
                values.insert(value.to_owned(), cell);
            }
        }
    }

    fn rolled_up(self) -> Result<BTreeMap<CellKey, F>, PictureFault> {
        let mut cells: BTreeMap<CellKey, F> = BTreeMap::new();
        for (office, kinds) in self.offices {
            let region = self
                .regions
                .get(&office)
                .ok_or_else(|| PictureFault::OfficeWithoutRegion(office.clone()))?;
            for ((product, section), parts) in kinds {
                for (cut, figures) in cuts(parts) {
                    let key = |unit| CellKey {
                        unit,
                        product,
                        section,
                        cut: cut.clone(),
                    };
                    for unit in [Unit::Region(region.clone()), Unit::Italy] {
                        *cells.entry(key(unit)).or_default() += &figures;
                    }
                    cells.insert(key(Unit::Office(office.clone())), figures);
                }
            }
        }
        Ok(cells)
    }
}

fn cuts<F>(parts: Parts<F>) -> impl Iterator<Item = (Cut, F)> {
    parts.into_iter().flat_map(|(dimension, values)| {
        let cut = move |(value, figures)| (Cut { dimension, value }, figures);
        values.into_iter().map(cut)
    })
}

fn count_definition(more: &mut Measures, moved: &Moved<'_>, outcome: Outcome) {
    more.defined = 1;
    more.defined_total = 1;
    *match outcome {
        Outcome::Acceptance => &mut more.accepted,
        Outcome::PartialAcceptance => &mut more.partially_accepted,
        Outcome::Rejection => &mut more.rejected,
    } = 1;
    more.defined_workers = moved.workers;
    more.defined_hours_hundredths = moved.hours_hundredths;
    let gross = (moved.day - moved.attributes.arrived_on).num_days().max(0);
    let gross = i32::try_from(gross).unwrap_or(i32::MAX);
    more.gross_days.add(gross, 1);
    more.net_days.add((gross - moved.waited_days).max(0), 1);
}

/// A picture that cannot be published.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PictureFault {
    /// The figures of a cell contradict each other (`claims.md` DAS-1).
    #[error(
        "identity DAS-1 is broken at {} for {}{}: the movements make a stock of {expected}, {counted} are counted",
        .cell.unit, .cell.product, part(&.cell.cut)
    )]
    IdentityBroken {
        /// Where.
        cell: CellKey,
        /// Stock by the movements.
        expected: i64,
        /// Stock by what is pending itself.
        counted: i64,
    },
    /// An office that nobody named.
    #[error("office {0} has no region")]
    OfficeWithoutRegion(OfficeCode),
}

fn part(cut: &Cut) -> String {
    match cut.dimension {
        Dimension::Whole => String::new(),
        dimension => format!(" ({} {})", dimension.code(), cut.value),
    }
}

#[cfg(test)]
mod tests {
    use super::super::ageing::tests::of_the_page;
    use super::super::{Product, Section};
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn regions() -> BTreeMap<OfficeCode, String> {
        [("490000", "03"), ("490100", "03"), ("700000", "12")]
            .map(|(office, region)| (office.parse().unwrap(), region.to_owned()))
            .into()
    }

    fn attributes() -> Attributes {
        Attributes {
            product: Product::Cigo,
            causale: "MARKET_CRISIS".to_owned(),
            payment_mode: "DIRECT".to_owned(),
            sector: "1".to_owned(),
            size: "16-50".to_owned(),
            arrived_on: day("2026-11-02"),
        }
    }

    fn key(unit: &str, cut: Cut) -> CellKey {
        CellKey {
            unit: unit.parse().unwrap(),
            product: Product::Cigo,
            section: Section::Ordinary,
            cut,
        }
    }

    fn holding(office: &str, age_days: i32) -> Holding {
        Holding {
            office: office.parse().unwrap(),
            attributes: attributes(),
            stage: Stage::UnderReview,
            age_days,
            workers: 3,
            hours_hundredths: 100,
        }
    }

    fn moved(attributes: &Attributes, movement: Movement) -> Moved<'_> {
        Moved {
            office: "490000".parse().unwrap(),
            attributes,
            movement,
            day: day("2026-11-24"),
            waited_days: 6,
            workers: 10,
            hours_hundredths: 400,
        }
    }

    fn opening(unit: &str, stock: i64) -> BTreeMap<CellKey, Opening> {
        let before = Opening {
            stock,
            ..Opening::default()
        };
        attributes()
            .parts("2026-11")
            .into_iter()
            .map(|(dimension, value)| Cut::by(dimension, value))
            .flat_map(|cut| [unit, "R03", "IT"].map(|unit| (key(unit, cut.clone()), before)))
            .collect()
    }

    #[test]
    fn stock_is_counted_by_stage_age_and_flag() {
        let (ageing, regions) = (of_the_page(), regions());
        let mut picture = Picture::new(&ageing, &regions);
        for age in [0, 181, 181, 400, 400, 400] {
            picture.hold(&holding("490000", age));
        }
        let cells = picture.close(&opening("490000", 6)).unwrap();
        let cell = &cells[&key("490000", Cut::WHOLE)];
        assert_eq!(
            (cell.stock, cell.stock_under_review, cell.stock_to_take),
            (6, 6, 0)
        );
        assert_eq!((cell.stock_chronic, cell.stock_very_old), (5, 3));
        assert_eq!(cell.ages, [1, 0, 0, 0, 0, 2, 3]);
        assert_eq!((cell.stock_workers, cell.stock_hours_hundredths), (18, 600));
        let oldest = &cells[&key("490000", Cut::by(Dimension::Age, ">365"))];
        assert_eq!((oldest.stock, oldest.stock_workers), (3, 9));
    }

    #[test]
    fn a_region_and_italy_are_the_sums_of_their_offices_in_every_cut() {
        let (ageing, regions) = (of_the_page(), regions());
        let mut picture = Picture::new(&ageing, &regions);
        let attributes = attributes();
        for office in ["490000", "490100", "700000"] {
            let office = office.parse().unwrap();
            let received = moved(&attributes, Movement::Received);
            picture.moved(&Moved { office, ..received });
        }
        for office in ["490000", "490100", "700000"] {
            picture.hold(&holding(office, 22));
        }
        let cells = picture.close(&BTreeMap::new()).unwrap();
        for cut in [Cut::WHOLE, Cut::by(Dimension::Sector, "1")] {
            let stock = |unit| cells[&key(unit, cut.clone())].stock;
            assert_eq!((stock("R03"), stock("R12"), stock("IT")), (2, 1, 3));
        }
    }

    #[test]
    fn a_definition_tells_how_long_it_took_with_and_without_the_employer() {
        let (ageing, regions) = (of_the_page(), regions());
        let mut picture = Picture::new(&ageing, &regions);
        let attributes = attributes();
        picture.moved(&moved(
            &attributes,
            Movement::Defined(Outcome::PartialAcceptance),
        ));
        let cells = picture.close(&opening("490000", 1)).unwrap();
        let cell = &cells[&key("IT", Cut::by(Dimension::Outcome, "PARTIAL_ACCEPTANCE"))];
        assert_eq!((cell.defined, cell.partially_accepted), (1, 1));
        assert_eq!(cell.gross_days.iter().collect::<Vec<_>>(), [(22, 1)]);
        assert_eq!(cell.net_days.iter().collect::<Vec<_>>(), [(16, 1)]);
        assert_eq!(
            (cell.defined_workers, cell.defined_hours_hundredths),
            (10, 400)
        );
    }

    #[test]
    fn a_step_that_was_lost_breaks_the_identity() {
        let (ageing, regions) = (of_the_page(), regions());
        let mut picture = Picture::new(&ageing, &regions);
        let attributes = attributes();
        picture.moved(&moved(&attributes, Movement::Received));
        assert_eq!(
            picture.close(&BTreeMap::new()),
            Err(PictureFault::IdentityBroken {
                cell: key("490000", Cut::WHOLE),
                expected: 1,
                counted: 0
            })
        );
    }

    #[test]
    fn an_office_where_nothing_happens_keeps_its_totals() {
        let before = Opening {
            stock: 0,
            received_total: 9,
            defined_total: 8,
        };
        let (ageing, regions) = (of_the_page(), regions());
        let whole = key("490000", Cut::WHOLE);
        let opening = BTreeMap::from([(whole.clone(), before)]);
        let cells = Picture::<Measures>::new(&ageing, &regions)
            .close(&opening)
            .unwrap();
        let cell = &cells[&whole];
        assert_eq!(
            (cell.received_total, cell.defined_total, cell.received),
            (9, 8, 0)
        );
    }
}
