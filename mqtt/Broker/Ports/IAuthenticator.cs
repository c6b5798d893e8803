using System.Net;
using StepCloud.Mqtt.Packets;

namespace StepCloud.Mqtt.Broker;

/// <summary>Decides who may connect. Called for CONNECT, and for each AUTH of a client that uses an Authentication Method (MQTT 5.0 §4.12).</summary>
public interface IAuthenticator
{
    /// <remarks>
    /// A fault refuses the client with Server unavailable. At most <see cref="MqttServerOptions.AuthenticationsAtOnceMax"/>
    /// run at a time, and each within <see cref="MqttServerOptions.ConnectTimeout"/>.
    /// </remarks>
    ValueTask<AuthenticationOutcome> AuthenticateAsync(AuthenticationRequest request, CancellationToken cancellationToken);
}

public enum AuthenticationStep : byte
{
    /// <summary>A CONNECT, the first that is heard of the client.</summary>
    Connect,

    /// <summary>An AUTH that goes on with an exchange for which more was asked.</summary>
    Continue,

    /// <summary>An AUTH by which a connected client renews its credentials.</summary>
    ReAuthenticate,
}

public sealed class AuthenticationRequest
{
    public AuthenticationStep Step { get; init; }

    /// <summary>Made by the server when the client left it empty.</summary>
    public required string ClientIdentifier { get; init; }

    public bool ClientIdentifierIsAssigned { get; init; }
    public MqttVersion Version { get; init; }
    public EndPoint? RemoteEndPoint { get; init; }
    public bool IsEncrypted { get; init; }

    /// <summary>Of the CONNECT; null afterwards.</summary>
    public string? UserName { get; init; }

    /// <summary>Of the CONNECT; null afterwards. Valid until the call completes.</summary>
    public ReadOnlyMemory<byte>? Password { get; init; }

    public string? Method { get; init; }

    /// <summary>Valid until the call completes.</summary>
    public ReadOnlyMemory<byte>? Data { get; init; }

    /// <summary>The Will of the CONNECT, for those who judge by it.</summary>
    public Will? Will { get; init; }

    /// <summary>What <see cref="AuthenticationOutcome.Continue"/> gave to be kept until now.</summary>
    public object? State { get; init; }

    /// <summary>Who the client has been so far; null until it is accepted.</summary>
    public IMqttIdentity? Identity { get; init; }

    public IReadOnlyList<UserProperty> UserProperties { get; init; } = [];
}

/// <summary>One of <see cref="Accepted"/>, <see cref="Refused"/>, <see cref="Continue"/>.</summary>
public abstract record AuthenticationOutcome
{
    private AuthenticationOutcome()
    {
    }

    /// <param name="Identity">On re-authentication its key must be the one of before.</param>
    public sealed record Accepted(IMqttIdentity Identity) : AuthenticationOutcome
    {
        /// <summary>When the credentials end: the client is then disconnected (0xA0), unless it has re-authenticated. Null: never.</summary>
        public DateTimeOffset? ExpiresAt { get; init; }

        public ClientLimits? Limits { get; init; }

        /// <summary>The last word of an exchange, sent with the CONNACK or AUTH.</summary>
        public ReadOnlyMemory<byte>? Data { get; init; }
    }

    /// <param name="ReasonCode">0x80 or greater; 3.1.1 clients get the nearest return code.</param>
    /// <param name="ReasonString">For the client to read; version 5 only.</param>
    public sealed record Refused(ReasonCode ReasonCode, string? ReasonString = null) : AuthenticationOutcome;

    /// <param name="Data">Sent in an AUTH with Continue authentication.</param>
    /// <param name="State">Given back with the client's answer.</param>
    public sealed record Continue(ReadOnlyMemory<byte>? Data, object? State = null) : AuthenticationOutcome;
}
