using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using StepCloud.Bench.Frame;
using StepCloud.Bench.Processes;

namespace StepCloud.Bench.Load;

/// <summary>HTTP's load: Debian's <c>wrk</c>, one thread, connections that stay open, each asking as soon as it was answered.</summary>
internal static class Wrk
{
    private static readonly string[] s_places = ["/usr/bin/wrk", "/usr/local/bin/wrk"];

    private static readonly JsonSerializerOptions s_json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>Every request is written once, before the first is sent; the last line is for who started it.</summary>
    private const string Script =
        """
        local requests, last = {}, 0

        init = function(arguments)
          wrk.headers["Authorization"] = "Bearer " .. arguments[2]
          for path in io.lines(arguments[1]) do requests[#requests + 1] = wrk.format("GET", path) end
        end

        request = function()
          last = last % #requests + 1
          return requests[last]
        end

        done = function(summary, latency)
          local errors = summary.errors
          io.write(string.format(
            '{"requests":%d,"duration":%d,"bytes":%d,"p50":%d,"p99":%d,"refused":%d,"broken":%d}\n',
            summary.requests, summary.duration, summary.bytes, latency:percentile(50.0), latency:percentile(99.0),
            errors.status, errors.connect + errors.read + errors.write + errors.timeout))
        end

        """;

    /// <exception cref="BenchException">It is not installed.</exception>
    // wrk debian/4.1.0-3+b2 [epoll] Copyright (C) 2012 Will Glozer
    public static string Version() => Tool.FirstLine(Find(), "/", "--version")?.Split(' ')[1] ?? "of an unknown version";

    /// <summary>Asks for the paths in turn, again and again.</summary>
    /// <exception cref="BenchException">Something was answered with an error, or not at all.</exception>
    public static async Task<WrkResult> RunAsync(
        Uri server, string token, IReadOnlyList<string> paths, int connections, TimeSpan duration, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("stepcloud-wrk-");
        try
        {
            string script = Path.Combine(folder.FullName, "load.lua"), list = Path.Combine(folder.FullName, "paths");
            await File.WriteAllTextAsync(script, Script, cancellationToken);
            await File.WriteAllLinesAsync(list, paths, cancellationToken);
            string seconds = Math.Max(1, Math.Ceiling(duration.TotalSeconds)).ToString(CultureInfo.InvariantCulture) + "s";
            string said = await OutputAsync(
                ["--threads", "1", "--connections", $"{connections}", "--duration", seconds, "--timeout", "60s", "--script", script, $"{server}", "--", list, token],
                cancellationToken);
            string line = said.TrimEnd().Split('\n')[^1];
            if (!line.StartsWith('{')) throw new BenchException($"wrk ended with '{line}'.");
            var result = JsonSerializer.Deserialize<WrkResult>(line, s_json)!;
            if (result.Refused > 0 || result.Broken > 0)
                throw new BenchException($"Of {result.Requests} requests such as {paths[0]}, {result.Refused} were refused and {result.Broken} not answered.");
            return result;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<string> OutputAsync(IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        using var process = Process.Start(new ProcessStartInfo(Find(), arguments) { UseShellExecute = false, RedirectStandardOutput = true })!;
        try
        {
            string said = await process.StandardOutput.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            return said;
        }
        finally
        {
            if (!process.HasExited) process.Kill();
        }
    }

    private static string Find() => Array.Find(s_places, File.Exists)
        ?? throw new BenchException("wrk, which asks over HTTP, is not installed. On Debian: apt-get install --no-install-recommends wrk");
}

/// <summary>What one run of wrk found. Times are in microseconds.</summary>
/// <param name="Refused">Answers with a status from 400 on.</param>
/// <param name="Broken">Requests without an answer.</param>
internal sealed record WrkResult(long Requests, long Duration, long Bytes, long P50, long P99, long Refused, long Broken)
{
    public double PerSecond => Requests / (Duration / 1e6);
}
