using StepCloud.Contracts;
using StepCloud.Mqtt.Broker;
using StepCloud.Storage;
using StepCloud.Storage.Cluster;
using StepCloud.Storage.Notices;

namespace StepCloud.Api.Mqtt;

/// <summary>Keeps this node's retained messages like the stored ones, and tells those who subscribe here what gateways of other nodes have retained.</summary>
internal sealed class RetainedMirror(MqttRetainedStore store, ThisNode node, MqttEndpoint endpoint, TimeProvider clock, ILogger<RetainedMirror> logger)
    : NoticeWork(Notice.RetainedChanged, node, endpoint, clock, logger)
{
    protected override Task LookAsync(MqttServer server, IReadOnlyCollection<Guid>? subjects, CancellationToken cancellationToken) =>
        subjects is null || subjects.Contains(Guid.Empty)
            ? server.RefreshRetainedAsync(["#"], () => ReadAllAsync(cancellationToken))
            : server.RefreshRetainedAsync(
                [.. subjects.Select(gateway => $"{Topics.Root}{gateway:D}/#")],
                async () => [.. (await store.ListAsync(subjects, cancellationToken)).Select(StoredMessages.ToMessage)]);

    private async Task<IReadOnlyList<MqttMessage>> ReadAllAsync(CancellationToken cancellationToken)
    {
        List<MqttMessage> all = [];
        await foreach (MqttMessageContent content in store.LoadAllAsync(cancellationToken)) all.Add(StoredMessages.ToMessage(content));
        return all;
    }
}
