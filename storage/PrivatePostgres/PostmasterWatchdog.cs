using System.Diagnostics;

namespace StepCloud.Storage;

/// <summary>A second process that stops the server when this one is gone, whatever ended it.</summary>
/// <remarks>
/// It reads from a pipe whose other end only this process holds: the kernel closes that when we end, `kill -9` included. It runs in a session of
/// its own, so that a signal to our process group does not end it with us. It finds the server through its pid file, checks by its working
/// directory that the number is not another's, and stops it.
/// </remarks>
internal sealed class PostmasterWatchdog : IDisposable
{
    private const string Script = """
        trap '' INT TERM HUP
        exec >/dev/null 2>&1
        read -r line && exit 0
        runs() { pid=$(head -n 1 "$1/postmaster.pid") && [ "$(readlink "/proc/$pid/cwd")" = "$1" ]; }
        runs "$1" && kill -INT "$pid"
        for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do runs "$1" || break; sleep 0.25; done
        runs "$1" && kill -QUIT "$pid"
        while runs "$1"; do sleep 0.25; done
        [ -n "$2" ] && rm -rf "$2"
        """;

    private readonly Process _process;

    private PostmasterWatchdog(Process process) => _process = process;

    /// <param name="deleteAfterwards">A folder to delete when the owner is gone and the server stopped; null for none.</param>
    public static PostmasterWatchdog Start(string dataDirectory, string? deleteAfterwards)
    {
        ProcessStartInfo start = OsCommand.StartInfo(
            ["setsid", "sh", "-c", Script, "stepcloud-watchdog", dataDirectory, deleteAfterwards ?? ""]);
        start.RedirectStandardInput = true;
        return new PostmasterWatchdog(Process.Start(start)!);
    }

    /// <summary>Calls it off: the server was stopped in order.</summary>
    public void Dispose()
    {
        try
        {
            _process.StandardInput.WriteLine("done");
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // Somebody has killed the watchdog: there is nothing to call off.
        }

        _process.Dispose();
    }
}
