-- What stands at the head of each device's steps: one row to look at, however many steps and months there are, for whoever asks for the newest,
-- or whether anything has changed since he asked.

CREATE TABLE device_head (
    device_id uuid PRIMARY KEY,
    -- Of the newest step: a device can have come from another organization.
    organization_id uuid NOT NULL,
    step_id uuid NOT NULL,
    -- The latest receive time of all its steps, by the server's clock: a step that came late is not the newest.
    received timestamptz NOT NULL,
    -- One more with every transaction that stored steps of the device, or took something of them away.
    changes bigint NOT NULL
)
-- Written with every commit, and only in columns without an index: room for the next version on the same page.
WITH (fillfactor = 50);

INSERT INTO device_head (device_id, organization_id, step_id, received, changes)
SELECT d.id, newest.organization_id, newest.id, newest.received, 1
FROM device AS d CROSS JOIN LATERAL (
    SELECT e.organization_id, e.id, e.received FROM step_event AS e WHERE e.device_id = d.id ORDER BY e.id DESC LIMIT 1) AS newest;
