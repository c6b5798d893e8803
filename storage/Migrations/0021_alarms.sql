-- Alarms: rules, and what they raised.

-- 1. Rules: of the registry, as 0015 has it. One condition each, in columns: lists filter by them, and a table of rules can be exported and imported.

CREATE TABLE alarm_rule (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES organization,
    name text NOT NULL,
    severity text NOT NULL CHECK (severity IN ('info', 'warning', 'critical')),
    model_id uuid REFERENCES device_model,
    device_id uuid REFERENCES device,
    is_enabled boolean NOT NULL DEFAULT true,
    -- Looks at nothing that was received before. Kept by the trigger below.
    active_since timestamptz,
    condition text NOT NULL CHECK (condition IN ('series', 'setting', 'outcome', 'state', 'silence')),
    series text,
    unit text,
    above double precision,
    below double precision,
    hysteresis double precision NOT NULL DEFAULT 0 CHECK (hysteresis >= 0),
    for_s bigint NOT NULL DEFAULT 0 CHECK (for_s >= 0),
    pointer text,
    equals text,
    not_equals text,
    missing boolean NOT NULL DEFAULT false,
    outcome text,
    state text,
    allow_unknown boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    created_by text NOT NULL DEFAULT 'system',
    updated_by text NOT NULL DEFAULT 'system',
    version bigint NOT NULL DEFAULT 1,
    archived_at timestamptz,
    archived_by text,
    archive_reason text,
    search tsvector GENERATED ALWAYS AS (search_words(name, series, pointer)) STORED,
    CHECK ((archived_at IS NULL) = (archived_by IS NULL) AND (archived_at IS NULL) = (archive_reason IS NULL)),
    CHECK ((model_id IS NULL) <> (device_id IS NULL))
);

CREATE INDEX alarm_rule_by_organization ON alarm_rule (organization_id, id);
CREATE INDEX alarm_rule_search ON alarm_rule USING gin (search);

CREATE TRIGGER registry_written BEFORE INSERT OR UPDATE ON alarm_rule FOR EACH ROW EXECUTE FUNCTION registry_written();

-- 2. How far each site was looked at. Positions of one site ascend in the order in which they become visible, so what is after these has not been
-- looked at, and nothing before is missed.

CREATE TABLE alarm_cursor (
    site_id uuid PRIMARY KEY REFERENCES site,
    organization_id uuid NOT NULL,
    step_position bigint NOT NULL
)
WITH (fillfactor = 70);

-- A rule that comes into use looks at what comes from then on. The first one of an organization puts its sites' cursors to where they are: until then
-- nobody moved them.
CREATE FUNCTION alarm_rule_activated() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT NEW.is_enabled OR NEW.archived_at IS NOT NULL THEN
        NEW.active_since := NULL;
    ELSIF TG_OP = 'INSERT' OR OLD.active_since IS NULL THEN
        NEW.active_since := NEW.updated_at;
        IF NOT EXISTS (SELECT FROM alarm_rule WHERE organization_id = NEW.organization_id AND active_since IS NOT NULL) THEN
            INSERT INTO alarm_cursor AS c (site_id, organization_id, step_position)
            SELECT s.id, s.organization_id, coalesce((SELECT max(position) FROM step_event WHERE site_id = s.id), 0)
            FROM site AS s WHERE s.organization_id = NEW.organization_id
            ON CONFLICT (site_id) DO UPDATE SET step_position = greatest(c.step_position, excluded.step_position);
        END IF;
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER alarm_rule_activated BEFORE INSERT OR UPDATE ON alarm_rule FOR EACH ROW EXECUTE FUNCTION alarm_rule_activated();

-- 3. Alarms. Never deleted.

CREATE TABLE alarm (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES organization,
    site_id uuid NOT NULL,
    device_id uuid NOT NULL REFERENCES device,
    -- As it was then.
    rule_id uuid NOT NULL REFERENCES alarm_rule,
    rule_version bigint NOT NULL,
    rule_name text NOT NULL,
    severity text NOT NULL,
    condition json NOT NULL,
    -- By the clock of what raised it: the gateway's for a step; raised_received is by the server's.
    raised_at timestamptz NOT NULL,
    raised_received timestamptz NOT NULL,
    -- It came after newer ones of its device.
    is_late boolean NOT NULL,
    -- What was found, as JSON.
    value json,
    step_id uuid,
    acknowledged_at timestamptz,
    acknowledged_by uuid,
    acknowledge_note text,
    cleared_at timestamptz,
    cleared_received timestamptz,
    -- step, state, rule: what ended it.
    cleared_by text,
    cleared_step_id uuid,
    state text NOT NULL GENERATED ALWAYS AS (
        CASE WHEN cleared_at IS NOT NULL THEN 'cleared' WHEN acknowledged_at IS NOT NULL THEN 'acknowledged' ELSE 'raised' END) STORED,
    CHECK ((cleared_at IS NULL) = (cleared_received IS NULL) AND (cleared_at IS NULL) = (cleared_by IS NULL)),
    CHECK ((acknowledged_at IS NULL) = (acknowledged_by IS NULL))
);

