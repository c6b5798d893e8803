using Shouldly;
using StepCloud.Contracts.Ids;
using StepCloud.Storage.Keys;
using StepCloud.Storage.Recordings;
using Xunit;

namespace StepCloud.Tests.Storage;

/// <summary>What is kept of a comparison, and when that is news.</summary>
public sealed class RecordingChecksTests : StoreTests
{
    private RecordingChecks Checks => new(Installation.Stores, Installation.Clock);

    private RecordingStore Store => new(Installation.Stores, new KeyRing(null!, Installation.Clock), Installation.Clock);

    [Fact]
    public async Task What_is_wrong_is_news_once_and_dates_from_when_it_was_found_first()
    {
        Recording recording = await AddAsync();
        (await KeepAsync(recording, null)).ShouldBe(KeepCheckOutcome.Kept);
        (await KeepAsync(recording, "Chunk 1 was altered.")).ShouldBe(KeepCheckOutcome.KeptAsNews);
        DateTimeOffset found = Installation.Clock.GetUtcNow();
        Installation.Clock.Advance(TimeSpan.FromDays(30));
        recording = (await FindAsync(recording)).ShouldNotBeNull();
        (await KeepAsync(recording, "Chunk 1 was altered.")).ShouldBe(KeepCheckOutcome.Kept);
        recording = (await FindAsync(recording)).ShouldNotBeNull();
        (recording.Fault, recording.FaultAt, recording.CheckedAt).ShouldBe(("Chunk 1 was altered.", found, Installation.Clock.GetUtcNow()));
        (await KeepAsync(recording, "Chunk 2 was altered.")).ShouldBe(KeepCheckOutcome.KeptAsNews);
        (await Database.ScalarAsync<long>("SELECT count(*) FROM audit_entry WHERE action = 'recording.rotten'")).ShouldBe(2);

        // Brought back from a back-up, it is sound again.
        recording = (await FindAsync(recording)).ShouldNotBeNull();
        (await KeepAsync(recording, null)).ShouldBe(KeepCheckOutcome.Kept);
        recording = (await FindAsync(recording)).ShouldNotBeNull();
        (recording.Fault, recording.FaultAt).ShouldBe((null, null));
        (await Checks.ListRottenAsync(null, 10, CancellationToken.None)).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_was_found_of_bytes_that_are_no_longer_the_recordings_is_not_kept()
    {
        Recording recording = await AddAsync();
        await Database.ExecuteAsync("UPDATE recording SET store = 's3', stored_name = repeat('e', 32)");
        (await KeepAsync(recording, "Chunk 1 was altered.")).ShouldBe(KeepCheckOutcome.NotThere);
        (await FindAsync(recording)).ShouldNotBeNull().Fault.ShouldBeNull();
        await Database.ExecuteAsync("DELETE FROM recording");
        (await KeepAsync(recording, "Chunk 1 was altered.")).ShouldBe(KeepCheckOutcome.NotThere);
        (await Database.ScalarAsync<long>("SELECT count(*) FROM audit_entry WHERE action = 'recording.rotten'")).ShouldBe(0);
    }

    private Task<KeepCheckOutcome> KeepAsync(Recording recording, string? fault) => Checks.KeepAsync(recording, fault, Doer, CancellationToken.None);

    private Task<Recording?> FindAsync(Recording recording) => Store.FindAsync(null, recording.Id, CancellationToken.None);

    private async Task<Recording> AddAsync()
    {
        RecordingId id = RecordingId.New(TimeProvider.System);
        await Database.ExecuteAsync(
            """
            INSERT INTO recording (id, organization_id, subject_kind, subject_id, media_type, created_at, created_by, store, stored_name, received_bytes, stored_at, stored_bytes,
                content_hash, stored_hash, checked_at)
            VALUES ($1, $2, 'device', $1, 'image/png', now(), 'test', 'folder', repeat('f', 32), 1, now(), 100, sha256('a'), sha256('b'), now())
            """,
            id.Value, Organization.Id.Value);
        return (await Store.FindAsync(null, id, CancellationToken.None))!;
    }
}
