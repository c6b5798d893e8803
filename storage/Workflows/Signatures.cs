using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Workflows;

namespace StepCloud.Storage.Workflows;

/// <summary>Writes signatures.</summary>
internal static class Signatures
{
    public static async Task<SignatureFacts> AddAsync(
        DatabaseSession transaction, IRecordSigner signing, OrganizationId organization, string subjectKind, Guid subject, int? number, string meaning, Signer signer,
        byte[] recordHash, byte[]? chartsHash, DateTimeOffset now, CancellationToken cancellationToken)
    {
        string name = await transaction.ScalarAsync<string>(new Sql("SELECT name FROM app_user WHERE id = $1", signer.Id.Value), cancellationToken);
        // To the second, as in the JWS.
        DateTimeOffset at = DateTimeOffset.FromUnixTimeSeconds(now.ToUnixTimeSeconds());
        SignatureFacts facts = new(
            new SignatureId(Guid.CreateVersion7(now)), organization, subjectKind, subject, number, meaning, signer.Id, name, signer.HasSecondFactor, signer.Comment, at,
            recordHash, chartsHash);
        await transaction.ExecuteAsync(
            new Sql(
                """
                INSERT INTO signature (id, organization_id, subject_kind, subject_id, subject_number, meaning, user_id, user_name, second_factor, comment, signed_at,
                    record_hash, charts_hash, jws)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
                """,
                facts.Id.Value, organization.Value, subjectKind, subject, number, meaning, signer.Id.Value, name, signer.HasSecondFactor, signer.Comment, at, recordHash, chartsHash,
                signing.Sign(facts)),
            cancellationToken);
        return facts;
    }
}
