using StepCloud.Contracts.Refusals;
using StepCloud.Contracts.Steps;

namespace StepCloud.Api.Ingress;

/// <summary>What must hold of the times and ids of whatever a gateway sends, and of fields that it must have.</summary>
internal static class MessageRules
{
    public static bool Missing(ref JsonCursor cursor, string field) => cursor.Refuse(RefusalCode.MissingField, $"/{field} is missing.");

    /// <summary>A clock that was never set tells of times before there was any of this.</summary>
    public static bool CheckNotTooOld(ref JsonCursor cursor, string field, DateTimeOffset time) =>
        time >= StepLimits.EarliestTime || cursor.Refuse(
            RefusalCode.TimeTooOld, $"/{field} is before {StepLimits.EarliestTime:yyyy-MM-dd}. Is the gateway's clock set?");

    /// <param name="now">The server's time.</param>
    public static bool CheckNotAhead(ref JsonCursor cursor, string field, DateTimeOffset time, DateTimeOffset now) =>
        time <= now + StepLimits.ClockAheadMax || cursor.Refuse(
            RefusalCode.TimeInFuture,
            $"/{field} is more than {StepLimits.ClockAheadMax.TotalHours} hours ahead of the server's clock ({now:yyyy-MM-ddTHH:mm:ssZ}). Set the gateway's clock.");

    public static bool CheckVersion7(ref JsonCursor cursor, string field, bool isVersion7) =>
        isVersion7 || cursor.Refuse(RefusalCode.IdNotUuid7, $"/{field} must be a UUID of version 7 (RFC 9562 §5.7).");

    /// <param name="time">The id's own.</param>
    /// <param name="what">That lasted from <paramref name="from"/> to <paramref name="to"/>.</param>
    public static bool CheckIdTime(ref JsonCursor cursor, string field, DateTimeOffset time, DateTimeOffset from, DateTimeOffset to, string what)
    {
        bool isNear = time >= from - StepLimits.IdTimeToleranceMax && time <= to + StepLimits.IdTimeToleranceMax;
        return isNear || cursor.Refuse(
            RefusalCode.IdTimeMismatch,
            $"The time in /{field} ({time:yyyy-MM-ddTHH:mm:ssZ}) is more than {StepLimits.IdTimeToleranceMax.TotalHours} hours away from {what}.");
    }
}
