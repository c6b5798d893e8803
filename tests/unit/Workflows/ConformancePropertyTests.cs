using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using StepCloud.Actors.Workflows;
using StepCloud.Contracts.Steps;
using Xunit;

namespace StepCloud.Tests.Unit.Workflows;

/// <summary>Of random blueprints that can be met, and random steps.</summary>
public sealed class ConformancePropertyTests
{
    private static readonly string[] Labels = ["a", "b", "c", "x"];

    [Fact]
    public void The_order_in_which_the_steps_are_given_changes_nothing() => Prop.ForAll(
        Arb.From(from job in Jobs() from order in Gen.Shuffle(job.Steps) select (job, order)),
        given => Text(given.job, given.job.Steps) == Text(given.job, given.order)).QuickCheckThrowOnFailure();

    [Fact]
    public void Every_step_stands_once_in_what_was_expected_or_is_extra() => Prop.ForAll(Arb.From(Jobs()), job =>
    {
        var found = job.Judge(job.Steps);
        return found.Expected.SelectMany(step => step.Steps).Concat(found.Extra).Order(Comparer<StepCloud.Contracts.Ids.StepId>.Create((one, other) => one.Value.CompareTo(other.Value)))
            .SequenceEqual(job.Steps.Select(step => step.Id).OrderBy(id => id.Value));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void No_two_findings_are_the_same() => Prop.ForAll(Arb.From(Jobs()), job =>
    {
        string[] identities = [.. job.Judge(job.Steps).Findings.Select(finding => finding.Identity)];
        return identities.Distinct().Count() == identities.Length;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void The_blueprints_of_these_tests_can_be_met() =>
        Prop.ForAll(Arb.From(Jobs()), job => BlueprintRules.Faults(job.Blueprint).Count == 0 || job.Blueprint.Steps.All(step => step.TimesMin == 0)).QuickCheckThrowOnFailure();

    private static string Text(Job job, DoneStep[] steps) => JsonSerializer.Serialize(job.Judge(steps));

    private static Gen<Job> Jobs() =>
        from labels in Gen.Choose(1, 5).SelectMany(count => Gen.ArrayOf(Gen.Elements(Labels[..3]), count))
        from times in Gen.ArrayOf(Gen.Elements((0, 1), (1, 1), (1, 1), (2, 3)), labels.Length)
        from waits in Gen.ArrayOf(Gen.Choose(-3, labels.Length - 1), labels.Length)
        from done in Gen.Choose(0, 9).SelectMany(count => Gen.ArrayOf(Gen.Elements(Labels), count))
        from starts in Gen.ArrayOf(Gen.Choose(0, 12), done.Length)
        from powers in Gen.ArrayOf(Gen.Elements("""{"power":3}""", """{"power":5}""", """{"power":"high"}""", "{}"), done.Length)
        from outcomes in Gen.ArrayOf(Gen.Elements<StepResult?>(null, StepResult.Succeeded, StepResult.Failed), done.Length)
        from isComplete in Gen.Elements(true, false)
        from findsExtra in Gen.Elements(true, false)
        from reworks in Gen.ArrayOf(Gen.Choose(0, 2), labels.Length)
        from now in Gen.Choose(0, 40)
        select new Job(
            new Blueprint([.. labels.Select((label, i) => Step(label, i, times[i], waits[i]))]) { FindsExtraSteps = findsExtra },
            [.. done.Select((label, i) => Flows.Done(label, starts[i], 2, powers[i], outcomes[i]).With("t", Flows.Series(starts[i])))],
            isComplete, now, labels.Select((_, i) => $"s{i}").Zip(reworks).Where(one => one.Second > 0).ToDictionary(one => one.First, one => one.Second));

    private static BlueprintStep Step(string label, int place, (int Min, int Max) times, int after) => new($"s{place}", $"{label} {place}")
    {
        Label = label, TimesMin = times.Min, TimesMax = times.Max, DurationS = place % 2 == 0 ? new NumberRange(3, null) : null,
        Settings = [new SettingRule("/power") { Min = 4, Max = 6 }, new SettingRule("/mode") { EqualTo = "N2" }],
        Series = [new SeriesLimit("t", SeriesStatistic.Mean) { Max = 6 }, new SeriesLimit("t", SeriesStatistic.Min) { Min = 0 }],
        Waits = after >= 0 && after < place ? [new WaitRule($"s{after}") { MinS = 1, MaxS = 4 }] : [],
        Materials = ["Resin"],
    };

    private sealed record Job(Blueprint Blueprint, DoneStep[] Steps, bool IsComplete, int Now, Dictionary<string, int> Reworks)
    {
        public Conformance Judge(DoneStep[] steps) => Conformance.Of(Blueprint, Flows.Facts(Blueprint, steps, IsComplete, Now) with
        {
            Reworks = Reworks, Lots = [new JobLot(Guid.Empty, "Resin", "R1", new DateOnly(2026, 3, 1)), new JobLot(Guid.Empty, "Resin", "R2", null)],
        });

        public override string ToString() =>
            $"{BlueprintJson.Write(Blueprint)} {string.Join(' ', Steps.Select(step => $"{step.Label}@{(step.Started - Flows.Begin).TotalSeconds}"))} {IsComplete} {Now} {string.Join(' ', Reworks)}";
    }
}
