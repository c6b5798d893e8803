using Npgsql;
using StepCloud.Bench.Frame;
using StepCloud.Contracts.Ids;

namespace StepCloud.Bench.Load;

/// <summary>What a database has of steps, and whether its commits wait for the disk: no figure shall come of steps that were lost, or could be.</summary>
internal sealed class DurableSteps(string connectionString) : IAsyncDisposable
{
    private readonly NpgsqlDataSource _source = NpgsqlDataSource.Create(connectionString);

    /// <summary>The settings as the run found them.</summary>
    /// <exception cref="BenchException">A commit does not wait for the disk.</exception>
    public async Task<string> RequireDurableAsync(CancellationToken cancellationToken)
    {
        foreach (string setting in (string[])["fsync", "synchronous_commit", "full_page_writes"])
        {
            string? value = (string?)await ScalarAsync($"SHOW {setting}", cancellationToken);
            if (value != "on") throw new BenchException($"PostgreSQL has {setting} = {value}: what it commits is not durable, and not worth a figure.");
        }

        return "fsync, synchronous_commit and full_page_writes on";
    }

    /// <summary>Steps whose ids are of that time or later, and the samples of their series.</summary>
    public async Task<(long Steps, long Samples)> CountAsync(DateTimeOffset since, CancellationToken cancellationToken)
    {
        await using var command = _source.CreateCommand(
            """
            SELECT (SELECT count(*) FROM step_event WHERE id >= $1), (SELECT coalesce(sum(sample_count), 0)::bigint FROM step_series WHERE step_id >= $1)
            """);
        command.CommandTimeout = 0;
        command.Parameters.AddWithValue(StepId.Floor(since).Value);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return (reader.GetInt64(0), reader.GetInt64(1));
    }

    /// <summary>What was acknowledged is there. More may be: what was on its way when the round ended.</summary>
    /// <param name="since">When the round began: its ids are of then and later.</param>
    /// <exception cref="BenchException">Less is there than was acknowledged.</exception>
    public async Task VerifyAsync(DateTimeOffset since, long acknowledged, int samplesEach, CancellationToken cancellationToken)
    {
        var (steps, samples) = await CountAsync(since, cancellationToken);
        if (steps >= acknowledged && samples == steps * samplesEach) return;
        object? refusal = await ScalarAsync("SELECT reasons::text FROM rejected_message LIMIT 1", cancellationToken);
        throw new BenchException(
            $"{acknowledged} steps of {samplesEach} samples were acknowledged; {steps} steps and {samples} samples are stored. Refused, if any: {refusal}");
    }

    public ValueTask DisposeAsync() => _source.DisposeAsync();

    private async Task<object?> ScalarAsync(string sql, CancellationToken cancellationToken)
    {
        await using var command = _source.CreateCommand(sql);
        return await command.ExecuteScalarAsync(cancellationToken);
    }
}
