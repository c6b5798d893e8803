namespace StepCloud.Storage;

/// <summary>The statements that bring folded changes into the tables: one for each table and kind, whatever the number of rows.</summary>
internal static class MqttSessionWrites
{
    /// <summary>Bytes of messages in one statement, which both sides hold in memory.</summary>
    private const long StatementBytesMax = 16 * 1024 * 1024;

    private const int StatementRowsMax = 5000;

    public static Sql? Removal(MqttSessionChanges changes)
    {
        string[] removed = [.. changes.RemovedSessions];
        return removed.Length == 0 ? null : new Sql("DELETE FROM mqtt_session WHERE client_id = ANY($1)", [removed]);
    }

    /// <summary>The sessions' own rows; answers whose were written.</summary>
    /// <param name="node">The rows are this node's, and another's are left as they are. Null: there is one process, and all rows are its own.</param>
    public static Sql? Sessions(MqttSessionChanges changes, Guid? node)
    {
        MqttSessionRow[] sessions = [.. changes.Sessions];
        return sessions.Length == 0 ? null : Sessions(sessions, node);
    }

    /// <summary>What belongs to the sessions.</summary>
    public static IEnumerable<Sql> Contents(MqttSessionChanges changes)
    {
        (string Client, string Filter)[] removedSubscriptions = [.. changes.RemovedSubscriptions];
        if (removedSubscriptions.Length > 0)
            yield return Delete("mqtt_subscription", "topic_filter", removedSubscriptions, key => key.Client, key => key.Filter);
        MqttSubscriptionRow[] subscriptions = [.. changes.Subscriptions];
        if (subscriptions.Length > 0) yield return Subscriptions(subscriptions);

        (string Client, long Number)[] removedMessages = [.. changes.RemovedMessages];
        if (removedMessages.Length > 0) yield return Delete("mqtt_message", "number", removedMessages, key => key.Client, key => key.Number);
        (string Client, long Number, byte State)[] moved = [.. changes.MovedMessages];
        if (moved.Length > 0) yield return Moves(moved);
        foreach (MqttMessageRow[] messages in Portions(changes.Messages)) yield return Messages(messages);

        (string Client, ushort Identifier)[] released = [.. changes.RemovedInbound];
        if (released.Length > 0) yield return Delete("mqtt_inbound", "packet_identifier", released, key => key.Client, key => (int)key.Identifier);
        (string Client, ushort Identifier)[] inbound = [.. changes.Inbound];
        if (inbound.Length > 0) yield return Inbound(inbound);
    }

    private static Sql Sessions(MqttSessionRow[] rows, Guid? node) => new(
        """
        INSERT INTO mqtt_session (client_id, owner_key, expiry_ms, left_at, will_topic, will_payload, will_qos, will_retain, will_delay_s,
                                  will_expiry_s, will_properties, node)
        SELECT r.*, $12::uuid FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) AS r
        ON CONFLICT (client_id) DO UPDATE SET
            owner_key = excluded.owner_key, expiry_ms = excluded.expiry_ms, left_at = excluded.left_at, will_topic = excluded.will_topic,
            will_payload = excluded.will_payload, will_qos = excluded.will_qos, will_retain = excluded.will_retain,
            will_delay_s = excluded.will_delay_s, will_expiry_s = excluded.will_expiry_s, will_properties = excluded.will_properties
            WHERE $12 IS NULL OR mqtt_session.node = $12
        RETURNING client_id
        """,
        Column(rows, row => row.ClientId),
        Column(rows, row => row.OwnerKey),
        Column(rows, row => (long)row.Expiry.TotalMilliseconds),
        Column(rows, row => row.LeftAt?.ToUniversalTime()),
        Column(rows, row => row.Will?.Topic),
        Column(rows, row => row.Will?.Payload.ToArray()),
        Column(rows, row => (short?)row.Will?.Qos),
        Column(rows, row => row.Will?.Retain),
        Column(rows, row => (long?)row.Will?.DelaySeconds),
        Column(rows, row => (long?)row.Will?.ExpirySeconds),
        Column(rows, row => row.Will?.Properties.ToArray()),
        node);

