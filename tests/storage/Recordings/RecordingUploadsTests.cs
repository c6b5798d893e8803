using Shouldly;
using StepCloud.Contracts.Ids;
using StepCloud.Storage.Keys;
using StepCloud.Storage.Recordings;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Storage;

/// <summary>Who may write an upload, into which file, and what becomes of whoever was given up.</summary>
public sealed class RecordingUploadsTests : StoreTests
{
    private readonly TestSealing _sealing = new();

    private static readonly TimeSpan Patience = RecordingUploads.WriterPatience;

    private KeyRing Keys => new(_sealing, Installation.Clock);

    private RecordingUploads Uploads => new(Installation.Stores, Keys, Installation.Clock);

    private RecordingStore Store => new(Installation.Stores, Keys, Installation.Clock);

    private RecordingSender Sender => new(Organization.Id, Doer);

    [Fact]
    public async Task Whoever_has_said_that_he_writes_no_more_is_followed_in_the_same_file_and_whoever_was_given_up_in_another()
    {
        Recording upload = await BeginAsync();
        Guid first = Guid.NewGuid(), second = Guid.NewGuid(), third = Guid.NewGuid();
        (await FilesAsync(upload, first, 1)).ShouldBe((upload.StoredName, null));
        await Uploads.ReleaseAsync(upload.Id, first, CancellationToken.None);
        (await FilesAsync(upload, second, 2)).ShouldBe((upload.StoredName, null));
        Installation.Clock.Advance(Patience);
        (await ClaimAsync(upload, third, 3)).ShouldBeOfType<ClaimUploadOutcome.IsWritten>();

        Installation.Clock.Advance(TimeSpan.FromSeconds(1));
        (await FilesAsync(upload, third, 3)).ShouldBe((Name(3), upload.StoredName));
        (await Uploads.IsWriterAsync(upload.Id, second, CancellationToken.None)).ShouldBeFalse();
        (await Uploads.KeepCopyAsync(upload.Id, second, CancellationToken.None)).ShouldBeFalse();
        (await StrangersAsync(upload.StoredName, Name(3))).ShouldBeEmpty();

        // Given up in the middle of the copy too: what was acknowledged is where it was.
        Installation.Clock.Advance(Patience + TimeSpan.FromSeconds(1));
        Guid fourth = Guid.NewGuid();
        (await FilesAsync(upload, fourth, 4)).ShouldBe((Name(4), upload.StoredName));
        (await StrangersAsync(upload.StoredName, Name(3), Name(4))).ShouldBe([Name(3)]);
        (await Uploads.KeepCopyAsync(upload.Id, third, CancellationToken.None)).ShouldBeFalse();
        (await Uploads.KeepCopyAsync(upload.Id, fourth, CancellationToken.None)).ShouldBeTrue();
        (await StrangersAsync(upload.StoredName, Name(4))).ShouldBe([upload.StoredName]);
    }

    [Fact]
    public async Task A_copy_that_was_left_by_whoever_has_let_go_is_made_anew()
    {
        Recording upload = await BeginAsync();
        Guid writer = Guid.NewGuid();
        await ClaimAsync(upload, Guid.NewGuid(), 1);
        await Uploads.GiveUpAllAsync(CancellationToken.None);
        (await FilesAsync(upload, writer, 2)).ShouldBe((Name(2), upload.StoredName));
        await Uploads.ReleaseAsync(upload.Id, writer, CancellationToken.None);
        (await FilesAsync(upload, Guid.NewGuid(), 3)).ShouldBe((Name(3), upload.StoredName));
    }

    [Fact]
    public async Task Whoever_is_at_something_that_takes_long_is_believed_as_long_as_it_takes()
    {
        Recording upload = await BeginAsync();
        Guid writer = Guid.NewGuid();
        await ClaimAsync(upload, writer, 1);
        TaskCompletionSource end = new();
        Task<bool> held = Uploads.HoldAsync(upload.Id, writer, _ => end.Task);
        for (int i = 0; i < 10; i++)
        {
            DateTime before = await UntilAsync(upload);
            Installation.Clock.Advance(Patience / 3);
            await Eventually.HoldsAsync(async () => await UntilAsync(upload) > before, "it was said anew");
        }

        (await ClaimAsync(upload, Guid.NewGuid(), 2)).ShouldBeOfType<ClaimUploadOutcome.IsWritten>();
        end.SetResult();
        (await held).ShouldBeTrue();
    }

