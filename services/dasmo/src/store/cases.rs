//! The cases behind the stock, within a territory.

use chassis::paging::Page;
use chassis::{Failure, Tx};
use chrono::{DateTime, Days, Months, NaiveDate, Utc};
use kernel::OfficeCode;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::pictures::{age, size};
use super::{classes, stored};
use crate::domain::{Classes, Cut, Dimension, Product, Section, Selection};

/// Cases that are counted at most.
pub(crate) const COUNTED_MOST: i64 = 10_000;

/// Where a page begins. The day is part of it, so that paging goes on over the same picture when the next one is
/// published meanwhile.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct CaseKey {
    pub(crate) day: NaiveDate,
    pub(crate) arrived_at: DateTime<Utc>,
    pub(crate) id: Uuid,
}

/// Which cases, besides the territory.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct CaseFilter {
    /// Above the threshold of the product.
    pub(crate) only_chronic: bool,
    /// Above 365 days.
    pub(crate) only_very_old: bool,
    /// With all of these characteristics.
    pub(crate) parts: Vec<Cut>,
}

impl CaseFilter {
    /// The value asked for of a characteristic.
    pub(crate) fn value(&self, dimension: Dimension) -> Option<&str> {
        self.parts
            .iter()
            .find(|cut| cut.dimension == dimension)
            .map(|cut| cut.value.as_str())
    }
}

/// A claim in stock at the end of a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Case {
    /// Claim.
    pub(crate) claim_id: Uuid,
    /// Protocol number.
    pub(crate) protocol_number: String,
    /// Instant of the protocol.
    pub(crate) submitted_at: DateTime<Utc>,
    /// Office.
    pub(crate) office: String,
    /// Product.
    pub(crate) product: String,
    /// Reason.
    pub(crate) causale: String,
    /// Who advances the money.
    pub(crate) payment_mode: String,
    /// First digit of the CSC.
    pub(crate) csc_sector: String,
    /// Class of the firm's size.
    pub(crate) size_class: String,
    /// State.
    pub(crate) state: String,
    /// Age in days.
    pub(crate) age_days: i32,
    /// Above the threshold of the product.
    pub(crate) chronic: bool,
    /// Above 365 days.
    pub(crate) very_old: bool,
    /// Workers.
    pub(crate) workers: i32,
    /// Hours, in hundredths.
    pub(crate) hours_hundredths: i64,
}

/// Whether the lists of a day are kept, of claims as of flows.
pub(crate) async fn kept(tx: &mut Tx, day: NaiveDate) -> Result<bool, Failure> {
    Ok(sqlx::query_scalar!(
        r#"select coalesce($1 between listed_from and listed_to, false) as "kept!" from publication"#,
        day
    )
    .fetch_one(&mut **tx)
    .await?)
}

/// One row more than the page, oldest claims first.
pub(crate) async fn page(
    tx: &mut Tx,
    day: NaiveDate,
    selection: &Selection,
    cases: &CaseFilter,
    page: &Page<CaseKey>,
) -> Result<Vec<Case>, Failure> {
    let filter = &selection.filter;
    let classes = classes::of_day(tx, day).await?;
    let Some(bounds) = Bounds::of(cases, day, &classes) else {
        return Ok(Vec::new());
    };
    let rows = sqlx::query_as!(
        Stay,
        "select claim_id, protocol_number, submitted_at, submitted_day, kept.office, product, causale, payment_mode,
                csc_sector, average_heads_hundredths, state, workers, hours_hundredths
           from stock_case kept
           join office_seen seen on seen.office = kept.office
          where kept.from_day <= $1 and kept.until_day > $1
            and ($2::text[] is null or kept.office = any($2))
            and ($3::text is null or kept.office = $3)
            and ($4::text is null or seen.region_istat = $4)
            and ($5::text is null or kept.product = $5)
            and ($6::text is null or kept.section = $6)
            and ($7::text is null or causale = $7)
            and ($8::text is null or payment_mode = $8)
            and ($9::text is null or csc_sector = $9)
            and ($10::text is null or stage = $10)
            and ($11::date is null or submitted_day >= $11)
            and ($12::date is null or submitted_day < $12)
            and ($13::text[] is null or submitted_day < ($14::date[])[array_position($13, kept.product)])
            and ($15::bigint is null or average_heads_hundredths >= $15)
            and ($16::bigint is null or average_heads_hundredths < $16)
            and ($17::timestamptz is null or (submitted_at, claim_id) > ($17, $18))
          order by submitted_at, claim_id
          limit $19",
        day,
        selection.territory.codes() as Option<Vec<String>>,
        filter.office.as_ref().map(OfficeCode::as_str),
        filter.region_istat.as_deref(),
        filter.product.map(Product::code),
        filter.section.map(Section::code),
        cases.value(Dimension::Causale),
        cases.value(Dimension::PaymentMode),
        cases.value(Dimension::Sector),
        cases.value(Dimension::Stage),
        bounds.submitted_from,
        bounds.submitted_before,
        bounds.chronic_products as Option<Vec<String>>,
        &bounds.chronic_before,
        bounds.heads_from,
        bounds.heads_before,
        page.after.as_ref().map(|key| key.arrived_at),
        page.after.as_ref().map(|key| key.id),
        page.size + 1
    )
    .fetch_all(&mut **tx)
    .await?;
    rows.into_iter().map(|row| row.on(day, &classes)).collect()
}

