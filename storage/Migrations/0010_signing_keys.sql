-- Private keys and other secrets are kept sealed under a master key that is not in the database; signing keys rotate and can be revoked.

-- Which master key the secrets are sealed under. One row: a server with another key must not start.
CREATE TABLE master_key (
    is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    key_id text NOT NULL,
    -- A known text, sealed: only the right key opens it.
    check_value bytea NOT NULL,
    created_at timestamptz NOT NULL
);

-- The plain columns are emptied at the first start after this migration, by the server, which has the master key; nothing fills them again.
ALTER TABLE server_secret ALTER COLUMN value DROP NOT NULL;
ALTER TABLE server_secret ADD COLUMN value_sealed bytea;
ALTER TABLE server_secret ADD CONSTRAINT server_secret_has_one_value CHECK ((value IS NULL) <> (value_sealed IS NULL));

ALTER TABLE signing_key ALTER COLUMN private_key_pkcs8 DROP NOT NULL;
-- Null when the private key was destroyed, because it never signs again: the public one stays, to show what it once signed.
ALTER TABLE signing_key ADD COLUMN private_key_sealed bytea;
ALTER TABLE signing_key ADD CONSTRAINT signing_key_has_one_private_key CHECK (private_key_pkcs8 IS NULL OR private_key_sealed IS NULL);

-- Published before it signs, so that verifiers which keep the published keys for a while know it when its first token comes.
ALTER TABLE signing_key ADD COLUMN signs_from timestamptz;
UPDATE signing_key SET signs_from = created_at;
ALTER TABLE signing_key ALTER COLUMN signs_from SET NOT NULL;

-- Compromised: verifies nothing from then on. (retired_at: signs no more from then on, which can lie ahead.)
ALTER TABLE signing_key ADD COLUMN revoked_at timestamptz;
ALTER TABLE signing_key ADD CONSTRAINT signing_key_revoked_is_destroyed
    CHECK (revoked_at IS NULL OR (private_key_pkcs8 IS NULL AND private_key_sealed IS NULL));

-- One key at a time has no end.
CREATE UNIQUE INDEX signing_key_open ON signing_key ((true)) WHERE retired_at IS NULL AND revoked_at IS NULL;
