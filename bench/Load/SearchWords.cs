namespace StepCloud.Bench.Load;

/// <summary>What is searched for among <see cref="StoredDevices"/>.</summary>
internal static class SearchWords
{
    public static readonly IReadOnlyList<(string Kind, IReadOnlyList<string> Searches)> Kinds =
    [
        ("rare words: serials", [.. Enumerable.Range(0, 500).Select(static i => Serial(i * 1999))]),
        ("frequent words", ["asiga", "window", "max", "uv385", "shelly", "hall", "emag", "source", "netio", "floor", "10", "default", "mini", "17", "96"]),
        ("beginnings of words", [.. Enumerable.Range(0, 500).Select(static i => Serial(i * 1999)[..(3 + (i % 6))])]),
        ("two words", ["asiga window", "shelly cellar", "hall sn1", "emag 17", "uv385 sn2a", "office netio", "room sn77a", "asiga 96", "pro upper"]),
        ("two words, not together", ["shelly uv385", "emag asiga", "netio otoflash", "default max"]),
        ("a word of the newest alone", ["pilot", "pil", "pilots", "asiga pilot"]),
        ("no hit", [.. Enumerable.Range(0, 200).Select(static i => $"zz{i}q")]),
    ];

    /// <summary>As StoredDevices has it in SQL.</summary>
    private static string Serial(int device) => "sn" + (device * 2_654_435_761 % 4_294_967_296).ToString("x8");
}
