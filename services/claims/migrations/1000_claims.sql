-- Claims: what filers ask for, and what offices decide.

create extension if not exists btree_gist;

create table claim (
    id uuid not null,
    version bigint not null,
    state text not null,
    matricola text not null,
    production_unit_code integer not null,
    employer_name text not null,
    product text,
    causale text,
    payment_mode text,
    first_day date,
    weeks integer,
    beneficiaries_count integer not null,
    hours_requested_hundredths bigint not null,
    content jsonb not null,
    protocol_number text,
    ticket text,
    submitted_at timestamptz,
    competent_office text,
    employer_cf text,
    csc text,
    sector text,
    working_days smallint,
    region_istat text,
    average_heads_hundredths bigint,
    filing_due date,
    filed_late boolean,
    earliest_recognisable date,
    nothing_recognisable boolean,
    findings jsonb,
    counted daterange,
    handler_id uuid,
    adoption_id uuid,
    created_by uuid not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint claim_pkey primary key (id),
    constraint claim_version_positive check (version > 0),
    constraint claim_state_known check (state in (
        'DRAFT', 'SUBMITTED', 'ASSIGNED', 'UNDER_REVIEW', 'SUPPLEMENT_PENDING', 'ACCEPTED', 'PARTIALLY_ACCEPTED',
        'REJECTED', 'WITHDRAWN', 'ANNULLED', 'UNDER_REEXAMINATION', 'UNDER_APPEAL')),
    constraint claim_filing_whole check (
        case when state = 'DRAFT'
        then num_nonnulls(protocol_number, ticket, submitted_at, competent_office, employer_cf, csc, sector,
                          working_days, region_istat, average_heads_hundredths, filing_due, filed_late,
                          nothing_recognisable, findings) = 0
        else num_nulls(protocol_number, ticket, submitted_at, competent_office, employer_cf, csc, sector,
                       working_days, region_istat, average_heads_hundredths, filing_due, filed_late,
                       nothing_recognisable, findings, product, causale, payment_mode, first_day, weeks) = 0
        end),
    constraint claim_protocol_key unique (protocol_number),
    constraint claim_ticket_key unique (ticket)
) with (fillfactor = 85);
comment on table claim is 'A claim, from draft to decision (claims.md §4, §10.1). Personal data: employer_cf may be of a person.';
comment on column claim.version is 'Increases by one a change; the etag of the API.';
comment on column claim.content is 'What the filer wrote, besides the columns of its own and the workers.';
comment on column claim.employer_cf is 'Codice fiscale of the firm at submission, the same for all its matricole (CLM-10).';
comment on column claim.counted is 'Days in which the claim counts against others for the same workers or unit; null when it is not live (CLM-10).';
comment on column claim.adoption_id is 'Adoption under way, which no other change may cross.';

create index claim_by_firm on claim (matricola, id);
create index claim_by_office on claim (competent_office, id) where state <> 'DRAFT';
create index claim_by_handler on claim (handler_id, id) where handler_id is not null;
create index claim_counted_by_unit on claim (matricola, production_unit_code) where counted is not null;

create table deleted_draft (
    claim_id uuid not null,
    matricola text not null,
    deleted_at timestamptz not null,
    constraint deleted_draft_pkey primary key (claim_id)
);
comment on table deleted_draft is 'Drafts that were deleted, so that deleting twice is no error while what never existed is not found.';

create table beneficiary (
    claim_id uuid not null,
    position integer not null,
    codice_fiscale text not null,
    qualifica text not null,
    weekly_hours_hundredths bigint not null,
    hired_on date,
    hours_requested_hundredths bigint not null,
    constraint beneficiary_pkey primary key (claim_id, position),
    constraint beneficiary_claim_fkey foreign key (claim_id) references claim (id) on delete cascade
);
comment on table beneficiary is 'Workers concerned, as written by the filer (CLM-3). Personal data.';

create table worker_span (
    claim_id uuid not null,
    employer_cf text not null,
    codice_fiscale text not null,
    days daterange not null,
    constraint worker_span_pkey primary key (claim_id, codice_fiscale),
    constraint worker_span_claim_fkey foreign key (claim_id) references claim (id),
    constraint worker_span_one_claim_a_day exclude using gist (codice_fiscale with =, employer_cf with =, days with &&)
);
comment on table worker_span is 'Days of each worker in live claims. The exclusion is CLM-10: no worker in two live claims of an employer on one day, also when they are submitted at the same instant. Personal data.';

create table protocol_register (
    office4 text not null,
    year integer not null,
    last integer not null,
    constraint protocol_register_pkey primary key (office4, year),
    constraint protocol_register_last_range check (last between 1 and 9999999)
) with (fillfactor = 50);
comment on table protocol_register is 'Last protocol number of an office and year (IDF-1). Updated in the transaction that uses the number, so that there is no gap.';

create table protocol_entry (
    office4 text not null,
    year integer not null,
    number integer not null,
    direction text not null,
    claim_id uuid not null,
    registered_at timestamptz not null,
    constraint protocol_entry_pkey primary key (office4, year, number),
    constraint protocol_entry_direction_known check (direction in ('IN', 'OUT')),
    constraint protocol_entry_claim_fkey foreign key (claim_id) references claim (id)
);
comment on table protocol_entry is 'The protocol register, incoming and outgoing together. Never changed.';

create table authorization_register (
    office4 text not null,
    year integer not null,
    last integer not null,
    constraint authorization_register_pkey primary key (office4, year),
    constraint authorization_register_last_range check (last between 1 and 999999)
) with (fillfactor = 50);
comment on table authorization_register is 'Last authorisation number of an office and year (IDF-2).';

