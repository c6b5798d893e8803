using System.Diagnostics.Metrics;

namespace StepCloud.Actors.Hosting;

/// <summary>What the actors of this process do, as instruments of the meter <see cref="MeterName"/>.</summary>
public sealed class ActorMetrics : IDisposable
{
    public const string MeterName = "StepCloud.Actors";

    private readonly Meter _meter = new(MeterName);
    private readonly Counter<long> _activated;
    private readonly Counter<long> _ended;
    private readonly Counter<long> _refused;
    private readonly Counter<long> _leftOut;

    public ActorMetrics()
    {
        _activated = _meter.CreateCounter<long>("stepcloud.actor.activations.begun", "{activation}", "Activations that were begun, by kind of actor");
        _ended = _meter.CreateCounter<long>("stepcloud.actor.activations.ended", "{activation}", "Activations that have ended, by kind of actor and reason: idle, failed, conflict (another process has written the state), stopped");
        _refused = _meter.CreateCounter<long>("stepcloud.actor.calls.refused", "{call}", "Calls that were refused because too many waited for one actor (Actors:WaitingCallsMax), by kind of actor");
        _leftOut = _meter.CreateCounter<long>("stepcloud.actor.notices.left_out", "{notice}", "Notices of committed steps that found no room; the devices read the store instead");
    }

    public void Dispose() => _meter.Dispose();

    internal void Begun(string actor) => _activated.Add(1, Kind(actor));

    internal void Ended(string actor, string reason) => _ended.Add(1, Kind(actor), new KeyValuePair<string, object?>("reason", reason));

    internal void Refused(string actor) => _refused.Add(1, Kind(actor));

    internal void LeftOut() => _leftOut.Add(1);

    internal void Watch(IReadOnlyList<IActorDirectory> directories)
    {
        _meter.CreateObservableUpDownCounter("stepcloud.actor.activations", () => Read(directories, directory => directory.Count), "{activation}", "Live activations, by kind of actor");
        _meter.CreateObservableUpDownCounter("stepcloud.actor.calls.waiting", () => Read(directories, directory => directory.CountCalls().All), "{call}", "Calls that run or wait for their turn, by kind of actor");
        _meter.CreateObservableGauge("stepcloud.actor.calls.waiting.longest", () => Read(directories, directory => directory.CountCalls().OfOneMost), "{call}", "Calls that run or wait for their turn at the busiest actor, by kind of actor");
    }

    internal void WatchNotices(Func<int> waiting) =>
        _meter.CreateObservableGauge("stepcloud.actor.notices.waiting", waiting, "{notice}", "Notices of committed steps that wait for their devices");

    private static IEnumerable<Measurement<int>> Read(IReadOnlyList<IActorDirectory> directories, Func<IActorDirectory, int> read) =>
        directories.Select(directory => new Measurement<int>(read(directory), Kind(directory.Actor)));

    private static KeyValuePair<string, object?> Kind(string actor) => new("actor", actor);
}
