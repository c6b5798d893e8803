using Npgsql;
using StepCloud.Tests.Support;

namespace StepCloud.Tests.Api.Workflows;

/// <summary>Something that somebody with all rights changes in the database, until it is undone.</summary>
/// <remarks>Committed, so that the server sees it; and undone from copies of the tables that make up a job's record.</remarks>
internal sealed class Alteration : IAsyncDisposable
{
    private static readonly string[] Tables =
    [
        "signature", "job", "job_device", "job_deviation", "job_lot", "material_lot", "job_step", "step_event", "step_series", "step_log", "job_step_choice", "job_record", "blueprint_version",
    ];

    /// <summary>Whose triggers would refuse, or have the job looked at: whoever has the rights disables them.</summary>
    private static readonly string[] Guarded = ["signature", "job_record", "blueprint_version", "job_step_choice", "material_lot"];

    private readonly NpgsqlConnection _connection;

    private Alteration(NpgsqlConnection connection) => _connection = connection;

    public static async Task<IAsyncDisposable> MakeAsync(TestDatabase database, string sql, Guid job)
    {
        NpgsqlConnection connection = await database.Source.OpenConnectionAsync();
        foreach (string table in Tables)
            await RunAsync(connection, $"CREATE TEMPORARY TABLE kept_{table} AS SELECT * FROM {table} WHERE {Of(table, job)}");
        foreach (string table in Guarded) await RunAsync(connection, $"ALTER TABLE {table} DISABLE TRIGGER USER");
        Alteration alteration = new(connection);
        try
        {
            int changed = await RunAsync(connection, sql.Replace("$1", $"'{job}'", StringComparison.Ordinal));
            return changed > 0 ? alteration : throw new InvalidOperationException($"It changed nothing: {sql}");
        }
        catch
        {
            await alteration.DisposeAsync();
            throw;
        }
    }

    /// <summary>A change of every column of every table that makes up a job's record, but for keys: one SQL statement each, with what it changes.</summary>
    public static async Task<IReadOnlyList<(string Column, string Sql)>> OfEveryColumnAsync(TestDatabase database, Guid job)
    {
        List<(string, string)> alterations = [];
        await using NpgsqlConnection connection = await database.Source.OpenConnectionAsync();
        foreach (string table in Tables)
        {
            await using NpgsqlCommand command = new(
                """
                SELECT a.attname, format_type(a.atttypid, NULL) FROM pg_attribute AS a
                WHERE a.attrelid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' AND a.attidentity = ''
                    AND NOT EXISTS (SELECT FROM pg_index AS i WHERE i.indrelid = a.attrelid AND i.indisprimary AND a.attnum = ANY (i.indkey))
                ORDER BY a.attnum
                """,
                connection);
            command.Parameters.Add(new NpgsqlParameter { Value = table });
            await using NpgsqlDataReader reader = await command.ExecuteReaderAsync();
            while (await reader.ReadAsync())
            {
                string column = reader.GetString(0);
                alterations.Add(($"{table}.{column}", $"UPDATE {table} SET {column} = {Other(column, reader.GetString(1))} WHERE {Of(table, job)}"));
            }
        }

        return alterations;
    }

    private static string Other(string column, string type) => type switch
    {
        "uuid" => "gen_random_uuid()",
        "text" => $"coalesce({column}, '') || 'x'",
        "json" => "'{\"other\":1}'",
        "smallint" => $"(coalesce({column}, 0) + 1) % 3 + 1",
        "integer" or "bigint" or "double precision" => $"coalesce({column}, 0) + 1",
        "boolean" => $"NOT coalesce({column}, false)",
        "timestamp with time zone" => $"coalesce({column}, now()) + interval '1 second'",
        "date" => $"coalesce({column}, current_date) + 1",
        "bytea" => $"coalesce({column}, '') || '\\x00'",
        "text[]" => $"array_append({column}, 'x')",
        _ => throw new InvalidOperationException($"Nobody has said how to alter a {type}."),
    };

    public async ValueTask DisposeAsync()
    {
        await RunAsync(_connection, "DELETE FROM job_step_choice WHERE reason = 'r'");
        await RunAsync(_connection, "DELETE FROM job_device WHERE id NOT IN (SELECT id FROM kept_job_device) AND job_id IN (SELECT id FROM kept_job)");
        foreach (string table in Tables)
        {
            string all = string.Join(", ", await ColumnsAsync(table, isUpdate: false)), some = string.Join(", ", await ColumnsAsync(table, isUpdate: true)), key = await KeyAsync(table);
            string same = string.Join(" AND ", key.Split(", ").Select(column => $"k.{column} = t.{column}"));
            await RunAsync(_connection, $"UPDATE {table} AS t SET ({some}) = (SELECT {some} FROM kept_{table} AS k WHERE {same}) WHERE EXISTS (SELECT FROM kept_{table} AS k WHERE {same})");
            await RunAsync(_connection, $"INSERT INTO {table} ({all}) OVERRIDING SYSTEM VALUE SELECT {all} FROM kept_{table} AS k WHERE NOT EXISTS (SELECT FROM {table} AS t WHERE {same})");
            await RunAsync(_connection, $"DROP TABLE kept_{table}");
        }

        foreach (string table in Guarded) await RunAsync(_connection, $"ALTER TABLE {table} ENABLE TRIGGER USER");
        await _connection.DisposeAsync();
    }

    private static string Of(string table, Guid job) => table switch
    {
        "job" => $"id = '{job}'",
        "material_lot" => $"id IN (SELECT lot_id FROM job_lot WHERE job_id = '{job}')",
        "step_event" => $"id IN (SELECT step_id FROM job_step WHERE job_id = '{job}')",
        "step_series" or "step_log" => $"step_id IN (SELECT step_id FROM job_step WHERE job_id = '{job}')",
        "signature" => $"subject_id = '{job}'",
        "blueprint_version" => $"blueprint_id = (SELECT blueprint_id FROM job WHERE id = '{job}')",
        _ => $"job_id = '{job}'",
    };

    /// <summary>Without those that the database makes itself.</summary>
    private async Task<string[]> ColumnsAsync(string table, bool isUpdate)
    {
        await using NpgsqlCommand command = new(
            """
            SELECT array_agg(attname::text ORDER BY attnum) FROM pg_attribute
            WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' AND NOT ($2 AND attidentity <> '')
            """,
            _connection);
        command.Parameters.Add(new NpgsqlParameter { Value = table });
        command.Parameters.Add(new NpgsqlParameter { Value = isUpdate });
        return (string[])(await command.ExecuteScalarAsync())!;
    }

    private async Task<string> KeyAsync(string table)
    {
        await using NpgsqlCommand command = new(
            """
            SELECT string_agg(a.attname, ', ') FROM pg_index AS i JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
            WHERE i.indrelid = $1::regclass AND i.indisprimary
            """,
            _connection);
        command.Parameters.Add(new NpgsqlParameter { Value = table });
        return (string)(await command.ExecuteScalarAsync())!;
    }

    private static async Task<int> RunAsync(NpgsqlConnection connection, string sql)
    {
        await using NpgsqlCommand command = new(sql, connection);
        return await command.ExecuteNonQueryAsync();
    }
}
