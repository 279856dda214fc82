-- The ledger: for each production unit, the periods that were set aside or authorised.

create table unit (
    matricola text not null,
    production_unit_code integer not null,
    created_at timestamptz not null,
    constraint unit_pkey primary key (matricola, production_unit_code),
    constraint unit_matricola check (matricola ~ '^[0-9]{10}$'),
    constraint unit_production_unit_code check (production_unit_code between 0 and 99999)
);
comment on table unit is 'A production unit that has, or is about to have, entries. Whoever books weeks locks its row, so that two bookings never both see the last free week.';

create table entry (
    id uuid not null,
    matricola text not null,
    production_unit_code integer not null,
    scheme text not null,
    cause text not null,
    first_day date not null,
    last_day date not null,
    hours_hundredths bigint not null,
    flags text[] not null,
    sector text,
    working_days integer,
    origin text not null,
    state text not null,
    expires_at timestamptz,
    release_reason text,
    created_at timestamptz not null,
    changed_at timestamptz not null,
    constraint entry_pkey primary key (id),
    constraint entry_unit foreign key (matricola, production_unit_code) references unit,
    constraint entry_scheme_cause check (
        (scheme in ('CIGO', 'AIS') and cause in ('ORD', 'EONE')) or (scheme = 'CIGS' and cause in ('RIORG', 'CRISI', 'CDS'))
    ),
    constraint entry_period check (first_day <= last_day),
    constraint entry_hours check (hours_hundredths >= 0),
    constraint entry_flags check (flags <@ array['covid', 'dl21_2022', 'deroga_art4']),
    constraint entry_facts check ((sector is null) = (working_days is null) and working_days in (5, 6)),
    constraint entry_origin check (char_length(origin) between 1 and 128),
    constraint entry_state check (state in ('RESERVED', 'AUTHORISED', 'RELEASED', 'EXPIRED')),
    constraint entry_expires check ((state = 'RESERVED') = (expires_at is not null)),
    constraint entry_release_reason check ((state = 'RELEASED') = (release_reason is not null))
);
comment on table entry is 'A period of wage integration of a unit. RESERVED (until expires_at) and AUTHORISED entries count against the limits.';
comment on column entry.id is 'Id of the reservation, chosen by the claims service, or of the line of history.';
comment on column entry.flags is 'Marks that make the period neutral for some counters.';
comment on column entry.sector is 'Letter of art. 10 D.Lgs. 148/2015 when the weeks were booked; null for history.';
comment on column entry.working_days is 'Working days of the unit when the weeks were booked; null for history, where those of the unit are meant.';
comment on column entry.origin is 'claim:<id> or history:<line>.';
create index entry_unit_period on entry (matricola, production_unit_code, first_day desc, id desc);
create index entry_expiring on entry (expires_at) where state = 'RESERVED';

create table released_unseen (
    id uuid not null,
    reason text not null,
    released_at timestamptz not null,
    constraint released_unseen_pkey primary key (id)
);
comment on table released_unseen is 'Reservations that were released before they came: a late one with the same id is refused.';
