//! Offices, regions and provinces: who stands above whom, which Sedi a territory holds, which office is competent.

use std::collections::{BTreeMap, BTreeSet};

use kernel::OfficeCode;

/// Kind of a structure (`claims.md` §1.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OfficeKind {
    /// Direzione regionale.
    Regional,
    /// Direzione di coordinamento metropolitano.
    Metropolitan,
    /// Direzione provinciale.
    Provincial,
    /// Filiale.
    Branch,
    /// Agenzia complessa.
    ComplexAgency,
    /// Agenzia.
    Agency,
}

impl OfficeKind {
    const ALL: [Self; 6] = [
        Self::Regional,
        Self::Metropolitan,
        Self::Provincial,
        Self::Branch,
        Self::ComplexAgency,
        Self::Agency,
    ];

    /// Name in the table of offices, such as `PROVINCIAL`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Regional => "REGIONAL",
            Self::Metropolitan => "METROPOLITAN",
            Self::Provincial => "PROVINCIAL",
            Self::Branch => "BRANCH",
            Self::ComplexAgency => "COMPLEX_AGENCY",
            Self::Agency => "AGENCY",
        }
    }

    /// The kind of that name.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Whether employers and cases belong to structures of this kind: everything but the coordinating directorates.
    fn is_sede(self) -> bool {
        !matches!(self, Self::Regional | Self::Metropolitan)
    }
}

/// A metropolitan coordination (`identity.md` §4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metro {
    /// Roma.
    Roma,
    /// Milano.
    Milano,
    /// Napoli.
    Napoli,
}

impl Metro {
    const ALL: [Self; 3] = [Self::Roma, Self::Milano, Self::Napoli];

    /// Name, such as `ROMA`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Roma => "ROMA",
            Self::Milano => "MILANO",
            Self::Napoli => "NAPOLI",
        }
    }

    /// The coordination of that name.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|metro| metro.name() == name)
    }
}

/// A structure of INPS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Office {
    /// Six digits.
    pub code: OfficeCode,
    /// Name, such as `Milano`.
    pub name: String,
    /// Kind.
    pub kind: OfficeKind,
    /// Office above; none for a regional directorate.
    pub parent: Option<OfficeCode>,
    /// ISTAT code of the region.
    pub region_istat: String,
    /// DM 1986 code of the region; none for the directorate that spans Bolzano and Trento.
    pub region_dm1986: Option<String>,
    /// ISTAT code of the province; none for coordinating directorates.
    pub province_istat: Option<String>,
    /// Metropolitan coordination it belongs to.
    pub metro: Option<Metro>,
}

/// A region, or an autonomous province, as the tax administration counts them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region {
    /// DM 1986 code.
    pub dm1986: String,
    /// ISTAT code; Bolzano and Trento share one.
    pub istat: String,
    /// Name.
    pub name: String,
}

/// One of the 107 provincial units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Province {
    /// ISTAT code, three digits.
    pub istat: String,
    /// Sign, two letters.
    pub sign: String,
    /// Name of the capital.
    pub capital: String,
    /// DM 1986 code of the region.
    pub region_dm1986: String,
    /// Office of the capital.
    pub office: OfficeCode,
}

/// The whole territory, consistent in itself.
#[derive(Debug, Clone)]
pub struct Territory {
    regions: Vec<Region>,
    provinces: BTreeMap<String, Province>,
    offices: BTreeMap<OfficeCode, Office>,
}

/// The tables of the territory contradict each other.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TerritoryFault {
    /// An office stands under one that does not exist, or under itself.
    #[error("office {0} has no way up to a regional directorate")]
    Parent(String),
    /// A province names an office that does not exist, or that is not its own.
    #[error("province {0} has no office of its own")]
    ProvinceOffice(String),
    /// A region is not in the table of regions.
    #[error("{0} lies in an unknown region")]
    Region(String),
}

/// Where a production unit is, as far as competence goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnitPlace<'a> {
    /// ISTAT code of the province.
    pub province_istat: &'a str,
    /// False for a building site that does not qualify as a production unit.
    pub is_production_unit: bool,
}

