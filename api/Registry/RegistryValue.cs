using System.Text.Json;
using StepCloud.Storage.Registry;

namespace StepCloud.Api.Registry;

/// <summary>A field's value, from JSON and into it.</summary>
internal static class RegistryValue
{
    /// <returns>What is wrong, in a sentence; null when the value is one.</returns>
    public static string? Read(RegistryField field, JsonElement json, out object? value)
    {
        value = null;
        if (json.ValueKind == JsonValueKind.Null)
            return field.IsNullable || field.IsResetByNull ? null : "It cannot be null.";
        switch (field.Kind)
        {
            case FieldKind.Texts:
                if (json.ValueKind != JsonValueKind.Array || json.GetArrayLength() > field.CountMax) return RegistryText.Expectation(field);
                List<string> texts = [];
                foreach (JsonElement element in json.EnumerateArray())
                {
                    if (TextFault(field, element, out string text) is { } fault) return fault;
                    texts.Add(text);
                }

                value = texts.ToArray();
                return (field.IsRequired || field.IsNullable) && texts.Count == 0 ? "It cannot be empty." : null;

            case FieldKind.Text:
                string? wrong = TextFault(field, json, out string one);
                value = one;
                return wrong;

            case FieldKind.Flag when json.ValueKind is JsonValueKind.True or JsonValueKind.False:
                value = json.GetBoolean();
                return null;

            case FieldKind.Number when json.ValueKind == JsonValueKind.Number && json.TryGetInt64(out long whole):
                value = whole;
                return RangeFault(field, whole);

            case FieldKind.Decimal when json.ValueKind == JsonValueKind.Number && json.TryGetDouble(out double number) && double.IsFinite(number):
                value = number;
                return RangeFault(field, number);

            case FieldKind.Id when json.ValueKind == JsonValueKind.String && json.TryGetGuid(out Guid id):
                value = id;
                return id == Guid.Empty ? "The nil UUID names nothing." : null;

            case FieldKind.Date when json.ValueKind == JsonValueKind.String && TextOf(json) is { } date && CalendarDates.Parse(date) is { } day:
                value = day;
                return null;

            default: return RegistryText.Expectation(field);
        }
    }

    public static void Write(Utf8JsonWriter writer, RegistryField field, object? value)
    {
        writer.WritePropertyName(field.Name);
        switch (value)
        {
            case null: writer.WriteNullValue(); break;
            case string text: writer.WriteStringValue(text); break;
            case Guid id: writer.WriteStringValue(id); break;
            case bool flag: writer.WriteBooleanValue(flag); break;
            case long number: writer.WriteNumberValue(number); break;
            case double number: writer.WriteNumberValue(number); break;
            case DateOnly date: writer.WriteStringValue(CalendarDates.Write(date)); break;
            case DateTimeOffset time: writer.WriteStringValue(time); break;
            case string[] texts:
                writer.WriteStartArray();
                foreach (string text in texts) writer.WriteStringValue(text);
                writer.WriteEndArray();
                break;
            default: throw new InvalidOperationException($"{field.Name} is a {value.GetType()}.");
        }
    }

    private static string? RangeFault(RegistryField field, double value) =>
        value >= field.Range.Min && value <= field.Range.Max ? null : RegistryText.Expectation(field);

    private static string? TextFault(RegistryField field, JsonElement json, out string text)
    {
        text = "";
        if (json.ValueKind != JsonValueKind.String) return RegistryText.Expectation(field);
        if (TextOf(json) is not { } given) return "It holds half of a surrogate pair, which is no character.";
        text = given.Trim();
        if (text.Length > field.CharsMax) return RegistryText.Expectation(field);
        if (field.Choices?.Contains(text) == false) return RegistryText.Expectation(field);
        return field.Fault?.Invoke(text);
    }

    /// <returns>Null when it holds half of a surrogate pair.</returns>
    private static string? TextOf(JsonElement json)
    {
        try
        {
            return json.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
