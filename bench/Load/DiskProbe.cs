using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using StepCloud.Bench.Frame;

namespace StepCloud.Bench.Load;

/// <summary>What the disk itself takes to keep 8 KiB: a write into a file that has its size already, and fdatasync(2), as PostgreSQL writes its log.</summary>
internal static class DiskProbe
{
    private const int PageBytes = 8192;
    private const int Pages = 2048;

    /// <param name="folder">In the file system that is asked about.</param>
    /// <returns>Milliseconds of each.</returns>
    public static List<double> Measure(string folder, TimeSpan duration, TimeProvider time)
    {
        string path = Path.Combine(folder, $"bench-{Environment.ProcessId}");
        using var file = File.OpenHandle(path, FileMode.Create, FileAccess.ReadWrite, FileShare.None, FileOptions.DeleteOnClose);
        byte[] page = new byte[PageBytes];
        for (int i = 0; i < Pages; i++) RandomAccess.Write(file, page, (long)i * PageBytes);
        RandomAccess.FlushToDisk(file);
        List<double> times = [];
        long begun = time.GetTimestamp();
        do
        {
            page[0]++;
            long start = time.GetTimestamp();
            RandomAccess.Write(file, page, (long)(times.Count % Pages) * PageBytes);
            if (fdatasync(file) != 0) throw new BenchException($"fdatasync of {path} failed.");
            times.Add(time.GetElapsedTime(start).TotalMilliseconds);
        }
        while (time.GetElapsedTime(begun) < duration);
        return times;
    }

    // DllImport with parameters that need no conversion of ours: what LibraryImport generates is unsafe code.
#pragma warning disable IDE1006, SYSLIB1054, CA5392 // The name is libc's; it comes with the system.
    [DllImport("libc", ExactSpelling = true)]
    private static extern int fdatasync(SafeFileHandle file);
#pragma warning restore IDE1006, SYSLIB1054, CA5392
}
