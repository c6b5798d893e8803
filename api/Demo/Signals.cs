using System.Runtime.InteropServices;

namespace StepCloud.Api.Demo;

/// <summary>Signals to other processes, which the class library does not send.</summary>
internal static class Signals
{
    private const int SigTerm = 15;

    public static void Terminate(int processId) => _ = Kill(processId, SigTerm);

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int processId, int signal);
}
