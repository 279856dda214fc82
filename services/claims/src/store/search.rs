//! Finding claims: one condition for the page, for the count and for the export, the scope first.

use chassis::identity::Scope;
use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::claims::sees_drafts;
use super::rows::{corrupt, state, unit_key};
use crate::domain::content::WrittenPeriod;
use crate::domain::product::{Causale, PaymentMode, Product};
use crate::domain::search::{Criteria, Found, Handling, Order, Place, SortField};
use crate::domain::state::State;

/// What a question is asked with, as the database takes it.
struct Question<'a> {
    criteria: &'a Criteria,
    matricole: Option<Vec<String>>,
    offices: Option<Vec<String>>,
    sees_drafts: bool,
    /// The only office that can be found, of the scope. It stands for scope and filter: said once, an index is walked in
    /// order by it, and the plan expects the right number of rows.
    one_office: Option<String>,
    /// Offices of the filter.
    named: &'a [String],
    states: Vec<String>,
    products: Vec<String>,
    causali: Vec<String>,
    payment_modes: Vec<String>,
    patterns: Vec<String>,
    key: Option<&'a str>,
    after: Option<Uuid>,
}

impl<'a> Question<'a> {
    fn of(scope: &Scope, criteria: &'a Criteria, after: Option<&'a Place>) -> Self {
        let offices = scope.offices();
        let narrowed = if criteria.offices.is_empty() {
            offices.as_deref()
        } else {
            Some(criteria.offices.as_slice())
        };
        let one_office = match narrowed {
            Some([one]) if scope.holds_office(one) => Some(one.clone()),
            _ => None,
        };
        let said = one_office.is_some();
        Self {
            named: if said { &[] } else { &criteria.offices },
            offices: if said { None } else { offices },
            one_office,
            matricole: scope.matricole(),
            sees_drafts: sees_drafts(scope),
            states: codes(&criteria.states, State::code),
            products: codes(&criteria.products, Product::code),
            causali: codes(&criteria.causali, Causale::code),
            payment_modes: codes(&criteria.payment_modes, PaymentMode::code),
            patterns: criteria.words.patterns(),
            key: after.map(|place| place.key.as_str()),
            after: after.map(|place| place.id),
            criteria,
        }
    }
}

fn codes<T: Copy>(values: &[T], code: fn(T) -> &'static str) -> Vec<String> {
    values.iter().map(|value| code(*value).to_owned()).collect()
}

/// A checked query over the claims that a question finds. The scope comes first, and no filter can widen it.
macro_rules! finding {
    ($query:ident $(<$row:ident>)?, $question:expr, [$($select:tt)+], $rest:literal $(, $more:expr)*) => {{
        let it: &Question<'_> = $question;
        let criteria = it.criteria;
        sqlx::$query!(
            $($row,)?
            $($select)+
            + " from claim
               where ($1::text[] is null or matricola = any($1)) and ($2::text[] is null or competent_office = any($2))
                 and (state <> 'DRAFT' or $3) and ($4::text is null or competent_office = $4)
                 and (cardinality($5::text[]) = 0 or state = any($5))
                 and (cardinality($6::text[]) = 0 or product = any($6))
                 and (cardinality($7::text[]) = 0 or causale = any($7))
                 and ($8::date is null or first_day + weeks * 7 > $8) and ($9::date is null or first_day <= $9)
                 and ($10::timestamptz is null or submitted_at >= $10)
                 and ($11::timestamptz is null or submitted_at < $11)
                 and ($12::text is null or matricola = $12) and ($13::int is null or production_unit_code = $13)
                 and ($14::text is null or employer_cf = $14)
                 and (cardinality($15::text[]) = 0 or competent_office = any($15))
                 and ($16::text is null or protocol_number = $16) and ($17::text is null or ticket = $17)
                 and ($18::text is null or search_text like claim_fold($18))
                 and (cardinality($19::text[]) = 0
                      or search_text like all(select claim_fold(word) from unnest($19::text[]) word))
                 and ($20::uuid is null or handler_id = $20) and (not $21 or handler_id is null)
                 and ($22::bool is null or filed_late = $22)
                 and (cardinality($23::text[]) = 0 or payment_mode = any($23))"
            + $rest,
            it.matricole.as_deref(),
            it.offices.as_deref(),
            it.sees_drafts,
            it.one_office,
            &it.states,
            &it.products,
            &it.causali,
            criteria.period_from,
            criteria.period_to,
            criteria.submitted_from,
            criteria.submitted_before,
            criteria.matricola,
            criteria.unit,
            criteria.employer_cf,
            it.named,
            criteria.protocol,
            criteria.ticket,
            it.patterns.first(),
            it.patterns.get(1..).unwrap_or_default(),
            criteria.handling.person(),
            criteria.handling == Handling::Nobody,
            criteria.filed_late,
            &it.payment_modes
            $(, $more)*
        )
    }};
}

