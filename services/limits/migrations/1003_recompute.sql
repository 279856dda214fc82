-- The counters of every unit, as the job `limits-recompute` found them, and how far it has come.
create table recompute_run (
    id uuid not null,
    reference_week date not null,
    started_at timestamptz not null,
    resumed_at timestamptz not null,
    resumed_with bigint not null default 0,
    updated_at timestamptz not null,
    finished_at timestamptz,
    units_total bigint not null,
    units_done bigint not null default 0,
    units_changed bigint not null default 0,
    units_unknown bigint not null default 0,
    units_per_second bigint,
    last_matricola text not null default '',
    last_production_unit_code integer not null default -1,
    constraint recompute_run_pkey primary key (id),
    constraint recompute_run_week check (extract(isodow from reference_week) = 1)
);
comment on table recompute_run is 'Runs of the job limits-recompute. One that is not finished goes on where it stands, in the same transaction in which it wrote the counters.';
comment on column recompute_run.reference_week is 'Monday of the week from which the counters are seen: the week after the start.';
comment on column recompute_run.resumed_at is 'When the process at work began, or took over from one that was cut short.';
comment on column recompute_run.resumed_with is 'units_done at that instant.';
comment on column recompute_run.finished_at is 'When it ended; with units_done below units_total, when a run that looks from another week took its place.';
comment on column recompute_run.updated_at is 'When the last batch was written.';
comment on column recompute_run.units_total is 'Units on the ledger when the run began.';
comment on column recompute_run.units_done is 'Units looked at so far.';
comment on column recompute_run.units_changed is 'Units whose counters were not those of the run before.';
comment on column recompute_run.units_unknown is 'Units of which neither an answer nor a booking ever told the sector: they have no counters.';
comment on column recompute_run.units_per_second is 'Rate since resumed_at.';
comment on column recompute_run.last_matricola is 'With last_production_unit_code the unit at which it stands, in the order of the primary key of unit.';
create unique index recompute_run_open on recompute_run ((true)) where finished_at is null;

create table unit_counter (
    matricola text not null,
    production_unit_code integer not null,
    reference_week date not null,
    computed_at timestamptz not null,
    kinds text[] not null,
    limit_units bigint[] not null,
    used_units bigint[] not null,
    residual_weeks bigint[] not null,
    first_available date[] not null,
    constraint unit_counter_pkey primary key (matricola, production_unit_code),
    constraint unit_counter_unit foreign key (matricola, production_unit_code) references unit
) with (fillfactor = 80);
comment on table unit_counter is 'Counters of each unit as the last run of limits-recompute that changed them found them; one element of the arrays a counter.';
comment on column unit_counter.reference_week is 'Monday of the week from which the run that wrote them saw them.';
comment on column unit_counter.kinds is 'Names of the contract, such as CIGO_BIENNIUM.';
comment on column unit_counter.limit_units is 'What each allows, in its unit.';
comment on column unit_counter.used_units is 'What is used of each, in its unit.';
comment on column unit_counter.residual_weeks is 'Whole weeks left of each.';
comment on column unit_counter.first_available is 'First day from which something could be asked for; null within ten years.';

create view unit_counter_line as
select matricola, production_unit_code, reference_week, computed_at, line.*
from unit_counter,
     unnest(kinds, limit_units, used_units, residual_weeks, first_available)
     as line (kind, limit_units, used_units, residual_weeks, first_available);
comment on view unit_counter_line is 'The same, one row a counter: for questions such as which units have fewer than four weeks left.';
