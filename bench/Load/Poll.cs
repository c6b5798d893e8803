using System.Runtime.InteropServices;

namespace StepCloud.Bench.Load;

/// <summary>poll(2): waits for many sockets on one thread, at the price of one system call for all that are ready.</summary>
internal static class Poll
{
    public const short Readable = 0x001;
    public const short Writable = 0x004;

    /// <returns>How many are ready; 0 after the timeout, negative when a signal came between.</returns>
    public static int Wait(Descriptor[] descriptors, int timeoutMilliseconds) => poll(descriptors, (nuint)descriptors.Length, timeoutMilliseconds);

    /// <summary>The same (ppoll(2)) for loads that keep to a timetable: a millisecond is many messages.</summary>
    public static int WaitUntilDue(Descriptor[] descriptors, TimeSpan timeout)
    {
        Timespec time = new() { Seconds = (nint)(timeout.Ticks / TimeSpan.TicksPerSecond), Nanoseconds = (nint)(timeout.Ticks % TimeSpan.TicksPerSecond * 100) };
        return ppoll(descriptors, (nuint)descriptors.Length, in time, 0);
    }

    // DllImport with parameters that need no conversion: what LibraryImport generates is unsafe code.
#pragma warning disable IDE1006, SYSLIB1054, CA5392 // The name is libc's; it comes with the system.
    [DllImport("libc", ExactSpelling = true)]
    private static extern int poll([In, Out] Descriptor[] descriptors, nuint count, int timeout);

    [DllImport("libc", ExactSpelling = true)]
    private static extern int ppoll([In, Out] Descriptor[] descriptors, nuint count, in Timespec timeout, nint signals);
#pragma warning restore IDE1006, SYSLIB1054, CA5392

    /// <summary>struct pollfd.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Descriptor
    {
        public int File;
        public short Wanted;
        public short Ready;
    }

    /// <summary>struct timespec.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Timespec
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
