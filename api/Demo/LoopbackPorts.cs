using System.Net;
using System.Net.Sockets;

namespace StepCloud.Api.Demo;

/// <summary>Ports for programs that have to be told one.</summary>
internal static class LoopbackPorts
{
    /// <summary>One that nobody listened on a moment ago.</summary>
    public static int Free()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
