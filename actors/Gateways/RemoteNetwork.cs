using System.Net;
using System.Net.Sockets;

namespace StepCloud.Actors.Gateways;

/// <summary>What is counted as one address where tries and requests are bounded.</summary>
public static class RemoteNetwork
{
    private const int Ipv6PrefixBytes = 8;

    /// <summary>Of an address as text; another text is taken as it is.</summary>
    public static string Of(string remoteAddress) => IPAddress.TryParse(remoteAddress, out IPAddress? address) ? Of(address) : remoteAddress;

    /// <summary>An IPv4 address itself, an IPv6 address's /64: whoever has one address of that has all of them (RFC 7934 §1).</summary>
    public static string Of(IPAddress? address)
    {
        if (address is null) return "";
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        if (address.AddressFamily != AddressFamily.InterNetworkV6) return address.ToString();
        byte[] bytes = address.GetAddressBytes();
        bytes.AsSpan(Ipv6PrefixBytes).Clear();
        return $"{new IPAddress(bytes)}/64";
    }
}
