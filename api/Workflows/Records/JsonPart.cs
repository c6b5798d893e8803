using System.Text.Json;

namespace StepCloud.Api.Workflows.Records;

/// <summary>Where a value stands in a JSON text, byte for byte: hashes are over the bytes.</summary>
internal static class JsonPart
{
    /// <param name="path">Names of members, from the outermost object inwards.</param>
    /// <exception cref="FormatException">There is no such member.</exception>
    /// <exception cref="JsonException">It is not JSON.</exception>
    public static ReadOnlyMemory<byte> Find(byte[] json, params ReadOnlySpan<string> path)
    {
        Utf8JsonReader reader = new(json);
        reader.Read();
        int start = 0;
        foreach (string name in path)
        {
            if (!FindMember(ref reader, name)) throw new FormatException($"There is no member '{name}'.");
            start = (int)reader.TokenStartIndex;
        }

        reader.Skip();
        return json.AsMemory(start, (int)reader.BytesConsumed - start);
    }

    /// <summary>From the start of an object to the value of one of its members.</summary>
    private static bool FindMember(ref Utf8JsonReader reader, string name)
    {
        if (reader.TokenType != JsonTokenType.StartObject) return false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool isIt = reader.ValueTextEquals(name);
            reader.Read();
            if (isIt) return true;
            reader.Skip();
        }

        return false;
    }
}
