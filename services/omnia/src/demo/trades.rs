//! What the invented firms do, and why their work stops.

use claims::domain::product::{Causale, Product};

/// A line of business, with the instrument that covers it.
#[derive(Debug)]
pub(super) struct Trade {
    /// First word of the names of its firms.
    pub(super) noun: &'static str,
    /// What its units do, as a technical report says it.
    pub(super) activity: &'static str,
    /// Codice statistico contributivo.
    pub(super) csc: &'static str,
    /// ATECO 2025.
    pub(super) ateco: &'static str,
    /// The instrument of its ordinary suspensions.
    pub(super) product: Product,
    /// Protection scheme of its small firms, and of those under the CIGS too.
    pub(super) schemes: (&'static str, &'static str),
    /// Bilateral fund; empty for none.
    pub(super) fund: &'static str,
    /// Letter of art. 10, or `fis`.
    pub(super) sector: &'static str,
    /// Full time, in hundredths of an hour a week.
    pub(super) weekly_hours: u32,
    /// Working days of a week.
    pub(super) working_days: u32,
    /// Reasons that the firm could foresee.
    pub(super) ordinary: &'static [Causale],
    /// Unavoidable events.
    pub(super) events: &'static [Causale],
    /// How many of a hundred claims are for an event, when they are short enough.
    pub(super) events_in_hundred: u32,
}

const MARKET: &[Causale] = &[
    Causale::LackOfWorkOrOrders,
    Causale::LackOfWorkOrOrders,
    Causale::LackOfWorkOrOrders,
    Causale::MarketCrisis,
    Causale::MarketCrisis,
    Causale::LackOfMaterials,
    Causale::ExtraordinaryMaintenance,
    Causale::Strike,
];
const ACCIDENTS: &[Causale] = &[
    Causale::WeatherIndustry,
    Causale::WeatherIndustry,
    Causale::MachineFailure,
    Causale::MachineFailure,
    Causale::PowerFailure,
    Causale::FireCollapseFlood,
    Causale::PremisesUnusable,
    Causale::PublicAuthorityOrder,
];
const SITES: &[Causale] = &[
    Causale::EndOfSite,
    Causale::EndOfPhase,
    Causale::VariantWorks,
    Causale::LackOfWorkOrOrders,
    Causale::LackOfMaterials,
];
const BAD_WEATHER: &[Causale] = &[
    Causale::WeatherConstruction,
    Causale::WeatherConstruction,
    Causale::WeatherConstruction,
    Causale::PublicAuthorityOrder,
];

const FARMS: &[Causale] = &[
    Causale::SeasonalBadWeather,
    Causale::SeasonalBadWeather,
    Causale::NotAttributableCause,
];

/// A manufacturer: letter a, five days, market reasons.
const fn works(
    noun: &'static str,
    activity: &'static str,
    csc: &'static str,
    ateco: &'static str,
) -> Trade {
    Trade {
        noun,
        activity,
        csc,
        ateco,
        product: Product::Cigo,
        schemes: ("CIGO", "CIGO_CIGS"),
        fund: "",
        sector: "a",
        weekly_hours: 4_000,
        working_days: 5,
        ordinary: MARKET,
        events: ACCIDENTS,
        events_in_hundred: 18,
    }
}

/// A builder or a quarry: bad weather and the ends of sites.
const fn site(
    sector: &'static str,
    noun: &'static str,
    activity: &'static str,
    csc: &'static str,
    ateco: &'static str,
) -> Trade {
    Trade {
        sector,
        ordinary: SITES,
        events: BAD_WEATHER,
        events_in_hundred: 55,
        ..works(noun, activity, csc, ateco)
    }
}

/// Every trade, as often as there are lines of it.
pub(super) const ALL: &[Trade] = &[
    works(
        "Officine",
        "lavorazioni meccaniche di precisione",
        "10601",
        "25.62.00",
    ),
    works(
        "Carpenterie",
        "carpenteria metallica e montaggio",
        "10602",
        "25.11.00",
    ),
    works(
        "Tessiture",
        "tessitura e finissaggio di tessuti",
        "10701",
        "13.20.00",
    ),
    works("Calzature", "produzione di calzature", "10803", "15.20.10"),
    Trade {
        working_days: 6,
        ..works("Mobili", "produzione di mobili", "10502", "31.09.30")
    },
    Trade {
        weekly_hours: 3_900,
        ..works("Ceramiche", "produzione di piastrelle", "11201", "23.31.00")
    },
    works(
        "Materie Plastiche",
        "stampaggio di materie plastiche",
        "11502",
        "22.29.00",
    ),
    Trade {
        weekly_hours: 3_850,
        ..works(
            "Imballaggi",
            "produzione di imballaggi",
            "11402",
            "17.21.00",
        )
    },
    Trade {
        sector: "b",
        ..works(
            "Cooperativa Meccanica",
            "lavorazioni meccaniche in cooperativa",
            "10601",
            "25.62.00",
        )
    },
    Trade {
        sector: "g",
        ..works(
            "Calcestruzzi",
            "produzione di calcestruzzo preconfezionato",
            "11104",
            "23.63.00",
        )
    },
    Trade {
        sector: "h",
        ..works(
            "Impianti",
            "installazione di impianti elettrici e telefonici",
            "11306",
            "43.21.01",
        )
    },
    site(
        "m",
        "Costruzioni",
        "costruzione di edifici",
        "11301",
        "41.00.00",
    ),
    site("m", "Edilizia", "opere edili e affini", "41301", "43.91.00"),
    site(
        "n",
        "Cave",
        "estrazione e lavorazione di pietra",
        "11102",
        "08.11.00",
    ),
    site(
        "o",
        "Marmi",
        "lavorazione di materiali lapidei",
        "41102",
        "23.70.10",
    ),
    Trade {
        product: Product::AisFis,
        schemes: ("FIS", "CIGS_FIS"),
        sector: "fis",
        ..works(
            "Distribuzione",
            "commercio all'ingrosso di beni di consumo",
            "70101",
            "46.49.90",
        )
    },
    Trade {
        product: Product::AisFund,
        schemes: ("FUND:PROFESSIONALI", "FUND:PROFESSIONALI"),
        fund: "PROFESSIONALI",
        sector: "fis",
        ..works(
            "Studio",
            "attività tecniche e professionali",
            "70708",
            "71.12.10",
        )
    },
    Trade {
        product: Product::Cisoa,
        schemes: ("CISOA", "CISOA"),
        sector: "fis",
        weekly_hours: 3_900,
        working_days: 6,
        ordinary: FARMS,
        events: FARMS,
        ..works(
            "Agricola",
            "coltivazioni arboree e vivai",
            "50102",
            "01.21.00",
        )
    },
];
