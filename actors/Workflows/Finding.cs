using System.Globalization;
using System.Text.Json;
using StepCloud.Contracts.Ids;

namespace StepCloud.Actors.Workflows;

/// <summary>What can be found of a job that is not as approved.</summary>
public enum FindingCode
{
    MissingStep,
    ExtraStep,
    OutOfOrder,

    /// <summary>The device says that it failed, or was stopped.</summary>
    StepFailed,
    DurationOutOfRange,
    SettingDiffers,
    SettingOutOfRange,
    SettingMissing,
    SeriesOutOfRange,
    SeriesMissing,
    WaitTooShort,
    WaitTooLong,
    MaterialMissing,
    LotExpired,
    CombinationNotValidated,
    DeviceOverdue,

    /// <summary>There are more than are looked at.</summary>
    TooManySteps,
}

/// <summary>One thing that is not as approved.</summary>
/// <param name="StepKey">Of the expected step; null for an extra one.</param>
/// <param name="StepName">What the expected step is called, or the done one calls itself.</param>
/// <param name="Step">That was done; null for one that was not.</param>
/// <param name="Parameter">Which setting, series, wait, material or plan.</param>
/// <param name="Expected">What was approved, for a person.</param>
/// <param name="Found">What was found instead, for a person.</param>
/// <param name="OffBy">By how much, in the unit of what was found: negative when it is below.</param>
public sealed record Finding(
    FindingCode Code, string? StepKey, string StepName, StepId? Step, string? Parameter = null, string? Expected = null, string? Found = null, double? OffBy = null)
{
    /// <summary>How often the step was to be done again before: what is found after that is another finding.</summary>
    public int Rework { get; init; }

    /// <summary>What it is, the same whenever it is found: with what was found, so that whoever accepts it accepts nothing else.</summary>
    public string Identity => string.Join(
        '|', Name(Code), StepKey ?? "", Code == FindingCode.MissingStep ? "" : Step?.ToString() ?? "", Parameter ?? "", Expected ?? "", Found ?? "",
        Rework.ToString(CultureInfo.InvariantCulture));

    public static string Name(FindingCode code) => JsonNamingPolicy.SnakeCaseLower.ConvertName(code.ToString());

    /// <summary>In a sentence.</summary>
    public string Sentence => SentenceOf(Name(Code), StepName, Parameter, Expected, Found, OffBy);

    public static string SentenceOf(string code, string stepName, string? parameter, string? expected, string? found, double? offBy)
    {
        string off = offBy is { } by ? $" ({Number(Math.Abs(by))} too {(by < 0 ? "low" : "high")})" : "";
        return code switch
        {
            "missing_step" => found is null ? $"{stepName} was not done." : $"{stepName} was done {found}.",
            "extra_step" => $"{stepName} was done and is not part of what was approved.",
            "out_of_order" => $"{stepName} was not done at its place in the order.",
            "step_failed" => $"{stepName} ended as {found}.",
            "duration_out_of_range" => $"{stepName} took {found}; approved: {expected}{off}.",
            "setting_differs" => $"{stepName}: setting {parameter} was {found}; approved: {expected}.",
            "setting_out_of_range" => $"{stepName}: setting {parameter} was {found}; approved: {expected}{off}.",
            "setting_missing" => $"{stepName}: setting {parameter} was not told; approved: {expected}.",
            "series_out_of_range" => $"{stepName}: {parameter} was {found}; approved: {expected}{off}.",
            "series_missing" => $"{stepName}: {parameter} was not told; approved: {expected}.",
            "wait_too_short" => $"{stepName} began {found} after {parameter}; approved: {expected}{off}.",
            "wait_too_long" => $"{stepName} {(found is null ? $"did not begin in time after {parameter}" : $"began {found} after {parameter}")}; approved: {expected}{off}.",
            "material_missing" => $"{stepName}: the job names no lot of {parameter}.",
            "lot_expired" => $"{stepName}: {parameter} had expired on {expected}; it was used on {found}.",
            "combination_not_validated" => $"{stepName}: {parameter} is not validated with {found}.",
            "too_many_steps" => $"The job has more than {expected} steps; those behind were not looked at.",
            "device_overdue" => $"{stepName} was done on a device of which {parameter} was due on {expected}.",
            _ => $"{stepName}: {code}.",
        };
    }

    internal static string Number(double value) => Math.Round(value, 6).ToString("0.######", CultureInfo.InvariantCulture);

    internal static string Text(NumberRange range, string unit)
    {
        string end = unit.Length == 0 ? "" : " " + unit;
        return range switch
        {
            (null, { } max) => $"at most {Number(max)}{end}",
            ({ } min, null) => $"at least {Number(min)}{end}",
            var (min, max) => $"{Number(min!.Value)} to {Number(max!.Value)}{end}",
        };
    }
}
