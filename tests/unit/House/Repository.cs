namespace StepCloud.Tests.Unit.House;

/// <summary>The checkout that these tests were built from.</summary>
internal static class Repository
{
    public static readonly string Root = Find();

    /// <summary>Source files that we wrote: neither built nor installed ones.</summary>
    public static IEnumerable<string> Files(string pattern) =>
        Directory.EnumerateFiles(Root, pattern, SearchOption.AllDirectories).Where(path => !IsMade(Path.GetRelativePath(Root, path)));

    private static bool IsMade(string path) =>
        path.Split('/').Any(part => part is "bin" or "obj" or "node_modules" or ".data" or ".git" or "TestResults");

    private static string Find()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "StepCloud.sln"))) folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("The tests do not run inside a checkout.");
    }
}
