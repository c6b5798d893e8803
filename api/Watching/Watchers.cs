using Microsoft.Extensions.Options;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using StepCloud.Actors.Hosting;
using StepCloud.Api.Health;
using StepCloud.Api.Live;
using StepCloud.Api.Passwords;
using StepCloud.Api.Recordings;
using StepCloud.Api.Settings;
using StepCloud.Mqtt.Broker;
using StepCloud.Storage;
using StepCloud.Storage.Cluster;

namespace StepCloud.Api.Watching;

/// <summary>Gathers what all parts tell of themselves, for `/metrics` always, and for a collector where one is named.</summary>
/// <remarks>Without a collector nobody listens to spans, and they cost a comparison. Started first and stopped last, so that the end is seen too.</remarks>
internal sealed class Watchers(
    IServiceProvider services, MetricsPage page, IOptions<OtlpOptions> options, ServerOptions server, ThisNode node, TimeProvider clock, ILogger<OtlpFaults> logger)
    : IHostedService, IDisposable
{
    /// <summary>Ours, of whatever project, the cluster's among them; and those of what we stand on.</summary>
    private static readonly string[] Meters =
    [
        ApiMetrics.MeterName, ActorMetrics.MeterName, StorageWatching.MeterName, MqttWatching.MeterName, ClusterWatching.MeterName,
        "Npgsql", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "Microsoft.AspNetCore.RateLimiting", "System.Runtime",
    ];

    private static readonly string[] Sources = [MqttWatching.SourceName, StorageWatching.SourceName, HttpSpans.SourceName, ClusterWatching.SourceName, "Npgsql"];

    private MeterProvider? _meters;
    private TracerProvider? _traces;
    private OtlpFaults? _faults;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        // What tells something and is else made when it is first needed.
        foreach (Type teller in new[] { typeof(Readiness), typeof(LiveFigures), typeof(TelemetryMetrics), typeof(InstallationGauges), typeof(UploadPlaces) }) services.GetRequiredService(teller);
        if (!server.IsReader)
        {
            services.GetRequiredService<EventStore>();
            services.GetRequiredService<PasswordHasher>();
        }

        OtlpOptions otlp = options.Value;
        ResourceBuilder resource = ResourceOf(node);
        MeterProviderBuilder meters = Sdk.CreateMeterProviderBuilder().SetResourceBuilder(resource).AddMeter(Meters).AddReader(page.Reader);
        // A route is one of a few hundred, and each has a row for each bucket: no more of them, and of the labels, than are looked at.
        meters.AddView("http.server.request.duration", new ExplicitBucketHistogramConfiguration
        {
            Boundaries = [0.005, 0.025, 0.1, 0.5, 2.5, 10], TagKeys = ["http.route", "http.request.method", "http.response.status_code"],
        });
        meters.AddView("db.client.operation.duration", new MetricStreamConfiguration { TagKeys = ["db.client.connection.pool.name"] });
        if (otlp.IsOn)
        {
            _faults = new OtlpFaults(logger, clock);
            meters.AddReader(new PeriodicExportingMetricReader(new OtlpMetricExporter(otlp.Exporter("metrics")), (int)otlp.MetricsEvery.TotalMilliseconds, (int)otlp.Timeout.TotalMilliseconds));
            _traces = Sdk.CreateTracerProviderBuilder().SetResourceBuilder(resource).AddSource(Sources).SetSampler(new TraceSampler(otlp, clock))
                .AddProcessor(new BatchActivityExportProcessor(new OtlpTraceExporter(otlp.Exporter("traces")), exporterTimeoutMilliseconds: (int)otlp.Timeout.TotalMilliseconds))
                .Build();
        }

        _meters = meters.Build();
        return Task.CompletedTask;
    }

    /// <summary>Sends what is left, for no longer than one export may last.</summary>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        int timeout = (int)options.Value.Timeout.TotalMilliseconds;
        return Task.WhenAll(Task.Run(() => _traces?.Shutdown(timeout), CancellationToken.None), Task.Run(() => _meters?.Shutdown(timeout), CancellationToken.None));
    }

    public void Dispose()
    {
        _traces?.Dispose();
        _meters?.Dispose();
        _faults?.Dispose();
    }

    public static ResourceBuilder ResourceOf(ThisNode node) => ResourceBuilder.CreateEmpty().AddTelemetrySdk()
        .AddService("stepcloud", serviceVersion: typeof(Watchers).Assembly.GetName().Version?.ToString(3), serviceInstanceId: node.Id.ToString());
}
