-- What the receipt of a large flow spent most on, besides its lines.

-- Every worker of a flow has hours set aside: half of each page is left free, so that the row's new version lies beside the old one
-- and no index has to know of it.
alter table granted_worker set (fillfactor = 50);

-- An event tells 1 000 lines, some 150 kB, which LZ4 packs in a fifth of the time.
do $$
declare
    part regclass;
begin
    for part in select relid from pg_partition_tree('outbox') loop
        execute format('alter table %s alter column payload set compression lz4', part);
    end loop;
exception
    when feature_not_supported then
        raise notice 'PostgreSQL was built without LZ4: events are packed by PGLZ';
end
$$;