    [Fact]
    public async Task Whoever_is_no_longer_believed_is_stopped_in_the_middle()
    {
        Recording upload = await BeginAsync();
        Guid writer = Guid.NewGuid();
        await ClaimAsync(upload, writer, 1);
        Task<bool> held = Uploads.HoldAsync(upload.Id, writer, lost => Task.Delay(Timeout.InfiniteTimeSpan, lost));
        await Database.ExecuteAsync("UPDATE recording SET writer = gen_random_uuid()");
        Installation.Clock.Advance(Patience / 3);
        (await held).ShouldBeFalse();

        // And whoever is at the end when it is over finds out so.
        (await Uploads.HoldAsync(upload.Id, writer, _ => Task.CompletedTask)).ShouldBeFalse();
    }

    [Fact]
    public async Task An_upload_is_forgotten_by_its_writer_or_when_nobody_is_believed_to_write_it_with_its_key()
    {
        Recording upload = await BeginAsync();
        Guid writer = Guid.NewGuid();
        await ClaimAsync(upload, writer, 1);
        (await Uploads.AbandonAsync(upload, null, CancellationToken.None)).ShouldBeNull();
        (await Uploads.AbandonAsync(upload, Guid.NewGuid(), CancellationToken.None)).ShouldBeNull();
        (await CountKeysAsync()).ShouldBe(1);
        (await Uploads.AbandonAsync(upload, writer, CancellationToken.None)).ShouldBe([upload.StoredName]);
        (await CountKeysAsync()).ShouldBe(0);
        (await Uploads.AbandonAsync(upload, writer, CancellationToken.None)).ShouldBeNull();

        upload = await BeginAsync();
        await ClaimAsync(upload, Guid.NewGuid(), 1);
        Installation.Clock.Advance(Patience + TimeSpan.FromSeconds(1));
        await ClaimAsync(upload, Guid.NewGuid(), 2);
        Installation.Clock.Advance(Patience + TimeSpan.FromSeconds(1));
        (await Uploads.AbandonAsync(upload, null, CancellationToken.None)).ShouldBe([Name(2), upload.StoredName]);
        (await Database.ScalarAsync<long>("SELECT count(*) FROM recording")).ShouldBe(0);
    }

    private static string Name(int number) => number.ToString("x32", null);

    private async Task<Recording> BeginAsync()
    {
        DeviceId device = DeviceId.New(Installation.Clock);
        await Database.ExecuteAsync(
            """
            INSERT INTO device (id, organization_id, site_id, gateway_id, model_id, source, model, interface, label, created_at, updated_at)
            SELECT $1, organization_id, site_id, id, '01980000-0000-7000-8001-000000000001', $2, 'X1', 'usb', 'X1', now(), now() FROM gateway WHERE id = $3
            """,
            device.Value, device.ToString(), Organization.Gateway.Id.Value);
        NewRecording begun = new(
            RecordingId.New(Installation.Clock), new RecordingSubject(RecordingSubject.Device, device.Value), "video/mp4", null, 1000, Guid.NewGuid().ToString("N"),
            Installation.Clock.GetUtcNow().AddDays(1));
        using OpenRecording open = (await Uploads.BeginAsync(Sender, begun, writer: null, CancellationToken.None)).ShouldBeOfType<BeginRecordingOutcome.Begun>().Open;
        return open.Recording;
    }

    private Task<ClaimUploadOutcome> ClaimAsync(Recording upload, Guid writer, int name) => Uploads.ClaimAsync(Sender, upload.Id, writer, Name(name), CancellationToken.None);

    private async Task<(string Own, string? CopiedFrom)> FilesAsync(Recording upload, Guid writer, int name)
    {
        ClaimUploadOutcome.Claimed claimed = (await ClaimAsync(upload, writer, name)).ShouldBeOfType<ClaimUploadOutcome.Claimed>();
        using (claimed.Open) return (claimed.Open.Recording.StoredName, claimed.CopiedFrom);
    }

    private Task<List<string>> StrangersAsync(params string[] names) => Store.ListStrangersAsync("folder", names, CancellationToken.None);

    private Task<DateTime> UntilAsync(Recording upload) => Database.ScalarAsync<DateTime>("SELECT writer_until FROM recording WHERE id = $1", upload.Id.Value);

    private Task<long> CountKeysAsync() => Database.ScalarAsync<long>("SELECT count(*) FROM wrapped_key WHERE purpose = 'recording'");
}
