-- The desk: what was done and to whom, notes of the office, assignments of many claims, rulings on appeals.

alter table history add column action text, add column person_id uuid;
comment on column history.action is 'What was done; null for steps from before actions were recorded.';
comment on column history.person_id is 'To whom the claim was given.';

create table note (
    id uuid not null,
    claim_id uuid not null,
    author_id uuid not null,
    author_role text not null,
    body text not null,
    corrects_id uuid,
    created_at timestamptz not null,
    constraint note_pkey primary key (id),
    constraint note_of_claim_key unique (claim_id, id),
    constraint note_claim_fkey foreign key (claim_id) references claim (id),
    constraint note_corrects_fkey foreign key (claim_id, corrects_id) references note (claim_id, id)
);
comment on table note is 'Notes of offices, never shown to filers. Append-only: a correction is another note.';

create function refuse_change_of_note() returns trigger language plpgsql as $$
begin
    raise exception 'the notes of a claim are append-only' using errcode = 'restrict_violation';
end
$$;
create trigger note_is_append_only before update or delete on note
    for each row execute function refuse_change_of_note();

create table bulk_assignment (
    id uuid not null,
    operator_id uuid not null,
    assigned_by uuid not null,
    assigned_at timestamptz not null,
    results jsonb not null,
    constraint bulk_assignment_pkey primary key (id)
);
comment on table bulk_assignment is 'Assignments of many claims at once, with what came of each, so that a repeated request is given the same answer.';

create table appeal_ruling (
    id uuid not null,
    claim_id uuid not null,
    decision_id uuid not null,
    ruling text not null,
    number text not null,
    ruled_on date not null,
    grounds text not null,
    recorded_by uuid not null,
    recorded_at timestamptz not null,
    constraint appeal_ruling_pkey primary key (id),
    constraint appeal_ruling_claim_fkey foreign key (claim_id) references claim (id),
    constraint appeal_ruling_decision_fkey foreign key (decision_id) references decision (id),
    constraint appeal_ruling_once unique (decision_id),
    constraint appeal_ruling_known check (ruling in ('UPHELD', 'PARTLY_UPHELD', 'DISMISSED'))
);
comment on table appeal_ruling is 'What the committee of art. 25 L. 88/1989 decided on ricorsi (CLM-25), one a decision. Never changed.';
create index appeal_ruling_by_claim on appeal_ruling (claim_id, recorded_at);
