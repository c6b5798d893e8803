using System.Text;
using Npgsql;
using StepCloud.Tests.Support;

namespace StepCloud.Tests.Storage;

/// <summary>All that a database holds, to be searched for what it must not hold.</summary>
internal static class DumpedDatabase
{
    /// <summary>Every row of every table as text; `bytea` in hexadecimal.</summary>
    public static async Task<string> ReadAsync(TestDatabase database)
    {
        StringBuilder all = new();
        string[] tables = await database.ScalarAsync<string[]>(
            "SELECT array_agg(oid::regclass::text) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition");
        foreach (string table in tables)
        {
            await using NpgsqlCommand command = database.Source.CreateCommand($"SELECT t::text FROM {table} AS t");
            await using NpgsqlDataReader reader = await command.ExecuteReaderAsync();
            while (await reader.ReadAsync()) all.Append(table).Append(' ').AppendLine(reader.GetString(0));
        }

        return all.ToString();
    }

    /// <summary>As <see cref="ReadAsync"/> shows a text's bytes.</summary>
    public static string HexOf(string text) => Convert.ToHexStringLower(Encoding.UTF8.GetBytes(text));

    /// <summary>Which of the texts stand in the database's files, or in the log of changes, after all of it was written down.</summary>
    public static async Task<IReadOnlyList<string>> FindInFilesAsync(TestDatabase database, IReadOnlyList<string> texts)
    {
        await using NpgsqlDataSource administrator = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(database.AdministratorConnectionString) { CommandTimeout = 180 });
        await using NpgsqlCommand checkpoint = administrator.CreateCommand("CHECKPOINT");
        await checkpoint.ExecuteNonQueryAsync();
        await using NpgsqlCommand where = administrator.CreateCommand("SHOW data_directory");
        string folder = (string)(await where.ExecuteScalarAsync())!;
        uint oid = await database.ScalarAsync<uint>("SELECT oid FROM pg_database WHERE datname = current_database()");
        HashSet<string> found = [];
        string[] files = [.. Directory.GetFiles(Path.Combine(folder, "base", $"{oid}")), .. Directory.GetFiles(Path.Combine(folder, "pg_wal"))];
        foreach (string file in files)
        {
            byte[] bytes = await File.ReadAllBytesAsync(file);
            foreach (string text in texts)
                if (bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) >= 0) found.Add(text);
        }

        return [.. found];
    }
}
