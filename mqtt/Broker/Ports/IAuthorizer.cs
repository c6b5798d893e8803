using StepCloud.Mqtt.Broker.Topics;
using StepCloud.Mqtt.Packets;

namespace StepCloud.Mqtt.Broker;

/// <summary>Decides what a connected client may use. A refusal is an answer to the packet, never the end of the connection.</summary>
public interface IAuthorizer
{
    /// <summary>
    /// Called for every PUBLISH as it is read, and for the Will at CONNECT. It decides from what it has in memory: what takes time belongs
    /// in <see cref="IPublishHandler"/>, which also gets the refused ones.
    /// </summary>
    Authorization AuthorizePublish(ConnectedClient client, string topic, QualityOfService qos, bool retain);

    /// <summary>Called for every Topic Filter of a SUBSCRIBE, and for those of a session that is resumed.</summary>
    ValueTask<Authorization> AuthorizeSubscribeAsync(ConnectedClient client, TopicFilter filter, CancellationToken cancellationToken);
}

/// <param name="ReasonCode">Success, or why not (0x80 or greater).</param>
/// <param name="ReasonString">For the client to read, when it speaks version 5 and did not decline.</param>
public readonly record struct Authorization(ReasonCode ReasonCode, string? ReasonString = null)
{
    public static Authorization Allowed => default;

    public bool IsAllowed => !ReasonCode.IsFailure();

    public static Authorization NotAuthorized(string? reason = null) => new(ReasonCode.NotAuthorized, reason);
}
