using System.Text.Json;
using StepCloud.Actors.Workflows;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Steps;

namespace StepCloud.Tests.Unit.Workflows;

/// <summary>Blueprints and steps, told as briefly as may be.</summary>
internal static class Flows
{
    public static readonly DateTimeOffset Begin = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);

    public static readonly Guid Model = new("0198c0de-0000-7000-8000-000000000001");

    /// <summary>A step for each label, which is its key and its name too.</summary>
    public static Blueprint Blueprint(params string[] labels) => new([.. labels.Select(Expected)]);

    public static BlueprintStep Expected(string label) => new(label, label) { Label = label };

    /// <param name="at">In seconds.</param>
    /// <param name="lasts">In seconds.</param>
    public static DoneStep Done(string label, double at, double lasts = 1, string settings = "{}", StepResult? outcome = StepResult.Succeeded, Guid? model = null) => new(
        new StepId(Guid.NewGuid()), new DeviceId(Guid.Empty), model ?? Model, "curing_unit", label, Begin.AddSeconds(at), Begin.AddSeconds(at + lasts), outcome,
        JsonSerializer.Deserialize<JsonElement>(settings), new Dictionary<string, DoneSeries>());

    public static DoneSeries Series(double mean, string unit = "C", int count = 3) => new(unit, count, mean - 3, mean + 3, mean - 5, mean + 5, mean, mean - 4, mean + 1, mean + 4);

    public static DoneStep With(this DoneStep step, string name, DoneSeries series) => step with { Series = new Dictionary<string, DoneSeries>(step.Series) { [name] = series } };

    /// <summary>Ten seconds from one to the next.</summary>
    public static DoneStep[] InOrder(params string[] labels) => [.. labels.Select((label, i) => Done(label, i * 10))];

    public static JobFacts Facts(Blueprint blueprint, IEnumerable<DoneStep> steps, bool isComplete = false, double now = 100_000) =>
        new(Alignment.Of(blueprint, steps), Begin.AddSeconds(now)) { IsComplete = isComplete };

    public static Conformance Judge(Blueprint blueprint, IEnumerable<DoneStep> steps, bool isComplete = false, double now = 100_000) =>
        Conformance.Of(blueprint, Facts(blueprint, steps, isComplete, now));

    /// <summary>One expected step, `cure`, and what is found of one that was done.</summary>
    public static Finding[] FindingsOf(BlueprintStep expected, DoneStep done) => [.. Judge(new Blueprint([expected]), [done]).Findings];
}
