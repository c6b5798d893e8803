using StepCloud.Api.Recordings.Files.S3;
using StepCloud.Api.Settings;

namespace StepCloud.Api.Recordings;

/// <summary>That where recordings should be goes together with what is said of the place.</summary>
internal static class RecordingStoreSetting
{
    private const string Name = $"{RecordingOptions.Section}:{nameof(RecordingOptions.Store)}";

    /// <returns>Where they should be; null for what is said nowhere.</returns>
    /// <exception cref="SettingException">They should be with a service that is not described.</exception>
    public static string? Check(IConfiguration configuration)
    {
        string? store = configuration[Name];
        bool isS3 = string.Equals(store, nameof(RecordingStoreKind.S3), StringComparison.OrdinalIgnoreCase);
        return isS3 && configuration[$"{S3Options.Section}:{nameof(S3Options.Bucket)}"] is not { Length: > 0 }
            ? throw new SettingException(Name, $"S3 needs {S3Options.Section}:{nameof(S3Options.Bucket)}, and the key to it.")
            : store;
    }
}
