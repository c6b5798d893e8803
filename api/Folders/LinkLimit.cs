using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using StepCloud.Api.Http.Protection;
using StepCloud.Contracts.Ids;

namespace StepCloud.Api.Folders;

/// <summary>All who have opened a link are together held to what a user is, at each node.</summary>
/// <remarks>It is asked when the opening is known: a limit that came before could be used up by whoever knows a link's id, which is in addresses, and filled with ids that there are none of.</remarks>
internal sealed class LinkLimit(IOptions<RequestLimitOptions> options) : IDisposable
{
    private readonly PartitionedRateLimiter<FolderLinkId> _links = PartitionedRateLimiter.Create<FolderLinkId, FolderLinkId>(link =>
        RateLimitPartition.GetTokenBucketLimiter(link, _ => RequestLimits.BucketOf(options.Value.UserPerSecond, TimeSpan.FromSeconds(1))));

    /// <returns>Null when there is room for one more request.</returns>
    public ProblemHttpResult? Refusal(HttpContext context, FolderLinkId link)
    {
        using RateLimitLease lease = _links.AttemptAcquire(link);
        return lease.IsAcquired ? null : RequestLimits.TooMany(context, lease);
    }

    public void Dispose() => _links.Dispose();
}
