using FsCheck;
using FsCheck.Fluent;
using Shouldly;
using StepCloud.Actors.Alarms;
using Xunit;

namespace StepCloud.Tests.Unit.Alarms;

/// <summary>The judgement of samples against one that is written down as its definition reads, sample by sample.</summary>
public sealed class SeriesWatchTests
{
    [Fact]
    public void Whatever_the_samples_it_finds_what_the_definition_says()
    {
        Prop.ForAll(Cases(), watched => Same(SeriesWatch.Of(watched.Threshold, watched.IsOpen, watched.Times, watched.Values), Defined(watched)))
            .QuickCheckThrowOnFailure();
    }

    [Fact]
    public void What_is_found_without_looking_at_the_samples_is_what_they_would_have_said()
    {
        int decided = 0;
        Prop.ForAll(Cases(), watched =>
        {
            SeriesExtent extent = watched.Values.Length == 0
                ? default
                : new SeriesExtent(watched.Values.Length, watched.Times[0], watched.Values[0], watched.Times[^1], watched.Values.Min(), watched.Values.Max());
            if (SeriesWatch.Of(watched.Threshold, watched.IsOpen, extent) is not { } verdict) return true;
            decided++;
            return Same(verdict, Defined(watched));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));
        decided.ShouldBeGreaterThan(5, "the others need their samples");
    }

    /// <summary>Values near the bounds and times near the duration, so that every case is met.</summary>
    private static Arbitrary<Watched> Cases()
    {
        Gen<double> value = Gen.Choose(-6, 6).Select(n => n / 2.0);
        Gen<double?> bound = Gen.Frequency((1, Gen.Constant<double?>(null)), (3, Gen.Choose(0, 4).Select(n => (double?)(n / 2.0))));
        Gen<SeriesThreshold> threshold =
            from above in bound
            from below in bound
            from hysteresis in Gen.Choose(0, 4)
            from duration in Gen.Choose(0, 4)
            let span = above is { } a && below is { } b ? a + b : double.PositiveInfinity
            select above is null && below is null
                ? new SeriesThreshold(1, null, hysteresis / 4.0, duration)
                : new SeriesThreshold(above, -below, Math.Min(hysteresis / 4.0, span / 2), duration);
        return Arb.From(
            from limits in threshold
            from isOpen in Gen.Elements(true, false)
            from values in Gen.ArrayOf(value)
            from steps in Gen.ArrayOf(Gen.Choose(0, 2), values.Length)
            let times = Sums(steps)
            select new Watched(limits, isOpen, times, values));
    }

    private static long[] Sums(int[] steps)
    {
        long[] times = new long[steps.Length];
        for (int i = 1; i < steps.Length; i++) times[i] = times[i - 1] + steps[i];
        return times;
    }

    /// <summary>As the remarks of SeriesWatch say it: for every sample, back over all before it.</summary>
    private static SeriesVerdict Defined(Watched watched)
    {
        List<(int Index, bool IsRaise)> changes = [];
        for (int i = 0; i < watched.Values.Length; i++)
        {
            bool isOpen = changes.Count == 0 ? watched.IsOpen : changes[^1].IsRaise;
            if (isOpen)
            {
                double v = watched.Values[i];
                bool isWellInside = (watched.Threshold.Above is not { } above || v <= above - watched.Threshold.Hysteresis)
                    && (watched.Threshold.Below is not { } below || v >= below + watched.Threshold.Hysteresis);
                if (isWellInside) changes.Add((i, false));
                continue;
            }

            int from = changes.Count == 0 ? 0 : changes[^1].Index;
            bool holds = Enumerable.Range(from, i - from + 1).Any(start =>
                watched.Times[i] - watched.Times[start] >= watched.Threshold.ForUs && Enumerable.Range(start, i - start + 1).All(IsOutside));
            if (holds) changes.Add((i, true));
        }

        bool isOpenAtEnd = changes.Count == 0 ? watched.IsOpen : changes[^1].IsRaise;
        SeriesPoint? PointOf(int index) => index < 0 ? null : new SeriesPoint(watched.Times[index], watched.Values[index]);
        int raised = changes.FindIndex(change => change.IsRaise), cleared = changes.FindLastIndex(change => !change.IsRaise);
        return new SeriesVerdict(PointOf(raised < 0 ? -1 : changes[raised].Index), isOpenAtEnd || cleared < 0 ? null : PointOf(changes[cleared].Index), isOpenAtEnd);

        bool IsOutside(int index) =>
            (watched.Threshold.Above is { } above && watched.Values[index] > above) || (watched.Threshold.Below is { } below && watched.Values[index] < below);
    }

    private static bool Same(SeriesVerdict one, SeriesVerdict other) => one == other ? true : throw new ShouldAssertException($"{one} is not {other}");

    private sealed record Watched(SeriesThreshold Threshold, bool IsOpen, long[] Times, double[] Values)
    {
        public override string ToString() => $"{Threshold} {IsOpen} [{string.Join(' ', Times)}] [{string.Join(' ', Values)}]";
    }
}
