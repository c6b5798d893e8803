using StepCloud.Mqtt.Broker.Sessions;
using StepCloud.Mqtt.Packets;

namespace StepCloud.Mqtt.Broker;

/// <summary>Keeps the sessions of chosen clients outside this process, so that they survive it. Without one, sessions live in memory.</summary>
/// <remarks>
/// The server writes changes in the order in which they happened, many sessions' in one call, one call at a time. It answers nothing and sends
/// nothing that rests on a change before the call that holds it has completed, but for acknowledgements of a client that are merely noted:
/// losing one means a resend with DUP.
/// </remarks>
public interface ISessionStore
{
    /// <summary>Whether several servers have the sessions of this store among them, each session one at a time.</summary>
    bool IsShared => false;

    /// <summary>Whether this client's session is to be stored. Asked at CONNECT.</summary>
    /// <param name="outlives">Somebody has to know of it after its connection: it may be resumed, or has a Will.</param>
    bool Keeps(ConnectedClient client, bool outlives);

    /// <summary>The sessions this server is to have in memory from its start, so that messages queue for clients that are not back yet.</summary>
    IAsyncEnumerable<StoredSession> LoadAllAsync(CancellationToken cancellationToken);

    /// <summary>Asked at CONNECT, when everything of earlier sessions that are not in memory is stored: makes the client's session this server's, and waits for another that has it.</summary>
    /// <param name="isInMemory">This server has a session of the client.</param>
    /// <param name="cancellationToken">Ends the waiting: the client is told that the server is busy.</param>
    ValueTask<SessionClaim> ClaimAsync(ConnectedClient client, bool isInMemory, CancellationToken cancellationToken);

    /// <summary>Stores all of the changes or, by an exception, none; the same changes are then tried again.</summary>
    /// <returns>The clients whose sessions are another server's by now: their changes were left out, and their connections here end.</returns>
    ValueTask<IReadOnlyCollection<string>> SaveAsync(IReadOnlyList<SessionChange> changes, CancellationToken cancellationToken);
}

/// <summary>What a store says of a client's session at CONNECT.</summary>
public abstract record SessionClaim
{
    private SessionClaim()
    {
    }

    /// <summary>What this server has in memory, a session or none, is how it is.</summary>
    public sealed record AsInMemory : SessionClaim
    {
        public static AsInMemory Instance { get; } = new();
    }

    /// <summary>It is as stored, and takes the place of what may be in memory.</summary>
    /// <param name="Session">Null: there is none.</param>
    public sealed record AsStored(StoredSession? Session) : SessionClaim
    {
        public static AsStored None { get; } = new((StoredSession?)null);
    }

    /// <summary>The client cannot have it.</summary>
    public sealed record Refused(ReasonCode ReasonCode, string? ReasonString = null) : SessionClaim
    {
        /// <summary>Says no more than that the identifier cannot be had: whose it is, is nobody's business.</summary>
        public static Refused OthersSession { get; } = new(ReasonCode.ClientIdentifierNotValid, "This Client Identifier is not available to you.");
    }
}

/// <summary>A session as it comes back from its store.</summary>
public sealed class StoredSession
{
    public required SessionSaved Header { get; init; }
    public IReadOnlyList<SubscriptionSaved> Subscriptions { get; init; } = [];

    /// <summary>In the order of their numbers, each as last saved.</summary>
    public IReadOnlyList<MessageSaved> Messages { get; init; } = [];

    /// <summary>QoS 2 messages from the client that it has not released yet.</summary>
    public IReadOnlyList<ushort> InboundIdentifiers { get; init; } = [];
}

/// <summary>One step in the life of a stored session.</summary>
public abstract record SessionChange(string ClientIdentifier);

/// <summary>The session began, was connected or was left: puts this in the place of what was known, and leaves its contents.</summary>
/// <param name="ClientIdentifier">Whose session it is.</param>
/// <param name="OwnerKey">The <see cref="IMqttIdentity.Key"/> of whom it belongs to.</param>
/// <param name="ExpiryInterval">How long it outlives its connection.</param>
/// <param name="LeftAt">When its client went away; null while it is connected. After a crash, a connected one counts as left at the restart.</param>
/// <param name="Will">What is still to be published if the client stays away.</param>
public sealed record SessionSaved(string ClientIdentifier, string OwnerKey, TimeSpan ExpiryInterval, DateTimeOffset? LeftAt, Will? Will)
    : SessionChange(ClientIdentifier);

/// <summary>The session and all that belongs to it are over.</summary>
public sealed record SessionRemoved(string ClientIdentifier) : SessionChange(ClientIdentifier);

/// <summary>A subscription was made, or made anew with other options.</summary>
public sealed record SubscriptionSaved(string ClientIdentifier, Subscription Subscription, uint Identifier) : SessionChange(ClientIdentifier);

public sealed record SubscriptionRemoved(string ClientIdentifier, string TopicFilter) : SessionChange(ClientIdentifier);

/// <summary>A message waits for the client.</summary>
/// <param name="ClientIdentifier">Whose session it is.</param>
/// <param name="Number">Its place: unique and growing within the session. Its Packet Identifier follows from it.</param>
/// <param name="Message">The message as published.</param>
/// <param name="Qos">At which it is delivered.</param>
/// <param name="Retain">The flag it is delivered with.</param>
/// <param name="SubscriptionIdentifiers">Those it is delivered with.</param>
/// <param name="State">How far it has come.</param>
public sealed record MessageSaved(
    string ClientIdentifier,
    long Number,
    MqttMessage Message,
    QualityOfService Qos,
    bool Retain,
    IReadOnlyList<uint> SubscriptionIdentifiers,
    OutgoingState State) : SessionChange(ClientIdentifier);

/// <summary>The message has come further.</summary>
public sealed record MessageMoved(string ClientIdentifier, long Number, OutgoingState State) : SessionChange(ClientIdentifier);

/// <summary>The message was delivered, expired or had to go.</summary>
public sealed record MessageRemoved(string ClientIdentifier, long Number) : SessionChange(ClientIdentifier);

/// <summary>A QoS 2 message of the client was accepted and awaits its PUBREL.</summary>
public sealed record InboundSaved(string ClientIdentifier, ushort PacketIdentifier) : SessionChange(ClientIdentifier);

public sealed record InboundRemoved(string ClientIdentifier, ushort PacketIdentifier) : SessionChange(ClientIdentifier);
