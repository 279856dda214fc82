-- Payment flows are entered in the register of claims, which they share (claims.md IDF-1).

alter table protocol_entry add column flow_id uuid;
comment on column protocol_entry.flow_id is 'The flow of the payments service that came in under the number; null for what concerns the claim itself.';
create unique index protocol_entry_flow_key on protocol_entry (flow_id) where flow_id is not null;
