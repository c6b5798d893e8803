using System.Runtime.CompilerServices;
using Npgsql;

namespace StepCloud.Storage;

/// <summary>The retained messages of the MQTT server.</summary>
/// <exception cref="StorageException">From every method.</exception>
public sealed class MqttRetainedStore(StepCloudDatabase database)
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

    /// <summary>Commits all or none.</summary>
    /// <param name="changes">By topic; null where nothing is retained any more.</param>
    public Task SaveAsync(IReadOnlyDictionary<string, MqttMessageContent?> changes, CancellationToken cancellationToken) => database.InTransactionAsync(
        async session =>
        {
            string[] removed = [.. changes.Where(change => change.Value is null).Select(change => change.Key)];
            if (removed.Length > 0)
                await session.ExecuteAsync(new Sql("DELETE FROM mqtt_retained WHERE topic = ANY($1)", [removed]), cancellationToken);
            MqttMessageContent[] kept = [.. changes.Values.OfType<MqttMessageContent>()];
            if (kept.Length > 0) await session.ExecuteAsync(Upsert(kept), cancellationToken);
            return true;
        },
        cancellationToken);

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
