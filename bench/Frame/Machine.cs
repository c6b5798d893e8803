using System.Runtime.InteropServices;

namespace StepCloud.Bench.Frame;

/// <summary>What the figures of a run belong to: on another machine they are others.</summary>
internal sealed record Machine(string Processor, int Cores, double MemoryGib, string System, string Runtime)
{
    public static Machine Read()
    {
        string processor = Field("/proc/cpuinfo", "model name") ?? RuntimeInformation.ProcessArchitecture.ToString();
        string system = Field("/etc/os-release", "PRETTY_NAME")?.Trim('"') ?? "Linux";
        double gib = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1024.0 / 1024 / 1024;
        return new Machine(
            processor, Environment.ProcessorCount, Math.Round(gib, 1), $"{system}, kernel {Environment.OSVersion.Version.ToString(3)}", RuntimeInformation.FrameworkDescription);
    }

    private static string? Field(string file, string name) => File.Exists(file)
        ? File.ReadLines(file)
            .Select(static line => line.Split([':', '='], 2, StringSplitOptions.TrimEntries))
            .FirstOrDefault(parts => parts.Length == 2 && parts[0] == name)?[1]
        : null;
}
