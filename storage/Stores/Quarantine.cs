using Npgsql;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;

namespace StepCloud.Storage;

/// <summary>What administrators do with refused messages: look, send on their way again, dismiss. What they do stands in the audit.</summary>
public sealed class Quarantine(StepCloudDatabase database, TimeProvider clock)
{
    private const string Columns =
        """
        id, received_at, organization_id, gateway_id, source, topic, octet_length(payload), reasons::text, state,
        replayed_at, replayed_by, replay_payload IS NOT NULL, replay_results::text, dismissed_at, dismissed_by, dismiss_reason
        """;

    /// <summary>A page, newest first, of those whose id comes before <paramref name="before"/>.</summary>
    /// <param name="state">Null for all.</param>
    public async Task<IReadOnlyList<QuarantinedMessage>> ListAsync(
        GatewayId? gateway, string? state, Guid? before, int countMax, CancellationToken cancellationToken)
    {
        // Only what is asked for is in the text: gateways and states have an index each.
        List<object?> values = [before ?? Guid.AllBitsSet, countMax];
        string where = "id < $1";
        if (gateway is { } one)
        {
            values.Add(one.Value);
            where += $" AND gateway_id = ${values.Count}";
        }

        if (state is not null)
        {
            values.Add(state);
            where += $" AND state = ${values.Count}";
        }

        return await database.ListAsync(
            new Sql($"SELECT {Columns} FROM rejected_message WHERE {where} ORDER BY id DESC LIMIT $2", [.. values]), Read, cancellationToken);
    }

    public Task<QuarantinedMessage?> FindAsync(Guid id, CancellationToken cancellationToken) =>
        database.FirstAsync(new Sql($"SELECT {Columns} FROM rejected_message WHERE id = $1", id), Read, cancellationToken);

    /// <summary>The message's bytes; null when there is no such message.</summary>
    public Task<byte[]?> FindPayloadAsync(Guid id, CancellationToken cancellationToken) =>
        database.FirstAsync(
            new Sql("SELECT payload FROM rejected_message WHERE id = $1", id), reader => reader.GetFieldValue<byte[]>(0), cancellationToken);

    /// <summary>Keeps what became of a message that was sent on its way again. While something of it is refused it stays as open as it was.</summary>
    /// <param name="mended">The bytes that went in the place of those that had come; null for the same.</param>
    /// <param name="results">A JSON array.</param>
    /// <param name="told">For the audit.</param>
    public Task<QuarantinedMessage> MarkReplayedAsync(
        Guid id, bool isTaken, byte[]? mended, string results, object told, AuditDoer doer, CancellationToken cancellationToken) => ChangeAsync(
        new Sql(
            $"""
            UPDATE rejected_message SET state = CASE WHEN $2 THEN 'replayed' ELSE state END, replayed_at = $3, replayed_by = $4,
                replay_payload = $5::bytea, replay_results = $6::jsonb
            WHERE id = $1 RETURNING {Columns}
            """,
            id, isTaken, clock.GetUtcNow(), AuditDoerKinds.TextOf(doer), mended, results),
        AuditActions.RejectedMessageReplayed, _ => told, doer, cancellationToken)!;

    /// <returns>Null when there is none that is open: it is as it was.</returns>
    public Task<QuarantinedMessage?> DismissAsync(Guid id, string reason, AuditDoer doer, CancellationToken cancellationToken) => ChangeAsync(
        new Sql(
            $"""
            UPDATE rejected_message SET state = 'dismissed', dismissed_at = $2, dismissed_by = $3, dismiss_reason = $4
            WHERE id = $1 AND state = 'open' RETURNING {Columns}
            """,
            id, clock.GetUtcNow(), AuditDoerKinds.TextOf(doer), reason),
        AuditActions.RejectedMessageDismissed, message => new { reason = message.DismissReason }, doer, cancellationToken);

    private Task<QuarantinedMessage?> ChangeAsync(
        Sql change, string action, Func<QuarantinedMessage, object> told, AuditDoer doer, CancellationToken cancellationToken) => database.InTransactionAsync(
        doer,
        async transaction =>
        {
            QuarantinedMessage? message = await transaction.FirstAsync(change, Read, cancellationToken);
            if (message is null) return null;
            OrganizationId? organization = message.OrganizationId is { } known ? new OrganizationId(known) : null;
            await AuditTrail.AppendAsync(
                transaction, clock.GetUtcNow(),
                new NewAuditEntry(
                    organization, doer, action, new AuditSubject(AuditSubject.RejectedMessage, message.Id), New: Actors.Ports.AuditValues.Of(told(message))),
                cancellationToken);
            return message;
        },
        cancellationToken);

    private static QuarantinedMessage Read(NpgsqlDataReader reader) => new(
        reader.GetGuid(0), reader.GetFieldValue<DateTimeOffset>(1), Id(reader, 2), Id(reader, 3), reader.GetString(4), reader.GetString(5), reader.GetInt32(6),
        reader.GetString(7), reader.GetString(8), Time(reader, 9), Text(reader, 10), reader.GetBoolean(11), Text(reader, 12), Time(reader, 13),
        Text(reader, 14), Text(reader, 15));

    private static Guid? Id(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetGuid(column);

    private static DateTimeOffset? Time(NpgsqlDataReader reader, int column) =>
        reader.IsDBNull(column) ? null : reader.GetFieldValue<DateTimeOffset>(column);

    private static string? Text(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);
}

/// <summary>A refused message without its bytes, and what became of it.</summary>
/// <param name="Reasons">A JSON array of index, id, code and reason.</param>
/// <param name="State">`open`, `replayed` or `dismissed`.</param>
/// <param name="IsMended">It was last sent with other bytes than those that had come.</param>
/// <param name="ReplayResults">A JSON array.</param>
public sealed record QuarantinedMessage(
    Guid Id, DateTimeOffset ReceivedAt, Guid? OrganizationId, Guid? GatewayId, string Source, string Topic, int PayloadBytes, string Reasons, string State,
    DateTimeOffset? ReplayedAt, string? ReplayedBy, bool IsMended, string? ReplayResults, DateTimeOffset? DismissedAt, string? DismissedBy,
    string? DismissReason);