impl Territory {
    /// Puts the tables together, refusing what does not hold together.
    pub fn new(
        regions: Vec<Region>,
        provinces: Vec<Province>,
        offices: Vec<Office>,
    ) -> Result<Self, TerritoryFault> {
        let territory = Self {
            regions,
            provinces: provinces
                .into_iter()
                .map(|one| (one.istat.clone(), one))
                .collect(),
            offices: offices
                .into_iter()
                .map(|one| (one.code.clone(), one))
                .collect(),
        };
        territory.check()?;
        Ok(territory)
    }

    fn check(&self) -> Result<(), TerritoryFault> {
        for office in self.offices.values() {
            let region_known = self
                .regions
                .iter()
                .any(|region| region.istat == office.region_istat);
            if !region_known {
                return Err(TerritoryFault::Region(office.code.to_string()));
            }
            if !self.reaches_the_top(office) {
                return Err(TerritoryFault::Parent(office.code.to_string()));
            }
        }
        for province in self.provinces.values() {
            if !self
                .regions
                .iter()
                .any(|region| region.dm1986 == province.region_dm1986)
            {
                return Err(TerritoryFault::Region(province.istat.clone()));
            }
            let office = self.offices.get(&province.office);
            if office.is_none_or(|one| one.province_istat.as_ref() != Some(&province.istat)) {
                return Err(TerritoryFault::ProvinceOffice(province.istat.clone()));
            }
        }
        Ok(())
    }

    fn reaches_the_top(&self, office: &Office) -> bool {
        let mut at = office;
        for _ in 0..self.offices.len() {
            match at.parent.as_ref().map(|parent| self.offices.get(parent)) {
                None => return at.kind == OfficeKind::Regional,
                Some(None) => return false,
                Some(Some(above)) => at = above,
            }
        }
        false
    }

    /// Every office, ordered by code.
    pub fn offices(&self) -> impl Iterator<Item = &Office> {
        self.offices.values()
    }

    /// Every province, ordered by code.
    pub fn provinces(&self) -> impl Iterator<Item = &Province> {
        self.provinces.values()
    }

    /// Every region.
    pub fn regions(&self) -> &[Region] {
        &self.regions
    }

    /// One office.
    pub fn office(&self, code: &str) -> Option<&Office> {
        code.parse()
            .ok()
            .and_then(|code: OfficeCode| self.offices.get(&code))
    }

    /// One office to which employers and cases may belong.
    pub fn sede(&self, code: &str) -> Option<&Office> {
        self.office(code).filter(|office| office.kind.is_sede())
    }

    /// One province.
    pub fn province(&self, istat: &str) -> Option<&Province> {
        self.provinces.get(istat)
    }

    /// Name of an ISTAT region; that of Trentino-Alto Adige joins its two autonomous provinces.
    pub fn region_name(&self, istat: &str) -> Option<String> {
        let names: Vec<&str> = self
            .regions
            .iter()
            .filter(|region| region.istat == istat)
            .map(|region| region.name.as_str())
            .collect();
        (!names.is_empty()).then(|| names.join(" – "))
    }

    /// The directorate of an ISTAT region.
    pub fn regional_directorate(&self, istat: &str) -> Option<&Office> {
        self.offices()
            .find(|one| one.kind == OfficeKind::Regional && one.region_istat == istat)
    }

    /// The directorate of a metropolitan coordination.
    pub fn coordination(&self, metro: Metro) -> Option<&Office> {
        self.offices()
            .find(|one| one.kind == OfficeKind::Metropolitan && one.metro == Some(metro))
    }

    /// An office and everything under it: what its director sees.
    pub fn with_those_under(&self, code: &OfficeCode) -> Vec<OfficeCode> {
        let mut found = BTreeSet::from([code.clone()]);
        loop {
            let under: Vec<OfficeCode> = self
                .offices()
                .filter(|one| {
                    one.parent
                        .as_ref()
                        .is_some_and(|parent| found.contains(parent))
                })
                .filter(|one| !found.contains(&one.code))
                .map(|one| one.code.clone())
                .collect();
            if under.is_empty() {
                return found.into_iter().collect();
            }
            found.extend(under);
        }
    }

