-- Search: what claims are found and sorted by, and the indexes for it.

create extension if not exists pg_trgm;

create function claim_fold(text) returns text language sql immutable strict parallel safe
    return translate(lower($1), 'àáâãäåèéêëìíîïòóôõöùúûüçñÀÁÂÃÄÅÈÉÊËÌÍÎÏÒÓÔÕÖÙÚÛÜÇÑ',
                                'aaaaaaeeeeiiiiooooouuuucnaaaaaaeeeeiiiiooooouuuucn');
comment on function claim_fold is 'A text without case and accents, whatever the locale of the database: names are sorted and found by it.';

alter table claim
    add column state_since timestamptz not null default now(),
    add column protocol_order text generated always as (
        coalesce(substr(protocol_number, 6, 4) || substr(protocol_number, 17, 4) || substr(protocol_number, 22), '')) stored,
    add column search_text text generated always as (claim_fold(
        employer_name || ' ' || coalesce(known_unit ->> 'unit_name', '') || ' ' || coalesce(protocol_number, '') || ' '
        || coalesce(ticket, '') || ' ' || coalesce(content ->> 'contact_pec', '') || ' '
        || coalesce(content ->> 'contact_email', '') || ' ' || coalesce(content ->> 'contact_phone', '') || ' '
        || coalesce(jsonb_path_query_array(content, '$.override_notes[*].note')::text, ''))) stored;
comment on column claim.state_since is 'Since when it is in its state.';
comment on column claim.protocol_order is 'Register, year and progressive of the protocol number (IDF-1), whose own text begins with the day; empty for drafts.';
comment on column claim.search_text is 'What a claim is found by in words, folded. Personal data: the employer may be a person.';

update claim set state_since = coalesce(
    (select max(occurred_at) from history where claim_id = claim.id and from_state is distinct from to_state), updated_at);

create index claim_by_text on claim using gin (search_text gin_trgm_ops);
create index claim_office_submitted on claim (competent_office, coalesce(submitted_at, created_at), id)
    where state <> 'DRAFT';
create index claim_office_deadline on claim (competent_office, coalesce(filing_due, 'infinity'::date), id)
    where state <> 'DRAFT';
create index claim_office_protocol on claim (competent_office, protocol_order, id) where state <> 'DRAFT';
create index claim_office_employer on claim (competent_office, (claim_fold(employer_name) collate "C"), id)
    where state <> 'DRAFT';
create index claim_office_hours on claim (competent_office, hours_requested_hundredths, id) where state <> 'DRAFT';
create index claim_office_state_since on claim (competent_office, state_since, id) where state <> 'DRAFT';
create index claim_office_queue on claim (competent_office, coalesce(submitted_at, created_at), id)
    where state in ('SUBMITTED', 'ASSIGNED', 'UNDER_REVIEW', 'SUPPLEMENT_PENDING', 'UNDER_REEXAMINATION');

create table claim_export (
    id uuid not null,
    person_id uuid not null,
    role text not null,
    format text not null,
    filter jsonb not null,
    rows_total bigint not null,
    rows_done bigint,
    started_at timestamptz not null,
    ended_at timestamptz,
    constraint claim_export_pkey primary key (id),
    constraint claim_export_end_whole check ((ended_at is null) = (rows_done is null))
);
comment on table claim_export is 'Exports: who took which claims along. The audit trail names the row. The filter may hold personal data.';
comment on column claim_export.rows_done is 'Rows that left; null while it runs, and when the service was killed meanwhile.';
create index claim_export_by_person on claim_export (person_id, started_at);
