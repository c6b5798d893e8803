using System.Text.Json;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Refusals;

namespace StepCloud.Storage;

/// <summary>Into the quarantine: every refused message with its bytes and its reasons. What becomes of it there: <see cref="Quarantine"/>.</summary>
public sealed class RejectedMessageStore(StepCloudDatabase database, TimeProvider clock)
{
    /// <summary>Commits all of the messages, or none. Organization and site are the gateway's own, as far as it is known.</summary>
    public async Task AddAsync(IReadOnlyList<RejectedMessage> messages, CancellationToken cancellationToken)
    {
        DateTimeOffset now = clock.GetUtcNow();
        Sql insert = new(
            """
            INSERT INTO rejected_message (id, received_at, organization_id, site_id, gateway_id, source, topic, payload, codes, reasons)
            SELECT m.id, $2, g.organization_id, g.site_id, m.gateway_id, m.source, m.topic, m.payload,
                   ARRAY(SELECT DISTINCT r ->> 'code' FROM jsonb_array_elements(m.reasons::jsonb) AS r), m.reasons::jsonb
            FROM unnest($1, $3, $4, $5, $6, $7) AS m (id, gateway_id, source, topic, payload, reasons)
            LEFT JOIN gateway AS g ON g.id = m.gateway_id
            """,
            messages.Select(_ => Guid.CreateVersion7(now)).ToArray(),
            now,
            messages.Select(message => message.Gateway.Value).ToArray(),
            messages.Select(message => message.Source).ToArray(),
            messages.Select(message => Storable(message.Topic)).ToArray(),
            messages.Select(message => message.Payload.ToArray()).ToArray(),
            messages.Select(ReasonsJson).ToArray());
        await database.ExecuteAsync(insert, cancellationToken);
    }

    /// <summary>Those of the steps that are named in no refused message of the gateway, neither by a reason nor by the bytes that came.</summary>
    public Task<List<StepId>> FindMissingAsync(GatewayId gateway, IReadOnlyCollection<StepId> steps, CancellationToken cancellationToken) => steps.Count == 0
        ? Task.FromResult<List<StepId>>([])
        : database.ListAsync(
            new Sql(
                """
                WITH unnamed AS MATERIALIZED (
                    SELECT step::text FROM unnest($2) AS step
                    EXCEPT SELECT r ->> 'id' FROM rejected_message, jsonb_array_elements(reasons) AS r WHERE gateway_id = $1)
                SELECT step::uuid FROM unnamed
                WHERE NOT EXISTS (SELECT FROM rejected_message WHERE gateway_id = $1 AND position(convert_to(step, 'UTF8') IN payload) > 0)
                """,
                gateway.Value, steps.Select(step => step.Value).ToArray()),
            reader => new StepId(reader.GetGuid(0)), cancellationToken);

    // MQTT keeps U+0000 out of topics, and so does HTTP out of paths; a text column must not be the one to find out.
    private static string Storable(string text) => text.Replace('\0', '\uFFFD');

    private static string ReasonsJson(RejectedMessage message) => JsonSerializer.Serialize(message.Elements.Select(element => new
    {
        index = element.Index,
        id = element.Id,
        code = RefusalCodes.Wire(element.Refusal.Code),
        reason = Storable(element.Refusal.Reason),
    }));
}

/// <param name="Source">`mqtt` or `http`.</param>
/// <param name="Topic">The topic, or the path.</param>
/// <param name="Payload">All of it, as it came.</param>
public sealed record RejectedMessage(
    GatewayId Gateway, string Source, string Topic, ReadOnlyMemory<byte> Payload, IReadOnlyList<RejectedElement> Elements);

/// <param name="Index">Place in the message's array; 0 for a message that is one element, or is refused as a whole.</param>
public sealed record RejectedElement(int Index, Guid? Id, Refusal Refusal);
