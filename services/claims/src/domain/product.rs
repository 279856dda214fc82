//! Instruments and reasons (`claims.md` §4.2, §4.5).

use super::codes::coded;

coded! {
    /// The instrument asked for.
    pub enum Product {
        /// Cassa integrazione guadagni ordinaria.
        Cigo = "CIGO",
        /// Cassa integrazione guadagni straordinaria.
        Cigs = "CIGS",
        /// Assegno di integrazione salariale of the FIS.
        AisFis = "AIS_FIS",
        /// Assegno di integrazione salariale of a bilateral fund.
        AisFund = "AIS_FUND",
        /// Cassa integrazione speciale operai agricoli.
        Cisoa = "CISOA",
        /// In deroga.
        Cigd = "CIGD",
        /// In deroga plurilocalizzata.
        CigdMulti = "CIGD_MULTI",
    }
}

coded! {
    /// Reason of the suspension (DM 15/4/2016 n. 95442).
    pub enum Causale {
        /// Mancanza di lavoro o di commesse.
        LackOfWorkOrOrders = "LACK_OF_WORK_OR_ORDERS",
        /// Crisi di mercato.
        MarketCrisis = "MARKET_CRISIS",
        /// Fine cantiere, fine lavoro.
        EndOfSite = "END_OF_SITE",
        /// Fine fase lavorativa.
        EndOfPhase = "END_OF_PHASE",
        /// Perizia di variante o suppletiva al progetto.
        VariantWorks = "VARIANT_WORKS",
        /// Mancanza di materie prime o componenti.
        LackOfMaterials = "LACK_OF_MATERIALS",
        /// Eventi meteo, industria.
        WeatherIndustry = "WEATHER_INDUSTRY",
        /// Eventi meteo, edilizia.
        WeatherConstruction = "WEATHER_CONSTRUCTION",
        /// Sciopero di un reparto o di altra impresa.
        Strike = "STRIKE",
        /// Incendi, crolli, alluvioni.
        FireCollapseFlood = "FIRE_COLLAPSE_FLOOD",
        /// Impraticabilita dei locali.
        PremisesUnusable = "PREMISES_UNUSABLE",
        /// Ordine di pubblica autorita.
        PublicAuthorityOrder = "PUBLIC_AUTHORITY_ORDER",
        /// Mancanza di energia elettrica.
        PowerFailure = "POWER_FAILURE",
        /// Sisma.
        Earthquake = "EARTHQUAKE",
        /// Guasti ai macchinari.
        MachineFailure = "MACHINE_FAILURE",
        /// Manutenzione straordinaria.
        ExtraordinaryMaintenance = "EXTRAORDINARY_MAINTENANCE",
    }
}

coded! {
    /// Who advances the money (art. 7 D.Lgs. 148/2015).
    pub enum PaymentMode {
        /// The employer advances and sets off.
        Conguaglio = "CONGUAGLIO",
        /// INPS pays the workers.
        Direct = "DIRECT",
    }
}

/// What the table of `claims.md` §4.5 says of a reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CausaleFacts {
    /// Article of DM 95442/2016.
    pub article: u8,
    /// Event code of INPS, where it was published.
    pub inps_code: Option<u8>,
    /// Evento oggettivamente non evitabile.
    pub eone: bool,
}

impl Causale {
    /// The row of the table.
    pub fn facts(self) -> CausaleFacts {
        let (article, inps_code, eone) = match self {
            Self::LackOfWorkOrOrders | Self::MarketCrisis => (3, None, false),
            Self::EndOfSite | Self::EndOfPhase | Self::VariantWorks => (4, None, false),
            Self::LackOfMaterials => (5, None, false),
            Self::WeatherIndustry => (6, Some(1), true),
            Self::WeatherConstruction => (6, Some(2), true),
            Self::Strike => (7, None, false),
            Self::FireCollapseFlood => (8, Some(3), true),
            Self::PremisesUnusable => (8, Some(4), true),
            Self::PublicAuthorityOrder => (8, None, true),
            Self::PowerFailure => (8, Some(6), true),
            Self::Earthquake => (8, Some(55), true),
            Self::MachineFailure => (9, Some(31), true),
            Self::ExtraordinaryMaintenance => (9, None, false),
        };
        CausaleFacts {
            article,
            inps_code,
            eone,
        }
    }

    /// Whether the event is an evento oggettivamente non evitabile.
    pub fn is_eone(self) -> bool {
        self.facts().eone
    }
}

impl Product {
    /// Whether claims of this product are served; the others are added with their own rules.
    pub fn is_served(self) -> bool {
        self == Self::Cigo
    }

    /// Longest claim, in weeks (`claims.md` §4.2); `None` where the unit is not the week or the law says it elsewhere.
    pub fn max_weeks(self) -> Option<u32> {
        match self {
            Self::Cigo => Some(13),
            Self::Cigs => Some(104),
            Self::AisFis | Self::AisFund => Some(26),
            Self::Cisoa | Self::Cigd | Self::CigdMulti => None,
        }
    }

    /// Whether the ordinary reasons of DM 95442/2016 may be used with it (`claims.md` §4.5).
    pub fn allows(self, _ordinary: Causale) -> bool {
        matches!(self, Self::Cigo | Self::AisFis | Self::AisFund)
    }

    /// Whether a protection scheme contains it (`claims.md` CLM-2).
    pub fn is_covered_by(self, scheme: &str) -> bool {
        match self {
            Self::Cigo => matches!(scheme, "CIGO" | "CIGO_CIGS"),
            Self::Cigs => matches!(scheme, "CIGO_CIGS" | "CIGS_FIS"),
            Self::AisFis => matches!(scheme, "FIS" | "CIGS_FIS"),
            Self::AisFund => scheme.starts_with("FUND:"),
            Self::Cisoa => scheme == "CISOA",
            Self::Cigd | Self::CigdMulti => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_reasons_are_unavoidable_events() {
        let eone: Vec<_> = Causale::ALL
            .iter()
            .filter(|causale| causale.is_eone())
            .map(|c| c.code())
            .collect();
        assert_eq!(
            eone,
            [
                "WEATHER_INDUSTRY",
                "WEATHER_CONSTRUCTION",
                "FIRE_COLLAPSE_FLOOD",
                "PREMISES_UNUSABLE",
                "PUBLIC_AUTHORITY_ORDER",
                "POWER_FAILURE",
                "EARTHQUAKE",
                "MACHINE_FAILURE"
            ]
        );
    }

    #[test]
    fn inps_event_codes_are_those_that_were_published() {
        let codes: Vec<_> = Causale::ALL
            .iter()
            .filter_map(|causale| causale.facts().inps_code)
            .collect();
        assert_eq!(codes, [1, 2, 3, 4, 6, 55, 31]);
    }

    #[test]
    fn a_firm_under_cigo_and_cigs_is_covered_by_both_and_not_by_the_fis() {
        assert!(Product::Cigo.is_covered_by("CIGO_CIGS"));
        assert!(Product::Cigs.is_covered_by("CIGO_CIGS"));
        assert!(!Product::AisFis.is_covered_by("CIGO_CIGS"));
        assert!(!Product::Cigo.is_covered_by("FIS"));
    }
}
