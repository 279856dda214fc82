-- Recovery of over-payments: what workers have to give back, what came back, and the accounts behind it.

alter table payment_order add column recovered bigint not null default 0;
comment on column payment_order.recovered is 'What the recoveries of the order that were not cancelled are for, in cents. Written by a trigger alone.';
alter table payment_order add constraint payment_order_recovered_within_paid check (
    recovered between 0 and net and (recovered = 0 or state = 'PAID'));
comment on constraint payment_order_recovered_within_paid on payment_order is 'All recoveries of a line together never exceed what was paid for it, and what the bank sent back is recovered from nobody.';

create table recovery (
    id uuid not null,
    opening uuid not null,
    version bigint not null,
    code text not null,
    end_to_end_id text not null,
    month date not null,
    flow_id uuid not null,
    number integer not null,
    authorization_number text not null,
    office text not null,
    person_id uuid not null,
    state text not null,
    reason text not null,
    note text not null,
    amount bigint not null,
    reduction bigint not null,
    repaid bigint not null default 0,
    written_off bigint not null default 0,
    opened_at timestamptz not null,
    notified_on date,
    due_on date,
    constraint recovery_pkey primary key (id),
    constraint recovery_code_key unique (code),
    constraint recovery_order_fkey foreign key (end_to_end_id) references payment_order (end_to_end_id),
    constraint recovery_state_known check (
        state in ('OPENED', 'NOTIFIED', 'PARTLY_REPAID', 'SETTLED', 'WRITTEN_OFF', 'CANCELLED')),
    constraint recovery_reason_known check (
        reason in ('GRANT_ANNULLED', 'GRANT_REDUCED', 'LINE_CORRECTED', 'PAYEE_DECEASED', 'AMOUNT_CORRECTED', 'NOT_ENTITLED')),
    constraint recovery_never_takes_more check (
        amount > 0 and repaid >= 0 and written_off >= 0 and repaid + written_off <= amount),
    constraint recovery_ends_when_nothing_is_owed check (
        state = 'CANCELLED' or (repaid + written_off = amount) = (state in ('SETTLED', 'WRITTEN_OFF'))),
    constraint recovery_term check ((notified_on is null) = (due_on is null) and due_on >= notified_on)
);
comment on table recovery is 'What a worker has to give back of what was paid for a line: amounts in cents, of the net. Personal data by the line.';
comment on column recovery.opening is 'What opened it: the recoveries of one request have the same.';
comment on column recovery.code is 'What the worker writes on the transfer.';
comment on column recovery.reduction is 'Part of the reduction of 5.84 % that goes back with the amount.';
create index recovery_by_office on recovery (office, opened_at desc, id desc);
create index recovery_all on recovery (opened_at desc, id desc);
create index recovery_of_line on recovery (flow_id, number);
create index recovery_of_order on recovery (end_to_end_id);
create index recovery_of_opening on recovery (opening);

create function recovered_of_order() returns trigger
language plpgsql as $$
declare
    before constant bigint := case when tg_op = 'INSERT' or old.state = 'CANCELLED' then 0 else old.amount end;
    after constant bigint := case when new.state = 'CANCELLED' then 0 else new.amount end;
begin
    if before <> after then
        update payment_order set recovered = recovered + after - before where end_to_end_id = new.end_to_end_id;
    end if;
    return null;
end
$$;
create trigger recovery_within_paid after insert or update on recovery for each row execute function recovered_of_order();

create table recovery_step (
    recovery_id uuid not null,
    version bigint not null,
    action text not null,
    from_state text,
    to_state text not null,
    cents bigint not null,
    reference text,
    day date,
    note text not null,
    actor_role text not null,
    person_id uuid,
    occurred_at timestamptz not null,
    constraint recovery_step_pkey primary key (recovery_id, version),
    constraint recovery_step_recovery_fkey foreign key (recovery_id) references recovery (id),
    constraint recovery_step_action_known check (
        action in ('OPEN', 'NOTIFY', 'EXTEND', 'REPAY', 'WRITE_OFF', 'CANCEL', 'SEND_BACK')),
    constraint recovery_step_reference check ((reference is not null) = (action = 'REPAY'))
);
comment on table recovery_step is 'What was done to recoveries, by whom and why. Append-only.';
comment on column recovery_step.person_id is 'Who did it; null for the platform.';
create unique index repayment_once on recovery_step (reference) where reference is not null;
comment on index repayment_once is 'A credit of the bank is taken in once.';
create trigger recovery_step_never_changed before update or delete on recovery_step for each row execute function never_changed();

-- An entry is a movement of an order or a step of a recovery.
alter table ledger_entry alter column end_to_end_id drop not null;
alter table ledger_entry add column recovery_id uuid, add column step bigint;
alter table ledger_entry add constraint ledger_entry_step_fkey foreign key (recovery_id, step)
    references recovery_step (recovery_id, version);
alter table ledger_entry add constraint ledger_entry_step_once unique (recovery_id, step);
alter table ledger_entry add constraint ledger_entry_of_one check (
    num_nonnulls(end_to_end_id, recovery_id) = 1 and (recovery_id is null) = (step is null));
alter table ledger_entry drop constraint ledger_entry_kind_known;
alter table ledger_entry add constraint ledger_entry_kind_known check (
    kind in ('ORDERED', 'PAID', 'RETURNED', 'RECOVERY_OPENED', 'REPAID', 'WRITTEN_OFF', 'RECOVERY_CANCELLED'));
alter table posting drop constraint posting_account_known;
alter table posting add constraint posting_account_known check (
    account in ('BENEFITS', 'REDUCTION', 'BANK_CLEARING', 'TREASURY', 'RECEIVABLE', 'WRITE_OFFS', 'REFUNDS_DUE'));

alter table authorisation add column annulled boolean not null default false;
comment on column authorisation.annulled is 'True when the claim was annulled: what was paid under it has to come back.';
create index authorisation_annulled on authorisation (number) where annulled;
