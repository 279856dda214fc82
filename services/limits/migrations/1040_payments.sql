-- What the flows of direct payment say was used, by claim and month, as far as their feed has told it.

create table paid_month (
    claim_id uuid not null,
    month date not null,
    open_lines bigint not null,
    constraint paid_month_pkey primary key (claim_id, month),
    constraint paid_month_open check (open_lines >= 0)
);
comment on table paid_month is 'Months of a claim for which flows came. A month without open lines is paid or cancelled whole.';

create table paid_week (
    claim_id uuid not null,
    month date not null,
    week date not null,
    hours bigint not null,
    constraint paid_week_pkey primary key (claim_id, month, week),
    constraint paid_week_month_fkey foreign key (claim_id, month) references paid_month (claim_id, month),
    constraint paid_week_hours check (hours >= 0)
);
comment on table paid_week is 'Hours paid of each week that touches the month, in hundredths, all workers together.';
