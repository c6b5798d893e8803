-- What stands at the head of each device's steps: one row to look at, however many steps and months there are, for whoever asks for the newest,
-- or whether anything has changed since he asked.

CREATE SEQUENCE device_head_change;

CREATE TABLE device_head (
    device_id uuid PRIMARY KEY,
    -- Of the newest step: a device can have come from another organization.
    organization_id uuid NOT NULL,
    step_id uuid NOT NULL,
    -- The latest receive time of all its steps, by the server's clock: a step that came late is not the newest.
    received timestamptz NOT NULL,
    -- Another number with every transaction that stored steps of the device, or took something of them away. From a sequence, so that a number
    -- never comes again, for a device that lost all its steps neither.
    changes bigint NOT NULL DEFAULT nextval('device_head_change')
)
-- Written with every commit, and only in columns without an index: room for the next version on the same page.
WITH (fillfactor = 50);

ALTER SEQUENCE device_head_change OWNED BY device_head.changes;

INSERT INTO device_head (device_id, organization_id, step_id, received)
SELECT d.id, newest.organization_id, newest.id, newest.received
FROM device AS d CROSS JOIN LATERAL (
    SELECT e.organization_id, e.id, e.received FROM step_event AS e WHERE e.device_id = d.id ORDER BY e.id DESC LIMIT 1) AS newest;
