namespace StepCloud.GatewaySim.Files;

/// <summary>Replaces a file so that a reader, and a machine that loses its power, finds the old or the new content and never a part of one.</summary>
public static class AtomicFile
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Returns when the new content is on the disk. Only the owner may read it (0600): most of what is kept so is secret.</summary>
    public static void WriteDurable(string path, ReadOnlySpan<byte> content)
    {
        string temporary = WriteTemporary(path, content, flushToDisk: true);
        File.Move(temporary, path, overwrite: true);
        DirectorySync.Flush(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    /// <summary>The same for what need not outlive the machine's power, such as a status that is written every second.</summary>
    public static void WriteVolatile(string path, ReadOnlySpan<byte> content) =>
        File.Move(WriteTemporary(path, content, flushToDisk: false), path, overwrite: true);

    private static string WriteTemporary(string path, ReadOnlySpan<byte> content, bool flushToDisk)
    {
        string temporary = path + ".tmp";
        // One that a crash left behind may have other permissions, and those of an existing file are kept.
        File.Delete(temporary);
        FileStreamOptions options = new() { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0, UnixCreateMode = OwnerOnly };
        using FileStream file = new(temporary, options);
        file.Write(content);
        file.Flush(flushToDisk);
        return temporary;
    }
}
