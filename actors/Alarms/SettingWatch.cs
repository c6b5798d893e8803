using System.Globalization;
using System.Text.Json;

namespace StepCloud.Actors.Alarms;

/// <summary>Holds a step's settings against a condition.</summary>
public static class SettingWatch
{
    private const NumberStyles Number = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;

    /// <returns>Null when these settings say nothing of it: without the setting, only <see cref="AlarmCondition.Missing"/> knows an answer.</returns>
    public static bool? Holds(AlarmCondition condition, JsonElement settings)
    {
        JsonElement? found = Find(settings, condition.Pointer!);
        if (condition.Missing) return found is null;
        if (found is not { } value) return null;
        if (condition.EqualTo is { } equal) return IsEqual(value, equal);
        if (condition.NotEqualTo is { } other) return !IsEqual(value, other);
        return value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) ? condition.Threshold.IsOutside(number) : null;
    }

    /// <summary>What a JSON Pointer (RFC 6901 §4) leads to; null for nothing.</summary>
    public static JsonElement? Find(JsonElement json, string pointer)
    {
        foreach (string token in pointer.Split('/').Skip(1))
        {
            string name = token.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
            switch (json.ValueKind)
            {
                case JsonValueKind.Object when json.TryGetProperty(name, out JsonElement member):
                    json = member;
                    break;
                case JsonValueKind.Array when IsIndex(name) && int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int index) && index < json.GetArrayLength():
                    json = json[index];
                    break;
                default:
                    return null;
            }
        }

        return json;
    }

    /// <summary>Whether RFC 6901 §3 takes the text for a pointer to something within.</summary>
    public static bool IsPointer(string text)
    {
        if (!text.StartsWith('/')) return false;
        for (int i = text.IndexOf('~', StringComparison.Ordinal); i >= 0; i = text.IndexOf('~', i + 1))
            if (i + 1 == text.Length || text[i + 1] is not ('0' or '1')) return false;
        return true;
    }

    /// <summary>No leading zeros (RFC 6901 §4).</summary>
    private static bool IsIndex(string token) => token.Length > 0 && (token[0] != '0' || token.Length == 1);

    /// <summary>A number is equal to one of the same value; anything else by its text.</summary>
    public static bool IsEqual(JsonElement value, string text) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString() == text,
        JsonValueKind.Number => double.TryParse(text, Number, CultureInfo.InvariantCulture, out double number) && value.TryGetDouble(out double own) && own.Equals(number),
        _ => value.GetRawText() == text,
    };
}
