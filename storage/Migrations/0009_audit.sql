-- Who did what: entries that nobody changes, each holding the hash of the one before it. docs/AUDIT.md says how an outsider checks them.
--
-- Decision: the database itself makes the chain, in a trigger of the insert: it locks the chain's row, counts, and hashes. So the order of the
-- sequence is the order of the commits, there are no gaps, and whoever may only insert cannot write an entry that does not follow from the last.
-- Whoever owns these tables could still switch the triggers off; storage/Audit/privileges.sql gives them to a role that nobody logs in as.

-- The last link of each chain, so that an append need not look for it.
CREATE TABLE audit_chain (
    -- The organization's id; the nil UUID for the chain of the installation. No foreign key: the owner of this table is another one than that table's.
    id uuid PRIMARY KEY,
    sequence bigint NOT NULL,
    hash bytea NOT NULL
)
-- Rewritten with every entry.
WITH (fillfactor = 50);

CREATE TABLE audit_entry (
    chain_id uuid NOT NULL,
    -- From 1, without gaps.
    sequence bigint NOT NULL CHECK (sequence > 0),
    at timestamptz NOT NULL,
    doer_kind text NOT NULL CHECK (doer_kind IN ('user', 'gateway', 'administrator', 'system', 'anonymous')),
    doer_id uuid,
    remote_address text NOT NULL,
    agent text NOT NULL,
    -- Such as `gateway.created`.
    action text NOT NULL,
    subject_kind text NOT NULL,
    subject_id text NOT NULL,
    -- `json`, not `jsonb`: it keeps the text letter by letter, and the hash is over the text.
    old_values json,
    new_values json,
    previous_hash bytea NOT NULL CHECK (octet_length(previous_hash) = 32),
    hash bytea NOT NULL CHECK (octet_length(hash) = 32),
    PRIMARY KEY (chain_id, sequence)
);

CREATE INDEX audit_entry_by_subject ON audit_entry (chain_id, subject_id, sequence DESC);
CREATE INDEX audit_entry_by_doer ON audit_entry (chain_id, doer_id, sequence DESC);
CREATE INDEX audit_entry_by_action ON audit_entry (chain_id, action, sequence DESC);
CREATE INDEX audit_entry_by_time ON audit_entry (chain_id, at);

-- What the installation's key has signed of a chain: proof that it had come that far.
CREATE TABLE audit_head (
    chain_id uuid NOT NULL,
    -- Whole seconds, as in the signed text.
    signed_at timestamptz NOT NULL,
    sequence bigint NOT NULL,
    hash bytea NOT NULL,
    kid text NOT NULL,
    -- A compact JWS (RFC 7515 §7.1) with `typ` audit-head+jwt.
    jws text NOT NULL,
    PRIMARY KEY (chain_id, signed_at)
);

-- A text in the hashed bytes: 0 for null; else 1, the count of its UTF-8 bytes in four bytes, and those.
CREATE FUNCTION audit_field(value text) RETURNS bytea LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE
        WHEN value IS NULL THEN '\x00'::bytea
        ELSE '\x01'::bytea || pg_catalog.int4send(pg_catalog.octet_length(pg_catalog.convert_to(value, 'UTF8'::name)))
             || pg_catalog.convert_to(value, 'UTF8'::name)
    END
$$;

-- The tables are named with their schema, for these functions run with their owner's rights and must not meet somebody else's table of that name.
DO $make$
BEGIN
    EXECUTE pg_catalog.replace($text$
        CREATE FUNCTION @audit_entry_append() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
        SET search_path = pg_catalog, pg_temp
        AS $body$
        DECLARE
            head record;
        BEGIN
            SELECT c.sequence, c.hash INTO head FROM @audit_chain AS c WHERE c.id = NEW.chain_id FOR UPDATE;
            IF NOT FOUND THEN
                INSERT INTO @audit_chain (id, sequence, hash) VALUES (NEW.chain_id, 0, pg_catalog.decode(pg_catalog.repeat('00', 32), 'hex'))
                    ON CONFLICT (id) DO NOTHING;
                SELECT c.sequence, c.hash INTO STRICT head FROM @audit_chain AS c WHERE c.id = NEW.chain_id FOR UPDATE;
            END IF;

            NEW.sequence := head.sequence + 1;
            NEW.previous_hash := head.hash;
            NEW.hash := pg_catalog.sha256(
                pg_catalog.convert_to('stepcloud audit entry v1', 'UTF8'::name) || '\x00'::bytea
                || NEW.previous_hash
                || pg_catalog.uuid_send(NEW.chain_id)
                || pg_catalog.int8send(NEW.sequence)
                || pg_catalog.int8send((EXTRACT(epoch FROM NEW.at) * 1000000)::bigint)
                || @audit_field(NEW.doer_kind) || @audit_field(NEW.doer_id::text)
                || @audit_field(NEW.remote_address) || @audit_field(NEW.agent)
                || @audit_field(NEW.action) || @audit_field(NEW.subject_kind) || @audit_field(NEW.subject_id)
                || @audit_field(NEW.old_values::text) || @audit_field(NEW.new_values::text));
            UPDATE @audit_chain SET sequence = NEW.sequence, hash = NEW.hash WHERE id = NEW.chain_id;
            RETURN NEW;
        END
        $body$
        $text$, '@', pg_catalog.quote_ident(pg_catalog.current_schema()) || '.');
END
$make$;

CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE TRIGGER audit_entry_append BEFORE INSERT ON audit_entry FOR EACH ROW EXECUTE FUNCTION audit_entry_append();
CREATE TRIGGER audit_entry_refuse BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entry FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_head_refuse BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_head FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_chain_refuse BEFORE DELETE OR TRUNCATE ON audit_chain FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();

-- Also for a session that replays a replication, which ordinary triggers pass over.
ALTER TABLE audit_entry ENABLE ALWAYS TRIGGER audit_entry_append, ENABLE ALWAYS TRIGGER audit_entry_refuse;
ALTER TABLE audit_head ENABLE ALWAYS TRIGGER audit_head_refuse;
ALTER TABLE audit_chain ENABLE ALWAYS TRIGGER audit_chain_refuse;