/// How many there are, up to a limit. In the order of the list, so that its key is gone along.
pub(crate) async fn count(
    tx: &mut Tx,
    day: NaiveDate,
    selection: &Selection,
    cases: &CaseFilter,
    limit: i64,
) -> Result<i64, Failure> {
    let filter = &selection.filter;
    let classes = classes::of_day(tx, day).await?;
    let Some(bounds) = Bounds::of(cases, day, &classes) else {
        return Ok(0);
    };
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "count!"
             from (select 1
                     from stock_case kept
                     join office_seen seen on seen.office = kept.office
                    where kept.from_day <= $1 and kept.until_day > $1
                      and ($2::text[] is null or kept.office = any($2))
                      and ($3::text is null or kept.office = $3)
                      and ($4::text is null or seen.region_istat = $4)
                      and ($5::text is null or kept.product = $5)
                      and ($6::text is null or kept.section = $6)
                      and ($7::text is null or causale = $7)
                      and ($8::text is null or payment_mode = $8)
                      and ($9::text is null or csc_sector = $9)
                      and ($10::text is null or stage = $10)
                      and ($11::date is null or submitted_day >= $11)
                      and ($12::date is null or submitted_day < $12)
                      and ($13::text[] is null or submitted_day < ($14::date[])[array_position($13, kept.product)])
                      and ($15::bigint is null or average_heads_hundredths >= $15)
                      and ($16::bigint is null or average_heads_hundredths < $16)
                    order by kept.submitted_at, kept.claim_id
                    limit $17) found"#,
        day,
        selection.territory.codes() as Option<Vec<String>>,
        filter.office.as_ref().map(OfficeCode::as_str),
        filter.region_istat.as_deref(),
        filter.product.map(Product::code),
        filter.section.map(Section::code),
        cases.value(Dimension::Causale),
        cases.value(Dimension::PaymentMode),
        cases.value(Dimension::Sector),
        cases.value(Dimension::Stage),
        bounds.submitted_from,
        bounds.submitted_before,
        bounds.chronic_products as Option<Vec<String>>,
        &bounds.chronic_before,
        bounds.heads_from,
        bounds.heads_before,
        limit
    )
    .fetch_one(&mut **tx)
    .await?)
}

/// A case of a day within a territory.
pub(crate) async fn one(
    tx: &mut Tx,
    day: NaiveDate,
    selection: &Selection,
    claim_id: Uuid,
) -> Result<Option<Case>, Failure> {
    let classes = classes::of_day(tx, day).await?;
    let stay = sqlx::query_as!(
        Stay,
        "select claim_id, protocol_number, submitted_at, submitted_day, office, product, causale, payment_mode,
                csc_sector, average_heads_hundredths, state, workers, hours_hundredths
           from stock_case
          where claim_id = $1 and from_day <= $2 and until_day > $2 and ($3::text[] is null or office = any($3))",
        claim_id,
        day,
        selection.territory.codes() as Option<Vec<String>>
    )
    .fetch_optional(&mut **tx)
    .await?;
    stay.map(|stay| stay.on(day, &classes)).transpose()
}

/// What is kept of a case, whatever the day.
struct Stay {
    claim_id: Uuid,
    protocol_number: String,
    submitted_at: DateTime<Utc>,
    submitted_day: NaiveDate,
    office: String,
    product: String,
    causale: String,
    payment_mode: String,
    csc_sector: String,
    average_heads_hundredths: i64,
    state: String,
    workers: i32,
    hours_hundredths: i64,
}

impl Stay {
    /// The case as the picture of a day has it.
    fn on(self, day: NaiveDate, classes: &Classes) -> Result<Case, Failure> {
        let product = stored(&self.product, "stock_case.product")?;
        let age_days = age(day, self.submitted_day);
        Ok(Case {
            claim_id: self.claim_id,
            protocol_number: self.protocol_number,
            submitted_at: self.submitted_at,
            office: self.office,
            product: self.product,
            causale: self.causale,
            payment_mode: self.payment_mode,
            csc_sector: self.csc_sector,
            size_class: size(&classes.sizes, self.average_heads_hundredths),
            state: self.state,
            age_days,
            chronic: classes.ageing.is_chronic(product, age_days),
            very_old: classes.ageing.is_very_old(age_days),
            workers: self.workers,
            hours_hundredths: self.hours_hundredths,
        })
    }
}

