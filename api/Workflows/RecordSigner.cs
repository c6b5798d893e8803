using Microsoft.Extensions.Options;
using StepCloud.Api.Audit;
using StepCloud.Api.Tokens;
using StepCloud.Api.Workflows.Records;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Workflows;
using StepCloud.Storage;
using StepCloud.Storage.Workflows;

namespace StepCloud.Api.Workflows;

/// <summary>Signs with the installation's current key.</summary>
internal sealed class RecordSigner(SigningKeys keys, IOptions<AccessTokenOptions> options, TimeProvider clock) : IRecordSigner
{
    public string Sign(SignatureFacts facts) => SignatureToken.Sign(facts, options.Value.Issuer, keys.Current);

    public string SignHead(AuditEntry entry) =>
        AuditHeadToken.Sign(new AuditChain(entry.Organization, entry.Sequence, entry.Hash), options.Value.Issuer, keys.Current, clock.GetUtcNow()).Jws;
}
