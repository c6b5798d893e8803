using System.Text.Json;
using StepCloud.Contracts.Refusals;
using StepCloud.Contracts.Steps;

namespace StepCloud.Api.Ingress;

/// <summary>Reads the series of a step.</summary>
internal static class SeriesReader
{
    /// <summary>Samples lie within a year of the step's start: nothing that ends longer runs.</summary>
    private static readonly long TimeMicrosecondsMax = (long)TimeSpan.FromDays(366).TotalMicroseconds;

    public static bool ReadAll(ref JsonCursor cursor, List<StepSeries> series)
    {
        if (!cursor.ExpectArray("/series")) return false;
        HashSet<string> names = new(StringComparer.Ordinal);
        while (cursor.Read() && cursor.Token != JsonTokenType.EndArray)
        {
            string path = $"/series/{series.Count}";
            if (series.Count == StepLimits.SeriesPerStepMax)
                return cursor.Refuse(RefusalCode.TooLarge, $"/series has more than {StepLimits.SeriesPerStepMax} entries.");
            if (ReadOne(ref cursor, path) is not { } one) return false;
            if (!names.Add(one.Name))
                return cursor.Refuse(RefusalCode.DuplicateSeries, $"{path}/name is the name of an earlier series of this step.");
            series.Add(one);
        }

        return true;
    }

    private static StepSeries? ReadOne(ref JsonCursor cursor, string path)
    {
        if (!cursor.ExpectObject(path)) return null;
        SeriesFields fields = new();
        MemberSet seen = new();
        while (cursor.NextMember(out string name))
        {
            if (!seen.Add(ref cursor, name) || !ReadMember(ref cursor, path, name, fields)) return null;
        }

        return Check(ref cursor, path, fields) ? new(fields.Name!, fields.Unit, fields.Kind, fields.Chart, fields.Times, fields.Values!) : null;
    }

    private static bool ReadMember(ref JsonCursor cursor, string path, string name, SeriesFields fields)
    {
        switch (name)
        {
            case "name":
                if (!cursor.ReadString(path, "/name", StepLimits.NameCharsMax, out string text)) return false;
                fields.Name = text;
                return true;
            case "unit":
                if (!cursor.ReadString(path, "/unit", StepLimits.NameCharsMax, out string unit)) return false;
                fields.Unit = unit;
                return true;
            case "kind":
                if (!cursor.ReadString(path, "/kind", StepLimits.NameCharsMax, out string kind)) return false;
                if (kind is not ("timeseries" or "singular"))
                    return cursor.Refuse(RefusalCode.ValueOutOfRange, $"{path}/kind must be timeseries or singular.");
                fields.Kind = kind == "singular" ? SeriesKind.Singular : SeriesKind.Timeseries;
                return true;
            case "chart":
                return ReadChart(ref cursor, path + "/chart", fields);
            case "times_us":
                return ReadTimes(ref cursor, path + "/times_us", fields);
            case "values":
                return ReadValues(ref cursor, path + "/values", fields);
            default:
                return cursor.Refuse(RefusalCode.UnknownField, $"{path}/{StepReader.Shown(name)} is not a field of a series.");
        }
    }

    private static bool ReadChart(ref JsonCursor cursor, string path, SeriesFields fields)
    {
        if (!cursor.ReadString(path, StepLimits.NameCharsMax, out string chart)) return false;
        PreferredChart? known = chart switch
        {
            "default" => PreferredChart.Default,
            "scatter" => PreferredChart.Scatter,
            "line" => PreferredChart.Line,
            "bar" => PreferredChart.Bar,
            _ => null,
        };
        fields.Chart = known ?? PreferredChart.Default;
        return known is not null || cursor.Refuse(RefusalCode.ValueOutOfRange, $"{path} must be default, scatter, line or bar.");
    }

    private static bool ReadTimes(ref JsonCursor cursor, string path, SeriesFields fields)
    {
        if (!cursor.ExpectArray(path)) return false;
        if (!cursor.TryReadWholes(out long[] times))
        {
            List<long> one = [];
            while (cursor.Read() && cursor.Token != JsonTokenType.EndArray)
            {
                if (!cursor.ReadMicroseconds(path, one.Count, out long time)) return false;
                one.Add(time);
            }

            times = [.. one];
        }

        long last = -TimeMicrosecondsMax;
        for (int i = 0; i < times.Length; last = times[i++])
        {
            if (times[i] <= TimeMicrosecondsMax && times[i] >= last) continue;
            return cursor.Refuse(RefusalCode.ValueOutOfRange, $"{path}/{i} goes back in time, or is more than 366 days from the step's start.");
        }

        fields.Times = times;
        return true;
    }

    private static bool ReadValues(ref JsonCursor cursor, string path, SeriesFields fields)
    {
        if (!cursor.ExpectArray(path)) return false;
        if (!cursor.TryReadDoubles(out double[] values))
        {
            List<double> one = [];
            while (cursor.Read() && cursor.Token != JsonTokenType.EndArray)
            {
                if (!cursor.ReadDouble(path, one.Count, out double value)) return false;
                one.Add(value);
            }

            values = [.. one];
        }

        fields.Values = values;
        return true;
    }

    private static bool Check(ref JsonCursor cursor, string path, SeriesFields fields)
    {
        if (string.IsNullOrEmpty(fields.Name)) return cursor.Refuse(RefusalCode.MissingField, $"{path}/name is missing.");
        if (fields.Values is null) return cursor.Refuse(RefusalCode.MissingField, $"{path}/values is missing.");
        if (fields.Kind == SeriesKind.Timeseries)
        {
            return fields.Times.Length == fields.Values.Length
                || cursor.Refuse(
                    RefusalCode.UnequalLength, $"{path} has {fields.Times.Length} times and {fields.Values.Length} values.");
        }

        return (fields.Values.Length == 1 && fields.Times.Length <= 1)
            || cursor.Refuse(
                RefusalCode.UnequalLength,
                $"{path} is singular and must have one value and at most one time, not {fields.Values.Length} and {fields.Times.Length}.");
    }

    private sealed class SeriesFields
    {
        public string? Name { get; set; }

        public string Unit { get; set; } = "";

        public SeriesKind Kind { get; set; } = SeriesKind.Timeseries;

        public PreferredChart Chart { get; set; } = PreferredChart.Default;

        public long[] Times { get; set; } = [];

        public double[]? Values { get; set; }
    }
}
