using Npgsql;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Sessions;
using StepCloud.Storage;

namespace StepCloud.Tests.Storage.Audit;

/// <summary>What the tests of the audit have in common: entries, and how to read a chain.</summary>
public abstract class AuditTests : StoreTests
{
    protected static readonly SessionOrigin Origin = new("192.0.2.7", "test");

    protected AuditTrail Trail => new(Installation.Stores, Installation.Clock);

    protected static NewAuditEntry Entry(OrganizationId? organization, string action = "test.done", string? old = null, string? now = null) =>
        new(organization, AuditDoer.Nobody(Origin), action, new AuditSubject("thing", "1"), old, now);

    /// <summary>The chain, checked link by link.</summary>
    protected async Task<List<AuditEntry>> ReadSoundChainAsync(OrganizationId? organization)
    {
        List<AuditEntry> entries = [];
        byte[] previous = AuditHash.BeforeFirst;
        await using AuditSnapshot snapshot = await AuditSnapshot.OpenAsync(Installation.Stores, CancellationToken.None);
        await foreach (AuditEntry entry in snapshot.StreamEntriesAsync(organization, CancellationToken.None))
        {
            if (entry.Sequence != entries.Count + 1) throw new InvalidOperationException($"{entry.Sequence} stands where {entries.Count + 1} belongs");
            if (!entry.PreviousHash.AsSpan().SequenceEqual(previous)) throw new InvalidOperationException($"{entry.Sequence} does not follow");
            if (!entry.Hash.AsSpan().SequenceEqual(AuditHash.Of(entry))) throw new InvalidOperationException($"{entry.Sequence} has another hash");
            previous = entry.Hash;
            entries.Add(entry);
        }

        return entries;
    }

    /// <summary>As the cluster's superuser, in this test's database.</summary>
    protected async Task AsSuperuserAsync(string sql)
    {
        string database = new NpgsqlConnectionStringBuilder(Database.ConnectionString).Database!;
        NpgsqlConnectionStringBuilder administrator = new(Database.AdministratorConnectionString) { Database = database, Pooling = false };
        await using NpgsqlDataSource source = NpgsqlDataSource.Create(administrator.ConnectionString);
        await using NpgsqlCommand command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
