-- A COVID claim annuls an earlier one for the weeks that it covers (CLM-11), which need not be all of them: the claim then
-- goes on counting in what is left, with a gap where it gave way.

alter table claim add column gave_way date[] not null default '{}';
comment on column claim.gave_way is 'Mondays of the weeks for which a claim that prevails annulled this one (CLM-11).';

alter table claim alter column counted type datemultirange using datemultirange(counted);

alter table worker_span
    drop constraint worker_span_pkey,
    add constraint worker_span_pkey primary key (claim_id, codice_fiscale, days);

create table kept_weeks (
    id uuid not null,
    claim_id uuid not null,
    first_day date not null,
    weeks integer not null,
    hours_hundredths bigint not null,
    constraint kept_weeks_pkey primary key (id),
    constraint kept_weeks_claim_fkey foreign key (claim_id) references claim (id),
    constraint kept_weeks_positive check (weeks > 0 and hours_hundredths >= 0)
);
comment on table kept_weeks is 'What is left of a grant that gave way: weeks without a gap, which stand in the limits under an id of their own in place of those of the decision.';
create index kept_weeks_by_claim on kept_weeks (claim_id);

alter table adoption
    drop constraint adoption_state_known,
    add constraint adoption_state_known check (state in (
        'INTENT', 'RESERVED', 'ADOPTED', 'CONFIRMED', 'REFUSED', 'RELEASE', 'RELEASED', 'KEEP', 'KEPT')),
    drop constraint adoption_proposal_of_grants,
    add constraint adoption_proposal_of_grants check (
        (proposal_id is null) = (state in ('RELEASE', 'RELEASED', 'KEEP', 'KEPT')));
comment on table adoption is 'The saga between a grant here and its weeks in the limits. INTENT, RESERVED, ADOPTED, CONFIRMED, or REFUSED; RELEASE, RELEASED when weeks are given back; KEEP, KEPT when some of them stay.';
drop index adoption_unfinished;
create index adoption_unfinished on adoption (leased_until) where state in ('INTENT', 'RESERVED', 'ADOPTED', 'RELEASE', 'KEEP');
