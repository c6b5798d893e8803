using System.Runtime.CompilerServices;
using StepCloud.Mqtt.Broker;
using StepCloud.Storage;
using StepCloud.Storage.Cluster;

namespace StepCloud.Api.Mqtt;

/// <summary>The retained messages, in the database: the gateways' presence above all.</summary>
internal sealed class StoredRetained(MqttRetainedStore store, ThisNode node) : IRetainedStore
{
    public bool IsShared => node.IsOneOfMany;

    public async IAsyncEnumerable<MqttMessage> LoadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (MqttMessageContent content in store.LoadAllAsync(cancellationToken)) yield return StoredMessages.ToMessage(content);
    }

    public async ValueTask SaveAsync(IReadOnlyList<RetainedChange> changes, CancellationToken cancellationToken)
    {
        Dictionary<string, MqttMessageContent?> folded = new(StringComparer.Ordinal);
        foreach (RetainedChange change in changes)
            folded[change.Topic] = change.Message is { } message ? StoredMessages.ToContent(message) : null;
        await store.SaveAsync(folded, cancellationToken);
    }
}
