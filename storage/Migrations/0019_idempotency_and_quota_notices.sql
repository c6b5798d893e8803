-- 1. Whose a claim is: so that what was claimed by a process that died can be done by the next one, where it is known that it was not done.

ALTER TABLE idempotent_request
    -- Made anew when a process starts. Null: claimed before there was this column.
    ADD COLUMN process_id uuid,
    -- Made anew for each claim. Whoever keeps an answer or releases the key names it, and finds nothing when another one has taken over.
    ADD COLUMN claim_id uuid,
    -- True: the answer is written by the one transaction that does all that is asked for. Without an answer nothing was done.
    ADD COLUMN in_one_transaction boolean NOT NULL DEFAULT false;

-- 2. What the owners were told of their plan's room: that a quota is near its bound. Forgotten when its use has fallen again; of steps, counts for its day (UTC).

CREATE TABLE quota_notice (
    organization_id uuid NOT NULL REFERENCES organization,
    -- gateways, devices, users, steps_per_day
    kind text NOT NULL,
    told_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, kind)
);
