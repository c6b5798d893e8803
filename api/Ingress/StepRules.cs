using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Refusals;
using StepCloud.Contracts.Steps;

namespace StepCloud.Api.Ingress;

/// <summary>What must hold between the fields of a step, and between a step and the server's clock.</summary>
internal static class StepRules
{
    public static bool Check(ref JsonCursor cursor, StepFields fields, DateTimeOffset now)
    {
        if (fields.Id is not { } guid) return MessageRules.Missing(ref cursor, "id");
        if (fields.Device is null) return MessageRules.Missing(ref cursor, "device");
        if (fields.Kind is null) return MessageRules.Missing(ref cursor, "kind");
        if (fields.Started is not { } started) return MessageRules.Missing(ref cursor, "started");
        if (fields.Ended is not { } ended) return MessageRules.Missing(ref cursor, "ended");
        StepId id = new(guid);
        return CheckTimes(ref cursor, started, ended, now) && MessageRules.CheckVersion7(ref cursor, "id", id.IsVersion7)
            && MessageRules.CheckIdTime(ref cursor, "id", id.Time, started, ended, "the step");
    }

    private static bool CheckTimes(ref JsonCursor cursor, DateTimeOffset started, DateTimeOffset ended, DateTimeOffset now)
    {
        if (ended < started) return cursor.Refuse(RefusalCode.ValueOutOfRange, "/ended is before /started.");
        if (!MessageRules.CheckNotTooOld(ref cursor, "started", started) || !MessageRules.CheckNotAhead(ref cursor, "ended", ended, now)) return false;
        return ended - started <= StepLimits.DurationMax || cursor.Refuse(
            RefusalCode.ValueOutOfRange, $"/ended is more than {StepLimits.DurationMax.TotalDays} days after /started. Cut it into several steps.");
    }
}
