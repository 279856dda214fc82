-- Payment flows (claims.md §9.2, second section): what the payments service told, the pictures made of it, and the flows
-- behind the stock. Days that are published already are made again as soon as steps of their time are taken in.

create table flow_fact (
  flow_id uuid constraint flow_fact_pk primary key,
  version bigint not null,
  protocol_number text not null,
  received_at timestamptz not null,
  received_day date not null,
  kind text not null,
  office text not null,
  authorization_number text not null,
  product text not null,
  causale text not null,
  payment_mode text not null,
  csc_sector text not null,
  average_heads_hundredths bigint not null,
  lines_count integer not null constraint flow_fact_lines_not_negative check (lines_count >= 0),
  first_day date not null,
  last_day date not null,
  rejected_at timestamptz,
  constraint flow_fact_days_in_order check (first_day <= last_day)
);
comment on table flow_fact is 'Payment flows as told, without personal data.';
comment on column flow_fact.received_day is 'Civil day in Rome of the receipt; ages count from it (claims.md DAS-2).';
comment on column flow_fact.first_day is 'Day of the first event; last_day that of the last. No step counts before that of the step before.';
comment on column flow_fact.rejected_at is 'Instant at which the flow was rejected: lines cancelled at that instant were rejected with it.';
create index flow_fact_first_day on flow_fact (first_day);

create table flow_line (
  line_id text constraint flow_line_pk primary key,
  flow_id uuid not null constraint flow_line_flow_fk references flow_fact (flow_id),
  worker_id uuid,
  hours_hundredths bigint not null constraint flow_line_hours_not_negative check (hours_hundredths >= 0),
  state text not null,
  first_day date not null,
  left_day date,
  left_batch bigint,
  reopened boolean not null,
  constraint flow_line_left_whole check ((left_day is null) = (left_batch is null)),
  constraint flow_line_days_in_order check (left_day is null or left_day >= first_day)
);
comment on table flow_line is 'Lines of flows as last told: one worker and month each.';
comment on column flow_line.worker_id is 'Opaque id of the worker, the same in every flow; null when the codice fiscale is not valid.';
comment on column flow_line.left_day is 'Day on which the line left the stock, in the batch left_batch; null while it is in it.';
comment on column flow_line.reopened is 'Whether it ever came back into the stock, so that left_day does not tell all of its life.';
create index flow_line_flow on flow_line (flow_id);
create index flow_line_worker on flow_line (worker_id);
create index flow_line_left_day on flow_line (left_day);

create table line_step (
  line_id text not null,
  version bigint not null,
  position integer not null,
  batch bigint not null,
  occurred_at timestamptz not null,
  day date not null,
  state text not null,
  movement text constraint line_step_movement_known check
    (movement in ('RECEIVED', 'ORDERED', 'PAID', 'CANCELLED', 'SENT_BACK', 'REOPENED')),
  anomalies text[] not null,
  cents bigint not null,
  constraint line_step_pk primary key (line_id, version, position)
);
comment on table line_step is 'Every step of every line, append-only.';
comment on column line_step.version is 'Version of the flow; a line may move more than once with it, in the order of position.';
comment on column line_step.batch is 'Batch of events that brought it: a picture knows the batches up to snapshot.last_batch.';
comment on column line_step.day is 'Civil day in Rome, never before that of the step before.';
comment on column line_step.cents is 'What the worker is due after the reduction, in euro cents; 0 while it is not known.';
create index line_step_day on line_step (day) where movement is not null;

create sequence line_batch;
comment on sequence line_batch is 'Drawn from under the lock of line_step, so that batches are in the order in which they are committed.';

alter table snapshot add column last_batch bigint not null default 0;
alter table snapshot alter column last_batch drop default;
comment on column snapshot.last_batch is 'Last batch of steps of lines that the picture knows: distinct workers, who do not add up and are therefore counted when asked for, are those of the same steps.';

create view flow_sized as
  select fact.*, case when fact.causale like 'COVID19\_%' then 'COVID' else 'ORDINARY' end as section,
         size.name as size_class
    from flow_fact fact
    join (select name, from_hundredths, lead(from_hundredths) over (order by from_hundredths) as up_to
            from size_class) size
      on fact.average_heads_hundredths >= size.from_hundredths
     and (size.up_to is null or fact.average_heads_hundredths < size.up_to);
comment on view flow_sized is 'Flows with their half of the dashboard and the class of size in force now.';

