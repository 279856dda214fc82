-- The audit trail: records, and apart from them the seals that chain them, so that a record is never updated.

create table audit_record (
    at timestamptz not null,
    tx bigint not null,
    id bigint not null generated always as identity,
    actor uuid,
    role text,
    scope text,
    mandate uuid,
    action text not null,
    resource_type text not null,
    resource_id text not null,
    result_count bigint not null,
    outcome text not null,
    reason text,
    trace_id text,
    constraint audit_record_pkey primary key (at, tx, id),
    constraint audit_record_outcome check (outcome in ('DONE', 'ALLOWED', 'REFUSED')),
    constraint audit_record_reason check ((outcome = 'REFUSED') = (reason is not null)),
    constraint audit_record_count check (result_count >= 0)
) partition by range (at);
comment on table audit_record is 'Who did what, on whose behalf, to what, with what outcome. Opaque ids only. Append-only.';
comment on column audit_record.at is 'When, by the clock of the platform.';
comment on column audit_record.tx is 'Base + id of the transaction that wrote the record; with id, the order in which records are sealed.';
comment on column audit_record.actor is 'Opaque id of the person or service; null for a caller who could not be identified.';
comment on column audit_record.scope is 'Kind of scope granted: OWN, MANDATE, OFFICES, NATIONAL, SYSTEM.';
comment on column audit_record.mandate is 'Mandate under which the actor acted for another.';
comment on column audit_record.action is 'Action of the service, such as claims.submit, or method decided on by the gateway.';
comment on column audit_record.outcome is 'DONE by a service; ALLOWED or REFUSED by an access decision.';
comment on column audit_record.reason is 'Reason code of a refusal, such as IDN-E04.';
create index audit_record_order on audit_record (tx, id);
create index audit_record_actor on audit_record (actor, at);
create index audit_record_resource on audit_record (resource_type, resource_id, at);
create table audit_record_default partition of audit_record default;

create table audit_seal (
    position bigint not null,
    record_tx bigint not null,
    record_id bigint not null,
    hash bytea not null,
    constraint audit_seal_pkey primary key (position),
    constraint audit_seal_position check (position > 0),
    constraint audit_seal_hash check (octet_length(hash) = 32)
) partition by range (position);
comment on table audit_seal is 'The chain: position without gaps, and sha256 over the hash before and the content of the record. Append-only.';
create table audit_seal_default partition of audit_seal default;

create function refuse_change() returns trigger
language plpgsql as $$
begin
    raise exception '% is append-only', tg_table_name using errcode = 'insufficient_privilege';
end
$$;
comment on function refuse_change is 'Trigger of the append-only tables.';
create trigger audit_record_append_only before update or delete on audit_record for each row execute function refuse_change();
create trigger audit_record_no_truncate before truncate on audit_record for each statement execute function refuse_change();
create trigger audit_seal_append_only before update or delete on audit_seal for each row execute function refuse_change();
create trigger audit_seal_no_truncate before truncate on audit_seal for each statement execute function refuse_change();

create procedure extend_audit(today date)
language plpgsql as $$
declare
    size constant bigint := 10000000;
    current constant bigint := coalesce((select max(position) from audit_seal), 0) / size;
    month timestamp;
begin
    for ahead in 0 .. 2 loop
        month := date_trunc('month', today::timestamp) + make_interval(months => ahead);
        perform ensure_partition('audit_record', 'audit_record_' || to_char(month, 'YYYY_MM'),
            to_char(month, 'YYYY-MM-DD') || ' 00:00:00+00', to_char(month + interval '1 month', 'YYYY-MM-DD') || ' 00:00:00+00');
    end loop;
    for part in current .. current + 1 loop
        perform ensure_partition('audit_seal', 'audit_seal_' || part, (part * size)::text, ((part + 1) * size)::text);
    end loop;
end
$$;
comment on procedure extend_audit is 'Makes the partitions of this month and the two that follow, and of the seals to come.';
call extend_audit(current_date);
