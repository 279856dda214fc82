-- Corrections of more than one subject: so far all of them are of claims.

alter table correction add column subject text not null default 'CLAIMS';
alter table correction alter column subject drop default,
  add constraint correction_subject_known check (subject in ('CLAIMS', 'LINES')),
  drop constraint correction_pk,
  add constraint correction_pk primary key (day, revision, subject, office, product, section);
comment on column correction.subject is 'CLAIMS, or LINES of payment flows; then "defined" are those that came to an end.';
