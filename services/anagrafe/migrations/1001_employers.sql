-- Employer positions, their production units and the heads that work there.

CREATE TABLE employer (
    matricola           text CONSTRAINT employer_pk PRIMARY KEY,
    codice_fiscale      text NOT NULL,
    name                text NOT NULL,
    csc                 text NOT NULL,
    authorization_codes text[] NOT NULL,
    ateco               text NOT NULL,
    ateco_version       text NOT NULL,
    sector              text NOT NULL,
    protection_scheme   text NOT NULL,
    seat_province_istat text NOT NULL CONSTRAINT employer_seat_fk REFERENCES province,
    registered_office   text NOT NULL CONSTRAINT employer_office_fk REFERENCES office,
    active_from         date NOT NULL,
    active_to           date,
    CONSTRAINT employer_matricola_shape CHECK (matricola ~ '^[0-9]{10}$'),
    CONSTRAINT employer_csc_shape CHECK (csc ~ '^[0-9]{5}$'),
    CONSTRAINT employer_activity CHECK (active_to >= active_from)
);
COMMENT ON TABLE employer IS 'Contribution positions (matricole INPS) of firms.';
CREATE INDEX employer_by_office ON employer (registered_office, matricola);

CREATE TABLE production_unit (
    matricola             text NOT NULL CONSTRAINT production_unit_employer_fk REFERENCES employer,
    code                  integer NOT NULL,
    name                  text NOT NULL,
    address               text NOT NULL,
    municipality_belfiore text NOT NULL,
    province_istat        text NOT NULL CONSTRAINT production_unit_province_fk REFERENCES province,
    working_days          smallint NOT NULL,
    is_production_unit    boolean NOT NULL,
    competent_office      text NOT NULL CONSTRAINT production_unit_office_fk REFERENCES office,
    active_from           date NOT NULL,
    active_to             date,
    CONSTRAINT production_unit_pk PRIMARY KEY (matricola, code),
    CONSTRAINT production_unit_code_range CHECK (code BETWEEN 0 AND 99999),
    CONSTRAINT production_unit_working_days CHECK (working_days IN (5, 6)),
    CONSTRAINT production_unit_activity CHECK (active_to >= active_from)
);
COMMENT ON TABLE production_unit IS 'Unita produttive of a position; code 0 is the registered seat.';
COMMENT ON COLUMN production_unit.competent_office IS 'Computed by claims.md CLM-5 when the unit or its employer is imported.';
CREATE INDEX production_unit_by_office ON production_unit (competent_office, matricola);

CREATE TABLE headcount (
    matricola               text NOT NULL,
    code                    integer NOT NULL,
    month                   date NOT NULL,
    weekly_hours_hundredths bigint NOT NULL,
    heads_hundredths        bigint NOT NULL,
    CONSTRAINT headcount_pk PRIMARY KEY (matricola, code, month, weekly_hours_hundredths),
    CONSTRAINT headcount_unit_fk FOREIGN KEY (matricola, code) REFERENCES production_unit,
    CONSTRAINT headcount_month_first CHECK (extract(day FROM month) = 1),
    CONSTRAINT headcount_hours_range CHECK (weekly_hours_hundredths BETWEEN 1 AND 16800),
    CONSTRAINT headcount_heads_range CHECK (heads_hundredths >= 0)
);
COMMENT ON TABLE headcount IS 'Heads of a unit in a month by weekly contractual hours (art. 12 c. 6 D.Lgs. 148/2015).';
COMMENT ON COLUMN headcount.month IS 'First day of the month.';
