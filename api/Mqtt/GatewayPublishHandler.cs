using System.Net;
using StepCloud.Api.Ingress;
using StepCloud.Api.Mqtt.Relay;
using StepCloud.Contracts.Refusals;
using StepCloud.Contracts.Sessions;
using StepCloud.Mqtt.Broker;
using StepCloud.Mqtt.Packets;

namespace StepCloud.Api.Mqtt;

/// <summary>Takes what gateways publish, a batch at a time; the broker acknowledges when it is done.</summary>
internal sealed partial class GatewayPublishHandler(Uplink uplink, RefusalNotices notices, LiveRelay relay, ILogger<GatewayPublishHandler> logger) : IPublishHandler
{
    public async ValueTask AcceptAsync(PublishBatch batch, CancellationToken cancellationToken)
    {
        if (batch.Client.Identity is UserIdentity)
        {
            // Refused already. Of users nothing is quarantined: that room is for what machines did.
            LogUserPublished(logger, batch.Client.ClientIdentifier, batch.Count);
            return;
        }

        GatewayIdentity gateway = GatewayIdentity.Of(batch.Client);
        List<UplinkMessage> messages = new(batch.Count);
        List<int> places = new(batch.Count);
        for (int i = 0; i < batch.Count; i++)
        {
            IncomingPublish publish = batch[i];
            // Presence is the broker's own matter: kept and passed on, nothing is stored of it.
            if (!publish.IsRefused && GatewayTopics.KindOf(gateway, publish.Topic) == GatewayTopic.Status) continue;
            messages.Add(GatewayTopics.ToUplink(gateway, publish));
            places.Add(i);
        }

        if (messages.Count == 0) return;
        IReadOnlyList<UplinkAnswer> answers = await uplink.AcceptAsync(gateway.Gateway, OriginOf(batch.Client), messages, cancellationToken);
        for (int i = 0; i < answers.Count; i++)
        {
            IncomingPublish publish = batch[places[i]];
            // Watchers see a step once, after its commit; the gateway itself knows it.
            publish.IsRouted = messages[i].Kind == UplinkKind.Steps && answers[i].IsNewAndWhole;
            publish.IsEchoed = false;
            if (publish.IsRouted) relay.HandOn(gateway.Gateway, publish);
            if (answers[i].FirstRefusal is not { } first) continue;
            if (!publish.IsRefused) publish.Refuse(ReasonCodeOf(first.Code), GatewayTopics.Words(first));
            notices.Send(gateway.Gateway, publish.Topic, publish.PacketIdentifier, answers[i]);
        }
    }

    [LoggerMessage(4106, LogLevel.Information, "{Client}, a user, has published {Count} messages, which users may not")]
    private static partial void LogUserPublished(ILogger logger, string client, int count);

    private static SessionOrigin OriginOf(ConnectedClient client) => new(
        (client.RemoteEndPoint as IPEndPoint)?.Address.ToString() ?? "", client.Version == MqttVersion.V500 ? "MQTT 5.0" : "MQTT 3.1.1");

    private static ReasonCode ReasonCodeOf(RefusalCode code) => code switch
    {
        RefusalCode.QuotaReached => ReasonCode.QuotaExceeded,
        RefusalCode.ForeignTopic or RefusalCode.ForeignDevice or RefusalCode.GatewayRevoked => ReasonCode.NotAuthorized,
        RefusalCode.UnknownTopic => ReasonCode.TopicNameInvalid,
        RefusalCode.UnknownDevice or RefusalCode.DeviceArchived or RefusalCode.DeviceSourceTaken or RefusalCode.IdReusedWithOtherContent
            or RefusalCode.UnknownCommand or RefusalCode.CommandAnsweredOtherwise or RefusalCode.NotStorable =>
            ReasonCode.ImplementationSpecificError,
        _ => ReasonCode.PayloadFormatInvalid,
    };
}
