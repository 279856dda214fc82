-- The pictures of past days, and the runs that made them.

create table snapshot (
  day date constraint snapshot_pk primary key,
  revision integer not null constraint snapshot_revision_positive check (revision >= 1),
  published_at timestamptz not null,
  cells integer not null,
  age_classes text[] not null
);
comment on table snapshot is 'Published days: a day without a row here is not published.';
comment on column snapshot.revision is '1 at first; more when the day was computed again, after a correction or a rebuild.';
comment on column snapshot.age_classes is 'Names of the classes that cell.ages follows.';

create table cell (
  day date not null constraint cell_snapshot_fk references snapshot (day),
  office text not null,
  product text not null,
  received bigint not null,
  defined bigint not null,
  accepted bigint not null,
  partially_accepted bigint not null,
  rejected bigint not null,
  withdrawn bigint not null,
  annulled bigint not null,
  transferred_in bigint not null,
  transferred_out bigint not null,
  stock bigint not null,
  stock_to_take bigint not null,
  stock_under_review bigint not null,
  stock_waiting bigint not null,
  stock_chronic bigint not null,
  stock_very_old bigint not null,
  stock_workers bigint not null,
  stock_hours_hundredths bigint not null,
  received_total bigint not null,
  defined_total bigint not null,
  reexaminations_pending bigint not null,
  appeals_pending bigint not null,
  ages bigint[] not null,
  constraint cell_pk primary key (day, office, product),
  constraint cell_stages_make_the_stock check (stock = stock_to_take + stock_under_review + stock_waiting),
  constraint cell_outcomes_make_the_defined check (defined = accepted + partially_accepted + rejected)
);
comment on table cell is 'Measures of claims.md §9.2 by day, office and product.';

create table stock_case (
  day date not null,
  submitted_at timestamptz not null,
  claim_id uuid not null,
  protocol_number text not null,
  office text not null,
  product text not null,
  causale text not null,
  state text not null,
  age_days integer not null,
  chronic boolean not null,
  very_old boolean not null,
  workers integer not null,
  hours_hundredths bigint not null,
  constraint stock_case_pk primary key (day, submitted_at, claim_id)
);
comment on table stock_case is 'The cases behind the stock of the last days (claims.md DAS-5); the key is their order in lists.';
create index stock_case_office on stock_case (day, office);

create table publication (
  singleton boolean default true constraint publication_pk primary key constraint publication_one_row check (singleton),
  last_day date,
  redo_from date,
  constraint publication_redo_within check (redo_from is null or (last_day is not null and redo_from <= last_day))
);
comment on table publication is 'How far the pictures have come.';
comment on column publication.last_day is 'Last published day.';
comment on column publication.redo_from is 'First published day that must be computed again, since a step of that day came late or a rebuild was ordered.';
insert into publication default values;

create table run (
  run_id bigint generated always as identity constraint run_pk primary key,
  as_of date not null,
  started_at timestamptz not null,
  finished_at timestamptz,
  published boolean not null default false,
  cells integer not null default 0,
  failure text not null default ''
);
comment on table run is 'Executions of the nightly job, one row a day computed.';
comment on column run.finished_at is 'Null while running, or for ever when the run was cut short.';
