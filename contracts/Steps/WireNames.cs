using System.Diagnostics;

namespace StepCloud.Contracts.Steps;

/// <summary>The names that the enumerations of a step have on the wire. They are for ever: stored data and gateways use them.</summary>
public static class WireNames
{
    public static string Of(StepKind kind) => kind switch
    {
        StepKind.TaskPerformed => "task_performed",
        StepKind.SettingsChanged => "settings_changed",
        _ => throw new UnreachableException(),
    };

    public static string Of(StepResult result) => result switch
    {
        StepResult.Succeeded => "succeeded",
        StepResult.Failed => "failed",
        StepResult.Aborted => "aborted",
        _ => throw new UnreachableException(),
    };

    public static string Of(SeriesKind kind) => kind switch
    {
        SeriesKind.Timeseries => "timeseries",
        SeriesKind.Singular => "singular",
        _ => throw new UnreachableException(),
    };

    public static string Of(PreferredChart chart) => chart switch
    {
        PreferredChart.Default => "default",
        PreferredChart.Scatter => "scatter",
        PreferredChart.Line => "line",
        PreferredChart.Bar => "bar",
        _ => throw new UnreachableException(),
    };

    public static string Of(LogKind kind) => kind switch
    {
        LogKind.Error => "error",
        LogKind.Debug => "debug",
        LogKind.Build => "build",
        _ => throw new UnreachableException(),
    };
}
