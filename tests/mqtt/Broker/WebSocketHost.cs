using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace StepCloud.Tests.Mqtt.Broker;

/// <summary>An HTTP host that maps `/mqtt` to a server's WebSocket entry, as the application's does.</summary>
internal static class WebSocketHost
{
    public static async Task<(WebApplication Host, Uri Uri)> StartAsync(TestServer server)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var host = builder.Build();
        host.UseWebSockets();
        host.Map("/mqtt", async (HttpContext context) =>
        {
            using var socket = await context.WebSockets.AcceptWebSocketAsync("mqtt");
            await server.Server.AcceptAsync(socket, new IPEndPoint(context.Connection.RemoteIpAddress!, context.Connection.RemotePort));
        });
        await host.StartAsync();
        return (host, new UriBuilder(host.Urls.Single()) { Scheme = "ws", Path = "/mqtt" }.Uri);
    }
}
