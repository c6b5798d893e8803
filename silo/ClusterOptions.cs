using System.ComponentModel.DataAnnotations;
using System.Net;

namespace StepCloud.Silo;

/// <summary>How this node and the others find each other. From the environment (`Cluster__SiloPort`) or appsettings.json.</summary>
/// <remarks>What travels between nodes is neither encrypted nor does it ask who it is: these ports belong into a network of the nodes alone.</remarks>
public sealed class ClusterOptions : IValidatableObject
{
    public const string Section = "Cluster";

    /// <summary>Of the cluster, in the database: nodes of one name are one cluster.</summary>
    [Required, StringLength(100, MinimumLength = 1)]
    public string Id { get; set; } = "stepcloud";

    /// <summary>The address of this machine at which the other nodes reach it.</summary>
    [Required]
    public string Address { get; set; } = "127.0.0.1";

    /// <summary>Where nodes speak with each other.</summary>
    [Range(1, 65535)]
    public int SiloPort { get; set; } = 11111;

    /// <summary>Where nodes of the role `front` come in.</summary>
    [Range(1, 65535)]
    public int GatewayPort { get; set; } = 30000;

    /// <summary>A node that does not answer is asked again after this.</summary>
    [Range(typeof(TimeSpan), "00:00:00.200", "00:00:30")]
    public TimeSpan ProbeTimeout { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>So many questions without an answer, and a node is suspected. Two nodes must suspect one, as long as there are two others.</summary>
    [Range(1, 20)]
    public int ProbesMissedMax { get; set; } = 3;

    public IPAddress ParsedAddress => IPAddress.Parse(Address);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!IPAddress.TryParse(Address, out IPAddress? address)) yield return new ValidationResult($"'{Address}' is no IP address.", [nameof(Address)]);
        else if (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any))
            yield return new ValidationResult($"'{Address}' is no address at which others reach this machine.", [nameof(Address)]);
        if (SiloPort == GatewayPort) yield return new ValidationResult($"Must be another port than SiloPort ({SiloPort}).", [nameof(GatewayPort)]);
    }
}
