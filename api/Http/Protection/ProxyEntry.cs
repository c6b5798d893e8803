using Microsoft.Extensions.Options;

namespace StepCloud.Api.Http.Protection;

/// <summary>Stands before everything else, MQTT over WebSocket too: from here on the remote address is the caller's.</summary>
internal sealed class ProxyEntry(IOptions<NetworkOptions> network) : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        if (network.Value.ToForwardedHeaders() is { } forwarded) app.UseForwardedHeaders(forwarded);
        next(app);
    };
}