-- One at a time of a rule and a device, whoever writes it.
CREATE UNIQUE INDEX alarm_open ON alarm (rule_id, device_id) WHERE cleared_at IS NULL;
CREATE INDEX alarm_by_organization ON alarm (organization_id, id DESC);
CREATE INDEX alarm_by_state ON alarm (organization_id, state, id DESC);
CREATE INDEX alarm_by_site ON alarm (site_id, id DESC);
CREATE INDEX alarm_by_device ON alarm (device_id, id DESC);
CREATE INDEX alarm_by_rule ON alarm (rule_id, id DESC);

-- What became of it, in order. Append-only.
CREATE TABLE alarm_event (
    position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    alarm_id uuid NOT NULL REFERENCES alarm,
    -- raised, seen_late (a step that came late would have raised it), cleared, acknowledged
    kind text NOT NULL CHECK (kind IN ('raised', 'seen_late', 'cleared', 'acknowledged')),
    -- By the server's clock; at_device by that of what it came from.
    at timestamptz NOT NULL,
    at_device timestamptz,
    value json,
    step_id uuid,
    user_id uuid,
    note text
);

CREATE INDEX alarm_event_by_alarm ON alarm_event (alarm_id, position);

-- 4. Who is told. Of the registry too. A channel has either people or an address.

CREATE TABLE alarm_channel (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES organization,
    name text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('email', 'webhook')),
    url text,
    -- Ids of members, of rules, of sites, as the registry has lists. Null: all rules, all sites.
    users text[],
    rules text[],
    sites text[],
    severity_min text NOT NULL CHECK (severity_min IN ('info', 'warning', 'critical')),
    is_enabled boolean NOT NULL DEFAULT true,
    -- What a webhook's deliveries are signed with; sealed under the master key, since it must be known to sign.
    secret_sealed bytea,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    created_by text NOT NULL DEFAULT 'system',
    updated_by text NOT NULL DEFAULT 'system',
    version bigint NOT NULL DEFAULT 1,
    archived_at timestamptz,
    archived_by text,
    archive_reason text,
    search tsvector GENERATED ALWAYS AS (search_words(name, url)) STORED,
    CHECK ((archived_at IS NULL) = (archived_by IS NULL) AND (archived_at IS NULL) = (archive_reason IS NULL)),
    CHECK ((kind = 'webhook') = (url IS NOT NULL) AND (kind = 'email') = (users IS NOT NULL))
);

CREATE INDEX alarm_channel_by_organization ON alarm_channel (organization_id, id);
CREATE INDEX alarm_channel_search ON alarm_channel USING gin (search);

CREATE TRIGGER registry_written BEFORE INSERT OR UPDATE ON alarm_channel FOR EACH ROW EXECUTE FUNCTION registry_written();

-- 5. What they are told, written in the transaction of the alarm. At least once: whoever dies between sending and noting it leaves it to be sent again,
-- under the same id and with the same body.

CREATE TABLE alarm_delivery (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    channel_id uuid NOT NULL REFERENCES alarm_channel,
    -- Null for a test.
    alarm_id uuid REFERENCES alarm,
    rule_id uuid,
    device_id uuid,
    -- alarm.raised, alarm.cleared, test
    event text NOT NULL,
    -- Letter by letter what is sent and signed.
    body text NOT NULL,
    -- Events of the same rule and device that this one stands for beside its own.
    suppressed integer NOT NULL DEFAULT 0,
    state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'dead')),
    attempts integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL,
    -- Its place in the channel's order.
    due_at timestamptz NOT NULL,
    -- When it is tried next; while it is tried, when it is taken for lost with whoever tried.
    next_at timestamptz NOT NULL,
    delivered_at timestamptz,
    -- Of the last try: the answer's status, and what was wrong.
    last_status integer,
    last_error text
);

CREATE INDEX alarm_delivery_pending ON alarm_delivery (channel_id, due_at, id) WHERE state = 'pending';
CREATE INDEX alarm_delivery_by_organization ON alarm_delivery (organization_id, id DESC);
CREATE INDEX alarm_delivery_by_state ON alarm_delivery (organization_id, state, id DESC);
CREATE INDEX alarm_delivery_by_channel ON alarm_delivery (channel_id, id DESC);
CREATE INDEX alarm_delivery_last ON alarm_delivery (channel_id, rule_id, device_id, due_at DESC);
