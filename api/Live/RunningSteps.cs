using System.Text.Json;
using StepCloud.Contracts.Ids;
using StepCloud.Storage;

namespace StepCloud.Api.Live;

/// <summary>Puts the series of a running step together from its telemetry.</summary>
internal sealed class RunningSteps(LiveFeed feed)
{
    /// <summary>As many as a chart of every sample may have; a step that lasts so long is looked at by its end.</summary>
    private const int SamplesMax = 500_000;

    private const int PageCount = 200;

    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <param name="end">The position of the last telemetry that counts.</param>
    public async Task<(IReadOnlyList<RunningSeries> Series, bool IsWhole)> FindAsync(
        OrganizationId organization, StepId step, long end, CancellationToken cancellationToken)
    {
        List<Element> elements = [];
        long? before = end + 1;
        int samples = 0;
        while (samples < SamplesMax)
        {
            List<LiveTelemetry> page = await feed.ListByStepAsync(organization, step, before, PageCount, cancellationToken);
            foreach (LiveTelemetry telemetry in page)
            {
                if (JsonSerializer.Deserialize<Element>(telemetry.Body, Json) is not { Series: { } series } element) continue;
                elements.Add(element);
                samples += series.Sum(one => one.Values.Length);
            }

            if (page.Count < PageCount) return (Join(elements), true);
            before = page[^1].Position;
        }

        return (Join(elements), false);
    }

    /// <summary>By name, in the order of the samples' times; of a singular series the last value.</summary>
    private static List<RunningSeries> Join(List<Element> newestFirst)
    {
        Dictionary<string, (string Unit, List<(long Time, double Value)> Samples)> byName = new(StringComparer.Ordinal);
        Dictionary<string, RunningSeries> singular = new(StringComparer.Ordinal);
        for (int i = newestFirst.Count - 1; i >= 0; i--)
        {
            foreach (Part part in newestFirst[i].Series!)
            {
                if (part.TimesUs.Length != part.Values.Length)
                {
                    singular[part.Name] = new RunningSeries(part.Name, part.Unit, [], part.Values);
                    continue;
                }

                if (!byName.TryGetValue(part.Name, out (string Unit, List<(long Time, double Value)> Samples) series)) byName[part.Name] = series = (part.Unit, []);
                for (int sample = 0; sample < part.Values.Length; sample++) series.Samples.Add((part.TimesUs[sample], part.Values[sample]));
            }
        }

        return
        [
            .. byName.Select(pair =>
            {
                // Elements that were sent late stand behind later samples. A stable sort: samples of one time stay as they came.
                (long Time, double Value)[] samples = [.. pair.Value.Samples.OrderBy(sample => sample.Time)];
                return new RunningSeries(pair.Key, pair.Value.Unit, [.. samples.Select(sample => sample.Time)], [.. samples.Select(sample => sample.Value)]);
            }),
            .. singular.Values.Where(series => !byName.ContainsKey(series.Name)),
        ];
    }

    /// <summary>What is needed of an element's body.</summary>
    private sealed record Element(Part[]? Series);

    private sealed record Part(string Name, string Unit, long[] TimesUs, double[] Values);
}
