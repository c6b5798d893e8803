using System.Globalization;
using Microsoft.Extensions.Logging;
using StepCloud.Contracts.Ids;
using StepCloud.GatewaySim.Ledgers;
using StepCloud.GatewaySim.Outbox;
using StepCloud.Mqtt.Client;
using StepCloud.Mqtt.Packets;

namespace StepCloud.GatewaySim.Uplink;

/// <summary>Sends what the outbox holds over one connection, some messages ahead of their answers, and settles each answer.</summary>
internal sealed partial class StepSender(
    GatewayId gateway, StepOutbox outbox, Ledger ledger, StepAnswers answers, UplinkOptions options, TimeProvider clock, ILogger logger)
{
    /// <summary>Fixed header, Topic Name, Packet Identifier and an empty Property Length never take more (MQTT 5.0 §3.3).</summary>
    private const int PublishOverheadBytesMax = 128;

    private bool _oneByOne;

    /// <summary>Until it is cancelled, or the connection is lost. What has no answer then is still in flight.</summary>
    /// <exception cref="MqttConnectionLostException">The connection was lost.</exception>
    /// <exception cref="IOException">The outbox or the ledger cannot be written.</exception>
    public async Task RunAsync(GatewayConnection connection, CancellationToken cancellationToken)
    {
        _oneByOne = false;
        int bytesMax = (int)Math.Min(options.MessageBytesMax, (connection.PacketBytesMax ?? int.MaxValue) - PublishOverheadBytesMax);
        Queue<Task> unsettled = new();
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            while (true)
            {
                await outbox.WaitToTakeAsync(stop.Token);
                while (unsettled.TryPeek(out Task? oldest) && (oldest.IsCompleted || unsettled.Count >= options.MessagesInFlightMax))
                    await unsettled.Dequeue().WaitAsync(stop.Token);
                IReadOnlyList<OutboxStep> steps = outbox.Take(bytesMax, _oneByOne ? 1 : options.StepsPerMessageMax);
                if (steps.Count == 0)
                    continue;
                ledger.Sent(steps.Select(step => SentStep.Of(step)));
                unsettled.Enqueue(SendAsync(connection, steps, stop));
            }
        }
        finally
        {
            // Each ends when the token does; what one of them failed of takes the place of the cancellation that it caused.
            await stop.CancelAsync();
            await Task.WhenAll(unsettled);
        }
    }

    private async Task SendAsync(GatewayConnection connection, IReadOnlyList<OutboxStep> steps, CancellationTokenSource stop)
    {
        try
        {
            PublishResult answer = await connection.SendStepsAsync(StepMessage.Of(steps), stop.Token);
            await SettleAsync([.. steps.Select(step => step.Id)], answer, stop.Token);
        }
        catch
        {
            await stop.CancelAsync();
            throw;
        }
    }

    private async Task SettleAsync(StepId[] ids, PublishResult answer, CancellationToken cancellationToken)
    {
        if (answer.IsSuccess)
            answers.Acknowledged(ids);
        else if (ids.Length == 1)
            RefuseOne(ids[0], answer);
        else
            await SettleRefusedArrayAsync(ids, answer, cancellationToken);
    }

    private void RefuseOne(StepId id, PublishResult answer)
    {
        // The Reason String is "code: reason".
        string[] parts = (answer.ReasonString ?? "").Split(": ", 2);
        if (parts.Length == 2)
            answers.Refused(id, parts[0], parts[1]);
        else
            answers.Refused(id, string.Create(CultureInfo.InvariantCulture, $"0x{(byte)answer.ReasonCode:X2}"), parts[0]);
    }

    // Which of them, the notice on the errors topic says; it comes before or after the PUBACK.
    private async Task SettleRefusedArrayAsync(StepId[] ids, PublishResult answer, CancellationToken cancellationToken)
    {
        using CancellationTokenSource patience = new(options.NoticeMax, clock);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            await answers.WhenAnyRefusedAsync(ids, either.Token);
            answers.Acknowledged(ids);
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            LogOneByOne(gateway, ids.Length, answer.ReasonCode, answer.ReasonString ?? "");
            _oneByOne = true;
            outbox.Return(ids);
        }
    }

    [LoggerMessage(5030, LogLevel.Warning, "Gateway {Gateway}: {Count} steps refused together and no word of which: they go one by one now ({ReasonCode} {Reason})")]
    private partial void LogOneByOne(GatewayId gateway, int count, ReasonCode reasonCode, string reason);
}
