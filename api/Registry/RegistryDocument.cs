using System.Text.Json.Nodes;
using Microsoft.OpenApi;
using StepCloud.Api.Http;
using StepCloud.Api.Http.Documents;
using StepCloud.Api.Registry.Bulk;
using StepCloud.Storage.Registry;

namespace StepCloud.Api.Registry;

/// <summary>Says of an operation of the registry what follows from its entity: what it is called, what it takes, what it answers.</summary>
internal sealed class RegistryDocument(OpenApiDocument document, ApiDocument api, RegistryOperation registry, OpenApiOperation operation, string path)
{
    /// <summary>Of a mark that ends a page: a text of 254 characters, escaped as JSON and in base64, and an id.</summary>
    private const int CursorCharsMax = 4000;

    private const string MergePatch = "application/merge-patch+json";

    private readonly RegistryEntity _entity = registry.Entity;

    private readonly RegistrySchemas _schemas = new(document, isOwn: api != OpenApiDocuments.Admin);

    public void Complete()
    {
        operation.Parameters ??= [];
        operation.Responses ??= [];
        if (path.Contains("{id}", StringComparison.Ordinal)) Describe("id", $"The id of the {_entity.Noun}.");
        switch (registry.Action)
        {
            case RegistryAction.List:
                Say($"The {_entity.Nouns}{Whose}", "`after` takes the last page's `next`.");
                AddListParameters();
                Answer(200, "A page.", _schemas.Page(_entity));
                break;
            case RegistryAction.Find:
                Say($"{One[..1].ToUpperInvariant()}{One[1..]}", "The `ETag` is its version.");
                operation.Parameters.Add(Header("If-None-Match", "The ETag that you have: 304 while it is the newest.", "^(\"[0-9]+\"|\\*)$"));
                Answer(200, $"The {_entity.Noun}.", _schemas.Item(_entity));
                operation.Responses["304"] = new OpenApiResponse { Description = "You have the newest." };
                break;
            case RegistryAction.Create:
                Say($"Make {One}", "With the `id` that you give, or one that the server makes.");
                TakeBody(_schemas.New(_entity), "application/json");
                operation.Responses.Remove("200");
                Answer(201, "Made.", _schemas.Item(_entity));
                break;
            case RegistryAction.Patch:
                Say($"Change {One}", "A merge patch (RFC 7396): what is left out stays as it is.");
                operation.Parameters.Add(IfMatch(isRequired: registry.NeedsVersion));
                TakeBody(_schemas.Patch(_entity), MergePatch, "application/json");
                Answer(200, "As it stands now.", _schemas.Item(_entity));
                break;
            case RegistryAction.Archive:
                Say($"Put {One} into the archive", "It keeps its id and all that is stored of it, and can be restored.");
                operation.Parameters.Add(IfMatch(isRequired: false));
                Answer(200, "As it stands now.", _schemas.Item(_entity));
                break;
            case RegistryAction.Restore:
                Say($"Bring {One} back from the archive", "What was ended when it was archived, stays so.");
                operation.Parameters.Add(IfMatch(isRequired: false));
                Answer(200, "As it stands now.", _schemas.Item(_entity));
                break;
            case RegistryAction.Export:
                Say($"Export the {_entity.Nouns}", "All that the filters let through, as CSV with the fields' names as its head, or as a JSON array.");
                AddListParameters();
                foreach (string page in (string[])[RegistryQuery.Limited, RegistryQuery.After, RegistryQuery.Count]) Remove(page);
                AddFormat();
                Answer(200, "Everything.", ArrayOf(_schemas.Item(_entity)));
                ((OpenApiResponse)operation.Responses["200"]).Content!["text/csv"] = new OpenApiMediaType { Schema = Csv };
                break;
            case RegistryAction.Import:
                Say($"Import {_entity.Nouns}", "A line with the `id` of one that is there changes it, and only the fields that are given; others are made. All or nothing, and nothing unless `dry_run=false`.");
                AddFormat();
                Query("dry_run", "True: tells what would be, and changes nothing.", new OpenApiSchema { Type = JsonSchemaType.Boolean, Default = true });
                operation.RequestBody = new OpenApiRequestBody
                {
                    Required = true,
                    Content = new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal)
                    {
                        ["text/csv"] = new() { Schema = Csv }, ["application/json"] = new() { Schema = ArrayOf(_schemas.Patch(_entity)) },
                    },
                };
                break;
            case RegistryAction.FindPicture or RegistryAction.ReplacePicture or RegistryAction.RemovePicture:
                PictureDocument.Describe(operation, registry.Action);
                if (registry.Action == RegistryAction.FindPicture) break;
                operation.Parameters.Add(IfMatch(isRequired: true));
                Answer(200, "The model as it stands now, with its new `ETag`.", _schemas.Item(_entity));
                break;
            default: throw new System.Diagnostics.UnreachableException();
        }
    }

    private static OpenApiSchema Csv => new() { Type = JsonSchemaType.String, MaxLength = (int)ImportFile.BytesMax, Pattern = SchemaBounds.AnyText };

    private static OpenApiSchema ArrayOf(IOpenApiSchema items) => new() { Type = JsonSchemaType.Array, MaxItems = int.MaxValue, Items = items };

    private void AddFormat() => Query("format", "The form of it.", new OpenApiSchema { Type = JsonSchemaType.String, Enum = ["csv", "json"], Default = "csv" });

    private void Remove(string parameter) => operation.Parameters!.Remove(operation.Parameters.First(candidate => candidate.Name == parameter));

    private string Whose => api == OpenApiDocuments.User && _entity.Users != RegistryVerbs.None && _entity.Find("organization") is not null ? " of your organization" : "";

    private string One => (_entity.Noun.StartsWith('o') ? "an " : "a ") + _entity.Noun;

    private void Say(string summary, string description)
    {
        operation.Summary ??= summary;
        operation.Description = string.Join(' ', ((string?[])[description, operation.Description, _entity.IsPersonal && registry.Action is (RegistryAction.List or RegistryAction.Find) ? "The look is an entry of the audit." : null])
            .Where(text => !string.IsNullOrEmpty(text)));
    }

    private void AddListParameters()
    {
        OpenApiSchema Text(int charsMax) => new() { Type = JsonSchemaType.String, MaxLength = charsMax, Pattern = SchemaBounds.AnyText };
        JsonNode[] sorts = [.. RegistryQuery.SortNames(_entity).SelectMany(name => (string[])[name, "-" + name]).Select(name => (JsonNode)JsonValue.Create(name))];
        Query(RegistryQuery.Search, $"Words, or how they begin: only {_entity.Nouns} that have each of them.", Text(RegistryQuery.SearchCharsMax));
        Query(RegistryQuery.Sort, "The order; with `-` before it, the other way round. Without it, that of the ids.", new OpenApiSchema { Type = JsonSchemaType.String, Enum = sorts });
        Query(RegistryQuery.Limited, "How many at most.", new OpenApiSchema { Type = JsonSchemaType.Integer, Format = "int32" });
        Query(RegistryQuery.After, "The `next` of the page before, asked for with the same `sort`.", Text(CursorCharsMax));
        Query(RegistryQuery.Count, "True: with the number of all, which takes its time.", new OpenApiSchema { Type = JsonSchemaType.Boolean, Default = false });
        Query(RegistryQuery.Archived, "What is in the archive: not, only, or too.", new OpenApiSchema { Type = JsonSchemaType.String, Enum = ["false", "true", "any"], Default = "false" });
        Query(RegistryQuery.UpdatedSince, "Only what was changed at that time or later.", new OpenApiSchema { Type = JsonSchemaType.String, Format = "date-time" });
        foreach (RegistryField field in _entity.Fields.Where(field => field.IsFilter))
        {
            OpenApiSchema values = new() { Type = JsonSchemaType.Array, MinItems = 1, MaxItems = RegistryQuery.ValuesMax, Items = RegistrySchemas.OneValue(field) };
            Query(field.Name, $"Only those with this value; given several times, with one of them. {field.Description}", values);
        }
    }

    private void Query(string name, string description, OpenApiSchema schema) =>
        operation.Parameters!.Add(new OpenApiParameter { Name = name, In = ParameterLocation.Query, Description = description, Schema = schema });

    private static OpenApiParameter IfMatch(bool isRequired)
    {
        OpenApiParameter header = Header("If-Match", "The ETag that you have read; `*` for whatever stands there.", "^(\"[0-9]+\"|\\*)$");
        header.Required = isRequired;
        return header;
    }

    private static OpenApiParameter Header(string name, string description, string pattern) => new()
    {
        Name = name, In = ParameterLocation.Header, Description = description, Example = "\"3\"",
        Schema = new OpenApiSchema { Type = JsonSchemaType.String, MaxLength = 24, Pattern = pattern },
    };

    private void Describe(string parameter, string description)
    {
        if (operation.Parameters!.OfType<OpenApiParameter>().FirstOrDefault(candidate => candidate.Name == parameter) is { } found) found.Description = description;
    }

    private void TakeBody(IOpenApiSchema schema, params string[] mediaTypes) => operation.RequestBody = new OpenApiRequestBody
    {
        Required = true, Content = mediaTypes.ToDictionary(type => type, _ => new OpenApiMediaType { Schema = schema }, StringComparer.Ordinal),
    };

    private void Answer(int status, string description, IOpenApiSchema schema) => operation.Responses![$"{status}"] = new OpenApiResponse
    {
        Description = description,
        Content = new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal) { ["application/json"] = new() { Schema = schema } },
    };
}
