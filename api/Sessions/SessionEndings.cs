using System.Collections.Concurrent;
using StepCloud.Api.Mqtt;
using StepCloud.Api.Watching;
using StepCloud.Contracts.Ids;
using StepCloud.Mqtt.Broker;
using StepCloud.Storage;
using StepCloud.Storage.Notices;

namespace StepCloud.Api.Sessions;

/// <summary>Closes the MQTT connections of sessions that were ended, here or by any other process. HTTP asks for the session at every request (<see cref="OpenSessions"/>).</summary>
/// <remarks>
/// A connection may come in between the look at its session and the notice of its end. So what was ended lately is remembered for longer
/// than a CONNECT can take, and looked up when a connection has become visible: either side finds the other.
/// </remarks>
internal sealed partial class SessionEndings(
    IServiceProvider services, SessionQueries sessions, ApiMetrics metrics, TimeProvider clock, ILogger<SessionEndings> logger) : INoticeHandler
{
    private static readonly TimeSpan Remembered = TimeSpan.FromMinutes(10);

    private readonly ConcurrentDictionary<Guid, DateTimeOffset> _ended = new();

    // Looked up when it is needed: the endpoint's own ports lead here.
    private MqttEndpoint Endpoint => field ??= services.GetRequiredService<MqttEndpoint>();

    public Task HandleAsync(Notice notice, CancellationToken cancellationToken)
    {
        if (notice.Kind is not (Notice.SessionEnded or Notice.GatewayRevoked or Notice.UserDisabled)) return Task.CompletedTask;
        Forget();
        _ended[notice.Subject] = clock.GetUtcNow();
        Close(identity => IsOf(identity, notice.Subject));
        return Task.CompletedTask;
    }

    public async Task CatchUpAsync(CancellationToken cancellationToken)
    {
        HashSet<SessionId> open = [.. Endpoint.Clients.Select(client => ((ITokenIdentity)client.Identity).Session)];
        foreach (SessionId[] chunk in open.Chunk(1000))
        {
            HashSet<SessionId> ended = [.. await sessions.ListEndedAsync(chunk, clock.GetUtcNow(), cancellationToken)];
            if (ended.Count > 0) Close(identity => ended.Contains(identity.Session));
        }
    }

    /// <summary>A connection has been accepted and can be seen by <see cref="HandleAsync"/>. Called from the server's own threads.</summary>
    public void Accepted(ConnectedClient client)
    {
        ITokenIdentity identity = (ITokenIdentity)client.Identity;
        if (_ended.IsEmpty || !(_ended.ContainsKey(identity.Session.Value) || _ended.ContainsKey(identity.Holder))) return;
        // Not from inside the server's call.
        _ = Task.Run(() => _ended.ContainsKey(identity.Session.Value) ? CloseAsync(identity.Session) : CloseIfEndedAsync(identity.Session));
    }

    private Task CloseAsync(SessionId session)
    {
        Close(other => other.Session == session);
        return Task.CompletedTask;
    }

    /// <summary>Of a holder who was shut out lately. He may have been let in again since, and then this is a new session, and open.</summary>
    private async Task CloseIfEndedAsync(SessionId session)
    {
        try
        {
            if ((await sessions.ListEndedAsync([session], clock.GetUtcNow(), CancellationToken.None)).Count > 0) Close(other => other.Session == session);
        }
        catch (StorageException)
        {
            // Whether it is open cannot be known now. The client comes again.
            Close(other => other.Session == session);
        }
    }

    private void Close(Func<ITokenIdentity, bool> isMeant)
    {
        int count = Endpoint.Disconnect(client => client.Identity is ITokenIdentity identity && isMeant(identity), "The session was ended.");
        if (count == 0) return;
        metrics.ConnectionsClosed(count);
        LogClosed(logger, count);
    }

    private static bool IsOf(ITokenIdentity identity, Guid subject) => identity.Session.Value == subject || identity.Holder == subject;

    private void Forget()
    {
        DateTimeOffset before = clock.GetUtcNow() - Remembered;
        foreach ((Guid id, DateTimeOffset at) in _ended)
        {
            if (at < before) _ended.TryRemove(id, out _);
        }
    }

    [LoggerMessage(4110, LogLevel.Information, "{Count} MQTT connections are closed, because their sessions were ended")]
    private static partial void LogClosed(ILogger logger, int count);
}
