using System.IO.Pipelines;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace StepCloud.Bench.Load;

/// <summary>The cheapest collector of OpenTelemetry (OTLP over HTTP): it reads what comes, counts its bytes, and says that all is well.</summary>
internal sealed class OtlpSink : IAsyncDisposable
{
    private readonly WebApplication _app;
    private long _traceBytes;
    private long _metricBytes;

    private OtlpSink(WebApplication app) => _app = app;

    public string Address => _app.Urls.First();

    public long TraceBytes => Interlocked.Read(ref _traceBytes);

    public long MetricBytes => Interlocked.Read(ref _metricBytes);

    public static async Task<OtlpSink> StartAsync(CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        OtlpSink sink = new(builder.Build());
        sink._app.Run(sink.TakeAsync);
        await sink._app.StartAsync(cancellationToken);
        return sink;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task TakeAsync(HttpContext context)
    {
        long bytes = 0;
        ReadResult read;
        do
        {
            read = await context.Request.BodyReader.ReadAsync(context.RequestAborted);
            bytes += read.Buffer.Length;
            context.Request.BodyReader.AdvanceTo(read.Buffer.End);
        }
        while (!read.IsCompleted);

        if (context.Request.Path == "/v1/traces") Interlocked.Add(ref _traceBytes, bytes);
        else if (context.Request.Path == "/v1/metrics") Interlocked.Add(ref _metricBytes, bytes);
        // An empty answer of its kind: everything was taken.
        context.Response.ContentType = "application/x-protobuf";
    }
}
