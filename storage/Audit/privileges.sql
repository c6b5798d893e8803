-- Makes append-only a privilege: the audit tables belong to a role that nobody logs in as, and the application can read and insert.
-- Run it once, as a superuser, in StepCloud's database; again does no harm.
DO $$
DECLARE
    -- Whoever has migrated the database is the application.
    application name := (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = 'schema_migration'::regclass);
    home name := (SELECT n.nspname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE c.oid = 'audit_entry'::regclass);
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'stepcloud_audit') THEN
        CREATE ROLE stepcloud_audit NOLOGIN;
    END IF;

    ALTER TABLE audit_chain OWNER TO stepcloud_audit;
    ALTER TABLE audit_entry OWNER TO stepcloud_audit;
    ALTER TABLE audit_head OWNER TO stepcloud_audit;
    ALTER FUNCTION audit_field(text) OWNER TO stepcloud_audit;
    ALTER FUNCTION audit_entry_append() OWNER TO stepcloud_audit;
    ALTER FUNCTION audit_refuse() OWNER TO stepcloud_audit;
    EXECUTE format('REVOKE ALL ON audit_chain, audit_entry, audit_head FROM PUBLIC, %I', application);
    EXECUTE format('GRANT SELECT ON audit_chain TO %I', application);
    EXECUTE format('GRANT SELECT, INSERT ON audit_entry, audit_head TO %I', application);

    -- The owner of a schema may drop every table in it, and the owner of a database the whole of it (and PUBLIC's schema is the database owner's).
    EXECUTE format('ALTER DATABASE %I OWNER TO stepcloud_audit', current_database());
    EXECUTE format('GRANT CREATE, CONNECT, TEMPORARY ON DATABASE %I TO %I', current_database(), application);
    IF (SELECT nspowner::regrole::name = application FROM pg_namespace WHERE nspname = home) THEN
        EXECUTE format('ALTER SCHEMA %I OWNER TO stepcloud_audit', home);
    END IF;
    EXECUTE format('GRANT USAGE, CREATE ON SCHEMA %I TO %I', home, application);
END
$$;
