using StepCloud.Mqtt.Broker.Topics;
using StepCloud.Mqtt.Packets;

namespace StepCloud.Mqtt.Broker;

/// <summary>Lets everybody in, to every topic, and routes every message: for conformance suites, benchmarks and tests. Derive to refuse something.</summary>
public class OpenAccess : IAuthenticator, IAuthorizer, IPublishHandler
{
    private static readonly Anonymous s_anonymous = new();

    public virtual ValueTask<AuthenticationOutcome> AuthenticateAsync(AuthenticationRequest request, CancellationToken cancellationToken) =>
        new(new AuthenticationOutcome.Accepted(s_anonymous));

    public virtual Authorization AuthorizePublish(ConnectedClient client, string topic, QualityOfService qos, bool retain) => Authorization.Allowed;

    public virtual ValueTask<Authorization> AuthorizeSubscribeAsync(ConnectedClient client, TopicFilter filter, CancellationToken cancellationToken) =>
        new(Authorization.Allowed);

    public virtual ValueTask AcceptAsync(PublishBatch batch, CancellationToken cancellationToken) => default;

    /// <summary>The ports of a server that this object answers for.</summary>
    public MqttServerPorts ToPorts() => new() { Authenticator = this, Authorizer = this, PublishHandler = this };

    private sealed class Anonymous : IMqttIdentity
    {
        public string Key => "anonymous";
    }
}
