namespace StepCloud.Bench.Frame;

/// <summary>One figure that a round gives.</summary>
/// <param name="Key">Its name in the JSON, with the unit.</param>
/// <param name="Title">Its name in tables and charts, with the unit.</param>
/// <param name="Format">How many digits are worth showing, as a .NET format.</param>
/// <param name="IsHeadline">Whether it is what the scenario is for: it has a ratio to the reference, and bars in the chart.</param>
internal sealed record Metric(string Key, string Title, string Format = "N0", bool IsHeadline = false);
