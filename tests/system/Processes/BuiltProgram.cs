using System.Diagnostics;
using StepCloud.Tests.Support;

namespace StepCloud.Tests.System.Processes;

/// <summary>A program of the checkout, as it was built in this configuration, in a process of its own.</summary>
internal sealed class BuiltProgram : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    private readonly Process _process;
    private readonly List<string> _output = [];
    private readonly List<string> _errors = [];
    private int _disposed;

    private BuiltProgram(Process process) => _process = process;

    public static string Root { get; } = FindRoot();

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public string[] Output
    {
        get
        {
            lock (_output) return [.. _output];
        }
    }

    public string[] Errors
    {
        get
        {
            lock (_errors) return [.. _errors];
        }
    }

    public static BuiltProgram StartServer(string[] arguments, params (string Name, string Value)[] environment) =>
        Start("api", "stepcloud", arguments, environment);

    public static BuiltProgram StartSilo(string[] arguments, params (string Name, string Value)[] environment) =>
        Start("silo", "stepcloud-silo", arguments, environment);

    /// <summary>In a network namespace of Linux, which only root can enter.</summary>
    public static BuiltProgram StartSiloIn(string networkNamespace, string[] arguments, params (string Name, string Value)[] environment) =>
        Start("/usr/sbin/ip", ["netns", "exec", networkNamespace, PathOf("silo", "stepcloud-silo"), .. arguments], environment);

    /// <summary>With a text on its standard input.</summary>
    public static BuiltProgram StartServerWithInput(string input, string[] arguments, params (string Name, string Value)[] environment) =>
        Start("api", "stepcloud", arguments, environment, input);

    public static BuiltProgram StartSimulator(string[] arguments, params (string Name, string Value)[] environment) =>
        Start("gateway-sim", "gateway-sim", arguments, environment);

    /// <summary>In a network namespace of Linux, which only root can enter.</summary>
    public static BuiltProgram StartSimulatorIn(string networkNamespace, string[] arguments) =>
        Start("/usr/sbin/ip", ["netns", "exec", networkNamespace, PathOf("gateway-sim", "gateway-sim"), .. arguments], []);

    /// <summary>A program of the operating system, beside those of the checkout.</summary>
    public static BuiltProgram StartInstalled(string program, string[] arguments, params (string Name, string Value)[] environment) =>
        Start(program, arguments, environment);

    public async Task<int> ExitCodeAsync()
    {
        using CancellationTokenSource patience = new(Patience);
        await _process.WaitForExitAsync(patience.Token);
        return _process.ExitCode;
    }

    /// <summary>The first line of the output that contains a text.</summary>
    public async Task<string> LineAsync(string text)
    {
        Stopwatch watch = Stopwatch.StartNew();
        while (true)
        {
            if (Output.FirstOrDefault(line => line.Contains(text, StringComparison.Ordinal)) is { } line) return line;
            if (HasExited || watch.Elapsed > Patience) throw new InvalidOperationException($"It never said '{text}'.\n{this}");
            await Task.Delay(50);
        }
    }

    /// <summary>SIGKILL: nothing of the process runs any more.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    public void Signal(string name)
    {
        using Process kill = Process.Start("kill", [$"-{name}", Id.ToString(global::System.Globalization.CultureInfo.InvariantCulture)])!;
        kill.WaitForExit();
    }

    public override string ToString() => $"{string.Join('\n', Output)}\n{string.Join('\n', Errors)}";

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        if (!_process.HasExited)
        {
            Signal("TERM");
            using CancellationTokenSource patience = new(TimeSpan.FromSeconds(30));
            await _process.WaitForExitAsync(patience.Token).ContinueWith(_ => { }, TaskScheduler.Default);
            if (!_process.HasExited) _process.Kill();
        }

        _process.Dispose();
    }

    private static BuiltProgram Start(
        string folder, string name, string[] arguments, (string Name, string Value)[] environment, string input = "") =>
        Start(PathOf(folder, name), arguments, environment, input);

    private static string PathOf(string folder, string name)
    {
        string configuration = Path.GetFileName(Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory)))!;
        return Path.Combine(Root, folder, "bin", configuration, "net10.0", name);
    }

    private static BuiltProgram Start(string program, string[] arguments, (string Name, string Value)[] environment, string input = "")
    {
        // Whoever runs the tests in the background may have them ignore SIGINT, and a child inherits that: `env` undoes it, then becomes the program.
        ProcessStartInfo info = new("/usr/bin/env", ["--default-signal=INT", program, .. arguments])
        {
            UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true,
        };
        info.Environment.Remove("STEPCLOUD_DATABASE");
        info.Environment.Remove(TestMasterKey.Variable);
        // A private database makes its own; any other needs one.
        if (environment.Any(setting => setting.Name == "STEPCLOUD_DATABASE")) info.Environment[TestMasterKey.Variable] = TestMasterKey.Text;
        foreach ((string variable, string value) in environment) info.Environment[variable] = value;
        BuiltProgram started = new(Process.Start(info)!);
        if (input.Length > 0) started._process.StandardInput.Write(input);
        started._process.StandardInput.Close();
        started._process.OutputDataReceived += (_, line) => Keep(started._output, line.Data);
        started._process.ErrorDataReceived += (_, line) => Keep(started._errors, line.Data);
        started._process.BeginOutputReadLine();
        started._process.BeginErrorReadLine();
        return started;
    }

    private static void Keep(List<string> lines, string? line)
    {
        if (line is null) return;
        lock (lines) lines.Add(line);
    }

    private static string FindRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "StepCloud.sln"))) folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("The tests do not run inside a checkout.");
    }
}
