-- Runs of jobs: whether today's run was made, and what failed.

create table job_run (
    id bigint not null generated always as identity,
    job text not null,
    started_at timestamptz not null,
    finished_at timestamptz,
    failure text,
    constraint job_run_pkey primary key (id),
    constraint job_run_failure check (failure is null or finished_at is not null)
);
comment on table job_run is 'One row for each run of a daily or manual job; for a job that runs every so often, only the runs that begin or end a streak of failures.';
comment on column job_run.started_at is 'By the clock of the platform.';
comment on column job_run.finished_at is 'Null while it runs, or when it was cut short.';
create index job_run_job on job_run (job, started_at);
