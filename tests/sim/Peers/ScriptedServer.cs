using System.Buffers;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using StepCloud.Mqtt.Codec;
using StepCloud.Mqtt.Packets;

namespace StepCloud.Tests.Sim.Peers;

/// <summary>An MQTT server on a real socket that takes down what it gets and answers as the test says.</summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<int, Socket> _sockets = [];
    private readonly Task _accepting;
    private int _connections;

    public ScriptedServer()
    {
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public DnsEndPoint Address => new("127.0.0.1", ((IPEndPoint)_listener.LocalEndpoint).Port);

    public Func<ConnectPacket, ConnAckPacket> OnConnect { get; set; } = _ => new ConnAckPacket();

    /// <summary>Called for each message of the steps topic; all others are acknowledged.</summary>
    public Func<Received, Answer> OnSteps { get; set; } = _ => Answer.Ok;

    /// <summary>A message to the client at QoS 1 after its SUBACK.</summary>
    public Func<(string Topic, string Payload)>? OnSubscribed { get; set; }

    /// <summary>The PUBACKs of the client.</summary>
    public ConcurrentQueue<AckPacket> Acknowledged { get; } = [];

    public ConcurrentQueue<ConnectPacket> Connects { get; } = [];

    public ConcurrentQueue<Received> Messages { get; } = [];

    public ConcurrentQueue<string> Subscriptions { get; } = [];

    public ConcurrentQueue<DisconnectPacket> Disconnects { get; } = [];

    public IEnumerable<Received> StepMessages => Messages.Where(message => message.Topic.EndsWith("/steps", StringComparison.Ordinal));

    /// <summary>Breaks every connection there is, as a network does.</summary>
    public void Break()
    {
        foreach (Socket socket in _sockets.Values)
            socket.Close(0);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        Break();
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        List<Task> serving = [];
        try
        {
            while (true)
            {
                Socket socket = await _listener.AcceptSocketAsync(_stop.Token);
                serving.Add(ServeAsync(socket, Interlocked.Increment(ref _connections)));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(serving);
        }
    }

    private async Task ServeAsync(Socket socket, int connection)
    {
        _sockets[connection] = socket;
        try
        {
            await using NetworkStream stream = new(socket, ownsSocket: true);
            await new Session(this, stream, connection).RunAsync(_stop.Token);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The connection is gone, by the test's will or the client's.
        }
        _sockets.TryRemove(connection, out _);
    }

    private sealed class Session(ScriptedServer server, Stream stream, int connection)
    {
        private readonly ArrayBufferWriter<byte> _output = new();
        private MqttVersion? _version;

        private EncoderSettings Encoding => new(_version!.Value);

        public async Task RunAsync(CancellationToken cancellationToken)
        {
            byte[] buffer = new byte[1 << 16];
            int filled = 0;
            while (true)
            {
                DecodeResult result = MqttDecoder.Decode(
                    buffer.AsMemory(0, filled), new DecoderSettings(MqttRole.Server, _version, DecoderSettings.LargestPacketSize), out MqttPacket packet);
                if (result.Status == DecodeStatus.Decoded)
                {
                    bool goOn = Handle(packet);
                    await stream.WriteAsync(_output.WrittenMemory, cancellationToken);
                    _output.ResetWrittenCount();
                    if (!goOn)
                        return;
                    buffer.AsSpan(result.Length, filled - result.Length).CopyTo(buffer);
                    filled -= result.Length;
                    continue;
                }
                if (result.Status == DecodeStatus.Refused)
                    throw new InvalidDataException($"The client broke the protocol: {result.Violation}");
                if (filled == buffer.Length || result.Length > buffer.Length)
                    Array.Resize(ref buffer, Math.Max(buffer.Length * 2, result.Length));
                int read = await stream.ReadAsync(buffer.AsMemory(filled), cancellationToken);
                if (read == 0)
                    return;
                filled += read;
            }
        }

        private bool Handle(in MqttPacket packet)
        {
            switch (packet.Type)
            {
                case ControlPacketType.Connect:
                    ConnectPacket connect = (ConnectPacket)packet.Body!;
                    server.Connects.Enqueue(connect);
                    _version = connect.Version;
                    ConnAckPacket connAck = server.OnConnect(connect);
                    MqttEncoder.Encode(_output, connAck, Encoding);
                    return !connAck.ReasonCode.IsFailure();
                case ControlPacketType.Subscribe:
                    SubscribePacket subscribe = (SubscribePacket)packet.Body!;
                    foreach (Subscription subscription in subscribe.Subscriptions)
                        server.Subscriptions.Enqueue(subscription.TopicFilter);
                    SubAckPacket subAck = new() { PacketIdentifier = subscribe.PacketIdentifier, ReasonCodes = [.. subscribe.Subscriptions.Select(_ => ReasonCode.GrantedQos1)] };
                    MqttEncoder.Encode(_output, subAck, Encoding);
                    if (server.OnSubscribed?.Invoke() is var (topic, payload))
                    {
                        PublishPacket message = new()
                        {
                            Topic = System.Text.Encoding.UTF8.GetBytes(topic), Payload = System.Text.Encoding.UTF8.GetBytes(payload),
                            Qos = QualityOfService.AtLeastOnce, PacketIdentifier = 1,
                        };
                        MqttEncoder.Encode(_output, message, Encoding);
                    }

                    return true;
                case ControlPacketType.PubAck:
                    server.Acknowledged.Enqueue(packet.Ack);
                    return true;
                case ControlPacketType.Publish:
                    return HandlePublish(packet.Publish);
                case ControlPacketType.PingReq:
                    MqttEncoder.EncodePingResp(_output);
                    return true;
                case ControlPacketType.Disconnect:
                    server.Disconnects.Enqueue((DisconnectPacket)packet.Body!);
                    return false;
                default:
                    return true;
            }
        }

        private bool HandlePublish(in PublishPacket publish)
        {
            Received message = new(connection, publish.GetTopic(), publish.Payload.ToArray(), publish.Retain, publish.PacketIdentifier);
            server.Messages.Enqueue(message);
            Answer answer = message.Topic.EndsWith("/steps", StringComparison.Ordinal) ? server.OnSteps(message) : Answer.Ok;
            if (answer.NoticeFirst is { } before)
                Notify(message, before);
            if (answer.Code is { } code)
                MqttEncoder.Encode(_output, new AckPacket(ControlPacketType.PubAck, publish.PacketIdentifier, code) { ReasonString = answer.Reason }, Encoding);
            if (answer.NoticeAfter is { } after)
                Notify(message, after);
            return !answer.Break;
        }

        private void Notify(Received message, string notice) => MqttEncoder.Encode(
            _output,
            new PublishPacket { Topic = System.Text.Encoding.UTF8.GetBytes(message.Topic.Replace("/steps", "/errors", StringComparison.Ordinal)), Payload = System.Text.Encoding.UTF8.GetBytes(notice) },
            Encoding);
    }
}

internal sealed record Received(int Connection, string Topic, byte[] Payload, bool Retain, ushort PacketIdentifier)
{
    public string Text => Encoding.UTF8.GetString(Payload);
}

/// <param name="Code">Null: no PUBACK.</param>
/// <param name="NoticeFirst">A message on the errors topic before the PUBACK.</param>
/// <param name="NoticeAfter">One after it.</param>
/// <param name="Break">Close the connection then.</param>
internal sealed record Answer(ReasonCode? Code, string? Reason = null, string? NoticeFirst = null, string? NoticeAfter = null, bool Break = false)
{
    public static readonly Answer Ok = new(ReasonCode.Success);

    public static readonly Answer Silence = new((ReasonCode?)null);
}
