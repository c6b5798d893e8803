using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using Shouldly;
using StepCloud.Storage.Series;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Storage.Series;

/// <summary>What is read is what was written, bit for bit; and it takes little room.</summary>
public sealed class SeriesCodecTests
{
    /// <summary>Values as sensors tell them, and as nobody would.</summary>
    private static readonly Gen<double> Values = Gen.Frequency(
        (8, Gen.Choose(-100_000, 100_000).Select(n => n / 1000.0)),
        (4, Gen.Choose(-1000, 1000).Select(n => (double)n)),
        (2, Gen.Choose(-1_000_000, 1_000_000).Select(n => (double)(n / 977f))),
        (1, ArbMap.Default.GeneratorFor<double>().Where(double.IsFinite)),
        (1, Gen.Elements(0.0, -0.0, double.Epsilon, double.MaxValue, double.MinValue, 1e15, -4503599627370497.0, 0.1 + 0.2, 1e-14, 1e-15, 123456789.12345678)));

    private static readonly Gen<double[]> Series =
        from length in Gen.Frequency((6, Gen.Choose(0, 40)), (2, Gen.Choose(1000, 3000)), (1, Gen.Elements(1, 1023, 1024, 1025, 2048)))
        from kind in Gen.Choose(0, 3)
        from values in kind switch
        {
            // As they come; around one value; one value; whole numbers that go up.
            0 => Values.ArrayOf(length),
            1 => Gen.Choose(-50, 50).Select(n => 21.5 + (n / 100.0)).ArrayOf(length),
            2 => Values.Select(value => Enumerable.Repeat(value, length).ToArray()),
            _ => Gen.Choose(0, 9).ArrayOf(length).Select(steps => steps.Select((step, i) => (double)((i * 10) + step)).ToArray()),
        }
        select values;

    private static readonly Gen<(long[] Times, double[] Values)> Samples =
        from values in Series
        from hasTimes in Gen.Choose(0, 4)
        from start in Gen.Elements(0L, 1, -5_000_000, 31_622_400_000_000)
        from steps in Gen.Frequency((3, Gen.Constant(100_000)), (2, Gen.Choose(99_000, 101_000)), (1, Gen.Choose(0, int.MaxValue))).ArrayOf(values.Length)
        select (hasTimes == 0 ? [] : Times(start, steps), values);

    [Fact]
    public void Whatever_is_written_is_read_again_bit_for_bit() =>
        Prop.ForAll(Samples.ToArbitrary(), samples =>
        {
            EncodedSeries encoded = SeriesCodec.Encode(samples.Times, samples.Values);
            (long[] times, double[] values) = SeriesCodec.Decode(encoded.Samples, samples.Values.Length);
            times.ShouldBe(samples.Times);
            Bits(values).ShouldBe(Bits(samples.Values));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_block_is_read_alone() =>
        Prop.ForAll(Samples.Where(samples => samples.Times.Length > SeriesCodec.BlockSamplesMax).ToArbitrary(), samples =>
        {
            EncodedSeries encoded = SeriesCodec.Encode(samples.Times, samples.Values);
            SeriesBlock[] blocks = SeriesBlock.ReadAll(encoded.Blocks.ShouldNotBeNull());
            int from = 0;
            for (int i = 0; i < blocks.Length; i++)
            {
                int end = i + 1 < blocks.Length ? blocks[i + 1].Offset : encoded.Samples.Length;
                long[] times = new long[blocks[i].Summary.Count];
                double[] values = new double[blocks[i].Summary.Count];
                SeriesCodec.DecodeBlock(encoded.Samples.AsSpan(blocks[i].Offset..end), times, values).ShouldBe(values.Length);
                times.ShouldBe(samples.Times[from..(from + times.Length)]);
                Bits(values).ShouldBe(Bits(samples.Values[from..(from + values.Length)]));
                blocks[i].Summary.ShouldBe(SeriesSummary.Of(times, values));
                from += times.Length;
            }

            from.ShouldBe(samples.Values.Length);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(30));

    [Fact]
    public void What_is_known_without_looking_is_what_looking_tells() =>
        Prop.ForAll(Samples.Where(samples => samples.Values.Length > 0).ToArbitrary(), samples =>
        {
            EncodedSeries encoded = SeriesCodec.Encode(samples.Times, samples.Values);
            SeriesSummary summary = encoded.Summary;
            double[] sorted = [.. samples.Values.Order()];
            (summary.Count, summary.Min, summary.Max).ShouldBe((sorted.Length, sorted[0], sorted[^1]));
            double AtPercent(int percent) => sorted[Math.Max(0, (int)Math.Ceiling(sorted.Length * percent / 100.0) - 1)];
            (summary.First, summary.Last).ShouldBe((samples.Values[0], samples.Values[^1]));
            (encoded.Statistics.P05, encoded.Statistics.P50, encoded.Statistics.P95).ShouldBe((AtPercent(5), AtPercent(50), AtPercent(95)));
            if (samples.Times.Length == 0) return;
            long[] intervals = [.. samples.Times.Zip(samples.Times.Skip(1), (time, next) => next - time).Order()];
            encoded.Statistics.Interval.ShouldBe(intervals.Length == 0 ? 0 : intervals[intervals.Length / 2]);
            samples.Values[samples.Times.IndexOf(summary.MinTime)..].ShouldContain(summary.Min);
            (summary.FirstTime, summary.LastTime).ShouldBe((samples.Times[0], samples.Times[^1]));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void What_SQL_wrote_is_read()
    {
        byte[] samples = [0, 0, 0, 0, 0, 0, 0, 0, 7, 0x3F, 0xF8, 0, 0, 0, 0, 0, 0];
        (long[] times, double[] values) = SeriesCodec.Decode(samples, 1);
        (times[0], values[0]).ShouldBe((7, 1.5));
    }

    [Fact]
    public void Bytes_that_are_no_samples_are_found() =>
        Prop.ForAll(ArbMap.Default.GeneratorFor<byte[]>().Zip(Gen.Choose(0, 3000)).ToArbitrary(), pair =>
        {
            try
            {
                SeriesCodec.Decode([1, .. pair.Item1], pair.Item2);
            }
            catch (InvalidDataException)
            {
                // The one thing that may be thrown.
            }
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Recorded_series_of_a_machine_take_less_than_four_bytes_a_sample()
    {
        long bytes = 0;
        long count = 0;
        foreach (double[] column in Recorded())
        {
            EncodedSeries encoded = SeriesCodec.Encode(Times(0, [.. Enumerable.Repeat(100_000, column.Length)]), column);
            SeriesCodec.Decode(encoded.Samples, column.Length).Values.ShouldBe(column);
            bytes += encoded.Samples.Length;
            count += column.Length;
        }

        ((double)bytes / Math.Max(1, count)).ShouldBeLessThan(4);
    }

    private static IEnumerable<double[]> Recorded()
    {
        foreach (string file in SharedData.CncMill)
        {
            string[] lines = File.ReadAllLines(file);
            string[] names = lines[0].Split(',');
            for (int column = 1; column < names.Length - 2; column++)
                yield return [.. lines.Skip(1).Select(line => double.Parse(line.Split(',')[column], CultureInfo.InvariantCulture))];
        }
    }

    private static long[] Times(long start, int[] steps)
    {
        long time = start;
        return [.. steps.Select(step => time += step)];
    }

    private static long[] Bits(double[] values) => [.. values.Select(BitConverter.DoubleToInt64Bits)];
}
