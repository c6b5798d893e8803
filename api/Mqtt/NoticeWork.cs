using StepCloud.Mqtt.Broker;
using StepCloud.Storage.Cluster;
using StepCloud.Storage.Notices;

namespace StepCloud.Api.Mqtt;

/// <summary>Does in a cluster what the notices of one kind ask of each node's MQTT server, off the listener's own way. In a single process it does nothing.</summary>
internal abstract class NoticeWork(string kind, ThisNode node, MqttEndpoint endpoint, TimeProvider clock, ILogger logger) : BackgroundService, INoticeHandler
{
    protected NoticedSubjects Subjects { get; } = new(clock, logger);

    public virtual Task HandleAsync(Notice notice, CancellationToken cancellationToken)
    {
        if (node.IsOneOfMany && notice.Kind == kind) Subjects.Add(notice.Subject);
        return Task.CompletedTask;
    }

    public Task CatchUpAsync(CancellationToken cancellationToken)
    {
        if (node.IsOneOfMany) Subjects.AddAll();
        return Task.CompletedTask;
    }

    public override void Dispose()
    {
        Subjects.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!node.IsOneOfMany) return;
        MqttServer server = await endpoint.WhenStartedAsync(stoppingToken);
        await Subjects.RunAsync(subjects => LookAsync(server, subjects, stoppingToken), stoppingToken);
    }

    /// <param name="subjects">Null: everything, since notices may have been missed.</param>
    protected abstract Task LookAsync(MqttServer server, IReadOnlyCollection<Guid>? subjects, CancellationToken cancellationToken);
}
