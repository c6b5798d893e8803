using Shouldly;
using StepCloud.Contracts.Ids;
using StepCloud.Storage.Keys;
using StepCloud.Storage.Recordings;
using Xunit;

namespace StepCloud.Tests.Storage;

/// <summary>Who may bring a recording elsewhere, and whose the bytes are at every moment.</summary>
public sealed class RecordingMovesTests : StoreTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private RecordingMoves Moves => new(Installation.Stores, Installation.Clock);

    private RecordingStore Store => new(Installation.Stores, new KeyRing(null!, Installation.Clock), Installation.Clock);

    [Fact]
    public async Task Of_many_who_want_to_move_a_recording_at_once_one_does()
    {
        Recording recording = await AddAsync();
        bool[] begun = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() => BeginAsync(recording, i))));
        begun.Count(has => has).ShouldBe(1);
        (await Moves.FindNextAsync("folder", CancellationToken.None)).ShouldBeNull();
    }

    [Fact]
    public async Task A_mover_that_was_given_up_ends_nothing_and_its_copy_is_nobodys()
    {
        Recording recording = await AddAsync();
        (await BeginAsync(recording, 1)).ShouldBeTrue();
        (await StrangersAsync(1)).ShouldBeEmpty();
        Installation.Clock.Advance(Patience - TimeSpan.FromSeconds(1));
        (await Moves.RenewAsync(recording, Name(1), Patience, CancellationToken.None)).ShouldBeTrue();
        await Moves.GiveUpStrandedAsync(CancellationToken.None);
        (await StrangersAsync(1)).ShouldBeEmpty();

        Installation.Clock.Advance(Patience + TimeSpan.FromSeconds(1));
        await Moves.GiveUpStrandedAsync(CancellationToken.None);
        (await StrangersAsync(1)).ShouldBe([Name(1)]);
        (await BeginAsync(recording, 2)).ShouldBeTrue();
        (await Moves.RenewAsync(recording, Name(1), Patience, CancellationToken.None)).ShouldBeFalse();
        (await Moves.EndAsync(recording, "s3", Name(1), CancellationToken.None)).ShouldBeFalse();
        (await Moves.EndAsync(recording, "s3", Name(2), CancellationToken.None)).ShouldBeTrue();
        Recording moved = (await Store.FindAsync(null, recording.Id, CancellationToken.None))!;
        (moved.Store, moved.StoredName).ShouldBe(("s3", Name(2)));
        (await Store.ListStrangersAsync("folder", [recording.StoredName], CancellationToken.None)).ShouldBe([recording.StoredName]);
        // Whoever has read the row before moves it no more.
        (await BeginAsync(recording, 3)).ShouldBeFalse();
    }

    [Fact]
    public async Task What_failed_rests_twice_as_long_each_time_and_what_is_rotten_is_not_moved()
    {
        Recording recording = await AddAsync();
        foreach (int minutes in (int[])[1, 2, 4])
        {
            (await BeginAsync(recording, minutes)).ShouldBeTrue();
            await Moves.GiveUpAsync(recording, Name(minutes), hasFailed: true, TimeSpan.FromMinutes(1), TimeSpan.FromHours(1), CancellationToken.None);
            Installation.Clock.Advance(TimeSpan.FromMinutes(minutes) - TimeSpan.FromSeconds(1));
            (await Moves.FindNextAsync("folder", CancellationToken.None)).ShouldBeNull();
            Installation.Clock.Advance(TimeSpan.FromSeconds(1));
            (await Moves.FindNextAsync("folder", CancellationToken.None))!.Id.ShouldBe(recording.Id);
        }

        await Database.ExecuteAsync("UPDATE recording SET fault = 'Chunk 1 was altered.', fault_at = now()");
        (await Moves.FindNextAsync("folder", CancellationToken.None)).ShouldBeNull();
        (await Moves.CountAsync("folder", CancellationToken.None)).ShouldBe(0);
    }

    [Fact]
    public async Task What_is_destroyed_while_it_is_moved_stays_destroyed()
    {
        Recording recording = await AddAsync();
        (await BeginAsync(recording, 1)).ShouldBeTrue();
        await Database.ExecuteAsync("DELETE FROM recording");
        (await Moves.EndAsync(recording, "s3", Name(1), CancellationToken.None)).ShouldBeFalse();
        (await StrangersAsync(1)).ShouldBe([Name(1)]);
    }

    private static string Name(int number) => number.ToString("x32", null);

    private Task<bool> BeginAsync(Recording recording, int number) => Moves.BeginAsync(recording, "s3", Name(number), Patience, CancellationToken.None);

    private Task<List<string>> StrangersAsync(int number) => Store.ListStrangersAsync("s3", [Name(number)], CancellationToken.None);

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
