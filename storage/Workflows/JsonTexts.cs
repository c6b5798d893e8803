using System.Text;
using System.Text.Json;

namespace StepCloud.Storage.Workflows;

/// <summary>Texts that are JSON unless somebody has broken them in the database.</summary>
internal static class JsonTexts
{
    public static bool IsJson(string text) => IsJson(Encoding.UTF8.GetBytes(text));

    public static bool IsJson(ReadOnlySpan<byte> utf8)
    {
        Utf8JsonReader reader = new(utf8);
        try
        {
            while (reader.Read())
            {
                // To its end.
            }

            return reader.BytesConsumed == utf8.Length;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
