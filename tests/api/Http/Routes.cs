using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;

namespace StepCloud.Tests.Api.Http;

/// <summary>A route of the server as it is mapped.</summary>
/// <param name="Path">Such as `/api/v1/devices/{id}`.</param>
/// <param name="Policy">The name of its policy; null for whoever comes.</param>
public sealed record Route(string Method, string Path, string? Policy)
{
    /// <summary>Such as `GET /api/v1/devices/{id}`.</summary>
    public string Endpoint => $"{Method} {Path}";

    public static IReadOnlyList<Route> Of(ApiServer server) =>
    [
        .. from endpoint in server.Service<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
           let isAnonymous = endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null
           let policy = isAnonymous ? null : endpoint.Metadata.GetOrderedMetadata<IAuthorizeData>().Select(data => data.Policy).LastOrDefault() ?? ""
           from method in endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["*"]
           select new Route(method, "/" + endpoint.RoutePattern.RawText!.TrimStart('/'), isAnonymous ? null : policy),
    ];

    /// <summary>The path with something in the place of each parameter; with 1 for one that counts.</summary>
    public string With(string id) => System.Text.RegularExpressions.Regex.Replace(
        Path.Replace("{number}", "1", StringComparison.Ordinal), "{[^}]*}", id, System.Text.RegularExpressions.RegexOptions.None, TimeSpan.FromSeconds(1));
}
