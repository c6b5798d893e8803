using System.Globalization;
using StepCloud.GatewaySim.Running;

namespace StepCloud.GatewaySim.Replay;

/// <summary>Shows how far a replay is: a bar on a terminal, a line for each finished file anywhere else.</summary>
public sealed class ReplayProgress : IDisposable
{
    private const int BarWidth = 32;

    private static readonly TimeSpan RefreshInterval = TimeSpan.FromMilliseconds(200);

    private readonly int _stepsTotal;
    private readonly Tally _tally;
    private readonly TextWriter _output;
    private readonly ITimer? _refresh;
    private readonly Lock _gate = new();
    private string _file = "";
    private int _made;
    private int _madeOfFile;

    public ReplayProgress(int stepsTotal, Tally tally, TextWriter output, bool isTerminal, TimeProvider clock)
    {
        _stepsTotal = stepsTotal;
        _tally = tally;
        _output = output;
        // By the clock: acknowledgements go on coming after the last step is made.
        if (isTerminal)
            _refresh = clock.CreateTimer(_ => DrawBar(), null, RefreshInterval, RefreshInterval);
    }

    public void StepMade(ReplayJob job)
    {
        lock (_gate)
        {
            _file = job.FileName;
            _made++;
            _madeOfFile++;
            if (_madeOfFile < job.File.Runs.Count)
                return;
            _madeOfFile = 0;
            if (_refresh is null)
                _output.WriteLine(string.Create(
                    CultureInfo.InvariantCulture, $"{_file}: {job.File.Runs.Count} steps ({_made} of {_stepsTotal}, {_tally.Acknowledged} acknowledged)"));
        }
    }

    /// <summary>Shows the end, and gives the terminal's line back.</summary>
    public void Dispose()
    {
        if (_refresh is null)
            return;
        _refresh.Dispose();
        DrawBar();
        _output.WriteLine();
    }

    private void DrawBar()
    {
        lock (_gate)
        {
            int filled = _stepsTotal == 0 ? 0 : BarWidth * _made / _stepsTotal;
            string bar = new string('#', filled) + new string('-', BarWidth - filled);
            // Back to the line's start, and clear what a longer line before may have left (ECMA-48 EL).
            _output.Write(string.Create(CultureInfo.InvariantCulture, $"\r[{bar}] {_made}/{_stepsTotal} steps, {_tally.Acknowledged} acknowledged  {_file}\u001b[K"));
        }
    }
}
