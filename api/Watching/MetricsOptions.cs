using System.ComponentModel.DataAnnotations;
using System.Net;
using IPNetwork = System.Net.IPNetwork;

namespace StepCloud.Api.Watching;

/// <summary>Who may read `/metrics`.</summary>
public sealed class MetricsOptions : IValidatableObject
{
    public const string Section = "Metrics";

    /// <summary>This machine, and the networks that are nobody's on the internet (RFC 1918, RFC 4193, and the links' own addresses): where a Prometheus stands.</summary>
    private static readonly IPNetwork[] Private =
    [
        .. new[] { "127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "fe80::/10" }.Select(IPNetwork.Parse),
    ];

    private IPNetwork[]? _networks;

    /// <summary>Networks such as `10.1.2.0/24`. Given, these alone; by default this machine and private networks.</summary>
    public string[] AllowedFrom { get; set; } = [];

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (string network in AllowedFrom)
        {
            if (!IPNetwork.TryParse(network, out _))
                yield return new ValidationResult($"'{network}' is no network, such as 10.1.2.0/24.", [nameof(AllowedFrom)]);
        }
    }

    internal bool Allows(IPAddress? address)
    {
        if (address is null) return false;
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        _networks ??= AllowedFrom is [] ? Private : [.. AllowedFrom.Select(IPNetwork.Parse)];
        return _networks.Any(network => network.Contains(address));
    }
}
