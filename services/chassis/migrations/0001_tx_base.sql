-- Feeds and the audit trail are ordered by transaction ids, which only grow; except when a database is restored from a
-- dump into a younger cluster. The base makes up for the difference.

create table tx_base (
    single boolean not null default true,
    base bigint not null,
    constraint tx_base_pkey primary key (single),
    constraint tx_base_single check (single),
    constraint tx_base_not_negative check (base >= 0)
);
comment on table tx_base is 'One row: what is added to transaction ids before they are stored or compared.';
insert into tx_base (base) values (0);
