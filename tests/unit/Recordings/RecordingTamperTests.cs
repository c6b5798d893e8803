using FsCheck;
using FsCheck.Fluent;
using Shouldly;
using StepCloud.Api.Recordings.Format;
using Xunit;

namespace StepCloud.Tests.Unit.Recordings;

/// <summary>A file that somebody has tampered with gives nothing, and it is said which chunk is meant.</summary>
public sealed class RecordingTamperTests
{
    private const int Chunk = RecordingFormat.ChunkBytes;
    private const int Bytes = (5 * Chunk) + 100;

    [Fact]
    public async Task Any_byte_that_is_altered_is_found_and_its_chunk_named()
    {
        SampleRecording sample = await SampleRecording.OfAsync(Bytes);
        Prop.ForAll(Arb.From(Gen.Choose(RecordingFormat.HeaderBytes, sample.File.Bytes.Length - 1)), at =>
        {
            sample.File.Bytes[at] ^= 0x10;
            try
            {
                int chunk = (at - RecordingFormat.HeaderBytes) / RecordingFormat.FrameBytes;
                ChunkFault fault = sample.VerifyAsync().GetAwaiter().GetResult().Faults.ShouldHaveSingleItem();
                return fault.Chunk == chunk && fault.Kind is (ChunkFaultKind.Altered or ChunkFaultKind.CutOff);
            }
            finally
            {
                sample.File.Bytes[at] ^= 0x10;
            }
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public async Task A_header_of_another_recording_is_found()
    {
        SampleRecording sample = await SampleRecording.OfAsync(Bytes);
        sample.File.Bytes[20] ^= 1;
        (await sample.VerifyAsync()).Faults.ShouldBe([new ChunkFault(0, ChunkFaultKind.Header)]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Chunks_that_changed_places_are_named(bool isLengthKnown)
    {
        SampleRecording sample = await SampleRecording.OfAsync(Bytes);
        byte[] second = sample.File.Frame(1).ToArray();
        sample.File.Frame(3).CopyTo(sample.File.Frame(1));
        second.CopyTo(sample.File.Frame(3));
        (await sample.VerifyAsync(isLengthKnown)).Faults.ShouldBe([new ChunkFault(1, ChunkFaultKind.Moved, 3), new ChunkFault(3, ChunkFaultKind.Moved, 1)]);
        await ShouldNotReadAsync(sample, Chunk, 10);
    }

    [Fact]
    public async Task A_chunk_that_stands_in_another_ones_place_too_is_named()
    {
        SampleRecording sample = await SampleRecording.OfAsync(Bytes);
        sample.File.Frame(1).CopyTo(sample.File.Frame(2));
        (await sample.VerifyAsync()).Faults.ShouldBe([new ChunkFault(2, ChunkFaultKind.Duplicated, 1)]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_file_that_ends_after_a_whole_chunk_is_cut_off(bool isLengthKnown)
    {
        SampleRecording sample = await SampleRecording.OfAsync(Bytes);
        sample.File.Bytes = sample.File.Bytes[..(int)RecordingFormat.FrameAt(4)];
        (await sample.VerifyAsync(isLengthKnown)).Faults[0].ShouldBe(new ChunkFault(4, ChunkFaultKind.Missing));
        await ShouldNotReadAsync(sample, 4 * Chunk, 10);
    }

    [Fact]
    public async Task A_file_that_ends_in_a_chunk_is_cut_off_there()
    {
        SampleRecording sample = await SampleRecording.OfAsync(Bytes);
        sample.File.Bytes = sample.File.Bytes[..(int)(RecordingFormat.FrameAt(4) + 500)];
        (await sample.VerifyAsync()).Faults.ShouldBe([new ChunkFault(4, ChunkFaultKind.CutOff), new ChunkFault(5, ChunkFaultKind.Missing)]);
    }

    [Fact]
    public async Task A_short_last_chunk_that_was_altered_is_not_said_to_be_cut_off()
    {
        SampleRecording sample = await SampleRecording.OfAsync((2 * Chunk) + 1000);
        sample.File.Frame(2).Span[500] ^= 1;
        (await sample.VerifyAsync()).Faults.ShouldBe([new ChunkFault(2, ChunkFaultKind.Altered)]);
    }

    [Fact]
    public async Task A_chunk_that_was_taken_out_of_the_middle_is_found_by_those_behind_it()
    {
        SampleRecording sample = await SampleRecording.OfAsync(Bytes);
        int from = (int)RecordingFormat.FrameAt(2), to = (int)RecordingFormat.FrameAt(3);
        sample.File.Bytes = [.. sample.File.Bytes[..from], .. sample.File.Bytes[to..]];
        RecordingVerdict verdict = await sample.VerifyAsync();
        verdict.Faults[0].ShouldBe(new ChunkFault(2, ChunkFaultKind.Moved, 3));
        verdict.Faults.ShouldContain(new ChunkFault(5, ChunkFaultKind.Missing));
    }

    [Fact]
    public async Task What_stands_behind_the_end_is_found()
    {
        SampleRecording sample = await SampleRecording.OfAsync(4 * Chunk);
        sample.File.Bytes = [.. sample.File.Bytes, .. sample.File.Frame(0).ToArray()];
        (await sample.VerifyAsync()).Faults.ShouldBe([new ChunkFault(4, ChunkFaultKind.Surplus)]);
    }

    [Fact]
    public async Task Chunks_of_another_recording_under_the_same_key_do_not_open()
    {
        SampleRecording sample = await SampleRecording.OfAsync(Bytes);
        using ChunkOpener other = new(sample.Key, Guid.NewGuid());
        byte[] plain = new byte[Chunk];
        other.TryOpen(0, ChunkKind.Middle, sample.File.Frame(0).Span, plain).ShouldBeFalse();
        using ChunkOpener own = new(sample.Key, sample.Id);
        own.TryOpen(0, ChunkKind.Middle, sample.File.Frame(0).Span, plain).ShouldBeTrue();
        own.TryOpen(0, ChunkKind.Last, sample.File.Frame(0).Span, plain).ShouldBeFalse();
    }

    private static Task ShouldNotReadAsync(SampleRecording sample, long from, long count) =>
        Should.ThrowAsync<RecordingBrokenException>(() => sample.ReadAsync(from, count));
}
