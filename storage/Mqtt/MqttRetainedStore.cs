using System.Runtime.CompilerServices;
using Npgsql;
using StepCloud.Contracts;
using StepCloud.Storage.Cluster;
using StepCloud.Storage.Notices;

namespace StepCloud.Storage;

/// <summary>The retained messages of the MQTT server.</summary>
/// <exception cref="StorageException">From every method.</exception>
public sealed class MqttRetainedStore(StepCloudDatabase database, ThisNode self)
{
    private const int PageSize = 1000;

    public async IAsyncEnumerable<MqttMessageContent> LoadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string after = "";
        while (true)
        {
            List<MqttMessageContent> page = await database.ListAsync(
                new Sql(
                    "SELECT topic, payload, properties, qos, expires_at FROM mqtt_retained WHERE topic > $1 ORDER BY topic LIMIT $2", after, PageSize),
                Read, cancellationToken);
            foreach (MqttMessageContent message in page) yield return message;
            if (page.Count < PageSize) yield break;
            after = page[^1].Topic;
        }
    }

    /// <summary>What is retained below the topics of these gateways.</summary>
    public Task<List<MqttMessageContent>> ListAsync(IReadOnlyCollection<Guid> gateways, CancellationToken cancellationToken) => database.ListAsync(
        new Sql(
            """
            SELECT r.topic, r.payload, r.properties, r.qos, r.expires_at FROM unnest($1) AS g (id)
            CROSS JOIN LATERAL (
                SELECT * FROM mqtt_retained AS m WHERE m.topic ~>=~ ($2 || g.id || '/') AND m.topic ~<~ ($2 || g.id || '0')) AS r
            """,
            gateways.ToArray(), Topics.Root),
        Read, cancellationToken);

    /// <summary>Commits all or none. In a cluster the other nodes are told.</summary>
    /// <param name="changes">By topic; null where nothing is retained any more.</param>
    public Task SaveAsync(IReadOnlyDictionary<string, MqttMessageContent?> changes, CancellationToken cancellationToken) => database.InTransactionAsync(
        async session =>
        {
            string[] removed = [.. changes.Where(change => change.Value is null).Select(change => change.Key)];
            if (removed.Length > 0)
                await session.ExecuteAsync(new Sql("DELETE FROM mqtt_retained WHERE topic = ANY($1)", [removed]), cancellationToken);
            // In one order, so that two nodes that write the same topics do not wait for each other.
            MqttMessageContent[] kept = [.. changes.Values.OfType<MqttMessageContent>().OrderBy(message => message.Topic, StringComparer.Ordinal)];
            if (kept.Length > 0) await session.ExecuteAsync(Upsert(kept), cancellationToken);
            if (self.IsOneOfMany) await session.ExecuteAsync(Tell(changes.Keys), cancellationToken);
            return true;
        },
        cancellationToken);

    private static Sql Tell(IEnumerable<string> topics) => new(
        "SELECT pg_notify($1, notice) FROM unnest($2) AS notice", NoticeListener.ChannelName,
        topics.Select(GatewayOf).Distinct().Select(gateway => new Notice(Notice.RetainedChanged, gateway).ToString()).ToArray());

    private static Guid GatewayOf(string topic) =>
        topic.StartsWith(Topics.Root, StringComparison.Ordinal) && topic[Topics.Root.Length..].Split('/')[0] is var id && Guid.TryParseExact(id, "D", out Guid gateway)
            ? gateway
            : Guid.Empty;

    private static Sql Upsert(MqttMessageContent[] messages) => new(
        """
        INSERT INTO mqtt_retained (topic, payload, properties, qos, expires_at)
        SELECT * FROM unnest($1, $2, $3, $4, $5)
        ON CONFLICT (topic) DO UPDATE SET
            payload = excluded.payload, properties = excluded.properties, qos = excluded.qos, expires_at = excluded.expires_at
        """,
        Array.ConvertAll(messages, message => message.Topic),
        Array.ConvertAll(messages, message => message.Payload.ToArray()),
        Array.ConvertAll(messages, message => message.Properties.ToArray()),
        Array.ConvertAll(messages, message => (short)message.Qos),
        Array.ConvertAll(messages, message => message.ExpiresAt?.ToUniversalTime()));

    private static MqttMessageContent Read(NpgsqlDataReader reader) => new(
        reader.GetString(0), reader.GetFieldValue<byte[]>(1), reader.GetFieldValue<byte[]>(2), (byte)reader.GetInt16(3), Retain: true,
        MqttColumns.TimeOrNull(reader, 4));
}
