using System.Globalization;
using System.Text.Json;
using StepCloud.Actors.Alarms;
using StepCloud.Contracts.Steps;

namespace StepCloud.Actors.Workflows;

/// <summary>Learns a blueprint from jobs that went well: the order, the durations, settings and values that were seen, with margins.</summary>
/// <remarks>A proposal: a person reads it, changes it, and approves it.</remarks>
public static class Proposal
{
    /// <param name="jobs">Of each the steps.</param>
    /// <param name="margin">By what part of itself a bound is moved outwards: 0.2 makes 10 to 20 into 8 to 24.</param>
    /// <param name="series">Those that get limits; null for all that every job has.</param>
    /// <returns>Null when the runs are so unlike that no blueprint can be made of them: there is no step that all of them had, or there are too many.</returns>
    public static Blueprint? Of(IReadOnlyList<IReadOnlyList<DoneStep>> jobs, double margin, IReadOnlySet<string>? series)
    {
        List<List<DoneStep>> places = [];
        foreach (IReadOnlyList<DoneStep> job in jobs)
        {
            places = Merge(places, [.. job.Order(Comparer<DoneStep>.Create(Alignment.Compare))]);
            if (places.Count > BlueprintRules.PlacesMax) return null;
        }

        // Held against the places as every later job will be: what each has seen then is what a run like it will be held against.
        Blueprint bare = new([.. places.Take(BlueprintRules.StepsMax).Select((seen, i) => Bare(seen, $"s{i + 1}", jobs.Count))]);
        Alignment[] aligned = [.. jobs.Select(job => Alignment.Of(bare, job))];
        HashSet<string> names = new(StringComparer.OrdinalIgnoreCase);
        List<BlueprintStep> steps = [];
        for (int place = 0; place < bare.Steps.Count; place++)
        {
            DoneStep[] seen = [.. aligned.SelectMany(one => one.Met[place].Where(step => !one.IsOutOfOrder(step)))];
            if (seen.Length == 0) continue;
            steps.Add(bare.Steps[place] with
            {
                Key = $"s{steps.Count + 1}",
                Name = Unique(bare.Steps[place].Name, names),
                TimesMin = seen.Length == jobs.Count ? 1 : 0,
                DurationS = RangeOf(seen.Select(step => step.DurationS), margin),
                Settings = [.. Settings(seen, margin).DistinctBy(rule => rule.Pointer).Take(BlueprintRules.RulesMax)],
                Series = [.. Limits(seen, margin, series).Take(BlueprintRules.RulesMax)],
            });
        }

        return steps.Exists(step => step.TimesMin > 0) ? new Blueprint(steps) : null;
    }

    private static BlueprintStep Bare(List<DoneStep> seen, string key, int jobs)
    {
        string? label = seen[0].Label.Trim() is { } trimmed && BlueprintRules.NameFault(trimmed) is null ? trimmed : null;
        return new BlueprintStep(key, label ?? seen[0].Kind.Replace('_', ' ')) { Model = seen[0].Model, Label = label, TimesMin = seen.Count == jobs ? 1 : 0 };
    }

    /// <summary>With a number behind it that nobody else has.</summary>
    private static string Unique(string name, HashSet<string> names)
    {
        string unique = name;
        for (int time = 2; !names.Add(unique); time++)
        {
            string number = " " + time.ToString(CultureInfo.InvariantCulture);
            int length = Math.Min(name.Length, StepLimits.NameCharsMax - number.Length);
            unique = name[..(char.IsHighSurrogate(name[length - 1]) ? length - 1 : length)] + number;
        }

        return unique;
    }

    private static bool IsAlike(DoneStep one, DoneStep other) =>
        one.Model == other.Model && string.Equals(one.Label.Trim(), other.Label.Trim(), StringComparison.OrdinalIgnoreCase);

