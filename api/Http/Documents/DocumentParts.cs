using Microsoft.OpenApi;

namespace StepCloud.Api.Http.Documents;

/// <summary>What a document says at its top: the parts of its API; and nothing that nobody refers to.</summary>
internal static class DocumentParts
{
    public static void Tidy(OpenApiDocument document)
    {
        document.Tags = document.Paths.Values.SelectMany(path => path.Operations!.Values).SelectMany(operation => operation.Tags!)
            .Select(tag => tag.Reference.Id!).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Select(name => new OpenApiTag { Name = name }).ToHashSet();
        Remove(document.Components!.Responses!, ReferencesOf(document).Responses);
        Remove(document.Components.Headers!, ReferencesOf(document).Headers);
        // The framework makes schemas of answers that have become problems since; and one that is gone may have been all that named another.
        while (Remove(document.Components.Schemas!, ReferencesOf(document).Schemas))
        {
        }
    }

    /// <returns>Whether there was anything to remove.</returns>
    private static bool Remove<T>(IDictionary<string, T> parts, HashSet<string> used)
    {
        string[] unused = [.. parts.Keys.Where(name => !used.Contains(name))];
        foreach (string name in unused) parts.Remove(name);
        return unused.Length > 0;
    }

    private static References ReferencesOf(OpenApiDocument document)
    {
        References references = new();
        new OpenApiWalker(references).Walk(document);
        return references;
    }

    private sealed class References : OpenApiVisitorBase
    {
        public HashSet<string> Schemas { get; } = new(StringComparer.Ordinal);

        public HashSet<string> Headers { get; } = new(StringComparer.Ordinal);

        public HashSet<string> Responses { get; } = new(StringComparer.Ordinal);

        public override void Visit(IOpenApiReferenceHolder referenceHolder)
        {
            if (referenceHolder is OpenApiSchemaReference { Reference.Id: { } schema }) Schemas.Add(schema);
            if (referenceHolder is OpenApiHeaderReference { Reference.Id: { } header }) Headers.Add(header);
            if (referenceHolder is OpenApiResponseReference { Reference.Id: { } response }) Responses.Add(response);
        }
    }
}
