using System.ComponentModel.DataAnnotations;
using System.Net;

namespace StepCloud.Api.Settings;

/// <summary>Where the server listens and keeps its data. From the command line, the environment (`Server__HttpPort`) or appsettings.json.</summary>
public sealed class ServerOptions : IValidatableObject
{
    public const string Section = "Server";

    /// <summary>The address that HTTP and MQTT listen on. Loopback until somebody decides otherwise: there is no TLS yet on these ports.</summary>
    [Required]
    public string Address { get; set; } = "127.0.0.1";

    /// <summary>0 lets the system choose.</summary>
    [Range(0, 65535)]
    public int HttpPort { get; set; } = 8080;

    /// <summary>0 lets the system choose.</summary>
    [Range(0, 65535)]
    public int MqttPort { get; set; } = 1883;

    /// <summary>The folder of the private PostgreSQL and of the simulated shop.</summary>
    [Required]
    public string Data { get; set; } = ".data";

    /// <summary>
    /// `all`: this process runs the actors, takes in and serves everything. `reader`: a further process on the same database, which checks tokens
    /// and serves reads; it runs no actors and no MQTT. In a cluster also `actors`, which runs them, does what is done once for all, and answers over
    /// HTTP only whether it is well; and `front`, which takes in and serves and has the actors of other nodes do the rest.
    /// </summary>
    [RegularExpression("^(all|reader|actors|front)$", ErrorMessage = "Must be 'all', 'reader', 'actors' or 'front'.")]
    public string Role { get; set; } = All;

    /// <summary>
    /// How long `stepcloud serve` goes on serving after SIGTERM, saying at `/health/ready` that it is not ready any more. None by default, since nobody
    /// balances one process; behind a balancer some seconds more than it takes to notice.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:15")]
    public TimeSpan DrainFor { get; set; }

    /// <summary>How long what is under way has, after that, to come to its end: all but the database's own stop is over within 22 s of SIGTERM, and that within 30 s.</summary>
    public TimeSpan StopTimeout => TimeSpan.FromSeconds(22) - DrainFor;

    public const string All = "all";
    public const string Reader = "reader";
    public const string Actors = "actors";
    public const string Front = "front";

    public bool IsReader => Role == Reader;

    public bool RunsActors => Role is All or Actors;

    /// <summary>Has the APIs.</summary>
    public bool Serves => Role is not Actors;

    /// <summary>Has MQTT.</summary>
    public bool TakesIn => Role is All or Front;

    public IPAddress ParsedAddress => IPAddress.Parse(Address);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!IPAddress.TryParse(Address, out _))
            yield return new ValidationResult($"'{Address}' is no IP address, such as 127.0.0.1 or 0.0.0.0.", [nameof(Address)]);
        if (HttpPort == MqttPort && HttpPort != 0)
            yield return new ValidationResult($"Must be another port than HttpPort ({HttpPort}).", [nameof(MqttPort)]);
    }
}
