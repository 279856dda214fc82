-- A run counts by one law: one that was cut short is not gone on with by another.
alter table recompute_run
    add column law_version integer,
    add constraint recompute_run_law foreign key (law_version) references law_version;
comment on column recompute_run.law_version is 'The law by which it counts; null for runs from before this was kept.';
comment on column recompute_run.finished_at is 'When it ended; with units_done below units_total, when a run that looks from another week or counts by another law took its place.';
