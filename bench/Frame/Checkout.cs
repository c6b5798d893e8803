using StepCloud.Bench.Processes;

namespace StepCloud.Bench.Frame;

/// <summary>The checkout that this program was built from: where the programs to measure lie, and where results go.</summary>
internal static class Checkout
{
    public static readonly string Root = Find();

    public static string Results => Directory.CreateDirectory(Path.Combine(Root, "bench", "results")).FullName;

    /// <summary>The program of a project, built as this one was: Release beside Release.</summary>
    /// <exception cref="BenchException">It is not built.</exception>
    public static string Program(string project, string name)
    {
        // bench/bin/Release/net10.0/
        string[] own = AppContext.BaseDirectory.TrimEnd('/').Split('/');
        string program = Path.Combine(Root, project, "bin", own[^2], own[^1], name);
        return File.Exists(program) ? program : throw new BenchException($"{Path.GetRelativePath(Root, program)} is not built. Build it with: dotnet build -c {own[^2]} {project}");
    }

    /// <summary>What the last run wrote is no change of what is measured.</summary>
    public static string Commit()
    {
        string commit = Tool.FirstLine("git", Root, "describe", "--always", "--exclude=*") ?? "unknown";
        string? change = Tool.FirstLine("git", Root, "status", "--porcelain", "--", ".", ":!bench/results", ":!docs/PERFORMANCE.md");
        return change is null ? commit : commit + "-dirty";
    }

    private static string Find()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "StepCloud.sln"))) folder = folder.Parent;
        return folder?.FullName ?? throw new BenchException("The bench does not run inside a checkout.");
    }
}
