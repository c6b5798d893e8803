using System.Net;
using System.Net.Sockets;
using Shouldly;
using StepCloud.Mqtt.Client;
using StepCloud.Mqtt.Codec;
using StepCloud.Mqtt.Packets;
using StepCloud.Tests.Mqtt.Codec;

namespace StepCloud.Tests.Mqtt.Client;

/// <summary>A server on a loopback socket that does what a test says and nothing else.</summary>
internal sealed class ScriptedServer : IDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    public ScriptedServer() => _listener.Start();

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public Func<CancellationToken, ValueTask<Stream>> Transport => MqttTransport.Tcp("127.0.0.1", Port);

    /// <summary>The next connection, with its CONNECT read and not answered.</summary>
    public async Task<ScriptedConnection> AcceptAsync()
    {
        var socket = await _listener.AcceptSocketAsync().WaitAsync(Patience);
        socket.NoDelay = true;
        var connection = new ScriptedConnection(new NetworkStream(socket, ownsSocket: true));
        await connection.ReceiveConnectAsync();
        return connection;
    }

    /// <summary>The next connection, answered.</summary>
    public async Task<ScriptedConnection> AcceptAsync(ConnAckPacket answer)
    {
        var connection = await AcceptAsync();
        await connection.SendAsync(ControlPacketType.ConnAck, answer);
        return connection;
    }

    /// <summary>A client and this server's end of its connection.</summary>
    public async Task<(MqttClient Client, ScriptedConnection Connection)> ConnectAsync(
        MqttClientOptions options, ConnectPacket? connect = null, ConnAckPacket? answer = null)
    {
        var accepting = AcceptAsync(answer ?? new ConnAckPacket());
        var client = await MqttClient.ConnectAsync(options, connect ?? new ConnectPacket { ClientIdentifier = "c", CleanStart = true }).WaitAsync(Patience);
        return (client, await accepting);
    }

    public void Dispose() => _listener.Dispose();
}

internal sealed class ScriptedConnection(Stream stream) : IDisposable
{
    private ReadOnlyMemory<byte> _received;

    public ConnectPacket Connect { get; private set; } = new();

    public MqttVersion Version => Connect.Version;

    public async Task ReceiveConnectAsync()
    {
        var packet = await ReceiveAsync(new DecoderSettings(MqttRole.Server, null, DecoderSettings.LargestPacketSize));
        Connect = packet.Body.ShouldBeOfType<ConnectPacket>();
    }

    /// <summary>The next packet, which must be of this type.</summary>
    public async Task<MqttPacket> ReceiveAsync(ControlPacketType type)
    {
        var packet = await ReceiveAsync(new DecoderSettings(MqttRole.Server, Version, DecoderSettings.LargestPacketSize));
        packet.Type.ShouldBe(type);
        return packet;
    }

    public async Task<PublishPacket> ReceivePublishAsync() => (await ReceiveAsync(ControlPacketType.Publish)).Publish;

    /// <summary>The client's end of the stream; fails if a packet comes first.</summary>
    public async Task ReceiveEndAsync()
    {
        _received.Length.ShouldBe(0);
        var count = await stream.ReadAsync(new byte[1]).AsTask().WaitAsync(ScriptedServer.Patience);
        count.ShouldBe(0);
    }

    /// <summary>True: nothing has come. Waits only so long as a packet that is sent at once would need.</summary>
    public async Task<bool> IsSilentAsync()
    {
        if (_received.Length > 0) return false;
        await Task.Delay(100);
        return stream is NetworkStream { DataAvailable: false };
    }

    public Task SendAsync(ControlPacketType type, object? body = null) => SendAsync(new MqttPacket(type, body));

    public Task SendAsync(AckPacket ack) => SendAsync(new MqttPacket(ack));

    public Task SendAsync(PublishPacket publish) => SendAsync(new MqttPacket(publish));

    public Task SendAsync(byte[] bytes) => stream.WriteAsync(bytes).AsTask().WaitAsync(ScriptedServer.Patience);

    public void Dispose() => stream.Dispose();

    private Task SendAsync(MqttPacket packet) => SendAsync(Wire.Encode(packet, Version));

    private async Task<MqttPacket> ReceiveAsync(DecoderSettings settings)
    {
        while (true)
        {
            var result = MqttDecoder.Decode(_received, settings, out var packet);
            result.Status.ShouldNotBe(DecodeStatus.Refused, result.Violation?.ToString());
            if (result.Status == DecodeStatus.Decoded)
            {
                _received = _received[result.Length..];
                return packet;
            }
            var more = new byte[64 * 1024];
            var count = await stream.ReadAsync(more).AsTask().WaitAsync(ScriptedServer.Patience);
            count.ShouldBeGreaterThan(0, "the client closed the connection");
            _received = (byte[])[.. _received.Span, .. more.AsSpan(0, count)];
        }
    }
}
