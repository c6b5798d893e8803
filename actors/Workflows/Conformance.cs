using System.Globalization;
using System.Text.Json;
using StepCloud.Actors.Alarms;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Steps;

namespace StepCloud.Actors.Workflows;

/// <summary>How an expected step stands.</summary>
public enum StepVerdict
{
    /// <summary>It has not been done, and still can be.</summary>
    Awaited,
    Met,

    /// <summary>It was done, and not as approved.</summary>
    Deviating,
    Missing,

    /// <summary>It was not done, and need not be.</summary>
    LeftOut,
}

/// <param name="Steps">That met it.</param>
public sealed record ExpectedVerdict(string Key, string Name, StepVerdict Verdict, IReadOnlyList<StepId> Steps);

/// <summary>What a job is found to be: a function of what was approved and of what is known, and of nothing that was found before.</summary>
/// <param name="Expected">As the blueprint has them.</param>
/// <param name="Extra">Steps that meet nothing.</param>
/// <param name="LookAgainAt">When something is to be found then, though nothing comes until that time.</param>
public sealed record Conformance(
    IReadOnlyList<ExpectedVerdict> Expected, IReadOnlyList<StepId> Extra, IReadOnlyList<Finding> Findings, DateTimeOffset? LookAgainAt)
{
    /// <summary>Of a setting, as a finding shows it.</summary>
    private const int FoundCharsMax = 200;

    /// <summary>Nothing is awaited any more.</summary>
    public bool IsFinished => Expected.All(step => step.Verdict != StepVerdict.Awaited);

    public static Conformance Of(Blueprint blueprint, JobFacts facts)
    {
        List<Finding> findings = [];
        List<ExpectedVerdict> expected = [];
        DateTimeOffset? lookAgainAt = null;
        for (int place = 0; place < blueprint.Steps.Count; place++)
        {
            ExpectedStep step = new(blueprint, facts, place);
            int before = findings.Count;
            findings.AddRange(step.Find());
            if (step.Deadline is { } deadline && deadline >= facts.Now && (lookAgainAt is null || deadline < lookAgainAt)) lookAgainAt = deadline;
            expected.Add(step.Verdict(findings.Count > before));
        }

        if (blueprint.FindsExtraSteps)
            findings.AddRange(facts.Aligned.Extra.Select(step => new Finding(FindingCode.ExtraStep, null, step.Label.Length == 0 ? step.Kind : step.Label, step.Id)));
        if (facts.HasMoreSteps)
            findings.Add(new Finding(FindingCode.TooManySteps, null, "", null, Expected: JobFacts.StepsMax.ToString(CultureInfo.InvariantCulture)));
        return new Conformance(expected, [.. facts.Aligned.Extra.Select(step => step.Id)], findings, lookAgainAt);
    }

    /// <summary>One expected step, with what was done for it.</summary>
    private sealed class ExpectedStep(Blueprint blueprint, JobFacts facts, int place)
    {
        private readonly BlueprintStep _step = blueprint.Steps[place];
        private readonly IReadOnlyList<DoneStep> _done = facts.Aligned.Met[place];
        private readonly int _rework = facts.Reworks.GetValueOrDefault(blueprint.Steps[place].Key);

        private bool IsShort => _done.Count < _step.TimesMin;

        /// <summary>A later one was done already: this one was passed over, unless it is to be done again.</summary>
        private bool IsPassed => facts.IsComplete || (facts.Aligned.LastMet > place && _rework == 0);

        /// <summary>Until when it must begin, of those that have not; null for ever.</summary>
        public DateTimeOffset? Deadline { get; private set; }

        public ExpectedVerdict Verdict(bool hasFindings) => new(_step.Key, _step.Name, VerdictOf(hasFindings), [.. _done.Select(step => step.Id)]);

        private StepVerdict VerdictOf(bool hasFindings)
        {
            if (IsShort) return IsPassed ? StepVerdict.Missing : StepVerdict.Awaited;
            if (_done.Count == 0) return StepVerdict.LeftOut;
            return hasFindings ? StepVerdict.Deviating : StepVerdict.Met;
        }

        public IEnumerable<Finding> Find()
        {
            if (IsShort && IsPassed)
                yield return Of(FindingCode.MissingStep, null, found: _done.Count == 0 ? null : $"{_done.Count} of {_step.TimesMin} times", expected: _step.TimesMin == 1 ? null : $"{_step.TimesMin} times");
            foreach (Finding finding in FindWaits()) yield return finding;
            foreach (DoneStep step in _done)
                foreach (Finding finding in Find(step)) yield return finding;
        }

        private IEnumerable<Finding> Find(DoneStep step)
        {
            if (IsMisplaced(step)) yield return Of(FindingCode.OutOfOrder, step);
            if (step.Outcome is StepResult.Failed or StepResult.Aborted)
                yield return Of(FindingCode.StepFailed, step, expected: WireNames.Of(StepResult.Succeeded), found: WireNames.Of(step.Outcome.Value));
            if (_step.DurationS is { } duration && duration.OffBy(step.DurationS) is { } off)
                yield return Of(FindingCode.DurationOutOfRange, step, expected: Finding.Text(duration, "s"), found: Finding.Number(step.DurationS) + " s", offBy: off);
            foreach (SettingRule rule in _step.Settings)
                if (Find(step, rule) is { } finding) yield return finding;
            foreach (SeriesLimit limit in _step.Series)
                if (Find(step, limit) is { } finding) yield return finding;
            foreach (Finding finding in FindMaterials(step)) yield return finding;
            foreach (OverduePlan plan in facts.Overdue.GetValueOrDefault(step.Id) ?? [])
                yield return Of(FindingCode.DeviceOverdue, step, plan.Name, Day(plan.Due));
        }

        /// <summary>
        /// What was done again after steps that come behind it is out of order: a part that was printed anew must be washed anew. What was not done
        /// again is held against those alone that were not either.
        /// </summary>
        private bool IsMisplaced(DoneStep step) => _rework > 0
            ? Enumerable.Range(place + 1, blueprint.Steps.Count - place - 1).Any(later => facts.Aligned.Met[later].Any(one => Alignment.Compare(one, step) < 0))
            : facts.Aligned.IsOutOfOrder(step) && Enumerable.Range(0, blueprint.Steps.Count).Any(other =>
                other != place && facts.Reworks.GetValueOrDefault(blueprint.Steps[other].Key) == 0
                && facts.Aligned.Met[other].Any(one => Alignment.Compare(one, step) > 0 == other < place));

        private Finding? Find(DoneStep step, SettingRule rule)
        {
            string expected = rule.EqualTo ?? Finding.Text(rule.Range, "");
            if (SettingWatch.Find(step.Settings, rule.Pointer) is not { } value) return Of(FindingCode.SettingMissing, step, rule.Pointer, expected);
            string found = value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
            // Not through the middle of a character.
            if (found.Length > FoundCharsMax) found = string.Concat(found.AsSpan(0, FoundCharsMax - (char.IsHighSurrogate(found[FoundCharsMax - 1]) ? 1 : 0)), "...");
            if (rule.EqualTo is { } equal)
                return SettingWatch.IsEqual(value, equal) ? null : Of(FindingCode.SettingDiffers, step, rule.Pointer, expected, found);
            // What is no number is in no range.
            if (value.ValueKind != JsonValueKind.Number || !value.TryGetDouble(out double number)) return Of(FindingCode.SettingDiffers, step, rule.Pointer, expected, found);
            return rule.Range.OffBy(number) is { } off ? Of(FindingCode.SettingOutOfRange, step, rule.Pointer, expected, found, off) : null;
        }

        private Finding? Find(DoneStep step, SeriesLimit limit)
        {
            string name = $"{limit.Name} ({JsonNamingPolicy.SnakeCaseLower.ConvertName(limit.Statistic.ToString())})";
            string expected = Finding.Text(limit.Range, limit.Unit ?? "");
            if (!step.Series.TryGetValue(limit.Name, out DoneSeries? series) || series.Count == 0 || (limit.Unit is { } unit && unit != series.Unit))
                return Of(FindingCode.SeriesMissing, step, name, expected);
            double value = series.Get(limit.Statistic);
            return limit.Range.OffBy(value) is { } off
                ? Of(FindingCode.SeriesOutOfRange, step, name, expected, $"{Finding.Number(value)} {series.Unit}".TrimEnd(), off)
                : null;
        }

        private IEnumerable<Finding> FindMaterials(DoneStep step)
        {
            foreach (string material in _step.Materials)
            {
                JobLot[] lots = [.. facts.Lots.Where(lot => lot.Material == material)];
                if (lots.Length == 0) yield return Of(FindingCode.MaterialMissing, step, material);
                DateOnly used = DateOnly.FromDateTime(step.Started.UtcDateTime);
                foreach (JobLot lot in lots)
                    if (lot.Expires < used) yield return Of(FindingCode.LotExpired, step, lot.Name, Day(lot.Expires.Value), Day(used));
            }

            foreach (NotValidated one in facts.NotValidated.GetValueOrDefault(step.Id) ?? [])
                yield return Of(FindingCode.CombinationNotValidated, step, one.Lot.Name, found: one.With);
        }

        private IEnumerable<Finding> FindWaits()
        {
            foreach (WaitRule wait in _step.Waits)
            {
                int after = IndexOf(wait.After);
                if (after < 0 || facts.Aligned.Met[after] is not [.., var last]) continue;
                string name = blueprint.Steps[after].Name;
                string expected = Finding.Text(wait.Range, "s");
                if ((_done.FirstOrDefault(step => !facts.Aligned.IsOutOfOrder(step)) ?? (_done is [var earliest, ..] ? earliest : null)) is { } first)
                {
                    double waited = (first.Started - last.Ended).TotalSeconds;
                    // What was done before the other is out of order, and that is found.
                    if (waited < 0 && facts.Aligned.IsOutOfOrder(first)) continue;
                    if (wait.Range.OffBy(waited) is { } off)
                        yield return Of(off < 0 ? FindingCode.WaitTooShort : FindingCode.WaitTooLong, first, name, expected, Finding.Number(waited) + " s", off);
                }
                else if (IsShort && !IsPassed && wait.MaxS is { } max)
                {
                    DateTimeOffset deadline = last.Ended.AddSeconds(max);
                    if (deadline < facts.Now) yield return Of(FindingCode.WaitTooLong, null, name, expected);
                    else if (Deadline is null || deadline < Deadline) Deadline = deadline;
                }
            }
        }

        private int IndexOf(string key)
        {
            for (int i = 0; i < blueprint.Steps.Count; i++)
                if (blueprint.Steps[i].Key == key) return i;
            return -1;
        }

        private Finding Of(FindingCode code, DoneStep? step, string? parameter = null, string? expected = null, string? found = null, double? offBy = null) =>
            new(code, _step.Key, _step.Name, step?.Id, parameter, expected, found, offBy) { Rework = code is FindingCode.MissingStep or FindingCode.WaitTooLong ? _rework : 0 };

        private static string Day(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
    }
}
