using System.Security.Cryptography;
using Npgsql;

namespace StepCloud.Storage;

/// <summary>How to connect to a private cluster: as its superuser, and as the application's role.</summary>
/// <remarks>Both roles have the one password of the password file; they differ in what the server lets them do.</remarks>
internal sealed record ClusterLogins(string Administrator, string Application)
{
    public const string Superuser = "postgres";

    private const string ApplicationRole = "stepcloud";

    /// <summary>A new password: 256 random bits.</summary>
    public static string NewPassword() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));

    public static ClusterLogins Read(ClusterHome home, string socketDirectory, string database)
    {
        NpgsqlConnectionStringBuilder builder = new()
        {
            Host = socketDirectory,
            Port = 5432,
            Username = Superuser,
            Password = File.ReadAllText(home.PasswordFile).Trim(),
            Database = "postgres",
        };
        string administrator = builder.ConnectionString;
        builder.Username = ApplicationRole;
        builder.Database = database;
        return new ClusterLogins(administrator, builder.ConnectionString);
    }

    /// <summary>Creates the role and the database that are missing. The role is an ordinary one, and owns the database until its audit is protected.</summary>
    public async Task EnsureDatabaseAsync(CancellationToken cancellationToken)
    {
        NpgsqlConnectionStringBuilder application = new(Application);
        await using NpgsqlDataSource source = NpgsqlDataSource.Create(Administrator);

        // CREATE ROLE and CREATE DATABASE take no parameters: quote_ident and quote_literal make the statement out of them.
        string? createRole = await ScalarAsync(
            source,
            "SELECT 'CREATE ROLE ' || quote_ident($1) || ' LOGIN PASSWORD ' || quote_literal($2) WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)",
            [application.Username!, application.Password!],
            cancellationToken);
        if (createRole is not null)
            await ScalarAsync(source, createRole, [], cancellationToken);

        string? createDatabase = await ScalarAsync(
            source,
            "SELECT 'CREATE DATABASE ' || quote_ident($1) || ' OWNER ' || quote_ident($2) WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = $1)",
            [application.Database!, application.Username!],
            cancellationToken);
        if (createDatabase is not null)
            await ScalarAsync(source, createDatabase, [], cancellationToken);
    }

    private static async Task<string?> ScalarAsync(NpgsqlDataSource source, string sql, string[] values, CancellationToken cancellationToken)
    {
        await using NpgsqlCommand command = source.CreateCommand(sql);
        foreach (string value in values)
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        return (string?)await command.ExecuteScalarAsync(cancellationToken);
    }
}
