using Microsoft.Extensions.Logging;
using StepCloud.Mqtt.Packets;

namespace StepCloud.Mqtt.Client;

/// <summary>Log events 1800 to 1899.</summary>
internal static partial class ClientLog
{
    [LoggerMessage(1800, LogLevel.Error, "The handler of received messages threw; the message is acknowledged as failed.")]
    public static partial void HandlerFailed(ILogger logger, Exception exception);

    [LoggerMessage(1801, LogLevel.Warning, "The Server broke the protocol: {Violation}")]
    public static partial void ServerViolation(ILogger logger, string violation);

    [LoggerMessage(1802, LogLevel.Information, "Connected, session present: {SessionPresent}.")]
    public static partial void Connected(ILogger logger, bool sessionPresent);

    [LoggerMessage(1803, LogLevel.Information, "Disconnected: {ReasonCode} {ReasonString}")]
    public static partial void Disconnected(ILogger logger, ReasonCode? reasonCode, string? reasonString, Exception? cause);

    [LoggerMessage(1804, LogLevel.Warning, "No connection, failure {Failure} in a row; the next attempt in {Delay}.")]
    public static partial void Waiting(ILogger logger, int failure, TimeSpan delay, Exception exception);
}
