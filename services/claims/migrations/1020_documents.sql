-- Documents that a claim leaves: the act of each decision, the receipt of the submission.

create table document (
    id uuid not null,
    claim_id uuid not null,
    kind text not null,
    content jsonb not null,
    sha256 text,
    size_bytes bigint,
    constraint document_pkey primary key (id),
    constraint document_claim_fkey foreign key (claim_id) references claim (id),
    constraint document_object_fkey foreign key (sha256) references stored_object (sha256),
    constraint document_kind_known check (kind in ('ACT', 'RECEIPT')),
    constraint document_file_whole check ((sha256 is null) = (size_bytes is null))
);
comment on table document is 'What acts and receipts say (CLM-13, CLM-22), frozen when they are issued, and the file that it was set as. Personal data: the employer, and who signed.';
comment on column document.id is 'Of the decision for an act, of the claim for a receipt.';
comment on column document.content is 'The document as the press takes it. Never changed.';
comment on column document.sha256 is 'The file, made when it is first asked for. Null before, never changed afterwards.';
create index document_by_object on document (sha256) where sha256 is not null;

create function refuse_change_of_documents() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and old.sha256 is null
       and (new.id, new.claim_id, new.kind, new.content) = (old.id, old.claim_id, old.kind, old.content) then
        return new;
    end if;
    raise exception 'a document that was issued never changes' using errcode = 'restrict_violation';
end
$$;
create trigger document_never_changes before update or delete on document
    for each row execute function refuse_change_of_documents();

alter table adoption add column actor_name text not null default '';
comment on column adoption.actor_name is 'Name of who adopts, for the act. Personal data.';
