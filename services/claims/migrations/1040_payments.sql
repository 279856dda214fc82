-- What the feed of payments tells: claims with payments are not annulled (claims.md CLM-23), and not reduced below them (CLM-24).

create table claim_payments (
    claim_id uuid not null,
    lines bigint not null,
    hours bigint not null,
    constraint claim_payments_pkey primary key (claim_id),
    constraint claim_payments_counted check (lines >= 0 and hours >= 0)
);
comment on table claim_payments is 'Lines of direct payment that are ordered or paid, and their hours in hundredths, by claim.';
