using System.Diagnostics;
using StepCloud.Api.Watching;
using StepCloud.Contracts;
using StepCloud.Contracts.Commands;
using StepCloud.Contracts.Devices;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Sessions;
using StepCloud.Contracts.Steps;
using StepCloud.Contracts.Telemetry;
using StepCloud.Storage;

namespace StepCloud.Api.Ingress;

/// <summary>What a gateway sends, on whichever way it came: read, checked, brought to its actor, and quarantined where it is refused.</summary>
/// <remarks>
/// When a call completes, everything of its messages is committed: the steps, the telemetry, and the bytes of what was refused with the reasons.
/// So its caller may acknowledge, and nobody else may.
/// </remarks>
public sealed class Uplink(IActors actors, RejectedMessageStore rejected, ApiMetrics metrics, TimeProvider clock)
{
    private long _refused;

    /// <summary>Elements refused since the process began.</summary>
    public long RefusedCount => Interlocked.Read(ref _refused);

    /// <param name="origin">Where the gateway sent them from.</param>
    /// <returns>One answer for each message, in their order.</returns>
    public async Task<IReadOnlyList<UplinkAnswer>> AcceptAsync(
        GatewayId gateway, SessionOrigin origin, IReadOnlyList<UplinkMessage> messages, CancellationToken cancellationToken)
    {
        UplinkAnswer[] answers = await DeliverAsync(gateway, origin, messages, cancellationToken);
        await QuarantineAsync(gateway, messages, answers, cancellationToken);
        return answers;
    }

    /// <summary>As <see cref="AcceptAsync"/>, for a message that is in the quarantine already: what is refused of it again stays where it is.</summary>
    public async Task<UplinkAnswer> ReplayAsync(
        GatewayId gateway, SessionOrigin origin, UplinkMessage message, CancellationToken cancellationToken) =>
        (await DeliverAsync(gateway, origin, [message], cancellationToken))[0];

    private async Task<UplinkAnswer[]> DeliverAsync(
        GatewayId gateway, SessionOrigin origin, IReadOnlyList<UplinkMessage> messages, CancellationToken cancellationToken)
    {
        UplinkAnswer?[] answers = new UplinkAnswer?[messages.Count];
        // A run of messages of one kind goes to the actor in one call; the order between the kinds stays.
        for (int start = 0; start < messages.Count;)
        {
            int end = start + 1;
            while (end < messages.Count && messages[end].Kind == messages[start].Kind) end++;
            Range run = start..end;
            switch (messages[start].Kind)
            {
                case UplinkKind.Steps: await AcceptStepsAsync(gateway, messages, run, answers, cancellationToken); break;
                case UplinkKind.Telemetry: await AcceptTelemetryAsync(gateway, messages, run, answers, cancellationToken); break;
                case UplinkKind.Devices: await AcceptDevicesAsync(gateway, origin, messages, run, answers, cancellationToken); break;
                case UplinkKind.CommandResult: await AcceptAnswersAsync(gateway, origin, messages, run, answers, cancellationToken); break;
                default: Refuse(messages, run, answers); break;
            }

            metrics.MessagesTaken(messages[start].Source, KindOf(messages[start].Kind), end - start);
            start = end;
        }

        return answers!;
    }

    private async Task AcceptStepsAsync(
        GatewayId gateway, IReadOnlyList<UplinkMessage> messages, Range run, UplinkAnswer?[] answers, CancellationToken cancellationToken)
    {
        DateTimeOffset now = clock.GetUtcNow();
        UplinkRun<StepEvent> parsed = UplinkRun<StepEvent>.Read(messages, run, message => StepReader.Read(message.Payload.Span, now));
        IReadOnlyList<StepOutcome> outcomes = parsed.Values.Count == 0
            ? []
            : await actors.Gateway(gateway).AcceptAsync(parsed.Values, cancellationToken);
        parsed.Answer(answers, outcomes, ResultOf);
    }

    private async Task AcceptTelemetryAsync(
        GatewayId gateway, IReadOnlyList<UplinkMessage> messages, Range run, UplinkAnswer?[] answers, CancellationToken cancellationToken)
    {
        DateTimeOffset now = clock.GetUtcNow();
        UplinkRun<TelemetryElement> parsed = UplinkRun<TelemetryElement>.Read(messages, run, message => TelemetryReader.Read(message.Payload.Span, now));
        IReadOnlyList<TelemetryOutcome> outcomes = parsed.Values.Count == 0
            ? []
            : await actors.Gateway(gateway).ReportAsync(parsed.Values, cancellationToken);
        parsed.Answer(answers, outcomes, ResultOf);
    }

