using StepCloud.Api.Tokens;
using StepCloud.Api.Workflows.Records;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Workflows;
using StepCloud.Storage;
using StepCloud.Storage.Workflows;

namespace StepCloud.Api.Workflows;

/// <summary>Checks stored signatures by all keys that the installation ever had.</summary>
public sealed class SignatureFaults(SigningKeyStore keys)
{
    /// <returns>What is wrong with a signature of that organization by itself; null for nothing.</returns>
    public async Task<Func<SignatureView, string?>> ReadAsync(OrganizationId organization, CancellationToken cancellationToken)
    {
        IReadOnlyList<SigningKeyRow> rows = await keys.ListAsync(cancellationToken);
        PublishedKeySet known = new(rows.Select(row => new PublishedKey(SigningKey.ImportSpki(row.PublicKeySpki), row.SignsFrom, row.RetiredAt, row.RevokedAt)));
        return signature => SignatureToken.FaultOf(
            new SignatureFacts(
                signature.Id, organization, signature.SubjectKind, signature.SubjectId, signature.SubjectNumber, signature.Meaning, signature.UserId, signature.UserName,
                signature.SecondFactor, signature.Comment, signature.SignedAt, Convert.FromHexString(signature.RecordSha256),
                signature.ChartsSha256 is { } charts ? Convert.FromHexString(charts) : null),
            signature.Jws, known);
    }
}
