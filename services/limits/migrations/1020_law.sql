-- The ledger remembers the law too: every set of rules that it judged by, and since when.

create table law_version (
    version integer not null,
    recorded_at timestamptz not null,
    digest bytea not null,
    record text not null,
    constraint law_version_pkey primary key (version),
    constraint law_version_positive check (version >= 1),
    constraint law_version_recorded_at unique (recorded_at),
    constraint law_version_digest unique (digest),
    constraint law_version_digest_of_record check (digest = sha256(convert_to(record, 'UTF8')))
);
comment on table law_version is 'Every set of rules and readings in its canonical text, never changed and never deleted. The last one is the law: every instance judges by it, whatever rules it was started with.';
comment on column law_version.version is 'Progressive, from 1.';
comment on column law_version.recorded_at is 'Instant from which it is known: later than every change of the ledger and every answer before it, and earlier than those after it. The first one also stands for all that was before.';
comment on column law_version.digest is 'SHA-256 of the text. A set is recorded once: one that was superseded does not come back because an old instance starts again.';
comment on column law_version.record is 'JSON: format, edition, the three files, the switches.';
create trigger law_version_append_only before update or delete on law_version for each row execute function refuse_change();
create trigger law_version_no_truncate before truncate on law_version for each statement execute function refuse_change();

create function law_known(known_at timestamptz) returns integer
language plpgsql volatile as $$
begin
    -- Waits for a law that is being recorded. The next statement has a snapshot of its own and sees it.
    perform pg_advisory_xact_lock_shared(14821, 0);
    return (
        select coalesce(max(version) filter (where known_at is null or recorded_at <= known_at), min(version))
        from law_version
    );
end
$$;
comment on function law_known is 'The law known at an instant, or now (null). Before the first was recorded, the first.';

-- Instances of the version before go on calling unit_entries with three arguments while they are replaced.
create function unit_entries(of_matricola text, of_code integer, known_at timestamptz, of_law integer) returns setof entry
language plpgsql volatile as $$
begin
    if of_law is not null and of_law is distinct from law_known(null) then
        raise exception 'the law is not version % any more', of_law using errcode = 'OL001';
    end if;
    -- Waits for whoever is changing the unit. Each statement here has a snapshot of its own, so the next one sees all
    -- changes that were stamped before this call, and those still to come are stamped after it.
    perform pg_advisory_xact_lock_shared(14820, unit_shard(of_matricola, of_code));
    if known_at is null then
        return query
            select * from entry where matricola = of_matricola and production_unit_code = of_code;
    else
        return query
            select distinct on (id) * from entry_version
            where matricola = of_matricola and production_unit_code = of_code and recorded_at <= known_at
            order by id, version desc;
    end if;
end
$$;
comment on function unit_entries(text, integer, timestamptz, integer) is 'The entries of a unit as they are now (known_at null), or as they were known at an instant. With a law, fails with OL001 unless that is the law now, and keeps it so until the end of the transaction.';
