-- Claims of every instrument: what the platform filled in, what it knew of the unit, what is completed afterwards.

-- Claims that follow a decree have no term of filing (CLM-1), so that a filed claim may lack it.
alter table claim drop constraint claim_filing_whole;
alter table claim add constraint claim_filing_whole check (
    case when state = 'DRAFT'
    then num_nonnulls(protocol_number, ticket, submitted_at, competent_office, employer_cf, csc, sector,
                      working_days, region_istat, average_heads_hundredths, filing_due, filed_late,
                      nothing_recognisable, findings) = 0
    else num_nulls(protocol_number, ticket, submitted_at, competent_office, employer_cf, csc, sector,
                   working_days, region_istat, average_heads_hundredths, filed_late,
                   nothing_recognisable, findings, product, causale, payment_mode, first_day, weeks) = 0
    end);

alter table claim
    add column filled jsonb not null default '[]',
    add column known_unit jsonb,
    add column known_at timestamptz,
    add constraint claim_known_whole check ((known_unit is null) = (known_at is null));
comment on column claim.filled is 'Values that the platform filled in: field, value, source, when, who confirmed it and when.';
comment on column claim.known_unit is 'What the anagrafe said of the unit when the draft was last written; used when it does not answer. Personal data: the employer may be a person.';

alter table beneficiary add column if not exists iban text not null default '';
comment on column beneficiary.iban is 'Only for the 40 % advance (claims.md §5.4). Personal data.';

-- A COVID claim prevails over an earlier one with another reason (CLM-11): the two may count on the same day. Another
-- order is refused by the check.
alter table worker_span add column covid boolean not null default false;
alter table worker_span drop constraint worker_span_one_claim_a_day;
alter table worker_span add constraint worker_span_one_claim_a_day exclude using gist
    (codice_fiscale with =, employer_cf with =, (covid::int) with =, days with &&);

create table completion (
    claim_id uuid not null,
    source text not null,
    since timestamptz not null,
    next_at timestamptz not null,
    attempts integer not null default 0,
    completed_at timestamptz,
    findings jsonb,
    constraint completion_pkey primary key (claim_id, source),
    constraint completion_claim_fkey foreign key (claim_id) references claim (id),
    constraint completion_source_known check (source in ('ANAGRAFE', 'LIMITS', 'PERSONS', 'UNIEMENS')),
    constraint completion_whole check ((completed_at is null) = (findings is null))
);
comment on table completion is 'Checks that a submission had to leave out because a source was degraded, and what they said afterwards.';
create index completion_open on completion (next_at) where completed_at is null;