    private async Task AcceptDevicesAsync(
        GatewayId gateway, SessionOrigin origin, IReadOnlyList<UplinkMessage> messages, Range run, UplinkAnswer?[] answers,
        CancellationToken cancellationToken)
    {
        UplinkRun<DeviceAnnouncement> parsed =
            UplinkRun<DeviceAnnouncement>.Read(messages, run, message => AnnouncementReader.Read(message.Payload.Span));
        IReadOnlyList<AnnounceOutcome> outcomes = parsed.Values.Count == 0
            ? []
            : await actors.Gateway(gateway).AnnounceAsync(parsed.Values, origin, cancellationToken);
        parsed.Answer(answers, outcomes, ResultOf);
    }

    private async Task AcceptAnswersAsync(
        GatewayId gateway, SessionOrigin origin, IReadOnlyList<UplinkMessage> messages, Range run, UplinkAnswer?[] answers,
        CancellationToken cancellationToken)
    {
        UplinkRun<CommandAnswer> parsed =
            UplinkRun<CommandAnswer>.Read(messages, run, message => CommandAnswerReader.Read(message.Command, message.Payload.Span));
        IReadOnlyList<AnswerCommandOutcome> outcomes = parsed.Values.Count == 0
            ? []
            : await actors.Gateway(gateway).AnswerCommandsAsync(parsed.Values, origin, cancellationToken);
        parsed.Answer(answers, outcomes, ResultOf);
    }

    private static void Refuse(IReadOnlyList<UplinkMessage> messages, Range run, UplinkAnswer?[] answers)
    {
        for (int i = run.Start.Value; i < run.End.Value; i++)
            answers[i] = new UplinkAnswer([new UplinkResult(0, null, UplinkResults.Refused, messages[i].TopicRefusal)]);
    }

    private async Task QuarantineAsync(
        GatewayId gateway, IReadOnlyList<UplinkMessage> messages, UplinkAnswer[] answers, CancellationToken cancellationToken)
    {
        List<RejectedMessage> refused = [];
        for (int i = 0; i < answers.Length; i++)
        {
            UplinkResult[] reasons = [.. answers[i].Results.Where(result => result.Refusal is not null)];
            if (reasons.Length == 0) continue;
            Interlocked.Add(ref _refused, reasons.Length);
            foreach (UplinkResult reason in reasons) metrics.Refused(reason.Refusal!.Code);
            refused.Add(new RejectedMessage(
                gateway, messages[i].Source, messages[i].Topic, messages[i].Payload,
                [.. reasons.Select(reason => new RejectedElement(reason.Index, reason.Id, reason.Refusal!))]));
        }

        if (refused.Count == 0) return;
        await rejected.AddAsync(refused, cancellationToken);
        metrics.Quarantined(refused.Count);
    }

    private static string KindOf(UplinkKind kind) => kind switch
    {
        UplinkKind.Steps => "steps",
        UplinkKind.Telemetry => "telemetry",
        UplinkKind.Devices => "devices",
        UplinkKind.CommandResult => "command_result",
        _ => "not_taken",
    };

    private static UplinkResult ResultOf(StepOutcome outcome) => outcome switch
    {
        StepOutcome.Stored => new UplinkResult(0, null, UplinkResults.Stored, null),
        StepOutcome.AlreadyStored => new UplinkResult(0, null, UplinkResults.AlreadyStored, null),
        StepOutcome.Refused refused => new UplinkResult(0, null, UplinkResults.Refused, refused.Refusal),
        _ => throw new UnreachableException(),
    };

    private static UplinkResult ResultOf(TelemetryOutcome outcome) => outcome switch
    {
        TelemetryOutcome.Stored => new UplinkResult(0, null, UplinkResults.Stored, null),
        TelemetryOutcome.AlreadyStored => new UplinkResult(0, null, UplinkResults.AlreadyStored, null),
        TelemetryOutcome.Refused refused => new UplinkResult(0, null, UplinkResults.Refused, refused.Refusal),
        _ => throw new UnreachableException(),
    };

    private static UplinkResult ResultOf(AnswerCommandOutcome outcome) => outcome switch
    {
        AnswerCommandOutcome.Stored => new UplinkResult(0, null, UplinkResults.Stored, null),
        AnswerCommandOutcome.AlreadyStored => new UplinkResult(0, null, UplinkResults.AlreadyStored, null),
        AnswerCommandOutcome.Refused refused => new UplinkResult(0, null, UplinkResults.Refused, refused.Refusal),
        _ => throw new UnreachableException(),
    };

    private static UplinkResult ResultOf(AnnounceOutcome outcome) => outcome switch
    {
        AnnounceOutcome.Known known => new UplinkResult(0, null, UplinkResults.Known, null, known.ModelName),
        AnnounceOutcome.Refused refused => new UplinkResult(0, null, UplinkResults.Refused, refused.Refusal),
        _ => throw new UnreachableException(),
    };
}
