using StepCloud.Mqtt.Broker.Connections;

namespace StepCloud.Mqtt.Broker.Sessions;

/// <summary>The place of one Client Identifier: one session, and one connection at a time that owns it.</summary>
internal sealed class ClientSlot(string clientIdentifier)
{
    public string ClientIdentifier { get; } = clientIdentifier;

    /// <summary>Held to look at or change what follows; the session's own lock is taken inside it, never the other way.</summary>
    public Lock Gate { get; } = new();

    /// <summary>The connection that claimed the place last. It may still wait for the one before it to be over.</summary>
    public ClientConnection? Owner { get; set; }

    public Session? Session { get; set; }

    /// <summary>The connection that has the session in its hands; null while its client is away.</summary>
    public ClientConnection? Holder { get; set; }

    /// <summary>On the server's clock; <see cref="long.MaxValue"/>: not at all.</summary>
    public long WillDueAt { get; set; } = long.MaxValue;

    /// <summary>On the server's clock; <see cref="long.MaxValue"/>: not at all.</summary>
    public long SessionEndsAt { get; set; } = long.MaxValue;

    /// <summary>Kept by <see cref="SessionDeadlines"/>.</summary>
    public long LookAt { get; set; } = long.MaxValue;

    /// <summary>The slot was taken off; whoever got hold of it looks for the new one.</summary>
    public bool IsGone { get; set; }
}
