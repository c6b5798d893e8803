using System.Net;
using System.Net.Security;

namespace StepCloud.Mqtt.Transport;

/// <summary>TLS, or any other stream that reads and writes at the same time.</summary>
/// <remarks>SslStream takes an empty buffer as "wait for data" and gives its own buffer back meanwhile; other streams may return at once, which is also right.</remarks>
internal sealed class StreamLink : Link
{
    private readonly Stream _stream;

    /// <param name="stream">The link owns it from here.</param>
    /// <param name="remote">Null when nobody knows.</param>
    /// <param name="isEncrypted">Whether someone in this process has decrypted it.</param>
    public StreamLink(Stream stream, EndPoint? remote, bool isEncrypted)
    {
        _stream = stream;
        RemoteEndPoint = remote;
        IsEncrypted = isEncrypted;
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer) => _stream.ReadAsync(buffer);

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        await _stream.WriteAsync(bytes);
        await _stream.FlushAsync();
    }

    public override ValueTask ShutdownAsync() => _stream is SslStream tls ? new ValueTask(tls.ShutdownAsync()) : default;

    public override void Abort() => _stream.Dispose();
}
