using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace StepCloud.Tests.Api.Tokens;

/// <summary>npm's jose, through tests/node/jose.js. Not having it is a failure, never a reason to pass.</summary>
internal static class Jose
{
    private static readonly string Folder = FindFolder();

    /// <summary>The answer of the method of that name; `error` in it is jose's own code for a refusal.</summary>
    public static async Task<JsonElement> CallAsync(string method, JsonObject request)
    {
        if (!Directory.Exists(Path.Combine(Folder, "node_modules", "jose")))
            throw new InvalidOperationException("npm's jose is not installed: run `npm ci` in tests/node (./test does).");
        request["method"] = method;
        using CancellationTokenSource timeout = new(TimeSpan.FromSeconds(60));
        using Process node = Start();
        try
        {
            await node.StandardInput.WriteAsync(request.ToJsonString().AsMemory(), timeout.Token);
            node.StandardInput.Close();
            Task<string> errors = node.StandardError.ReadToEndAsync(timeout.Token);
            string answer = await node.StandardOutput.ReadToEndAsync(timeout.Token);
            await node.WaitForExitAsync(timeout.Token);
            if (node.ExitCode != 0)
                throw new InvalidOperationException($"node jose.js ended with {node.ExitCode}: {await errors}");
            return JsonDocument.Parse(answer).RootElement;
        }
        catch (OperationCanceledException e)
        {
            node.Kill();
            throw new TimeoutException("node jose.js did not answer within 60 s.", e);
        }
    }

    private static Process Start()
    {
        ProcessStartInfo start = new("node", "jose.js")
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
