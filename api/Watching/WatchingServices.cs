using OpenTelemetry.Exporter;
using StepCloud.Api.Settings;
using StepCloud.Storage.Cluster;

namespace StepCloud.Api.Watching;

internal static class WatchingServices
{
    /// <remarks>Before anything else that is hosted: it begins first, and ends last.</remarks>
    public static void AddWatching(this WebApplicationBuilder builder, ThisNode node)
    {
        AppContext.SetSwitch(HttpSpans.WithoutDataSwitch, false);
        builder.Services.AddOptions<OtlpOptions>().BindConfiguration(OtlpOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddOptions<MetricsOptions>().BindConfiguration(MetricsOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddSingleton<ApiMetrics>();
        builder.Services.AddSingleton<MetricsPage>();
        builder.Services.AddSingleton<InstallationGauges>();
        builder.Services.AddHostedService<Watchers>();
        OtlpOptions otlp = SettingsCheck.Read<OtlpOptions>(builder.Configuration, OtlpOptions.Section);
        if (!otlp.IsOn || !otlp.Logs) return;
        builder.Logging.AddOpenTelemetry(logging =>
        {
            logging.IncludeFormattedMessage = true;
            logging.SetResourceBuilder(Watchers.ResourceOf(node));
            logging.AddProcessor(new OpenTelemetry.BatchLogRecordExportProcessor(new OtlpLogExporter(otlp.Exporter("logs")), exporterTimeoutMilliseconds: (int)otlp.Timeout.TotalMilliseconds));
        });
    }

    /// <param name="signal">`traces`, `metrics` or `logs`.</param>
    public static OtlpExporterOptions Exporter(this OtlpOptions options, string signal)
    {
        bool isGrpc = options.Protocol == OtlpOptions.Grpc;
        return new OtlpExporterOptions
        {
            Protocol = isGrpc ? OtlpExportProtocol.Grpc : OtlpExportProtocol.HttpProtobuf,
            Endpoint = new Uri(isGrpc ? options.Endpoint! : $"{options.Endpoint!.TrimEnd('/')}/v1/{signal}"),
            Headers = options.Headers,
            TimeoutMilliseconds = (int)options.Timeout.TotalMilliseconds,
        };
    }
}
