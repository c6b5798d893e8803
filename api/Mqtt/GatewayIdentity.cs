using StepCloud.Contracts.Ids;
using StepCloud.Mqtt.Broker;

namespace StepCloud.Api.Mqtt;

/// <summary>A gateway on an MQTT connection, as its access token said.</summary>
internal sealed class GatewayIdentity(GatewayId gateway, SessionId session) : ITokenIdentity
{
    private const string KeyPrefix = "gateway:";

    public GatewayId Gateway => gateway;

    public SessionId Session => session;

    public Guid Holder => gateway.Value;

    public string Key { get; } = KeyOf(gateway);

    /// <summary>What all topics of this gateway begin with.</summary>
    public string TopicPrefix { get; } = $"{Contracts.Topics.Root}{gateway}/";

    /// <summary>Also of a gateway that has not been back since the server started: of it only the key of its stored session is known.</summary>
    public static GatewayIdentity Of(ConnectedClient client) =>
        client.Identity as GatewayIdentity ?? new GatewayIdentity(GatewayOf(client.Identity.Key), default);

    public static string KeyOf(GatewayId gateway) => $"{KeyPrefix}{gateway}";

    /// <param name="key">Of a gateway.</param>
    public static GatewayId GatewayOf(string key) => GatewayId.Parse(key[KeyPrefix.Length..], null);
}
