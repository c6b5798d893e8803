using System.Runtime.InteropServices;
using StepCloud.Bench.Frame;

namespace StepCloud.Bench.Processes;

/// <summary>The limit of open files (getrlimit(2)), which the servers started here inherit.</summary>
internal static class OpenFiles
{
    /// <summary>RLIMIT_NOFILE of Linux.</summary>
    private const int NumberOfFiles = 7;

    /// <summary>Raises the limit when it is too low and may be raised.</summary>
    /// <exception cref="BenchException">It may not.</exception>
    public static void Require(int count)
    {
        if (getrlimit(NumberOfFiles, out var limit) == 0 && limit.Soft >= (nuint)count) return;
        Limit wanted = new() { Soft = (nuint)count, Hard = limit.Hard < (nuint)count ? (nuint)count : limit.Hard };
        if (setrlimit(NumberOfFiles, wanted) == 0) return;
        throw new BenchException($"{count} open files are needed, and this user may have {limit.Hard}. Raise it first ('ulimit -n {count}' as root), or ask for fewer connections.");
    }

    // DllImport with parameters that need no conversion: what LibraryImport generates is unsafe code.
#pragma warning disable IDE1006, SYSLIB1054, CA5392 // The names are libc's; it comes with the system.
    [DllImport("libc", ExactSpelling = true)]
    private static extern int getrlimit(int resource, out Limit limit);

    [DllImport("libc", ExactSpelling = true)]
    private static extern int setrlimit(int resource, in Limit limit);
#pragma warning restore IDE1006, SYSLIB1054, CA5392

    [StructLayout(LayoutKind.Sequential)]
    private struct Limit
    {
        public nuint Soft;
        public nuint Hard;
    }
}
