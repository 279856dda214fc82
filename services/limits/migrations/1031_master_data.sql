-- A copy of what the anagrafe knows of employers and units, kept by its feed: an answer about a unit needs no second service.
-- It says what is known now. With what an answer was given is remembered in `unit_facts`, as before.

create table master_employer (
    matricola text not null,
    sector text not null,
    months date[] not null,
    heads bigint[] not null,
    constraint master_employer_pkey primary key (matricola),
    constraint master_employer_months check (cardinality(months) = cardinality(heads))
) with (fillfactor = 80);
comment on table master_employer is 'Employers as the feed of the anagrafe told them last.';
comment on column master_employer.months is 'Months of which the heads were told, as first days, oldest first. In the row, since a question about a unit then reads one row and not one a month.';
comment on column master_employer.heads is 'Heads of those months, in hundredths.';

create table master_unit (
    matricola text not null,
    production_unit_code integer not null,
    working_days integer not null,
    competent_office text not null,
    group_months date[] not null,
    group_hours bigint[] not null,
    group_heads bigint[] not null,
    constraint master_unit_pkey primary key (matricola, production_unit_code),
    constraint master_unit_working_days check (working_days in (5, 6)),
    constraint master_unit_groups check (
        cardinality(group_months) = cardinality(group_hours) and cardinality(group_months) = cardinality(group_heads)
    )
) with (fillfactor = 80);
comment on table master_unit is 'Production units as the feed of the anagrafe told them last. One whose employer has not been told is not known yet.';
comment on column master_unit.group_months is 'Months of which the heads were told, oldest first: one element a month and group of the same weekly contractual hours.';
comment on column master_unit.group_hours is 'Weekly hours of those groups, in hundredths.';
comment on column master_unit.group_heads is 'Heads of those groups in those months, in hundredths.';

create function unit_reading(of_matricola text, of_code integer, of_law integer, groups_month date)
returns table (
    master_sector text,
    master_working_days integer,
    competent_office text,
    group_months date[],
    group_hours bigint[],
    group_heads bigint[],
    employer_months date[],
    employer_heads bigint[],
    told_at timestamptz,
    told_of_month boolean,
    told_sector text,
    told_working_days integer,
    told_group_hours bigint[],
    told_group_heads bigint[],
    told_group_heads_numerators bigint[],
    told_group_heads_denominators bigint[],
    told_employer_heads_numerator bigint,
    told_employer_heads_denominator bigint,
    matricola text,
    production_unit_code integer,
    id uuid,
    version integer,
    recorded_at timestamptz,
    scheme text,
    cause text,
    first_day date,
    last_day date,
    hours_hundredths bigint,
    hours_weeks date[],
    hours_by_week bigint[],
    flags text[],
    zero_hours boolean,
    sector text,
    working_days integer,
    used_dates date[],
    used_weeks date[],
    used_by_week bigint[],
    origin text,
    state text,
    expires_at timestamptz,
    reason text,
    source_version bigint,
    staff jsonb
)
language plpgsql volatile as $$
#variable_conflict use_column
begin
    -- Waits for a law that is being recorded, and for whoever is changing the unit or what is remembered of it: see
    -- unit_entries. As expressions, which cost less than statements; each statement after them has a snapshot of its own.
    if pg_advisory_xact_lock_shared(14821, 0) is null
        or pg_advisory_xact_lock_shared(14820, unit_shard(of_matricola, of_code)) is null then
        raise exception 'a lock says nothing';
    end if;
    if exists (select from law_version as law where law.version > of_law) then
        raise exception 'the law is not version % any more', of_law using errcode = 'OL001';
    end if;
    return query
        select e.sector, u.working_days, u.competent_office, u.group_months, u.group_hours, u.group_heads, e.months, e.heads,
               told.recorded_at, coalesce(told.staff_month = groups_month, true), told.sector, told.working_days,
               told.group_hours, told.group_heads, told.group_heads_numerators, told.group_heads_denominators,
               told.employer_heads_numerator, told.employer_heads_denominator, (null::entry).*
        from (select) as one
        left join (master_unit as u join master_employer as e on e.matricola = u.matricola)
            on u.matricola = of_matricola and u.production_unit_code = of_code
        left join lateral (
            select * from unit_facts
            where matricola = of_matricola and production_unit_code = of_code
            order by coalesce(staff_month = groups_month, true) desc, recorded_at desc
            limit 1
        ) as told on true;
    return query
        select null::text, null::integer, null::text, null::date[], null::bigint[], null::bigint[], null::date[],
               null::bigint[], null::timestamptz, null::boolean, null::text, null::integer, null::bigint[], null::bigint[],
               null::bigint[], null::bigint[], null::bigint, null::bigint, entry.*
        from entry
        where matricola = of_matricola and production_unit_code = of_code
        order by first_day desc, id desc;
end
$$;
comment on function unit_reading is 'All that an answer about a unit as it is now needs, by one statement: in the first row what the copy of the master data says (nothing, when it does not have the unit) and what was remembered last, for a semester of groups where that was; in the rows after it the entries. With a law as unit_entries.';
