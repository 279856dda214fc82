-- Classes of age and thresholds of the flags (claims.md DAS-2). Changes take effect from the next run on; the job
-- dasmo-rebuild applies them to the past.

create table ageing_class (
  name text constraint ageing_class_pk primary key,
  from_days integer not null constraint ageing_class_from_unique unique
    constraint ageing_class_from_not_negative check (from_days >= 0)
);
comment on table ageing_class is 'Classes of age in days; each reaches up to the next.';
insert into ageing_class (name, from_days) values
  ('0-15', 0), ('16-30', 16), ('31-60', 31), ('61-90', 61), ('91-180', 91), ('181-365', 181), ('>365', 366);

create table ageing_threshold (
  flag text not null constraint ageing_threshold_flag_known check (flag in ('CHRONIC', 'VERY_OLD')),
  product text not null,
  above_days integer not null constraint ageing_threshold_not_negative check (above_days >= 0),
  constraint ageing_threshold_pk primary key (flag, product),
  constraint ageing_threshold_very_old_for_all check (flag <> 'VERY_OLD' or product = '*')
);
comment on table ageing_threshold is 'Days above which a case is flagged, by product; * is every product without a row.';
insert into ageing_threshold (flag, product, above_days) values ('CHRONIC', '*', 180), ('VERY_OLD', '*', 365);
