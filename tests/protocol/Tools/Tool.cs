using System.Diagnostics;
using Shouldly;
using StepCloud.Tests.System.Processes;

namespace StepCloud.Tests.Protocol.Tools;

/// <summary>A program from outside. One that is not installed fails the test, and says so.</summary>
internal sealed record Tool(string Path, string Package)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>Debian's own Python, which is the one that Debian's packages are for.</summary>
    public static readonly Tool Python = new("/usr/bin/python3", "python3-paho-mqtt");

    public static readonly Tool MosquittoPub = new("/usr/bin/mosquitto_pub", "mosquitto-clients");

    public static readonly Tool MosquittoSub = new("/usr/bin/mosquitto_sub", "mosquitto-clients");

    public static Tool Node => new(Find("node"), "nodejs");

    /// <summary>Where npm has installed the libraries that judge.</summary>
    public static string NodeFolder
    {
        get
        {
            string folder = global::System.IO.Path.Combine(BuiltProgram.Root, "tests", "node");
            Directory.Exists(global::System.IO.Path.Combine(folder, "node_modules", "mqtt")).ShouldBeTrue("Run 'npm ci' in tests/node first, as ./test does.");
            return folder;
        }
    }

    public Task<ToolResult> RunAsync(params string[] arguments) => RunAsync(arguments, "");

    public async Task<ToolResult> RunAsync(string[] arguments, string input, string? folder = null)
    {
        File.Exists(Path).ShouldBeTrue($"There is no {Path}: install Debian's package {Package}, as ./test does.");
        ProcessStartInfo info = new(Path, arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder ?? "",
        };
        using Process process = Process.Start(info)!;
        using CancellationTokenSource patience = new(Patience);
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(patience.Token);
            Task<string> errors = process.StandardError.ReadToEndAsync(patience.Token);
            await process.StandardInput.WriteAsync(input.AsMemory(), patience.Token);
            process.StandardInput.Close();
            await process.WaitForExitAsync(patience.Token);
            return new ToolResult(process.ExitCode, await output, await errors);
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
    }

    private static string Find(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
            .Select(folder => global::System.IO.Path.Combine(folder, name))
            .FirstOrDefault(File.Exists) ?? $"/usr/bin/{name}";
}

internal sealed record ToolResult(int ExitCode, string Output, string Errors)
{
    public override string ToString() => $"exit code {ExitCode}\n{Output}\n{Errors}";
}
