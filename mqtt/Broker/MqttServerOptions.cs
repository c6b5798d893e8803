using System.ComponentModel.DataAnnotations;

namespace StepCloud.Mqtt.Broker;

/// <summary>Every limit of the server. Each says why it is what it is; together they bound what one client, and all of them, can take.</summary>
public sealed class MqttServerOptions
{
    /// <summary>Where a host that has a configuration keeps them.</summary>
    public const string Section = "Mqtt";

    /// <summary>The largest packet taken, in bytes. A step with its series may have 8 MiB of payload; over that, its refusal still needs the bytes.</summary>
    [Range(1024, 268_435_460)]
    public int PacketBytesMax { get; set; } = 16 * 1024 * 1024;

    /// <summary>The largest packet taken before the client is accepted, in bytes: a CONNECT with a long token and a Will, not a way to fill memory unknown.</summary>
    [Range(256, 1024 * 1024)]
    public int ConnectPacketBytesMax { get; set; } = 64 * 1024;

    /// <summary>
    /// The largest packet but PUBLISH, in bytes: SUBSCRIBE and the like become many small objects, and 1 MiB of them are ten thousand filters.
    /// </summary>
    [Range(1024, 16 * 1024 * 1024)]
    public int ControlPacketBytesMax { get; set; } = 1024 * 1024;

    /// <summary>From the accepted socket to the CONNACK, TLS and authentication included. Slow mobile links take seconds; a silent socket should not stay.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:05:00")]
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Connections at once; further ones are closed at accept. A connection costs about 4 KiB idle and a file descriptor.</summary>
    [Range(1, 1_000_000)]
    public int ConnectionsMax { get; set; } = 50_000;

    /// <summary>Connections of one identity; further ones are refused with Quota exceeded. A gateway has one, and a second while it reconnects under another Client Identifier.</summary>
    [Range(1, 1_000_000)]
    public int ConnectionsPerIdentityMax { get; set; } = 16;

    /// <summary>Calls to the authenticator at once, so that a flood of CONNECTs queues up before the database and not in it.</summary>
    [Range(1, 10_000)]
    public int AuthenticationsAtOnceMax { get; set; } = 64;

    /// <summary>
    /// The longest Keep Alive. Version 5 clients that ask for more, or for none, are told this as Server Keep Alive; 3.1.1 has no way to
    /// be told. A half-open link is found after one and a half times this.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "18:12:15")]
    public TimeSpan KeepAliveMax { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How long a session outlives its connection at most, whatever the client asks; 3.1.1 clients without Clean Session get all of it.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "365.00:00:00")]
    public TimeSpan SessionExpiryMax { get; set; } = TimeSpan.FromDays(7);

    /// <summary>Sessions in memory, connected or not; new clients beyond it are refused with Quota exceeded.</summary>
    [Range(1, 10_000_000)]
    public int SessionsMax { get; set; } = 200_000;

    /// <summary>
    /// Our Receive Maximum: how many QoS 1 and 2 messages a version 5 client may have unacknowledged; one more ends its connection. The highest there
    /// is, because clients of the field (npm's mqtt 5.16) do not count and would be cut off with each back-log they bring. Memory is
    /// bounded by <see cref="PendingMessagesMax"/> and <see cref="PendingBytesMax"/> instead.
    /// </summary>
    [Range(1, 65_535)]
    public int ReceiveMaximum { get; set; } = 65_535;

    /// <summary>How many QoS 1 and 2 messages are under way to one client at most, below its own Receive Maximum.</summary>
    [Range(1, 65_535)]
    public int InFlightMax { get; set; } = 128;

    /// <summary>Messages waiting for one session. When full, a new one is not queued, and the observer is told. With those in flight, no more than there are Packet Identifiers.</summary>
    [Range(1, 65_535)]
    public int QueuedMessagesMax { get; set; } = 1_000;

    /// <summary>Bytes waiting for one session, in messages; full as above. One message is always taken, however large.</summary>
    [Range(1024, int.MaxValue)]
    public int QueuedBytesMax { get; set; } = 8 * 1024 * 1024;

    /// <summary>Subscriptions of one session; further ones are answered with Quota exceeded.</summary>
    [Range(1, 100_000)]
    public int SubscriptionsPerSessionMax { get; set; } = 100;

    /// <summary>Levels of a Topic Name or Topic Filter; the cost of matching grows with them.</summary>
    [Range(1, 1_000)]
    public int TopicLevelsMax { get; set; } = 32;

    /// <summary>Topic Aliases a client may set, and those we set for one client: what a device uses over and over. Each holds one topic in memory.</summary>
    [Range(0, 65_535)]
    public int TopicAliasMaximum { get; set; } = 32;

    /// <summary>Retained messages; a further topic is answered with Quota exceeded.</summary>
    [Range(0, 10_000_000)]
    public int RetainedMessagesMax { get; set; } = 100_000;

    /// <summary>Publishes per second of one identity, over all its connections, sustained; a burst of one second's worth is free. Over it the sockets are read more slowly: nothing is dropped. 0: no limit; a server whose application commits is paced by that.</summary>
    [Range(0, 10_000_000)]
    public int PublishesPerSecondMax { get; set; }

    /// <summary>
    /// Messages that wait while an earlier batch of their connection is with the application; when there are more, the socket is not read
    /// until that batch is done. Bounds 3.1.1 clients too, which know no Receive Maximum.
    /// </summary>
    [Range(1, 100_000)]
    public int PendingMessagesMax { get; set; } = 1_024;

    /// <summary>The same in bytes of receive buffers. With <see cref="PacketBytesMax"/> this is what one connection can hold.</summary>
    [Range(1024, int.MaxValue)]
    public int PendingBytesMax { get; set; } = 1024 * 1024;

    /// <summary>How many bytes wait in the outgoing buffer of a connection before further messages stay in the session's queue, and reading pauses.</summary>
    [Range(1024, 64 * 1024 * 1024)]
    public int OutgoingBytesMax { get; set; } = 64 * 1024;

    /// <summary>How long one write may wait for a peer that does not read, before the connection is ended.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan WriteTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a connection that we end stays for the peer to read the last DISCONNECT; nothing it still sends is looked at.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:01:00")]
    public TimeSpan CloseTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How often deadlines (Keep Alive, expiry, Will Delay) are looked at: all of them are late by this at most.</summary>
    [Range(typeof(TimeSpan), "00:00:00.01", "00:00:10")]
    public TimeSpan SweepInterval { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <exception cref="ValidationException">One sentence that names the wrong option.</exception>
    public void Validate() => Validator.ValidateObject(this, new ValidationContext(this), validateAllProperties: true);
}
