using StepCloud.Api.Hosting;
using StepCloud.Api.Recordings.Files;
using StepCloud.Api.Recordings.Files.S3;
using StepCloud.Api.Recordings.Keeping;

namespace StepCloud.Api.Recordings;

internal static class RecordingServices
{
    public static IServiceCollection AddRecordings(this IServiceCollection services)
    {
        services.AddOptions<RecordingOptions>().BindConfiguration(RecordingOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddOptions<S3Options>().BindConfiguration(S3Options.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<FolderFiles>();
        services.AddSingleton<IRecordingFiles>(provider => provider.GetRequiredService<FolderFiles>());
        services.AddSingleton<PlaceOwnership>();
        services.AddSingleton<RecordingPlaces>();
        services.AddSingleton<UploadPlaces>();
        services.AddSingleton<Intake>();
        services.AddSingleton<WholeIntake>();
        services.AddSingleton<UploadTakeover>();
        services.AddSingleton<TusUploads>();
        services.AddSingleton<RecordingReads>();
        services.AddSingleton<RecordingContent>();
        services.AddSingleton<RecordingCheck>();
        services.AddSingleton<RecordingMove>();
        services.AddSingleton<RecordingAdoption>();
        return services;
    }

    /// <summary>What is done once for the installation.</summary>
    public static IServiceCollection AddRecordingDuties(this IServiceCollection services) =>
        services.AddDuty<RecordingSweeper>().AddDuty<RecordingScrubber>().AddDuty<RecordingMover>();
}
