using System.Text.Json;
using System.Text.Unicode;
using StepCloud.Contracts.Refusals;
using StepCloud.Contracts.Steps;

namespace StepCloud.Api.Ingress;

/// <summary>Reads a message that is one JSON object or an array of them. An element that is wrong does not harm its neighbours.</summary>
internal static class MessageReader
{
    /// <summary>Reads one element; the cursor stands on its first token. Null when it is refused: the cursor knows why.</summary>
    public delegate T? ElementReader<T>(ref JsonCursor cursor, out Guid? id) where T : class;

    /// <param name="bytesMax">What one element may take.</param>
    public static ParsedMessage<T> Read<T>(ReadOnlySpan<byte> utf8, int bytesMax, ElementReader<T> readElement) where T : class
    {
        if (!Utf8.IsValid(utf8)) return Whole<T>(new Refusal(RefusalCode.MalformedJson, "The message is not valid UTF-8."));
        try
        {
            JsonCursor cursor = new(utf8);
            cursor.Read();
            List<ParsedElement<T>> elements = [];
            if (cursor.Token == JsonTokenType.StartArray)
            {
                while (cursor.Read() && cursor.Token != JsonTokenType.EndArray)
                {
                    if (elements.Count == StepLimits.StepsPerMessageMax) return Whole<T>(TooMany);
                    elements.Add(ReadElement(ref cursor, bytesMax, readElement));
                }
            }
            else
            {
                elements.Add(ReadElement(ref cursor, bytesMax, readElement));
            }

            cursor.Read();
            return elements.Count > 0 ? new ParsedMessage<T>(elements) : Whole<T>(Empty);
        }
        catch (JsonException e)
        {
            return Whole<T>(JsonCursor.Malformed(utf8, e));
        }
    }

    private static readonly Refusal TooMany = new(
        RefusalCode.TooLarge, $"The message holds more than {StepLimits.StepsPerMessageMax} elements. Send them in several messages.");

    private static readonly Refusal Empty = new(RefusalCode.MissingField, "The message is an empty array.");

    private static ParsedElement<T> ReadElement<T>(ref JsonCursor cursor, int bytesMax, ElementReader<T> readElement) where T : class
    {
        int start = cursor.TokenStart;
        int depth = cursor.Depth;
        cursor.ClearRefusal();
        T? value = readElement(ref cursor, out Guid? id);
        if (cursor.Refusal is not null) LeaveElement(ref cursor, depth);
        if (cursor.Position - start > bytesMax)
        {
            cursor.ClearRefusal();
            cursor.Refuse(RefusalCode.TooLarge, $"It takes {cursor.Position - start} bytes; at most {bytesMax} are taken.");
        }

        return cursor.Refusal is { } refusal ? new ParsedElement<T>(id, null, refusal) : new ParsedElement<T>(id, value, null);
    }

    private static void LeaveElement(ref JsonCursor cursor, int depth)
    {
        bool isAtItsStart = cursor.Depth == depth && cursor.Token is JsonTokenType.StartObject or JsonTokenType.StartArray;
        if (isAtItsStart) cursor.Skip();
        else cursor.LeaveTo(depth);
    }

    private static ParsedMessage<T> Whole<T>(Refusal refusal) where T : class => new([], refusal);
}
