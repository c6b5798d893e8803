namespace StepCloud.GatewaySim.Replay;

/// <summary>One recorded part: its signals by column, and the runs of equal `Machining_Process` in it.</summary>
/// <param name="Name">Of the file, without its folder.</param>
/// <param name="Sha256">Of the file's bytes.</param>
/// <param name="RowNumbers">As the first column has them; row n was read n x 0.1 s after the start.</param>
/// <param name="Columns">For each signal its value in every row.</param>
public sealed record MachiningFile(
    string Name,
    byte[] Sha256,
    IReadOnlyList<string> Signals,
    IReadOnlyList<long> RowNumbers,
    IReadOnlyList<double[]> Columns,
    IReadOnlyList<MachiningRun> Runs)
{
    public static readonly TimeSpan RowInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>From the start of the job to the end of its last row.</summary>
    public TimeSpan Duration => RowInterval * (RowNumbers[^1] + 1);
}

/// <param name="FirstRow">Position in the file's rows, from 0.</param>
/// <param name="Process">As in the file, `End` and `end` included.</param>
public sealed record MachiningRun(int FirstRow, int RowCount, string Process, string ToolCondition);
