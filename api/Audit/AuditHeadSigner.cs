using Microsoft.Extensions.Options;
using StepCloud.Api.Tokens;
using StepCloud.Contracts.Audit;
using StepCloud.Storage;

namespace StepCloud.Api.Audit;

/// <summary>Signs how far each chain has come, with the installation's current key.</summary>
public sealed class AuditHeadSigner(AuditHeadStore store, SigningKeys keys, IOptions<AccessTokenOptions> options, TimeProvider clock)
{
    /// <summary>Signs every chain of which no head was signed today (UTC).</summary>
    public Task<IReadOnlyList<AuditHead>> SignDueAsync(CancellationToken cancellationToken) =>
        SignAsync(new DateTimeOffset(clock.GetUtcNow().UtcDateTime.Date, TimeSpan.Zero), cancellationToken);

    /// <summary>Signs every chain, whenever that was done last.</summary>
    public Task<IReadOnlyList<AuditHead>> SignAllAsync(CancellationToken cancellationToken) => SignAsync(DateTimeOffset.MaxValue, cancellationToken);

    /// <param name="since">Chains with a head of this time or later are passed over.</param>
    private async Task<IReadOnlyList<AuditHead>> SignAsync(DateTimeOffset since, CancellationToken cancellationToken)
    {
        List<AuditHead> signed = [];
        foreach (AuditChain chain in await store.ListDueAsync(since, cancellationToken))
        {
            AuditHead head = AuditHeadToken.Sign(chain, options.Value.Issuer, keys.Current, clock.GetUtcNow());
            await store.AddAsync(head, cancellationToken);
            signed.Add(head);
        }

        return signed;
    }
}
