using System.Security.Cryptography;
using FsCheck;
using FsCheck.Fluent;
using Shouldly;
using StepCloud.Api.Recordings.Format;
using Xunit;

namespace StepCloud.Tests.Unit.Recordings;

/// <summary>What is sealed is read as it was, whole and in parts, in one run and in several.</summary>
public sealed class RecordingFormatTests
{
    private const int Chunk = RecordingFormat.ChunkBytes;

    [Theory]
    [InlineData(1)]
    [InlineData(Chunk - 1)]
    [InlineData(Chunk)]
    [InlineData(Chunk + 1)]
    [InlineData(4 * Chunk)]
    [InlineData((4 * Chunk) + 1)]
    [InlineData((9 * Chunk) - 1)]
    public async Task Content_of_every_length_is_read_as_it_was(int bytes)
    {
        SampleRecording sample = await SampleRecording.OfAsync(bytes);
        (await sample.ReadAsync(0, bytes)).ShouldBe(sample.Content);
        sample.File.Length.ShouldBe(RecordingFormat.StoredBytes(bytes));
        (await sample.VerifyAsync()).Faults.ShouldBeEmpty();
        (await sample.VerifyAsync(isLengthKnown: false)).Faults.ShouldBeEmpty();
    }

    [Fact]
    public async Task The_hashes_of_one_run_are_those_of_content_and_file()
    {
        SampleRecording sample = new();
        byte[] content = RandomNumberGenerator.GetBytes((5 * Chunk) + 77);
        await using RecordingWriter writer = new(sample.Key, sample.Id, sample.File);
        await SampleRecording.WriteAsync(writer, content, pieceMax: 1000);
        SealedRecording made = await writer.CompleteAsync(CancellationToken.None);
        made.PlainHash.ShouldBe(SHA256.HashData(content));
        made.StoredHash.ShouldBe(SHA256.HashData(sample.File.Bytes));
        (made.PlainBytes, made.StoredBytes).ShouldBe((content.Length, sample.File.Length));
    }

