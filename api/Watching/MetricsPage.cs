using System.Text;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace StepCloud.Api.Watching;

/// <summary>All metrics of this process as they are now, in Prometheus' text format.</summary>
/// <remarks>Made once a second at most and by one at a time, however many ask.</remarks>
public sealed class MetricsPage : IDisposable
{
    private static readonly TimeSpan GoodFor = TimeSpan.FromSeconds(1);

    /// <summary>ms. What is asked are counters and lengths in memory.</summary>
    private const int CollectTimeout = 5000;

    private readonly TimeProvider _clock;
    private readonly SemaphoreSlim _one = new(1);
    private byte[] _page = [];
    private long? _madeAt;

    public MetricsPage(TimeProvider clock)
    {
        _clock = clock;
        Reader = new BaseExportingMetricReader(new Exporter(page => _page = Encoding.UTF8.GetBytes(page)))
        {
            TemporalityPreference = MetricReaderTemporalityPreference.Cumulative,
        };
    }

    /// <summary>The provider's, from its start on; which disposes it.</summary>
    public MetricReader Reader { get; }

    public async Task<byte[]> ReadAsync(CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            if (_madeAt is not { } madeAt || _clock.GetElapsedTime(madeAt) >= GoodFor)
            {
                Reader.Collect(CollectTimeout);
                _madeAt = _clock.GetTimestamp();
            }

            return _page;
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    private sealed class Exporter(Action<string> made) : BaseExporter<Metric>
    {
        public override ExportResult Export(in Batch<Metric> batch)
        {
            PrometheusText text = new();
            foreach (Metric metric in batch) text.Add(metric);
            made(text.ToString());
            return ExportResult.Success;
        }
    }
}