    /// The Sedi of an ISTAT region, those of a metropolitan coordination in it included.
    pub fn sedi_of_region(&self, istat: &str) -> Vec<OfficeCode> {
        self.sedi(|office| office.region_istat == istat)
    }

    /// The Sedi of a metropolitan coordination.
    pub fn sedi_of_metro(&self, metro: Metro) -> Vec<OfficeCode> {
        self.sedi(|office| office.metro == Some(metro))
    }

    fn sedi(&self, wanted: impl Fn(&Office) -> bool) -> Vec<OfficeCode> {
        self.offices()
            .filter(|office| office.kind.is_sede() && wanted(office))
            .map(|office| office.code.clone())
            .collect()
    }

    /// The office competent for the claims of a unit (`claims.md` CLM-5, circ. 7/2016). `None` when the unit's province
    /// is unknown. Master data know the office of a province and not the district of each agency; in a metropolitan
    /// area, or beside an agenzia complessa, the direction of the province is competent "whatever the district"
    /// anyway.
    pub fn competent_office(&self, registered: &Office, unit: UnitPlace<'_>) -> Option<&Office> {
        let of_the_place = self.office_of_place(unit.province_istat)?;
        let same_province = registered.province_istat.as_deref() == Some(unit.province_istat);
        if same_province || !unit.is_production_unit {
            return self.offices.get(&registered.code);
        }
        Some(of_the_place)
    }

