-- The average headcounts with which answers were given, exactly, each for the semester that it was taken from; and those
-- with which periods were booked.
alter table unit_facts
    drop constraint unit_facts_pkey,
    add column staff_month date,
    add column employer_heads_numerator bigint,
    add column employer_heads_denominator bigint,
    add column group_heads_numerators bigint[] not null default '{}',
    add column group_heads_denominators bigint[] not null default '{}',
    add constraint unit_facts_key unique nulls not distinct (matricola, production_unit_code, recorded_at, staff_month),
    add constraint unit_facts_employer check (
        num_nulls(employer_heads_numerator, employer_heads_denominator) in (0, 2) and employer_heads_denominator > 0
    ),
    add constraint unit_facts_exact_groups check (
        cardinality(group_heads_numerators) = cardinality(group_heads_denominators)
        and cardinality(group_heads_numerators) in (0, cardinality(group_heads))
    );
comment on column unit_facts.staff_month is 'First day of the month before which lies the semester of the groups: that of the first day asked for (limits.md 2.3). Null in rows from before there was more than one.';
comment on column unit_facts.employer_heads_numerator is 'Average heads of the employer in the semester before the answer, as a fraction (limits.md 1.3); null when not known.';
comment on column unit_facts.group_heads is 'Average heads of those groups, in hundredths, rounded down.';
comment on column unit_facts.group_heads_numerators is 'The same average exactly, in heads, with group_heads_denominators; empty in rows from before it was kept.';

alter table entry add column staff jsonb;
alter table entry_version add column staff jsonb;
comment on column entry.staff is 'Who worked in the unit when the period was booked, as far as it was known: with it a lapsed reservation is checked again. Null for history and for requests.';
comment on column entry_version.staff is 'Who worked in the unit when the period was booked, as far as it was known: with it a lapsed reservation is checked again. Null for history and for requests.';
