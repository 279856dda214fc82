-- Where this service stands in the feeds of others.

create table feed_cursor (
    consumer text not null,
    producer text not null,
    cursor text not null,
    moved_at timestamptz not null default now(),
    constraint feed_cursor_pkey primary key (consumer)
);
comment on table feed_cursor is 'Position of each consumer, moved in the transaction that applied the events up to it.';
comment on column feed_cursor.cursor is 'Opaque, as the producer gave it; empty before the first event.';
