-- The outbox: events written in the transaction of the change that they tell, and read in feed order, (tx, id).

create table outbox_head (
    aggregate_type text not null,
    aggregate_id text not null,
    tx bigint not null,
    constraint outbox_head_pkey primary key (aggregate_type, aggregate_id)
) with (fillfactor = 80);
comment on table outbox_head is 'Last feed position of each aggregate. Publishing locks the row, so that the events of an aggregate are written one after the other.';

create table outbox (
    tx bigint not null,
    id bigint not null generated always as identity,
    event_id uuid not null,
    aggregate_type text not null,
    aggregate_id text not null,
    payload_type text not null,
    payload bytea not null,
    occurred_at timestamptz not null,
    traceparent text not null,
    constraint outbox_pkey primary key (tx, id),
    constraint outbox_payload_size check (octet_length(payload) <= 1048576)
) partition by range (tx);
comment on table outbox is 'Events of this service, never changed and never deleted: a new read model starts from the first.';
comment on column outbox.tx is 'The greater of base + id of the writing transaction and tx of the event before in the same aggregate.';
comment on column outbox.payload_type is 'Full name of the protobuf message in payload.';
comment on column outbox.traceparent is 'W3C trace context of the request that caused the event; empty when there was none.';

create table outbox_default partition of outbox default;

-- By tx and not by month: readers ask for what follows a tx, so that all partitions but the last are pruned.
create procedure extend_outbox()
language plpgsql as $$
declare
    size constant bigint := 33554432;
    current constant bigint := ((select base from tx_base) + pg_snapshot_xmax(pg_current_snapshot())::text::bigint) / size;
begin
    for part in current .. current + 1 loop
        perform ensure_partition('outbox', 'outbox_' || part, (part * size)::text, ((part + 1) * size)::text);
    end loop;
end
$$;
comment on procedure extend_outbox is 'Makes the partition of the current transaction ids and the next one.';
call extend_outbox();
