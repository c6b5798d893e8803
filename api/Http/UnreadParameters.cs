using System.Globalization;
using System.Reflection;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Mvc;

namespace StepCloud.Api.Http;

/// <summary>Which parameter of the address a route could not read.</summary>
/// <remarks>The code that is generated for a route answers 400 without a word when one that may be left out cannot be read.</remarks>
internal static class UnreadParameters
{
    private static readonly MethodInfo CanParseAs = typeof(UnreadParameters).GetMethod(nameof(CanParse), BindingFlags.NonPublic | BindingFlags.Static)!;

    /// <returns>Its name; null when all can be read, and something else is wrong.</returns>
    public static string? FindFirst(HttpContext context)
    {
        foreach (IParameterBindingMetadata parameter in context.GetEndpoint()?.Metadata.GetOrderedMetadata<IParameterBindingMetadata>() ?? [])
        {
            if (!parameter.HasTryParse) continue;
            string name = parameter.ParameterInfo.GetCustomAttributes(typeof(FromQueryAttribute), inherit: false).OfType<FromQueryAttribute>().FirstOrDefault()?.Name ?? parameter.Name;
            string? text = context.Request.RouteValues.TryGetValue(name, out object? value) ? value?.ToString() : context.Request.Query[name];
            if (!string.IsNullOrEmpty(text) && !CanRead(parameter.ParameterInfo.ParameterType, text)) return name;
        }

        return null;
    }

    private static bool CanRead(Type type, string text)
    {
        Type parsed = Nullable.GetUnderlyingType(type) ?? type;
        if (parsed.IsEnum) return Enum.TryParse(parsed, text, ignoreCase: true, out _);
        bool isParsable = parsed.GetInterfaces().Any(one => one.IsGenericType && one.GetGenericTypeDefinition() == typeof(IParsable<>));
        return !isParsable || (bool)CanParseAs.MakeGenericMethod(parsed).Invoke(null, [text])!;
    }

    private static bool CanParse<T>(string text) where T : IParsable<T> => T.TryParse(text, CultureInfo.InvariantCulture, out _);
}
