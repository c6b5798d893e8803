-- Sessions and their refresh tokens, the keys that sign access tokens, and the server's other secrets.

CREATE TABLE session (
    id uuid PRIMARY KEY,
    -- 1 user, 2 gateway. No foreign key: a holder is one of two tables.
    holder_kind smallint NOT NULL CHECK (holder_kind IN (1, 2)),
    holder_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    -- However much it is used; null for never.
    ends_at timestamptz,
    last_used_at timestamptz NOT NULL,
    remote_address text NOT NULL,
    agent text NOT NULL,
    ended_at timestamptz,
    end_reason text,
    CHECK ((ended_at IS NULL) = (end_reason IS NULL))
);

CREATE INDEX session_open_by_holder ON session (holder_kind, holder_id) WHERE ended_at IS NULL;

CREATE TABLE refresh_token (
    -- SHA-256 of the token, which itself is nowhere stored.
    hash bytea PRIMARY KEY CHECK (octet_length(hash) = 32),
    session_id uuid NOT NULL REFERENCES session ON DELETE CASCADE,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    -- When it was exchanged for its successor.
    used_at timestamptz,
    successor_hash bytea,
    CHECK ((used_at IS NULL) = (successor_hash IS NULL))
);

CREATE INDEX refresh_token_by_session ON refresh_token (session_id);

CREATE TABLE signing_key (
    -- The key id in the header of the tokens it signs, and in the published key set.
    kid text PRIMARY KEY,
    private_key_pkcs8 bytea NOT NULL,
    public_key_spki bytea NOT NULL,
    created_at timestamptz NOT NULL,
    -- Signs no more from then on; it is published until the last token that it signed has expired.
    retired_at timestamptz
);

CREATE TABLE server_secret (
    name text PRIMARY KEY,
    value bytea NOT NULL CHECK (octet_length(value) = 32),
    created_at timestamptz NOT NULL
);
