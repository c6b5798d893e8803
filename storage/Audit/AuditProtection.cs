using System.Text;
using Npgsql;

namespace StepCloud.Storage;

/// <summary>What keeps the application from changing the audit.</summary>
public enum AuditProtection
{
    /// <summary>Nothing: a trigger is missing or switched off.</summary>
    None,

    /// <summary>Triggers, which the application's role could switch off, since the tables or what holds them are its own.</summary>
    Trigger,

    /// <summary>The database's privileges: the application's role can read and insert, and cannot give itself more.</summary>
    Privilege,
}

/// <summary>Asks the database how the audit is protected, and makes it a privilege where that is in our hands.</summary>
public static class AuditProtections
{
    /// <summary>What an administrator runs in an external database, as a superuser; docs/AUDIT.md shows the same.</summary>
    public static string PrivilegesSql { get; } = ReadResource("audit/privileges.sql");

    private static readonly Sql Ask = new(
        """
        SELECT
            (SELECT count(*) = 4 FROM pg_trigger AS t
             WHERE (t.tgrelid, t.tgname) IN (
                 ('audit_entry'::regclass, 'audit_entry_append'), ('audit_entry'::regclass, 'audit_entry_refuse'),
                 ('audit_head'::regclass, 'audit_head_refuse'), ('audit_chain'::regclass, 'audit_chain_refuse'))
             AND t.tgenabled = 'A'),
            (SELECT bool_or(
                pg_has_role(c.relowner, 'MEMBER') OR pg_has_role(n.nspowner, 'MEMBER') OR pg_has_role(d.datdba, 'MEMBER')
                OR has_table_privilege(c.oid, 'UPDATE, DELETE, TRUNCATE, TRIGGER, REFERENCES'))
             FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace JOIN pg_database AS d ON d.datname = current_database()
             WHERE c.oid IN ('audit_entry'::regclass, 'audit_head'::regclass, 'audit_chain'::regclass))
            OR (SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user)
        """);

    public static async Task<AuditProtection> ReadAsync(StepCloudDatabase database, CancellationToken cancellationToken)
    {
        List<(bool Triggers, bool IsOwn)> found =
            await database.ListAsync(Ask, reader => (reader.GetBoolean(0), reader.GetBoolean(1)), cancellationToken);
        return found[0] switch
        {
            { Triggers: false } => AuditProtection.None,
            { IsOwn: true } => AuditProtection.Trigger,
            _ => AuditProtection.Privilege,
        };
    }

    /// <summary>Gives the audit of a migrated database to a role that nobody logs in as. Done already, it does nothing.</summary>
    /// <param name="administrator">A superuser, connected to that database.</param>
    public static async Task ApplyAsync(string administrator, CancellationToken cancellationToken)
    {
        await using NpgsqlDataSource source = NpgsqlDataSource.Create(administrator);
        await using NpgsqlCommand isDone = source.CreateCommand(
            "SELECT pg_get_userbyid(relowner) = 'stepcloud_audit' FROM pg_class WHERE oid = 'audit_entry'::regclass");
        if (await isDone.ExecuteScalarAsync(cancellationToken) is true) return;
        await using NpgsqlCommand command = source.CreateCommand(PrivilegesSql);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static string ReadResource(string name)
    {
        using StreamReader reader = new(typeof(AuditProtections).Assembly.GetManifestResourceStream(name)!, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
