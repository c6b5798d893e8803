using System.Globalization;
using Npgsql;

namespace StepCloud.Storage.BackUp;

/// <summary>A connection string as the variables that PostgreSQL's own programs read: nothing of it on a command line, which everybody on the machine can see.</summary>
internal static class ClientConnection
{
    private const string ApplicationName = "stepcloud back-up";

    public static Dictionary<string, string> Variables(string connectionString)
    {
        NpgsqlConnectionStringBuilder from = new(connectionString);
        Dictionary<string, string?> variables = new()
        {
            ["PGHOST"] = from.Host,
            ["PGPORT"] = from.Port.ToString(CultureInfo.InvariantCulture),
            ["PGUSER"] = from.Username,
            ["PGPASSWORD"] = from.Password,
            ["PGPASSFILE"] = from.Passfile,
            // As with Npgsql, the user's name where none is said.
            ["PGDATABASE"] = string.IsNullOrEmpty(from.Database) ? from.Username : from.Database,
            ["PGSSLMODE"] = SslModeOf(from.SslMode),
            ["PGSSLROOTCERT"] = from.RootCertificate,
            ["PGSSLCERT"] = from.SslCertificate,
            ["PGSSLKEY"] = from.SslKey,
            ["PGOPTIONS"] = from.Options,
            ["PGAPPNAME"] = ApplicationName,
            ["PGCONNECT_TIMEOUT"] = "30",
        };
        return variables.Where(variable => !string.IsNullOrEmpty(variable.Value)).ToDictionary(variable => variable.Key, variable => variable.Value!);
    }

    private static string SslModeOf(SslMode mode) => mode switch
    {
        SslMode.Disable => "disable",
        SslMode.Allow => "allow",
        SslMode.Require => "require",
        SslMode.VerifyCA => "verify-ca",
        SslMode.VerifyFull => "verify-full",
        _ => "prefer",
    };
}
