-- Figures by every dimension of claims.md DAS-3, for offices, regions and Italy, with workers, hours and the days that
-- definitions took. What is needed for that was not kept of the steps told so far, so the read model is built again from
-- the first event of the feed: until the next run no day is published.

truncate claim_fact, claim_step, office_seen, stock_case, snapshot, cell;
update publication set last_day = null, redo_from = null;
delete from feed_cursor where consumer = 'dasmo-claims';

alter table claim_fact add column waited_days integer not null
  constraint claim_fact_waited_not_negative check (waited_days >= 0);
alter table claim_step add column waited_days integer not null
  constraint claim_step_waited_not_negative check (waited_days >= 0);
comment on column claim_fact.waited_days is 'With state, office, decided and last_day: after the last step.';
comment on column claim_step.waited_days is 'Days spent waiting for the employer up to this step (claims.md INT-9).';

create table size_class (
  name text constraint size_class_pk primary key,
  from_hundredths integer not null constraint size_class_from_unique unique
    constraint size_class_from_not_negative check (from_hundredths >= 0)
);
comment on table size_class is 'Classes of the average heads of a unit, in hundredths; each reaches up to the next.';
insert into size_class (name, from_hundredths) values
  ('0-5', 0), ('6-15', 501), ('16-50', 1501), ('51-250', 5001), ('>250', 25001);

create view claim_sized as
  select fact.*, size.name as size_class
    from claim_fact fact
    join (select name, from_hundredths, lead(from_hundredths) over (order by from_hundredths) as up_to
            from size_class) size
      on fact.average_heads_hundredths >= size.from_hundredths
     and (size.up_to is null or fact.average_heads_hundredths < size.up_to);
comment on view claim_sized is 'Claims with the class of size in force now.';

drop function stock_on;
create function stock_on(picture_day date)
returns table (
  claim_id uuid, protocol_number text, submitted_at timestamptz, submitted_day date, office text, product text,
  causale text, payment_mode text, csc_sector text, size_class text, state text, age_days integer, workers integer,
  hours_hundredths bigint
)
language sql stable
as $$
  select fact.claim_id, fact.protocol_number, fact.submitted_at, fact.submitted_day, step.office, fact.product,
         fact.causale, fact.payment_mode, fact.csc_sector, fact.size_class, step.to_state,
         greatest(picture_day - fact.submitted_day, 0), fact.workers, fact.hours_hundredths
    from claim_sized fact
    cross join lateral (
      select last.office, last.to_state
        from claim_step last
       where last.claim_id = fact.claim_id and last.day <= picture_day
       order by last.version desc
       limit 1
    ) step
   where fact.first_day <= picture_day
     and (fact.left_stock_day is null or fact.left_stock_day > picture_day)
$$;
comment on function stock_on is 'Claims in stock at the end of a day: the one definition of the stock (claims.md §9.2).';

drop table cell;
create table cell (
  day date not null constraint cell_snapshot_fk references snapshot (day),
  unit text not null constraint cell_unit_form check (unit ~ '^([0-9]{6}|R[0-9]{2}|IT)$'),
  dimension text not null,
  product text not null,
  section text not null constraint cell_section_known check (section in ('COVID', 'ORDINARY')),
  value text not null,
  received integer not null,
  received_workers integer not null,
  received_hours_hundredths bigint not null,
  defined integer not null,
  accepted integer not null,
  partially_accepted integer not null,
  rejected integer not null,
  defined_workers integer not null,
  defined_hours_hundredths bigint not null,
  gross_days integer[] not null,
  gross_claims integer[] not null,
  net_days integer[] not null,
  net_claims integer[] not null,
  withdrawn integer not null,
  annulled integer not null,
  transferred_in integer not null,
  transferred_out integer not null,
  stock integer not null,
  stock_to_take integer not null,
  stock_under_review integer not null,
  stock_waiting integer not null,
  stock_chronic integer not null,
  stock_very_old integer not null,
  stock_workers integer not null,
  stock_hours_hundredths bigint not null,
  received_total integer not null,
  defined_total integer not null,
  reexaminations_pending integer not null,
  appeals_pending integer not null,
  ages integer[] not null,
  constraint cell_pk primary key (unit, dimension, day, product, section, value),
  constraint cell_whole_has_no_value check ((dimension = 'WHOLE') = (value = '')),
  constraint cell_stages_make_the_stock check (stock = stock_to_take + stock_under_review + stock_waiting),
  constraint cell_outcomes_make_the_defined check (defined = accepted + partially_accepted + rejected)
);
comment on table cell is 'Measures of claims.md §9.2 by day, unit, product and section, cut by one dimension of DAS-3.';
comment on column cell.unit is 'An office (490000), the sum of a region (R03) or of Italy (IT).';
comment on column cell.value is 'Value of the dimension; empty for WHOLE.';
comment on column cell.gross_days is 'Days that definitions of the day took; gross_claims says how many took so long. Likewise net_days.';
create index cell_day on cell (day);

drop table stock_case;
create table stock_case (
  day date not null,
  submitted_at timestamptz not null,
  claim_id uuid not null,
  protocol_number text not null,
  office text not null,
  product text not null,
  section text not null,
  causale text not null,
  payment_mode text not null,
  csc_sector text not null,
  size_class text not null,
  arrival text not null,
  state text not null,
  stage text not null,
  age_days integer not null,
  age_class text not null,
  chronic boolean not null,
  very_old boolean not null,
  workers integer not null,
  hours_hundredths bigint not null,
  constraint stock_case_pk primary key (day, submitted_at, claim_id)
);
comment on table stock_case is 'The cases behind the stock of the last days (claims.md DAS-5); the key is their order in lists.';
create index stock_case_office on stock_case (day, office, submitted_at, claim_id);
create index stock_case_claim on stock_case (claim_id, day);

create table correction (
  day date not null,
  revision integer not null,
  office text not null,
  product text not null,
  section text not null,
  published_at timestamptz not null,
  received_before integer not null,
  received_after integer not null,
  defined_before integer not null,
  defined_after integer not null,
  stock_before integer not null,
  stock_after integer not null,
  constraint correction_pk primary key (day, revision, office, product, section)
);
comment on table correction is 'Where a published day came out other when it was made again.';
create index correction_published_at on correction (published_at);
