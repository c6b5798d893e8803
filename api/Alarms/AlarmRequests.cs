using System.ComponentModel;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using StepCloud.Api.Http;
using StepCloud.Api.Steps;
using StepCloud.Contracts.Ids;
using StepCloud.Storage;
using StepCloud.Storage.Alarms;

namespace StepCloud.Api.Alarms;

/// <summary>A page of alarms.</summary>
internal sealed record AlarmsRequest
{
    [Description("`raised`, `acknowledged` or `cleared`.")]
    [FromQuery(Name = "state")]
    public string? State { get; init; }

    [Description("`info`, `warning` or `critical`.")]
    [FromQuery(Name = "severity")]
    public string? Severity { get; init; }

    [Description("False: those that nobody has acknowledged, cleared ones too.")]
    [FromQuery(Name = "acknowledged")]
    public bool? Acknowledged { get; init; }

    [Description("Of that device.")]
    [FromQuery(Name = "device")]
    public DeviceId? Device { get; init; }

    [Description("Of that gateway itself; not of the devices behind it.")]
    [FromQuery(Name = "gateway")]
    public GatewayId? Gateway { get; init; }

    [Description("Of that site.")]
    [FromQuery(Name = "site")]
    public SiteId? Site { get; init; }

    [Description("Of that rule.")]
    [FromQuery(Name = "rule")]
    public AlarmRuleId? Rule { get; init; }

    [Description("Those that were raised then or later.")]
    [FromQuery(Name = "from")]
    public DateTimeOffset? From { get; init; }

    [Description("Those that were raised before.")]
    [FromQuery(Name = "to")]
    public DateTimeOffset? To { get; init; }

    [Description("The `next` of the page before.")]
    [FromQuery(Name = "before")]
    public AlarmId? Before { get; init; }

    [FromQuery(Name = "limit")]
    public int? Limit { get; init; }

    public int Count => Limit ?? PageLimits.Default;

    public ProblemHttpResult? Read(OrganizationId organization, out AlarmFilter filter)
    {
        filter = new AlarmFilter(organization)
        {
            State = State, Severity = Severity, IsAcknowledged = Acknowledged, Device = Device, Gateway = Gateway, Site = Site, Rule = Rule, From = From, To = To,
        };
        return PageLimits.Check(Limit) ?? Problems.UnlessOneOf("state", State, AlarmWords.States) ?? Problems.UnlessOneOf("severity", Severity, AlarmWords.Severities)
            ?? TimeRange.Check(From, To);
    }
}

/// <param name="Note">What is to be known of it, in up to 1000 characters; null for nothing.</param>
public sealed record AcknowledgeRequest(string? Note = null)
{
    /// <summary>A remark, not a report.</summary>
    private const int NoteCharsMax = 1000;

    internal string? Text => string.IsNullOrWhiteSpace(Note) ? null : Note.Trim();

    internal string? Fault() =>
        Text is not { } text ? null
        : text.Length > NoteCharsMax ? $"A note can have {NoteCharsMax} characters."
        : !StorableText.Is(text) ? "It holds a character that cannot be stored (U+0000, or half of a surrogate pair)."
        : null;
}
