using StepCloud.Contracts.Ids;
using StepCloud.Storage.Keys;

namespace StepCloud.Storage.Cases;

/// <summary>What people read of cases. Whoever shows it enters the look in the audit first.</summary>
/// <exception cref="Actors.Ports.SealBrokenException">From every method: a key or a field was altered.</exception>
public sealed class CaseQueries(StepCloudDatabase database, KeyRing keys)
{
    /// <summary>Namesakes that were born on the same day, and cases of the same person.</summary>
    private const int FoundMax = 100;

    /// <summary>Newest first, erased ones too.</summary>
    public Task<List<CaseView>> ListAsync(OrganizationId organization, CaseId? before, int countMax, CancellationToken cancellationToken) => database.ListAsync(
        new Sql(
            $"{CaseReads.Select} WHERE f.organization_id = $1 AND ($2::uuid IS NULL OR f.id < $2) ORDER BY f.id DESC LIMIT $3", organization.Value, before?.Value, countMax),
        row => CaseReads.Row(row, organization, keys), cancellationToken);

    public Task<CaseView?> FindAsync(OrganizationId organization, CaseId id, CancellationToken cancellationToken) =>
        database.ReadAsync(session => CaseReads.FindAsync(session, keys, organization, id, cancellationToken), cancellationToken);

    /// <summary>The case of that reference, however it is written: one, or none.</summary>
    public Task<List<CaseView>> FindByReferenceAsync(OrganizationId organization, string reference, CancellationToken cancellationToken) =>
        FindByAsync(organization, "reference_hash", lookUps => SealedCase.ReferenceHash(lookUps, reference), cancellationToken);

    /// <summary>Cases of that person, newest first; the order of the names, accents and case do not matter.</summary>
    public Task<List<CaseView>> FindByPersonAsync(OrganizationId organization, string name, DateOnly birthDate, CancellationToken cancellationToken) =>
        FindByAsync(organization, "person_hash", lookUps => SealedCase.PersonHash(lookUps, name, birthDate)!, cancellationToken);

    private Task<List<CaseView>> FindByAsync(OrganizationId organization, string column, Func<SecretKey, byte[]> hash, CancellationToken cancellationToken) => database.ReadAsync(
        async session =>
        {
            using SecretKey? lookUps = await keys.FindAsync(session, KeyName.OfLookUps(organization), cancellationToken);
            // Made with the first case.
            if (lookUps is null) return [];
            return await session.ListAsync(
                new Sql($"{CaseReads.Select} WHERE f.organization_id = $1 AND f.{column} = $2 ORDER BY f.id DESC LIMIT {FoundMax}", organization.Value, hash(lookUps)),
                row => CaseReads.Row(row, organization, keys), cancellationToken);
        },
        cancellationToken);
}
