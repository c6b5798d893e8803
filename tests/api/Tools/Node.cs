using System.ComponentModel;
using System.Diagnostics;

namespace StepCloud.Tests.Api.Tools;

/// <summary>Node.js in tests/node, with npm's libraries beside it. Not having one is a failure, never a reason to pass.</summary>
internal static class Node
{
    public static readonly string Folder = FindFolder();

    /// <param name="package">That the program needs.</param>
    /// <param name="input">For its standard input.</param>
    public static async Task<(int ExitCode, string Output, string Errors)> RunAsync(string package, string[] arguments, string input, TimeSpan patience)
    {
        if (!Directory.Exists(Path.Combine(Folder, "node_modules", package)))
            throw new InvalidOperationException($"npm's {package} is not installed: run `npm ci` in tests/node (./test does).");
        using CancellationTokenSource timeout = new(patience);
        using Process node = Start(arguments);
        try
        {
            Task<string> errors = node.StandardError.ReadToEndAsync(timeout.Token);
            Task<string> output = node.StandardOutput.ReadToEndAsync(timeout.Token);
            await node.StandardInput.WriteAsync(input.AsMemory(), timeout.Token);
            node.StandardInput.Close();
            await node.WaitForExitAsync(timeout.Token);
            return (node.ExitCode, await output, await errors);
        }
        catch (OperationCanceledException e)
        {
            node.Kill();
            throw new TimeoutException($"node {arguments[0]} did not answer within {patience.TotalSeconds} s.", e);
        }
    }

    private static Process Start(string[] arguments)
    {
        ProcessStartInfo start = new("node", arguments)
        {
            WorkingDirectory = Folder,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new InvalidOperationException("Node.js (`node`) is not installed; the outside judges of the tests need it.", e);
        }
    }

    private static string FindFolder()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "StepCloud.sln")))
            folder = folder.Parent;
        return folder is null
            ? throw new InvalidOperationException("The tests do not run inside a checkout.")
            : Path.Combine(folder.FullName, "tests", "node");
    }
}
