using System.Globalization;
using System.Text;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace StepCloud.Api.Watching;

/// <summary>Prometheus' text format, version 0.0.4.</summary>
/// <remarks>OpenTelemetry's own writer of it is not on the feed. The suite holds this one against the format's rules and against Prometheus' `promtool`.</remarks>
public sealed class PrometheusText
{
    public const string MediaType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly StringBuilder _text = new(64 * 1024);
    private readonly HashSet<string> _families = [];

    /// <summary>Adds a family of samples. One whose name is taken by another is left out: a name has one type and one meaning.</summary>
    public void Add(Metric metric)
    {
        if (TypeOf(metric.MetricType) is not { } type) return;
        string name = PrometheusNames.Of(metric.Name, metric.Unit, metric.MetricType);
        if (!_families.Add(name)) return;
        int begin = _text.Length;
        if (metric.Description.Length > 0) _text.Append("# HELP ").Append(name).Append(' ').Append(Escaped(metric.Description, quotes: false)).Append('\n');
        _text.Append("# TYPE ").Append(name).Append(' ').Append(type).Append('\n');
        bool isEmpty = true;
        foreach (ref readonly MetricPoint point in metric.GetMetricPoints())
        {
            isEmpty = false;
            string labels = LabelsOf(point.Tags);
            if (metric.MetricType.IsHistogram()) AddHistogram(name, labels, point);
            else AddSample(name, labels, ValueOf(metric.MetricType, point));
        }

        if (isEmpty) _text.Length = begin;
    }

    public override string ToString() => _text.ToString();

    private static string? TypeOf(MetricType type) => type switch
    {
        MetricType.LongSum or MetricType.DoubleSum => "counter",
        MetricType.LongGauge or MetricType.DoubleGauge or MetricType.LongSumNonMonotonic or MetricType.DoubleSumNonMonotonic => "gauge",
        MetricType.Histogram => "histogram",
        _ => null,
    };

    private static double ValueOf(MetricType type, in MetricPoint point) => type switch
    {
        MetricType.LongSum or MetricType.LongSumNonMonotonic => point.GetSumLong(),
        MetricType.DoubleSum or MetricType.DoubleSumNonMonotonic => point.GetSumDouble(),
        MetricType.LongGauge => point.GetGaugeLastValueLong(),
        _ => point.GetGaugeLastValueDouble(),
    };

    private void AddHistogram(string name, string labels, in MetricPoint point)
    {
        long sum = 0;
        foreach (HistogramBucket bucket in point.GetHistogramBuckets())
        {
            sum += bucket.BucketCount;
            string bound = $"le=\"{Number(bucket.ExplicitBound)}\"";
            AddSample(name + "_bucket", labels.Length == 0 ? bound : $"{labels},{bound}", sum);
        }

        AddSample(name + "_sum", labels, point.GetHistogramSum());
        AddSample(name + "_count", labels, point.GetHistogramCount());
    }

    private void AddSample(string name, string labels, double value)
    {
        _text.Append(name);
        if (labels.Length > 0) _text.Append('{').Append(labels).Append('}');
        _text.Append(' ').Append(Number(value)).Append('\n');
    }

    private static string LabelsOf(ReadOnlyTagCollection tags)
    {
        if (tags.Count == 0) return "";
        // Two names may become one here: then one label has the values of both (the specification's way).
        SortedDictionary<string, string> labels = new(StringComparer.Ordinal);
        foreach (KeyValuePair<string, object?> tag in tags)
        {
            string name = PrometheusNames.OfLabel(tag.Key);
            string value = tag.Value is bool truth ? (truth ? "true" : "false") : Convert.ToString(tag.Value, CultureInfo.InvariantCulture) ?? "";
            labels[name] = labels.TryGetValue(name, out string? other) ? $"{other};{value}" : value;
        }

        return string.Join(',', labels.Select(label => $"{label.Key}=\"{Escaped(label.Value, quotes: true)}\""));
    }

    private static string Number(double value) =>
        double.IsPositiveInfinity(value) ? "+Inf" : double.IsNegativeInfinity(value) ? "-Inf" : value.ToString("R", CultureInfo.InvariantCulture);

    private static string Escaped(string text, bool quotes)
    {
        text = text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
        return quotes ? text.Replace("\"", "\\\"", StringComparison.Ordinal) : text;
    }
}
