using System.Net;
using System.Net.Sockets;
using Shouldly;
using StepCloud.Mqtt.Codec;
using StepCloud.Mqtt.Packets;
using StepCloud.Tests.Mqtt.Codec;

namespace StepCloud.Tests.Mqtt.Broker;

/// <summary>A client that sends exactly what a test says and looks at every packet that comes back.</summary>
internal sealed class RawClient(Stream stream, MqttVersion version) : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    private readonly byte[] _buffer = new byte[4 * 1024 * 1024];
    private int _length;

    public MqttVersion Version => version;

    public Stream Stream => stream;

    public static async Task<RawClient> OpenAsync(IPEndPoint endPoint, MqttVersion version = MqttVersion.V500)
    {
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(endPoint);
        return new RawClient(new NetworkStream(socket, ownsSocket: true), version);
    }

    public async Task SendAsync(byte[] bytes) => await stream.WriteAsync(bytes);

    /// <summary>All in one write.</summary>
    public Task SendAsync(params MqttPacket[] packets) => SendAsync(packets.SelectMany(p => Wire.Encode(p, version)).ToArray());

    public Task SendAsync(ControlPacketType type, object? body = null) => SendAsync(new MqttPacket(type, body));

    public Task PublishAsync(string topic, string payload, byte qos = 0, ushort id = 0, bool retain = false, bool dup = false, PublishPacket with = default) =>
        SendAsync(Publish(topic, payload, qos, id, retain, dup, with));

    public static MqttPacket Publish(string topic, string payload, byte qos = 0, ushort id = 0, bool retain = false, bool dup = false, PublishPacket with = default) =>
        new(with with
        {
            Topic = System.Text.Encoding.UTF8.GetBytes(topic),
            Payload = System.Text.Encoding.UTF8.GetBytes(payload),
            Qos = (QualityOfService)qos,
            PacketIdentifier = id,
            Retain = retain,
            Dup = dup,
        });

    public Task AckAsync(ControlPacketType type, ushort id, ReasonCode code = ReasonCode.Success) => SendAsync(new MqttPacket(new AckPacket(type, id, code)));

    public async Task<ConnAckPacket> ConnectAsync(ConnectPacket connect)
    {
        await SendAsync(ControlPacketType.Connect, connect);
        return await ExpectAsync<ConnAckPacket>();
    }

    public async Task<ReasonCode[]> SubscribeAsync(params Subscription[] subscriptions) => await SubscribeAsync(null, subscriptions);

    public async Task<ReasonCode[]> SubscribeAsync(uint? identifier, params Subscription[] subscriptions)
    {
        await SendAsync(ControlPacketType.Subscribe, new SubscribePacket { PacketIdentifier = 9000, Subscriptions = subscriptions, SubscriptionIdentifier = identifier });
        return [.. (await ExpectAsync<SubAckPacket>()).ReasonCodes];
    }

    /// <summary>Proves that everything sent before was processed, and that nothing else came.</summary>
    public async Task PingAsync()
    {
        await SendAsync(ControlPacketType.PingReq);
        (await ReceiveAsync()).Type.ShouldBe(ControlPacketType.PingResp);
    }

    public async Task<MqttPacket> ReceiveAsync() => await TryReceiveAsync(s_patience) ?? throw new EndOfStreamException("The server closed the connection.");

    public async Task<T> ExpectAsync<T>() => (await ReceiveAsync()).Body.ShouldBeOfType<T>();

    public async Task<AckPacket> ExpectAckAsync(ControlPacketType type)
    {
        var packet = await ReceiveAsync();
        packet.Type.ShouldBe(type);
        return packet.Ack;
    }

    public async Task<PublishPacket> ExpectPublishAsync()
    {
        var packet = await ReceiveAsync();
        packet.Type.ShouldBe(ControlPacketType.Publish);
        return packet.Publish;
    }

    public async Task<PublishPacket> ExpectPublishAsync(string payload)
    {
        var publish = await ExpectPublishAsync();
        Text(publish).ShouldBe(payload);
        return publish;
    }

    /// <summary>The server says why (in version 5) and closes.</summary>
    public async Task ExpectDisconnectAsync(ReasonCode code)
    {
        if (version == MqttVersion.V500) (await ExpectAsync<DisconnectPacket>()).ReasonCode.ShouldBe(code);
        await ExpectEndAsync();
    }

    public async Task ExpectEndAsync() => (await TryReceiveAsync(s_patience))?.Type.ShouldBe(ControlPacketType.None, "nothing more should come");

    /// <summary>Nothing comes for a while.</summary>
    public async Task ExpectQuietAsync(int milliseconds = 150)
    {
        try
        {
            var packet = await TryReceiveAsync(TimeSpan.FromMilliseconds(milliseconds));
            packet.ShouldBeNull($"nothing should come, but did: {packet?.Type} {packet?.Body}");
            throw new EndOfStreamException("The server closed the connection.");
        }
        catch (TimeoutException)
        {
            // As hoped for. The read that was given up has taken nothing: cancelling it leaves the socket as it was.
        }
    }

    public static string Text(PublishPacket publish) => System.Text.Encoding.UTF8.GetString(publish.Payload.Span);

    public ValueTask DisposeAsync() => stream.DisposeAsync();

    /// <summary>Null at the end of the stream.</summary>
    private async Task<MqttPacket?> TryReceiveAsync(TimeSpan patience)
    {
        using var timeout = new CancellationTokenSource(patience);
        while (true)
        {
            var result = MqttDecoder.Decode(_buffer.AsSpan(0, _length).ToArray(), new DecoderSettings(MqttRole.Client, version, DecoderSettings.LargestPacketSize), out var packet);
            result.Status.ShouldNotBe(DecodeStatus.Refused, result.Violation?.ToString());
            if (result.Status == DecodeStatus.Decoded)
            {
                _buffer.AsSpan(result.Length, _length - result.Length).CopyTo(_buffer);
                _length -= result.Length;
                return packet;
            }

            try
            {
                int count = await stream.ReadAsync(_buffer.AsMemory(_length), timeout.Token);
                if (count == 0) return null;
                _length += count;
            }
            catch (OperationCanceledException exception)
            {
                throw new TimeoutException("The server did not answer.", exception);
            }
            catch (IOException)
            {
                return null;
            }
        }
    }
}
