-- The processes of a cluster. Each holds two advisory locks in a connection of its own for as long as it lives: a share of the lock that a single
-- process has for itself, and one that is its alone. Whoever's lock is not held is gone, however it went.

CREATE TABLE cluster_node (
    id uuid PRIMARY KEY,
    -- What it is called in the logs: host and port.
    name text NOT NULL,
    started_at timestamptz NOT NULL
);

-- Decision: from pg_locks and not from a time that nodes would have to write: the end of a process is seen within milliseconds, and a slow node is not
-- taken for a dead one. Whoever asks must have held its own lock for a while: after a restart of the database nobody holds any for a moment.
-- The first key is AdvisoryLocks.Node.
CREATE FUNCTION cluster_node_is_gone(node uuid) RETURNS boolean LANGUAGE sql VOLATILE AS $$
    SELECT NOT EXISTS (
        SELECT FROM pg_locks
        WHERE locktype = 'advisory' AND granted AND objsubid = 2
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
            AND classid::bigint = 1400128365 AND objid::bigint = (hashtext(node::text)::bigint & 4294967295))
$$;
