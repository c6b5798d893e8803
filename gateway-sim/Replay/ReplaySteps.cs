using System.Text.Json.Nodes;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Steps;
using StepCloud.GatewaySim.Wire;

namespace StepCloud.GatewaySim.Replay;

/// <summary>Makes the steps of a recorded job: each run of equal `Machining_Process` is one, with all the signals as series.</summary>
public static class ReplaySteps
{
    public static IEnumerable<StepEvent> Of(ReplayJob job, DeviceId device) => job.File.Runs.Select((run, index) => Step(job, index, run, device));

    private static StepEvent Step(ReplayJob job, int index, MachiningRun run, DeviceId device)
    {
        MachiningFile file = job.File;
        long firstRow = file.RowNumbers[run.FirstRow];
        long lastRow = file.RowNumbers[run.FirstRow + run.RowCount - 1];
        DateTimeOffset started = job.Start + MachiningFile.RowInterval * firstRow;
        long[] times = new long[run.RowCount];
        for (int row = 0; row < run.RowCount; row++)
            times[row] = (file.RowNumbers[run.FirstRow + row] - firstRow) * (long)MachiningFile.RowInterval.TotalMicroseconds;
        return new StepEvent(
            ReplayStepId.Of(started, device, file.Sha256, firstRow, lastRow),
            device,
            StepKind.TaskPerformed,
            started,
            // A row stands for the 0.1 s that follow it, so the next step begins where this one ends.
            Ended: job.Start + MachiningFile.RowInterval * (lastRow + 1),
            Label: run.Process,
            Settings(job, index, run),
            [.. file.Signals.Select((signal, column) => new StepSeries(
                signal,
                SignalUnit.Of(signal),
                SeriesKind.Timeseries,
                PreferredChart.Line,
                times,
                file.Columns[column][run.FirstRow..(run.FirstRow + run.RowCount)]))],
            Logs: []);
    }

    private static string Settings(ReplayJob job, int index, MachiningRun run) =>
        SettingsJson.Of(new JsonObject { ["file"] = job.FileName, ["run"] = index + 1, ["tool_condition"] = run.ToolCondition });
}
