using System.ComponentModel.DataAnnotations;
using System.Net;

namespace StepCloud.Api.Alarms;

/// <summary>How alarms are looked after, and told.</summary>
public sealed class AlarmOptions : IValidatableObject
{
    public const string Section = "Alarms";

    /// <summary>How often it is looked at least whether steps have come. As a rule they are looked at when they are committed.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:01:00")]
    public TimeSpan LookEvery { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How often it is looked what devices do, of which nothing comes, and which gateways are there. Each look reads the newest step of each device that a rule is for.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:10:00")]
    public TimeSpan LookAtDevicesEvery { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>After the start, before states and silence, of gateways too, are looked at for the first time: gateways come back one after the other, and have back-offs of their own.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan SettleFor { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>How often it is looked whether something is to be sent.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:01:00")]
    public TimeSpan SendEvery { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a webhook may take to answer. Its channel waits for it, no other one does.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:01:00")]
    public TimeSpan WebhookTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>After each try that failed. About a day in all: a receiver that is away longer has somebody to look for what it missed.</summary>
    [MinLength(1), MaxLength(50)]
    public TimeSpan[] RetryDelays { get; set; } = [];

    /// <summary>Networks, such as `192.0.2.0/24`, that webhooks may be sent to beside the public internet.</summary>
    public string[] AllowedNetworks { get; set; } = [];

    internal static readonly TimeSpan[] RetryDelaysDefault =
    [
        TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(30), TimeSpan.FromHours(2), TimeSpan.FromHours(5),
        TimeSpan.FromHours(8), TimeSpan.FromHours(8),
    ];

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (string network in AllowedNetworks)
            if (!IPNetwork.TryParse(network, out _)) yield return new ValidationResult($"'{network}' is no network such as 192.0.2.0/24.", [nameof(AllowedNetworks)]);
        if (RetryDelays.Any(delay => delay <= TimeSpan.Zero || delay > TimeSpan.FromDays(1)))
            yield return new ValidationResult("Each delay is more than nothing and a day at most.", [nameof(RetryDelays)]);
    }
}
