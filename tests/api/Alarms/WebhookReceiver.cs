using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace StepCloud.Tests.Api.Alarms;

/// <summary>A real HTTP server on this machine that keeps what it is sent, and answers as the test likes.</summary>
public sealed class WebhookReceiver : IAsyncDisposable
{
    private readonly WebApplication _app;

    private WebhookReceiver(WebApplication app) => _app = app;

    public ConcurrentQueue<Received> Received { get; } = new();

    /// <summary>Gives the status.</summary>
    public Func<HttpContext, Task<int>> Answer { get; set; } = _ => Task.FromResult(204);

    public int Port => new Uri(_app.Urls.First()).Port;

    public string Url => $"http://127.0.0.1:{Port}/hook?key=1";

    public static async Task<WebhookReceiver> StartAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0));
        WebhookReceiver receiver = new(builder.Build());
        receiver._app.Run(receiver.HandleAsync);
        await receiver._app.StartAsync();
        return receiver;
    }

    public async ValueTask DisposeAsync()
    {
        using CancellationTokenSource patience = new(TimeSpan.FromSeconds(1));
        await _app.StopAsync(patience.Token);
        await _app.DisposeAsync();
    }

    private async Task HandleAsync(HttpContext context)
    {
        using StreamReader reader = new(context.Request.Body, Encoding.UTF8);
        string body = await reader.ReadToEndAsync();
        Received.Enqueue(new Received(
            context.Request.Path + context.Request.QueryString, context.Request.Headers["StepCloud-Event"].ToString(), context.Request.Headers["StepCloud-Delivery"].ToString(),
            context.Request.Headers["StepCloud-Signature"].ToString(), body));
        int status = await Answer(context);
        if (context.Response.HasStarted) return;
        context.Response.StatusCode = status;
        if (status >= 300) await context.Response.WriteAsync("Not today. " + new string('x', 5000));
    }
}

public sealed record Received(string Target, string Event, string Delivery, string Signature, string Body);