    [Fact]
    public async Task Any_range_is_read_as_it_was()
    {
        SampleRecording sample = await SampleRecording.OfAsync((6 * Chunk) + 123);
        Gen<int> places = Gen.Choose(0, sample.Content.Length);
        Prop.ForAll(Arb.From(from one in places from other in places select (Math.Min(one, other), Math.Max(one, other))), range =>
        {
            (int from, int to) = range;
            return sample.ReadAsync(from, to - from).GetAwaiter().GetResult().AsSpan().SequenceEqual(sample.Content.AsSpan(from, to - from));
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void An_upload_that_rests_anywhere_comes_to_the_same_content()
    {
        byte[] content = RandomNumberGenerator.GetBytes((6 * Chunk) + 123);
        Gen<int> places = Gen.OneOf(Gen.Choose(1, content.Length - 1), Gen.Choose(1, 6).Select(chunk => chunk * Chunk));
        Prop.ForAll(Arb.From(Gen.Choose(1, 6).SelectMany(count => Gen.ArrayOf(places, count))), ends =>
        {
            SampleRecording sample = SampleRecording.InRunsAsync(content, [.. ends.Order()]).GetAwaiter().GetResult();
            RecordingVerdict verdict = sample.VerifyAsync().GetAwaiter().GetResult();
            return verdict.Faults.Count == 0 && verdict.PlainHash.SequenceEqual(SHA256.HashData(content)) && verdict.StoredHash.SequenceEqual(SHA256.HashData(sample.File.Bytes));
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public async Task A_tail_is_sealed_after_the_chunks_before_it()
    {
        // Both are sealed by one cipher, which two threads at once would break now and then.
        byte[] content = RandomNumberGenerator.GetBytes((5 * Chunk) + 100);
        await Parallel.ForAsync(0, 200, async (_, _) =>
        {
            SampleRecording sample = await SampleRecording.InRunsAsync(content, [(4 * Chunk) + 50_000]);
            (await sample.VerifyAsync()).Faults.ShouldBeEmpty();
        });
    }

    [Fact]
    public async Task A_run_that_is_begun_again_seals_other_content_under_another_key()
    {
        // A server has died after it wrote the chunk, and before it said so: the sender comes again, and sends something else.
        byte[] first = RandomNumberGenerator.GetBytes(Chunk), second = RandomNumberGenerator.GetBytes(Chunk);
        SampleRecording sample = new();
        byte[][] frames = new byte[2][];
        for (int run = 0; run < 2; run++)
        {
            await using RecordingWriter writer = RecordingWriter.Resume(sample.Key, sample.Id, sample.File, 0, null);
            await SampleRecording.WriteAsync(writer, run == 0 ? first : second);
            await writer.SuspendAsync(CancellationToken.None);
            frames[run] = sample.File.Frame(0).ToArray();
        }

        // Under one key stream the two ciphertexts would differ as their contents do.
        byte[] ofCiphertexts = Differences(frames[0].AsSpan(RecordingFormat.FrameHeaderBytes, Chunk), frames[1].AsSpan(RecordingFormat.FrameHeaderBytes, Chunk));
        ofCiphertexts.ShouldNotBe(Differences(first, second));
        frames[0].AsSpan(4, RecordingFormat.SaltBytes).SequenceEqual(frames[1].AsSpan(4, RecordingFormat.SaltBytes)).ShouldBeFalse();
    }

    [Fact]
    public async Task A_tail_is_good_for_its_own_place_and_recording_only()
    {
        SampleRecording sample = new();
        byte[] tail;
        await using (RecordingWriter writer = new(sample.Key, sample.Id, sample.File))
        {
            await SampleRecording.WriteAsync(writer, new byte[Chunk + 100]);
            tail = (await writer.SuspendAsync(CancellationToken.None))!;
        }

        tail.Length.ShouldBe(100 + RecordingFormat.OverheadBytes);
        await RecordingWriter.Resume(sample.Key, sample.Id, sample.File, Chunk + 100, tail).DisposeAsync();
        Should.Throw<RecordingBrokenException>(() => RecordingWriter.Resume(sample.Key, sample.Id, sample.File, (2 * Chunk) + 100, tail));
        Should.Throw<RecordingBrokenException>(() => RecordingWriter.Resume(sample.Key, Guid.NewGuid(), sample.File, Chunk + 100, tail));
        Should.Throw<RecordingBrokenException>(() => RecordingWriter.Resume(sample.Key, sample.Id, sample.File, Chunk + 100, null));
        tail[50] ^= 1;
        Should.Throw<RecordingBrokenException>(() => RecordingWriter.Resume(sample.Key, sample.Id, sample.File, Chunk + 100, tail));
    }

    [Fact]
    public async Task Nothing_of_the_content_is_in_the_file()
    {
        SampleRecording sample = new();
        byte[] known = "the name of a person"u8.ToArray();
        await using (RecordingWriter writer = new(sample.Key, sample.Id, sample.File))
        {
            for (int i = 0; i < 10_000; i++) await SampleRecording.WriteAsync(writer, known);
            await writer.CompleteAsync(CancellationToken.None);
        }

        sample.File.Bytes.AsSpan().IndexOf(known.AsSpan(0, 8)).ShouldBe(-1);
    }

    [Fact]
    public async Task A_disk_that_fills_is_told_to_whoever_writes()
    {
        SampleRecording sample = new() { File = new MemoryFile { Room = 5 * Chunk } };
        await using RecordingWriter writer = new(sample.Key, sample.Id, sample.File);
        await Should.ThrowAsync<IOException>(async () =>
        {
            await SampleRecording.WriteAsync(writer, new byte[20 * Chunk]);
            await writer.CompleteAsync(CancellationToken.None);
        });
    }

    [Fact]
    public void A_text_opens_with_its_own_recording_only()
    {
        SampleRecording sample = new();
        byte[] text = ChunkSealer.SealText(sample.Key, sample.Id, "Müller, crown 36.stl");
        using ChunkOpener opener = new(sample.Key, sample.Id), other = new(sample.Key, Guid.NewGuid());
        opener.OpenText(text).ShouldBe("Müller, crown 36.stl");
        other.OpenText(text).ShouldBeNull();
    }

    private static byte[] Differences(ReadOnlySpan<byte> one, ReadOnlySpan<byte> other)
    {
        byte[] differences = new byte[one.Length];
        for (int i = 0; i < one.Length; i++) differences[i] = (byte)(one[i] ^ other[i]);
        return differences;
    }
}
