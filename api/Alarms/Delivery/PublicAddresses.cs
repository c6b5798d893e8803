using System.Net;
using System.Net.Sockets;

namespace StepCloud.Api.Alarms.Delivery;

/// <summary>Which addresses a webhook may be sent to: those of the public internet, and networks that the installation names.</summary>
/// <remarks>Whoever makes a channel chooses where this server connects to; what only the server can reach must not be reached through it.</remarks>
public sealed class PublicAddresses(IReadOnlyList<IPNetwork> allowed)
{
    /// <summary>IANA's registries of special-purpose addresses (RFC 6890), and multicast.</summary>
    private static readonly IPNetwork[] Special =
    [
        .. ((string[])[
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24",
            "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3",
            // Within what is global unicast: Teredo and the like, documentation, and 6to4, which carries any IPv4 address.
            "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
        ]).Select(IPNetwork.Parse),
    ];

    /// <summary>All that IANA has given out as global unicast (RFC 4291 §2.4).</summary>
    private static readonly IPNetwork GlobalUnicast = IPNetwork.Parse("2000::/3");

    public bool Contains(IPAddress address)
    {
        IPAddress plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        if (allowed.Any(network => network.Contains(plain))) return true;
        bool isUnicast = plain.AddressFamily == AddressFamily.InterNetwork || GlobalUnicast.Contains(plain);
        return isUnicast && !Special.Any(network => network.Contains(plain));
    }

    /// <summary>Connects to a public address of the host. Asked for at the connection itself: no other answer of the DNS comes in between.</summary>
    /// <exception cref="HttpRequestException">It has none.</exception>
    public async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        IPAddress[] addresses = await Dns.GetHostAddressesAsync(context.DnsEndPoint.Host, cancellationToken);
        IPAddress[] open = [.. addresses.Where(Contains)];
        if (open.Length == 0) throw new HttpRequestException("The address is not on the public internet.");
        Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(open, context.DnsEndPoint.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
