using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Text;
using StepCloud.Bench.Frame;
using StepCloud.Mqtt.Codec;
using StepCloud.Mqtt.Packets;

namespace StepCloud.Bench.Load;

/// <summary>The packets of the load, made beforehand; all of MQTT 3.1.1, where every answer has the same bytes on every broker.</summary>
internal static class Wire
{
    public const int ConnAckBytes = 4;
    public const int SubAckBytes = 5;

    private static readonly EncoderSettings s_settings = new(MqttVersion.V311);

    public static byte[] Connect(string clientIdentifier)
    {
        var output = new ArrayBufferWriter<byte>();
        MqttEncoder.Encode(output, new ConnectPacket { Version = MqttVersion.V311, ClientIdentifier = clientIdentifier, CleanStart = true, KeepAlive = 60 });
        return output.WrittenSpan.ToArray();
    }

    /// <summary>Of a gateway, which has an access token.</summary>
    public static byte[] Connect(string gateway, string accessToken)
    {
        var output = new ArrayBufferWriter<byte>();
        MqttEncoder.Encode(output, new ConnectPacket
        {
            Version = MqttVersion.V311, ClientIdentifier = gateway, UserName = gateway, Password = Encoding.UTF8.GetBytes(accessToken), CleanStart = true, KeepAlive = 60,
        });
        return output.WrittenSpan.ToArray();
    }

    public static byte[] Subscribe(string filter)
    {
        var output = new ArrayBufferWriter<byte>();
        MqttEncoder.Encode(output, new SubscribePacket { PacketIdentifier = 1, Subscriptions = [new Subscription(filter, QualityOfService.AtMostOnce)] }, s_settings);
        return output.WrittenSpan.ToArray();
    }

    /// <param name="packetIdentifier">Of QoS 1; QoS 0 has none.</param>
    public static void Publish(IBufferWriter<byte> output, string topic, byte[] payload, QualityOfService qos, int packetIdentifier) => MqttEncoder.Encode(
        output,
        new PublishPacket
        {
            Topic = Encoding.UTF8.GetBytes(topic),
            Payload = payload,
            Qos = qos,
            PacketIdentifier = qos == QualityOfService.AtMostOnce ? (ushort)0 : (ushort)packetIdentifier,
        },
        s_settings);

    public static void PubAck(IBufferWriter<byte> output, int packetIdentifier) =>
        MqttEncoder.Encode(output, new AckPacket(ControlPacketType.PubAck, (ushort)packetIdentifier), s_settings);

    /// <summary>Connects a publisher. From then on its socket does not block, and is closed with a reset, so that ten rounds leave no ten thousand in TIME_WAIT.</summary>
    /// <exception cref="BenchException">The broker refused it.</exception>
    public static Socket Open(IPEndPoint broker, byte[] connect)
    {
        Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, LingerState = new LingerOption(true, 0) };
        socket.Connect(broker);
        Ask(socket, connect, ConnAckBytes);
        socket.Blocking = false;
        return socket;
    }

    /// <summary>Sends on a blocking socket, and reads an answer of a known length whose last byte is 0: CONNACK and SUBACK of QoS 0 alike.</summary>
    /// <exception cref="BenchException">The answer was another.</exception>
    public static void Ask(Socket socket, byte[] packet, int answerBytes)
    {
        socket.Send(packet);
        ReadAnswer(socket, answerBytes);
    }

    /// <inheritdoc cref="Ask"/>
    public static void ReadAnswer(Socket socket, int answerBytes)
    {
        Span<byte> answer = stackalloc byte[answerBytes];
        for (int read = 0; read < answerBytes;)
        {
            int count = socket.Receive(answer[read..]);
            if (count == 0) throw new BenchException("A broker closed a connection instead of accepting it.");
            read += count;
        }

        if (answer[^1] != 0) throw new BenchException($"A broker refused with {Convert.ToHexString(answer)}.");
    }
}
