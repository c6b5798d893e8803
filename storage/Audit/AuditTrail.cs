using StepCloud.Actors.Ports;
using StepCloud.Contracts.Audit;

namespace StepCloud.Storage;

/// <summary>Writes entries of the audit. The database itself gives them their place and their hash (migration 0009).</summary>
public sealed class AuditTrail(StepCloudDatabase database, TimeProvider clock) : IAuditTrail
{
    private const int TextCharsMax = 1000;

    public Task AppendAsync(IReadOnlyList<NewAuditEntry> entries, CancellationToken cancellationToken) => database.InTransactionAsync(
        async transaction =>
        {
            await AppendAsync(transaction, clock.GetUtcNow(), entries, cancellationToken);
            return true;
        },
        cancellationToken);

    /// <summary>Writes the entries in the caller's transaction: they stand when the change stands.</summary>
    /// <remarks>
    /// Call it last in the transaction. From here to the commit the chain's row is locked and every other entry of the organization waits; and
    /// a transaction that held the chain and then waited for another row could wait for one that holds that row and waits for the chain.
    /// </remarks>
    internal static async Task AppendAsync(
        DatabaseSession transaction, DateTimeOffset at, IReadOnlyList<NewAuditEntry> entries, CancellationToken cancellationToken)
    {
        // Chains are locked in the order of their ids, so that two transactions that write to two chains each take turns. The sort is stable.
        foreach (NewAuditEntry entry in entries.OrderBy(entry => entry.Organization?.Value ?? Guid.Empty))
            await transaction.ExecuteAsync(Insert(at, entry), cancellationToken);
    }

    internal static Task AppendAsync(DatabaseSession transaction, DateTimeOffset at, NewAuditEntry entry, CancellationToken cancellationToken) =>
        AppendAsync(transaction, at, [entry], cancellationToken);

    private static Sql Insert(DateTimeOffset at, NewAuditEntry entry) => new(
        """
        INSERT INTO audit_entry (chain_id, at, doer_kind, doer_id, remote_address, agent, action, subject_kind, subject_id, old_values, new_values)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::json, $11::json)
        """,
        entry.Organization?.Value ?? Guid.Empty, at, AuditDoerKinds.Wire(entry.Doer.Kind), entry.Doer.Id,
        Storable(entry.Doer.Origin.RemoteAddress), Storable(entry.Doer.Origin.Agent), entry.Action, entry.Subject.Kind, Storable(entry.Subject.Id),
        entry.Old, entry.New);

    // A client chooses its agent, and must not be able to choose one that keeps its deed out of the record.
    private static string Storable(string text) => StorableText.Mended(text.Length <= TextCharsMax ? text : text[..TextCharsMax]);
}

/// <summary>The kinds of doers as they are stored, hashed and shown.</summary>
public static class AuditDoerKinds
{
    /// <summary>In one text, as the registry has it: `user:ID`, `administrator:ID`, `gateway:ID`, `system`.</summary>
    public static string TextOf(AuditDoer doer) => doer.Id is { } id ? $"{Wire(doer.Kind)}:{id:D}" : Wire(AuditDoerKind.System);

    public static string Wire(AuditDoerKind kind) => kind switch
    {
        AuditDoerKind.Anonymous => "anonymous",
        AuditDoerKind.User => "user",
        AuditDoerKind.Gateway => "gateway",
        AuditDoerKind.Administrator => "administrator",
        AuditDoerKind.System => "system",
        _ => throw new System.Diagnostics.UnreachableException(),
    };
}
