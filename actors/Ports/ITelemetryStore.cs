using StepCloud.Contracts.Telemetry;

namespace StepCloud.Actors.Ports;

/// <summary>Telemetry of running steps, for some days, and what each device told last.</summary>
public interface ITelemetryStore
{
    /// <summary>Stores what is new, and the devices' states with it. The task completes after the commit (`synchronous_commit=on`), never before.</summary>
    /// <param name="received">By the server's clock.</param>
    /// <returns>One outcome for each element, in their order.</returns>
    /// <remarks>While the database is away the call waits and tries again, as <see cref="IEventStore.AppendAsync"/> does.</remarks>
    Task<IReadOnlyList<TelemetryOutcome>> StoreAsync(
        StepOrigin origin, IReadOnlyList<TelemetryElement> elements, DateTimeOffset received, CancellationToken cancellationToken);
}
