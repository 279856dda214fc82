-- The protection scheme of an employer, month by month (claims.md CLM-2).

CREATE TABLE employer_scheme (
    matricola         text NOT NULL CONSTRAINT employer_scheme_employer_fk REFERENCES employer,
    month             date NOT NULL,
    protection_scheme text NOT NULL,
    CONSTRAINT employer_scheme_pk PRIMARY KEY (matricola, month),
    CONSTRAINT employer_scheme_month_first CHECK (extract(day FROM month) = 1)
);
COMMENT ON TABLE employer_scheme IS 'Scheme of an employer from a month on, until the next that is told. Before the first, that of the position holds.';
COMMENT ON COLUMN employer_scheme.month IS 'First day of the month.';

CREATE FUNCTION scheme_on(of_employer text, day date, of_position text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT coalesce(
        (SELECT protection_scheme FROM employer_scheme
         WHERE matricola = of_employer AND month <= day ORDER BY month DESC LIMIT 1),
        of_position)
$$;
COMMENT ON FUNCTION scheme_on IS 'Scheme of the month of a day; of_position where none was told before.';
