-- The weekly digest: who gets it, and what was sent in which week.

create table digest_subscription (
  subscription_id uuid constraint digest_subscription_pk primary key,
  person uuid not null,
  role text not null,
  organisation text not null,
  subject text not null constraint digest_subscription_subject_known check (subject in ('CLAIMS', 'LINES')),
  address text not null,
  english boolean not null,
  office text,
  region_istat text,
  product text,
  section text,
  part_dimension text,
  part_value text,
  page text not null,
  token text not null constraint digest_subscription_token_unique unique,
  created_at timestamptz not null,
  ended_at timestamptz,
  end_reason text,
  constraint digest_subscription_part_whole check ((part_dimension is null) = (part_value is null)),
  constraint digest_subscription_end_whole check ((ended_at is null) = (end_reason is null))
);
comment on table digest_subscription is 'Who gets the figures by mail on Mondays, in which role and with which filters.';
comment on column digest_subscription.token is 'Ends the subscription from a link in a mail, and opens nothing else.';
comment on column digest_subscription.end_reason is 'UNSUBSCRIBED, REPLACED, or the code of the refusal that a look at the dashboard would get.';
create unique index digest_subscription_one_alive on digest_subscription (person, role, organisation, subject)
  where ended_at is null;

create table digest_mail (
  subscription_id uuid not null constraint digest_mail_subscription_fk references digest_subscription (subscription_id),
  week date not null constraint digest_mail_week_is_monday check (extract(isodow from week) = 1),
  message_id text not null constraint digest_mail_message_unique unique,
  composed_at timestamptz not null,
  as_of date not null,
  message bytea,
  sent_at timestamptz,
  constraint digest_mail_pk primary key (subscription_id, week),
  constraint digest_mail_kept_until_sent check ((message is null) = (sent_at is not null))
);
comment on table digest_mail is 'The mail of a subscription and week: written before it is sent, so that the same is sent again after a kill, and forgotten but for its id afterwards.';
create index digest_mail_unsent on digest_mail (week) where sent_at is null;
