-- Alerts beside the digest; a Sede with its agencies; all that a correction changed.

alter table correction add column changed text[] not null default '{}';
alter table correction alter column changed drop default;
comment on column correction.changed is 'Columns of the cell that came out other; empty for corrections noted before this column was.';

alter table digest_subscription
  add column kind text not null default 'WEEKLY',
  add column with_agencies boolean not null default false,
  add constraint digest_subscription_kind_known check (kind in ('WEEKLY', 'ALERT'));
alter table digest_subscription alter column kind drop default, alter column with_agencies drop default;
comment on column digest_subscription.kind is 'WEEKLY: the figures, on Mondays. ALERT: after a night, where the stock began to grow or more of it is chronic.';
drop index digest_subscription_one_alive;
create unique index digest_subscription_one_alive on digest_subscription (person, role, organisation, subject, kind)
  where ended_at is null;

alter table digest_mail rename column week to period;
alter table digest_mail
  drop constraint digest_mail_week_is_monday,
  drop constraint digest_mail_kept_until_sent,
  alter column message_id drop not null,
  alter column sent_at drop not null,
  add constraint digest_mail_kept_until_sent check ((message is null) = (sent_at is not null)),
  add constraint digest_mail_sent_has_an_id check (message is null or message_id is not null);
comment on table digest_mail is 'The mail of a subscription and period: written before it is sent, so that the same is sent again after a kill, and forgotten but for its id afterwards.';
comment on column digest_mail.period is 'Monday of the week of a digest, day of the picture of an alert.';
comment on column digest_mail.message_id is 'Null when there was nothing to alert of: the picture was looked at, and no mail was written.';
alter index digest_mail_unsent rename to digest_mail_unsent_period;