create function lines_on(picture_day date, known_batch bigint)
returns table (line_id text, flow_id uuid, worker_id uuid, state text, anomalies text[], hours_hundredths bigint, cents bigint)
language sql stable
as $$
  select line.line_id, line.flow_id, line.worker_id, step.state, step.anomalies, line.hours_hundredths, step.cents
    from flow_line line
    cross join lateral (
      select last.state, last.anomalies, last.cents
        from line_step last
       where last.line_id = line.line_id and last.day <= picture_day and last.batch <= known_batch
       order by last.version desc, last.position desc
       limit 1
    ) step
   where line.first_day <= picture_day
     and (line.left_day is null or line.left_day > picture_day or line.left_batch > known_batch or line.reopened)
     and step.state not in ('PAID', 'CANCELLED')
$$;
comment on function lines_on is 'Lines in stock at the end of a day, by the batches known then: the one definition of the stock of flows (claims.md §9.2). A rejected flow has cancelled lines only.';

create function line_stage(state text) returns text language sql immutable as $$
  select case state when 'RECEIVED' then 'VERIFYING' when 'IN_VERIFICATION' then 'VERIFYING' when 'ANOMALY' then 'STOPPED'
                    when 'RETURNED' then 'STOPPED' when 'VERIFIED' then 'TO_ORDER' when 'ORDERED' then 'ORDERED' end
$$;
comment on function line_stage is 'Stage of the stock that a state belongs to.';

create function flow_value(
  dimension text, causale text, payment_mode text, csc_sector text, size_class text, received_day date
) returns text language sql immutable as $$
  select case dimension when 'WHOLE' then '' when 'CAUSALE' then causale when 'PAYMENT_MODE' then payment_mode
                        when 'SECTOR' then csc_sector when 'SIZE' then size_class
                        when 'ARRIVAL' then to_char(received_day, 'YYYY-MM') end
$$;
comment on function flow_value is 'Value of a characteristic that a flow keeps for life; null of any other.';

create table line_cell (
  day date not null constraint line_cell_snapshot_fk references snapshot (day),
  unit text not null constraint line_cell_unit_form check (unit ~ '^([0-9]{6}|R[0-9]{2}|IT)$'),
  dimension text not null,
  product text not null,
  section text not null constraint line_cell_section_known check (section in ('COVID', 'ORDINARY')),
  value text not null,
  received_flows integer not null,
  received integer not null,
  received_hours_hundredths bigint not null,
  received_cents bigint not null,
  ordered integer not null,
  ordered_cents bigint not null,
  paid integer not null,
  paid_hours_hundredths bigint not null,
  paid_cents bigint not null,
  payment_days integer[] not null,
  payment_lines integer[] not null,
  rejected integer not null,
  rejected_cents bigint not null,
  cancelled integer not null,
  sent_back integer not null,
  reopened integer not null,
  stock integer not null,
  stock_verifying integer not null,
  stock_stopped integer not null,
  stock_to_order integer not null,
  stock_ordered integer not null,
  stock_chronic integer not null,
  stock_very_old integer not null,
  stock_hours_hundredths bigint not null,
  stock_cents bigint not null,
  ages integer[] not null,
  constraint line_cell_pk primary key (unit, dimension, day, product, section, value),
  constraint line_cell_whole_has_no_value check ((dimension = 'WHOLE') = (value = '')),
  constraint line_cell_stages_make_the_stock check
    (stock = stock_verifying + stock_stopped + stock_to_order + stock_ordered)
);
comment on table line_cell is 'Measures of payment flows by day, unit, product and section, cut by one dimension of DAS-3.';
comment on column line_cell.value is 'Value of the dimension; empty for WHOLE.';
comment on column line_cell.payment_days is 'Days that payments of the day took since the receipt; payment_lines says how many took so long.';
create index line_cell_day on line_cell (day);

create table stock_flow (
  day date not null,
  received_at timestamptz not null,
  flow_id uuid not null,
  protocol_number text not null,
  kind text not null,
  office text not null,
  product text not null,
  section text not null,
  causale text not null,
  payment_mode text not null,
  csc_sector text not null,
  size_class text not null,
  arrival text not null,
  age_days integer not null,
  age_class text not null,
  chronic boolean not null,
  very_old boolean not null,
  lines_count integer not null,
  stages text[] not null,
  anomalies text[] not null,
  stock integer not null,
  stock_verifying integer not null,
  stock_stopped integer not null,
  stock_to_order integer not null,
  stock_ordered integer not null,
  workers integer not null,
  hours_hundredths bigint not null,
  cents bigint not null,
  constraint stock_flow_pk primary key (day, received_at, flow_id)
);
comment on table stock_flow is 'The flows behind the stock of the last days (claims.md DAS-5); the key is their order in lists.';
comment on column stock_flow.stages is 'Stages that lines of the flow are in; anomalies the codes that stop any.';
create index stock_flow_office on stock_flow (day, office, received_at, flow_id);
create index stock_flow_flow on stock_flow (flow_id, day);
