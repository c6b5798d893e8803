using System.ComponentModel;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using StepCloud.Api.Http;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Steps;
using StepCloud.Storage;

namespace StepCloud.Api.Steps;

/// <summary>Which steps, by what they are: in the query of a list or a calendar.</summary>
internal sealed record StepSelection
{
    [Description("Of that device.")]
    [FromQuery(Name = "device")]
    public DeviceId? Device { get; init; }

    [Description("Of that site.")]
    [FromQuery(Name = "site")]
    public SiteId? Site { get; init; }

    [Description("Of that gateway.")]
    [FromQuery(Name = "gateway")]
    public GatewayId? Gateway { get; init; }

    [Description("For that job, by its code.")]
    [FromQuery(Name = "job")]
    public string? Job { get; init; }

    [Description("`task_performed` or `settings_changed`.")]
    [FromQuery(Name = "kind")]
    public string? Kind { get; init; }

    [Description("With that label.")]
    [FromQuery(Name = "label")]
    public string? Label { get; init; }

    [Description("`succeeded`, `failed` or `aborted`.")]
    [FromQuery(Name = "outcome")]
    public string? Outcome { get; init; }

    public ProblemHttpResult? Read(OrganizationId organization, out StepFilter filter)
    {
        filter = new StepFilter(organization) { Device = Device, Site = Site, Gateway = Gateway, Job = Job, Label = Label };
        if (Text("job", Job) is { } noJob) return noJob;
        if (Text("label", Label) is { } noLabel) return noLabel;
        if (Kind is not null)
        {
            if (Enum.GetValues<StepKind>().Where(kind => WireNames.Of(kind) == Kind).ToArray() is not [StepKind kind])
                return Problems.InvalidRequest("kind", "It must be task_performed or settings_changed.");
            filter = filter with { Kind = kind };
        }

        if (Outcome is not null)
        {
            if (Enum.GetValues<StepResult>().Where(result => WireNames.Of(result) == Outcome).ToArray() is not [StepResult outcome])
                return Problems.InvalidRequest("outcome", "It must be succeeded, failed or aborted.");
            filter = filter with { Outcome = outcome };
        }

        return null;
    }

    /// <summary>What can be the name, unit or label of something stored.</summary>
    internal static bool IsName(string text) => text.Length <= StepLimits.NameCharsMax && StorableText.Is(text);

    private static ProblemHttpResult? Text(string name, string? text) =>
        text is null || IsName(text)
            ? null
            : Problems.InvalidRequest(name, $"It must be a text of at most {StepLimits.NameCharsMax} characters.");
}

/// <summary>Which page of the timeline.</summary>
internal sealed record TimelinePage
{
    [Description("Those that started then or later.")]
    [FromQuery(Name = "from")]
    public DateTimeOffset? From { get; init; }

    [Description("Those that started before.")]
    [FromQuery(Name = "to")]
    public DateTimeOffset? To { get; init; }

    [Description("The `next` of the page before.")]
    [FromQuery(Name = "before")]
    public StepId? Before { get; init; }

    [FromQuery(Name = "limit")]
    public int? Limit { get; init; }

    public int Count => Limit ?? PageLimits.Default;

    public ProblemHttpResult? Read(StepSelection selection, OrganizationId organization, out StepFilter filter)
    {
        if (selection.Read(organization, out filter) is { } problem) return problem;
        if (PageLimits.Check(Limit) is { } wrongLimit) return wrongLimit;
        if (TimeRange.Check(From, To) is { } wrongTime) return wrongTime;
        filter = filter with { From = From, To = To };
        return null;
    }
}

/// <summary>Which days of a calendar.</summary>
internal sealed record CalendarDays
{
    /// <summary>A leap year: a page of a calendar is a month, and an overview a year.</summary>
    public const int DaysMax = 366;

    [Description("The first day.")]
    [FromQuery(Name = "from")]
    public DateOnly From { get; init; }

    [Description("The last day, at most 365 days later.")]
    [FromQuery(Name = "to")]
    public DateOnly To { get; init; }

    [Description("By which a day begins: a name of the IANA's, such as Europe/Berlin. UTC unless given.")]
    [FromQuery(Name = "time_zone")]
    public string? TimeZone { get; init; }
}
