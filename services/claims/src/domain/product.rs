//! Instruments and reasons (`claims.md` §4.2, §4.5, §5.2). What the law says of them is data: [`super::rules`].

use super::codes::coded;
use super::rules::{CausaleRule, Family, IN_FORCE};

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
    /// Reason of the suspension: of DM 15/4/2016 n. 95442, of art. 21 D.Lgs. 148/2015, of L. 457/1972, or of COVID-19.
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
        /// Riorganizzazione aziendale.
        Reorganisation = "REORGANISATION",
        /// Crisi aziendale.
        CompanyCrisis = "COMPANY_CRISIS",
        /// Contratto di solidarieta.
        SolidarityContract = "SOLIDARITY_CONTRACT",
        /// Intemperie stagionali (agricoltura).
        SeasonalBadWeather = "SEASONAL_BAD_WEATHER",
        /// Altre cause non imputabili (agricoltura).
        NotAttributableCause = "NOT_ATTRIBUTABLE_CAUSE",
        /// COVID-19 nazionale.
        CovidNazionale = "COVID19_NAZIONALE",
        /// COVID-19 nazionale, sospensione CIGS.
        CovidSospCigs = "COVID19_SOSP_CIGS",
        /// COVID-19 CISOA.
        CovidCisoa = "COVID19_CISOA",
        /// COVID-19, obbligo di permanenza domiciliare.
        CovidObbligoPermanenza = "COVID19_OBBLIGO_PERMANENZA",
        /// COVID 19 nazionale (DL 104/2020).
        CovidDl104 = "COVID19_DL104",
        /// COVID 19 (DL 137/2020).
        CovidDl137 = "COVID19_DL137",
        /// COVID 19 (L. 178/2020).
        CovidL178 = "COVID19_L178",
        /// COVID 19 (DL 41/2021).
        CovidDl41 = "COVID19_DL41",
        /// COVID 19 (DL 146/2021).
        CovidDl146 = "COVID19_DL146",
        /// COVID19 (DL 4/2022).
        CovidDl42022 = "COVID19_DL4_2022",
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

impl Causale {
    /// What the rules say of it; its nature does not change with time.
    pub fn rule(self) -> Option<&'static CausaleRule> {
        IN_FORCE.causale(self).map(|row| &row.value)
    }

    /// Whether the event is an evento oggettivamente non evitabile.
    pub fn is_eone(self) -> bool {
        self.rule().is_some_and(|rule| rule.eone)
    }

    /// Whether it is a COVID reason (`claims.md` §5).
    pub fn is_covid(self) -> bool {
        self.rule().is_some_and(|rule| rule.family == Family::Covid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::samples::day;

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
            .filter_map(|causale| causale.rule()?.inps_code)
            .collect();
        assert_eq!(codes, [1, 2, 3, 4, 6, 55, 31]);
    }

    #[test]
    fn ten_reasons_are_of_covid_and_none_of_them_is_an_unavoidable_event() {
        let covid: Vec<_> = Causale::ALL.iter().filter(|it| it.is_covid()).collect();
        assert_eq!(covid.len(), 10);
        assert!(covid.iter().all(|it| !it.is_eone()));
    }

    #[test]
    fn a_firm_under_cigo_and_cigs_is_covered_by_both_and_not_by_the_fis() {
        let covered = |product, scheme| {
            let rule = IN_FORCE.product(product, day("2026-09-07")).unwrap();
            rule.value.is_covered_by(scheme)
        };
        assert!(covered(Product::Cigo, "CIGO_CIGS"));
        assert!(covered(Product::Cigs, "CIGO_CIGS"));
        assert!(!covered(Product::AisFis, "CIGO_CIGS"));
        assert!(!covered(Product::Cigo, "FIS"));
        assert!(covered(Product::AisFund, "FUND:SOLIMARE"));
    }
}
