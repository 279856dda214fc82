-- Who works at an office: asked when claims are given to somebody.
CREATE INDEX role_grant_by_office ON role_grant (organisation) WHERE role IN ('SEDE', 'PO', 'DIR', 'DSEDE');
