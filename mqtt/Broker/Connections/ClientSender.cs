using System.Buffers;
using StepCloud.Mqtt.Broker.Sessions;
using StepCloud.Mqtt.Codec;
using StepCloud.Mqtt.Packets;

namespace StepCloud.Mqtt.Broker.Connections;

/// <summary>Writes packets for one client, in its version and within its limits.</summary>
internal sealed class ClientSender(Outbox outbox, ConnectPacket connect, int inFlightMax, int aliasMaximum) : ISessionLink
{
    private readonly int _aliasMaximum = Math.Min(connect.TopicAliasMaximum, aliasMaximum);
    private readonly EncoderSettings _settings = new(
        connect.Version, connect.MaximumPacketSize ?? DecoderSettings.LargestPacketSize, connect.RequestProblemInformation);
    private Dictionary<string, ushort>? _aliases;

    public int SendQuota { get; } = Math.Min(connect.ReceiveMaximum, inFlightMax);

    public bool HasRoom => outbox.HasRoom;

    public EncoderSettings Settings => _settings;

    public Outbox Outbox => outbox;

    public required MonotonicClock Clock { get; init; }

    public SendResult TrySend(OutgoingMessage message, bool dup)
    {
        if (!outbox.HasRoom) return SendResult.NoRoom;
        var source = message.Message;
        var alias = AliasFor(source.Topic, out bool isNew);
        var packet = new PublishPacket
        {
            Topic = alias > 0 && !isNew ? default : source.TopicUtf8,
            TopicAlias = alias,
            Payload = source.Payload,
            Properties = source.Properties,
            MessageExpiryInterval = source.ExpiresAt is null ? null : source.RemainingExpiry(Clock.Time.GetUtcNow()),
            SubscriptionIdentifiers = message.SubscriptionIdentifiers,
            PacketIdentifier = message.Qos == QualityOfService.AtMostOnce ? (ushort)0 : message.PacketIdentifier,
            Qos = message.Qos,
            Retain = message.Retain,
            Dup = dup,
        };
        lock (outbox.Gate)
        {
            // Once the outbox has ended, the message counts as sent: the session sends it again on its next connection.
            if (!outbox.HasEnded && !MqttEncoder.Encode(outbox, packet, _settings)) return SendResult.TooLarge;
        }

        if (isNew) (_aliases ??= new Dictionary<string, ushort>(StringComparer.Ordinal)).Add(source.Topic, alias);
        return SendResult.Sent;
    }

    public void SendRelease(ushort packetIdentifier, ReasonCode reasonCode) =>
        Send(new AckPacket(ControlPacketType.PubRel, packetIdentifier, reasonCode));

    public void Send(in AckPacket packet)
    {
        lock (outbox.Gate)
        {
            if (!outbox.HasEnded) MqttEncoder.Encode(outbox, packet, _settings);
        }
    }

    public void SendPingResponse()
    {
        lock (outbox.Gate)
        {
            if (!outbox.HasEnded) MqttEncoder.EncodePingResp(outbox);
        }
    }

    public void Send(ConnAckPacket packet) => Append(packet, MqttEncoder.Encode);

    public void Send(SubAckPacket packet) => Append(packet, MqttEncoder.Encode);

    public void Send(UnsubAckPacket packet) => Append(packet, MqttEncoder.Encode);

    public void Send(AuthPacket packet) => Append(packet, MqttEncoder.Encode);

    /// <summary>The last packet; before version 5 a server has none.</summary>
    public void Send(DisconnectPacket packet)
    {
        if (_settings.Version != MqttVersion.V311) Append(packet, MqttEncoder.Encode);
    }

    public void Flush() => outbox.Flush();

    /// <summary>The first topics sent get the aliases, for the life of the connection: a device's few topics come again and again.</summary>
    private ushort AliasFor(string topic, out bool isNew)
    {
        isNew = false;
        if (_aliasMaximum == 0) return 0;
        if (_aliases is not null && _aliases.TryGetValue(topic, out var alias)) return alias;
        int used = _aliases?.Count ?? 0;
        isNew = used < _aliasMaximum;
        return isNew ? (ushort)(used + 1) : (ushort)0;
    }

    private void Append<TPacket>(TPacket packet, Encoder<TPacket> encode)
    {
        lock (outbox.Gate)
        {
            if (!outbox.HasEnded) encode(outbox, packet, _settings);
        }
    }

    private delegate bool Encoder<in TPacket>(IBufferWriter<byte> output, TPacket packet, in EncoderSettings settings);
}
