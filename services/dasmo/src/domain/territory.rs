//! Territory: which offices a person sees, and which filters lie inside it (`identity.md` §4.1, `claims.md` DAS-10).

use std::collections::BTreeSet;

use kernel::OfficeCode;

use super::{Cut, Product, Section, Unit};

/// An office and its region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfficeInRegion {
    /// Office.
    pub office: OfficeCode,
    /// ISTAT code of its region, two digits.
    pub region_istat: String,
    /// The Sede that it is an agency of.
    pub agency_of: Option<OfficeCode>,
}

/// The offices that a person sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Territory {
    /// All of them.
    Italy,
    /// These.
    Offices(BTreeSet<OfficeCode>),
}

impl Territory {
    /// Whether an office lies inside.
    pub fn holds(&self, office: &OfficeCode) -> bool {
        match self {
            Self::Italy => true,
            Self::Offices(offices) => offices.contains(office),
        }
    }

    /// Whether a whole region lies inside: every office of it. A director who sees one office of a region does not see
    /// the region. A region without offices is inside nobody's territory but Italy's.
    pub fn holds_region(&self, region_istat: &str, directory: &[OfficeInRegion]) -> bool {
        let mut offices = directory
            .iter()
            .filter(|office| office.region_istat == region_istat)
            .peekable();
        *self == Self::Italy
            || (offices.peek().is_some() && offices.all(|office| self.holds(&office.office)))
    }

    /// The regions that this territory touches, whole: INPS's rule of one profile per region (Msg 2668/2021).
    #[must_use]
    pub fn widened_to_regions(&self, directory: &[OfficeInRegion]) -> Self {
        let Self::Offices(own) = self else {
            return Self::Italy;
        };
        let regions: BTreeSet<&str> = directory
            .iter()
            .filter(|office| own.contains(&office.office))
            .map(|office| office.region_istat.as_str())
            .collect();
        let whole = directory
            .iter()
            .filter(|office| regions.contains(office.region_istat.as_str()));
        Self::Offices(
            own.iter()
                .cloned()
                .chain(whole.map(|office| office.office.clone()))
                .collect(),
        )
    }

    /// An office and its agencies, as far as they lie inside.
    #[must_use]
    pub fn with_agencies(&self, office: &OfficeCode, directory: &[OfficeInRegion]) -> Self {
        let agencies = directory
            .iter()
            .filter(|one| one.agency_of.as_ref() == Some(office))
            .map(|one| &one.office);
        let inside = std::iter::once(office)
            .chain(agencies)
            .filter(|one| self.holds(one));
        Self::Offices(inside.cloned().collect())
    }

    /// Office codes to filter by; `None` for all.
    pub fn codes(&self) -> Option<Vec<String>> {
        match self {
            Self::Italy => None,
            Self::Offices(offices) => Some(
                offices
                    .iter()
                    .map(|office| office.as_str().to_owned())
                    .collect(),
            ),
        }
    }
}

/// What a caller asked to see of the territory.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// One office.
    pub office: Option<OfficeCode>,
    /// Its agencies too.
    pub with_agencies: bool,
    /// One region, ISTAT code.
    pub region_istat: Option<String>,
    /// One product.
    pub product: Option<Product>,
    /// One half of the dashboard.
    pub section: Option<Section>,
    /// One part of the claims; those with one value of one characteristic.
    pub part: Option<Cut>,
}

/// A territory, and the filter within it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    /// What the caller may see.
    pub territory: Territory,
    /// What the caller asked to see of it.
    pub filter: Filter,
}

