using System.ComponentModel.DataAnnotations;

namespace StepCloud.Api.Watching;

/// <summary>Where traces, metrics and logs are sent by OpenTelemetry's protocol.</summary>
public sealed class OtlpOptions : IValidatableObject
{
    public const string Section = "Otlp";

    public const string Http = "http/protobuf";
    public const string Grpc = "grpc";

    /// <summary>A collector, such as `http://collector:4318`. None by default: then nothing is sent, and nothing is traced. `/metrics` is there in any case.</summary>
    public string? Endpoint { get; set; }

    /// <summary>`http/protobuf`, which adds `/v1/traces` and the like to the endpoint, or `grpc`.</summary>
    [RegularExpression("^(http/protobuf|grpc)$", ErrorMessage = "Must be 'http/protobuf' or 'grpc'.")]
    public string Protocol { get; set; } = Http;

    /// <summary>Sent with each export, as `name=value,name=value`; a secret, since a collector's key is one.</summary>
    [DataType(DataType.Password)]
    public string Headers { get; set; } = "";

    /// <summary>The share of requests and MQTT batches that are traced, of those whose sender says nothing of traces. One in a hundred shows what is usual.</summary>
    [Range(0.0, 1.0)]
    public double TraceRatio { get; set; } = 0.01;

    /// <summary>Traces that are begun or gone on with per second, whatever senders ask for: whoever may send `traceparent` must not decide what watching costs.</summary>
    [Range(0, 100_000)]
    public int TracesPerSecondMax { get; set; } = 50;

    /// <summary>Between two exports of the metrics.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan MetricsEvery { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Whether logs are sent too. Those on a trace carry its id, there and on the console.</summary>
    public bool Logs { get; set; } = true;

    /// <summary>For one export; a stop waits for the last one no longer than this.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:00:05")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(3);

    public bool IsOn => Endpoint is { Length: > 0 };

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (IsOn && !(Uri.TryCreate(Endpoint, UriKind.Absolute, out Uri? uri) && uri.Scheme is "http" or "https"))
            yield return new ValidationResult($"'{Endpoint}' is no address such as http://collector:4318.", [nameof(Endpoint)]);
        if (Headers.Split(',', StringSplitOptions.RemoveEmptyEntries).Any(header => header.IndexOf('=', StringComparison.Ordinal) < 1))
            yield return new ValidationResult("Must be as name=value,name=value.", [nameof(Headers)]);
    }
}
