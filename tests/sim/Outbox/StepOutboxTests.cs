using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using StepCloud.Contracts.Ids;
using StepCloud.GatewaySim.Outbox;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Sim.Outbox;

public sealed class StepOutboxTests : IDisposable
{
    private static readonly OutboxOptions Small = new(BytesMax: 8_000, SegmentBytesMax: 1_000);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Steps_leave_in_the_order_in_which_they_came_with_the_bytes_they_came_with()
    {
        await using StepOutbox outbox = Open();
        OutboxStep[] steps = await AppendAsync(outbox, 20);

        IReadOnlyList<OutboxStep> taken = outbox.Take(int.MaxValue, int.MaxValue);

        taken.ShouldBeSteps(steps);
        outbox.Count.ShouldBe(20);
    }

    [Fact]
    public async Task A_batch_holds_at_least_one_step_and_no_more_than_its_bounds()
    {
        await using StepOutbox outbox = Open();
        OutboxStep[] steps = await AppendAsync(outbox, 6, payloadBytes: 100);

        outbox.Take(bytesMax: 10, stepsMax: 10).ShouldBeSteps(steps[..1]);
        outbox.Take(bytesMax: 300, stepsMax: 10).ShouldBeSteps(steps[1..3]);
        outbox.Take(bytesMax: 10_000, stepsMax: 1).ShouldBeSteps(steps[3..4]);
        outbox.Take(bytesMax: 10_000, stepsMax: 10).ShouldBeSteps(steps[4..]);
        outbox.Take(bytesMax: 10_000, stepsMax: 10).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_has_no_answer_when_the_connection_is_lost_is_sent_again_first_and_in_order()
    {
        await using StepOutbox outbox = Open();
        OutboxStep[] steps = await AppendAsync(outbox, 6);
        outbox.Take(int.MaxValue, 2);
        outbox.Take(int.MaxValue, 2);
        outbox.Remove([steps[1].Id]);

        outbox.ReturnInFlight();

        outbox.Take(int.MaxValue, int.MaxValue).ShouldBeSteps([steps[0], .. steps[2..]]);
    }

    [Fact]
    public async Task A_returned_step_whose_answer_comes_late_is_not_sent_again()
    {
        await using StepOutbox outbox = Open();
        OutboxStep[] steps = await AppendAsync(outbox, 3);
        outbox.Take(int.MaxValue, 1);
        outbox.ReturnInFlight();

        outbox.Remove([steps[0].Id]);

        outbox.Take(int.MaxValue, int.MaxValue).ShouldBeSteps(steps[1..]);
    }

    [Fact]
    public async Task A_step_that_is_made_again_after_its_late_answer_is_sent_once()
    {
        await using StepOutbox outbox = Open();
        OutboxStep[] steps = await AppendAsync(outbox, 2);
        outbox.Take(int.MaxValue, 2);
        outbox.ReturnInFlight();
        outbox.Remove([steps[0].Id]);

        await outbox.AppendAsync(steps[0], CancellationToken.None);

        outbox.Take(int.MaxValue, int.MaxValue).ShouldBeSteps([steps[1], steps[0]]);
    }

    [Fact]
    public async Task A_restart_finds_what_was_not_answered_in_order_and_with_the_same_bytes()
    {
        OutboxStep[] steps;
        await using (StepOutbox before = Open(Small))
        {
            steps = await AppendAsync(before, 40, payloadBytes: 100);
            before.Take(int.MaxValue, 25);
            before.Remove(steps.Take(10).Concat(steps[15..20]).Select(step => step.Id));
        }

        await using StepOutbox after = Open(Small);

        after.Count.ShouldBe(25);
        after.Take(int.MaxValue, int.MaxValue).ShouldBeSteps([.. steps[10..15], .. steps[20..]]);
    }

    [Fact]
    public async Task A_step_keeps_the_hash_of_its_content_beside_those_of_older_versions_that_have_none()
    {
        OutboxStep[] steps = [Step(40), Hashed(Step(40)), Step(0), Hashed(Step(0)), Hashed(Step(1000)), Step(1)];
        await using (StepOutbox before = Open())
        {
            foreach (OutboxStep step in steps) await before.AppendAsync(step, CancellationToken.None);
        }

        await using StepOutbox after = Open();
        after.Take(int.MaxValue, int.MaxValue).ShouldBeSteps(steps);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Every_tear_of_the_last_record_costs_that_record_and_no_other(bool hashed)
    {
        await using (StepOutbox before = Open())
        {
            for (int i = 0; i < 3; i++) await before.AppendAsync(hashed ? Hashed(Step(40)) : Step(40), CancellationToken.None);
        }

        string segment = Directory.GetFiles(_folder.Path, "*.seg").ShouldHaveSingleItem();
        byte[] whole = File.ReadAllBytes(segment);
        int recordBytes = whole.Length / 3;
        for (int kept = 2 * recordBytes; kept < whole.Length; kept++)
        {
            File.WriteAllBytes(segment, whole[..kept]);
            (await CountAfterRestartAsync()).ShouldBe(2, $"{kept} bytes kept");

            // What a file system may leave of a write it did not finish: the length is there, the bytes are not.
            File.WriteAllBytes(segment, [.. whole[..kept], .. new byte[whole.Length - kept]]);
            (await CountAfterRestartAsync()).ShouldBe(whole.AsSpan(kept).IndexOfAnyExcept((byte)0) < 0 ? 3 : 2, $"{kept} bytes kept, then zeros");
        }
        File.WriteAllBytes(segment, whole);
        (await CountAfterRestartAsync()).ShouldBe(3);
    }

    [Fact]
    public async Task A_changed_byte_anywhere_in_the_last_record_drops_it()
    {
        await using (StepOutbox before = Open())
            await AppendAsync(before, 2, payloadBytes: 40);
        string segment = Directory.GetFiles(_folder.Path, "*.seg").ShouldHaveSingleItem();
        byte[] whole = File.ReadAllBytes(segment);
        for (int position = whole.Length / 2; position < whole.Length; position++)
        {
            byte[] changed = [.. whole];
            changed[position] ^= 0x10;
            File.WriteAllBytes(segment, changed);
            (await CountAfterRestartAsync()).ShouldBe(1, $"byte {position}");
        }
    }

    [Fact]
    public async Task Nothing_of_a_damaged_list_of_delivered_steps_makes_a_step_disappear()
    {
        OutboxStep[] steps;
        await using (StepOutbox before = Open())
        {
            steps = await AppendAsync(before, 3);
            before.Remove([steps[0].Id]);
        }
        string delivered = Directory.GetFiles(_folder.Path, "*.ack").ShouldHaveSingleItem();
        // Zeros and a part of an id: what a power cut leaves of appends that were never flushed.
        File.WriteAllBytes(delivered, [.. File.ReadAllBytes(delivered), .. new byte[32], .. steps[1].Id.Value.ToByteArray(bigEndian: true)[..15]]);

        await using StepOutbox after = Open();

        after.Take(int.MaxValue, int.MaxValue).ShouldBeSteps(steps[1..]);
    }

    [Fact]
    public async Task Delivered_segments_go_from_the_disk()
    {
        await using StepOutbox outbox = Open(Small);
        OutboxStep[] steps = await AppendAsync(outbox, 40, payloadBytes: 100);
        Directory.GetFiles(_folder.Path, "*.seg").Length.ShouldBeGreaterThan(3);

        outbox.Remove(steps.Select(step => step.Id));

        Directory.GetFiles(_folder.Path, "*.seg").Length.ShouldBe(1);
        outbox.Bytes.ShouldBeLessThan(2_000);
        await outbox.WhenEmptyAsync(CancellationToken.None);
    }

    [Fact]
    public async Task A_full_outbox_lets_its_devices_wait_and_goes_on_when_there_is_room()
    {
        await using StepOutbox outbox = Open(Small);
        List<OutboxStep> steps = [];
        Task appending = Task.CompletedTask;
        while (outbox.Bytes + 128 <= Small.BytesMax)
        {
            steps.Add(Step(100));
            await outbox.AppendAsync(steps[^1], CancellationToken.None);
        }
        steps.Add(Step(100));
        appending = outbox.AppendAsync(steps[^1], CancellationToken.None);
        await Task.Delay(50);
        appending.IsCompleted.ShouldBeFalse();
        new DirectoryInfo(_folder.Path).GetFiles("*.seg").Sum(file => file.Length).ShouldBeLessThanOrEqualTo(Small.BytesMax);

        outbox.Take(int.MaxValue, 20);
        outbox.Remove(steps.Take(20).Select(step => step.Id));
        await appending.WaitAsync(TimeSpan.FromSeconds(30));

        outbox.Take(int.MaxValue, int.MaxValue).ShouldBeSteps([.. steps[20..]]);
    }

    [Fact]
    public async Task A_record_as_large_as_the_outbox_fits_once_all_else_is_delivered()
    {
        await using StepOutbox outbox = Open(Small);
        OutboxStep[] steps = await AppendAsync(outbox, 3, payloadBytes: 100);
        OutboxStep large = Step((int)Small.BytesMax - 28);
        Task appending = outbox.AppendAsync(large, CancellationToken.None);
        outbox.Remove(steps.Select(step => step.Id));

        await appending.WaitAsync(TimeSpan.FromSeconds(30));

        outbox.Take(int.MaxValue, 1).ShouldBeSteps([large]);
        await Should.ThrowAsync<ArgumentException>(outbox.AppendAsync(Step((int)Small.BytesMax), CancellationToken.None));
    }

    [Fact]
    public async Task A_step_that_is_already_in_it_is_not_added_again()
    {
        await using StepOutbox outbox = Open();
        OutboxStep step = Step(10);

        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => outbox.AppendAsync(step, CancellationToken.None)));

        outbox.Count.ShouldBe(1);
        outbox.Take(int.MaxValue, int.MaxValue).ShouldBeSteps([step]);
    }

