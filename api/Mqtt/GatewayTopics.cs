using StepCloud.Api.Ingress;
using StepCloud.Contracts;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Refusals;
using StepCloud.Mqtt.Broker;
using StepCloud.Mqtt.Broker.Topics;
using StepCloud.Mqtt.Packets;

namespace StepCloud.Api.Mqtt;

/// <summary>Which topics a gateway may use: its own, and of those the ones that go its way.</summary>
internal static class GatewayTopics
{
    public static Authorization AuthorizePublish(GatewayIdentity gateway, string topic) => KindOf(gateway, topic, out _) switch
    {
        GatewayTopic.Foreign => Authorization.NotAuthorized(Words(Foreign)),
        GatewayTopic.Unknown => new Authorization(ReasonCode.TopicNameInvalid, Words(Unknown)),
        _ => Authorization.Allowed,
    };

    public static Authorization AuthorizeSubscribe(GatewayIdentity gateway, TopicFilter filter) =>
        filter.ShareName is null && filter.Text.StartsWith(gateway.TopicPrefix, StringComparison.Ordinal)
            ? Authorization.Allowed
            : Authorization.NotAuthorized("A gateway may subscribe to its own topics only.");

    /// <summary>Whether commands come to the gateway by this filter, as far as that can be said without knowing which.</summary>
    public static bool MayBringCommands(GatewayIdentity gateway, TopicFilter filter)
    {
        ReadOnlySpan<char> own = filter.Filter.AsSpan(gateway.TopicPrefix.Length);
        return own.StartsWith("commands/", StringComparison.Ordinal) || own.StartsWith('+') || own.StartsWith('#');
    }

    public static GatewayTopic KindOf(GatewayIdentity gateway, string topic) => KindOf(gateway, topic, out _);

    public static UplinkMessage ToUplink(GatewayIdentity gateway, in IncomingPublish publish) => KindOf(gateway, publish.Topic, out CommandId command) switch
    {
        GatewayTopic.Steps => new UplinkMessage(UplinkKind.Steps, Source, publish.Topic, publish.Payload),
        GatewayTopic.Telemetry => new UplinkMessage(UplinkKind.Telemetry, Source, publish.Topic, publish.Payload),
        GatewayTopic.Devices => new UplinkMessage(UplinkKind.Devices, Source, publish.Topic, publish.Payload),
        GatewayTopic.CommandResult => new UplinkMessage(UplinkKind.CommandResult, Source, publish.Topic, publish.Payload, Command: command),
        GatewayTopic.Foreign => new UplinkMessage(UplinkKind.NotTaken, Source, publish.Topic, publish.Payload, Foreign),
        _ => new UplinkMessage(UplinkKind.NotTaken, Source, publish.Topic, publish.Payload, Unknown),
    };

    /// <param name="command">For an answer: to which command.</param>
    private static GatewayTopic KindOf(GatewayIdentity gateway, string topic, out CommandId command)
    {
        command = default;
        if (!topic.StartsWith(gateway.TopicPrefix, StringComparison.Ordinal)) return GatewayTopic.Foreign;
        ReadOnlySpan<char> own = topic.AsSpan(gateway.TopicPrefix.Length);
        if (own.EndsWith(ResultSuffix, StringComparison.Ordinal) && Topics.TryParseCommand(topic.AsSpan(..^ResultSuffix.Length), out _, out command))
            return GatewayTopic.CommandResult;
        return own switch
        {
            "steps" => GatewayTopic.Steps,
            "telemetry" => GatewayTopic.Telemetry,
            "devices" => GatewayTopic.Devices,
            "status" => GatewayTopic.Status,
            _ => GatewayTopic.Unknown,
        };
    }

    /// <summary>A refusal as it stands in a Reason String.</summary>
    public static string Words(Refusal refusal) => $"{RefusalCodes.Wire(refusal.Code)}: {refusal.Reason}";

    private const string Source = "mqtt";

    private const string ResultSuffix = "/result";

    private static readonly Refusal Foreign = new(RefusalCode.ForeignTopic, "A gateway may publish to its own topics only.");

    private static readonly Refusal Unknown = new(
        RefusalCode.UnknownTopic, "Nothing listens on this topic. A gateway publishes to its topics 'steps', 'telemetry', 'devices', 'status' and 'commands/{id}/result'.");
}

internal enum GatewayTopic
{
    Steps,
    Telemetry,
    Devices,
    Status,
    CommandResult,

    /// <summary>The gateway's own, and not one that means anything.</summary>
    Unknown,

    /// <summary>Not the gateway's.</summary>
    Foreign,
}
