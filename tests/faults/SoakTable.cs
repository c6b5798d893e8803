using System.Globalization;
using System.Text;
using StepCloud.Tests.Faults.Injected;
using StepCloud.Tests.Faults.Plant;

namespace StepCloud.Tests.Faults;

/// <summary>What a soak has done and found, as people read it.</summary>
internal sealed class SoakTable
{
    private readonly SortedDictionary<string, (int Count, TimeSpan Silence)> _rows = new(StringComparer.Ordinal);

    public void Add(IFault fault, Dose dose, TimeSpan silence)
    {
        (int count, TimeSpan longest) = _rows.GetValueOrDefault(fault.Name);
        _rows[fault.Name] = (count + fault.CountOf(dose), silence > longest ? silence : longest);
    }

    public string Text(LedgerFindings found, long acknowledged, int seed)
    {
        StringBuilder text = new();
        Line("fault", "injected", "longest silence");
        foreach ((string name, (int count, TimeSpan silence)) in _rows) Line(name, $"{count}", Seconds(silence));
        Line("all", $"{_rows.Values.Sum(row => row.Count)}", Seconds(_rows.Values.Select(row => row.Silence).DefaultIfEmpty().Max()));
        text.Append(CultureInfo.InvariantCulture, $"steps acknowledged {acknowledged}, stored {found.Steps} with {found.Samples} samples, refused {found.Refused}\n");
        text.Append(CultureInfo.InvariantCulture, $"lost {found.Lost}, duplicate {found.Duplicate}, altered {found.Altered}, out of order {found.OutOfOrder}, refused and not in the quarantine {found.NotInQuarantine}; seed {seed}");
        return text.ToString();

        void Line(string name, string count, string silence) => text.Append(CultureInfo.InvariantCulture, $"{name,-40} {count,8} {silence,16}\n");
    }

    private static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:F1} s");
}