    /// <summary>Lays a job beside what was seen: what both have stands at one place, what only one has at a place of its own.</summary>
    private static List<List<DoneStep>> Merge(List<List<DoneStep>> places, DoneStep[] job)
    {
        int[,] longest = new int[places.Count + 1, job.Length + 1];
        for (int place = places.Count - 1; place >= 0; place--)
        {
            for (int step = job.Length - 1; step >= 0; step--)
            {
                longest[place, step] = IsAlike(places[place][0], job[step])
                    ? longest[place + 1, step + 1] + 1
                    : Math.Max(longest[place + 1, step], longest[place, step + 1]);
            }
        }

        List<List<DoneStep>> merged = [];
        int p = 0, s = 0;
        while (p < places.Count || s < job.Length)
        {
            if (p < places.Count && s < job.Length && IsAlike(places[p][0], job[s]))
            {
                places[p].Add(job[s++]);
                merged.Add(places[p++]);
            }
            else if (s == job.Length || (p < places.Count && longest[p + 1, s] >= longest[p, s + 1])) merged.Add(places[p++]);
            else merged.Add([job[s++]]);
        }

        return merged;
    }

    /// <summary>Settings that all of them told: what was the same must be so, numbers that were not keep a range. Anything else says nothing.</summary>
    private static IEnumerable<SettingRule> Settings(DoneStep[] seen, double margin)
    {
        foreach ((string pointer, JsonElement first) in Leaves(seen[0].Settings, ""))
        {
            JsonElement?[] values = [.. seen.Select(step => SettingWatch.Find(step.Settings, pointer))];
            if (values.Any(value => value is null)) continue;
            string text = first.ValueKind == JsonValueKind.String ? first.GetString()! : first.GetRawText();
            SettingRule? rule = values.All(value => SettingWatch.IsEqual(value!.Value, text))
                ? text.Length == 0 ? null : new SettingRule(pointer) { EqualTo = text }
                : values.All(value => Number(value!.Value) is not null)
                    ? RangeOf(values.Select(value => Number(value!.Value)!.Value), margin) is var range ? new SettingRule(pointer) { Min = range.Min, Max = range.Max } : null
                    : null;
            if (rule is not null && BlueprintRules.SettingFault(rule) is null) yield return rule;
        }
    }

    private static double? Number(JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && double.IsFinite(number) ? number : null;

    /// <summary>Of series that all of them told, in the same unit: their means.</summary>
    private static IEnumerable<SeriesLimit> Limits(DoneStep[] seen, double margin, IReadOnlySet<string>? series)
    {
        foreach ((string name, DoneSeries first) in seen[0].Series.OrderBy(one => one.Key, StringComparer.Ordinal))
        {
            if (series?.Contains(name) == false) continue;
            if (!seen.All(step => step.Series.TryGetValue(name, out DoneSeries? other) && other.Count > 0 && other.Unit == first.Unit && double.IsFinite(other.Mean))) continue;
            NumberRange range = RangeOf(seen.Select(step => step.Series[name].Mean), margin);
            SeriesLimit limit = new(name, SeriesStatistic.Mean) { Unit = first.Unit.Length == 0 ? null : first.Unit, Min = range.Min, Max = range.Max };
            if (BlueprintRules.SeriesFault(limit) is null) yield return limit;
        }
    }

    /// <summary>With a margin of the greater bound's size, so that 0 has one too; what was never negative does not become so.</summary>
    private static NumberRange RangeOf(IEnumerable<double> seen, double margin)
    {
        double[] values = [.. seen];
        (double min, double max) = (values.Min(), values.Max());
        double size = margin * Math.Max(Math.Abs(min), Math.Abs(max));
        double low = min >= 0 ? min * (1 - Math.Min(margin, 1)) : min - size;
        double high = max + size;
        return new NumberRange(Finite(Math.Min(low, Rounded(low))), Finite(Math.Max(high, Rounded(high))));
    }

    /// <summary>What lies beyond all numbers has no JSON.</summary>
    private static double Finite(double value) => Math.Clamp(value, -double.MaxValue, double.MaxValue);

    /// <summary>Nobody approves sixteen digits, unless six would leave out what was seen.</summary>
    private static double Rounded(double value) => double.Parse(value.ToString("G6", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    /// <summary>Of all that is no object, to the depth of three objects.</summary>
    private static IEnumerable<(string Pointer, JsonElement Value)> Leaves(JsonElement json, string at, int depth = 3)
    {
        foreach (JsonProperty property in json.EnumerateObject())
        {
            string pointer = $"{at}/{property.Name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)}";
            if (property.Value.ValueKind == JsonValueKind.Object)
            {
                if (depth > 1)
                    foreach ((string, JsonElement) leaf in Leaves(property.Value, pointer, depth - 1)) yield return leaf;
            }
            else if (property.Value.ValueKind != JsonValueKind.Array) yield return (pointer, property.Value);
        }
    }
}
