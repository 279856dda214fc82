-- The ledger remembers what it knew and since when: every change of an entry is a new version, never overwritten.

alter table unit add column last_recorded_at timestamptz;
update unit set last_recorded_at = greatest(
    created_at,
    (select max(changed_at) from entry
     where entry.matricola = unit.matricola and entry.production_unit_code = unit.production_unit_code)
);
alter table unit alter column last_recorded_at set not null;
comment on column unit.last_recorded_at is 'recorded_at of the last change of the unit: the next one is later, so that an instant names one state of the ledger.';

alter table entry rename to entry_before;
alter table entry_before rename constraint entry_pkey to entry_before_pkey;
drop index entry_unit_period, entry_expiring;

-- One column for each thing that is known of an entry, the same in `entry` and `entry_version`.
create table entry (
    matricola text not null,
    production_unit_code integer not null,
    id uuid not null,
    version integer not null,
    recorded_at timestamptz not null,
    scheme text not null,
    cause text not null,
    first_day date not null,
    last_day date not null,
    hours_hundredths bigint not null,
    hours_weeks date[] not null,
    hours_by_week bigint[] not null,
    flags text[] not null,
    zero_hours boolean not null,
    sector text,
    working_days integer,
    used_dates date[],
    used_weeks date[],
    used_by_week bigint[],
    origin text not null,
    state text not null,
    expires_at timestamptz,
    reason text,
    source_version bigint,
    constraint entry_pkey primary key (matricola, production_unit_code, id),
    constraint entry_id unique (id),
    constraint entry_unit foreign key (matricola, production_unit_code) references unit,
    constraint entry_version_positive check (version >= 1),
    constraint entry_scheme_cause check (
        (scheme in ('CIGO', 'AIS') and cause in ('ORD', 'EONE')) or (scheme = 'CIGS' and cause in ('RIORG', 'CRISI', 'CDS'))
    ),
    constraint entry_period check (first_day <= last_day),
    constraint entry_hours check (hours_hundredths >= 0),
    constraint entry_hours_by_week check (cardinality(hours_weeks) = cardinality(hours_by_week)),
    constraint entry_flags check (flags <@ array['covid', 'dl21_2022', 'deroga_art4']),
    constraint entry_zero_hours check (scheme = 'CIGS' or not zero_hours),
    constraint entry_working_days check (working_days in (5, 6) and (sector is null or working_days is not null)),
    constraint entry_used check (
        num_nulls(used_dates, used_weeks, used_by_week) in (0, 3)
        and (used_weeks is null or cardinality(used_weeks) = cardinality(used_by_week))
    ),
    constraint entry_origin check (char_length(origin) between 1 and 128),
    constraint entry_state check (
        state in ('REQUESTED', 'RESERVED', 'AUTHORISED', 'RELEASED', 'EXPIRED', 'CONCLUDED', 'CANCELLED')
    ),
    constraint entry_expires check ((state = 'RESERVED') = (expires_at is not null)),
    constraint entry_reason check (state not in ('RELEASED', 'CONCLUDED', 'CANCELLED') or reason is not null)
) with (fillfactor = 90);
comment on table entry is 'The last version of each entry: what the limits count now. RESERVED (until expires_at) and AUTHORISED entries count. Could be made again from entry_version.';
comment on column entry.id is 'Id of the reservation, chosen by the claims service; of the claim, for what it asks; or of the line of history.';
comment on column entry.version is 'Progressive of the changes of the entry, from 1.';
comment on column entry.recorded_at is 'Instant from which this version is known; later than that of every change of the unit before it.';
comment on column entry.hours_weeks is 'Mondays of the weeks over which the hours authorised are split; empty when they were not split.';
comment on column entry.hours_by_week is 'Hours of those weeks, in hundredths.';
comment on column entry.flags is 'Marks that make the period neutral for some counters.';
comment on column entry.zero_hours is 'CIGS at zero hours, which is no normal work for art. 12 c. 2 D.Lgs. 148/2015.';
comment on column entry.sector is 'Letter of art. 10 D.Lgs. 148/2015 when the weeks were booked; null for history and for requests.';
comment on column entry.working_days is 'Working days of the week of this authorisation; null where those of the unit are meant.';
comment on column entry.used_dates is 'Days declared as used (basis FRUITO), perhaps none; null when nothing was declared (basis AUTHORISED).';
comment on column entry.used_weeks is 'Mondays of the weeks for which hours were declared as used.';
comment on column entry.used_by_week is 'Hours used in those weeks, in hundredths.';
comment on column entry.origin is 'claim:<id> or history:<line>.';
comment on column entry.reason is 'Why this version was written: of a release, a correction, a cancellation, or the end of a request.';
comment on column entry.source_version is 'Version of the claim that was told last; null for what no feed tells.';
create index entry_expiring on entry (expires_at) where state = 'RESERVED';

create table entry_version (
    like entry including comments,
    constraint entry_version_pkey primary key (matricola, production_unit_code, id, version, recorded_at)
) partition by range (recorded_at);
comment on table entry_version is 'Every version of every entry, never changed and never deleted. A version is superseded when the next one is recorded.';
create table entry_version_default partition of entry_version default;

-- By year: a question about the past looks into the years before it.
create procedure extend_entry_version(today date)
language plpgsql as $$
declare
    year constant integer := extract(year from today);
begin
    for ahead in year .. year + 1 loop
        perform ensure_partition('entry_version', 'entry_version_' || ahead,
            ahead || '-01-01 00:00:00+00', (ahead + 1) || '-01-01 00:00:00+00');
    end loop;
end
$$;
comment on procedure extend_entry_version is 'Makes the partitions of this year and the next.';
call extend_entry_version(current_date);

-- What was known before the last change was overwritten at the time: each entry begins with the version it had then.
insert into entry
select matricola, production_unit_code, id, 1, changed_at, scheme, cause, first_day, last_day, hours_hundredths, '{}', '{}',
       flags, false, sector, working_days, null, null, null, origin, state, expires_at, release_reason, null
from entry_before;
insert into entry_version select * from entry;
drop table entry_before;

create function unit_shard(matricola text, production_unit_code integer) returns integer
language sql immutable parallel safe as $$
    select (hashtextextended(matricola || '/' || production_unit_code, 0) & 1023)::integer
$$;
comment on function unit_shard is 'Lock of a unit, among 1 024: so many that units hardly meet, so few that an import cannot fill the lock table.';

create function unit_entries(of_matricola text, of_code integer, known_at timestamptz) returns setof entry
language plpgsql volatile as $$
begin
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
comment on function unit_entries is 'The entries of a unit as they are now (known_at null), or as they were known at an instant.';

create table unit_facts (
    matricola text not null,
    production_unit_code integer not null,
    recorded_at timestamptz not null,
    sector text not null,
    working_days integer not null,
    constraint unit_facts_pkey primary key (matricola, production_unit_code, recorded_at),
    constraint unit_facts_working_days check (working_days in (5, 6))
);
comment on table unit_facts is 'What the anagrafe said of a unit in an answer that was given, and since when, so that the answer can be given again.';
