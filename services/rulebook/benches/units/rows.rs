//! The units as a computation over a nation holds them: the periods of all of them in one row, and the declared weeks in
//! another, so that memory is read from one end to the other. `OpenFisca` has its inputs in columns likewise.

use rulebook::{DeclaredDays, Facts, Outline, Unit};

/// The units, each with what its weeks depend on.
pub(crate) struct Rows {
    units: &'static [Unit],
    outlines: Vec<Outline<'static>>,
    /// Facts of each unit, and where its outlines end.
    places: Vec<(Facts, usize)>,
}

/// One unit, in both forms.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'a> {
    /// With all that is known of it.
    pub(crate) unit: &'a Unit,
    /// Facts, as the row has them.
    pub(crate) facts: Facts,
    /// Its periods, as the row has them.
    pub(crate) outlines: &'a [Outline<'a>],
}

impl Rows {
    /// Of these units, which are kept until the program ends.
    pub(crate) fn new(units: Vec<Unit>) -> Self {
        let units: &'static [Unit] = units.leak();
        let of_unit = |unit: &'static Unit| unit.authorisations.iter().map(Outline::from);
        let declared: Vec<u8> = units
            .iter()
            .flat_map(of_unit)
            .filter_map(|one| one.declared)
            .flat_map(|declared| declared.weeks.iter().copied())
            .collect();
        let mut declared: &'static [u8] = declared.leak();
        let (mut outlines, mut places) = (Vec::new(), Vec::new());
        for unit in units {
            outlines.extend(of_unit(unit).map(|one| Outline {
                declared: one.declared.map(|known| {
                    let (weeks, others) = declared.split_at(known.weeks.len());
                    declared = others;
                    DeclaredDays { weeks, ..known }
                }),
                ..one
            }));
            places.push((unit.facts, outlines.len()));
        }
        Self {
            units,
            outlines,
            places,
        }
    }

    /// All units.
    pub(crate) fn units(&self) -> &'static [Unit] {
        self.units
    }

    /// All units, one after the other, in both forms.
    pub(crate) fn all(&self) -> impl Iterator<Item = Asked<'_>> {
        (0..self.units.len()).map(|place| self.at(place))
    }

    /// The unit at a place.
    pub(crate) fn at(&self, place: usize) -> Asked<'_> {
        let (facts, end) = self.places[place];
        let start = place
            .checked_sub(1)
            .map_or(0, |before| self.places[before].1);
        Asked {
            unit: &self.units[place],
            facts,
            outlines: &self.outlines[start..end],
        }
    }
}