/// What a filter by classes, flags and month of arrival comes to on a day: bounds of what is kept of a case. Bounds from
/// belong to it, bounds before do not.
#[derive(Debug, Default, PartialEq, Eq)]
struct Bounds {
    submitted_from: Option<NaiveDate>,
    submitted_before: Option<NaiveDate>,
    chronic_products: Option<Vec<String>>,
    /// For each of the products.
    chronic_before: Vec<NaiveDate>,
    heads_from: Option<i64>,
    heads_before: Option<i64>,
}

impl Bounds {
    /// `None` when the filter names a class that the day does not know, or no month, so that nothing is in it.
    fn of(cases: &CaseFilter, day: NaiveDate, classes: &Classes) -> Option<Self> {
        let ageing = &classes.ageing;
        let mut bounds = Self::default();
        if cases.only_chronic {
            let before = |product: &Product| older_than(day, ageing.chronic_above(*product));
            let products = Product::ALL.iter().map(|it| it.code().to_owned());
            bounds.chronic_products = Some(products.collect());
            bounds.chronic_before = Product::ALL.iter().map(before).collect();
        }
        if cases.only_very_old {
            bounds.before(older_than(day, ageing.very_old_above()));
        }
        if let Some(class) = cases.value(Dimension::Age) {
            let (from, next) = ageing.classes().reach_of(class)?;
            if from > 0 {
                bounds.before(older_than(day, from - 1));
            }
            if let Some(next) = next {
                bounds.from(older_than(day, next - 1));
            }
        }
        if let Some(month) = cases.value(Dimension::Arrival) {
            let first: NaiveDate = format!("{month}-01").parse().ok()?;
            bounds.from(first);
            bounds.before(first.checked_add_months(Months::new(1))?);
        }
        if let Some(class) = cases.value(Dimension::Size) {
            let (from, next) = classes.sizes.reach_of(class)?;
            bounds.heads_from = Some(from.into());
            bounds.heads_before = next.map(i64::from);
        }
        Some(bounds)
    }

    fn from(&mut self, day: NaiveDate) {
        self.submitted_from = self.submitted_from.max(Some(day));
    }

    fn before(&mut self, day: NaiveDate) {
        let earlier = self.submitted_before.map_or(day, |before| before.min(day));
        self.submitted_before = Some(earlier);
    }
}

/// The day before which that was submitted which is older than this at the end of `day`.
fn older_than(day: NaiveDate, age_days: i32) -> NaiveDate {
    let days = Days::new(u64::try_from(age_days).unwrap_or_default());
    day.checked_sub_days(days).unwrap_or(NaiveDate::MIN)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::month_of;
    use crate::domain::properties::classes_of_the_page;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn by(dimension: Dimension, value: &str) -> CaseFilter {
        CaseFilter {
            parts: vec![Cut::by(dimension, value)],
            ..CaseFilter::default()
        }
    }

    fn holds(bounds: &Bounds, submitted: NaiveDate) -> bool {
        bounds.submitted_from.is_none_or(|from| submitted >= from)
            && bounds
                .submitted_before
                .is_none_or(|before| submitted < before)
    }

    proptest! {
        #[test]
        fn bounds_hold_the_cases_that_are_classed_so(age_days in 0..900_i32) {
            let (today, classes) = (day("2026-11-24"), classes_of_the_page());
            let submitted = today - Days::new(age_days.unsigned_abs().into());
            let bounds = |filter: &CaseFilter| Bounds::of(filter, today, &classes).unwrap();
            for class in classes.ageing.classes().names() {
                let in_class = classes.ageing.classes().name_of(age_days) == class;
                prop_assert_eq!(holds(&bounds(&by(Dimension::Age, &class)), submitted), in_class);
            }
            let very_old = CaseFilter { only_very_old: true, ..CaseFilter::default() };
            prop_assert_eq!(holds(&bounds(&very_old), submitted), classes.ageing.is_very_old(age_days));
            let chronic = bounds(&CaseFilter { only_chronic: true, ..CaseFilter::default() });
            for (product, before) in Product::ALL.into_iter().zip(chronic.chronic_before) {
                prop_assert_eq!(submitted < before, classes.ageing.is_chronic(product, age_days));
            }
            let month = by(Dimension::Arrival, &month_of(submitted));
            prop_assert!(holds(&bounds(&month), submitted));
            prop_assert!(!holds(&bounds(&month), submitted + Months::new(1)));
        }
    }

    #[test]
    fn a_claim_of_tomorrow_s_clock_is_in_the_youngest_class() {
        let (today, classes) = (day("2026-11-24"), classes_of_the_page());
        let bounds = Bounds::of(&by(Dimension::Age, "0-15"), today, &classes).unwrap();
        assert!(holds(&bounds, day("2026-11-25")));
    }

    #[test]
    fn a_class_that_the_day_does_not_know_holds_nothing() {
        let (today, classes) = (day("2026-11-24"), classes_of_the_page());
        for filter in [
            by(Dimension::Age, "0-30"),
            by(Dimension::Size, "many"),
            by(Dimension::Arrival, "november"),
        ] {
            assert_eq!(Bounds::of(&filter, today, &classes), None);
        }
    }
}
