-- Flows of direct payment, their lines, the orders to the bank and the accounts behind them (claims.md §7).

create extension if not exists btree_gist;

create table authorisation (
    number text not null,
    claim_id uuid not null,
    active boolean not null,
    direct boolean not null,
    matricola text not null,
    production_unit_code integer not null,
    office text not null,
    region_istat text not null,
    product text not null,
    causale text not null,
    first_day date not null,
    last_day date not null,
    hours_granted bigint not null,
    hours_held bigint not null default 0,
    communicated_on date not null,
    csc_sector text not null,
    average_heads_hundredths bigint not null,
    first_kind text,
    employer_name text,
    ticket text,
    constraint authorisation_pkey primary key (number),
    constraint authorisation_days check (first_day <= last_day),
    constraint authorisation_hours_within_grant check (hours_held between 0 and hours_granted),
    constraint authorisation_details_whole check ((employer_name is null) = (ticket is null))
);
comment on table authorisation is 'What claims granted, from their feed; employer, ticket and workers are fetched when the first flow comes.';
comment on column authorisation.active is 'False while the claim is annulled or under reexamination, and after a later decision took its place.';
comment on column authorisation.hours_held is 'Hundredths of hours set aside for lines or paid. Never above the grant (PAY-6).';
comment on column authorisation.first_kind is 'Form of the first flow of the ticket.';
create index authorisation_by_claim on authorisation (claim_id);
create index authorisation_by_ticket on authorisation (ticket);

create table granted_worker (
    number text not null,
    codice_fiscale text not null,
    person_id uuid not null,
    hours_granted bigint not null,
    hours_held bigint not null default 0,
    constraint granted_worker_pkey primary key (number, person_id),
    constraint granted_worker_code_key unique (number, codice_fiscale),
    constraint granted_worker_authorisation_fkey foreign key (number) references authorisation (number),
    constraint granted_worker_hours_within_grant check (hours_held between 0 and hours_granted)
);
comment on table granted_worker is 'Workers of a grant with their hours, in hundredths. Personal data.';

create table upload (
    person_id uuid not null,
    id uuid not null,
    flow_id uuid not null,
    authorization_number text not null,
    matricola text not null,
    format text not null,
    header jsonb,
    total_bytes bigint not null,
    stored_bytes bigint not null,
    sha256 text not null,
    state text not null,
    refusal jsonb,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint upload_pkey primary key (person_id, id),
    constraint upload_format_known check (format in ('CSV', 'XML')),
    constraint upload_header check ((header is not null) = (format = 'CSV')),
    constraint upload_state_known check (state in ('RECEIVING', 'ACCEPTED', 'REFUSED')),
    constraint upload_refusal check ((refusal is not null) = (state = 'REFUSED')),
    constraint upload_bytes_range check (stored_bytes between 0 and total_bytes)
);
comment on table upload is 'Files on their way, and what came of them. A refused one is the record of the attempt (PAY-3), and stays.';
comment on column upload.flow_id is 'Id of the flow that comes of it, chosen at the beginning: whatever is repeated is about the same flow. Of bytes that were sent before, the id of the first flow.';
create index upload_by_age on upload (updated_at) where state = 'RECEIVING';

create table upload_part (
    person_id uuid not null,
    upload_id uuid not null,
    first_byte bigint not null,
    data bytea not null,
    constraint upload_part_pkey primary key (person_id, upload_id, first_byte),
    constraint upload_part_upload_fkey foreign key (person_id, upload_id) references upload (person_id, id) on delete cascade
);
alter table upload_part alter column data set storage external;
comment on table upload_part is 'Bytes of uploads under way, stored with the offset that the client is told, in one transaction. Removed when the upload ends. Personal data.';

create table flow (
    id uuid not null,
    version bigint not null,
    protocol_number text not null,
    kind text not null,
    state text not null,
    ended text,
    authorization_number text not null,
    claim_id uuid not null,
    matricola text not null,
    production_unit_code integer not null,
    employer_name text not null,
    office text not null,
    region_istat text not null,
    product text not null,
    causale text not null,
    csc_sector text not null,
    average_heads_hundredths bigint not null,
    first_day date not null,
    last_day date not null,
    term date not null,
    corrects uuid,
    lines integer not null,
    hours bigint not null,
    counts integer[] not null,
    sha256 text not null,
    reason text not null default '',
    sent_by uuid not null,
    received_at timestamptz not null,
    constraint flow_pkey primary key (id),
    constraint flow_protocol_key unique (protocol_number),
    constraint flow_once unique (authorization_number, sha256),
    constraint flow_authorisation_fkey foreign key (authorization_number) references authorisation (number),
    constraint flow_corrects_fkey foreign key (corrects) references flow (id),
    constraint flow_ended_known check (ended in ('REJECTED', 'DELETED')),
    constraint flow_counts check (array_length(counts, 1) = 8)
);
comment on table flow is 'Flows that were received. Facts of the grant are those of the receipt.';
comment on column flow.counts is 'Lines by state, in the order RECEIVED, IN_VERIFICATION, VERIFIED, ANOMALY, ORDERED, PAID, RETURNED, CANCELLED; the state follows from them (claims.md §7.6).';
comment on constraint flow_once on flow is 'The same bytes for the same authorisation are one flow (PAY-4).';
create index flow_by_firm on flow (matricola, received_at desc, id desc);
create index flow_by_office on flow (office, received_at desc, id desc);
create index flow_all on flow (received_at desc, id desc);

