using System.Collections.Concurrent;
using System.Diagnostics;
using System.Threading.Channels;
using StepCloud.Bench.Frame;

namespace StepCloud.Bench.Processes;

/// <summary>A program that is measured. It ends with the <see cref="DisposeAsync"/>, and at the latest with this process, by its process id.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private const int ErrorLinesMax = 20;

    private static readonly ConcurrentDictionary<int, ServerProcess> s_running = new();

    private readonly Process _process;
    private readonly string _name;
    private readonly ConcurrentQueue<string> _errors = new();
    private readonly Channel<string> _lines = Channel.CreateBounded<string>(new BoundedChannelOptions(100) { FullMode = BoundedChannelFullMode.DropOldest });

    // What ends this process by an exception or by Environment.Exit goes past every finally.
    static ServerProcess() => AppDomain.CurrentDomain.ProcessExit += static (_, _) =>
    {
        foreach (var server in s_running.Values) server.Kill();
    };

    private ServerProcess(string name, Process process)
    {
        _name = name;
        _process = process;
        process.OutputDataReceived += (_, e) =>
        {
            if (e.Data is { } line) _lines.Writer.TryWrite(line);
            else _lines.Writer.TryComplete();
        };
        process.ErrorDataReceived += (_, e) =>
        {
            if (e.Data is null) return;
            _errors.Enqueue(e.Data);
            if (_errors.Count > ErrorLinesMax) _errors.TryDequeue(out string? _);
        };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public int Id => _process.Id;

    public static ServerProcess Start(string name, string program, params IEnumerable<string> arguments) =>
        Start(name, program, new Dictionary<string, string?>(), arguments);

    /// <param name="environment">Beside what it inherits.</param>
    public static ServerProcess Start(
        string name, string program, IReadOnlyDictionary<string, string?> environment, params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach ((string variable, string? value) in environment) start.Environment[variable] = value;
        var server = new ServerProcess(name, Process.Start(start)!);
        s_running[server.Id] = server;
        return server;
    }

    /// <summary>The next line of the standard output, within ten seconds.</summary>
    /// <exception cref="BenchException">It ended, or said nothing.</exception>
    public Task<string> ReadLineAsync(CancellationToken cancellationToken) => ReadLineAsync(TimeSpan.FromSeconds(10), cancellationToken);

    /// <summary>The next line of the standard output.</summary>
    /// <exception cref="BenchException">It ended, or said nothing for that long.</exception>
    public async Task<string> ReadLineAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(patience);
        try
        {
            return await _lines.Reader.ReadAsync(timeout.Token);
        }
        catch (Exception exception) when (exception is ChannelClosedException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            throw Failure("said nothing");
        }
    }

    public async Task WriteLineAsync(CancellationToken cancellationToken)
    {
        await _process.StandardInput.WriteLineAsync(ReadOnlyMemory<char>.Empty, cancellationToken);
        await _process.StandardInput.FlushAsync(cancellationToken);
    }

    /// <exception cref="BenchException">It does not run any more.</exception>
    public void ThrowIfEnded()
    {
        if (_process.HasExited) throw Failure($"ended with exit code {_process.ExitCode}");
    }

    /// <summary>The same after a connection broke, which is seen a moment before the end of the process that had it.</summary>
    /// <exception cref="BenchException">It does not run any more.</exception>
    public async Task ThrowIfEndingAsync()
    {
        await Task.WhenAny(_process.WaitForExitAsync(CancellationToken.None), Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System, CancellationToken.None));
        ThrowIfEnded();
    }

    public BenchException Failure(string what) => new(string.Join('\n', [$"{_name} {what}.", .. _errors]));

    public async ValueTask DisposeAsync()
    {
        Kill();
        await _process.WaitForExitAsync(CancellationToken.None);
        s_running.TryRemove(new(_process.Id, this));
        _process.Dispose();
    }

    private void Kill()
    {
        try
        {
            _process.Kill();
        }
        catch (InvalidOperationException)
        {
            // It is gone already.
        }
    }
}
