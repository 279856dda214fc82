-- One key of sixteen bytes for a worker of an employer. With two texts in the index of the exclusion, a claim of 50,000
-- workers spent most of its submission there: comparing and splitting keys of this size takes a third of the time. That
-- two of them are ever equal for two workers is as likely as for two random ids.

create function worker_key(employer_cf text, codice_fiscale text) returns uuid language sql immutable parallel safe as $$
    select md5(employer_cf || ' ' || codice_fiscale)::uuid
$$;

alter table worker_span
    add column worker uuid not null generated always as (worker_key(employer_cf, codice_fiscale)) stored,
    drop constraint worker_span_one_claim_a_day,
    add constraint worker_span_one_claim_a_day exclude using gist (worker with =, (covid::int) with =, days with &&);
comment on column worker_span.worker is 'Employer and worker as one key.';
