-- How long an organization keeps what it has, and what is kept whatever that says. Without a row everything is kept for ever.

CREATE TABLE retention_rule (
    organization_id uuid NOT NULL REFERENCES organization,
    -- Of steps: 1 task performed, 2 settings changed
    kind smallint NOT NULL,
    -- Samples are kept for so many whole months, and then only what is known of each series; null for ever.
    series_months integer CHECK (series_months BETWEEN 1 AND 1200),
    -- Steps are kept for so many whole years; null for ever.
    steps_years integer CHECK (steps_years BETWEEN 1 AND 100),
    PRIMARY KEY (organization_id, kind)
);

-- A dispute, a recall, an inspection: while it is open nothing of it is thinned or dropped.
CREATE TABLE legal_hold (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES organization,
    -- Both null: all that the organization has.
    device_id uuid,
    job text,
    reason text NOT NULL,
    placed_at timestamptz NOT NULL,
    placed_by text NOT NULL,
    released_at timestamptz,
    released_by text,
    release_reason text
);

CREATE INDEX legal_hold_by_organization ON legal_hold (organization_id, id DESC);
CREATE INDEX legal_hold_open ON legal_hold (organization_id) WHERE released_at IS NULL;

-- When a month was last written anew, so that single late steps do not have it written anew every day.
CREATE TABLE retention_month (
    month date PRIMARY KEY,
    done_at timestamptz NOT NULL
);
