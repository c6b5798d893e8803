using System.Text;
using Microsoft.Extensions.Logging;
using StepCloud.Mqtt.Broker.Sessions;
using StepCloud.Mqtt.Packets;

namespace StepCloud.Mqtt.Broker;

/// <summary>Publishes the Wills of clients that went away: through the application, like any message of theirs.</summary>
/// <remarks>A power cut of a whole site makes thousands at once, so only some are with the application at a time; the others wait, one per session.</remarks>
internal sealed partial class WillPublisher(IPublishHandler handler, Router router, TimeProvider time, ILogger logger, CancellationToken stopping) : IDisposable
{
    private readonly SemaphoreSlim _atOnce = new(32);
    private int _underWay;

    /// <summary>Returns at once. That the session has its Will no more is recorded already.</summary>
    public void Publish(Session session, Will will)
    {
        var client = session.Client ?? new ConnectedClient(new StoredIdentity(session.OwnerKey))
        {
            ConnectionId = 0,
            ClientIdentifier = session.ClientIdentifier,
            ConnectedAt = time.GetUtcNow(),
        };
        Interlocked.Increment(ref _underWay);
        session.WillUnderWay = Task.Run(() => PublishAsync(session, client, will), CancellationToken.None);
    }

    /// <summary>Whether some are not published yet.</summary>
    public bool IsBusy => Volatile.Read(ref _underWay) > 0;

    public void Dispose() => _atOnce.Dispose();

    private async Task PublishAsync(Session session, ConnectedClient client, Will will)
    {
        try
        {
            if (session.Journal is { Store.IsShared: true } journal)
            {
                // Where another server may have the session by now, its Will is that one's too: the store decides.
                await journal.WhenStoredAsync();
                if (session.IsLost) return;
            }

            await _atOnce.WaitAsync(stopping);
            try
            {
                var batch = new PublishBatch { IsWill = true, Client = client };
                var packet = new PublishPacket
                {
                    Topic = Encoding.UTF8.GetBytes(will.Topic),
                    Payload = will.Payload,
                    Properties = will.Properties,
                    MessageExpiryInterval = will.MessageExpiryInterval,
                    PacketIdentifier = will.Qos == QualityOfService.AtMostOnce ? (ushort)0 : (ushort)1,
                    Qos = will.Qos,
                    Retain = will.Retain,
                };
                batch.Add(packet, will.Topic, Authorization.Allowed);
                await handler.AcceptAsync(batch, stopping);
                if (batch[0].IsRefused || !batch[0].IsRouted) return;
                using var routing = router.Begin();
                routing.Route(packet, will.Topic, publisher: null);
            }
            finally
            {
                _atOnce.Release();
            }
        }
        catch (Exception exception)
        {
            LogNotPublished(client.ClientIdentifier, will.Topic, exception);
        }
        finally
        {
            Interlocked.Decrement(ref _underWay);
        }
    }

    [LoggerMessage(1020, LogLevel.Error, "The Will of {ClientIdentifier} on {Topic} could not be published")]
    private partial void LogNotPublished(string clientIdentifier, string topic, Exception exception);
}

/// <summary>Who a session belongs to that was loaded from its store and whose client has not been back: only the key is known.</summary>
public sealed record StoredIdentity(string Key) : IMqttIdentity;