-- By month of the line, and not of its receipt: whoever pays twice pays the same month twice, and what forbids it is kept
-- within one partition.
create table line (
    month date not null,
    flow_id uuid not null,
    number integer not null,
    authorization_number text not null,
    office text not null,
    person_id uuid,
    codice_fiscale text not null,
    surname text not null,
    name text not null,
    type text not null,
    qualifica text not null,
    weekly_hours integer not null,
    days_a_week smallint not null,
    part_time integer,
    hourly_pay bigint not null,
    workable_hours integer not null,
    weeks integer[] not null,
    hours integer not null,
    first_day date not null,
    last_day date not null,
    iban text,
    address jsonb,
    phone text not null,
    deductions boolean not null,
    expected bigint,
    state text not null,
    anomalies text[] not null,
    gross bigint,
    net bigint,
    attempt integer not null default 0,
    holder_tries integer not null default 0,
    check_after timestamptz,
    bank_date date,
    received_at timestamptz not null,
    constraint line_pkey primary key (month, flow_id, number),
    constraint line_month check (extract(day from month) = 1),
    constraint line_days check (first_day between month and last_day),
    constraint line_state_known check (
        state in ('RECEIVED', 'IN_VERIFICATION', 'VERIFIED', 'ANOMALY', 'ORDERED', 'PAID', 'RETURNED', 'CANCELLED')),
    constraint line_stopped check ((cardinality(anomalies) > 0) = (state = 'ANOMALY')),
    constraint line_way check (num_nonnulls(iban, address) = 1),
    constraint line_amount check ((gross is null) = (net is null) and (net is null or net <= gross)),
    constraint line_verified check (state not in ('VERIFIED', 'ORDERED', 'PAID') or (gross is not null and person_id is not null))
) partition by range (month);
comment on table line is 'Lines of flows: a worker, a month, a type code. Hours in hundredths, amounts in cents. Personal data.';
-- No foreign key: it looks the flow up again for each of 200 000 lines, which are stored in the transaction that stores the flow,
-- and flows are never deleted.
comment on column line.flow_id is 'The flow. Written with it in one transaction; flows are never deleted.';
comment on column line.person_id is 'Opaque id; null when nobody of the granted list.';
comment on column line.first_day is 'With last_day: the days of the month that the flow covers.';
comment on column line.check_after is 'When what others know of it is asked next; null when nothing more is.';
create table line_default partition of line default;
create index line_of_flow on line (flow_id, number);
create index line_of_worker on line (person_id, month desc, flow_id, number) where person_id is not null;
create index line_of_authorisation on line (authorization_number, month);
create index line_to_check on line (check_after) where state = 'IN_VERIFICATION' and check_after is not null;
create index line_to_order on line (office, received_at, flow_id, number) where state = 'VERIFIED';

create table line_act (
    id bigint not null generated always as identity,
    flow_id uuid not null,
    number integer not null,
    action text not null,
    anomalies text[] not null,
    reason text not null,
    person_id uuid not null,
    acted_at timestamptz not null,
    constraint line_act_pkey primary key (id),
    constraint line_act_flow_fkey foreign key (flow_id) references flow (id),
    constraint line_act_action_known check (action in ('DOMICILED', 'DEDUCTIONS', 'AMOUNT', 'CANCEL'))
);
comment on table line_act is 'What people did to lines and why (PAY-7): what stopped the line is kept, also when the IBAN is erased. Append-only.';
create index line_act_of_line on line_act (flow_id, number);

-- The right to be paid for days of a month. It is written with the order, and goes only when the bank has sent the money back:
-- who else is to be paid for the same breaks a constraint, at the latest when both commit.
create table entitlement (
    month date not null,
    person_id uuid not null,
    authorization_number text not null,
    days daterange not null,
    flow_id uuid not null,
    number integer not null,
    constraint entitlement_once primary key (month, person_id, authorization_number)
) partition by range (month);
comment on table entitlement is 'Who is being paid, or was, for which days: once by month and authorisation (ALREADY_PAID), and for no day twice by whatever authorisations (BENEFIT_OVERLAP).';
create table entitlement_default partition of entitlement default;
alter table entitlement_default add constraint entitlement_default_days
    exclude using gist (person_id with =, days with &&);

