using StepCloud.Api.Settings;
using StepCloud.Api.Tokens.Sealing;

namespace StepCloud.Api.Commands.BackUp;

/// <summary>The file into which a back-up writes the master key, and from which a restore takes it.</summary>
internal static class MasterKeyCopy
{
    private const string Option = "--master-key";

    /// <summary>Not beside what it opens, and not over another key.</summary>
    public static void RequirePlace(FileInfo file, string folder)
    {
        string inside = Path.GetRelativePath(folder, file.FullName);
        if (inside != ".." && !inside.StartsWith("../", StringComparison.Ordinal) && !Path.IsPathRooted(inside))
            throw new SettingException(Option, $"{file.FullName} is in the back-up's folder: whoever has both has everything. Name a file elsewhere.");
        if (file.Exists) throw new SettingException(Option, $"{file.FullName} exists already.");
        if (file.Directory is not { Exists: true }) throw new SettingException(Option, $"there is no folder {file.DirectoryName}.");
    }

    /// <exception cref="SettingException">It cannot be written.</exception>
    public static void Write(FileInfo file, MasterKey key)
    {
        try
        {
            MasterKeyFile.Write(file.FullName, key.ExportText());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SettingException(Option, $"{file.FullName} cannot be written: {e.Message}", e);
        }
    }

    /// <summary>The key that goes into the data folder of a private installation.</summary>
    /// <param name="expectedId">Of the key that the back-up's secrets are sealed under; null when none are.</param>
    public static MasterKey Read(FileInfo file, string? expectedId)
    {
        MasterKey key = MasterKeyFile.Read(file.FullName, Option);
        return expectedId is null || key.Id == expectedId
            ? key
            : throw new SettingException(Option, $"{file.FullName} holds the key {key.Id}, and the back-up is sealed under {expectedId}.");
    }
}
