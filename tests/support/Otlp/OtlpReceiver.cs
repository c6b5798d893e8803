using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace StepCloud.Tests.Support.Otlp;

/// <summary>A collector of OpenTelemetry: takes traces, metrics and logs by OTLP over HTTP, in Protocol Buffers (opentelemetry-proto 1.x), and keeps them.</summary>
public sealed class OtlpReceiver : IAsyncDisposable
{
    private readonly WebApplication _app;

    private OtlpReceiver(WebApplication app) => _app = app;

    public string Address => _app.Urls.First();

    public ConcurrentQueue<OtlpSpan> Spans { get; } = new();

    public ConcurrentQueue<OtlpLog> Logs { get; } = new();

    /// <summary>Names of metrics, as often as they came.</summary>
    public ConcurrentQueue<string> Metrics { get; } = new();

    /// <summary>What the requests had under a name; empty for none.</summary>
    public ConcurrentQueue<string> Keys { get; } = new();

    public static async Task<OtlpReceiver> StartAsync(string keyHeader = "x-key")
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0));
        OtlpReceiver receiver = new(builder.Build());
        receiver.Map("/v1/traces", keyHeader, receiver.TakeSpans);
        receiver.Map("/v1/metrics", keyHeader, receiver.TakeMetrics);
        receiver.Map("/v1/logs", keyHeader, receiver.TakeLogs);
        await receiver._app.StartAsync();
        return receiver;
    }

    public async ValueTask DisposeAsync()
    {
        using CancellationTokenSource patience = new(TimeSpan.FromSeconds(1));
        await _app.StopAsync(patience.Token);
        await _app.DisposeAsync();
    }

    private void Map(string path, string keyHeader, Action<ProtobufFields> take) => _app.MapPost(path, async (HttpContext context) =>
    {
        using MemoryStream body = new();
        await context.Request.Body.CopyToAsync(body);
        Keys.Enqueue(context.Request.Headers[keyHeader].ToString());
        take(new ProtobufFields(body.ToArray()));
        // An empty answer of its kind: everything was taken.
        return Results.Bytes([], "application/x-protobuf");
    });

    // ExportTraceServiceRequest.resource_spans = 1: resource = 1, scope_spans = 2: scope = 1, spans = 2.
    private void TakeSpans(ProtobufFields request)
    {
        foreach (ProtobufFields resource in request.Messages(1))
        {
            Dictionary<string, string> of = Attributes(resource.Message(1), 1);
            foreach (ProtobufFields scope in resource.Messages(2))
            {
                foreach (ProtobufFields span in scope.Messages(2))
                {
                    Spans.Enqueue(new OtlpSpan(
                        scope.Message(1)?.Text(1) ?? "", span.Text(5), span.Hex(1), span.Hex(2), span.Hex(4), [.. span.Messages(13).Select(link => link.Hex(1))],
                        Attributes(span, 9), of, (int)(span.Message(15)?.Number(3) ?? 0)));
                }
            }
        }
    }

    // resource_metrics = 1: scope_metrics = 2: metrics = 2: name = 1.
    private void TakeMetrics(ProtobufFields request)
    {
        foreach (ProtobufFields metric in request.Messages(1).SelectMany(resource => resource.Messages(2)).SelectMany(scope => scope.Messages(2))) Metrics.Enqueue(metric.Text(1));
    }

    // resource_logs = 1: scope_logs = 2: log_records = 2: body = 5 (string_value = 1), trace_id = 9.
    private void TakeLogs(ProtobufFields request)
    {
        foreach (ProtobufFields record in request.Messages(1).SelectMany(resource => resource.Messages(2)).SelectMany(scope => scope.Messages(2)))
            Logs.Enqueue(new OtlpLog(record.Message(5)?.Text(1) ?? "", record.Hex(9)));
    }

    /// <summary>KeyValue: key = 1, value = 2 (string_value = 1, int_value = 3).</summary>
    private static Dictionary<string, string> Attributes(ProtobufFields? of, int number) => (of?.Messages(number) ?? []).ToDictionary(
        pair => pair.Text(1),
        pair => pair.Message(2) is { } value ? value.Text(1) is { Length: > 0 } text ? text : value.Number(3).ToString(System.Globalization.CultureInfo.InvariantCulture) : "");
}

/// <param name="Scope">The source's name.</param>
/// <param name="Parent">Empty for the first of its trace.</param>
/// <param name="Links">The trace ids that it is linked to.</param>
/// <param name="Status">2 is an error.</param>
public sealed record OtlpSpan(
    string Scope, string Name, string Trace, string Id, string Parent, string[] Links, Dictionary<string, string> Attributes, Dictionary<string, string> Resource, int Status);

public sealed record OtlpLog(string Body, string Trace);
