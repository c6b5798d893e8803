using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace StepCloud.Api.Recordings.Files;

/// <summary>What root makes in a folder belongs to whoever has the folder: the server's account, which could not read it otherwise.</summary>
internal static class FolderOwner
{
    private const int CurrentFolder = -100; // AT_FDCWD

    /// <summary>struct statx of linux/stat.h, the same on every machine: 256 bytes, with the user's id behind mask, block size, attributes and number of links.</summary>
    private const int StatxBytes = 256, UserAt = 20, GroupAt = 24;

    private const uint UserAndGroup = 0x8 | 0x10; // STATX_UID, STATX_GID

    /// <param name="path">A file or folder that was just made.</param>
    /// <exception cref="IOException">It could not be given away.</exception>
    public static void Give(string path)
    {
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess || Path.GetDirectoryName(path) is not { } folder) return;
        byte[] told = new byte[StatxBytes];
        if (StatX(CurrentFolder, Text(folder), 0, UserAndGroup, told) != 0) throw Failed(folder);
        uint user = BinaryPrimitives.ReadUInt32LittleEndian(told.AsSpan(UserAt)), group = BinaryPrimitives.ReadUInt32LittleEndian(told.AsSpan(GroupAt));
        // Root's own folders are the usual ones in a container.
        if (user != 0 && LChown(Text(path), user, group) != 0) throw Failed(path);
    }

    private static IOException Failed(string path) =>
        new($"What is made in the folder of recordings could not be given to the folder's owner ({path}): {Marshal.GetLastPInvokeErrorMessage()}. Run it as that account.");

    private static byte[] Text(string path) => Encoding.UTF8.GetBytes(path + '\0');

    [DllImport("libc", EntryPoint = "statx", ExactSpelling = true, SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int StatX(int folder, byte[] path, int flags, uint mask, [Out] byte[] told);

    [DllImport("libc", EntryPoint = "lchown", ExactSpelling = true, SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int LChown(byte[] path, uint user, uint group);
}
