-- The groups by contractual hours decide art. 12 c. 5, so an answer that was given depends on them too.
alter table unit_facts
    add column group_hours bigint[] not null default '{}',
    add column group_heads bigint[] not null default '{}',
    add constraint unit_facts_groups check (cardinality(group_hours) = cardinality(group_heads));
comment on column unit_facts.group_hours is 'Weekly contractual hours of each group of workers, in hundredths (art. 12 c. 6 D.Lgs. 148/2015); empty when not known.';
comment on column unit_facts.group_heads is 'Average heads of those groups, in hundredths.';