    // The join with the session leaves out what came too late for one that has ended: it must not stop all others' changes.
    private static Sql Subscriptions(MqttSubscriptionRow[] rows) => new(
        """
        INSERT INTO mqtt_subscription (client_id, topic_filter, maximum_qos, no_local, retain_as_published, retain_handling, identifier)
        SELECT r.* FROM unnest($1, $2, $3, $4, $5, $6, $7) AS r (client_id, topic_filter, maximum_qos, no_local, as_published, handling, identifier)
        JOIN mqtt_session AS s ON s.client_id = r.client_id
        ON CONFLICT (client_id, topic_filter) DO UPDATE SET
            maximum_qos = excluded.maximum_qos, no_local = excluded.no_local, retain_as_published = excluded.retain_as_published,
            retain_handling = excluded.retain_handling, identifier = excluded.identifier
        """,
        Column(rows, row => row.ClientId),
        Column(rows, row => row.TopicFilter),
        Column(rows, row => (short)row.MaximumQos),
        Column(rows, row => row.NoLocal),
        Column(rows, row => row.RetainAsPublished),
        Column(rows, row => (short)row.RetainHandling),
        Column(rows, row => (long)row.Identifier));

    private static Sql Messages(MqttMessageRow[] rows) => new(
        """
        INSERT INTO mqtt_message (client_id, number, topic, payload, properties, message_qos, message_retain, expires_at, qos, retain,
                                  subscription_identifiers, state)
        SELECT r.client_id, r.number, r.topic, r.payload, r.properties, r.message_qos, r.message_retain, r.expires_at, r.qos, r.retain,
               r.identifiers::bigint[], r.state
        FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) AS r
            (client_id, number, topic, payload, properties, message_qos, message_retain, expires_at, qos, retain, identifiers, state)
        JOIN mqtt_session AS s ON s.client_id = r.client_id
        ON CONFLICT (client_id, number) DO UPDATE SET
            topic = excluded.topic, payload = excluded.payload, properties = excluded.properties, message_qos = excluded.message_qos,
            message_retain = excluded.message_retain, expires_at = excluded.expires_at, qos = excluded.qos, retain = excluded.retain,
            subscription_identifiers = excluded.subscription_identifiers, state = excluded.state
        """,
        Column(rows, row => row.ClientId),
        Column(rows, row => row.Number),
        Column(rows, row => row.Content.Topic),
        Column(rows, row => row.Content.Payload.ToArray()),
        Column(rows, row => row.Content.Properties.ToArray()),
        Column(rows, row => (short)row.Content.Qos),
        Column(rows, row => row.Content.Retain),
        Column(rows, row => row.Content.ExpiresAt?.ToUniversalTime()),
        Column(rows, row => (short)row.Qos),
        Column(rows, row => row.Retain),
        // unnest takes arrays of arrays apart altogether, so the inner ones travel as text.
        Column(rows, row => $"{{{string.Join(',', row.SubscriptionIdentifiers)}}}"),
        Column(rows, row => (short)row.State));

    private static Sql Moves((string Client, long Number, byte State)[] moves) => new(
        """
        UPDATE mqtt_message AS m SET state = r.state
        FROM unnest($1, $2, $3) AS r (client_id, number, state) WHERE m.client_id = r.client_id AND m.number = r.number
        """,
        Column(moves, move => move.Client),
        Column(moves, move => move.Number),
        Column(moves, move => (short)move.State));

    private static Sql Inbound((string Client, ushort Identifier)[] rows) => new(
        """
        INSERT INTO mqtt_inbound (client_id, packet_identifier)
        SELECT r.* FROM unnest($1, $2) AS r (client_id, packet_identifier) JOIN mqtt_session AS s ON s.client_id = r.client_id
        ON CONFLICT DO NOTHING
        """,
        Column(rows, row => row.Client),
        Column(rows, row => (int)row.Identifier));

    private static Sql Delete<TRow, TKey>(string table, string column, TRow[] rows, Func<TRow, string> client, Func<TRow, TKey> key) => new(
        $"DELETE FROM {table} AS t USING unnest($1, $2) AS r (client_id, key) WHERE t.client_id = r.client_id AND t.{column} = r.key",
        Column(rows, client),
        Column(rows, key));

    private static IEnumerable<MqttMessageRow[]> Portions(IEnumerable<MqttMessageRow> messages)
    {
        List<MqttMessageRow> portion = [];
        long bytes = 0;
        foreach (MqttMessageRow message in messages)
        {
            long size = message.Content.Payload.Length + message.Content.Properties.Length;
            if (portion.Count > 0 && (portion.Count == StatementRowsMax || bytes + size > StatementBytesMax))
            {
                yield return [.. portion];
                portion.Clear();
                bytes = 0;
            }

            portion.Add(message);
            bytes += size;
        }

        if (portion.Count > 0) yield return [.. portion];
    }

    private static TColumn[] Column<TRow, TColumn>(TRow[] rows, Func<TRow, TColumn> value) => Array.ConvertAll(rows, row => value(row));
}
