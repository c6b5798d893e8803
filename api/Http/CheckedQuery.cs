using System.Reflection;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using StepCloud.Api.Registry;

namespace StepCloud.Api.Http;

/// <summary>
/// Refuses what the framework would pass over or guess at in a query: a parameter that the endpoint does not know (a misspelt filter must not list
/// everything), and a time that is not written in full (which day 3/2 is depends on whom one asks).
/// </summary>
internal static class CheckedQuery
{
    /// <summary>For all endpoints of the group. Those of the registry that take filters look at their queries themselves.</summary>
    public static RouteGroupBuilder CheckQueries(this RouteGroupBuilder group)
    {
        group.AddEndpointFilterFactory(static (factory, next) =>
        {
            Dictionary<string, bool> parameters = factory.MethodInfo.GetParameters().SelectMany(PartsOf)
                .ToDictionary(part => part.Name, part => part.IsTime, StringComparer.OrdinalIgnoreCase);
            return async invocation => Check(invocation.HttpContext, parameters) is { } problem ? problem : await next(invocation);
        });
        return group;
    }

    private static ProblemHttpResult? Check(HttpContext context, Dictionary<string, bool> parameters)
    {
        if (context.Request.Query.Count == 0) return null;
        if (context.GetEndpoint()?.Metadata.GetMetadata<RegistryOperation>() is { Action: RegistryAction.List or RegistryAction.Export or RegistryAction.Import }) return null;
        foreach ((string name, var given) in context.Request.Query)
        {
            if (context.Request.RouteValues.ContainsKey(name) || !parameters.TryGetValue(name, out bool isTime)) return Problems.InvalidRequest(name, Unknown(context, parameters.Keys));
            if (isTime && !given.All(QueryTime.Is)) return Problems.InvalidRequest(name, QueryTime.Fault);
        }

        return null;
    }

    private static string Unknown(HttpContext context, IEnumerable<string> parameters)
    {
        string[] known = [.. parameters.Where(name => !context.Request.RouteValues.ContainsKey(name))];
        return known.Length == 0 ? "There are no parameters here." : $"There is no such parameter here. There are: {string.Join(", ", known)}.";
    }

    /// <summary>What a parameter of the handler takes from the query: one name, or one for each of its properties.</summary>
    private static IEnumerable<(string Name, bool IsTime)> PartsOf(ParameterInfo parameter)
    {
        if (parameter.GetCustomAttribute<FromHeaderAttribute>() is not null) return [];
        if (parameter.GetCustomAttribute<AsParametersAttribute>() is not null)
        {
            // A record says it at the parameters of its constructor, or at its properties.
            ParameterInfo[] parts = parameter.ParameterType.GetConstructors().Single().GetParameters();
            return parts.Length > 0
                ? parts.SelectMany(PartsOf)
                : parameter.ParameterType.GetProperties().Where(property => property.CanWrite)
                    .Select(property => (property.GetCustomAttribute<FromQueryAttribute>()?.Name ?? Lower(property.Name), IsTime(property.PropertyType)));
        }

        Type type = Nullable.GetUnderlyingType(parameter.ParameterType) ?? parameter.ParameterType;
        bool isText = type == typeof(string) || type.GetInterfaces().Any(of => of.IsGenericType && of.GetGenericTypeDefinition() == typeof(IParsable<>));
        return isText ? [(parameter.GetCustomAttribute<FromQueryAttribute>()?.Name ?? parameter.Name!, IsTime(type))] : [];
    }

    private static bool IsTime(Type type) => (Nullable.GetUnderlyingType(type) ?? type) == typeof(DateTimeOffset);

    private static string Lower(string name) => char.ToLowerInvariant(name[0]) + name[1..];
}
