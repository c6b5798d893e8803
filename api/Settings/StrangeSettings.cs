namespace StepCloud.Api.Settings;

/// <summary>Tells in the log of settings that are none.</summary>
internal static partial class StrangeSettings
{
    public static void Tell(IReadOnlyList<string> lines, ILoggerFactory loggers)
    {
        ILogger logger = loggers.CreateLogger(typeof(StrangeSettings));
        foreach (string line in lines) LogStrange(logger, line);
    }

    [LoggerMessage(4900, LogLevel.Warning, "{Line}")]
    private static partial void LogStrange(ILogger logger, string line);
}
