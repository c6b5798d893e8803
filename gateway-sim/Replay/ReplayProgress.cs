using System.Globalization;
using StepCloud.GatewaySim.Running;

namespace StepCloud.GatewaySim.Replay;

/// <summary>Shows how far a replay is: a bar on a terminal, a line for each finished file anywhere else.</summary>
public sealed class ReplayProgress(int stepsTotal, Tally tally, TextWriter output, bool isTerminal)
{
    private const int BarWidth = 32;

    private int _made;
    private int _madeOfFile;

    public void StepMade(ReplayJob job)
    {
        _made++;
        _madeOfFile++;
        bool isLastOfFile = _madeOfFile == job.File.Runs.Count;
        if (isLastOfFile)
            _madeOfFile = 0;
        if (isTerminal)
            DrawBar(job.FileName);
        else if (isLastOfFile)
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{job.FileName}: {job.File.Runs.Count} steps ({_made} of {stepsTotal}, {tally.Acknowledged} acknowledged)"));
    }

    /// <summary>Ends the bar's line.</summary>
    public void Finish()
    {
        if (isTerminal && _made > 0)
            output.WriteLine();
    }

    private void DrawBar(string file)
    {
        int filled = BarWidth * _made / stepsTotal;
        string bar = new string('#', filled) + new string('-', BarWidth - filled);
        // Back to the line's start, and clear what the longer name before may have left (ECMA-48 EL).
        output.Write(string.Create(CultureInfo.InvariantCulture, $"\r[{bar}] {_made}/{stepsTotal} steps, {tally.Acknowledged} acknowledged  {file}\u001b[K"));
    }
}