impl Selection {
    /// The offices asked for, of those in the directory; none outside the territory.
    pub fn offices<'d>(
        &self,
        directory: &'d [OfficeInRegion],
    ) -> impl Iterator<Item = &'d OfficeInRegion> {
        directory.iter().filter(|one| self.holds(one))
    }

    /// The fewest units whose figures add up to the selection.
    pub fn cover(&self, directory: &[OfficeInRegion]) -> Vec<Unit> {
        let everything = self.territory == Territory::Italy
            && self.filter.office.is_none()
            && self.filter.region_istat.is_none();
        if everything {
            return vec![Unit::Italy];
        }
        self.regions(directory)
    }

    /// The same without Italy: a region only where every office of it is asked for and lies inside the territory, else its
    /// offices one by one.
    pub fn regions(&self, directory: &[OfficeInRegion]) -> Vec<Unit> {
        let partly: BTreeSet<&str> = directory
            .iter()
            .filter(|one| !self.holds(one))
            .map(|one| one.region_istat.as_str())
            .collect();
        let units: BTreeSet<Unit> = self
            .offices(directory)
            .map(|one| {
                if partly.contains(one.region_istat.as_str()) {
                    Unit::Office(one.office.clone())
                } else {
                    Unit::Region(one.region_istat.clone())
                }
            })
            .collect();
        units.into_iter().collect()
    }

    fn holds(&self, one: &OfficeInRegion) -> bool {
        let asked = |wanted: &Option<OfficeCode>| {
            wanted.as_ref().is_none_or(|office| *office == one.office)
        };
        self.territory.holds(&one.office)
            && asked(&self.filter.office)
            && self
                .filter
                .region_istat
                .as_ref()
                .is_none_or(|region| *region == one.region_istat)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directory() -> Vec<OfficeInRegion> {
        [
            ("490000", "03"),
            ("490100", "03"),
            ("700000", "12"),
            ("040000", "02"),
        ]
        .map(|(office, region)| OfficeInRegion {
            office: office.parse().unwrap(),
            region_istat: region.to_owned(),
            agency_of: (office == "490100").then(|| "490000".parse().unwrap()),
        })
        .to_vec()
    }

    fn offices(codes: &[&str]) -> Territory {
        Territory::Offices(codes.iter().map(|code| code.parse().unwrap()).collect())
    }

    #[test]
    fn a_region_lies_inside_only_with_all_its_offices() {
        assert!(offices(&["490000", "490100"]).holds_region("03", &directory()));
        assert!(!offices(&["490000"]).holds_region("03", &directory()));
        assert!(!offices(&["490000", "490100"]).holds_region("12", &directory()));
        assert!(Territory::Italy.holds_region("12", &directory()));
    }

    #[test]
    fn a_sede_with_its_agencies_holds_those_that_lie_inside() {
        let sede = "490000".parse().unwrap();
        let both = offices(&["490000", "490100"]);
        for territory in [Territory::Italy, both.clone()] {
            assert_eq!(territory.with_agencies(&sede, &directory()), both);
        }
        let own = offices(&["490000"]);
        assert_eq!(own.with_agencies(&sede, &directory()), own);
    }

    #[test]
    fn a_region_that_does_not_exist_lies_outside() {
        assert!(!offices(&["490000"]).holds_region("99", &directory()));
    }

    fn cover(territory: Territory, filter: Filter) -> Vec<String> {
        let selection = Selection { territory, filter };
        let units = selection.cover(&directory());
        units.iter().map(ToString::to_string).collect()
    }

    fn region(code: &str) -> Filter {
        Filter {
            region_istat: Some(code.to_owned()),
            ..Filter::default()
        }
    }

    #[test]
    fn a_region_is_read_as_one_only_when_all_of_it_is_asked_for_and_inside() {
        let lombardia = || offices(&["490000", "490100"]);
        assert_eq!(cover(Territory::Italy, Filter::default()), ["IT"]);
        assert_eq!(cover(Territory::Italy, region("03")), ["R03"]);
        assert_eq!(cover(lombardia(), Filter::default()), ["R03"]);
        assert_eq!(
            cover(offices(&["490000", "040000"]), Filter::default()),
            ["490000", "R02"]
        );
        let milano = Filter {
            office: Some("490000".parse().unwrap()),
            ..Filter::default()
        };
        assert_eq!(cover(Territory::Italy, milano.clone()), ["490000"]);
        assert_eq!(cover(lombardia(), milano), ["490000"]);
    }

    #[test]
    fn nothing_outside_the_territory_is_ever_read() {
        assert!(cover(offices(&["490000"]), region("12")).is_empty());
        assert!(cover(offices(&["999999"]), Filter::default()).is_empty());
    }

    #[test]
    fn the_regional_profile_widens_an_office_to_its_region_and_no_further() {
        assert_eq!(
            offices(&["490100"]).widened_to_regions(&directory()),
            offices(&["490000", "490100"])
        );
    }
}
