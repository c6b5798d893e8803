using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Refusals;
using StepCloud.Contracts.Steps;
using StepCloud.Contracts.Telemetry;

namespace StepCloud.Api.Ingress;

/// <summary>What must hold between the fields of an element of telemetry, and between it and the server's clock.</summary>
internal static class TelemetryRules
{
    public static bool Check(ref JsonCursor cursor, TelemetryFields fields, DateTimeOffset now)
    {
        if (fields.Id is not { } id) return Missing(ref cursor, "id");
        if (fields.Device is null) return Missing(ref cursor, "device");
        if (fields.Sent is not { } sent) return Missing(ref cursor, "sent");
        if (fields.State is not { } state) return Missing(ref cursor, "state");
        return CheckSent(ref cursor, new TelemetryId(id), sent, now) && CheckStep(ref cursor, fields, state, sent);
    }

    private static bool CheckSent(ref JsonCursor cursor, TelemetryId id, DateTimeOffset sent, DateTimeOffset now)
    {
        if (sent < StepLimits.EarliestTime)
            return cursor.Refuse(RefusalCode.TimeTooOld, $"/sent is before {StepLimits.EarliestTime:yyyy-MM-dd}. Is the gateway's clock set?");
        if (sent > now + StepLimits.ClockAheadMax)
        {
            return cursor.Refuse(
                RefusalCode.TimeInFuture,
                $"/sent is more than {StepLimits.ClockAheadMax.TotalHours} hours ahead of the server's clock ({now:yyyy-MM-ddTHH:mm:ssZ}). Set the gateway's clock.");
        }

        if (!id.IsVersion7) return cursor.Refuse(RefusalCode.IdNotUuid7, "/id must be a UUID of version 7 (RFC 9562 §5.7).");
        return (id.Time - sent).Duration() <= StepLimits.IdTimeToleranceMax || cursor.Refuse(
            RefusalCode.IdTimeMismatch,
            $"The time in /id ({id.Time:yyyy-MM-ddTHH:mm:ssZ}) is more than {StepLimits.IdTimeToleranceMax.TotalHours} hours away from /sent.");
    }

    private static bool CheckStep(ref JsonCursor cursor, TelemetryFields fields, DeviceActivity state, DateTimeOffset sent)
    {
        if (state == DeviceActivity.Idle)
        {
            return fields.StepMember is null
                || cursor.Refuse(RefusalCode.ValueOutOfRange, $"/{fields.StepMember} is told of a device that is idle: it has no step.");
        }

        // A device can be in error without a step; but what is told of one needs to say which.
        if (fields.StepMember is null && state == DeviceActivity.Error) return true;
        if (fields.Step is not { } step) return Missing(ref cursor, "step");
        if (fields.Started is not { } started) return Missing(ref cursor, "started");
        if (!step.IsVersion7) return cursor.Refuse(RefusalCode.IdNotUuid7, "/step must be a UUID of version 7 (RFC 9562 §5.7).");
        if (started > sent) return cursor.Refuse(RefusalCode.ValueOutOfRange, "/started is after /sent.");
        if (sent - started > StepLimits.DurationMax)
            return cursor.Refuse(RefusalCode.ValueOutOfRange, $"/started is more than {StepLimits.DurationMax.TotalDays} days before /sent.");
        if (fields.Layer > fields.Layers) return cursor.Refuse(RefusalCode.ValueOutOfRange, "/layer is more than /layers.");
        bool isNear = step.Time >= started - StepLimits.IdTimeToleranceMax && step.Time <= sent + StepLimits.IdTimeToleranceMax;
        return isNear || cursor.Refuse(
            RefusalCode.IdTimeMismatch,
            $"The time in /step ({step.Time:yyyy-MM-ddTHH:mm:ssZ}) is more than {StepLimits.IdTimeToleranceMax.TotalHours} hours away from the step.");
    }

    private static bool Missing(ref JsonCursor cursor, string field) => cursor.Refuse(RefusalCode.MissingField, $"/{field} is missing.");
}
