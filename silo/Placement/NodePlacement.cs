using Orleans.Placement;
using Orleans.Runtime.Placement;

namespace StepCloud.Silo.Placement;

/// <summary>A grain is on the node that its key names, or nowhere.</summary>
[GenerateSerializer]
internal sealed class NodePlacement : PlacementStrategy;

[AttributeUsage(AttributeTargets.Class)]
internal sealed class OnItsNodeAttribute() : PlacementAttribute(new NodePlacement());

internal sealed class NodePlacementDirector : IPlacementDirector
{
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        SiloAddress node = SiloAddress.FromParsableString(target.GrainIdentity.Key.ToString()!);
        return context.GetCompatibleSilos(target).Contains(node)
            ? Task.FromResult(node)
            : throw new SiloUnavailableException($"The node {node} is not there, or does not take part.");
    }
}
