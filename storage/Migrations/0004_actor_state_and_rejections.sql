CREATE TABLE actor_state (
    kind text NOT NULL,
    key text NOT NULL,
    -- 1 at the first write; a write names the version that it replaces.
    version bigint NOT NULL,
    state jsonb NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (kind, key)
)
-- Rows are rewritten often: free room on their page keeps the new version there, and the index untouched.
WITH (fillfactor = 70);

-- Every message that was refused, with its reasons: nothing is dropped silently.
CREATE TABLE rejected_message (
    id uuid PRIMARY KEY,
    received_at timestamptz NOT NULL,
    -- As far as they are known: a message can be refused because they are not. No foreign keys, for the same reason.
    organization_id uuid,
    site_id uuid,
    gateway_id uuid,
    source text NOT NULL CHECK (source IN ('mqtt', 'http')),
    topic text NOT NULL,
    payload bytea NOT NULL,
    -- The refusals' codes, each once, to search by.
    codes text[] NOT NULL,
    -- [{"index": 0, "id": "...", "code": "...", "reason": "..."}]
    reasons jsonb NOT NULL
);

-- Newest first, by pages: the id is a UUIDv7 and so sorts by time.
CREATE INDEX rejected_message_by_organization ON rejected_message (organization_id, id DESC);
CREATE INDEX rejected_message_by_gateway ON rejected_message (gateway_id, id DESC);
