using System.Numerics;

namespace StepCloud.Storage.Series;

/// <summary>Finds what would stand at a place if all were sorted, without sorting all (Hoare, Algorithm 65: FIND, Communications of the ACM 4, 1961).</summary>
/// <remarks>The comparisons of a pass become numbers and not jumps, which no processor could foresee: what a sensor tells is noise in its last digits.</remarks>
internal static class Ranking
{
    /// <summary>So few are sorted.</summary>
    private const int SortedMax = 16;

    /// <summary>
    /// Moves the value of that rank to its place, none that is greater before it and none that is less behind it. Made for a pivot that is often bad, values
    /// are sorted in the end: it takes no longer than to sort them, whoever has chosen them.
    /// </summary>
    /// <param name="rank">From 0.</param>
    public static T MoveToPlace<T>(Span<T> values, int rank) where T : struct, INumber<T>
    {
        int low = 0;
        int high = values.Length;
        for (int passes = 2 * BitOperations.Log2((uint)values.Length); high - low > SortedMax && passes > 0; passes--)
        {
            T pivot = MiddleOf(values[low], values[low + ((high - low) / 2)], values[high - 1]);
            int less = MoveForward<T, IsLess<T>>(values, low, high, pivot);
            if (rank < less)
            {
                high = less;
                continue;
            }

            low = MoveForward<T, IsNotGreater<T>>(values, less, high, pivot);
            if (rank < low) return pivot;
        }

        values[low..high].Sort();
        return values[rank];
    }

    /// <summary>Those of a part that stand so to the pivot come first.</summary>
    /// <returns>Where the others begin.</returns>
    private static int MoveForward<T, TStands>(Span<T> values, int from, int to, T pivot) where T : struct where TStands : struct, IStanding<T>
    {
        Span<T> part = values[from..to];
        int next = 0;
        for (int i = 0; i < part.Length; i++)
        {
            T value = part[i];
            part[i] = part[next];
            part[next] = value;
            next += TStands.So(value, pivot) ? 1 : 0;
        }

        return from + next;
    }

    private static T MiddleOf<T>(T one, T other, T third) where T : INumber<T>
    {
        T least = T.Min(one, other);
        T most = T.Max(one, other);
        return T.Max(least, T.Min(most, third));
    }

    private interface IStanding<in T>
    {
        static abstract bool So(T value, T pivot);
    }

    private readonly struct IsLess<T> : IStanding<T> where T : INumber<T>
    {
        public static bool So(T value, T pivot) => value < pivot;
    }

    private readonly struct IsNotGreater<T> : IStanding<T> where T : INumber<T>
    {
        public static bool So(T value, T pivot) => value <= pivot;
    }
}
