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
        if (fields.Id is not { } id) return MessageRules.Missing(ref cursor, "id");
        if (fields.Device is null) return MessageRules.Missing(ref cursor, "device");
        if (fields.Sent is not { } sent) return MessageRules.Missing(ref cursor, "sent");
        if (fields.State is not { } state) return MessageRules.Missing(ref cursor, "state");
        TelemetryId element = new(id);
        return MessageRules.CheckNotTooOld(ref cursor, "sent", sent) && MessageRules.CheckNotAhead(ref cursor, "sent", sent, now)
            && MessageRules.CheckVersion7(ref cursor, "id", element.IsVersion7) && MessageRules.CheckIdTime(ref cursor, "id", element.Time, sent, sent, "/sent")
            && CheckStep(ref cursor, fields, state, sent);
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
        if (fields.Step is not { } step) return MessageRules.Missing(ref cursor, "step");
        if (fields.Started is not { } started) return MessageRules.Missing(ref cursor, "started");
        if (!MessageRules.CheckVersion7(ref cursor, "step", step.IsVersion7)) return false;
        if (started > sent) return cursor.Refuse(RefusalCode.ValueOutOfRange, "/started is after /sent.");
        if (sent - started > StepLimits.DurationMax)
            return cursor.Refuse(RefusalCode.ValueOutOfRange, $"/started is more than {StepLimits.DurationMax.TotalDays} days before /sent.");
        if (fields.Layer > fields.Layers) return cursor.Refuse(RefusalCode.ValueOutOfRange, "/layer is more than /layers.");
        return MessageRules.CheckIdTime(ref cursor, "step", step.Time, started, sent, "the step");
    }
}
