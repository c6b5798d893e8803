using Microsoft.AspNetCore.Http.HttpResults;
using StepCloud.Api.Http;

namespace StepCloud.Api.Steps;

/// <summary>The times between which steps or samples are asked for.</summary>
internal static class TimeRange
{
    private static readonly DateTimeOffset End = new(2200, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static ProblemHttpResult? Check(DateTimeOffset? from, DateTimeOffset? to)
    {
        if (from is { } a && Wrong(a)) return Problems.InvalidRequest("from", "It must be between 1970 and 2200.");
        if (to is { } b && Wrong(b)) return Problems.InvalidRequest("to", "It must be between 1970 and 2200.");
        return from >= to ? Problems.InvalidRequest("to", "It must be later than `from`.") : null;
    }

    private static bool Wrong(DateTimeOffset time) => time < DateTimeOffset.UnixEpoch || time > End;
}
