namespace StepCloud.Tests.Support;

/// <summary>The twelve recorded runs of a mill, where they are.</summary>
public static class SharedData
{
    /// <summary>Found by walking up from here to a folder that has `shared/data/cnc-mill`; empty where there is none.</summary>
    public static IReadOnlyList<string> CncMill { get; } = FindCncMill();

    private static List<string> FindCncMill()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string data = Path.Combine(folder.FullName, "shared", "data", "cnc-mill");
            if (Directory.Exists(data))
                return [.. Directory.GetFiles(data, "experiment_*.csv").Order(StringComparer.Ordinal)];
        }

        return [];
    }
}
