-- Several MQTT servers on one database: a session is in the memory of one of them at a time, and its row says of which.
-- A single process leaves these columns as they are: it has all sessions (ActorOwnership), and asks nobody.

ALTER TABLE mqtt_session
    -- Null: nobody's. One that has ended (cluster_node_is_gone) may be taken from.
    ADD COLUMN node uuid,
    -- Its client has connected to that node last, which waits until it is given up.
    ADD COLUMN wanted_by uuid;

CREATE INDEX mqtt_session_by_node ON mqtt_session (node);
CREATE INDEX mqtt_session_wanted ON mqtt_session (node) WHERE wanted_by IS NOT NULL;

-- All topics of some gateways are read at once, by what they begin with.
CREATE INDEX mqtt_retained_by_prefix ON mqtt_retained (topic text_pattern_ops);
