-- What gateways were asked to do, and what came of it. How far a command has come follows from its times, so that no state can contradict them.

CREATE TABLE gateway_command (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES organization,
    gateway_id uuid NOT NULL REFERENCES gateway,
    name text NOT NULL,
    -- A JSON object, as written.
    arguments json NOT NULL,
    created_by uuid NOT NULL REFERENCES app_user,
    created_at timestamptz NOT NULL,
    -- It is not brought to the gateway after that; an answer is taken all the same.
    deadline timestamptz NOT NULL,
    -- Handed to a session of the gateway; null again when that has lost it.
    sent_at timestamptz,
    -- Why it was lost, the last time.
    problem text,
    -- The gateway has acknowledged it.
    delivered_at timestamptz,
    answered_at timestamptz,
    -- 1 done, 2 failed, 3 refused
    outcome smallint,
    message text,
    result json,
    CHECK ((answered_at IS NULL) = (outcome IS NULL)),
    CHECK ((answered_at IS NULL) = (message IS NULL))
);

-- A gateway's commands, newest first, by pages.
CREATE INDEX gateway_command_by_gateway ON gateway_command (gateway_id, id DESC);
-- What a gateway that comes back is to be sent.
CREATE INDEX gateway_command_unanswered ON gateway_command (gateway_id, created_at) WHERE answered_at IS NULL;
