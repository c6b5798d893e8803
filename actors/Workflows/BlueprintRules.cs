using StepCloud.Actors.Alarms;
using StepCloud.Contracts.Devices;
using StepCloud.Contracts.Steps;

namespace StepCloud.Actors.Workflows;

/// <summary>What a blueprint must be so that it can be met.</summary>
public static class BlueprintRules
{
    /// <summary>A part goes through some dozens; each costs at every look at every job.</summary>
    public const int StepsMax = 100;

    public const int TimesMax = 20;

    /// <summary>Places of all steps together, each as often as it may be done.</summary>
    public const int PlacesMax = 300;

    /// <summary>Settings, or limits of series, of one step.</summary>
    public const int RulesMax = 200;

    /// <summary>A year: what takes longer is another job.</summary>
    public const int SecondsMax = 366 * 24 * 3600;

    private const int WaitsMax = 20;
    private const int MaterialsMax = 20;
    private const int KeyCharsMax = 50;

    /// <returns>Each fault with its place in the document (RFC 6901) and a sentence; none when it can be met.</returns>
    public static IReadOnlyList<(string Pointer, string Detail)> Faults(Blueprint blueprint)
    {
        // Each step is held against all the others: of too many, no more is looked at.
        if (blueprint.Steps.Count is 0 or > StepsMax) return [("/steps", $"A blueprint has 1 to {StepsMax} steps.")];
        if (Holes(blueprint).ToArray() is { Length: > 0 } holes) return [.. holes.Select(hole => (hole, "It may not be null."))];
        List<(string, string)> faults = [];
        if (blueprint.Steps.All(step => step is { TimesMin: 0, TimesMax: > 0 })) faults.Add(("/steps", "All of them can be left out: a job would conform with nothing done."));
        if (blueprint.Steps.Sum(step => Math.Clamp(step.TimesMax, 0, TimesMax)) > PlacesMax) faults.Add(("/steps", $"All steps together are done {PlacesMax} times at most."));
        for (int i = 0; i < blueprint.Steps.Count; i++)
        {
            string at = $"/steps/{i}";
            BlueprintStep step = blueprint.Steps[i];
            faults.AddRange(FaultsOf(step).Select(fault => (at + fault.Pointer, fault.Detail)));
            if (blueprint.Steps.Take(i).Any(other => other.Key == step.Key)) faults.Add((at + "/key", "Another step has this key."));
            if (blueprint.Steps.Take(i).Any(other => other.Name == step.Name)) faults.Add((at + "/name", "Another step has this name."));
            for (int wait = 0; wait < Math.Min(step.Waits.Count, WaitsMax); wait++)
                if (WaitFault(blueprint, i, step.Waits[wait]) is { } detail) faults.Add(($"{at}/waits/{wait}/after", detail));
        }

        return faults;
    }

    /// <summary>Where a list holds null, which JSON can say and nothing here means.</summary>
    public static IEnumerable<string> Holes(Blueprint blueprint)
    {
        for (int i = 0; i < blueprint.Steps.Count; i++)
        {
            if (blueprint.Steps[i] is not { } step)
            {
                yield return $"/steps/{i}";
                continue;
            }

            foreach ((string field, IReadOnlyList<object?> list) in ((string, IReadOnlyList<object?>)[])
                [("settings", step.Settings), ("series", step.Series), ("waits", step.Waits), ("materials", step.Materials)])
                for (int place = 0; place < list.Count; place++)
                    if (list[place] is null) yield return $"/steps/{i}/{field}/{place}";
        }
    }

    /// <summary>Those before the place, of as many as are looked at.</summary>
    private static bool IsRepeated<T, TKey>(IReadOnlyList<T> list, int place, Func<T, TKey> key) =>
        list.Take(place).Any(other => EqualityComparer<TKey>.Default.Equals(key(other), key(list[place])));

    private static IEnumerable<(string Pointer, string Detail)> FaultsOf(BlueprintStep step)
    {
        if (step.Key.Length is 0 or > KeyCharsMax || !step.Key.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '_' or '-'))
            yield return ("/key", $"A key is 1 to {KeyCharsMax} small letters, digits, `-` and `_`.");
        if (NameFault(step.Name) is { } name) yield return ("/name", name);
        if (step.Kind is not null && step.Model is not null) yield return ("/kind", "Give a `kind` or a `model`, and not both.");
        if (step.Kind is null && step.Model is null && step.Label is null) yield return ("/kind", "Give at least one of `kind`, `model` and `label`: otherwise every step would do.");
        if (step.Kind is { } kind && !DeviceKinds.All.Contains(kind)) yield return ("/kind", $"It is one of {string.Join(", ", DeviceKinds.All)}.");
        if (step.Label is { } label && NameFault(label) is { } labelFault) yield return ("/label", labelFault);
        if (step.TimesMin < 0 || step.TimesMax is < 1 or > TimesMax) yield return ("/times_max", $"A step is done 1 to {TimesMax} times at most, and 0 times or more at least.");
        else if (step.TimesMin > step.TimesMax) yield return ("/times_min", "It is above `times_max`: it can never be met.");
        if (step.DurationS is { } duration && (RangeFault(duration) ?? TimeFault(duration)) is { } durationFault) yield return ("/duration_s", durationFault);
        if (step.Settings.Count > RulesMax) yield return ("/settings", $"A step has {RulesMax} rules for settings at most.");
        for (int i = 0; i < Math.Min(step.Settings.Count, RulesMax); i++)
        {
            if (SettingFault(step.Settings[i]) is var (field, detail)) yield return ($"/settings/{i}{field}", detail);
            else if (IsRepeated(step.Settings, i, rule => rule.Pointer)) yield return ($"/settings/{i}/pointer", "Another rule is for this setting.");
        }

