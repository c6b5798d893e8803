using System.Text.Json;
using Npgsql;
using NpgsqlTypes;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Refusals;

namespace StepCloud.Storage;

/// <summary>The quarantine: every refused message with its bytes and its reasons, for as long as an administrator wants to look at it.</summary>
public sealed class RejectedMessageStore(NpgsqlDataSource database, TimeProvider clock)
{
    /// <summary>Commits all of the messages, or none. Organization and site are the gateway's own, as far as it is known.</summary>
    public async Task AddAsync(IReadOnlyList<RejectedMessage> messages, CancellationToken cancellationToken)
    {
        DateTimeOffset now = clock.GetUtcNow();
        await using NpgsqlCommand command = database.CreateCommand(
            """
            INSERT INTO rejected_message (id, received_at, organization_id, site_id, gateway_id, source, topic, payload, codes, reasons)
            SELECT m.id, $2, g.organization_id, g.site_id, m.gateway_id, m.source, m.topic, m.payload,
                   ARRAY(SELECT DISTINCT r ->> 'code' FROM jsonb_array_elements(m.reasons) AS r), m.reasons
            FROM unnest($1, $3, $4, $5, $6, $7) AS m (id, gateway_id, source, topic, payload, reasons)
            LEFT JOIN gateway AS g ON g.id = m.gateway_id
            """);
        command.Parameters.Add(Value(NpgsqlDbType.Uuid, messages.Select(_ => Guid.CreateVersion7(now)).ToArray()));
        command.Parameters.Add(new NpgsqlParameter { Value = now, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        command.Parameters.Add(Value(NpgsqlDbType.Uuid, messages.Select(message => message.Gateway.Value).ToArray()));
        command.Parameters.Add(Value(NpgsqlDbType.Text, messages.Select(message => message.Source).ToArray()));
        command.Parameters.Add(Value(NpgsqlDbType.Text, messages.Select(message => Storable(message.Topic)).ToArray()));
        command.Parameters.Add(Value(NpgsqlDbType.Bytea, messages.Select(message => message.Payload.ToArray()).ToArray()));
        command.Parameters.Add(Value(NpgsqlDbType.Jsonb, messages.Select(ReasonsJson).ToArray()));
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static NpgsqlParameter Value(NpgsqlDbType type, Array values) => new() { Value = values, NpgsqlDbType = NpgsqlDbType.Array | type };

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
