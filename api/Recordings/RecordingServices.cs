using StepCloud.Api.Hosting;
using StepCloud.Api.Recordings.Files;

namespace StepCloud.Api.Recordings;

internal static class RecordingServices
{
    public static IServiceCollection AddRecordings(this IServiceCollection services)
    {
        services.AddOptions<RecordingOptions>().BindConfiguration(RecordingOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<IRecordingFiles, FolderFiles>();
        services.AddSingleton<Intake>();
        services.AddSingleton<WholeIntake>();
        services.AddSingleton<TusUploads>();
        services.AddSingleton<RecordingReads>();
        services.AddSingleton<RecordingContent>();
        services.AddSingleton<RecordingCheck>();
        return services;
    }

    /// <summary>What is done once for the installation.</summary>
    public static IServiceCollection AddRecordingDuties(this IServiceCollection services) => services.AddDuty<RecordingSweeper>().AddDuty<RecordingScrubber>();
}
