using System.Text.Json;

namespace StepCloud.Storage.Workflows;

/// <summary>Tells what differs between two JSON values, each at its place.</summary>
internal static class JsonDifferences
{
    private const int TextCharsMax = 80;

    public static void Add(List<string> differences, string at, JsonElement signed, JsonElement now, int max)
    {
        if (differences.Count >= max || JsonElement.DeepEquals(signed, now)) return;
        if (signed.ValueKind == JsonValueKind.Object && now.ValueKind == JsonValueKind.Object)
        {
            foreach (JsonProperty member in signed.EnumerateObject())
            {
                if (now.TryGetProperty(member.Name, out JsonElement other)) Add(differences, $"{at}/{member.Name}", member.Value, other, max);
                else differences.Add($"{at}/{member.Name} was {Text(member.Value)} and is gone.");
            }

            foreach (JsonProperty member in now.EnumerateObject())
                if (!signed.TryGetProperty(member.Name, out _)) differences.Add($"{at}/{member.Name} is new: {Text(member.Value)}.");
        }
        else if (signed.ValueKind == JsonValueKind.Array && now.ValueKind == JsonValueKind.Array)
        {
            (JsonElement[] before, JsonElement[] after) = ([.. signed.EnumerateArray()], [.. now.EnumerateArray()]);
            if (before.Length != after.Length) differences.Add($"{at} had {before.Length} entries and has {after.Length}.");
            for (int i = 0; i < Math.Min(before.Length, after.Length); i++) Add(differences, $"{at}/{i}", before[i], after[i], max);
        }
        else
        {
            differences.Add($"{at} was {Text(signed)} and is {Text(now)}.");
        }
    }

    private static string Text(JsonElement value) => value.GetRawText() is var text && text.Length > TextCharsMax ? text[..TextCharsMax] + "..." : text;
}
