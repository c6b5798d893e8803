using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using StepCloud.Contracts.Refusals;
using StepCloud.Contracts.Steps;

namespace StepCloud.Api.Ingress;

/// <summary>Reads the settings: any JSON object, rewritten without white space, so that the same settings are the same text.</summary>
internal static class SettingsReader
{
    private const string Path = "/settings";

    private static readonly JsonWriterOptions Options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // The text goes to the database, never into a page.
        SkipValidation = true,
    };

    /// <returns>Null when they are refused.</returns>
    public static string? Read(ref JsonCursor cursor)
    {
        if (!cursor.ExpectObject(Path)) return null;
        int start = cursor.TokenStart;
        ArrayBufferWriter<byte> buffer = new(256);
        using Utf8JsonWriter writer = new(buffer, Options);
        if (!CopyObject(ref cursor, writer, 1)) return null;
        if (cursor.Position - start > StepLimits.SettingsBytesMax)
        {
            cursor.Refuse(RefusalCode.TooLarge, $"{Path} takes {cursor.Position - start} bytes; at most {StepLimits.SettingsBytesMax} are taken.");
            return null;
        }

        writer.Flush();
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static bool CopyObject(ref JsonCursor cursor, Utf8JsonWriter writer, int depth)
    {
        if (depth > StepLimits.SettingsDepthMax) return TooDeep(ref cursor);
        HashSet<string> names = new(StringComparer.Ordinal);
        writer.WriteStartObject();
        while (cursor.NextMember(out string name))
        {
            if (name.Contains('\0')) return cursor.Refuse(RefusalCode.ForbiddenCharacter, $"{Path} has a name with the character U+0000.");
            if (!names.Add(name))
                return cursor.Refuse(RefusalCode.MalformedJson, $"{Path} gives the field {StepReader.Shown(name)} twice in one object.");
            writer.WritePropertyName(name);
            if (!CopyValue(ref cursor, writer, depth)) return false;
        }

        writer.WriteEndObject();
        return true;
    }

    private static bool CopyArray(ref JsonCursor cursor, Utf8JsonWriter writer, int depth)
    {
        if (depth > StepLimits.SettingsDepthMax) return TooDeep(ref cursor);
        writer.WriteStartArray();
        while (cursor.Read() && cursor.Token != JsonTokenType.EndArray)
        {
            if (!CopyValue(ref cursor, writer, depth)) return false;
        }

        writer.WriteEndArray();
        return true;
    }

    private static bool CopyValue(ref JsonCursor cursor, Utf8JsonWriter writer, int depth)
    {
        switch (cursor.Token)
        {
            case JsonTokenType.StartObject: return CopyObject(ref cursor, writer, depth + 1);
            case JsonTokenType.StartArray: return CopyArray(ref cursor, writer, depth + 1);
            case JsonTokenType.String:
                if (!cursor.ReadString(Path, StepLimits.SettingsBytesMax, out string text)) return false;
                writer.WriteStringValue(text);
                return true;
            case JsonTokenType.Number:
                // As written: a decimal setting must not change on its way through a double.
                if (!cursor.ReadDouble(Path, 0, out _)) return false;
                writer.WriteRawValue(cursor.NumberText, skipInputValidation: true);
                return true;
            case JsonTokenType.True or JsonTokenType.False:
                writer.WriteBooleanValue(cursor.Token == JsonTokenType.True);
                return true;
            default:
                writer.WriteNullValue();
                return true;
        }
    }

    private static bool TooDeep(ref JsonCursor cursor) =>
        cursor.Refuse(RefusalCode.TooLarge, $"{Path} is nested deeper than {StepLimits.SettingsDepthMax} levels.");
}