/// A page in one order: what is sorted by, then what lies beyond a place and the order itself.
macro_rules! page_by {
    ($db:expr, $question:expr, $limit:expr, $key:literal, $rest:literal) => {
        finding!(
            query_as<Row>,
            $question,
            [
                "select ("
                + $key
                + ")::text as \"key!\", id, state, state_since, protocol_number, ticket, product, causale, payment_mode,
                   matricola, production_unit_code, coalesce(known_unit ->> 'unit_name', '') as \"unit_name!\",
                   employer_name, first_day, weeks, competent_office, submitted_at, filing_due, filed_late,
                   beneficiaries_count, hours_requested_hundredths, handler_id,
                   coalesce(jsonb_path_exists(findings, '$[*] ? (@.severity == \"FORCE\")'), false) as \"forced!\",
                   exists (select from proposal where claim_id = claim.id and status = 'PENDING') as \"pending!\""
            ],
            $rest,
            $question.key,
            $question.after,
            $limit
        )
        .fetch_all($db)
        .await
    };
}

/// Claims that criteria find in the scope, in an order, after a place, at most `limit`.
pub(crate) async fn page(
    db: &mut PgConnection,
    scope: &Scope,
    criteria: &Criteria,
    order: Order,
    after: Option<&Place>,
    limit: i64,
) -> Result<Vec<Found>, sqlx::Error> {
    let question = &Question::of(scope, criteria, after);
    plan_for_values(db).await?;
    let rows = match (order.field, order.descending) {
        (SortField::SubmittedAt, false) => page_by!(
            db, question, limit, "coalesce(submitted_at, created_at)",
            " and ($24::text is null or (coalesce(submitted_at, created_at), id) > ($24::text::timestamptz, $25))
              order by coalesce(submitted_at, created_at), id limit $26"
        ),
        (SortField::SubmittedAt, true) => page_by!(
            db, question, limit, "coalesce(submitted_at, created_at)",
            " and ($24::text is null or (coalesce(submitted_at, created_at), id) < ($24::text::timestamptz, $25))
              order by coalesce(submitted_at, created_at) desc, id desc limit $26"
        ),
        (SortField::Deadline, false) => page_by!(
            db, question, limit, "coalesce(filing_due, 'infinity'::date)",
            " and ($24::text is null or (coalesce(filing_due, 'infinity'::date), id) > ($24::text::date, $25))
              order by coalesce(filing_due, 'infinity'::date), id limit $26"
        ),
        (SortField::Deadline, true) => page_by!(
            db, question, limit, "coalesce(filing_due, 'infinity'::date)",
            " and ($24::text is null or (coalesce(filing_due, 'infinity'::date), id) < ($24::text::date, $25))
              order by coalesce(filing_due, 'infinity'::date) desc, id desc limit $26"
        ),
        (SortField::Protocol, false) => page_by!(
            db, question, limit, "protocol_order",
            " and ($24::text is null or (protocol_order, id) > ($24::text::text, $25))
              order by protocol_order, id limit $26"
        ),
        (SortField::Protocol, true) => page_by!(
            db, question, limit, "protocol_order",
            " and ($24::text is null or (protocol_order, id) < ($24::text::text, $25))
              order by protocol_order desc, id desc limit $26"
        ),
        (SortField::EmployerName, false) => page_by!(
            db, question, limit, "(claim_fold(employer_name) collate \"C\")",
            " and ($24::text is null or ((claim_fold(employer_name) collate \"C\"), id) > ($24::text::text, $25))
              order by (claim_fold(employer_name) collate \"C\"), id limit $26"
        ),
        (SortField::EmployerName, true) => page_by!(
            db, question, limit, "(claim_fold(employer_name) collate \"C\")",
            " and ($24::text is null or ((claim_fold(employer_name) collate \"C\"), id) < ($24::text::text, $25))
              order by (claim_fold(employer_name) collate \"C\") desc, id desc limit $26"
        ),
        (SortField::Hours, false) => page_by!(
            db, question, limit, "hours_requested_hundredths",
            " and ($24::text is null or (hours_requested_hundredths, id) > ($24::text::bigint, $25))
              order by hours_requested_hundredths, id limit $26"
        ),
        (SortField::Hours, true) => page_by!(
            db, question, limit, "hours_requested_hundredths",
            " and ($24::text is null or (hours_requested_hundredths, id) < ($24::text::bigint, $25))
              order by hours_requested_hundredths desc, id desc limit $26"
        ),
        (SortField::StateSince, false) => page_by!(
            db, question, limit, "state_since",
            " and ($24::text is null or (state_since, id) > ($24::text::timestamptz, $25))
              order by state_since, id limit $26"
        ),
        (SortField::StateSince, true) => page_by!(
            db, question, limit, "state_since",
            " and ($24::text is null or (state_since, id) < ($24::text::timestamptz, $25))
              order by state_since desc, id desc limit $26"
        ),
    }?;
    rows.into_iter().map(Row::found).collect()
}

/// How many claims criteria find in the scope, counted up to `most`.
pub(crate) async fn count(
    db: &mut PgConnection,
    scope: &Scope,
    criteria: &Criteria,
    most: i64,
) -> Result<i64, sqlx::Error> {
    let question = &Question::of(scope, criteria, None);
    plan_for_values(db).await?;
    finding!(
        query_scalar,
        question,
        ["select count(*) as \"count!\" from (select"],
        " limit $24) found",
        most
    )
    .fetch_one(db)
    .await
}

/// How many claims criteria find in the scope, by office, instrument and day of the protocol in Rome.
pub(crate) async fn arrived(
    db: &mut PgConnection,
    scope: &Scope,
    criteria: &Criteria,
) -> Result<Vec<Arrived>, sqlx::Error> {
    let question = &Question::of(scope, criteria, None);
    plan_for_values(db).await?;
    let rows = finding!(
        query_as<ArrivedRow>,
        question,
        [
            "select competent_office as \"office!\", product as \"product!\",
                    (submitted_at at time zone 'Europe/Rome')::date as \"on!\", count(*) as \"claims!\""
        ],
        " and state <> 'DRAFT' group by 1, 2, 3"
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Arrived {
                office: row.office,
                product: Product::parse(&row.product).ok_or_else(|| corrupt("claim.product"))?,
                on: row.on,
                claims: row.claims,
            })
        })
        .collect()
}

