//! As what the limits keep the weeks of a claim (`limits.md` §12.1).

use chrono::NaiveDate;

use super::product::{Causale, Product};

/// Whose weeks or months they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// Weeks of the cassa integrazione ordinaria.
    Cigo,
    /// Weeks of the assegno di integrazione salariale of the FIS.
    Ais,
    /// Days of the cassa integrazione straordinaria, limited by the month.
    Cigs,
}

/// Why, as far as the limits care.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// Ordinary, of CIGO and AIS. The extraordinary reasons of the FIS too, which has one counter for both kinds.
    Ord,
    /// Evento oggettivamente non evitabile, of CIGO and AIS.
    Eone,
    /// Riorganizzazione aziendale.
    Riorg,
    /// Crisi aziendale.
    Crisi,
    /// Contratto di solidarietà.
    Cds,
}

/// What the limits keep the weeks of a claim as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ground {
    /// Whose weeks they are.
    pub scheme: Scheme,
    /// Why.
    pub cause: Cause,
}

/// First day on which weeks of AIS are limited by themselves (art. 1 c. 204 L. 234/2021; `limits.md` §5).
const AIS_COUNTED_FROM: NaiveDate = match NaiveDate::from_ymd_opt(2022, 1, 1) {
    Some(day) => day,
    None => panic!("not a day of the calendar"),
};

impl Ground {
    /// The ground of an instrument for a reason and from a day; `None` when the limits do not keep it. COVID reasons are
    /// neutral for them (`claims.md` §5.1), and agriculture, deroga and the other funds have counters of their own.
    pub fn of(product: Product, causale: Causale, first_day: NaiveDate) -> Option<Self> {
        if causale.is_covid() {
            return None;
        }
        let weekly = if causale.is_eone() {
            Cause::Eone
        } else {
            Cause::Ord
        };
        let (scheme, cause) = match product {
            Product::Cigo => (Scheme::Cigo, weekly),
            Product::AisFis if first_day >= AIS_COUNTED_FROM => (Scheme::Ais, weekly),
            Product::Cigs => (Scheme::Cigs, extraordinary(causale)?),
            Product::AisFis
            | Product::AisFund
            | Product::Cisoa
            | Product::Cigd
            | Product::CigdMulti => return None,
        };
        Some(Self { scheme, cause })
    }
}

fn extraordinary(causale: Causale) -> Option<Cause> {
    match causale {
        Causale::Reorganisation => Some(Cause::Riorg),
        Causale::CompanyCrisis => Some(Cause::Crisi),
        Causale::SolidarityContract => Some(Cause::Cds),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::samples::day;

    fn ground(product: Product, causale: Causale) -> Option<(Scheme, Cause)> {
        let ground = Ground::of(product, causale, day("2026-09-07"))?;
        Some((ground.scheme, ground.cause))
    }

    #[test]
    fn weeks_of_cigo_and_ais_are_ordinary_or_of_an_event() {
        for (product, scheme) in [
            (Product::Cigo, Scheme::Cigo),
            (Product::AisFis, Scheme::Ais),
        ] {
            let of = |causale| ground(product, causale);
            assert_eq!(of(Causale::MarketCrisis), Some((scheme, Cause::Ord)));
            assert_eq!(of(Causale::Earthquake), Some((scheme, Cause::Eone)));
            assert_eq!(of(Causale::CovidDl41), None);
        }
        let in_the_fis = ground(Product::AisFis, Causale::CompanyCrisis);
        assert_eq!(in_the_fis, Some((Scheme::Ais, Cause::Ord)));
    }

    #[test]
    fn each_reason_of_cigs_has_a_counter_of_its_own() {
        for (causale, cause) in [
            (Causale::Reorganisation, Some(Cause::Riorg)),
            (Causale::CompanyCrisis, Some(Cause::Crisi)),
            (Causale::SolidarityContract, Some(Cause::Cds)),
            (Causale::MarketCrisis, None),
        ] {
            let expected = cause.map(|cause| (Scheme::Cigs, cause));
            assert_eq!(ground(Product::Cigs, causale), expected);
        }
    }

    #[test]
    fn what_has_counters_elsewhere_is_not_kept() {
        for product in [
            Product::AisFund,
            Product::Cisoa,
            Product::Cigd,
            Product::CigdMulti,
        ] {
            assert_eq!(ground(product, Causale::MarketCrisis), None);
        }
        let of = |first| Ground::of(Product::AisFis, Causale::MarketCrisis, day(first));
        assert_eq!(of("2021-12-27"), None, "the week in which the reform came");
        assert!(of("2022-01-03").is_some());
    }
}
