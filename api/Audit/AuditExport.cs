using System.Security.Cryptography;
using StepCloud.Api.Tokens;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Storage;

namespace StepCloud.Api.Audit;

/// <summary>Writes a chain out so that an outsider can verify it with a program of his own: JSON lines, the first entry first.</summary>
public sealed class AuditExport(AuditQueries queries, AuditHeadStore heads)
{
    public const string MediaType = "application/x-ndjson";

    /// <param name="organization">Null for the chain of the installation.</param>
    public async Task WriteAsync(TextWriter writer, OrganizationId? organization, CancellationToken cancellationToken)
    {
        long last = 0;
        await foreach (AuditEntry entry in queries.StreamAsync(organization, cancellationToken))
        {
            await writer.WriteLineAsync(AuditLines.Of(entry).AsMemory(), cancellationToken);
            last = entry.Sequence;
        }

        // A head that was signed meanwhile may prove entries that came too late for this export.
        AuditHead[] proving = [.. (await heads.ListAsync(organization, cancellationToken)).Where(head => head.Sequence <= last)];
        foreach (AuditHead head in proving) await writer.WriteLineAsync(AuditLines.Of(head).AsMemory(), cancellationToken);
        foreach ((string keyId, byte[] spki) in await heads.ListPublicKeysAsync(cancellationToken))
        {
            if (proving.All(head => head.KeyId != keyId)) continue;
            using ECDsa key = ECDsa.Create();
            key.ImportSubjectPublicKeyInfo(spki, out _);
            JsonWebKey published = JsonWebKey.Of(key.ExportParameters(includePrivateParameters: false).Q);
            await writer.WriteLineAsync(AuditLines.Of(published).AsMemory(), cancellationToken);
        }

        await writer.FlushAsync(cancellationToken);
    }
}
