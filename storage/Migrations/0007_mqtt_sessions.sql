-- What the MQTT server must still know after a restart: the sessions of gateways (MQTT 5.0 §4.1) and the retained messages.
-- These are rewritten by one process at a time, the owner of the actors, and are read as a whole when it starts.
-- Texts that are keys are kept short by whoever writes them: an index row holds 2,704 bytes at most.

CREATE TABLE mqtt_session (
    client_id text PRIMARY KEY,
    -- Whose session it is, such as `gateway:{id}`; nobody else may resume it.
    owner_key text NOT NULL,
    -- How long it outlives its connection.
    expiry_ms bigint NOT NULL,
    -- Null while the client is connected, and so also after a crash.
    left_at timestamptz,
    -- What is published if the client stays away; all null for none.
    will_topic text,
    will_payload bytea,
    will_qos smallint,
    will_retain boolean,
    will_delay_s bigint,
    will_expiry_s bigint,
    will_properties bytea,
    CHECK (will_topic IS NULL OR (will_payload, will_qos, will_retain, will_delay_s, will_properties) IS NOT NULL)
)
-- Rewritten at every connect and disconnect.
WITH (fillfactor = 70);

CREATE TABLE mqtt_subscription (
    client_id text NOT NULL REFERENCES mqtt_session ON DELETE CASCADE,
    topic_filter text NOT NULL,
    maximum_qos smallint NOT NULL,
    no_local boolean NOT NULL,
    retain_as_published boolean NOT NULL,
    retain_handling smallint NOT NULL,
    -- 0 for none.
    identifier bigint NOT NULL,
    PRIMARY KEY (client_id, topic_filter)
);

CREATE TABLE mqtt_message (
    client_id text NOT NULL REFERENCES mqtt_session ON DELETE CASCADE,
    -- The message's place in the session; its Packet Identifier follows from it.
    number bigint NOT NULL,
    topic text NOT NULL,
    payload bytea NOT NULL,
    -- The properties that travel with a message, as on the wire.
    properties bytea NOT NULL,
    -- As published; how it is delivered stands below.
    message_qos smallint NOT NULL,
    message_retain boolean NOT NULL,
    expires_at timestamptz,
    qos smallint NOT NULL,
    retain boolean NOT NULL,
    subscription_identifiers bigint[] NOT NULL,
    -- 0 waits, 1 awaits PUBACK, 2 awaits PUBREC, 3 awaits PUBCOMP
    state smallint NOT NULL,
    PRIMARY KEY (client_id, number)
);

CREATE TABLE mqtt_inbound (
    client_id text NOT NULL REFERENCES mqtt_session ON DELETE CASCADE,
    -- A QoS 2 message of the client that was accepted and is not released yet.
    packet_identifier integer NOT NULL,
    PRIMARY KEY (client_id, packet_identifier)
);

CREATE TABLE mqtt_retained (
    topic text PRIMARY KEY,
    payload bytea NOT NULL,
    properties bytea NOT NULL,
    qos smallint NOT NULL,
    expires_at timestamptz
);
