-- How far each gateway's journal of decisions has been brought into the audit trail. Advanced in the transaction that
-- inserts the records, so that each line of the journal becomes one record.
create table journal_position (
    instance uuid        not null,
    segment  bigint      not null,
    position bigint      not null,
    moved    timestamptz not null,
    constraint journal_position_pk primary key (instance),
    constraint journal_position_segment_positive check (segment > 0),
    constraint journal_position_position_not_negative check (position >= 0)
);
comment on table journal_position is 'Journals of decisions, and how far they are in audit_record';
comment on column journal_position.instance is 'Id of the journal, kept in its folder';
comment on column journal_position.segment is 'File of the journal';
comment on column journal_position.position is 'Bytes of that file that are in audit_record';
comment on column journal_position.moved is 'When the position moved last';
