using StepCloud.Actors.Ports;
using StepCloud.Contracts.Audit;

namespace StepCloud.Storage.Recordings;

/// <summary>What tells the places of this installation's recordings from those of any other, a copy of this one included.</summary>
/// <param name="Id">Random; a restore makes another.</param>
/// <param name="TakesOldMarks">Places that have the id of the master key for a mark, as earlier versions made it, are its own.</param>
public sealed record InstallationMark(Guid Id, bool TakesOldMarks)
{
    public string Text => Id.ToString("D");
}

/// <summary>Which installation the database is, and which places were known to be its own.</summary>
public sealed class InstallationMarks(StepCloudDatabase database, TimeProvider clock)
{
    private static readonly AuditSubject Subject = new(AuditSubject.Installation, AuditSubject.Installation);

    public async Task<InstallationMark> FindAsync(CancellationToken cancellationToken) => await database.FirstAsync(
        new Sql("SELECT id, takes_old_marks FROM installation"), row => new InstallationMark(row.GetGuid(0), row.GetBoolean(1)), cancellationToken)
        ?? throw new InvalidOperationException("The database does not say which installation it is.");

    /// <summary>Whether that place was this installation's once.</summary>
    public Task<bool> IsKnownAsync(string store, string location, CancellationToken cancellationToken) => database.ScalarAsync<bool>(
        new Sql("SELECT EXISTS (SELECT FROM recording_place WHERE store = $1 AND location = $2)", store, location), cancellationToken);

    public Task KeepAsync(string store, string location, CancellationToken cancellationToken) => database.ExecuteAsync(Insert(store, location), cancellationToken);

    /// <summary>Enters that a place is taken over, before it is.</summary>
    /// <param name="former">Its mark; null for none.</param>
    public Task EnterAdoptionAsync(string store, string location, string? former, AuditDoer doer, CancellationToken cancellationToken) => database.InTransactionAsync(
        async transaction =>
        {
            await transaction.ExecuteAsync(Insert(store, location), cancellationToken);
            await AuditTrail.AppendAsync(
                transaction, clock.GetUtcNow(),
                new NewAuditEntry(
                    null, doer, AuditActions.RecordingPlaceAdopted, Subject, Old: AuditValues.Of(new { mark = former }), New: AuditValues.Of(new { store, location })),
                cancellationToken);
            return true;
        },
        cancellationToken);

    /// <summary>The database is another installation from now on, and no place is its own before it was taken over, or is new.</summary>
    internal static async Task<Guid> RenewAsync(DatabaseSession transaction, CancellationToken cancellationToken)
    {
        await transaction.ExecuteAsync(new Sql("DELETE FROM recording_place"), cancellationToken);
        return await transaction.ScalarAsync<Guid>(new Sql("UPDATE installation SET id = gen_random_uuid(), takes_old_marks = false RETURNING id"), cancellationToken);
    }

    private Sql Insert(string store, string location) =>
        new("INSERT INTO recording_place (store, location, known_since) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", store, location, clock.GetUtcNow());
}
