using System.ComponentModel.DataAnnotations;

namespace StepCloud.Api.Recordings.Files.S3;

/// <summary>A service that speaks S3, for recordings. There is none without a bucket.</summary>
public sealed class S3Options : IValidatableObject
{
    public const string Section = "Recordings:S3";

    /// <summary>The service's address, such as https://s3.example.com; without it Amazon's of the region.</summary>
    public string? Endpoint { get; set; }

    /// <summary>What requests are signed for. Most services take any; Amazon takes its own.</summary>
    [Required, RegularExpression("^[a-z0-9-]{1,64}$", ErrorMessage = "Must be a region such as eu-central-1.")]
    public string Region { get; set; } = "us-east-1";

    /// <summary>The bucket, which must be there already. Set, there is this service; finished recordings go there with `Recordings:Store`.</summary>
    [RegularExpression("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", ErrorMessage = "Must be the name of a bucket: 3 to 63 lower-case letters, digits, dots and hyphens.")]
    public string? Bucket { get; set; }

    /// <summary>What the keys of all our objects begin with, and it ends with a slash. Nothing else in the bucket is looked at.</summary>
    [Required, RegularExpression("^([A-Za-z0-9_.-]{1,64}/){1,8}$", ErrorMessage = "Must be words with a slash behind each, such as stepcloud/recordings/.")]
    public string Prefix { get; set; } = "stepcloud/recordings/";

    /// <summary>The bucket stands in the path of addresses, and not in the host's name: most services of one's own want it so.</summary>
    public bool PathStyle { get; set; } = true;

    /// <summary>The id of the access key.</summary>
    public string? KeyId { get; set; }

    /// <summary>The secret of the access key: requests are signed with it, and it is never sent.</summary>
    [DataType(DataType.Password)]
    public string? Secret { get; set; }

    /// <summary>Larger recordings are sent in parts of so many MiB, each of which is in memory for as long. The protocol knows none below 5 but the last.</summary>
    [Range(5, 64)]
    public int PartMiB { get; set; } = 8;

    /// <summary>How long one request may take, and a read be silent: a part must have been sent within it.</summary>
    [Range(typeof(TimeSpan), "00:00:00.500", "00:10:00")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How often a request is tried before the service counts as away.</summary>
    [Range(1, 10)]
    public int TriesMax { get; set; } = 3;

    /// <summary>How often objects and begun uploads that belong to nothing are looked for. Each look lists all that are ours.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "7.00:00:00")]
    public TimeSpan SweepEvery { get; set; } = TimeSpan.FromHours(1);

    internal bool IsGiven => Bucket is { Length: > 0 };

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Endpoint is { Length: > 0 } && !(Uri.TryCreate(Endpoint, UriKind.Absolute, out Uri? address) && (address.Scheme == Uri.UriSchemeHttps || address.Scheme == Uri.UriSchemeHttp)
            && address is { PathAndQuery: "/", UserInfo: "", Fragment: "" }))
            yield return new ValidationResult("is no address such as https://s3.example.com.", [nameof(Endpoint)]);
        if (!IsGiven) yield break;
        if (KeyId is not { Length: > 0 }) yield return new ValidationResult("is missing. A bucket needs KeyId and Secret.", [nameof(KeyId)]);
        if (Secret is not { Length: > 0 }) yield return new ValidationResult("is missing. A bucket needs KeyId and Secret.", [nameof(Secret)]);
    }
}
