using Npgsql;

namespace StepCloud.Storage;

/// <summary>Brings stored sessions together from their tables.</summary>
internal static class MqttSessionReads
{
    private const string SelectSession =
        """
        SELECT client_id, owner_key, expiry_ms, left_at, will_topic, will_payload, will_qos, will_retain, will_delay_s, will_expiry_s, will_properties
        FROM mqtt_session
        """;

    public static async Task<IReadOnlyList<MqttWholeSession>> PageAsync(
        DatabaseSession session, string after, int countMax, CancellationToken cancellationToken) =>
        await WithContentsAsync(
            session,
            await session.ListAsync(
                new Sql($"{SelectSession} WHERE client_id > $1 ORDER BY client_id LIMIT $2", after, countMax), ReadSession, cancellationToken),
            cancellationToken);

    /// <summary>Those of the clients that have one, in the order of their identifiers.</summary>
    public static async Task<IReadOnlyList<MqttWholeSession>> ListAsync(
        DatabaseSession session, IReadOnlyCollection<string> clients, CancellationToken cancellationToken) =>
        await WithContentsAsync(
            session,
            await session.ListAsync(
                new Sql($"{SelectSession} WHERE client_id = ANY($1) ORDER BY client_id", [clients.ToArray()]), ReadSession, cancellationToken),
            cancellationToken);

    public static async Task<MqttWholeSession?> FindAsync(DatabaseSession session, string clientId, CancellationToken cancellationToken) =>
        await ListAsync(session, [clientId], cancellationToken) is [var found] ? found : null;

    private static async Task<IReadOnlyList<MqttWholeSession>> WithContentsAsync(
        DatabaseSession session, List<MqttSessionRow> rows, CancellationToken cancellationToken)
    {
        string[] clients = [.. rows.Select(row => row.ClientId)];
        ILookup<string, MqttSubscriptionRow> subscriptions = (await session.ListAsync(
            new Sql(
                """
                SELECT client_id, topic_filter, maximum_qos, no_local, retain_as_published, retain_handling, identifier
                FROM mqtt_subscription WHERE client_id = ANY($1)
                """,
                [clients]),
            ReadSubscription, cancellationToken)).ToLookup(row => row.ClientId, StringComparer.Ordinal);
        ILookup<string, MqttMessageRow> messages = (await session.ListAsync(
            new Sql(
                """
                SELECT client_id, number, topic, payload, properties, message_qos, message_retain, expires_at, qos, retain,
                       subscription_identifiers, state
                FROM mqtt_message WHERE client_id = ANY($1) ORDER BY client_id, number
                """,
                [clients]),
            ReadMessage, cancellationToken)).ToLookup(row => row.ClientId, StringComparer.Ordinal);
        ILookup<string, ushort> inbound = (await session.ListAsync(
            new Sql("SELECT client_id, packet_identifier FROM mqtt_inbound WHERE client_id = ANY($1)", [clients]),
            reader => (Client: reader.GetString(0), Identifier: (ushort)reader.GetInt32(1)), cancellationToken))
            .ToLookup(row => row.Client, row => row.Identifier, StringComparer.Ordinal);
        return
        [
            .. rows.Select(row => new MqttWholeSession(
                row, [.. subscriptions[row.ClientId]], [.. messages[row.ClientId]], [.. inbound[row.ClientId]])),
        ];
    }

    private static MqttSessionRow ReadSession(NpgsqlDataReader reader) => new(
        reader.GetString(0),
        reader.GetString(1),
        TimeSpan.FromMilliseconds(reader.GetInt64(2)),
        MqttColumns.TimeOrNull(reader, 3),
        reader.IsDBNull(4) ? null : ReadWill(reader));

    private static MqttWillRow ReadWill(NpgsqlDataReader reader) => new(
        reader.GetString(4),
        reader.GetFieldValue<byte[]>(5),
        (byte)reader.GetInt16(6),
        reader.GetBoolean(7),
        (uint)reader.GetInt64(8),
        reader.IsDBNull(9) ? null : (uint)reader.GetInt64(9),
        reader.GetFieldValue<byte[]>(10));

    private static MqttSubscriptionRow ReadSubscription(NpgsqlDataReader reader) => new(
        reader.GetString(0), reader.GetString(1), (byte)reader.GetInt16(2), reader.GetBoolean(3), reader.GetBoolean(4), (byte)reader.GetInt16(5),
        (uint)reader.GetInt64(6));

    private static MqttMessageRow ReadMessage(NpgsqlDataReader reader) => new(
        reader.GetString(0),
        reader.GetInt64(1),
        new MqttMessageContent(
            reader.GetString(2), reader.GetFieldValue<byte[]>(3), reader.GetFieldValue<byte[]>(4), (byte)reader.GetInt16(5), reader.GetBoolean(6),
            MqttColumns.TimeOrNull(reader, 7)),
        (byte)reader.GetInt16(8),
        reader.GetBoolean(9),
        [.. reader.GetFieldValue<long[]>(10).Select(identifier => (uint)identifier)],
        (byte)reader.GetInt16(11));
}

internal static class MqttColumns
{
    public static DateTimeOffset? TimeOrNull(NpgsqlDataReader reader, int column) =>
        reader.IsDBNull(column) ? null : reader.GetFieldValue<DateTimeOffset>(column);
}
