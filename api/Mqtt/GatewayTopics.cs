using StepCloud.Api.Ingress;
using StepCloud.Contracts.Refusals;
using StepCloud.Mqtt.Broker;
using StepCloud.Mqtt.Broker.Topics;
using StepCloud.Mqtt.Packets;

namespace StepCloud.Api.Mqtt;

/// <summary>Which topics a gateway may use: its own, and of those the ones that go its way.</summary>
internal sealed class GatewayTopics : IAuthorizer
{
    /// <summary>Several times the longest filter that matches anything. It is a key of the stored session, and an index row has its limit.</summary>
    private const int FilterCharsMax = 500;

    public Authorization AuthorizePublish(ConnectedClient client, string topic, QualityOfService qos, bool retain) =>
        KindOf((GatewayIdentity)client.Identity, topic) switch
        {
            GatewayTopic.Foreign => Authorization.NotAuthorized(Words(Foreign)),
            GatewayTopic.Unknown => new Authorization(ReasonCode.TopicNameInvalid, Words(Unknown)),
            _ => Authorization.Allowed,
        };

    public ValueTask<Authorization> AuthorizeSubscribeAsync(ConnectedClient client, TopicFilter filter, CancellationToken cancellationToken)
    {
        string prefix = ((GatewayIdentity)client.Identity).TopicPrefix;
        bool isOwn = filter.Text.StartsWith(prefix, StringComparison.Ordinal) && filter.ShareName is null;
        if (filter.Text.Length > FilterCharsMax)
            return ValueTask.FromResult(new Authorization(ReasonCode.TopicFilterInvalid, $"A Topic Filter can have {FilterCharsMax} characters."));
        return ValueTask.FromResult(isOwn ? Authorization.Allowed : Authorization.NotAuthorized("A gateway may subscribe to its own topics only."));
    }

    public static GatewayTopic KindOf(GatewayIdentity gateway, string topic)
    {
        if (!topic.StartsWith(gateway.TopicPrefix, StringComparison.Ordinal)) return GatewayTopic.Foreign;
        return topic.AsSpan(gateway.TopicPrefix.Length) switch
        {
            "steps" => GatewayTopic.Steps,
            "devices" => GatewayTopic.Devices,
            "status" => GatewayTopic.Status,
            _ => GatewayTopic.Unknown,
        };
    }

    public static UplinkMessage ToUplink(GatewayIdentity gateway, in IncomingPublish publish) => KindOf(gateway, publish.Topic) switch
    {
        GatewayTopic.Steps => new UplinkMessage(UplinkKind.Steps, "mqtt", publish.Topic, publish.Payload),
        GatewayTopic.Devices => new UplinkMessage(UplinkKind.Devices, "mqtt", publish.Topic, publish.Payload),
        GatewayTopic.Foreign => new UplinkMessage(UplinkKind.NotTaken, "mqtt", publish.Topic, publish.Payload, Foreign),
        _ => new UplinkMessage(UplinkKind.NotTaken, "mqtt", publish.Topic, publish.Payload, Unknown),
    };

    /// <summary>A refusal as it stands in a Reason String.</summary>
    public static string Words(Refusal refusal) => $"{RefusalCodes.Wire(refusal.Code)}: {refusal.Reason}";

    private static readonly Refusal Foreign = new(RefusalCode.ForeignTopic, "A gateway may publish to its own topics only.");

    private static readonly Refusal Unknown = new(
        RefusalCode.UnknownTopic, "Nothing listens on this topic. A gateway publishes to its topics 'steps', 'devices' and 'status'.");
}

internal enum GatewayTopic
{
    Steps,
    Devices,
    Status,

    /// <summary>The gateway's own, and not one that means anything.</summary>
    Unknown,

    /// <summary>Not the gateway's.</summary>
    Foreign,
}
