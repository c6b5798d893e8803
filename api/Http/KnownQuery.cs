using System.Reflection;
using Microsoft.AspNetCore.Mvc;

namespace StepCloud.Api.Http;

/// <summary>Refuses a parameter of the query that an endpoint does not know: a misspelt filter must not list everything.</summary>
internal static class KnownQuery
{
    public static RouteHandlerBuilder RefuseUnknownQuery(this RouteHandlerBuilder builder) => builder.AddEndpointFilterFactory((factory, next) =>
    {
        string[] known = [.. factory.MethodInfo.GetParameters().SelectMany(NamesOf)];
        return async invocation =>
        {
            foreach (string name in invocation.HttpContext.Request.Query.Keys)
            {
                if (!known.Contains(name, StringComparer.OrdinalIgnoreCase))
                    return Problems.InvalidRequest(name, $"There is no such parameter here. There are: {string.Join(", ", known.Except(RouteNames(invocation.HttpContext)))}.");
            }

            return await next(invocation);
        };
    });

    /// <summary>What a parameter of the handler takes from the query: one name, or one for each of its properties.</summary>
    private static IEnumerable<string> NamesOf(ParameterInfo parameter)
    {
        if (parameter.GetCustomAttribute<AsParametersAttribute>() is not null)
        {
            // A record says it at the parameters of its constructor, or at its properties.
            ParameterInfo[] parts = parameter.ParameterType.GetConstructors().Single().GetParameters();
            return parts.Length > 0
                ? parts.SelectMany(NamesOf)
                : parameter.ParameterType.GetProperties().Where(property => property.CanWrite)
                    .Select(property => property.GetCustomAttribute<FromQueryAttribute>()?.Name ?? Lower(property.Name));
        }

        Type type = Nullable.GetUnderlyingType(parameter.ParameterType) ?? parameter.ParameterType;
        bool isText = type == typeof(string) || type.GetInterfaces().Any(of => of.IsGenericType && of.GetGenericTypeDefinition() == typeof(IParsable<>));
        return isText ? [parameter.GetCustomAttribute<FromQueryAttribute>()?.Name ?? parameter.Name!] : [];
    }

    private static IEnumerable<string> RouteNames(HttpContext context) => context.Request.RouteValues.Keys;

    private static string Lower(string name) => char.ToLowerInvariant(name[0]) + name[1..];
}
