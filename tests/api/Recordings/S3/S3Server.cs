using System.Diagnostics;
using System.Globalization;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using Shouldly;
using StepCloud.Tests.Support;

namespace StepCloud.Tests.Api.Recordings.S3;

/// <summary>A real service from outside that speaks S3: Debian's OpenStack Swift, whose S3 API checks signatures and the hashes of bodies.</summary>
internal sealed class S3Server : IAsyncDisposable
{
    public const string Bucket = "shop-recordings";
    public const string Prefix = "stepcloud/recordings/";
    public const string KeyId = "shop:stepcloud";
    public const string Secret = "a-secret-of-the-tests";

    private readonly TemporaryFolder _folder = new();
    private Process? _process;

    public int Port { get; private set; }

    public string Address => $"http://127.0.0.1:{Port}";

    /// <summary>Where it keeps all that it has.</summary>
    public string Folder => _folder.Path;

    /// <summary>Looks at it beside ours.</summary>
    public AmazonS3Client Client { get; private set; } = null!;

    public static async Task<S3Server> StartAsync()
    {
        File.Exists("/usr/lib/python3/dist-packages/swift/common/wsgi.py").ShouldBeTrue("Install Debian's package python3-swift, as ./test does.");
        S3Server server = new();
        await server.BeginAsync();
        server.Client = ClientOf(server.Address, Secret);
        await server.Client.PutBucketAsync(Bucket);
        return server;
    }

    public static AmazonS3Client ClientOf(string address, string secret) => new(new BasicAWSCredentials(KeyId, secret), new AmazonS3Config
    {
        ServiceURL = address,
        ForcePathStyle = true,
        AuthenticationRegion = "us-east-1",
        MaxErrorRetry = 0,
        RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
        ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
    });

    /// <summary>What a server of ours has to be told.</summary>
    /// <param name="address">Of what stands in front of it; null for its own.</param>
    public (string Name, string? Value)[] Settings(string? address = null) =>
    [
        ("Recordings:S3:Endpoint", address ?? Address), ("Recordings:S3:Bucket", Bucket), ("Recordings:S3:Prefix", Prefix), ("Recordings:S3:KeyId", KeyId),
        ("Recordings:S3:Secret", Secret), ("Recordings:S3:PartMiB", "5"), ("Recordings:S3:Timeout", "00:00:05"), ("Recordings:S3:SweepEvery", "00:00:00.200"),
    ];

    /// <summary>Goes on at the same port with what it had.</summary>
    public async Task BeginAsync()
    {
        ProcessStartInfo info = new("/usr/bin/python3", ["-W", "ignore", Path.Combine(AppContext.BaseDirectory, "Recordings", "S3", "swift_s3.py"), Folder, $"{Port}", KeyId, Secret])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        _process = Process.Start(info)!;
        string line = await _process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("Swift did not begin.");
        Port = int.Parse(line.Split(' ')[^1], CultureInfo.InvariantCulture);
    }

    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _process = null;
    }

    /// <summary>The keys of all objects of the bucket.</summary>
    public async Task<string[]> KeysAsync() =>
        [.. ((await Client.ListObjectsV2Async(new ListObjectsV2Request { BucketName = Bucket })).S3Objects ?? []).Select(found => found.Key).Order(StringComparer.Ordinal)];

    /// <summary>The keys of recordings.</summary>
    public async Task<string[]> RecordingsAsync() => [.. (await KeysAsync()).Where(key => key.StartsWith(Prefix, StringComparison.Ordinal) && key.Length == Prefix.Length + 32)];

    public async Task<string[]> UploadsAsync() =>
        [.. ((await Client.ListMultipartUploadsAsync(Bucket)).MultipartUploads ?? []).Select(upload => upload.Key)];

    public async Task<byte[]> ReadAsync(string key)
    {
        using GetObjectResponse answer = await Client.GetObjectAsync(Bucket, key);
        using MemoryStream content = new();
        await answer.ResponseStream.CopyToAsync(content);
        return content.ToArray();
    }

    public async Task WriteAsync(string key, byte[] content)
    {
        using MemoryStream body = new(content);
        await Client.PutObjectAsync(new PutObjectRequest { BucketName = Bucket, Key = key, InputStream = body, UseChunkEncoding = false });
    }

    public async ValueTask DisposeAsync()
    {
        Client?.Dispose();
        if (_process is not null) await KillAsync();
        _folder.Dispose();
    }
}
