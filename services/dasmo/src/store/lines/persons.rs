//! Distinct workers of published pictures, within a territory. They do not add up, so they are counted when they are
//! asked for, over the steps that the pictures know and no others.

use std::collections::BTreeMap;

use chassis::{Failure, Tx};
use chrono::NaiveDate;
use kernel::OfficeCode;

use crate::domain::lines::{LinePersons, Persons};
use crate::domain::{Product, Section, Selection};
use crate::store::volumes::{Grouping, dimension_of};

/// Distinct workers by group: of the movements of an interval, and of the stock of its last day.
pub(crate) async fn counted(
    tx: &mut Tx,
    (from, to): (NaiveDate, NaiveDate),
    grouping: Grouping,
    selection: &Selection,
) -> Result<BTreeMap<String, LinePersons>, Failure> {
    let mut counted: BTreeMap<String, LinePersons> = BTreeMap::new();
    for row in moved(tx, (from, to), grouping, selection).await? {
        let persons = counted.entry(row.grouped).or_default();
        persons.received = Persons::new(row.received);
        persons.ordered = Persons::new(row.ordered);
        persons.paid = Persons::new(row.paid);
        persons.rejected = Persons::new(row.rejected);
    }
    for row in held(tx, to, grouping, selection).await? {
        let persons = counted.entry(row.grouped).or_default();
        persons.stock = Persons::new(row.stock);
        persons.first_payment_pending = Persons::new(row.first_payment_pending);
    }
    Ok(counted)
}

struct MovedRow {
    grouped: String,
    received: i64,
    ordered: i64,
    paid: i64,
    rejected: i64,
}

async fn moved(
    tx: &mut Tx,
    (from, to): (NaiveDate, NaiveDate),
    grouping: Grouping,
    selection: &Selection,
) -> Result<Vec<MovedRow>, Failure> {
    let filter = &selection.filter;
    let part = filter.part.as_ref();
    Ok(sqlx::query_as!(
        MovedRow,
        r#"with moved as (
             select line.worker_id, flow.office, seen.region_istat, flow.product, flow.section,
                    flow_value($3, flow.causale, flow.payment_mode, flow.csc_sector, flow.size_class,
                               flow.received_day) as lasting_value,
                    case when step.movement = 'CANCELLED' and step.occurred_at = flow.rejected_at then 'REJECTED'
                         else step.movement end as movement
               from line_step step
               join snapshot on snapshot.day = step.day and step.batch <= snapshot.last_batch
               join flow_line line on line.line_id = step.line_id
               join flow_sized flow on flow.flow_id = line.flow_id
               join office_seen seen on seen.office = flow.office
              where step.day between $1 and $2 and step.movement is not null
                and ($4::text[] is null or flow.office = any($4))
                and ($5::text is null or flow.office = $5)
                and ($6::text is null or seen.region_istat = $6)
                and ($7::text is null or flow.product = $7)
                and ($8::text is null or flow.section = $8)
           ), valued as (
             select moved.*,
                    case when $3 <> 'OUTCOME' then lasting_value
                         when movement in ('PAID', 'REJECTED', 'CANCELLED') then movement end as value
               from moved
           ), grouped as (
             select valued.*, case $10 when 'OFFICE' then office when 'REGION' then region_istat
                                       when 'PRODUCT' then product when 'SECTION' then section
                                       when 'VALUE' then value else '' end as grouped
               from valued
              where value is not null and ($9::text is null or value = $9)
           )
           select grouped as "grouped!",
                  count(distinct worker_id) filter (where movement = 'RECEIVED') as "received!",
                  count(distinct worker_id) filter (where movement = 'ORDERED') as "ordered!",
                  count(distinct worker_id) filter (where movement = 'PAID') as "paid!",
                  count(distinct worker_id) filter (where movement = 'REJECTED') as "rejected!"
             from grouped group by grouped"#,
        from,
        to,
        dimension_of(grouping, part).code(),
        selection.territory.codes() as Option<Vec<String>>,
        filter.office.as_ref().map(OfficeCode::as_str),
        filter.region_istat.as_deref(),
        filter.product.map(Product::code),
        filter.section.map(Section::code),
        part.map(|cut| cut.value.as_str()),
        grouping.code()
    )
    .fetch_all(&mut **tx)
    .await?)
}

struct HeldRow {
    grouped: String,
    stock: i64,
    first_payment_pending: i64,
}

async fn held(
    tx: &mut Tx,
    day: NaiveDate,
    grouping: Grouping,
    selection: &Selection,
) -> Result<Vec<HeldRow>, Failure> {
    let filter = &selection.filter;
    let part = filter.part.as_ref();
    Ok(sqlx::query_as!(
        HeldRow,
        r#"with known as (
             select last_batch from snapshot where day = $1
           ), held as (
             select line.worker_id, flow.office, seen.region_istat, flow.product, flow.section,
                    case $2 when 'ANOMALY' then line.anomalies when 'STAGE' then array[line_stage(line.state)]
                            when 'AGE' then array[(select name from ageing_class
                                                    where from_days <= greatest($1 - flow.received_day, 0)
                                                    order by from_days desc limit 1)]
                            else array[flow_value($2, flow.causale, flow.payment_mode, flow.csc_sector, flow.size_class,
                                                  flow.received_day)] end as values
               from known
               cross join lateral lines_on($1, known.last_batch) line
               join flow_sized flow on flow.flow_id = line.flow_id
               join office_seen seen on seen.office = flow.office
              where ($3::text[] is null or flow.office = any($3))
                and ($4::text is null or flow.office = $4)
                and ($5::text is null or seen.region_istat = $5)
                and ($6::text is null or flow.product = $6)
                and ($7::text is null or flow.section = $7)
           ), valued as (
             select distinct held.worker_id, held.product,
                    case $9 when 'OFFICE' then office when 'REGION' then region_istat
                            when 'PRODUCT' then held.product when 'SECTION' then section
                            when 'VALUE' then value else '' end as grouped
               from held, unnest(values) as value
              where worker_id is not null and value is not null and ($8::text is null or value = $8)
           ), paid as (
             select distinct asked.worker_id, asked.product
               from (select distinct worker_id, product from valued) asked
               join flow_line line on line.worker_id = asked.worker_id and line.first_day <= $1
               join flow_fact flow on flow.flow_id = line.flow_id and flow.product = asked.product
               cross join known
               cross join lateral (
                 select last.state
                   from line_step last
                  where last.line_id = line.line_id and last.day <= $1 and last.batch <= known.last_batch
                  order by last.version desc, last.position desc
                  limit 1
               ) step
              where step.state = 'PAID'
           )
           select grouped as "grouped!", count(distinct valued.worker_id) as "stock!",
                  count(distinct valued.worker_id) filter (where paid.worker_id is null) as "first_payment_pending!"
             from valued
             left join paid on paid.worker_id = valued.worker_id and paid.product = valued.product
            group by grouped"#,
        day,
        dimension_of(grouping, part).code(),
        selection.territory.codes() as Option<Vec<String>>,
        filter.office.as_ref().map(OfficeCode::as_str),
        filter.region_istat.as_deref(),
        filter.product.map(Product::code),
        filter.section.map(Section::code),
        part.map(|cut| cut.value.as_str()),
        grouping.code()
    )
    .fetch_all(&mut **tx)
    .await?)
}
