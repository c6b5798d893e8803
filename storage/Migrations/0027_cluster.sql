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

-- Membership of the cluster, as Microsoft.Orleans.Clustering.AdoNet reads and writes it: it takes its statements by their keys from the table
-- `OrleansQuery`, and asks only that parameters and columns are called so. All writes are conditional on the version of the whole.

CREATE TABLE cluster_version (
    deployment text PRIMARY KEY,
    version integer NOT NULL DEFAULT 0,
    changed_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE cluster_member (
    deployment text NOT NULL REFERENCES cluster_version,
    address text NOT NULL,
    port integer NOT NULL,
    -- Of one start of a silo at that address.
    generation integer NOT NULL,
    silo_name text NOT NULL,
    host_name text NOT NULL,
    -- 1 created, 2 joining, 3 active, 4 shutting down, 5 stopping, 6 dead
    status integer NOT NULL,
    -- Where clients (role `front`) connect to; 0 for none.
    proxy_port integer,
    suspect_times text,
    started_at timestamptz NOT NULL,
    alive_at timestamptz NOT NULL,
    PRIMARY KEY (deployment, address, port, generation)
)
-- `alive_at` is rewritten every few seconds.
WITH (fillfactor = 50);

CREATE FUNCTION cluster_member_insert(
    of_deployment text, of_address text, of_port integer, of_generation integer, is_named text, on_host text, has_status integer, has_proxy_port integer,
    started timestamptz, alive timestamptz, at_version integer) RETURNS integer LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM cluster_version WHERE deployment = of_deployment AND version = at_version FOR UPDATE;
    IF NOT FOUND THEN RETURN 0; END IF;
    INSERT INTO cluster_member VALUES (
        of_deployment, of_address, of_port, of_generation, is_named, on_host, has_status, has_proxy_port, NULL, started, alive) ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN RETURN 0; END IF;
    UPDATE cluster_version SET version = version + 1, changed_at = now() WHERE deployment = of_deployment;
    RETURN 1;
END $$;

CREATE FUNCTION cluster_member_update(
    of_deployment text, of_address text, of_port integer, of_generation integer, has_status integer, suspects text, alive timestamptz,
    at_version integer) RETURNS integer LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM cluster_version WHERE deployment = of_deployment AND version = at_version FOR UPDATE;
    IF NOT FOUND THEN RETURN 0; END IF;
    UPDATE cluster_member SET status = has_status, suspect_times = suspects, alive_at = alive
    WHERE deployment = of_deployment AND address = of_address AND port = of_port AND generation = of_generation;
    IF NOT FOUND THEN RETURN 0; END IF;
    UPDATE cluster_version SET version = version + 1, changed_at = now() WHERE deployment = of_deployment;
    RETURN 1;
END $$;

-- A silo joins a version that is there already, too: 0 says that somebody else has made it.
CREATE FUNCTION cluster_version_insert(of_deployment text) RETURNS integer LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO cluster_version (deployment) VALUES (of_deployment) ON CONFLICT DO NOTHING;
    RETURN CASE WHEN FOUND THEN 1 ELSE 0 END;
END $$;

CREATE TABLE OrleansQuery (
    QueryKey text PRIMARY KEY,
    QueryText text NOT NULL
);

INSERT INTO OrleansQuery (QueryKey, QueryText) VALUES
    ('UpdateIAmAlivetimeKey',
     'UPDATE cluster_member SET alive_at = @IAmAliveTime WHERE deployment = @DeploymentId AND address = @Address AND port = @Port AND generation = @Generation'),
    ('InsertMembershipVersionKey', 'SELECT cluster_version_insert(@DeploymentId)'),
    ('InsertMembershipKey',
     'SELECT cluster_member_insert(@DeploymentId, @Address, @Port, @Generation, @SiloName, @HostName, @Status, @ProxyPort, @StartTime, @IAmAliveTime, @Version)'),
    ('UpdateMembershipKey',
     'SELECT cluster_member_update(@DeploymentId, @Address, @Port, @Generation, @Status, @SuspectTimes, @IAmAliveTime, @Version)'),
    -- The version comes also when there is no such member, or none at all.
    ('MembershipReadRowKey',
     'SELECT v.deployment AS DeploymentId, m.address AS Address, m.port AS Port, m.generation AS Generation, m.silo_name AS SiloName, m.host_name AS HostName,
        m.status AS Status, m.proxy_port AS ProxyPort, m.suspect_times AS SuspectTimes, m.started_at AS StartTime, m.alive_at AS IAmAliveTime, v.version AS Version
      FROM cluster_version AS v
      LEFT JOIN cluster_member AS m ON m.deployment = v.deployment AND m.address = @Address AND m.port = @Port AND m.generation = @Generation
      WHERE v.deployment = @DeploymentId'),
    ('MembershipReadAllKey',
     'SELECT v.deployment AS DeploymentId, m.address AS Address, m.port AS Port, m.generation AS Generation, m.silo_name AS SiloName, m.host_name AS HostName,
        m.status AS Status, m.proxy_port AS ProxyPort, m.suspect_times AS SuspectTimes, m.started_at AS StartTime, m.alive_at AS IAmAliveTime, v.version AS Version
      FROM cluster_version AS v LEFT JOIN cluster_member AS m ON m.deployment = v.deployment WHERE v.deployment = @DeploymentId'),
    ('GatewaysQueryKey',
     'SELECT address AS Address, proxy_port AS ProxyPort, generation AS Generation FROM cluster_member
      WHERE deployment = @DeploymentId AND status = @Status AND proxy_port > 0'),
    ('DeleteMembershipTableEntriesKey',
     'WITH gone AS (DELETE FROM cluster_member WHERE deployment = @DeploymentId) DELETE FROM cluster_version WHERE deployment = @DeploymentId'),
    ('CleanupDefunctSiloEntriesKey',
     'DELETE FROM cluster_member WHERE deployment = @DeploymentId AND alive_at < @IAmAliveTime AND status <> 3');
