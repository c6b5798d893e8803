using System.Collections.Concurrent;
using StepCloud.Contracts.Ids;
using StepCloud.Mqtt.Broker;
using StepCloud.Storage;
using StepCloud.Storage.Cluster;
using StepCloud.Storage.Notices;

namespace StepCloud.Api.Mqtt;

/// <summary>Gives up the sessions of clients that have connected to another node, and takes over those of nodes that are gone (docs/adr/0013).</summary>
internal sealed partial class SessionMoves(
    MqttSessionClaims claims, StoredSessions sessions, ThisNode node, MqttEndpoint endpoint, TimeProvider clock, ILogger<SessionMoves> logger)
    : NoticeWork(Notice.MqttSessionWanted, node, endpoint, clock, logger)
{
    /// <summary>For what the connection has with the application to be committed. Longer than whoever wants the session waits; then its client comes again.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    private readonly ThisNode _node = node;
    private readonly MqttEndpoint _endpoint = endpoint;
    private readonly TimeProvider _clock = clock;
    private readonly ConcurrentDictionary<string, Task> _underWay = new(StringComparer.Ordinal);
    private Task _adoption = Task.CompletedTask;

    public override Task HandleAsync(Notice notice, CancellationToken cancellationToken)
    {
        if (notice.Kind == Notice.MqttSessionFree) sessions.Wake(new GatewayId(notice.Subject));
        // Each node is told by its own id.
        return notice.Subject == _node.Id ? base.HandleAsync(notice, cancellationToken) : Task.CompletedTask;
    }

    /// <summary>Goes on with sessions that were somebody else's. One call at a time.</summary>
    /// <param name="take">Makes them this node's.</param>
    /// <returns>How many there were.</returns>
    public async Task<int> AdoptAsync(Func<Task<IReadOnlyList<MqttWholeSession>>> take, CancellationToken cancellationToken)
    {
        MqttServer server = await _endpoint.WhenStartedAsync(cancellationToken);
        // Known before they are this node's: one that is wanted at once is not given up before it has come into memory.
        TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Volatile.Write(ref _adoption, done.Task);
        try
        {
            IReadOnlyList<MqttWholeSession> taken = await take();
            server.AddSessions(taken.Select(StoredSessions.ToSession));
            // Somebody may wait for them whom their node could not hear any more.
            if (taken.Count > 0) Subjects.Add(_node.Id);
            return taken.Count;
        }
        finally
        {
            done.SetResult();
        }
    }

    /// <summary>After the server: all that was in memory is stored, and free for the others.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await Task.WhenAll(_underWay.Values);
        if (!_node.IsOneOfMany) return;
        try
        {
            await claims.FreeAllAsync(cancellationToken);
        }
        catch (StorageException e)
        {
            LogNotFreed(logger, e);
        }
    }

    protected override async Task LookAsync(MqttServer server, IReadOnlyCollection<Guid>? subjects, CancellationToken cancellationToken)
    {
        if (subjects is null) await VerifyAsync(server, cancellationToken);
        foreach (MqttWantedSession wanted in await claims.ListWantedAsync(cancellationToken))
        {
            Task adoption = Volatile.Read(ref _adoption);
            if (_underWay.ContainsKey(wanted.ClientId)) continue;
            TaskCompletionSource over = new(TaskCreationOptions.RunContinuationsAsynchronously);
            _underWay[wanted.ClientId] = over.Task;
            _ = GiveUpAsync(server, wanted, adoption, over, cancellationToken);
        }
    }

    /// <summary>The database was away for this node, and others may have taken it for gone.</summary>
    private async Task VerifyAsync(MqttServer server, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> here = server.StoredSessions;
        if (here.Count == 0) return;
        HashSet<string> own = new(await claims.ListOwnAsync(cancellationToken), StringComparer.Ordinal);
        server.LoseSessions(here.Where(client => !own.Contains(client)));
    }

    /// <summary>Never faults.</summary>
    private async Task GiveUpAsync(MqttServer server, MqttWantedSession wanted, Task adoption, TaskCompletionSource over, CancellationToken stoppingToken)
    {
        bool isDone = false;
        try
        {
            await adoption;
            using CancellationTokenSource late = new(Patience, _clock);
            using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(late.Token, stoppingToken);
            if (await server.GiveUpSessionAsync(wanted.ClientId, stop.Token))
                await claims.FreeAsync(wanted.ClientId, GatewayIdentity.GatewayOf(wanted.OwnerKey).Value, stop.Token);
            isDone = true;
        }
        catch (Exception e)
        {
            if (!stoppingToken.IsCancellationRequested) LogNotGivenUp(logger, e, wanted.ClientId);
        }

        _underWay.TryRemove(wanted.ClientId, out _);
        over.SetResult();
        if (isDone) return;
        await Task.Delay(RetryDelay, _clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!stoppingToken.IsCancellationRequested) Subjects.Add(_node.Id);
    }

    [LoggerMessage(4113, LogLevel.Warning, "The session of {Client} could not be given up to another node; it is tried again")]
    private static partial void LogNotGivenUp(ILogger logger, Exception exception, string client);

    [LoggerMessage(4114, LogLevel.Warning, "The sessions of this node could not be given up; the others take them when it is gone")]
    private static partial void LogNotFreed(ILogger logger, Exception exception);
}