    fn office_of_place(&self, province_istat: &str) -> Option<&Office> {
        let province = self.province(province_istat)?;
        self.offices.get(&province.office)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;
    use crate::data;

    fn italy() -> Territory {
        data::territory().unwrap()
    }

    fn codes(offices: &[OfficeCode]) -> Vec<String> {
        offices.iter().map(ToString::to_string).collect()
    }

    fn competent(registered: &str, province: &str, is_production_unit: bool) -> String {
        let italy = italy();
        let place = UnitPlace {
            province_istat: province,
            is_production_unit,
        };
        italy
            .competent_office(italy.office(registered).unwrap(), place)
            .unwrap()
            .code
            .to_string()
    }

    #[test]
    fn italy_has_107_provinces_twenty_directorates_and_three_coordinations() {
        let italy = italy();
        assert_eq!(italy.provinces().count(), 107);
        assert_eq!(
            italy
                .offices()
                .filter(|one| one.kind == OfficeKind::Regional)
                .count(),
            20
        );
        assert_eq!(
            italy
                .offices()
                .filter(|one| one.kind == OfficeKind::Metropolitan)
                .count(),
            3
        );
        assert_eq!(italy.regions().len(), 21);
    }

    #[test]
    fn the_examples_of_the_page_are_where_it_says() {
        let italy = italy();
        for (code, name) in [
            ("490000", "Milano"),
            ("490100", "Monza"),
            ("492700", "Lodi"),
            ("700000", "Roma"),
            ("510000", "Napoli"),
            ("810000", "Torino"),
            ("090000", "Bari"),
            ("550000", "Palermo"),
            ("890100", "Biella"),
            ("220300", "Crotone"),
        ] {
            assert_eq!(italy.office(code).unwrap().name, name);
        }
    }

    #[test]
    fn the_two_codes_of_a_region_differ() {
        let italy = italy();
        let milano = italy.office("490000").unwrap();
        assert_eq!(milano.region_istat, "03");
        assert_eq!(milano.region_dm1986.as_deref(), Some("10"));
        let bolzano = italy.office("140000").unwrap();
        let trento = italy.office("830000").unwrap();
        assert_eq!(
            (
                bolzano.region_istat.as_str(),
                bolzano.region_dm1986.as_deref()
            ),
            ("04", Some("03"))
        );
        assert_eq!(
            (
                trento.region_istat.as_str(),
                trento.region_dm1986.as_deref()
            ),
            ("04", Some("18"))
        );
    }

    #[test]
    fn a_director_sees_the_agencies_under_the_sede_and_no_other_sede() {
        let italy = italy();
        let ascoli = "060000".parse().unwrap();
        assert_eq!(
            codes(&italy.with_those_under(&ascoli)),
            ["060000", "060001"]
        );
        let milano = "490000".parse().unwrap();
        assert_eq!(codes(&italy.with_those_under(&milano)), ["490000"]);
    }

    #[test]
    fn a_region_includes_the_sedi_of_a_coordination_in_it() {
        let italy = italy();
        let lombardia = codes(&italy.sedi_of_region("03"));
        assert_eq!(lombardia.len(), 12);
        assert!(lombardia.contains(&"490000".to_owned()));
        assert_eq!(codes(&italy.sedi_of_metro(Metro::Milano)), ["490000"]);
    }

    #[test]
    fn a_unit_in_the_province_of_registration_belongs_to_the_office_of_registration() {
        assert_eq!(competent("490000", "015", true), "490000");
        assert_eq!(competent("060001", "109", true), "060001");
    }

    #[test]
    fn a_unit_in_another_province_belongs_to_the_office_of_that_province() {
        assert_eq!(competent("490000", "108", true), "490100");
        assert_eq!(competent("490100", "015", true), "490000");
        assert_eq!(competent("810000", "058", true), "700000");
    }

    #[test]
    fn a_building_site_that_is_no_unit_belongs_to_the_office_of_registration() {
        assert_eq!(competent("490000", "108", false), "490000");
    }

    #[test]
    fn an_office_under_itself_is_refused() {
        let italy = italy();
        let mut offices: Vec<Office> = italy.offices().cloned().collect();
        let milano = offices.iter_mut().find(|one| one.name == "Milano").unwrap();
        milano.parent = Some(milano.code.clone());
        let provinces = italy.provinces().cloned().collect();
        let refused = Territory::new(italy.regions().to_vec(), provinces, offices);
        assert_eq!(
            refused.unwrap_err(),
            TerritoryFault::Parent("490000".to_owned())
        );
    }

    #[test]
    fn every_sede_lies_in_exactly_one_region() {
        let italy = italy();
        let istat: BTreeSet<&str> = italy
            .regions()
            .iter()
            .map(|one| one.istat.as_str())
            .collect();
        let mut all: Vec<OfficeCode> = istat
            .iter()
            .flat_map(|one| italy.sedi_of_region(one))
            .collect();
        all.sort();
        let sedi: Vec<OfficeCode> = italy.sedi(|_| true);
        assert_eq!(all, sedi);
        assert_eq!(sedi.len(), 107);
    }

    proptest! {
        #[test]
        fn competence_lies_where_the_employer_is_registered_or_where_the_unit_is(
            registered in select(italy().sedi(|_| true)),
            province in select(italy().provinces().cloned().collect::<Vec<_>>()),
            is_production_unit: bool,
        ) {
            let italy = italy();
            let office = italy.office(registered.as_str()).unwrap();
            let place = UnitPlace { province_istat: &province.istat, is_production_unit };
            let competent = italy.competent_office(office, place).unwrap();
            prop_assert!(competent.code == registered || competent.code == province.office);
            prop_assert!(competent.kind.is_sede());
        }

        #[test]
        fn what_a_director_sees_lies_in_the_directors_region(
            sede in select(italy().sedi(|_| true)),
        ) {
            let italy = italy();
            let region = &italy.office(sede.as_str()).unwrap().region_istat;
            let in_region: BTreeSet<OfficeCode> = italy.sedi_of_region(region).into_iter().collect();
            let seen = italy.with_those_under(&sede);
            prop_assert!(seen.contains(&sede));
            prop_assert!(seen.iter().all(|one| in_region.contains(one)));
        }
    }
}
