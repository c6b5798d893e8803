using System.Globalization;
using System.Runtime.InteropServices;
using StepCloud.Contracts.Ids;

namespace StepCloud.Storage;

/// <summary>A calendar month in UTC: the unit of the partitions of steps.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct StepMonth(int Year, int Month)
{
    /// <summary>The first instant.</summary>
    public DateTimeOffset Start => new(Year, Month, 1, 0, 0, 0, TimeSpan.Zero);

    public StepMonth Next => Plus(1);

    /// <summary>The smallest id of the month; as uuid is ordered by its bytes, all the month's ids lie from here to the next month's.</summary>
    public StepId FirstId => StepId.Floor(Start);

    public static StepMonth Of(DateTimeOffset time) => new(time.UtcDateTime.Year, time.UtcDateTime.Month);

    public static StepMonth Of(StepId id) => Of(id.Time);

    public StepMonth Plus(int months) => Of(Start.AddMonths(months));

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Year:0000}_{Month:00}");
}
