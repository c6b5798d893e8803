using System.Net;
using System.Net.WebSockets;
using StepCloud.Api.Http;

namespace StepCloud.Api.Mqtt;

/// <summary>MQTT over WebSocket on the HTTP port (MQTT 5.0 §6), for gateways whose network lets nothing but HTTP through.</summary>
/// <remarks>Stands before the APIs' pipeline: who the client is, its CONNECT says, as on every other transport.</remarks>
internal sealed class MqttWebSocketEntry(MqttEndpoint endpoint) : IStartupFilter
{
    private const string Path = "/mqtt";

    /// <summary>The name of the subprotocol [MQTT-6.0.0-3].</summary>
    private const string Subprotocol = "mqtt";

    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.MapWhen(context => context.Request.Path == Path, entry => entry.UseWebSockets().Run(ServeAsync));
        next(app);
    };

    private async Task ServeAsync(HttpContext context)
    {
        if (!context.WebSockets.IsWebSocketRequest)
        {
            context.Response.Headers.Upgrade = "websocket";
            await Problems.Of(ProblemKinds.UpgradeRequired, "Connect with an MQTT client.").ExecuteAsync(context);
            return;
        }

        if (!context.WebSockets.WebSocketRequestedProtocols.Contains(Subprotocol, StringComparer.Ordinal))
        {
            await Problems.Of(ProblemKinds.SubprotocolMissing).ExecuteAsync(context);
            return;
        }

        IPEndPoint remote = new(context.Connection.RemoteIpAddress ?? IPAddress.None, context.Connection.RemotePort);
        using WebSocket socket = await context.WebSockets.AcceptWebSocketAsync(Subprotocol);
        await endpoint.AcceptAsync(socket, remote, context.Request.IsHttps);
    }
}