        if (step.Series.Count > RulesMax) yield return ("/series", $"A step has {RulesMax} limits for series at most.");
        for (int i = 0; i < Math.Min(step.Series.Count, RulesMax); i++)
        {
            if (SeriesFault(step.Series[i]) is var (field, detail)) yield return ($"/series/{i}{field}", detail);
            else if (IsRepeated(step.Series, i, limit => (limit.Name, limit.Statistic))) yield return ($"/series/{i}/statistic", "Another limit is for this of the series.");
        }

        if (step.Waits.Count > WaitsMax) yield return ("/waits", $"A step has {WaitsMax} waits at most.");
        for (int i = 0; i < Math.Min(step.Waits.Count, WaitsMax); i++)
        {
            if ((RangeFault(step.Waits[i].Range) ?? TimeFault(step.Waits[i].Range)) is { } wait) yield return ($"/waits/{i}/max_s", wait);
            if (IsRepeated(step.Waits, i, rule => rule.After)) yield return ($"/waits/{i}/after", "Another wait is for this step.");
        }

        if (step.Materials.Count > MaterialsMax) yield return ("/materials", $"A step uses {MaterialsMax} materials at most.");
        for (int i = 0; i < Math.Min(step.Materials.Count, MaterialsMax); i++)
            if ((NameFault(step.Materials[i]) ?? (IsRepeated(step.Materials, i, name => name) ? "It is named twice." : null)) is { } material) yield return ($"/materials/{i}", material);
        if (step.NeedsValidation && step.Materials.Count == 0) yield return ("/needs_validation", "Name the `materials`: it is they that are validated.");
        if (!SettingWatch.IsPointer(step.FirmwareAt)) yield return ("/firmware_at", PointerFault);
        if (!SettingWatch.IsPointer(step.ProgramAt)) yield return ("/program_at", PointerFault);
    }

    private const string PointerFault = "It must be a JSON Pointer (RFC 6901), such as /exposure/power.";

    internal static (string Field, string Detail)? SettingFault(SettingRule rule) => rule switch
    {
        _ when rule.Pointer.Length > StepLimits.NameCharsMax || !SettingWatch.IsPointer(rule.Pointer) || !Storable(rule.Pointer) => ("/pointer", PointerFault),
        { EqualTo: { } text } when text.Length > StepLimits.NameCharsMax || !Storable(text) => ("/equal_to", $"It has {StepLimits.NameCharsMax} characters at most."),
        { EqualTo: not null, Min: null, Max: null } => null,
        { EqualTo: not null } => ("/equal_to", "Give `equal_to`, or `min` and `max`, and not both."),
        _ => RangeFault(rule.Range) is { } fault ? ("/max", fault) : null,
    };

    internal static (string Field, string Detail)? SeriesFault(SeriesLimit limit) =>
        NameFault(limit.Name) is { } name ? ("/name", name)
        : limit.Unit is { } unit && (unit.Length > StepLimits.NameCharsMax || !Storable(unit)) ? ("/unit", $"It has {StepLimits.NameCharsMax} characters at most.")
        : !Enum.IsDefined(limit.Statistic) ? ("/statistic", "There is no such one.")
        : RangeFault(limit.Range) is { } fault ? ("/max", fault)
        : null;

    private static string? RangeFault(NumberRange range) => range switch
    {
        (null, null) => "Give `min`, `max`, or both.",
        var (min, max) when (min is { } low && !double.IsFinite(low)) || (max is { } high && !double.IsFinite(high)) => "It must be a finite number.",
        var (min, max) when min > max => "The range is upside down: `min` is above `max`, so it can never be met.",
        _ => null,
    };

    private static string? TimeFault(NumberRange range) =>
        range.Max < 0 || range.Min < 0 ? "A time is not negative."
        : range.Max > SecondsMax || range.Min > SecondsMax ? $"A time is {SecondsMax} seconds at most: a year."
        : null;

    /// <summary>The order of the steps is a wait too: so a wait for a later one goes round in a circle.</summary>
    private static string? WaitFault(Blueprint blueprint, int step, WaitRule wait)
    {
        int after = -1;
        for (int i = 0; i < blueprint.Steps.Count; i++)
            if (blueprint.Steps[i].Key == wait.After) after = i;
        if (after < 0) return $"No step has the key {wait.After}.";
        if (after < step) return null;
        return after == step
            ? "It waits for itself."
            : $"The waits go round in a circle: {blueprint.Steps[step].Key} is to begin after {wait.After}, which comes later. Put {wait.After} before it.";
    }

    internal static string? NameFault(string name) =>
        name.Length > StepLimits.NameCharsMax ? $"It has {StepLimits.NameCharsMax} characters at most."
        : string.IsNullOrWhiteSpace(name) ? "It may not be empty."
        : name.Any(char.IsControl) || !Storable(name) ? "It may not hold control characters, or halves of characters."
        : null;

    private static bool Storable(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '\0' || char.IsLowSurrogate(text[i])) return false;
            if (char.IsHighSurrogate(text[i]) && (++i == text.Length || !char.IsLowSurrogate(text[i]))) return false;
        }

        return true;
    }
}
