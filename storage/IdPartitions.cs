using System.Collections.Concurrent;

namespace StepCloud.Storage;

/// <summary>A range of UUIDv7, and so of time, that has a partition of its own in each of some tables.</summary>
/// <param name="Suffix">The end of the partitions' names, after the table's and an underscore.</param>
/// <param name="First">The smallest id in it.</param>
/// <param name="End">The smallest id behind it.</param>
internal sealed record IdRange(string Suffix, Guid First, Guid End);

/// <summary>Makes the partitions of tables that are partitioned by ranges of their ids, all of a range's together.</summary>
internal sealed class IdPartitions(StepCloudDatabase database, params string[] tables)
{
    private const string LikeParent =
        "INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES INCLUDING STORAGE INCLUDING COMPRESSION";

    private readonly ConcurrentDictionary<string, bool> _known = new(StringComparer.Ordinal);

    /// <summary>Makes those that are missing.</summary>
    /// <param name="made">Told of each range that was made by this process.</param>
    public async Task EnsureAsync(IReadOnlyCollection<IdRange> ranges, Action<IdRange> made, CancellationToken cancellationToken)
    {
        if (ranges.All(range => _known.ContainsKey(range.Suffix)))
            return;

        foreach (string suffix in await ListAsync(cancellationToken))
            _known[suffix] = true;
        foreach (IdRange range in ranges.Where(range => !_known.ContainsKey(range.Suffix)))
        {
            if (await MakeAsync(range, cancellationToken))
                made(range);
            _known[range.Suffix] = true;
        }
    }

    /// <summary>Forgets which partitions there are: the database has said that one of them is missing.</summary>
    public void Forget() => _known.Clear();

    /// <summary>The suffixes of those that there are.</summary>
    public Task<List<string>> ListAsync(CancellationToken cancellationToken) =>
        database.ListAsync(
            // Of the last of the tables: a range's are made together.
            new Sql("SELECT substr(inhrelid::regclass::text, length($1) + 2) FROM pg_inherits WHERE inhparent = $1::regclass", tables[^1]),
            row => row.GetString(0),
            cancellationToken);

    /// <returns>False when another process was first.</returns>
    private Task<bool> MakeAsync(IdRange range, CancellationToken cancellationToken) =>
        database.InTransactionAsync(
            async session =>
            {
                await session.ExecuteAsync(new Sql("SELECT pg_advisory_xact_lock($1)", AdvisoryLocks.Partitions), cancellationToken);
                if (await session.ScalarAsync<bool>(new Sql("SELECT to_regclass($1) IS NOT NULL", $"{tables[^1]}_{range.Suffix}"), cancellationToken))
                    return false;

                // CREATE TABLE ... PARTITION OF would lock the parent against its readers and writers; ATTACH PARTITION does not.
                foreach (string table in tables)
                {
                    string partition = $"{table}_{range.Suffix}";
                    await session.ExecuteAsync(new Sql($"CREATE TABLE {partition} (LIKE {table} {LikeParent})"), cancellationToken);
                    await session.ExecuteAsync(
                        new Sql($"ALTER TABLE {table} ATTACH PARTITION {partition} FOR VALUES FROM ('{range.First}') TO ('{range.End}')"), cancellationToken);
                }

                return true;
            },
            cancellationToken);
}
