using System.Text.Json.Nodes;
using StepCloud.Actors.Ports;
using StepCloud.Api.Mail;
using StepCloud.Storage.Alarms;

namespace StepCloud.Api.Alarms.Delivery;

/// <summary>The mail that tells somebody of an alarm.</summary>
internal sealed class AlarmMails(MailContents contents, TimeProvider clock)
{
    /// <summary>An alarm that comes later than this is history.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(1);

    public NewMail Compose(DueDelivery delivery, string recipient)
    {
        DateTimeOffset now = clock.GetUtcNow();
        Guid id = Guid.CreateVersion7(now);
        return new NewMail(id, MailKinds.Alarm, recipient, contents.Seal(id, TextOf(JsonNode.Parse(delivery.Body)!)), now + Lifetime);
    }

    private static MailText TextOf(JsonNode body)
    {
        if (body["alarm"] is not { } alarm) return new MailText("StepCloud: a test", "This is a test of an alarm channel. No alarm was raised.\n");
        bool isRaised = (string?)body["event"] == "alarm.raised";
        (string kind, JsonNode? name, JsonNode? id) = alarm["gateway"] is { } gateway
            ? ("Gateway:  ", alarm["gateway_name"], gateway)
            : ("Device:   ", alarm["device_label"], alarm["device"]);
        string head = $"{((string)alarm["severity"]!).ToUpperInvariant()}: {alarm["rule_name"]} {(isRaised ? "" : "is over ")}({name}, {alarm["site_name"]})";
        int suppressed = (int)body["suppressed"]!;
        string text =
            $"""
             {head}

             {kind} {name} ({id})
             Site:      {alarm["site_name"]}
             Raised at: {alarm["raised_at"]}{((bool)alarm["late"]! ? " (told late)" : "")}
             Value:     {alarm["value"]?.ToJsonString() ?? "-"}
             {(isRaised ? "" : $"Cleared at: {alarm["cleared_at"]}\n")}{(suppressed > 0 ? $"It stands for {suppressed} more events of the last minute.\n" : "")}
             Alarm {alarm["id"]}

             """;
        // Names are people's: none of them begins another header.
        return new MailText("StepCloud: " + string.Concat(head.Select(c => char.IsControl(c) ? ' ' : c)), text);
    }
}
