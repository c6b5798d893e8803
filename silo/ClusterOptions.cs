using System.ComponentModel.DataAnnotations;
using System.Net;
using System.Net.Sockets;

namespace StepCloud.Silo;

/// <summary>How this node and the others find each other. From the environment (`Cluster__SiloPort`) or appsettings.json.</summary>
/// <remarks>What travels between nodes is neither encrypted nor does it ask who it is: these ports belong into a network of the nodes alone.</remarks>
public sealed class ClusterOptions : IValidatableObject
{
    public const string Section = "Cluster";

    /// <summary>Of the cluster, in the database: nodes of one name are one cluster.</summary>
    [Required, StringLength(100, MinimumLength = 1)]
    public string Id { get; set; } = "stepcloud";

    /// <summary>The address of this machine at which the other nodes reach it, or a name that stands for it.</summary>
    [Required]
    public string Address { get; set; } = "127.0.0.1";

    /// <summary>Where nodes speak with each other.</summary>
    [Range(1, 65535)]
    public int SiloPort { get; set; } = 11111;

    /// <summary>A node that does not answer is asked again after this.</summary>
    [Range(typeof(TimeSpan), "00:00:00.200", "00:00:30")]
    public TimeSpan ProbeTimeout { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>So many questions without an answer, and a node is suspected. Two nodes must suspect one, as long as there are two others.</summary>
    [Range(1, 20)]
    public int ProbesMissedMax { get; set; } = 3;

    public IPAddress ParsedAddress => Find(Address) ?? throw new InvalidOperationException("The options were not validated.");

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Find(Address) is not { } address) yield return new ValidationResult($"'{Address}' is neither an IP address nor a name that stands for one.", [nameof(Address)]);
        else if (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any))
            yield return new ValidationResult($"'{Address}' is no address at which others reach this machine.", [nameof(Address)]);
    }

    /// <summary>IPv4 first: of a machine's two kinds it is the one that networks of containers have.</summary>
    private static IPAddress? Find(string address)
    {
        if (IPAddress.TryParse(address, out IPAddress? parsed)) return parsed;
        try
        {
            return Dns.GetHostAddresses(address).OrderBy(found => found.AddressFamily != AddressFamily.InterNetwork).FirstOrDefault();
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            return null;
        }
    }
}
