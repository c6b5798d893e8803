using System.Text.Json.Nodes;
using Microsoft.OpenApi;
using StepCloud.Storage.Registry;

namespace StepCloud.Api.Registry;

/// <summary>Says of the operations of pictures what they take and answer: bytes.</summary>
internal static class PictureDocument
{
    /// <summary>Of a SHA-256 in quotes.</summary>
    private const string Tag = "^\"[0-9a-f]{64}\"$";

    private const string ExampleTag = "\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"";

    public static void Describe(OpenApiOperation operation, RegistryAction action)
    {
        string noun = Entities.DeviceModel.Noun;
        (operation.Summary, operation.Description) = action switch
        {
            RegistryAction.FindPicture => ($"The picture of a {noun}", "The `ETag` is the SHA-256 of the bytes. What is in the archive keeps its picture."),
            RegistryAction.ReplacePicture => (
                $"Give a {noun} a picture, or another one",
                $"PNG, JPEG or WebP, {PictureFormat.BytesMax} bytes at most. `If-Match` has the ETag of the model, of which this makes a new version; the same picture again makes none."),
            _ => ($"Take the picture of a {noun} away", "`If-Match` has the ETag of the model, of which this makes a new version; where there is no picture, none."),
        };
        if (action == RegistryAction.ReplacePicture) operation.RequestBody = new OpenApiRequestBody { Required = true, Content = Bytes() };
        if (action != RegistryAction.FindPicture) return;
        operation.Parameters!.Add(new OpenApiParameter
        {
            Name = "If-None-Match", In = ParameterLocation.Header, Description = "The ETag of the picture that you have: 304 while it is the newest.", Schema = TagSchema(),
        });
        operation.Responses!["200"] = new OpenApiResponse
        {
            Description = "The bytes of the picture.", Content = Bytes(),
            Headers = new Dictionary<string, IOpenApiHeader>(StringComparer.Ordinal)
            {
                ["ETag"] = TagHeader(),
                ["Cache-Control"] = Header("How long it need not be asked for again.", "private, max-age=3600"),
                ["Content-Disposition"] = Header("That it is shown, and what it is called when it is saved.", "inline; filename=\"0198c0de-0000-7000-8000-000000000001.png\""),
            },
        };
        operation.Responses["304"] = new OpenApiResponse
        {
            Description = "You have the newest.", Headers = new Dictionary<string, IOpenApiHeader>(StringComparer.Ordinal) { ["ETag"] = TagHeader() },
        };
    }

    private static Dictionary<string, OpenApiMediaType> Bytes() => PictureFormat.All.ToDictionary(
        format => format.MediaType,
        _ => new OpenApiMediaType
        {
            Schema = new OpenApiSchema { Type = JsonSchemaType.String, Format = "binary", MinLength = 1, MaxLength = PictureFormat.BytesMax }, Example = "(bytes)",
        },
        StringComparer.Ordinal);

    private static OpenApiSchema TagSchema() => new() { Type = JsonSchemaType.String, MaxLength = 66, Pattern = Tag, Examples = [JsonValue.Create(ExampleTag)!] };

    private static OpenApiHeader TagHeader() => new() { Description = "The SHA-256 of the bytes, for `If-None-Match`.", Schema = TagSchema() };

    private static OpenApiHeader Header(string description, string example) => new()
    {
        Description = description,
        Schema = new OpenApiSchema { Type = JsonSchemaType.String, MaxLength = 200, Pattern = "^[ -~]+$", Examples = [JsonValue.Create(example)!] },
    };
}
