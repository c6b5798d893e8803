namespace StepCloud.Mqtt.Broker;

/// <summary>What the application gives to the server.</summary>
public sealed record MqttServerPorts
{
    public required IAuthenticator Authenticator { get; init; }
    public required IAuthorizer Authorizer { get; init; }
    public required IPublishHandler PublishHandler { get; init; }
    public IConnectionObserver? Observer { get; init; }

    /// <summary>Null: sessions live in memory.</summary>
    public ISessionStore? SessionStore { get; init; }

    /// <summary>Null: retained messages live in memory.</summary>
    public IRetainedStore? RetainedStore { get; init; }
}
