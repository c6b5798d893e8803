-- What devices do now: telemetry of running steps, the state that follows from it, and which gateways are there.

-- 1. Telemetry. Append-only, and forgotten after some days: the step, when it is finished, holds all of it.
--
-- Decision: partitioned by day over ranges of the message's id, as steps are by month: the id is a UUIDv7 that its gateway made once, so the primary
-- key stays the id alone, a resend meets the partition of its first sending, and a day is dropped whole.
--
-- Decision: positions of one site ascend in the order in which they become visible. A transaction that inserts holds the site's advisory lock before
-- it draws its positions; so "everything of the site after position P" misses nothing, whichever of its gateways wrote it.

CREATE SEQUENCE telemetry_position;

CREATE TABLE telemetry (
    id uuid PRIMARY KEY,
    position bigint NOT NULL DEFAULT nextval('telemetry_position'),
    organization_id uuid NOT NULL,
    site_id uuid NOT NULL,
    gateway_id uuid NOT NULL,
    device_id uuid NOT NULL,
    -- Of the running step; null while the device does not run.
    step_id uuid,
    -- By the gateway's clock; received is by the server's.
    sent timestamptz NOT NULL,
    received timestamptz NOT NULL,
    -- JSON, as it is passed on to those who watch. Never looked into by the database.
    body text NOT NULL
)
PARTITION BY RANGE (id);

CREATE INDEX telemetry_by_device ON telemetry (device_id, position);
CREATE INDEX telemetry_by_site ON telemetry (site_id, position);
-- All of a running step so far, in order.
CREATE INDEX telemetry_by_step ON telemetry (step_id, position) WHERE step_id IS NOT NULL;

ALTER SEQUENCE telemetry_position OWNED BY telemetry.position;

-- One row: of the positions up to that one, some or all are forgotten. Who was behind it, and comes back, has missed something.
CREATE TABLE telemetry_forgotten (
    up_to bigint NOT NULL
);
INSERT INTO telemetry_forgotten VALUES (0);

-- Who watches a site asks for its steps after a position; who watches a device has step_event_by_device_position.
CREATE INDEX step_event_by_site_position ON step_event (site_id, position);

-- 2. What each device told last. Written with the telemetry, in its transaction. What a device is shown as follows from this, from its gateway's
-- presence, and from whether the running step is stored already.

CREATE TABLE device_state (
    device_id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    site_id uuid NOT NULL,
    -- The one that sent it.
    gateway_id uuid NOT NULL,
    -- 1 running, 2 idle, 3 error
    state smallint NOT NULL CHECK (state IN (1, 2, 3)),
    -- When the first element in a row with this state (and this step) was received.
    since timestamptz NOT NULL,
    -- Of a running device; null for what the gateway did not tell.
    step_id uuid,
    started timestamptz,
    label text,
    job text,
    -- 0 to 1
    progress double precision,
    layer bigint,
    layers bigint,
    remaining_s double precision,
    -- Why it is in error, as a rule.
    message text,
    -- When the newest element was received, by the server's clock.
    at timestamptz NOT NULL,
    -- Of the newest element: its time by the gateway's clock, its id, its place.
    sent timestamptz NOT NULL,
    telemetry_id uuid NOT NULL,
    position bigint NOT NULL
)
-- Rewritten about once a second while the device runs: free room on the page keeps the new version there, and the indexes untouched.
WITH (fillfactor = 70);

CREATE INDEX device_state_by_site ON device_state (site_id);

-- 3. Which gateways are connected over MQTT, as their actors know it. Set to offline by a process that becomes the owner of the actors: nobody is
-- connected to it yet.

CREATE TABLE gateway_presence (
    gateway_id uuid PRIMARY KEY REFERENCES gateway,
    online boolean NOT NULL,
    -- Made anew for each connection: the end of one that was taken over changes nothing.
    connection text,
    -- When it last came or went; null when it never came, because it only speaks HTTP.
    since timestamptz,
    -- Of the last connection: `MQTT 5.0`, `MQTT 3.1.1`.
    protocol text,
    -- The server's time less the gateway's, estimated: positive when the gateway's clock is behind.
    clock_offset_us bigint,
    clock_measured_at timestamptz,
    -- When its last step was received; at most a minute behind.
    last_step_at timestamptz,
    CHECK (online = (connection IS NOT NULL)),
    CHECK ((clock_offset_us IS NULL) = (clock_measured_at IS NULL))
)
WITH (fillfactor = 70);

-- Gateways that came before this table was there: what their actors have written down, and do no more.
INSERT INTO gateway_presence (gateway_id, online, since, protocol, last_step_at)
SELECT g.id, false, (a.state ->> 'since')::timestamptz, a.state ->> 'protocol', (a.state ->> 'last_step_at')::timestamptz
FROM actor_state AS a JOIN gateway AS g ON g.id::text = a.key
WHERE a.kind = 'gateway' AND (a.state ->> 'since' IS NOT NULL OR a.state ->> 'last_step_at' IS NOT NULL);
DELETE FROM actor_state WHERE kind = 'gateway';
