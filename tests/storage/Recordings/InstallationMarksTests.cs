using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using StepCloud.Contracts.Audit;
using StepCloud.Storage;
using StepCloud.Storage.BackUp;
using StepCloud.Storage.Recordings;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Storage;

/// <summary>Which installation a database is: after a migration, and after a restore.</summary>
public sealed class InstallationMarksTests : IAsyncLifetime
{
    private const int Before = 35;

    private TestDatabase _database = null!;

    private InstallationMarks Marks => new(new StepCloudDatabase(_database.Source, TimeProvider.System), TimeProvider.System);

    public async Task InitializeAsync() => _database = await TestPostgres.CreateEmptyDatabaseAsync();

    public async Task DisposeAsync() => await _database.DisposeAsync();

    [Theory]
    [InlineData(false, false, false)]
    [InlineData(true, false, true)]
    // Then there may be two with the same master key, and nothing tells which of them a mark means.
    [InlineData(true, true, false)]
    public async Task Whatever_has_run_before_and_was_never_restored_takes_the_marks_of_earlier_versions(bool hasRun, bool wasRestored, bool takes)
    {
        await MigrateAsync(Before);
        if (hasRun) await _database.ExecuteAsync("INSERT INTO signing_key (kid, public_key_spki, private_key_pkcs8, created_at, signs_from) VALUES ('k', 'x', 'x', now(), now())");
        if (wasRestored)
        {
            await _database.ExecuteAsync(
                """
                INSERT INTO audit_entry (chain_id, sequence, at, doer_kind, remote_address, agent, action, subject_kind, subject_id, previous_hash, hash)
                VALUES ('00000000-0000-0000-0000-000000000000', 1, now(), 'system', '', '', 'installation.restored', 'installation', 'installation', sha256('a'), sha256('b'))
                """);
        }

        await MigrateAsync(Migration.Embedded().Count);
        (await Marks.FindAsync(CancellationToken.None)).TakesOldMarks.ShouldBe(takes);
    }

    [Fact]
    public async Task A_restore_makes_another_installation_of_it_that_knows_no_place()
    {
        await MigrateAsync(Migration.Embedded().Count);
        await _database.ExecuteAsync("UPDATE installation SET takes_old_marks = true");
        InstallationMark before = await Marks.FindAsync(CancellationToken.None);
        await Marks.KeepAsync("folder", "/srv/recordings", CancellationToken.None);
        (await Marks.IsKnownAsync("folder", "/srv/recordings", CancellationToken.None)).ShouldBeTrue();
        await new RestoredInstallation(new StepCloudDatabase(_database.Source, TimeProvider.System), TimeProvider.System)
            .EnterRestoreAsync(AuditDoer.System("test"), TimeProvider.System.GetUtcNow(), null, CancellationToken.None);
        InstallationMark after = await Marks.FindAsync(CancellationToken.None);
        (after.Id == before.Id, after.TakesOldMarks).ShouldBe((false, false));
        (await Marks.IsKnownAsync("folder", "/srv/recordings", CancellationToken.None)).ShouldBeFalse();
    }

    private async Task MigrateAsync(int version) =>
        await new Migrator(_database.Source, [.. Migration.Embedded().Take(version)], TimeProvider.System, NullLogger<Migrator>.Instance).MigrateAsync(CancellationToken.None);
}
