-- People, what they may act as, and the mandates they hold.

CREATE TABLE person (
    id             uuid CONSTRAINT person_pk PRIMARY KEY,
    codice_fiscale text NOT NULL CONSTRAINT person_codice_fiscale_once UNIQUE,
    created_at     timestamptz NOT NULL
);
COMMENT ON TABLE person IS 'Opaque ids of people: the only place where an id meets a codice fiscale.';

CREATE TABLE client (
    id         uuid CONSTRAINT client_pk PRIMARY KEY,
    client_id  text NOT NULL CONSTRAINT client_client_id_once UNIQUE,
    created_at timestamptz NOT NULL
);
COMMENT ON TABLE client IS 'External system clients (SYS-P).';

CREATE TABLE role_grant (
    id                 uuid CONSTRAINT role_grant_pk PRIMARY KEY,
    person_id          uuid CONSTRAINT role_grant_person_fk REFERENCES person,
    client_id          uuid CONSTRAINT role_grant_client_fk REFERENCES client,
    role               text NOT NULL,
    organisation       text NOT NULL,
    structure          text CONSTRAINT role_grant_structure_fk REFERENCES office,
    areas              text[] NOT NULL,
    effective_from     timestamptz NOT NULL,
    effective_to       timestamptz,
    withdrawn_at       timestamptz,
    dasmo_from         timestamptz,
    dasmo_withdrawn_at timestamptz,
    granted_by         uuid,
    created_at         timestamptz NOT NULL,
    CONSTRAINT role_grant_one_holder CHECK (num_nonnulls(person_id, client_id) = 1),
    CONSTRAINT role_grant_validity CHECK (effective_to > effective_from),
    CONSTRAINT role_grant_dasmo_withdrawal CHECK (dasmo_withdrawn_at IS NULL OR dasmo_from IS NOT NULL)
);
COMMENT ON TABLE role_grant IS 'Roles held, with their validity (identity.md §4). Kept after the end.';
COMMENT ON COLUMN role_grant.organisation IS 'Matricola, office, region (ISTAT), coordination or body; empty for national roles.';
COMMENT ON COLUMN role_grant.structure IS 'Office whose IDM delegate keeps this grant; null for roles that are not of territorial staff.';
COMMENT ON COLUMN role_grant.effective_to IS 'First instant at which it no longer works.';
COMMENT ON COLUMN role_grant.granted_by IS 'Person who granted; null for an import.';
CREATE UNIQUE INDEX role_grant_once ON role_grant
    (coalesce(person_id, client_id), role, organisation, effective_from) WHERE withdrawn_at IS NULL;
CREATE INDEX role_grant_by_person ON role_grant (person_id);
-- Every call through the gateway asks for the live grants of one person.
CREATE INDEX role_grant_live ON role_grant (person_id) WHERE withdrawn_at IS NULL;
CREATE INDEX role_grant_by_client ON role_grant (client_id) WHERE client_id IS NOT NULL;
CREATE INDEX role_grant_by_structure ON role_grant (structure, id);

CREATE TABLE mandate (
    id           uuid CONSTRAINT mandate_pk PRIMARY KEY,
    type         text NOT NULL,
    matricola    text NOT NULL CONSTRAINT mandate_employer_fk REFERENCES employer,
    delegate_id  uuid NOT NULL CONSTRAINT mandate_delegate_fk REFERENCES person,
    valid_from   date NOT NULL,
    valid_to     date,
    withdrawn_at timestamptz,
    granted_by   uuid,
    created_at   timestamptz NOT NULL,
    CONSTRAINT mandate_type_known CHECK (type = 'AZIENDALE'),
    CONSTRAINT mandate_validity CHECK (valid_to >= valid_from)
);
COMMENT ON TABLE mandate IS 'Deleghe of employers to intermediaries (identity.md §3.2). Kept after the end.';
COMMENT ON COLUMN mandate.valid_to IS 'Last day, included.';
CREATE UNIQUE INDEX mandate_once ON mandate (matricola, delegate_id, valid_from) WHERE withdrawn_at IS NULL;
CREATE INDEX mandate_by_delegate ON mandate (delegate_id, id);
CREATE INDEX mandate_by_matricola ON mandate (matricola, id);
