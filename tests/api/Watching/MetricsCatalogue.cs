using System.Diagnostics.Metrics;
using System.Text;
using OpenTelemetry.Metrics;
using StepCloud.Api.Watching;
using StepCloud.Tests.Api.Http;

namespace StepCloud.Tests.Api.Watching;

/// <summary>Every instrument of ours that a running server has, and docs/METRICS.md made of them.</summary>
internal static class MetricsCatalogue
{
    private const string Head =
        """
        # Metrics

        What a process tells of itself at `/metrics`, in Prometheus' text format, and sends to a collector where one is named ([OPERATIONS.md](OPERATIONS.md), "Being watched"). A histogram `x` is three there: `x_bucket`, `x_sum`, `x_count`.
        A counter appears with its first event. No metric has a label of a device, a gateway, a site or a user: which one it was, logs and traces tell.

        Described once, in the code: this page is made of what a running server tells, and the suite compares the two. To make it anew: `STEPCLOUD_WRITE_DOCS=1 dotnet test tests/api --filter MetricsCatalogueTests`.

        | Prometheus | OpenTelemetry | kind | unit | what |
        | --- | --- | --- | --- | --- |

        """;

    private const string Foot =
        """

        A node of a cluster has one more, of the meter `StepCloud.Cluster`: `stepcloud.cluster.refused_writes`, how often the version of an actor's state has kept two activations from writing over each other.

        Of what StepCloud stands on, with the names that those have given:

        | meter | what |
        | --- | --- |
        | `Npgsql` | `db_client_*`: connections of the pool by state (`stepcloud`; the three beside it are the connections that hold a lock or listen), durations of statements, bytes |
        | `Microsoft.AspNetCore.Hosting` | `http_server_*`: requests under way; durations by route, method and status |
        | `Microsoft.AspNetCore.Server.Kestrel` | `kestrel_*`: connections, open, queued and rejected, and TLS handshakes |
        | `Microsoft.AspNetCore.RateLimiting` | `aspnetcore_rate_limiting_*`: requests by what became of them at the limits |
        | `System.Runtime` | `dotnet_*`: memory, garbage collection, CPU, exceptions, lock contentions |

        """;

    /// <summary>By name, of all meters whose names begin with `StepCloud.`.</summary>
    public static IReadOnlyList<Instrument> Read(ApiServer server)
    {
        SortedDictionary<string, Instrument> found = new(StringComparer.Ordinal);
        // Without the server there would be none.
        _ = server.Services;
        using MeterListener listener = new()
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (instrument.Meter.Name.StartsWith("StepCloud.", StringComparison.Ordinal) && !instrument.Meter.Name.StartsWith("StepCloud.Tests", StringComparison.Ordinal))
                    found[instrument.Name] = instrument;
            },
        };
        listener.Start();
        return [.. found.Values];
    }

    public static string PrometheusNameOf(Instrument instrument) => PrometheusNames.Of(instrument.Name, instrument.Unit, TypeOf(instrument));

    public static string Render(IEnumerable<Instrument> instruments)
    {
        StringBuilder page = new(Head.ReplaceLineEndings("\n"));
        foreach (Instrument instrument in instruments)
            page.Append($"| `{PrometheusNameOf(instrument)}` | `{instrument.Name}` | {KindOf(instrument)} | {instrument.Unit} | {instrument.Description} |\n");
        return page.Append(Foot.ReplaceLineEndings("\n")).ToString();
    }

    public static bool IsHistogram(Instrument instrument) => KindOf(instrument) == "histogram";

    private static string KindOf(Instrument instrument)
    {
        string type = instrument.GetType().Name;
        return type.StartsWith("Histogram", StringComparison.Ordinal) ? "histogram" : type.StartsWith("Counter", StringComparison.Ordinal) ? "counter" : "gauge";
    }

    private static MetricType TypeOf(Instrument instrument) => KindOf(instrument) switch
    {
        "histogram" => MetricType.Histogram,
        "counter" => MetricType.LongSum,
        _ => MetricType.LongGauge,
    };
}
