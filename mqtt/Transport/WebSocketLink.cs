using System.Net;
using System.Net.WebSockets;

namespace StepCloud.Mqtt.Transport;

/// <summary>MQTT over WebSocket (MQTT 5.0 §6): binary frames, whose edges mean nothing.</summary>
internal sealed class WebSocketLink : Link
{
    private readonly WebSocket _socket;

    /// <param name="socket">Accepted with the subprotocol <c>mqtt</c>; the link owns it from here.</param>
    /// <param name="remote">Null when nobody knows.</param>
    /// <param name="isEncrypted">Whether the HTTP request came over TLS.</param>
    public WebSocketLink(WebSocket socket, EndPoint? remote, bool isEncrypted)
    {
        _socket = socket;
        RemoteEndPoint = remote;
        IsEncrypted = isEncrypted;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer)
    {
        while (true)
        {
            var result = await _socket.ReceiveAsync(buffer, CancellationToken.None);
            switch (result.MessageType)
            {
                case WebSocketMessageType.Binary when result.Count > 0 || buffer.IsEmpty:
                    return result.Count;
                case WebSocketMessageType.Binary:
                    continue; // an empty frame carries nothing, and is no end
                case WebSocketMessageType.Text:
                    throw new WebSocketException(WebSocketError.InvalidMessageType, "MQTT comes in binary frames [MQTT-6.0.0-1].");
                default:
                    return 0;
            }
        }
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> bytes) =>
        _socket.SendAsync(bytes, WebSocketMessageType.Binary, endOfMessage: true, CancellationToken.None);

    public override async ValueTask ShutdownAsync()
    {
        if (_socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
            await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, statusDescription: null, CancellationToken.None);
    }

    public override void Abort()
    {
        _socket.Abort();
        _socket.Dispose();
    }
}
