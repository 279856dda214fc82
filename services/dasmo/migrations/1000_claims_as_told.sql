-- What the claims service told: facts and steps, from which every figure of every past day can be computed again.

create table office_seen (
  office text constraint office_seen_pk primary key,
  region_istat text not null constraint office_seen_region_form check (region_istat ~ '^[0-9]{2}$')
);
comment on table office_seen is 'Offices that claims named, and the region of each.';

create table claim_fact (
  claim_id uuid constraint claim_fact_pk primary key,
  version bigint not null,
  protocol_number text not null,
  submitted_at timestamptz not null,
  submitted_day date not null,
  product text not null,
  causale text not null,
  payment_mode text not null,
  workers integer not null constraint claim_fact_workers_not_negative check (workers >= 0),
  hours_hundredths bigint not null constraint claim_fact_hours_not_negative check (hours_hundredths >= 0),
  csc_sector text not null,
  average_heads_hundredths bigint not null,
  state text not null,
  office text not null,
  decided boolean not null,
  first_day date not null,
  last_day date not null,
  left_stock_day date,
  constraint claim_fact_days_in_order check (first_day <= last_day and (left_stock_day is null or left_stock_day >= first_day))
);
comment on table claim_fact is 'Claims as last told, without personal data of workers.';
comment on column claim_fact.submitted_day is 'Civil day in Rome of the protocol; ages count from it (claims.md DAS-2).';
comment on column claim_fact.state is 'With office, decided and last_day: where the claim stands after the last step.';
comment on column claim_fact.first_day is 'Day of the first step.';
comment on column claim_fact.left_stock_day is 'Day on which the claim left the stock; null while it is in it.';
create index claim_fact_left_stock_day on claim_fact (left_stock_day);

create table claim_step (
  claim_id uuid not null,
  version bigint not null,
  from_state text not null,
  to_state text not null,
  occurred_at timestamptz not null,
  day date not null,
  office text not null,
  decided boolean not null,
  outcome text,
  decision_sequence integer,
  constraint claim_step_pk primary key (claim_id, version),
  constraint claim_step_decision_whole check ((outcome is null) = (decision_sequence is null))
);
comment on table claim_step is 'Every step of every claim, append-only.';
comment on column claim_step.day is 'Civil day in Rome, never before that of the step before.';
comment on column claim_step.decided is 'Whether this step or one before adopted a decision.';
create index claim_step_day on claim_step (day);
create index claim_step_waiting on claim_step (claim_id, version) where to_state in ('UNDER_REEXAMINATION', 'UNDER_APPEAL');

-- The one definition of the stock (giacenza, claims.md §9.2), shared by the cells and by the list of cases.
create function stock_on(picture_day date)
returns table (
  claim_id uuid, protocol_number text, submitted_at timestamptz, office text, product text, causale text,
  state text, age_days integer, workers integer, hours_hundredths bigint
)
language sql stable
as $$
  select fact.claim_id, fact.protocol_number, fact.submitted_at, step.office, fact.product, fact.causale,
         step.to_state, greatest(picture_day - fact.submitted_day, 0), fact.workers, fact.hours_hundredths
    from claim_fact fact
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
comment on function stock_on is 'Claims in stock at the end of a day.';
