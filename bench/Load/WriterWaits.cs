using Npgsql;

namespace StepCloud.Bench.Load;

/// <summary>What the connections that commit steps do, asked for some hundred times: a profile that needs nothing installed.</summary>
internal static class WriterWaits
{
    private static readonly TimeSpan s_every = TimeSpan.FromMilliseconds(20);

    /// <summary>While a load runs, and outside of the rounds: the question costs a little itself.</summary>
    /// <returns>The most frequent, such as <c>busy 60 %, IO:WALSync 20 %</c>; "asks for work" is a connection that waits for its server.</returns>
    public static async Task<string> LookAsync(string connectionString, TimeSpan duration, TimeProvider time, CancellationToken cancellationToken)
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        await using NpgsqlCommand command = new(
            """
            SELECT CASE WHEN state <> 'active' THEN 'asks for work' ELSE coalesce(wait_event_type || ':' || wait_event, 'busy') END
            FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND query LIKE '%INSERT INTO step_event%'
            """,
            connection);
        await command.PrepareAsync(cancellationToken);
        Dictionary<string, int> seen = [];
        for (long begun = time.GetTimestamp(); time.GetElapsedTime(begun) < duration;)
        {
            await using (var reader = await command.ExecuteReaderAsync(cancellationToken))
                while (await reader.ReadAsync(cancellationToken)) seen[reader.GetString(0)] = seen.GetValueOrDefault(reader.GetString(0)) + 1;
            await Task.Delay(s_every, time, cancellationToken);
        }

        int all = Math.Max(1, seen.Values.Sum());
        return string.Join("; ", seen.OrderByDescending(static pair => pair.Value).Take(5).Select(pair => $"{pair.Key} {100 * pair.Value / all} %"));
    }
}
