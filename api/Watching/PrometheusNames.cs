using System.Text;
using OpenTelemetry.Metrics;

namespace StepCloud.Api.Watching;

/// <summary>What a metric of OpenTelemetry is called in Prometheus (OpenTelemetry's "Prometheus and OpenMetrics Compatibility", §Metric Metadata).</summary>
public static class PrometheusNames
{
    /// <summary>`stepcloud.commit.duration` in `s` becomes `stepcloud_commit_duration_seconds`; a counter ends in `_total`.</summary>
    /// <param name="unit">As UCUM has it; in braces it is a word for people, and no part of the name.</param>
    public static string Of(string name, string? unit, MetricType type)
    {
        bool isCounter = type is MetricType.LongSum or MetricType.DoubleSum;
        bool isGauge = !isCounter && !type.IsHistogram();
        StringBuilder result = new(Sanitized(name));
        if (UnitOf(unit, isGauge) is { } word && !EndsWith(result, word)) result.Append('_').Append(word);
        if (isCounter && !EndsWith(result, "total")) result.Append("_total");
        return result.ToString();
    }

    public static string OfLabel(string name) => Sanitized(name).Replace(':', '_');

    private static string Sanitized(string name)
    {
        StringBuilder result = new(name.Length);
        foreach (char c in name)
        {
            bool isAllowed = char.IsAsciiLetterOrDigit(c) || c is '_' or ':';
            // Not two in a row.
            if (isAllowed || (result.Length > 0 && result[^1] != '_')) result.Append(isAllowed ? c : '_');
        }

        if (result.Length > 0 && char.IsAsciiDigit(result[0])) result.Insert(0, '_');
        return result.ToString();
    }

    private static string? UnitOf(string? unit, bool isGauge) => unit switch
    {
        null or "" or ['{', ..] => null,
        "1" => isGauge ? "ratio" : null,
        "s" => "seconds",
        "ms" => "milliseconds",
        "us" => "microseconds",
        "ns" => "nanoseconds",
        "By" => "bytes",
        "%" => "percent",
        _ => Sanitized(unit.Replace("/", "_per_", StringComparison.Ordinal).Replace("{", "", StringComparison.Ordinal).Replace("}", "", StringComparison.Ordinal)),
    };

    private static bool EndsWith(StringBuilder name, string word) =>
        name.Length > word.Length && name[^(word.Length + 1)] == '_' && name.ToString(name.Length - word.Length, word.Length) == word;
}
