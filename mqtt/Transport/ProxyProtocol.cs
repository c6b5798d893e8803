using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace StepCloud.Mqtt.Transport;

/// <summary>The PROXY protocol, version 2 (haproxy's proxy-protocol.txt, §2.2): who the client behind a balancer is.</summary>
/// <remarks>
/// <code>
/// signature (12) | version 2 (high 4 bits), command (low 4) | family, transport | length (2) | addresses, then TLVs, together that long
/// </code>
/// </remarks>
internal static class ProxyProtocol
{
    /// <summary>Balancers add some TLVs; what is longer than this is no header of theirs.</summary>
    public const int AddressBytesMax = 2048;

    private const int HeadBytes = 16;

    private static ReadOnlySpan<byte> Signature => "\r\n\r\n\0\r\nQUIT\n"u8;

    /// <summary>Reads exactly the header, so that what follows it is untouched.</summary>
    public static async Task<ProxyHeader> ReadAsync(Socket socket, CancellationToken cancellationToken)
    {
        var head = new byte[HeadBytes];
        if (!await TryReadAsync(socket, head, cancellationToken) || !TryReadLength(head, out int length)) return default;
        var addresses = new byte[length];
        if (!await TryReadAsync(socket, addresses, cancellationToken)) return default;
        return Parse(head, addresses);
    }

    internal static bool TryReadLength(ReadOnlySpan<byte> head, out int length)
    {
        length = BinaryPrimitives.ReadUInt16BigEndian(head[14..]);
        return head.StartsWith(Signature) && head[12] >> 4 == 2 && length <= AddressBytesMax;
    }

    internal static ProxyHeader Parse(ReadOnlySpan<byte> head, ReadOnlySpan<byte> addresses)
    {
        int command = head[12] & 0x0F;
        // LOCAL is the balancer's own connection, such as a health check: the socket's address is the right one.
        if (command == 0) return new ProxyHeader(true, null);
        if (command != 1) return default;
        return (head[13] >> 4) switch
        {
            // source and destination address (4 each), source and destination port (2 each)
            1 when addresses.Length >= 12 => Source(addresses[..4], addresses[8..]),
            // source and destination address (16 each), source and destination port (2 each)
            2 when addresses.Length >= 36 => Source(addresses[..16], addresses[32..]),
            1 or 2 => default,
            _ => new ProxyHeader(true, null),
        };
    }

    private static ProxyHeader Source(ReadOnlySpan<byte> address, ReadOnlySpan<byte> port) =>
        new(true, new IPEndPoint(new IPAddress(address), BinaryPrimitives.ReadUInt16BigEndian(port)));

    private static async Task<bool> TryReadAsync(Socket socket, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        while (!buffer.IsEmpty)
        {
            int count = await socket.ReceiveAsync(buffer, SocketFlags.None, cancellationToken);
            if (count == 0) return false;
            buffer = buffer[count..];
        }

        return true;
    }
}

/// <param name="IsValid">Whether there was a header.</param>
/// <param name="Source">The client; null when the header names none that we know.</param>
internal readonly record struct ProxyHeader(bool IsValid, IPEndPoint? Source);
