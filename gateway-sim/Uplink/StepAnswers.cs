using Microsoft.Extensions.Logging;
using StepCloud.Contracts.Ids;
using StepCloud.GatewaySim.Ledgers;
using StepCloud.GatewaySim.Outbox;
using StepCloud.GatewaySim.Running;
using StepCloud.GatewaySim.Wire;

namespace StepCloud.GatewaySim.Uplink;

/// <summary>
/// Takes in what the server says of steps, which comes by two ways in any order: the PUBACK of a message, and a notice on the errors
/// topic that names the refused ones of it. Each step ends in the ledger and leaves the outbox.
/// </summary>
internal sealed partial class StepAnswers(GatewayId gateway, StepOutbox outbox, Ledger ledger, Tally tally, ILogger logger)
{
    /// <summary>A notice and the PUBACK it belongs to come within moments; so many refusals lie between them at the very most.</summary>
    private const int RefusedRememberedMax = 10_000;

    private readonly Lock _gate = new();
    private readonly Pulse _noticed = new();
    private readonly HashSet<StepId> _refused = [];
    private readonly Queue<StepId> _refusedInOrder = new();

    /// <summary>The PUBACK of their message said success: those that no notice has named are stored.</summary>
    public void Acknowledged(IEnumerable<StepId> ids)
    {
        lock (_gate)
        {
            StepId[] stored = [.. ids.Where(id => !_refused.Contains(id))];
            // The ledger first: a process that is killed in between sends the steps again, and nothing is missing in the count.
            ledger.Acknowledged(stored);
            outbox.Remove(stored);
            tally.CountAcknowledged(stored.Length);
        }
    }

    /// <summary>The server will not have this step, now or ever.</summary>
    public void Refused(StepId id, string code, string reason)
    {
        lock (_gate)
        {
            // The second of the two ways.
            if (!Remember(id))
                return;
            ledger.Refused(id, code);
            if (outbox.Contains(id))
                outbox.Remove([id]);
            else
                tally.CountAcknowledged(-1);
            tally.CountRefused();
        }
        LogRefused(gateway, id, code, reason);
    }

    /// <summary>A message on the errors topic.</summary>
    public void Notice(ReadOnlySpan<byte> payload)
    {
        if (RefusalNotice.TryParse(payload) is not { } notice)
        {
            LogUnreadable(gateway, payload.Length);
            return;
        }
        bool ofSteps = notice.Topic == Contracts.Topics.Steps(gateway);
        foreach (RefusedItem item in notice.Refusals)
        {
            if (ofSteps && item.StepId is { } step)
                Refused(step, item.Code ?? "", item.Reason ?? "");
            else
                LogOtherRefused(gateway, notice.Topic, item.Id ?? "", item.Code ?? "", item.Reason ?? "");
        }
        _noticed.Set();
    }

    /// <summary>Completes when a notice has named one of the steps.</summary>
    public Task WhenAnyRefusedAsync(IReadOnlyCollection<StepId> ids, CancellationToken cancellationToken) =>
        _noticed.UntilAsync(() => AnyRefused(ids), cancellationToken);

    private bool AnyRefused(IReadOnlyCollection<StepId> ids)
    {
        lock (_gate)
            return ids.Any(_refused.Contains);
    }

    private bool Remember(StepId id)
    {
        if (!_refused.Add(id))
            return false;
        _refusedInOrder.Enqueue(id);
        if (_refusedInOrder.Count > RefusedRememberedMax)
            _refused.Remove(_refusedInOrder.Dequeue());
        return true;
    }

    [LoggerMessage(5010, LogLevel.Warning, "Gateway {Gateway}: step {Step} refused: {Code}: {Reason}")]
    private partial void LogRefused(GatewayId gateway, StepId step, string code, string reason);

    [LoggerMessage(5011, LogLevel.Warning, "Gateway {Gateway}: refused on {Topic}: {Id} {Code}: {Reason}")]
    private partial void LogOtherRefused(GatewayId gateway, string topic, string id, string code, string reason);

    [LoggerMessage(5012, LogLevel.Warning, "Gateway {Gateway}: a message of {Bytes} bytes on the errors topic is no refusal notice")]
    private partial void LogUnreadable(GatewayId gateway, int bytes);
}
