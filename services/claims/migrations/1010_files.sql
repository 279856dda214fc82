-- Files of a claim: uploads that survive a broken connection, attachments, and which objects they need.

alter table beneficiary add column if not exists iban text not null default '';
comment on column beneficiary.iban is 'Only for the 40 % advance (claims.md §5.4). Personal data.';

create table upload (
    claim_id uuid not null,
    id uuid not null,
    kind text not null,
    attachment_kind text,
    file_name text,
    version bigint,
    set_totals boolean not null,
    total_bytes bigint not null,
    stored_bytes bigint not null,
    sha256 text not null,
    state text not null,
    workers integer,
    hours_hundredths bigint,
    faults_count integer,
    faults jsonb,
    version_after bigint,
    created_by uuid not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint upload_pkey primary key (claim_id, id),
    constraint upload_claim_fkey foreign key (claim_id) references claim (id) on delete cascade,
    constraint upload_kind_known check (kind in ('BENEFICIARIES', 'ATTACHMENT')),
    constraint upload_state_known check (state in ('RECEIVING', 'ACCEPTED', 'REFUSED')),
    constraint upload_of_attachment check (
        num_nonnulls(attachment_kind, file_name) = case kind when 'ATTACHMENT' then 2 else 0 end),
    constraint upload_of_list check ((version is not null) = (kind = 'BENEFICIARIES')),
    constraint upload_report_whole check (
        num_nonnulls(workers, hours_hundredths, faults_count, faults)
        = case when kind = 'BENEFICIARIES' and state <> 'RECEIVING' then 4 else 0 end),
    constraint upload_version_after check ((version_after is not null) = (kind = 'BENEFICIARIES' and state = 'ACCEPTED')),
    constraint upload_bytes_range check (stored_bytes between 0 and total_bytes)
);
comment on table upload is 'Files on their way into a claim, and what came of them.';
comment on column upload.id is 'Given by the client; the id of the attachment that comes of it.';
comment on column upload.version is 'Version of the draft that a list is for.';
comment on column upload.stored_bytes is 'Bytes in upload_part: where the client goes on.';
comment on column upload.faults is 'The first faults of a list, in the order of the lines.';
create index upload_by_age on upload (state, updated_at);
create index upload_needs_object on upload (sha256) where kind = 'ATTACHMENT' and state = 'RECEIVING';

create table upload_part (
    claim_id uuid not null,
    upload_id uuid not null,
    first_byte bigint not null,
    data bytea not null,
    constraint upload_part_pkey primary key (claim_id, upload_id, first_byte),
    constraint upload_part_upload_fkey foreign key (claim_id, upload_id) references upload (claim_id, id) on delete cascade
);
alter table upload_part alter column data set storage external;
comment on table upload_part is 'Bytes of uploads under way, stored with the offset that the client is told, in one transaction. Removed when the upload ends. Personal data.';

create table stored_object (
    sha256 text not null,
    size_bytes bigint not null,
    constraint stored_object_pkey primary key (sha256)
);
comment on table stored_object is 'What the object store holds for claims, or is about to. An object that nothing needs is removed with its row, under the lock of the row, which whoever is about to need it takes too.';

create table attachment (
    claim_id uuid not null,
    id uuid not null,
    kind text not null,
    file_name text not null,
    file_type text not null,
    size_bytes bigint not null,
    sha256 text not null,
    scan text not null,
    uploaded_by uuid not null,
    uploaded_at timestamptz not null,
    constraint attachment_pkey primary key (claim_id, id),
    constraint attachment_claim_fkey foreign key (claim_id) references claim (id) on delete cascade,
    constraint attachment_object_fkey foreign key (sha256) references stored_object (sha256),
    constraint attachment_scan_known check (scan in ('OFF', 'PENDING', 'CLEAN', 'INFECTED'))
);
comment on table attachment is 'Attachments (claims.md §4.4): PDF, P7M, XML, CSV, JPEG, PNG or TIFF by content. Names may hold personal data.';
comment on column attachment.scan is 'What the antivirus says; PENDING forbids the submission.';
create index attachment_by_object on attachment (sha256);
create index attachment_unscanned on attachment (uploaded_at) where scan = 'PENDING';
create unique index attachment_one_report on attachment (claim_id) where kind = 'TECHNICAL_REPORT';
