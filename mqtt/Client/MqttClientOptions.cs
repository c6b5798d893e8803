using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using StepCloud.Mqtt.Packets;

namespace StepCloud.Mqtt.Client;

/// <summary>What a Client is made of, beside its <see cref="ConnectPacket"/>.</summary>
public sealed class MqttClientOptions
{
    /// <summary>Opens the way to the Server: see <see cref="MqttTransport"/>.</summary>
    public required Func<CancellationToken, ValueTask<Stream>> Transport { get; init; }

    /// <summary>From the first packet of the TCP handshake to CONNACK.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>After a PINGREQ, until the connection counts as lost.</summary>
    public TimeSpan PingTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Publications at QoS 1 and 2 without an answer, 1 to 60,000; the Server's Receive Maximum holds if it is less.
    /// The rest of the 65,535 Packet Identifiers are left to SUBSCRIBE and UNSUBSCRIBE.
    /// </summary>
    public int InFlightMax { get; init; } = 100;

    /// <summary>Publications that wait for a place in flight or in the send buffer; one more is the caller's error.</summary>
    public int WaitingMax { get; init; } = 10_000;

    /// <summary>Bytes written but not yet taken by the network, over which publications wait.</summary>
    public int SendBufferBytesMax { get; init; } = 256 * 1024;

    /// <summary>
    /// Called with one message after the other; a QoS 1 or 2 message is acknowledged when it returns. If it throws, the
    /// Server is told Implementation specific error (version 5).
    /// </summary>
    public Func<ReceivedMessage, CancellationToken, ValueTask>? OnMessage { get; init; }

    /// <summary>
    /// Messages that wait for <see cref="OnMessage"/>. When they are so many, the connection is not read, and then
    /// acknowledgements do not come in either: a handler that awaits a publication needs this above the Receive Maximum
    /// of the CONNECT and above the rate of QoS 0 messages.
    /// </summary>
    public int ReceivedMax { get; init; } = 1_000;

    /// <summary>Answers a Continue authentication of the Server with the next Authentication Data (MQTT 5.0 §4.12).</summary>
    public Func<AuthPacket, CancellationToken, ValueTask<ReadOnlyMemory<byte>>>? OnAuthContinue { get; init; }

    /// <summary>Gives topics an alias as far as the Server's Topic Alias Maximum goes (MQTT 5.0 §3.3.2.3.4).</summary>
    public bool UseTopicAliases { get; init; }

    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    public ILogger Logger { get; init; } = NullLogger.Instance;
}
