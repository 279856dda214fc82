-- The uploads of a person for one authorisation, so that one that was cut off can be gone on with from elsewhere.

create index upload_by_authorization on upload (person_id, authorization_number, created_at desc, id desc);
