-- Regions, provinces and offices: the table of claims.md §2.5, loaded from data/*.csv at start.

CREATE TABLE region (
    dm1986 text CONSTRAINT region_pk PRIMARY KEY,
    istat  text NOT NULL,
    name   text NOT NULL,
    CONSTRAINT region_dm1986_shape CHECK (dm1986 ~ '^[0-9]{2}$'),
    CONSTRAINT region_istat_shape CHECK (istat ~ '^[0-9]{2}$')
);
COMMENT ON TABLE region IS 'Regions and autonomous provinces in the table of the tax administration (DM 1986).';
COMMENT ON COLUMN region.istat IS 'ISTAT code; Bolzano and Trento share 04.';

CREATE TABLE office (
    code           text CONSTRAINT office_pk PRIMARY KEY,
    name           text NOT NULL,
    kind           text NOT NULL,
    parent         text CONSTRAINT office_parent_fk REFERENCES office DEFERRABLE INITIALLY DEFERRED,
    region_istat   text NOT NULL,
    region_dm1986  text CONSTRAINT office_region_fk REFERENCES region,
    province_istat text,
    metro          text,
    CONSTRAINT office_code_shape CHECK (code ~ '^[0-9]{6}$'),
    CONSTRAINT office_kind_known CHECK
        (kind IN ('REGIONAL', 'METROPOLITAN', 'PROVINCIAL', 'BRANCH', 'COMPLEX_AGENCY', 'AGENCY')),
    CONSTRAINT office_metro_known CHECK (metro IN ('ROMA', 'MILANO', 'NAPOLI'))
);
COMMENT ON TABLE office IS 'Structures of INPS (claims.md §1.2). Changed by a release, never by a user.';
COMMENT ON COLUMN office.parent IS 'Office above; null for a regional directorate.';
COMMENT ON COLUMN office.region_dm1986 IS 'Null for the directorate of Trentino-Alto Adige, which spans two of them.';
COMMENT ON COLUMN office.metro IS 'Metropolitan coordination it belongs to.';

CREATE TABLE province (
    istat         text CONSTRAINT province_pk PRIMARY KEY,
    sign          text NOT NULL CONSTRAINT province_sign_once UNIQUE,
    capital       text NOT NULL,
    region_dm1986 text NOT NULL CONSTRAINT province_region_fk REFERENCES region,
    office        text NOT NULL CONSTRAINT province_office_fk REFERENCES office,
    CONSTRAINT province_istat_shape CHECK (istat ~ '^[0-9]{3}$'),
    CONSTRAINT province_sign_shape CHECK (sign ~ '^[A-Z]{2}$')
);
COMMENT ON TABLE province IS 'The 107 provincial units and the office of their capital.';
