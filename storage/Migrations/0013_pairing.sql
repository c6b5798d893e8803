-- How gateways get their first tokens: by a code that a person confirms (RFC 8628), or by a secret that a person carries to them.

CREATE TABLE pairing_request (
    -- SHA-256 of the device code, which itself is nowhere stored.
    device_code_hash bytea PRIMARY KEY CHECK (octet_length(device_code_hash) = 32),
    -- In its normal form. Not hashed: 34 bits would be found from their hash at once, and entering one takes a user who may.
    user_code text NOT NULL UNIQUE,
    -- Made by the gateway. No foreign key: it may be one that nobody has yet, and it may be somebody else's.
    gateway_id uuid NOT NULL,
    serial text NOT NULL,
    model text NOT NULL,
    software_version text NOT NULL,
    remote_address text NOT NULL,
    -- What the bound for an address is counted by: the address, or the /64 of an IPv6 one.
    remote_network text NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    -- Between two polls; every `slow_down` raises it.
    interval_seconds integer NOT NULL,
    last_polled_at timestamptz,
    -- Null until somebody decides. The poll that finds it true deletes the row.
    is_approved boolean
);

CREATE INDEX pairing_request_by_network ON pairing_request (remote_network, expires_at);
CREATE INDEX pairing_request_by_end ON pairing_request (expires_at);
CREATE INDEX pairing_request_approved ON pairing_request (gateway_id) WHERE is_approved;

-- Wrong user codes, for as long as they count. A table and not memory: another process counts on.
CREATE TABLE pairing_failure (
    user_id uuid NOT NULL REFERENCES app_user ON DELETE CASCADE,
    remote_network text NOT NULL,
    at timestamptz NOT NULL
);

CREATE INDEX pairing_failure_by_user ON pairing_failure (user_id, at);

CREATE TABLE provisioning_secret (
    -- One for a gateway: a new one takes the old one's place.
    gateway_id uuid PRIMARY KEY REFERENCES gateway,
    -- SHA-256 of the secret, which itself is nowhere stored.
    hash bytea NOT NULL UNIQUE CHECK (octet_length(hash) = 32),
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);
