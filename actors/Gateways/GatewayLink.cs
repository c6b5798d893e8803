using StepCloud.Actors.Ports;
using StepCloud.Contracts.Gateways;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Steps;
using StepCloud.Contracts.Telemetry;

namespace StepCloud.Actors.Gateways;

/// <summary>A gateway's connection and its clock, kept in the table in which everybody looks.</summary>
internal sealed class GatewayLink(GatewayId id, IPresenceStore store, TimeProvider clock)
{
    private static readonly TimeSpan NoteEvery = TimeSpan.FromMinutes(1);

    /// <summary>A clock that moves by more is told of at once.</summary>
    private static readonly TimeSpan OffsetMoved = TimeSpan.FromSeconds(0.5);

    private readonly ClockOffset _offset = new();
    private GatewayPresenceRecord _written = GatewayPresenceRecord.Never;
    private DateTimeOffset? _lastStepAt;
    private DateTimeOffset? _notedAt;

    public bool IsOnline => _written.IsOnline;

    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        _written = await store.FindAsync(id, cancellationToken) ?? GatewayPresenceRecord.Never;
        _lastStepAt = _written.LastStepAt;
    }

    public async Task ConnectedAsync(GatewayConnection connection, CancellationToken cancellationToken)
    {
        DateTimeOffset now = clock.GetUtcNow();
        await store.ConnectedAsync(id, connection.Connection, connection.Protocol, now, cancellationToken);
        _written = _written with { Connection = connection.Connection, Since = now, Protocol = connection.Protocol };
    }

    /// <returns>False when that connection had been taken over.</returns>
    public async Task<bool> DisconnectedAsync(string connection, CancellationToken cancellationToken)
    {
        if (_written.Connection != connection) return false;
        DateTimeOffset now = clock.GetUtcNow();
        await store.DisconnectedAsync(id, now, cancellationToken);
        _written = _written with { Connection = null, Since = now };
        return true;
    }

    public Task HeardAsync(IReadOnlyList<TelemetryElement> elements, DateTimeOffset received, CancellationToken cancellationToken)
    {
        foreach (TelemetryElement element in elements) _offset.Add(element.Sent, received);
        return NoteAsync(received, cancellationToken);
    }

    public Task HeardAsync(IReadOnlyList<StepEvent> steps, DateTimeOffset received, CancellationToken cancellationToken)
    {
        // A step may have waited long for its sending, which says nothing; but none has ended later than it came.
        foreach (StepEvent step in steps.Where(step => step.Ended > received)) _offset.Add(step.Ended, received);
        _lastStepAt = received;
        return NoteAsync(received, cancellationToken);
    }

    /// <summary>Writes down what was not yet, before the actor is let go.</summary>
    public Task FlushAsync(CancellationToken cancellationToken) =>
        _lastStepAt == _written.LastStepAt && _offset.Estimate is null ? Task.CompletedTask : WriteAsync(clock.GetUtcNow(), cancellationToken);

    private Task NoteAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        bool isDue = _notedAt is not { } noted || now - noted >= NoteEvery;
        bool hasMoved = _offset.Estimate is { } offset && (_written.Clock is not { } reading || (offset - reading.Offset).Duration() > OffsetMoved);
        return isDue || hasMoved ? WriteAsync(now, cancellationToken) : Task.CompletedTask;
    }

    private async Task WriteAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        ClockReading? reading = _offset.Estimate is { } offset ? new ClockReading(offset, now) : null;
        await store.NoteAsync(id, reading, _lastStepAt, cancellationToken);
        _notedAt = now;
        _written = _written with { Clock = reading ?? _written.Clock, LastStepAt = _lastStepAt };
    }
}
