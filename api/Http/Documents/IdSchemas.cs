using Microsoft.OpenApi;
using StepCloud.Contracts.Ids;

namespace StepCloud.Api.Http.Documents;

/// <summary>Ids are UUIDs: the framework cannot see that, since they have a converter of their own; of a list of them it says nothing of the elements.</summary>
internal static class IdSchemas
{
    public static Task Describe(OpenApiSchema schema, Type type)
    {
        Type id = Nullable.GetUnderlyingType(type) ?? type;
        if (IsId(id))
        {
            schema.Type = id == type ? JsonSchemaType.String : JsonSchemaType.String | JsonSchemaType.Null;
            schema.Format = "uuid";
        }
        else if (type.IsGenericType && type.GetGenericArguments() is [var element] && IsId(element) && schema.Type?.HasFlag(JsonSchemaType.Array) == true)
        {
            schema.Items = new OpenApiSchema { Type = JsonSchemaType.String, Format = "uuid" };
        }

        return Task.CompletedTask;
    }

    private static bool IsId(Type type) => Array.Exists(type.GetInterfaces(), candidate => candidate.IsGenericType && candidate.GetGenericTypeDefinition() == typeof(IId<>));
}
