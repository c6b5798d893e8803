namespace StepCloud.Actors.Workflows;

/// <summary>Which expected step was met by which: the longest common order of what was approved and what was done.</summary>
/// <remarks>
/// A function of the set of steps alone, whatever the order in which they came: they are ordered by their start, then by their ids. What stands in
/// no common order, and still fits an expected step that nobody met, was done out of order; what fits none is extra.
/// </remarks>
public sealed class Alignment
{
    /// <summary>What one more step in order is worth: more than all that must be done (<see cref="BlueprintRules.PlacesMax"/>) together.</summary>
    private const int Length = 1000;

    private readonly Blueprint _blueprint;
    private readonly DoneStep[] _steps;
    private readonly List<DoneStep>[] _met;
    private readonly List<DoneStep> _extra = [];
    private readonly HashSet<DoneStep> _outOfOrder = [];

    private Alignment(Blueprint blueprint, IEnumerable<DoneStep> steps)
    {
        _blueprint = blueprint;
        _steps = [.. steps];
        Array.Sort(_steps, Compare);
        _met = [.. blueprint.Steps.Select(_ => new List<DoneStep>())];
    }

    /// <summary>By the place of the expected step: those that met it, in their order.</summary>
    public IReadOnlyList<IReadOnlyList<DoneStep>> Met => _met;

    public IReadOnlyList<DoneStep> Extra => _extra;

    /// <summary>The place of the last expected step that was met in order; -1 for none.</summary>
    public int LastMet { get; private set; } = -1;

    public bool IsOutOfOrder(DoneStep step) => _outOfOrder.Contains(step);

    public static Alignment Of(Blueprint blueprint, IEnumerable<DoneStep> steps)
    {
        Alignment alignment = new(blueprint, steps);
        alignment.Place(alignment.Align());
        return alignment;
    }

    public static bool Fits(BlueprintStep expected, DoneStep step) =>
        (expected.Model is { } model ? model == step.Model : expected.Kind is null || expected.Kind == step.Kind)
        && (expected.Label is not { } label || string.Equals(label.Trim(), step.Label.Trim(), StringComparison.OrdinalIgnoreCase));

    /// <returns>For each step the place of what it meets in order, or -1.</returns>
    /// <remarks>Of all that are longest, one that leaves out nothing but what may be left out, where it can; of those the earliest.</remarks>
    private int[] Align()
    {
        // An expected step that can be done several times is several places in a row, and those that it needs come first.
        (int Place, int Worth)[] slots =
        [
            .. _blueprint.Steps.SelectMany((step, index) => Enumerable.Range(0, step.TimesMax).Select(time => (index, time < step.TimesMin ? Length + 1 : Length))),
        ];
        int[,] best = new int[slots.Length + 1, _steps.Length + 1];
        for (int slot = slots.Length - 1; slot >= 0; slot--)
        {
            for (int step = _steps.Length - 1; step >= 0; step--)
            {
                best[slot, step] = Math.Max(best[slot + 1, step], best[slot, step + 1]);
                if (Fits(_blueprint.Steps[slots[slot].Place], _steps[step])) best[slot, step] = Math.Max(best[slot, step], best[slot + 1, step + 1] + slots[slot].Worth);
            }
        }

        int[] places = new int[_steps.Length];
        Array.Fill(places, -1);
        for (int slot = 0, step = 0; slot < slots.Length && step < _steps.Length;)
        {
            bool isMet = Fits(_blueprint.Steps[slots[slot].Place], _steps[step]) && best[slot, step] == best[slot + 1, step + 1] + slots[slot].Worth;
            if (isMet) places[step++] = slots[slot++].Place;
            else if (best[slot, step] == best[slot + 1, step]) slot++;
            else step++;
        }

        return places;
    }

    private void Place(int[] places)
    {
        for (int step = 0; step < places.Length; step++)
        {
            if (places[step] < 0) continue;
            _met[places[step]].Add(_steps[step]);
            LastMet = Math.Max(LastMet, places[step]);
        }

        for (int step = 0; step < places.Length; step++)
        {
            if (places[step] >= 0) continue;
            int place = Missed(_steps[step]);
            if (place < 0)
            {
                _extra.Add(_steps[step]);
                continue;
            }

            _outOfOrder.Add(_steps[step]);
            _met[place].Add(_steps[step]);
        }

        foreach (List<DoneStep> met in _met) met.Sort(Compare);
    }

    /// <summary>By their start, then by their ids.</summary>
    internal static int Compare(DoneStep one, DoneStep other) =>
        one.Started.CompareTo(other.Started) is not 0 and var difference ? difference : one.Id.Value.CompareTo(other.Id.Value);

    /// <summary>The first expected step that it fits and that was not met as often as it should.</summary>
    private int Missed(DoneStep step)
    {
        for (int place = 0; place < _met.Length; place++)
        {
            BlueprintStep expected = _blueprint.Steps[place];
            if (_met[place].Count < Math.Max(1, expected.TimesMin) && Fits(expected, step)) return place;
        }

        return -1;
    }
}
