using System.Security.Cryptography;
using System.Text;
using Shouldly;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Steps;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Unit.Steps;

public sealed class ContentHashTests
{
    private static readonly DateTimeOffset Started = new(2026, 11, 21, 7, 0, 0, 123, 456, TimeSpan.Zero);

    private static readonly StepEvent Step = new(
        StepId.Parse("0199a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b", null),
        DeviceId.Parse("0199a1b2-0000-7000-8000-000000000001", null),
        StepKind.TaskPerformed,
        Started,
        Started.AddSeconds(9.5),
        "Layer 1 Up",
        "{\"speed\":5}",
        [
            new StepSeries("X1_ActualPosition", "mm", SeriesKind.Timeseries, PreferredChart.Line, [0, 100_000], [198.0, -0.0]),
            new StepSeries("resin_used", "mL", SeriesKind.Singular, PreferredChart.Default, [], [12.5]),
        ],
        [new StepLog(LogKind.Build, "build log", ["one", "zwei: ä"])]);

    [Fact]
    public void The_form_is_as_it_was_when_the_first_hash_was_stored()
    {
        // When this fails, resends of stored steps are refused. Made outside, in Python, by the description in ContentHash:
        //   t = lambda s: struct.pack('<i', len(s.encode())) + s.encode(); i = lambda n: struct.pack('<i', n); q = lambda n: struct.pack('<q', n)
        //   d = lambda v: struct.pack('<d', v)
        //   sha256(b'\x01' + step + device + b'\x01' + q(started) + q(ended) + t(label) + t(settings) + i(2)
        //     + t('X1_ActualPosition') + t('mm') + b'\x01\x03' + i(2) + q(0) + q(100000) + i(2) + d(198.0) + d(-0.0)
        //     + t('resin_used') + t('mL') + b'\x02\x01' + i(0) + i(1) + d(12.5)
        //     + i(1) + b'\x03' + t('build log') + i(2) + t('one') + t('zwei: ä'))
        Convert.ToHexStringLower(ContentHash.Of(Step)).ShouldBe("cd773ff7c5333d50523aeae120d7861420393d3d0a6bb8f5704709419b0e10a9");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2047)]
    [InlineData(2048)]
    [InlineData(16_383)]
    [InlineData(16_384)]
    [InlineData(16_385)]
    [InlineData(40_000)]
    public void However_the_content_falls_into_the_buffer_the_hash_is_that_of_its_plain_form(int size)
    {
        StepEvent big = Step with { Settings = new string('x', size), Series = [TestSteps.Series("a", new double[size])] };
        ContentHash.Of(big).ShouldBe(SHA256.HashData(PlainForm(big)));
    }

    [Fact]
    public void What_a_step_says_of_its_end_its_job_and_its_sequence_is_content_too()
    {
        StepEvent[] steps = [Step, Step with { Outcome = StepResult.Failed }, Step with { Job = "1" }, Step with { Sequence = 0 }, Step with { Job = "1", Sequence = 0 }];
        steps.Select(step => Convert.ToHexString(ContentHash.Of(step))).Distinct().Count().ShouldBe(steps.Length);

        // As above, with b'\x02' for the version and, behind the settings, b'\x02' + t('K-2471') + q(4711).
        Convert.ToHexStringLower(ContentHash.Of(Step with { Outcome = StepResult.Failed, Job = "K-2471", Sequence = 4711 }))
            .ShouldBe("b54a39e86c3159142a34a4c3063d806c6850933651392e23668a2454cffc2f78");
    }

    [Fact]
    public void What_moves_from_one_text_to_the_next_is_other_content() =>
        ContentHash.Of(Step with { Logs = [TestSteps.Log("ab", "c")] }).ShouldNotBe(ContentHash.Of(Step with { Logs = [TestSteps.Log("a", "bc")] }));

    [Fact]
    public void The_offset_of_a_time_is_not_content() =>
        ContentHash.Of(Step with { Started = Started.ToOffset(TimeSpan.FromHours(2)) }).ShouldBe(ContentHash.Of(Step));

    private static byte[] PlainForm(StepEvent step)
    {
        using MemoryStream form = new();
        using BinaryWriter writer = new(form);
        writer.Write((byte)1);
        writer.Write(step.Id.Value.ToByteArray(bigEndian: true));
        writer.Write(step.Device.Value.ToByteArray(bigEndian: true));
        writer.Write((byte)step.Kind);
        writer.Write((step.Started - DateTimeOffset.UnixEpoch).Ticks / 10);
        writer.Write((step.Ended - DateTimeOffset.UnixEpoch).Ticks / 10);
        Text(step.Label);
        Text(step.Settings);
        writer.Write(step.Series.Count);
        foreach (StepSeries series in step.Series)
        {
            Text(series.Name);
            Text(series.Unit);
            writer.Write([(byte)series.Kind, (byte)series.Chart]);
            writer.Write(series.TimesMicroseconds.Length);
            Array.ForEach(series.TimesMicroseconds, writer.Write);
            writer.Write(series.Values.Length);
            Array.ForEach(series.Values, writer.Write);
        }

        writer.Write(step.Logs.Count);
        foreach (StepLog log in step.Logs)
        {
            writer.Write((byte)log.Kind);
            Text(log.Label);
            writer.Write(log.Lines.Length);
            Array.ForEach(log.Lines, Text);
        }

        return form.ToArray();

        void Text(string text)
        {
            writer.Write(Encoding.UTF8.GetByteCount(text));
            writer.Write(Encoding.UTF8.GetBytes(text));
        }
    }
}
