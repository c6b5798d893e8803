using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using StepCloud.Api.Http;
using StepCloud.Storage.Registry;

namespace StepCloud.Api.Registry;

/// <summary>A thing of the registry as somebody wants it to be: a whole one at its creation, a merge patch (RFC 7396) for a change.</summary>
/// <param name="Id">Given by the client, for a creation.</param>
/// <param name="Values">By field.</param>
internal sealed record RegistryBody(Guid? Id, IReadOnlyDictionary<string, object?> Values)
{
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 8 };

    /// <summary>Reads what the client sent, and finds everything that is wrong with it at once.</summary>
    /// <param name="given">Values that follow from who asks, and cannot be sent.</param>
    public static async Task<(RegistryBody? Body, ProblemHttpResult? Problem)> ReadAsync(
        RegistryEntity entity, HttpRequest request, bool isPatch, IReadOnlyDictionary<string, object?> given, CancellationToken cancellationToken)
    {
        if (!IsJson(request.ContentType)) return (null, Problems.NotJson());
        try
        {
            using JsonDocument json = await JsonDocument.ParseAsync(request.Body, Strict, cancellationToken);
            List<FieldError> errors = [];
            RegistryBody body = Read(entity, json.RootElement, isPatch, given, errors);
            return errors.Count == 0 ? (body, null) : (null, Problems.InvalidRequest(errors));
        }
        catch (JsonException e)
        {
            return (null, Problems.InvalidRequest(JsonPointer.OfPath(e.Path), "The JSON breaks here, or holds a name twice."));
        }
        catch (InvalidOperationException)
        {
            // What the reader throws for a name that is no text; values are looked at one by one.
            return (null, Problems.InvalidRequest("", "A name in the JSON holds half of a surrogate pair, which is no character."));
        }
    }

    /// <summary>Holds an object against the entity's rules.</summary>
    public static RegistryBody Read(
        RegistryEntity entity, JsonElement json, bool isPatch, IReadOnlyDictionary<string, object?> given, List<FieldError> errors)
    {
        Dictionary<string, object?> values = new(given, StringComparer.Ordinal);
        if (json.ValueKind != JsonValueKind.Object)
        {
            errors.Add(new FieldError("", "The body must be a JSON object."));
            return new RegistryBody(null, values);
        }

        foreach (JsonProperty property in json.EnumerateObject())
        {
            string pointer = JsonPointer.Of(property.Name);
            if (entity.Find(property.Name) is not { } field || given.ContainsKey(property.Name)) errors.Add(new FieldError(pointer, "There is no such field here."));
            else if (Writability(field, isPatch) is { } why) errors.Add(new FieldError(pointer, why));
            else if (RegistryValue.Read(field, property.Value, out object? value) is { } fault) errors.Add(new FieldError(pointer, fault));
            else values[field.Name] = value;
        }

        if (!isPatch)
        {
            foreach (RegistryField field in entity.Own)
            {
                if (field is { IsRequired: true, Write: not FieldWrite.Never } && !values.ContainsKey(field.Name) && !errors.Exists(error => error.Pointer == "/" + field.Name))
                    errors.Add(new FieldError("/" + field.Name, "It is missing."));
            }
        }

        Guid? id = values.Remove("id", out object? sent) ? (Guid?)sent : null;
        return new RegistryBody(id, values);
    }

    private static string? Writability(RegistryField field, bool isPatch) => field.Write switch
    {
        FieldWrite.Never => "It cannot be written.",
        FieldWrite.AtCreation when isPatch => "It cannot be changed.",
        _ => null,
    };

    private static bool IsJson(string? contentType) =>
        Microsoft.Net.Http.Headers.MediaTypeHeaderValue.TryParse(contentType, out Microsoft.Net.Http.Headers.MediaTypeHeaderValue? type)
        && (type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase)
            || type.MediaType.Equals("application/merge-patch+json", StringComparison.OrdinalIgnoreCase))
        && (!type.Charset.HasValue || type.Charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase));
}