    [Fact]
    public async Task Closing_a_full_outbox_ends_the_waiting()
    {
        StepOutbox outbox = Open(Small);
        await outbox.AppendAsync(Step((int)Small.BytesMax - 28), CancellationToken.None);
        Task waiting = outbox.AppendAsync(Step(1), CancellationToken.None);
        await Task.Delay(20);

        await outbox.DisposeAsync();

        await Should.ThrowAsync<OperationCanceledException>(waiting);
    }

    [Fact]
    public async Task A_disk_that_refuses_is_told_to_everyone_who_appends_then_and_later()
    {
        await using StepOutbox outbox = Open();
        Directory.Delete(_folder.Path, recursive: true);

        IOException first = await Should.ThrowAsync<IOException>(outbox.AppendAsync(Step(1), CancellationToken.None));
        IOException later = await Should.ThrowAsync<IOException>(outbox.AppendAsync(Step(1), CancellationToken.None));

        first.Message.ShouldStartWith($"The outbox {_folder.Path} cannot be written: ");
        later.Message.ShouldBe(first.Message);
        outbox.Count.ShouldBe(0);
    }

    [Fact]
    public async Task Many_devices_append_at_once_and_nothing_is_lost()
    {
        OutboxStep[] steps = [.. Enumerable.Range(0, 500).Select(i => Step(i))];
        await using (StepOutbox outbox = Open(new OutboxOptions(SegmentBytesMax: 10_000)))
            await Task.WhenAll(steps.Select(step => Task.Run(() => outbox.AppendAsync(step, CancellationToken.None))));

        await using StepOutbox after = Open();

        after.Take(int.MaxValue, int.MaxValue).OrderBy(step => step.Payload.Length).ToList().ShouldBeSteps(steps);
    }

    private static OutboxStep Hashed(OutboxStep step) => step with { ContentHash = SHA256.HashData(step.Payload.Span) };

    private static OutboxStep Step(int payloadBytes) =>
        new(StepId.New(FakeClock.Start), payloadBytes, Encoding.ASCII.GetBytes(new string('x', payloadBytes)));

    private static async Task<OutboxStep[]> AppendAsync(StepOutbox outbox, int count, int payloadBytes = 10)
    {
        OutboxStep[] steps = [.. Enumerable.Range(0, count).Select(_ => Step(payloadBytes))];
        foreach (OutboxStep step in steps)
            await outbox.AppendAsync(step, CancellationToken.None);
        return steps;
    }

    private async Task<int> CountAfterRestartAsync()
    {
        await using StepOutbox outbox = Open();
        return outbox.Count;
    }

    private StepOutbox Open(OutboxOptions? options = null) => StepOutbox.Open(_folder.Path, options ?? OutboxOptions.Default, NullLogger.Instance);
}
