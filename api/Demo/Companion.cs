using System.Diagnostics;

namespace StepCloud.Api.Demo;

/// <summary>A program that runs beside this one for as long as this one does.</summary>
/// <remarks>
/// A shell in a session of its own runs it, and ends it as soon as its standard input closes: so it goes with this process, `kill -9` included, and
/// Ctrl-C does not end it before its turn.
/// </remarks>
internal sealed class Companion : IAsyncDisposable
{
    private const string Script = """
        exec >>"$1" 2>&1 3<&0
        shift
        "$@" </dev/null 3<&- &
        program=$!
        { read -r line; kill -TERM "$program"; } <&3 &
        wait "$program"
        status=$?
        kill "$!"
        exit "$status"
        """;

    private readonly Process _process;
    private readonly TimeSpan _stopTimeout;
    private readonly TimeProvider _clock;

    private Companion(Process process, TimeSpan stopTimeout, TimeProvider clock)
    {
        _process = process;
        _stopTimeout = stopTimeout;
        _clock = clock;
    }

    public bool HasEnded => _process.HasExited;

    public Task WhenEndedAsync(CancellationToken cancellationToken) => _process.WaitForExitAsync(cancellationToken);

    /// <param name="log">The file that its output is added to.</param>
    /// <param name="configure">Given the environment, which is this process's own.</param>
    /// <param name="stopTimeout">After SIGTERM it has so long before it is killed.</param>
    public static Companion Start(string log, string program, IEnumerable<string> arguments, Action<IDictionary<string, string>> configure, TimeSpan stopTimeout, TimeProvider clock)
    {
        ProcessStartInfo info = new("setsid", ["sh", "-c", Script, "stepcloud-companion", log, program, .. arguments])
        {
            UseShellExecute = false, RedirectStandardInput = true,
        };
        configure(info.Environment!);
        return new Companion(Process.Start(info)!, stopTimeout, clock);
    }

    /// <summary>Ends it, and waits until it has ended.</summary>
    public async ValueTask DisposeAsync()
    {
        using (_process)
        {
            _process.StandardInput.Close();
            using CancellationTokenSource patience = new(_stopTimeout, _clock);
            await _process.WaitForExitAsync(patience.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        }
    }
}