create table batch (
    id uuid not null,
    message_id text not null,
    office text not null,
    execution_date date not null,
    answer_due date not null,
    orders integer not null,
    total bigint not null,
    created_by uuid not null,
    created_at timestamptz not null,
    constraint batch_pkey primary key (id),
    constraint batch_message_key unique (message_id)
);
comment on table batch is 'Orders that go to the bank in one pain.001. The file is made of the orders, and never differs.';
create index batch_by_office on batch (office, created_at desc, id desc);

create table payment_order (
    end_to_end_id text not null,
    batch_id uuid not null,
    position integer not null,
    month date not null,
    flow_id uuid not null,
    number integer not null,
    attempt integer not null,
    person_id uuid not null,
    office text not null,
    gross bigint not null,
    net bigint not null,
    creditor text not null,
    iban text,
    address jsonb,
    state text not null,
    reason text not null default '',
    bank_date date,
    updated_at timestamptz not null,
    constraint payment_order_pkey primary key (end_to_end_id),
    constraint payment_order_batch_fkey foreign key (batch_id) references batch (id),
    constraint payment_order_attempt_key unique (flow_id, number, attempt),
    constraint payment_order_state_known check (state in ('ORDERED', 'UNKNOWN', 'PAID', 'RETURNED')),
    constraint payment_order_amount check (net > 0 and net <= gross)
);
comment on table payment_order is 'One attempt at paying one line. Personal data.';
comment on column payment_order.state is 'UNKNOWN when the answer is overdue or says so: only an answer ends it, and nothing is sent again (PAY-10).';
create unique index payment_order_one_alive on payment_order (flow_id, number) where state <> 'RETURNED';
create index payment_order_of_batch on payment_order (batch_id, position);
create index payment_order_unanswered on payment_order (batch_id) where state = 'ORDERED';

create table ledger_entry (
    id uuid not null,
    kind text not null,
    office text not null,
    end_to_end_id text not null,
    occurred_at timestamptz not null,
    constraint ledger_entry_pkey primary key (id),
    constraint ledger_entry_once unique (end_to_end_id, kind),
    constraint ledger_entry_order_fkey foreign key (end_to_end_id) references payment_order (end_to_end_id),
    constraint ledger_entry_kind_known check (kind in ('ORDERED', 'PAID', 'RETURNED'))
);
comment on table ledger_entry is 'What moved money, once for each order and kind. Never changed.';

create table posting (
    entry_id uuid not null,
    office text not null,
    account text not null,
    cents bigint not null,
    constraint posting_pkey primary key (entry_id, account),
    constraint posting_entry_fkey foreign key (entry_id) references ledger_entry (id),
    constraint posting_account_known check (
        account in ('BENEFITS', 'REDUCTION', 'BANK_CLEARING', 'TREASURY')),
    constraint posting_moves check (cents <> 0)
);
comment on table posting is 'Debits above zero, credits below. Never changed; of each entry they sum to zero.';
create index posting_balance on posting (office, account) include (cents);

create function entry_sums_to_zero() returns trigger
language plpgsql as $$
begin
    if (select coalesce(sum(cents), 1) from posting where entry_id = new.entry_id) <> 0 then
        raise exception 'the postings of entry % do not sum to zero', new.entry_id
            using errcode = 'check_violation', constraint = 'posting_sums_to_zero';
    end if;
    return null;
end
$$;
create constraint trigger posting_sums_to_zero after insert or update on posting
    deferrable initially deferred for each row execute function entry_sums_to_zero();

create function never_changed() returns trigger
language plpgsql as $$
begin
    raise exception 'rows of % are never changed', tg_table_name using errcode = 'check_violation';
end
$$;
create trigger posting_never_changed before update or delete on posting for each row execute function never_changed();
create trigger ledger_entry_never_changed before update or delete on ledger_entry for each row execute function never_changed();

create procedure ensure_month(of_month date)
language plpgsql as $$
declare
    name constant text := 'entitlement_' || to_char(of_month, 'YYYYMM');
begin
    perform ensure_partition('line', 'line_' || to_char(of_month, 'YYYYMM'),
        of_month::text, (of_month + interval '1 month')::date::text);
    if to_regclass(name) is null then
        perform ensure_partition('entitlement', name, of_month::text, (of_month + interval '1 month')::date::text);
        if to_regclass(name) is not null then
            execute format('alter table %I add constraint %I exclude using gist (person_id with =, days with &&)',
                name, name || '_days');
        end if;
    end if;
end
$$;
comment on procedure ensure_month is 'Makes the partitions of a month, with what forbids a day to be paid twice.';

create procedure extend_months(today date)
language plpgsql as $$
begin
    for ahead in -6 .. 2 loop
        call ensure_month((date_trunc('month', today) + ahead * interval '1 month')::date);
    end loop;
end
$$;
comment on procedure extend_months is 'Makes the partitions of the months whose flows can come now.';
call extend_months(current_date);
