-- Heads of an employer as a whole, on which the AIS and the CIGS depend.

CREATE TABLE employer_headcount (
    matricola        text NOT NULL CONSTRAINT employer_headcount_employer_fk REFERENCES employer,
    month            date NOT NULL,
    heads_hundredths bigint NOT NULL,
    CONSTRAINT employer_headcount_pk PRIMARY KEY (matricola, month),
    CONSTRAINT employer_headcount_month_first CHECK (extract(day FROM month) = 1),
    CONSTRAINT employer_headcount_heads_range CHECK (heads_hundredths BETWEEN 0 AND 100000000)
);
COMMENT ON TABLE employer_headcount IS 'Heads of an employer in a month, part-timers pro rata of their hours (art. 20 c. 3-bis and art. 29 c. 3-bis D.Lgs. 148/2015; limits.md 1.3).';
COMMENT ON COLUMN employer_headcount.month IS 'First day of the month.';
