-- Requests that created something: the same request_id gives the same answer.

create table idempotency (
    caller uuid not null,
    method text not null,
    request_id uuid not null,
    fingerprint bytea not null,
    created uuid,
    claimed_at timestamptz not null default now(),
    constraint idempotency_pkey primary key (caller, method, request_id),
    constraint idempotency_fingerprint check (octet_length(fingerprint) = 32)
);
comment on table idempotency is 'Request ids that were used, and what they created. Kept for thirty days.';
comment on column idempotency.fingerprint is 'sha256 of the request as it came.';
comment on column idempotency.created is 'Id of what was created, given again to the same request.';
create index idempotency_claimed_at on idempotency (claimed_at);
