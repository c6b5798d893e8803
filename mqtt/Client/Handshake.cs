using System.Buffers;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Authentication;
using StepCloud.Mqtt.Codec;
using StepCloud.Mqtt.Packets;

namespace StepCloud.Mqtt.Client;

/// <summary>From the opening of the transport to CONNACK (MQTT 5.0 §3.1, §3.2, §4.12).</summary>
/// <param name="Stream">Open, and the caller's to close.</param>
/// <param name="Buffer">May hold what came behind the CONNACK.</param>
/// <param name="Decoder">What the Server's packets are decoded with.</param>
/// <param name="ConnAck">A success.</param>
internal sealed record Handshake(Stream Stream, ReceiveBuffer Buffer, DecoderSettings Decoder, ConnAckPacket ConnAck)
{
    /// <exception cref="MqttConnectRefusedException">The Server said no.</exception>
    /// <exception cref="MqttConnectionLostException">The Server cannot be reached, went away, broke the protocol or took too long.</exception>
    public static async Task<Handshake> RunAsync(MqttClientOptions options, ConnectPacket connect, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(options.ConnectTimeout, options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        Stream? stream = null;
        try
        {
            stream = await options.Transport(either.Token);
            return await ExchangeAsync(stream, options, connect, either.Token);
        }
        catch (Exception exception)
        {
            if (stream is not null) await stream.DisposeAsync();
            if (exception is OperationCanceledException && timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
                throw new MqttConnectionLostException($"There was no CONNACK within {options.ConnectTimeout}.", new TimeoutException());
            if (exception is SocketException or WebSocketException or AuthenticationException || (exception is IOException and not MqttConnectionLostException))
                throw new MqttConnectionLostException("The Server cannot be reached.", exception);
            throw;
        }
    }

    private static async Task<Handshake> ExchangeAsync(
        Stream stream, MqttClientOptions options, ConnectPacket connect, CancellationToken cancellationToken)
    {
        var decoder = new DecoderSettings(
            MqttRole.Client, connect.Version, connect.MaximumPacketSize ?? DecoderSettings.LargestPacketSize);
        var buffer = new ReceiveBuffer();
        var output = new ArrayBufferWriter<byte>();
        if (!MqttEncoder.Encode(output, connect)) throw new ArgumentException("The CONNECT is larger than the protocol allows.", nameof(connect));
        await stream.WriteAsync(output.WrittenMemory, cancellationToken);
        while (true)
        {
            switch (await ReceiveAsync(stream, buffer, decoder, cancellationToken))
            {
                case ConnAckPacket { SessionPresent: true } when connect.CleanStart:
                    throw new MqttConnectionLostException("The Server has a session though it was to begin anew [MQTT-3.2.2-2].");
                case ConnAckPacket { ReasonCode: ReasonCode.Success } connAck:
                    return new Handshake(stream, buffer, decoder, connAck);
                case ConnAckPacket refusal:
                    throw new MqttConnectRefusedException(refusal);
                case AuthPacket { ReasonCode: ReasonCode.ContinueAuthentication } auth when options.OnAuthContinue is { } next:
                    var answer = new AuthPacket
                    {
                        ReasonCode = ReasonCode.ContinueAuthentication,
                        AuthenticationMethod = connect.AuthenticationMethod,
                        AuthenticationData = await next(auth, cancellationToken),
                    };
                    output.ResetWrittenCount();
                    MqttEncoder.Encode(output, answer, new EncoderSettings(connect.Version));
                    await stream.WriteAsync(output.WrittenMemory, cancellationToken);
                    break;
                default:
                    throw new MqttConnectionLostException("The Server sent another packet before CONNACK [MQTT-3.2.0-1].");
            }
        }
    }

    private static async Task<object?> ReceiveAsync(
        Stream stream, ReceiveBuffer buffer, DecoderSettings decoder, CancellationToken cancellationToken)
    {
        while (true)
        {
            var result = MqttDecoder.Decode(buffer.Filled, decoder, out var packet);
            switch (result.Status)
            {
                case DecodeStatus.Decoded:
                    buffer.Consumed(result.Length);
                    return packet.Body;
                case DecodeStatus.Refused:
                    throw new MqttConnectionLostException($"The Server broke the protocol: {result.Violation}");
                default:
                    var received = await stream.ReadAsync(buffer.Free(result.Length), cancellationToken);
                    if (received == 0) throw new MqttConnectionLostException("The Server closed the connection before CONNACK.");
                    buffer.Received(received);
                    break;
            }
        }
    }
}
