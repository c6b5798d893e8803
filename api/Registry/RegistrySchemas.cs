using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.OpenApi;
using StepCloud.Api.Http;
using StepCloud.Api.Http.Documents;
using StepCloud.Storage.Registry;

namespace StepCloud.Api.Registry;

/// <summary>The schemas of an entity, made of its fields: as it is read, made and changed, and a page of it.</summary>
/// <param name="isOwn">Of an API in which everybody's things are his organization's: nobody sends that.</param>
internal sealed class RegistrySchemas(OpenApiDocument document, bool isOwn)
{
    /// <summary>As it is read.</summary>
    public IOpenApiSchema Item(RegistryEntity entity) => Component(NameOf(entity), () =>
        ObjectOf($"{char.ToUpperInvariant(entity.Noun[0])}{entity.Noun[1..]}, as it is read.", entity.Fields, entity.Fields.Select(field => field.Name), field => Value(field, field.IsNullable)));

    public IOpenApiSchema New(RegistryEntity entity) => Component("New" + NameOf(entity), () =>
    {
        RegistryField[] fields = [.. entity.Fields.Where(field => field.Write != FieldWrite.Never && !(isOwn && field.Name == "organization"))];
        return ObjectOf(
            $"{char.ToUpperInvariant(entity.Noun[0])}{entity.Noun[1..]}, to be made.", fields, fields.Where(field => field.IsRequired).Select(field => field.Name),
            field => Value(field, field.IsNullable || field.IsResetByNull));
    });

    public IOpenApiSchema Patch(RegistryEntity entity) => Component(NameOf(entity) + "Patch", () => ObjectOf(
        $"What is to be changed of the {entity.Noun}. Null takes a value away.", entity.Fields.Where(field => field.Write == FieldWrite.Always), [],
        field => Value(field, field.IsNullable || field.IsResetByNull)));

    public IOpenApiSchema Page(RegistryEntity entity) => Component(NameOf(entity) + "Page", () => new OpenApiSchema
    {
        Type = JsonSchemaType.Object,
        Description = $"A page of the {entity.Nouns}.",
        Required = new HashSet<string>(StringComparer.Ordinal) { "items", "next" },
        AdditionalPropertiesAllowed = false,
        Properties = new Dictionary<string, IOpenApiSchema>(StringComparer.Ordinal)
        {
            ["items"] = new OpenApiSchema { Type = JsonSchemaType.Array, MaxItems = PageLimits.Max, Items = Item(entity) },
            ["next"] = new OpenApiSchema
            {
                Type = JsonSchemaType.String | JsonSchemaType.Null, Description = "For `after`; null on the last page.", MaxLength = 4000, Pattern = "^[A-Za-z0-9_-]+$",
                Examples = [JsonValue.Create("0198c0de-0000-7000-8000-000000000001")!],
            },
            ["count"] = Counted(),
        },
    });

    /// <summary>One value of a field, as a filter takes it.</summary>
    public static OpenApiSchema OneValue(RegistryField field)
    {
        OpenApiSchema schema = field.Kind == FieldKind.Texts ? Text(field) : Value(field, isNullable: false);
        if (schema.Pattern is not null) schema.Pattern = SchemaBounds.AnyText;
        schema.Examples = null;
        return schema;
    }

    private static OpenApiSchema Counted()
    {
        OpenApiSchema count = SchemaBounds.Count();
        count.Description = "Of all that the list is of, when `count=true` asked for it.";
        return count;
    }

    private OpenApiSchemaReference Component(string name, Func<OpenApiSchema> make)
    {
        if (document.Components?.Schemas?.ContainsKey(name) != true) document.AddComponent(name, make());
        return new OpenApiSchemaReference(name, document);
    }

    private static OpenApiSchema ObjectOf(
        string description, IEnumerable<RegistryField> fields, IEnumerable<string> required, Func<RegistryField, OpenApiSchema> make) => new()
    {
        Type = JsonSchemaType.Object,
        Description = description,
        Required = required.ToHashSet(StringComparer.Ordinal),
        AdditionalPropertiesAllowed = false,
        Properties = fields.ToDictionary(field => field.Name, IOpenApiSchema (field) => make(field), StringComparer.Ordinal),
    };

    private static OpenApiSchema Value(RegistryField field, bool isNullable)
    {
        OpenApiSchema schema = field.Kind switch
        {
            FieldKind.Text => Text(field),
            FieldKind.Texts => new OpenApiSchema { Type = JsonSchemaType.Array, Items = Text(field), MaxItems = field.CountMax, MinItems = field.IsRequired || field.IsNullable ? 1 : null },
            FieldKind.Id => new OpenApiSchema { Type = JsonSchemaType.String, Format = "uuid" },
            FieldKind.Flag => new OpenApiSchema { Type = JsonSchemaType.Boolean },
            FieldKind.Number => Number(field, SchemaBounds.Count()),
            FieldKind.Decimal => Number(field, new OpenApiSchema { Type = JsonSchemaType.Number, Format = "double" }),
            FieldKind.Time => new OpenApiSchema { Type = JsonSchemaType.String, Format = "date-time" },
            FieldKind.Date => new OpenApiSchema { Type = JsonSchemaType.String, Format = "date", MaxLength = 10, Pattern = CalendarDates.Pattern },
            _ => throw new System.Diagnostics.UnreachableException(),
        };
        schema.Description = field.Description;
        if (field.Example is { } example) schema.Examples = [JsonNode.Parse(example)!];
        if (!isNullable) return schema;
        schema.Type |= JsonSchemaType.Null;
        if (schema.Enum is { Count: > 0 }) schema.Enum.Add(JsonNullSentinel.JsonNull);
        return schema;
    }

    private static OpenApiSchema Number(RegistryField field, OpenApiSchema schema)
    {
        if (field.Range.Min != double.MinValue) schema.Minimum = field.Range.Min.ToString(CultureInfo.InvariantCulture);
        if (field.Range.Max != double.MaxValue) schema.Maximum = field.Range.Max.ToString(CultureInfo.InvariantCulture);
        return schema;
    }

    private static OpenApiSchema Text(RegistryField field) => field.Choices is { } choices
        ? new OpenApiSchema { Type = JsonSchemaType.String, Enum = [.. choices.Select(choice => (JsonNode)JsonValue.Create(choice))] }
        : new OpenApiSchema
        {
            Type = JsonSchemaType.String, MaxLength = field.CharsMax, MinLength = field.Write == FieldWrite.Never ? null : 1,
            Pattern = field.Pattern ?? SchemaBounds.AnyText,
        };

    private static string NameOf(RegistryEntity entity) => OperationNames.Pascal(entity.Name);
}
