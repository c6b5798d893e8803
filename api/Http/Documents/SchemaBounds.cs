using System.Globalization;
using Microsoft.OpenApi;

namespace StepCloud.Api.Http.Documents;

/// <summary>Bounds for all that has none of its own: how long a text, how many elements, how large a number. What is known better stands in the table.</summary>
internal static class SchemaBounds
{
    /// <summary>U+0000 is in no text here.</summary>
    public const string AnyText = @"^[^\u0000]*$";

    private const int TextCharsMax = 2000;
    private const int ElementsMax = 1000;

    /// <summary>A time with its offset.</summary>
    private const int TimeCharsMax = 40;

    private const int DateChars = 10;

    private const int IdChars = 36;

    private static readonly Dictionary<string, int> CharsMax = new(StringComparer.Ordinal)
    {
        ["email"] = 254, ["owner_email"] = 254,
        ["password"] = 1000, ["old_password"] = 1000, ["new_password"] = 400,
        ["code"] = 100, ["user_code"] = 100, ["device_code"] = 200, ["grant_type"] = 100, ["client_id"] = 100,
        ["access_token"] = 4000, ["token_type"] = 10, ["refresh_token"] = 200, ["token"] = 200, ["secret"] = 200, ["key"] = 200,
        ["name"] = 200, ["label"] = 200, ["unit"] = 200, ["serial"] = 200, ["model"] = 200, ["software_version"] = 200, ["hardware_version"] = 200,
        ["device_id"] = 64, ["device_name"] = 100, ["reason"] = 500, ["reference"] = 200, ["note"] = 1000, ["agent"] = 200, ["remote_address"] = 45, ["content_hash"] = 64, ["hash"] = 64, ["previous_hash"] = 64,
        // What was hashed, and lines of a log: as long as a message can be.
        ["old"] = 16 * 1024 * 1024, ["new"] = 16 * 1024 * 1024, ["lines"] = 16 * 1024 * 1024,
    };

    private static readonly Dictionary<string, int> CountMax = new(StringComparer.Ordinal)
    {
        ["times_us"] = 10_000_000, ["values"] = 10_000_000, ["lines"] = 100_000, ["roles"] = 5, ["recovery_codes"] = 20, ["quotas"] = 10,
    };

    private static readonly HashSet<string> Passwords = new(StringComparer.Ordinal) { "password", "old_password", "new_password" };

    public static OpenApiSchema Count() => new() { Type = JsonSchemaType.Integer, Format = "int64", Minimum = "0", Maximum = "9007199254740991" };

    public static void Apply(OpenApiDocument document)
    {
        foreach ((string name, IOpenApiSchema schema) in document.Components?.Schemas ?? new Dictionary<string, IOpenApiSchema>(StringComparer.Ordinal))
            Bound(schema, name);
        foreach (OpenApiOperation operation in document.Paths.Values.SelectMany(path => path.Operations?.Values ?? Enumerable.Empty<OpenApiOperation>()))
        {
            foreach (IOpenApiParameter parameter in operation.Parameters ?? []) Bound(parameter.Schema, parameter.Name ?? "");
            foreach (OpenApiMediaType content in operation.RequestBody?.Content?.Values ?? []) Bound(content.Schema, "");
            foreach (IOpenApiResponse response in operation.Responses?.Values.Where(response => response is OpenApiResponse) ?? [])
                foreach (OpenApiMediaType content in response.Content?.Values ?? []) Bound(content.Schema, "");
        }
    }

    private static void Bound(IOpenApiSchema? schema, string name)
    {
        if (schema is not OpenApiSchema own) return;
        JsonSchemaType type = own.Type ?? default;
        if (type.HasFlag(JsonSchemaType.String)) BoundText(own, name);
        if (type.HasFlag(JsonSchemaType.Integer)) BoundInteger(own, name);
        if (type.HasFlag(JsonSchemaType.Array)) own.MaxItems ??= CountMax.GetValueOrDefault(name, ElementsMax);
        if (type.HasFlag(JsonSchemaType.Object) && own.Properties is { Count: > 0 }) own.AdditionalPropertiesAllowed = false;
        foreach ((string property, IOpenApiSchema of) in own.Properties ?? new Dictionary<string, IOpenApiSchema>(StringComparer.Ordinal)) Bound(of, property);
        foreach (IOpenApiSchema part in (own.OneOf ?? []).Concat(own.AnyOf ?? []).Concat(own.AllOf ?? [])) Bound(part, name);
        Bound(own.Items, name);
        Bound(own.AdditionalProperties, name);
    }

    private static void BoundText(OpenApiSchema schema, string name)
    {
        if (schema.Enum is { Count: > 0 }) return;
        if (schema.Format is null && schema.Pattern is null)
        {
            if (Passwords.Contains(name)) schema.Format = "password";
            else if (name is "email" or "owner_email") schema.Format = "email";
            else schema.Pattern = AnyText;
        }

        schema.MaxLength ??= schema.Format switch
        {
            "uuid" => IdChars,
            "date-time" => TimeCharsMax,
            "date" => DateChars,
            _ => CharsMax.GetValueOrDefault(name, TextCharsMax),
        };
    }

    /// <summary>All integers count something, but for the times of samples, which may lie before the step's beginning.</summary>
    private static void BoundInteger(OpenApiSchema schema, string name)
    {
        schema.Format ??= "int64";
        long max = schema.Format == "int32" ? int.MaxValue : 9007199254740991;
        schema.Minimum ??= (name == "times_us" ? -max : 0).ToString(CultureInfo.InvariantCulture);
        schema.Maximum ??= max.ToString(CultureInfo.InvariantCulture);
    }
}
