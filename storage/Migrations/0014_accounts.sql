-- People without a mailbox: they have neither address nor password, and come in with an access key. Whoever runs an organization or the
-- installation has both.
ALTER TABLE app_user
    ALTER COLUMN email DROP NOT NULL,
    ALTER COLUMN password_hash DROP NOT NULL,
    ADD CONSTRAINT app_user_address_with_password CHECK ((email IS NULL) = (password_hash IS NULL)),
    ADD CONSTRAINT app_user_password_of_who_runs CHECK (password_hash IS NOT NULL OR NOT roles && ARRAY['owner', 'administrator']);

-- What somebody at a shared workstation comes in with, instead of a password.
CREATE TABLE access_key (
    id uuid PRIMARY KEY,
    -- SHA-256 of the key, which itself is nowhere stored.
    hash bytea NOT NULL UNIQUE CHECK (octet_length(hash) = 32),
    organization_id uuid NOT NULL REFERENCES organization,
    user_id uuid NOT NULL REFERENCES app_user,
    label text NOT NULL,
    -- Null for the command line.
    created_by uuid REFERENCES app_user,
    created_at timestamptz NOT NULL,
    -- Null for never.
    expires_at timestamptz,
    -- When it last began a session.
    last_used_at timestamptz,
    disabled_at timestamptz
);

CREATE INDEX access_key_by_organization ON access_key (organization_id, id);
CREATE INDEX access_key_usable_by_user ON access_key (user_id) WHERE disabled_at IS NULL;

-- How the session was begun: some things take a password.
ALTER TABLE session ADD COLUMN started_by text, ADD COLUMN access_key_id uuid REFERENCES access_key;
UPDATE session SET started_by = CASE holder_kind WHEN 1 THEN 'password' ELSE 'pairing' END;
ALTER TABLE session
    ALTER COLUMN started_by SET NOT NULL,
    ADD CONSTRAINT session_of_access_key CHECK ((access_key_id IS NOT NULL) = (started_by = 'access_key'));
CREATE INDEX session_open_by_access_key ON session (access_key_id) WHERE ended_at IS NULL AND access_key_id IS NOT NULL;
