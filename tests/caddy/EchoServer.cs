using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace StepCloud.Tests.Caddy;

/// <summary>A server behind the proxy that takes whatever comes, and answers with what came: so that what is refused, the proxy has refused.</summary>
internal sealed class EchoServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private long _bytesMax;

    private EchoServer(WebApplication app) => _app = app;

    public string Address => _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();

    /// <summary>Of the largest body that came to its end.</summary>
    public long BytesMax => Interlocked.Read(ref _bytesMax);

    /// <param name="port">0 lets the system choose.</param>
    public static async Task<EchoServer> StartAsync(int port = 0)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Listen(IPAddress.Loopback, port);
        });
        builder.Logging.ClearProviders();
        WebApplication app = builder.Build();
        EchoServer server = new(app);
        app.Run(server.EchoAsync);
        await app.StartAsync();
        return server;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task EchoAsync(HttpContext context)
    {
        using MemoryStream body = new();
        await context.Request.Body.CopyToAsync(body);
        long before;
        while (body.Length > (before = BytesMax)) Interlocked.CompareExchange(ref _bytesMax, body.Length, before);
        JsonObject headers = [];
        foreach ((string name, Microsoft.Extensions.Primitives.StringValues value) in context.Request.Headers) headers[name] = value.ToString();
        context.Response.ContentType = "application/json";
        context.Response.Headers.Server = "echo";
        await context.Response.WriteAsync(JsonSerializer.Serialize(new { path = context.Request.Path.Value, bytes = body.Length, headers }));
    }
}
