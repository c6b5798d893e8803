using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Refusals;
using StepCloud.Contracts.Steps;

namespace StepCloud.Api.Ingress;

/// <summary>What must hold between the fields of a step, and between a step and the server's clock.</summary>
internal static class StepRules
{
    public static bool Check(ref JsonCursor cursor, StepFields fields, DateTimeOffset now)
    {
        if (fields.Id is not { } guid) return Missing(ref cursor, "id");
        if (fields.Device is null) return Missing(ref cursor, "device");
        if (fields.Kind is null) return Missing(ref cursor, "kind");
        if (fields.Started is not { } started) return Missing(ref cursor, "started");
        if (fields.Ended is not { } ended) return Missing(ref cursor, "ended");
        return CheckTimes(ref cursor, started, ended, now) && CheckId(ref cursor, new StepId(guid), started, ended);
    }

    private static bool CheckTimes(ref JsonCursor cursor, DateTimeOffset started, DateTimeOffset ended, DateTimeOffset now)
    {
        if (ended < started) return cursor.Refuse(RefusalCode.ValueOutOfRange, "/ended is before /started.");
        if (started < StepLimits.EarliestTime)
        {
            return cursor.Refuse(
                RefusalCode.TimeTooOld, $"/started is before {StepLimits.EarliestTime:yyyy-MM-dd}. Is the gateway's clock set?");
        }

        if (ended > now + StepLimits.ClockAheadMax)
        {
            return cursor.Refuse(
                RefusalCode.TimeInFuture,
                $"/ended is more than {StepLimits.ClockAheadMax.TotalHours} hours ahead of the server's clock ({now:yyyy-MM-ddTHH:mm:ssZ}). "
                + "Set the gateway's clock.");
        }

        return ended - started <= StepLimits.DurationMax || cursor.Refuse(
            RefusalCode.ValueOutOfRange, $"/ended is more than {StepLimits.DurationMax.TotalDays} days after /started. Cut it into several steps.");
    }

    private static bool CheckId(ref JsonCursor cursor, StepId id, DateTimeOffset started, DateTimeOffset ended)
    {
        if (!id.IsVersion7) return cursor.Refuse(RefusalCode.IdNotUuid7, "/id must be a UUID of version 7 (RFC 9562 §5.7).");
        bool isNear = id.Time >= started - StepLimits.IdTimeToleranceMax && id.Time <= ended + StepLimits.IdTimeToleranceMax;
        return isNear || cursor.Refuse(
            RefusalCode.IdTimeMismatch,
            $"The time in /id ({id.Time:yyyy-MM-ddTHH:mm:ssZ}) is more than {StepLimits.IdTimeToleranceMax.TotalHours} hours away from the step.");
    }

    private static bool Missing(ref JsonCursor cursor, string field) =>
        cursor.Refuse(RefusalCode.MissingField, $"/{field} is missing.");
}
