using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Storage;

namespace StepCloud.Api.Audit;

/// <summary>Walks every chain of the audit as it stands at one moment.</summary>
public sealed class AuditVerifier(StepCloudDatabase database)
{
    /// <summary>Entries between two words of progress.</summary>
    private const int ProgressEvery = 10_000;

    /// <param name="kept">Heads that were kept outside the database: those in it could have been deleted together with what they prove.</param>
    /// <param name="progress">Told the number of entries walked, now and then.</param>
    public async Task<AuditVerdict> VerifyAsync(IReadOnlyList<AuditHead> kept, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        AuditProtection protection = await AuditProtections.ReadAsync(database, cancellationToken);
        await using AuditSnapshot snapshot = await AuditSnapshot.OpenAsync(database, cancellationToken);
        IReadOnlyDictionary<string, byte[]> keys = await snapshot.ListPublicKeysAsync(cancellationToken);
        List<AuditChain> chains = await snapshot.ListChainsAsync(cancellationToken);
        IEnumerable<OrganizationId?> forgotten = kept.Select(head => head.Organization).Distinct().Except(chains.Select(chain => chain.Organization));
        chains.AddRange([.. forgotten.Select(organization => new AuditChain(organization, 0, []))]);

        List<ChainVerdict> verdicts = [];
        long walked = 0;
        foreach (AuditChain chain in chains)
        {
            List<AuditHead> heads = await snapshot.ListHeadsAsync(chain.Organization, cancellationToken);
            heads.AddRange(kept.Where(head => head.Organization == chain.Organization));
            ChainWalk walk = new([.. heads.OrderBy(head => head.Sequence)], head => AuditHeadToken.FaultOf(head, keys));
            AuditFault? fault = null;
            await foreach (AuditEntry entry in snapshot.StreamEntriesAsync(chain.Organization, cancellationToken))
            {
                fault = walk.Take(entry);
                if (fault is not null) break;
                if (++walked % ProgressEvery == 0) progress?.Report(walked);
            }

            fault ??= walk.End(chain);
            verdicts.Add(new ChainVerdict(chain.Organization, walk.Entries, walk.Heads, walk.SignedUntil, fault));
        }

        return new AuditVerdict(protection, verdicts);
    }
}
