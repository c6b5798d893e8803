using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace StepCloud.Bench.Load;

/// <summary>What one would write without any of this: Kestrel, and files as they are, brought to the disk before it is answered.</summary>
internal sealed class BareFiles : IAsyncDisposable
{
    private const int BufferBytes = 256 * 1024;

    private readonly WebApplication _app;

    private BareFiles(WebApplication app) => _app = app;

    public Uri Address => new(_app.Urls.First());

    public static async Task<BareFiles> StartAsync(string folder, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(static kestrel => kestrel.Limits.MaxRequestBodySize = null);
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.MapPut("/{name}", async (string name, HttpContext context) =>
        {
            await using FileStream file = new(Path.Combine(folder, name), FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
            await context.Request.Body.CopyToAsync(file, BufferBytes, context.RequestAborted);
            file.Flush(flushToDisk: true);
            return Results.Created();
        });
        app.MapGet("/{name}", (string name) => Results.File(Path.Combine(folder, name), "video/mp4"));
        await app.StartAsync(cancellationToken);
        return new BareFiles(app);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
