using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.HttpOverrides;
using IPNetwork = System.Net.IPNetwork;

namespace StepCloud.Api.Http.Protection;

/// <summary>Who stands between the server and its callers, and which pages of others may call it.</summary>
public sealed class NetworkOptions : IValidatableObject
{
    public const string Section = "Network";

    /// <summary>
    /// Proxies whose word for a caller's address is taken (`X-Forwarded-For`), as networks such as `127.0.0.1/32`. None by default: whoever may
    /// say where he comes from is under no limit.
    /// </summary>
    public string[] TrustedProxies { get; set; } = [];

    /// <summary>Origins such as `https://console.example.org` whose pages may call the APIs from a browser (CORS). None by default.</summary>
    public string[] AllowedOrigins { get; set; } = [];

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (string proxy in TrustedProxies)
        {
            if (!IPNetwork.TryParse(proxy, out _))
                yield return new ValidationResult($"'{proxy}' is no network, such as 127.0.0.1/32.", [nameof(TrustedProxies)]);
        }

        foreach (string origin in AllowedOrigins)
        {
            if (!Uri.TryCreate(origin, UriKind.Absolute, out Uri? uri) || uri.Scheme is not ("https" or "http") || uri.GetLeftPart(UriPartial.Authority) != origin)
                yield return new ValidationResult($"'{origin}' is no origin, such as https://console.example.org.", [nameof(AllowedOrigins)]);
        }
    }

    /// <summary>Takes the address that a trusted proxy tells. Null: there is none to trust.</summary>
    internal ForwardedHeadersOptions? ToForwardedHeaders()
    {
        if (TrustedProxies.Length == 0) return null;
        ForwardedHeadersOptions options = new()
        {
            ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto,
            // As many hops as are trusted, counted by their addresses.
            ForwardLimit = null,
        };
        options.KnownProxies.Clear();
        options.KnownIPNetworks.Clear();
        foreach (string proxy in TrustedProxies) options.KnownIPNetworks.Add(IPNetwork.Parse(proxy));
        return options;
    }
}
