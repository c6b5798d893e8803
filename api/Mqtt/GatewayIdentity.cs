using StepCloud.Contracts.Ids;
using StepCloud.Mqtt.Broker;

namespace StepCloud.Api.Mqtt;

/// <summary>A gateway on an MQTT connection, as its access token said.</summary>
internal sealed class GatewayIdentity(GatewayId gateway, SessionId session) : IMqttIdentity
{
    public GatewayId Gateway => gateway;

    public SessionId Session => session;

    public string Key { get; } = $"gateway:{gateway}";

    /// <summary>What all topics of this gateway begin with.</summary>
    public string TopicPrefix { get; } = $"{Contracts.Topics.Root}{gateway}/";
}
