using Microsoft.OpenApi;
using StepCloud.Contracts.Ids;

namespace StepCloud.Api.Http.Documents;

/// <summary>Ids are UUIDs: the framework cannot see that, since they have a converter of their own.</summary>
internal static class IdSchemas
{
    public static Task Describe(OpenApiSchema schema, Type type)
    {
        Type id = Nullable.GetUnderlyingType(type) ?? type;
        if (!Array.Exists(id.GetInterfaces(), candidate => candidate.IsGenericType && candidate.GetGenericTypeDefinition() == typeof(IId<>))) return Task.CompletedTask;
        schema.Type = id == type ? JsonSchemaType.String : JsonSchemaType.String | JsonSchemaType.Null;
        schema.Format = "uuid";
        return Task.CompletedTask;
    }
}
