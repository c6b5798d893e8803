using System.Net;
using StepCloud.Mqtt.Packets;

namespace StepCloud.Mqtt.Broker;

/// <summary>One accepted connection, as the application sees it.</summary>
public sealed class ConnectedClient
{
    private long _credentialsExpireAt = long.MaxValue;

    internal ConnectedClient(IMqttIdentity identity) => Identity = identity;

    /// <summary>Different for each connection of this server's life.</summary>
    public required long ConnectionId { get; init; }

    public required string ClientIdentifier { get; init; }

    /// <summary>A new object with the same key after each re-authentication.</summary>
    public IMqttIdentity Identity { get; internal set; }

    public MqttVersion Version { get; init; }
    public EndPoint? RemoteEndPoint { get; init; }
    public bool IsEncrypted { get; init; }
    public DateTimeOffset ConnectedAt { get; init; }

    /// <summary>Null: they do not.</summary>
    public DateTimeOffset? CredentialsExpireAt
    {
        get => Volatile.Read(ref _credentialsExpireAt) is var ticks && ticks == long.MaxValue ? null : new DateTimeOffset(ticks, TimeSpan.Zero);
        internal set => Volatile.Write(ref _credentialsExpireAt, value?.UtcTicks ?? long.MaxValue);
    }

    public override string ToString() => $"{ClientIdentifier} (connection {ConnectionId} of {Identity.Key})";
}
