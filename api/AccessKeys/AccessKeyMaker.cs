using System.Security.Cryptography;
using System.Text;
using StepCloud.Actors.Ports;
using StepCloud.Actors.Users;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;

namespace StepCloud.Api.AccessKeys;

/// <summary>Makes access keys, for the API and for the command line.</summary>
internal sealed class AccessKeyMaker(IAccessKeys keys, TimeProvider clock)
{
    /// <summary>A key without an end is said so; one that ends later than this is a typing error.</summary>
    private const int YearsMax = 10;

    /// <returns>What is wrong, in a sentence; null when nothing is.</returns>
    public string? ExpiryFault(DateTimeOffset? expiresAt)
    {
        DateTimeOffset now = clock.GetUtcNow();
        return expiresAt is null || (expiresAt > now && expiresAt <= now.AddYears(YearsMax))
            ? null
            : $"The end must lie ahead, by {YearsMax} years at most.";
    }

    /// <param name="organization">Whose member it must be; null for whoever's.</param>
    /// <returns>The key's text is good only when it was added.</returns>
    public async Task<(AccessKeyAddition Addition, NewAccessKey Key, string Text)> MakeAsync(
        OrganizationId? organization, UserId user, string label, DateTimeOffset? expiresAt, AuditDoer doer, CancellationToken cancellationToken)
    {
        string text = AccessKeyText.Create();
        NewAccessKey key = new(
            AccessKeyId.New(clock), SHA256.HashData(Encoding.UTF8.GetBytes(text)), organization, user, label.Trim(),
            doer.Kind == AuditDoerKind.System ? null : new UserId(doer.Id!.Value), expiresAt);
        return (await keys.AddAsync(key, doer, cancellationToken), key, text);
    }
}
