-- Steps: what devices did. Append-only.
--
-- Decision: the three tables are partitioned by month over ranges of the step's id itself. The id is a UUIDv7 made by the gateway, so it
-- carries the step's time; the primary key stays the id alone, and a resend, whenever it comes, meets the partition of its first sending.
-- Had `started` been part of the key, a resend with another time would be stored twice.
--
-- Decision: no foreign keys from these tables. The gateway's actor has checked the device against the registry before a step comes here, so
-- a key would buy nothing and cost a lookup and a row lock for each step; and retention drops whole partitions, which keys between
-- step_series and step_event would turn into a scan. Registry rows are never deleted, only disabled.
--
-- Decision: a series is one row with its values in an array, never a row for each sample: 65 bytes of row and 83 of index for 8 of value.

CREATE SEQUENCE step_position;

CREATE TABLE step_event (
    id uuid PRIMARY KEY,
    -- The order of the commits of each gateway, for whoever reads on from where he was. Gaps mean nothing.
    position bigint NOT NULL DEFAULT nextval('step_position'),
    organization_id uuid NOT NULL,
    site_id uuid NOT NULL,
    gateway_id uuid NOT NULL,
    device_id uuid NOT NULL,
    -- 1 task performed, 2 settings changed
    kind smallint NOT NULL,
    started timestamptz NOT NULL,
    ended timestamptz NOT NULL,
    received timestamptz NOT NULL,
    label text NOT NULL,
    settings jsonb NOT NULL,
    -- Counts of what stands in the other two tables, so that lists need not look there.
    series_count smallint NOT NULL,
    log_count smallint NOT NULL,
    sample_count integer NOT NULL,
    -- SHA-256 over all of the step's content as it was sent: tells a resend from another step under the same id.
    content_hash bytea NOT NULL
)
PARTITION BY RANGE (id);

-- A device's steps, newest first, by pages.
CREATE INDEX step_event_by_device ON step_event (device_id, id DESC);
-- A device's steps after a position.
CREATE INDEX step_event_by_device_position ON step_event (device_id, position);

ALTER SEQUENCE step_position OWNED BY step_event.position;

CREATE TABLE step_series (
    step_id uuid NOT NULL,
    -- As sent, from 0.
    ordinal smallint NOT NULL,
    name text NOT NULL,
    unit text NOT NULL,
    -- 1 timeseries, 2 singular
    kind smallint NOT NULL,
    -- 1 default, 2 scatter, 3 line, 4 bar
    chart smallint NOT NULL,
    -- What a device's twin and lists need, without unpacking the arrays.
    sample_count integer NOT NULL,
    last_time_us bigint NOT NULL,
    last_value double precision NOT NULL,
    -- Since the step's start; empty for a singular series.
    times_us bigint[] NOT NULL,
    -- Finite, bit for bit as sent.
    "values" double precision[] NOT NULL,
    PRIMARY KEY (step_id, ordinal)
)
PARTITION BY RANGE (step_id);

CREATE TABLE step_log (
    step_id uuid NOT NULL,
    ordinal smallint NOT NULL,
    -- 1 error, 2 debug, 3 build
    kind smallint NOT NULL,
    label text NOT NULL,
    lines text[] NOT NULL,
    PRIMARY KEY (step_id, ordinal)
)
PARTITION BY RANGE (step_id);
