using System.Globalization;
using System.Text.Json;

namespace StepCloud.Actors.Workflows;

/// <summary>Learns a blueprint from jobs that went well: the order, the durations, settings and values that were seen, with margins.</summary>
/// <remarks>A proposal: a person reads it, changes it, and approves it.</remarks>
public static class Proposal
{
    /// <param name="jobs">Of each the steps.</param>
    /// <param name="margin">By what part of itself a bound is moved outwards: 0.2 makes 10 to 20 into 8 to 24.</param>
    /// <param name="series">Those that get limits; null for all that every job has.</param>
    public static Blueprint Of(IReadOnlyList<IReadOnlyList<DoneStep>> jobs, double margin, IReadOnlySet<string>? series)
    {
        List<Place> places = [];
        foreach (IReadOnlyList<DoneStep> job in jobs)
            places = Merge(places, [.. job.OrderBy(step => step.Started).ThenBy(step => step.Id.Value)]);
        Dictionary<string, int> names = new(StringComparer.OrdinalIgnoreCase);
        List<BlueprintStep> steps = [];
        foreach (Place place in places.Take(BlueprintRules.StepsMax))
        {
            string name = NameOf(place.Seen[0]);
            int times = names[name] = names.GetValueOrDefault(name) + 1;
            steps.Add(place.ToStep($"s{steps.Count + 1}", times == 1 ? name : $"{name} {times.ToString(CultureInfo.InvariantCulture)}", jobs.Count, margin, series));
        }

        return new Blueprint(steps);
    }

    private static string NameOf(DoneStep step) => step.Label.Trim().Length == 0 ? step.Kind.Replace('_', ' ') : step.Label.Trim();

    private static bool IsAlike(DoneStep one, DoneStep other) =>
        one.Model == other.Model && string.Equals(one.Label.Trim(), other.Label.Trim(), StringComparison.OrdinalIgnoreCase);

    /// <summary>Lays a job beside what was seen: what both have stands at one place, what only one has at a place of its own.</summary>
    private static List<Place> Merge(List<Place> places, DoneStep[] job)
    {
        int[,] longest = new int[places.Count + 1, job.Length + 1];
        for (int place = places.Count - 1; place >= 0; place--)
        {
            for (int step = job.Length - 1; step >= 0; step--)
            {
                longest[place, step] = IsAlike(places[place].Seen[0], job[step])
                    ? longest[place + 1, step + 1] + 1
                    : Math.Max(longest[place + 1, step], longest[place, step + 1]);
            }
        }

        List<Place> merged = [];
        int p = 0, s = 0;
        while (p < places.Count || s < job.Length)
        {
            if (p < places.Count && s < job.Length && IsAlike(places[p].Seen[0], job[s]))
            {
                places[p].Seen.Add(job[s++]);
                merged.Add(places[p++]);
            }
            else if (s == job.Length || (p < places.Count && longest[p + 1, s] >= longest[p, s + 1])) merged.Add(places[p++]);
            else merged.Add(new Place([job[s++]]));
        }

        return merged;
    }

    /// <param name="Seen">One of each job that had it.</param>
    private sealed record Place(List<DoneStep> Seen)
    {
        public BlueprintStep ToStep(string key, string name, int jobs, double margin, IReadOnlySet<string>? series) => new(key, name)
        {
            Model = Seen[0].Model,
            Label = Seen[0].Label.Trim().Length == 0 ? null : Seen[0].Label.Trim(),
            TimesMin = Seen.Count == jobs ? 1 : 0,
            DurationS = RangeOf(Seen.Select(step => step.DurationS), margin),
            Settings = [.. Settings(margin).Take(BlueprintRules.RulesMax)],
            Series = [.. Limits(margin, series).Take(BlueprintRules.RulesMax)],
        };

        /// <summary>Settings that all of them told: what was the same must be so, numbers that were not keep a range. Anything else says nothing.</summary>
        private IEnumerable<SettingRule> Settings(double margin)
        {
            foreach ((string pointer, JsonElement first) in Leaves(Seen[0].Settings, ""))
            {
                JsonElement?[] values = [.. Seen.Select(step => Alarms.SettingWatch.Find(step.Settings, pointer))];
                if (values.Any(value => value is null)) continue;
                string text = first.ValueKind == JsonValueKind.String ? first.GetString()! : first.GetRawText();
                if (text.Length is 0 or > 200 || pointer.Length > 200) continue;
                if (values.All(value => Alarms.SettingWatch.IsEqual(value!.Value, text))) yield return new SettingRule(pointer) { EqualTo = text };
                else if (values.All(value => value!.Value.ValueKind == JsonValueKind.Number))
                {
                    NumberRange range = RangeOf(values.Select(value => value!.Value.GetDouble()), margin);
                    yield return new SettingRule(pointer) { Min = range.Min, Max = range.Max };
                }
            }
        }

        /// <summary>Of series that all of them told, in the same unit: their means.</summary>
        private IEnumerable<SeriesLimit> Limits(double margin, IReadOnlySet<string>? series)
        {
            foreach ((string name, DoneSeries first) in Seen[0].Series.OrderBy(one => one.Key, StringComparer.Ordinal))
            {
                if (series?.Contains(name) == false) continue;
                if (!Seen.All(step => step.Series.TryGetValue(name, out DoneSeries? other) && other.Count > 0 && other.Unit == first.Unit)) continue;
                NumberRange range = RangeOf(Seen.Select(step => step.Series[name].Mean), margin);
                yield return new SeriesLimit(name, SeriesStatistic.Mean) { Unit = first.Unit.Length == 0 ? null : first.Unit, Min = range.Min, Max = range.Max };
            }
        }

        /// <summary>With a margin of the greater bound's size, so that 0 has one too; what was never negative does not become so.</summary>
        private static NumberRange RangeOf(IEnumerable<double> seen, double margin)
        {
            double[] values = [.. seen];
            (double min, double max) = (values.Min(), values.Max());
            double low = min >= 0 ? min * (1 - Math.Min(margin, 1)) : min - (margin * Math.Max(Math.Abs(min), Math.Abs(max)));
            double high = max + (margin * Math.Max(Math.Abs(min), Math.Abs(max)));
            return new NumberRange(Math.Min(low, Rounded(low)), Math.Max(high, Rounded(high)));
        }

        /// <summary>Nobody approves sixteen digits, unless six would leave out what was seen.</summary>
        private static double Rounded(double value) =>
            double.IsFinite(value) ? double.Parse(value.ToString("G6", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture) : value;
    }

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
