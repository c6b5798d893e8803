using StepCloud.Api.Settings;

namespace StepCloud.Api.Tokens.Sealing;

/// <summary>A file with a master key: base64 of 32 bytes in one line.</summary>
internal static class MasterKeyFile
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private const int TextCharsMax = 1024;

    /// <exception cref="SettingException">It cannot be read, or holds something else. The message never holds what it holds.</exception>
    public static MasterKey Read(string path, string setting)
    {
        string text;
        try
        {
            using StreamReader reader = new(path);
            char[] buffer = new char[TextCharsMax];
            text = new string(buffer, 0, reader.ReadBlock(buffer));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new SettingException(setting, $"the file '{path}' cannot be read.", e);
        }

        return MasterKey.Parse(text)
            ?? throw new SettingException(setting, $"the file '{path}' does not hold a master key. That is {MasterKeySetting.Form}");
    }

    /// <summary>Makes a key in a file that only this process's account can read. When this returns, it survives a power cut.</summary>
    /// <exception cref="IOException">The file exists, or cannot be written.</exception>
    public static MasterKey Create(string path)
    {
        string text = MasterKey.NewText();
        Write(path, text);
        return MasterKey.Parse(text)!;
    }

    /// <summary>As <see cref="Create"/>, with a key that there is.</summary>
    public static void Write(string path, string text)
    {
        string unfinished = path + ".new";
        File.Delete(unfinished);
        using (FileStream file = new(unfinished, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnerOnly }))
        {
            using StreamWriter writer = new(file);
            writer.WriteLine(text);
            writer.Flush();
            file.Flush(flushToDisk: true);
        }

        File.Move(unfinished, path);
        // The new name has to be on the disk before anything is sealed: a flush of the file writes the journal that holds the rename.
        using FileStream named = new(path, FileMode.Open, FileAccess.ReadWrite);
        named.Flush(flushToDisk: true);
    }

    /// <summary>True when others than its owner can read the file.</summary>
    public static bool IsReadableByOthers(string path) =>
        (File.GetUnixFileMode(path) & (UnixFileMode.GroupRead | UnixFileMode.OtherRead)) != UnixFileMode.None;
}
