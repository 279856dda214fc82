-- The list behind the stock as stays: a claim stands so from a day until another. A night writes the claims that moved, where it
-- wrote the whole stock before. What depends on the day or on classes (age, flags, size) is no part of a stay: it is read by
-- what the picture of the day is classed by, which every published day keeps.

alter table snapshot add column classes jsonb;
update snapshot set classes = jsonb_build_object(
  'ageing', jsonb_build_object(
    'classes', (select jsonb_agg(jsonb_build_object('name', name, 'from', from_days) order by from_days) from ageing_class),
    'chronic_default', (select above_days from ageing_threshold where flag = 'CHRONIC' and product = '*'),
    'chronic', (select coalesce(jsonb_object_agg(product, above_days), '{}')
                  from ageing_threshold where flag = 'CHRONIC' and product <> '*'),
    'very_old', (select above_days from ageing_threshold where flag = 'VERY_OLD')),
  'sizes', (select jsonb_agg(jsonb_build_object('name', name, 'from', from_hundredths) order by from_hundredths)
              from size_class));
alter table snapshot alter column classes set not null;
comment on column snapshot.classes is 'Classes of age and of size, and thresholds of age, that the picture was made with.';

drop function stock_on;
drop view claim_sized;
create function stock_on(picture_day date)
returns table (
  claim_id uuid, protocol_number text, submitted_at timestamptz, submitted_day date, office text, product text,
  causale text, payment_mode text, csc_sector text, average_heads_hundredths bigint, state text, workers integer,
  hours_hundredths bigint
)
language sql stable
as $$
  select fact.claim_id, fact.protocol_number, fact.submitted_at, fact.submitted_day, coalesce(step.office, fact.office),
         fact.product, fact.causale, fact.payment_mode, fact.csc_sector, fact.average_heads_hundredths,
         coalesce(step.to_state, fact.state), fact.workers, fact.hours_hundredths
    from claim_fact fact
    left join lateral (
      select last.office, last.to_state
        from claim_step last
       where fact.last_day > picture_day and last.claim_id = fact.claim_id and last.day <= picture_day
       order by last.version desc
       limit 1
    ) step on true
   where fact.first_day <= picture_day
     and (fact.left_stock_day is null or fact.left_stock_day > picture_day)
$$;
comment on function stock_on is 'Claims in stock at the end of a day: the one definition of the stock (claims.md §9.2). The steps are asked only where the claim has moved since.';

alter table stock_case rename to former_case;
alter table former_case rename constraint stock_case_pk to former_case_pk;
create table stock_case (
  claim_id uuid not null,
  from_day date not null,
  until_day date not null default 'infinity',
  protocol_number text not null,
  submitted_at timestamptz not null,
  submitted_day date not null,
  office text not null,
  product text not null,
  causale text not null,
  section text not null generated always as (case when causale like 'COVID19\_%' then 'COVID' else 'ORDINARY' end) stored,
  payment_mode text not null,
  csc_sector text not null,
  average_heads_hundredths bigint not null,
  state text not null,
  stage text not null generated always as
    (case state when 'UNDER_REVIEW' then 'UNDER_REVIEW' when 'SUPPLEMENT_PENDING' then 'WAITING' else 'TO_TAKE' end) stored,
  workers integer not null,
  hours_hundredths bigint not null,
  constraint stock_case_pk primary key (claim_id, from_day),
  constraint stock_case_days_in_order check (from_day < until_day)
) with (fillfactor = 90);
comment on table stock_case is 'The cases behind the stock of the last days (claims.md DAS-5), as stays.';
comment on column stock_case.from_day is 'First day at whose end the claim stood so; until_day is the first at whose end it no longer did.';

alter table publication
  add column listed_from date,
  add column listed_to date,
  add constraint publication_listed_whole check ((listed_from is null) = (listed_to is null) and listed_from <= listed_to);
comment on column publication.listed_from is 'First day whose cases can still be listed; listed_to is the last.';

-- The list of the last published day goes on as it is.
insert into stock_case (claim_id, from_day, protocol_number, submitted_at, submitted_day, office, product, causale,
                        payment_mode, csc_sector, average_heads_hundredths, state, workers, hours_hundredths)
select claim_id, day, former.protocol_number, former.submitted_at, submitted_day, former.office, former.product, former.causale,
       former.payment_mode, former.csc_sector, average_heads_hundredths, former.state, former.workers, former.hours_hundredths
  from former_case former
  join claim_fact using (claim_id)
 where day = (select last_day from publication);
update publication set listed_from = last_day, listed_to = last_day;
drop table former_case;
create index stock_case_order on stock_case (submitted_at, claim_id);
create index stock_case_office on stock_case (office, submitted_at, claim_id);

-- Cells are written in the transaction that publishes their day and in no other; looking for the day again with each of them took
-- a third of the writing.
alter table cell drop constraint cell_snapshot_fk;
alter table line_cell drop constraint line_cell_snapshot_fk;
