using Amazon;
using Amazon.Runtime;
using Amazon.S3;

namespace StepCloud.Api.Recordings.Files.S3;

/// <summary>Our bucket, and the client that speaks with its service.</summary>
internal sealed class S3Bucket(S3Options options, TimeProvider clock) : IDisposable
{
    public string Name => options.Bucket!;

    public AmazonS3Client Client { get; } = new(new BasicAWSCredentials(options.KeyId, options.Secret), ConfigOf(options));

    /// <summary>A request, with the tries of the client.</summary>
    public Task<T> TryAsync<T>(Func<CancellationToken, Task<T>> request, CancellationToken cancellationToken) =>
        S3Faults.TryAsync(request, (options.Timeout + TimeSpan.FromSeconds(5)) * options.TriesMax, clock, cancellationToken);

    /// <summary>A piece of an answer.</summary>
    public Task<T> TryOnceAsync<T>(Func<CancellationToken, Task<T>> read, CancellationToken cancellationToken) => S3Faults.TryAsync(read, options.Timeout, clock, cancellationToken);

    public void Dispose() => Client.Dispose();

    private static AmazonS3Config ConfigOf(S3Options options)
    {
        AmazonS3Config config = new()
        {
            AuthenticationRegion = options.Region,
            ForcePathStyle = options.PathStyle,
            Timeout = options.Timeout,
            MaxErrorRetry = options.TriesMax - 1,
            RetryMode = RequestRetryMode.Standard,
            // Trailing checksums are Amazon's alone: what protects a request is the SHA-256 of its body, which every service checks with the signature, and what
            // protects a recording is its own, when the copy is read back.
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
        };
        if (options.Endpoint is { Length: > 0 } endpoint) config.ServiceURL = endpoint;
        else config.RegionEndpoint = RegionEndpoint.GetBySystemName(options.Region);
        return config;
    }
}
