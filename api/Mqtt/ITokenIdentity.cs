using StepCloud.Contracts.Ids;
using StepCloud.Mqtt.Broker;

namespace StepCloud.Api.Mqtt;

/// <summary>The holder of an access token on an MQTT connection.</summary>
internal interface ITokenIdentity : IMqttIdentity
{
    /// <summary>The session that the token belongs to: when it is ended, so is the connection.</summary>
    SessionId Session { get; }

    /// <summary>The user's or the gateway's id.</summary>
    Guid Holder { get; }
}
