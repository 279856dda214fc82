-- Tables that grow without end are partitioned by range. Each has a default partition, so that no row is ever refused;
-- upkeep makes the next partitions ahead of time.

create function ensure_partition(parent text, partition text, lower text, upper text) returns boolean
language plpgsql as $$
begin
    if to_regclass(quote_ident(partition)) is not null then
        return false;
    end if;
    execute format('create table %I partition of %I for values from (%L) to (%L)', partition, parent, lower, upper);
    return true;
exception
    -- The default partition already holds rows of this range: they stay there, and so do those that follow.
    when check_violation then return false;
end
$$;
comment on function ensure_partition is 'Makes a partition unless it exists or its rows already live in the default partition; tells whether it made one.';