create table proposal (
    id uuid not null,
    claim_id uuid not null,
    status text not null,
    outcome text not null,
    grant_first_day date,
    grant_weeks integer,
    grant_beneficiaries integer,
    grant_hours_hundredths bigint,
    refusals jsonb not null,
    motivation text not null,
    proposed_by uuid not null,
    proposed_at timestamptz not null,
    returned_remark text not null,
    remark text not null default '',
    constraint proposal_pkey primary key (id),
    constraint proposal_claim_fkey foreign key (claim_id) references claim (id),
    constraint proposal_status_known check (status in ('PENDING', 'REPLACED', 'RETURNED', 'DROPPED', 'ADOPTED')),
    constraint proposal_outcome_known check (outcome in ('ACCEPTANCE', 'PARTIAL_ACCEPTANCE', 'REJECTION')),
    constraint proposal_grant_whole check (
        num_nonnulls(grant_first_day, grant_weeks, grant_beneficiaries, grant_hours_hundredths)
        = case when outcome = 'REJECTION' then 0 else 4 end)
);
comment on table proposal is 'Decisions proposed for adoption (CLM-15). The content never changes, only the status.';
comment on column proposal.returned_remark is 'Remark with which the proposal before was sent back.';
comment on column proposal.remark is 'Remark with which this one was sent back.';
create unique index proposal_one_pending on proposal (claim_id) where status = 'PENDING';
create index proposal_by_claim on proposal (claim_id, proposed_at);

create table decision (
    id uuid not null,
    claim_id uuid not null,
    proposal_id uuid not null,
    sequence integer not null,
    protocol_number text not null,
    authorization_number text,
    reservation_id uuid,
    adopter_id uuid not null,
    adopter_role text not null,
    adopted_at timestamptz not null,
    verification_code text not null,
    appeal_due date,
    constraint decision_pkey primary key (id),
    constraint decision_claim_fkey foreign key (claim_id) references claim (id),
    constraint decision_proposal_fkey foreign key (proposal_id) references proposal (id),
    constraint decision_proposal_key unique (proposal_id),
    constraint decision_sequence_key unique (claim_id, sequence),
    constraint decision_protocol_key unique (protocol_number),
    constraint decision_authorization_key unique (authorization_number),
    constraint decision_verification_key unique (verification_code)
);
comment on table decision is 'Adopted provvedimenti (CLM-16, CLM-22): the content is that of the proposal. Never changed; the one in force has the highest sequence.';

create table adoption (
    id uuid not null,
    claim_id uuid not null,
    proposal_id uuid,
    state text not null,
    reservation_id uuid not null,
    reserved_until timestamptz,
    actor_id uuid not null,
    actor_role text not null,
    leased_until timestamptz not null,
    attempts integer not null,
    last_error text not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint adoption_pkey primary key (id),
    constraint adoption_claim_fkey foreign key (claim_id) references claim (id),
    constraint adoption_proposal_fkey foreign key (proposal_id) references proposal (id),
    constraint adoption_state_known check (state in (
        'INTENT', 'RESERVED', 'ADOPTED', 'CONFIRMED', 'REFUSED', 'RELEASE', 'RELEASED')),
    constraint adoption_proposal_of_grants check ((proposal_id is null) = (state in ('RELEASE', 'RELEASED')))
);
comment on table adoption is 'The saga between a grant here and its weeks in the limits. INTENT, RESERVED, ADOPTED, CONFIRMED, or REFUSED; RELEASE, RELEASED when weeks are given back.';
comment on column adoption.leased_until is 'Somebody works on it until then; afterwards the next one resumes it.';
comment on column adoption.last_error is 'Reason of the last failed attempt; empty when there was none.';
create unique index adoption_one_open on adoption (claim_id) where state in ('INTENT', 'RESERVED');
create index adoption_unfinished on adoption (leased_until) where state in ('INTENT', 'RESERVED', 'ADOPTED', 'RELEASE');
create index adoption_by_proposal on adoption (proposal_id);

create table signature_delegation (
    id uuid not null,
    office text not null,
    delegate_id uuid not null,
    granted_by uuid not null,
    valid_from date not null,
    valid_to date not null,
    withdrawn_at timestamptz,
    created_at timestamptz not null,
    constraint signature_delegation_pkey primary key (id),
    constraint signature_delegation_dates check (valid_from <= valid_to)
);
comment on table signature_delegation is 'Who may adopt for the director of an office, and when (CLM-15).';
create index signature_delegation_by_delegate on signature_delegation (office, delegate_id);

create table history (
    claim_id uuid not null,
    version bigint not null,
    occurred_at timestamptz not null,
    from_state text,
    to_state text not null,
    actor_role text not null,
    actor_id uuid not null,
    note text not null,
    constraint history_pkey primary key (claim_id, version),
    constraint history_claim_fkey foreign key (claim_id) references claim (id) on delete cascade
);
comment on table history is 'Who did what to a claim. Append-only; version is that of the claim after the step.';

create function refuse_change_of_history() returns trigger language plpgsql as $$
begin
    -- A draft that is deleted takes its history along; the claim itself is gone by then.
    if tg_op = 'DELETE' and not exists (select from claim where id = old.claim_id) then
        return old;
    end if;
    raise exception 'the history of a claim is append-only' using errcode = 'restrict_violation';
end
$$;
create trigger history_is_append_only before update or delete on history
    for each row execute function refuse_change_of_history();
