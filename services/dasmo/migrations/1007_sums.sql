-- Beside the cells their sums over instruments, over both halves of the dashboard, and over both: `product`, `section` or both are
-- empty in them. A question reads one row for each day and group then.

alter table cell drop constraint cell_section_known,
  add constraint cell_section_known check (section in ('COVID', 'ORDINARY', ''));
comment on column cell.product is 'Instrument; empty in the sum of all.';
comment on column cell.section is 'COVID or ORDINARY; empty in the sum of both.';
alter table line_cell drop constraint line_cell_section_known,
  add constraint line_cell_section_known check (section in ('COVID', 'ORDINARY', ''));
comment on column line_cell.product is 'Instrument; empty in the sum of all.';
comment on column line_cell.section is 'COVID or ORDINARY; empty in the sum of both.';

-- Days that were published have no sums: the next run makes all of them again from the steps.
truncate snapshot, cell, line_cell;
update publication set last_day = null, redo_from = null;
