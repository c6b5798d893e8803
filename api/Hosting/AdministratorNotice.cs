using StepCloud.Storage;

namespace StepCloud.Api.Hosting;

/// <summary>Tells whoever started a server in which nobody can do anything yet how that is mended.</summary>
internal static partial class AdministratorNotice
{
    public static async Task WarnAsync(StepCloudServer server, CancellationToken cancellationToken)
    {
        if (await server.Services.GetRequiredService<InstallationStore>().HasAdministratorAsync(cancellationToken)) return;
        LogNoAdministrator(server.Services.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(AdministratorNotice)));
    }

    [LoggerMessage(4130, LogLevel.Warning,
        "This installation has no administrator. Make one beside the running server: 'stepcloud init', with the same --data or STEPCLOUD_DATABASE")]
    private static partial void LogNoAdministrator(ILogger logger);
}
