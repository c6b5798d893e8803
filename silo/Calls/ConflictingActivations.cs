using System.Diagnostics.Metrics;
using StepCloud.Actors.Hosting;
using StepCloud.Api.Watching;
using StepCloud.Storage;

namespace StepCloud.Silo.Calls;

/// <summary>Ends an activation whose state somebody else has written: for a moment there were two, and this one is the older.</summary>
internal sealed partial class ConflictingActivations(RefusedWrites refused, ILogger<ConflictingActivations> logger) : IIncomingGrainCallFilter
{
    public async Task Invoke(IIncomingGrainCallContext context)
    {
        try
        {
            await context.Invoke();
        }
        catch (ActorStateConflictException e)
        {
            refused.Count();
            LogConflict(logger, e, context.TargetId.ToString());
            context.TargetContext.Deactivate(new DeactivationReason(DeactivationReasonCode.ApplicationError, "Another activation has written its state."));
            throw;
        }
        catch (StorageException e) when (e.IsTransient)
        {
            // An exception travels without what is its own.
            e.Data[RepeatedCalls.Transient] = true;
            throw;
        }
    }

    [LoggerMessage(6001, LogLevel.Warning, "{Actor} has two activations: the write of this one was refused, and it ends")]
    private static partial void LogConflict(ILogger logger, Exception exception, string actor);
}

/// <summary>How often the version of a state has kept two activations from writing over each other.</summary>
internal sealed class RefusedWrites : IDisposable
{
    private readonly Meter _meter = new(ClusterWatching.MeterName);
    private readonly Counter<long> _refused;

    public RefusedWrites() => _refused = _meter.CreateCounter<long>("stepcloud.cluster.refused_writes");

    public void Count() => _refused.Add(1);

    public void Dispose() => _meter.Dispose();
}
