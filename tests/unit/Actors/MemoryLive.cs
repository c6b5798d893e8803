using StepCloud.Actors.Gateways;
using StepCloud.Actors.Ports;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Telemetry;

namespace StepCloud.Tests.Unit.Actors;

internal sealed class MemoryTelemetry : ITelemetryStore
{
    public List<TelemetryElement> Elements { get; } = [];

    public Task<IReadOnlyList<TelemetryOutcome>> StoreAsync(
        StepOrigin origin, IReadOnlyList<TelemetryElement> elements, DateTimeOffset received, CancellationToken cancellationToken)
    {
        List<TelemetryOutcome> outcomes = [];
        foreach (TelemetryElement element in elements)
        {
            bool known = Elements.Any(stored => stored.Id == element.Id);
            if (!known) Elements.Add(element);
            outcomes.Add(known ? TelemetryOutcome.AlreadyStored.Instance : new TelemetryOutcome.Stored(Elements.Count));
        }

        return Task.FromResult<IReadOnlyList<TelemetryOutcome>>(outcomes);
    }
}

internal sealed class MemoryPresence : IPresenceStore
{
    public Dictionary<GatewayId, GatewayPresenceRecord> Rows { get; } = [];

    /// <summary>Of every note that was written.</summary>
    public List<ClockReading?> Readings { get; } = [];

    public Task<GatewayPresenceRecord?> FindAsync(GatewayId gateway, CancellationToken cancellationToken) => Task.FromResult(Rows.GetValueOrDefault(gateway));

    public Task ConnectedAsync(GatewayId gateway, string connection, string protocol, DateTimeOffset at, CancellationToken cancellationToken) =>
        ChangeAsync(gateway, row => row with { Connection = connection, Protocol = protocol, Since = at });

    public Task DisconnectedAsync(GatewayId gateway, DateTimeOffset at, CancellationToken cancellationToken) =>
        ChangeAsync(gateway, row => row with { Connection = null, Since = at });

    public Task NoteAsync(GatewayId gateway, ClockReading? reading, DateTimeOffset? lastStepAt, CancellationToken cancellationToken)
    {
        Readings.Add(reading);
        return ChangeAsync(gateway, row => row with { Clock = reading ?? row.Clock, LastStepAt = lastStepAt ?? row.LastStepAt });
    }

    private Task ChangeAsync(GatewayId gateway, Func<GatewayPresenceRecord, GatewayPresenceRecord> change)
    {
        Rows[gateway] = change(Rows.GetValueOrDefault(gateway) ?? GatewayPresenceRecord.Never);
        return Task.CompletedTask;
    }
}

internal sealed class RecordedNews : IDeviceNews
{
    public List<DeviceNews> All { get; } = [];

    public void Publish(DeviceNews news) => All.Add(news);
}
