using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace StepCloud.Api.Watching;

/// <summary>The log on the console: one line an entry, as the framework's own formatter writes it, with the trace that it belongs to.</summary>
internal sealed class TracedConsole() : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "stepcloud";

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        string message = logEntry.Formatter(logEntry.State, logEntry.Exception);
        textWriter.Write($"{TimeProvider.System.GetUtcNow():yyyy-MM-dd'T'HH:mm:ss.fff'Z'} {LevelOf(logEntry.LogLevel)}: {logEntry.Category}[{logEntry.EventId.Id}] ");
        textWriter.Write(OneLine(message));
        if (logEntry.Exception is { } exception) textWriter.Write($" {OneLine(exception.ToString())}");
        // Of a request that nobody records too: it tells which lines are of one request.
        if (Activity.Current is { } activity) textWriter.Write($" trace={activity.TraceId}");
        textWriter.Write('\n');
    }

    private static string OneLine(string text) => text.ReplaceLineEndings(" ");

    private static string LevelOf(LogLevel level) => level switch
    {
        LogLevel.Trace => "trce",
        LogLevel.Debug => "dbug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warn",
        LogLevel.Error => "fail",
        _ => "crit",
    };
}

internal static class TracedConsoleServices
{
    public static ILoggingBuilder AddTracedConsole(this ILoggingBuilder logging) =>
        logging.AddConsole(options => options.FormatterName = TracedConsole.FormatterName).AddConsoleFormatter<TracedConsole, ConsoleFormatterOptions>();
}
