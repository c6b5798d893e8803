-- Mails that are on their way. Written in the transaction of what caused them, so that neither stands without the other.
CREATE TABLE outgoing_mail (
    id uuid PRIMARY KEY,
    -- password_recovery, email_verification, invitation ...
    kind text NOT NULL,
    recipient text NOT NULL,
    -- Subject and text, sealed: there can be a link in it that opens an account. Null when it was given up.
    content bytea,
    created_at timestamptz NOT NULL,
    -- What it says is of no use afterwards.
    expires_at timestamptz NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    next_attempt_at timestamptz NOT NULL,
    last_error text,
    -- A mail that was sent is deleted; one that was given up stays, without its content.
    failed_at timestamptz,
    CHECK ((content IS NULL) = (failed_at IS NOT NULL))
);

CREATE INDEX outgoing_mail_due ON outgoing_mail (next_attempt_at) WHERE failed_at IS NULL;

-- When the user last showed that the address is his: by a link that was sent there.
ALTER TABLE app_user ADD COLUMN email_verified_at timestamptz;

-- Links that were mailed to users: each opens one thing, once, for a while.
CREATE TABLE account_link (
    -- SHA-256 of the link's token, which itself stands in the mail alone.
    hash bytea PRIMARY KEY CHECK (octet_length(hash) = 32),
    kind text NOT NULL CHECK (kind IN ('recovery', 'verification')),
    user_id uuid NOT NULL REFERENCES app_user,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);

CREATE INDEX account_link_by_user ON account_link (user_id, kind, created_at);

CREATE TABLE invitation (
    id uuid PRIMARY KEY,
    hash bytea NOT NULL UNIQUE CHECK (octet_length(hash) = 32),
    organization_id uuid NOT NULL REFERENCES organization,
    email text NOT NULL,
    role text NOT NULL,
    -- Null for the command line.
    invited_by uuid REFERENCES app_user,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    withdrawn_at timestamptz,
    accepted_at timestamptz,
    user_id uuid REFERENCES app_user,
    CHECK ((accepted_at IS NULL) = (user_id IS NULL))
);

CREATE INDEX invitation_open ON invitation (organization_id, id) WHERE accepted_at IS NULL AND withdrawn_at IS NULL;

-- The second factor of a user: the secret that his authenticator app makes codes from.
CREATE TABLE second_factor (
    user_id uuid PRIMARY KEY REFERENCES app_user,
    -- Sealed under the master key.
    secret bytea NOT NULL,
    created_at timestamptz NOT NULL,
    -- Null while it is to be confirmed.
    confirmed_at timestamptz,
    -- The time step of the last code that was taken: no code is taken twice.
    last_step bigint NOT NULL
);

CREATE TABLE recovery_code (
    user_id uuid NOT NULL REFERENCES second_factor ON DELETE CASCADE,
    hash bytea NOT NULL CHECK (octet_length(hash) = 32),
    used_at timestamptz,
    PRIMARY KEY (user_id, hash)
);