/// Claims of an office and an instrument that arrived on one day.
#[derive(Debug, Clone)]
pub(crate) struct Arrived {
    /// The office.
    pub(crate) office: String,
    /// The instrument.
    pub(crate) product: Product,
    /// Day of the protocol.
    pub(crate) on: NaiveDate,
    /// How many.
    pub(crate) claims: i64,
}

struct ArrivedRow {
    office: String,
    product: String,
    on: NaiveDate,
    claims: i64,
}

/// Plans the next statements of this transaction for the values that they are asked with: most conditions are then
/// nothing, and what is left finds its index.
async fn plan_for_values(db: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query!("set local plan_cache_mode = force_custom_plan")
        .execute(db)
        .await?;
    Ok(())
}

/// From here on the transaction reads what is committed now, and nothing later.
pub(crate) async fn take_snapshot(db: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query!("set transaction isolation level repeatable read, read only")
        .execute(db)
        .await?;
    Ok(())
}

struct Row {
    key: String,
    id: Uuid,
    state: String,
    state_since: DateTime<Utc>,
    protocol_number: Option<String>,
    ticket: Option<String>,
    product: Option<String>,
    causale: Option<String>,
    payment_mode: Option<String>,
    matricola: String,
    production_unit_code: i32,
    unit_name: String,
    employer_name: String,
    first_day: Option<NaiveDate>,
    weeks: Option<i32>,
    competent_office: Option<String>,
    submitted_at: Option<DateTime<Utc>>,
    filing_due: Option<NaiveDate>,
    filed_late: Option<bool>,
    beneficiaries_count: i32,
    hours_requested_hundredths: i64,
    handler_id: Option<Uuid>,
    forced: bool,
    pending: bool,
}

impl Row {
    fn found(self) -> Result<Found, sqlx::Error> {
        Ok(Found {
            place: Place {
                key: self.key,
                id: self.id,
            },
            state: state(&self.state)?,
            state_since: self.state_since,
            protocol: self.protocol_number,
            ticket: self.ticket,
            product: self.product.as_deref().and_then(Product::parse),
            causale: self.causale.as_deref().and_then(Causale::parse),
            payment_mode: self.payment_mode.as_deref().and_then(PaymentMode::parse),
            unit: unit_key(&self.matricola, self.production_unit_code)?,
            unit_name: self.unit_name,
            employer_name: self.employer_name,
            period: self
                .first_day
                .zip(self.weeks.and_then(|weeks| u32::try_from(weeks).ok()))
                .map(|(first_day, weeks)| WrittenPeriod { first_day, weeks }),
            office: self.competent_office,
            submitted_at: self.submitted_at,
            filing_due: self.filing_due,
            filed_late: self.filed_late.unwrap_or(false),
            beneficiaries_count: self.beneficiaries_count,
            hours_requested_hundredths: self.hours_requested_hundredths,
            handler: self.handler_id,
            forced: self.forced,
            proposal_pending: self.pending,
        })
    }
}
