namespace StepCloud.Api.Recordings;

internal static class DiskFaults
{
    // ENOSPC, EDQUOT and EFBIG of Linux.
    private const int NoSpace = 28, QuotaReached = 122, FileTooBig = 27;

    /// <summary>The disk has no room, and not another fault.</summary>
    public static bool IsFull(IOException exception) => exception.HResult is NoSpace or QuotaReached or FileTooBig;
}
