using System.Net;
using System.Runtime.CompilerServices;
using System.Text;
using Amazon.S3;
using Amazon.S3.Model;
using StepCloud.Api.Recordings.Format;
using StepCloud.Storage.Recordings;

namespace StepCloud.Api.Recordings.Files.S3;

/// <summary>Recordings in a bucket: each an object, its name behind the prefix. Objects are written once and never changed.</summary>
internal sealed partial class S3Place(S3Options options, TimeProvider clock, ILogger<S3Place> logger) : IRecordingPlace, IDisposable
{
    /// <summary>The mark of the installation whose the prefix is.</summary>
    private const string OwnerObject = "installation";

    private const string MediaType = "application/octet-stream";

    private readonly S3Bucket _bucket = new(options, clock);

    public string Store => RecordingPlaceNames.S3;

    public string Location { get; } = $"{options.Endpoint?.TrimEnd('/') ?? options.Region}/{options.Bucket}/{options.Prefix}";

    public TimeSpan SweepEvery => options.SweepEvery;

    public async Task<IStoredBytes> OpenAsync(string name, long from, long until, CancellationToken cancellationToken) =>
        await S3Bytes.OpenAsync(_bucket, KeyOf(name), from, until, cancellationToken);

    public async Task PutAsync(string name, IStoredBytes source, CancellationToken cancellationToken)
    {
        // The length of an object must be known when it is begun, and a part be sent again when it fails: so one part is in memory.
        byte[] part = new byte[(int)Math.Min(Math.Max(source.Length, 1), options.PartMiB * 1024L * 1024)];
        if (source.Length > part.Length)
        {
            await PutPartsAsync(name, source, part, cancellationToken);
            return;
        }

        int length = await FillAsync(source, 0, part, cancellationToken);
        await PutAsync(name, part, length, cancellationToken);
    }

    public async Task DeleteAsync(string name, CancellationToken cancellationToken)
    {
        DeleteObjectRequest request = new() { BucketName = _bucket.Name, Key = KeyOf(name) };
        await _bucket.TryAsync(cancel => _bucket.Client.DeleteObjectAsync(request, cancel), cancellationToken);
        foreach ((string key, string upload, _) in await ListUploadsAsync(KeyOf(name), cancellationToken))
        {
            if (key == KeyOf(name)) await AbortAsync(key, upload, cancellationToken);
        }
    }

    public async Task<string?> FindOwnerAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using S3Bytes owner = await S3Bytes.OpenAsync(_bucket, KeyOf(OwnerObject), 0, 256, cancellationToken);
            byte[] content = new byte[256];
            return Encoding.ASCII.GetString(content, 0, await owner.ReadAsync(0, content, cancellationToken)).Trim();
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    public async Task MarkAsync(string installation, string? former, CancellationToken cancellationToken)
    {
        if (await FindOwnerAsync(cancellationToken) != former) return;
        byte[] content = Encoding.ASCII.GetBytes(installation);
        await PutAsync(OwnerObject, content, content.Length, cancellationToken);
    }

    public async IAsyncEnumerable<PlacedName> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ListObjectsV2Request request = new() { BucketName = _bucket.Name, Prefix = options.Prefix };
        ListObjectsV2Response page;
        do
        {
            page = await _bucket.TryAsync(cancel => _bucket.Client.ListObjectsV2Async(request, cancel), cancellationToken);
            foreach (S3Object found in page.S3Objects ?? [])
            {
                if (NameOf(found.Key) is { } name) yield return new PlacedName(name, At(found.LastModified));
            }

            request.ContinuationToken = page.NextContinuationToken;
        }
        while (page.IsTruncated is true);

        foreach ((string key, _, DateTimeOffset begunAt) in await ListUploadsAsync(options.Prefix, cancellationToken))
        {
            if (NameOf(key) is { } name) yield return new PlacedName(name, begunAt);
        }
    }

    public void Dispose() => _bucket.Dispose();

    private string KeyOf(string name) => options.Prefix + name;

    /// <returns>Null for what is not ours.</returns>
    private string? NameOf(string key) =>
        key.StartsWith(options.Prefix, StringComparison.Ordinal) && RecordingFileName.Is(key.AsSpan(options.Prefix.Length)) ? key[options.Prefix.Length..] : null;

    private async Task PutAsync(string name, byte[] content, int length, CancellationToken cancellationToken)
    {
        using MemoryStream body = new(content, 0, length, writable: false);
        PutObjectRequest request = new()
        {
            BucketName = _bucket.Name, Key = KeyOf(name), InputStream = body, AutoCloseStream = false, ContentType = MediaType, UseChunkEncoding = false,
        };
        await _bucket.TryAsync(cancel => _bucket.Client.PutObjectAsync(request, cancel), cancellationToken);
    }

    private async Task PutPartsAsync(string name, IStoredBytes source, byte[] part, CancellationToken cancellationToken)
    {
        string key = KeyOf(name);
        InitiateMultipartUploadRequest begin = new() { BucketName = _bucket.Name, Key = key, ContentType = MediaType };
        string upload = (await _bucket.TryAsync(cancel => _bucket.Client.InitiateMultipartUploadAsync(begin, cancel), cancellationToken)).UploadId;
        try
        {
            List<PartETag> parts = [];
            long at = 0;
            for (int length; (length = await FillAsync(source, at, part, cancellationToken)) > 0; at += length)
            {
                using MemoryStream body = new(part, 0, length, writable: false);
                UploadPartRequest request = new()
                {
                    BucketName = _bucket.Name, Key = key, UploadId = upload, PartNumber = parts.Count + 1, PartSize = length, InputStream = body, UseChunkEncoding = false,
                };
                UploadPartResponse sent = await _bucket.TryAsync(cancel => _bucket.Client.UploadPartAsync(request, cancel), cancellationToken);
                parts.Add(new PartETag(request.PartNumber.Value, sent.ETag));
            }

            await CompleteAsync(key, upload, parts, cancellationToken);
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            await AbortAsync(key, upload, cancellationToken);
            throw;
        }
    }

    /// <summary>An answer that is lost says nothing: asked again, the service knows the upload no more. Whoever reads the object back knows what there is.</summary>
    private async Task CompleteAsync(string key, string upload, List<PartETag> parts, CancellationToken cancellationToken)
    {
        CompleteMultipartUploadRequest end = new() { BucketName = _bucket.Name, Key = key, UploadId = upload, PartETags = parts };
        try
        {
            await _bucket.TryAsync(cancel => _bucket.Client.CompleteMultipartUploadAsync(end, cancel), cancellationToken);
        }
        catch (Exception e) when (e is StoreAwayException or IOException)
        {
            LogNotCompleted(logger, e, key);
        }
    }

    /// <summary>Parts of a begun upload are paid for until it is ended.</summary>
    private async Task AbortAsync(string key, string upload, CancellationToken cancellationToken)
    {
        AbortMultipartUploadRequest request = new() { BucketName = _bucket.Name, Key = key, UploadId = upload };
        try
        {
            await _bucket.TryAsync(cancel => _bucket.Client.AbortMultipartUploadAsync(request, cancel), cancellationToken);
        }
        catch (StoreAwayException e)
        {
            // It is found again when all that belongs to nothing is looked for.
            LogNotAborted(logger, e, key);
        }
    }

    private async Task<List<(string Key, string Upload, DateTimeOffset BegunAt)>> ListUploadsAsync(string prefix, CancellationToken cancellationToken)
    {
        List<(string, string, DateTimeOffset)> uploads = [];
        ListMultipartUploadsRequest request = new() { BucketName = _bucket.Name, Prefix = prefix };
        ListMultipartUploadsResponse page;
        do
        {
            try
            {
                page = await _bucket.TryAsync(cancel => _bucket.Client.ListMultipartUploadsAsync(request, cancel), cancellationToken);
            }
            catch (StoreAwayException e) when (e.InnerException is AmazonS3Exception { StatusCode: HttpStatusCode.NotImplemented or HttpStatusCode.MethodNotAllowed })
            {
                // A service that lists none ends them by itself, or by a rule of the bucket.
                return uploads;
            }

            uploads.AddRange((page.MultipartUploads ?? []).Select(upload => (upload.Key, upload.UploadId, At(upload.Initiated))));
            (request.KeyMarker, request.UploadIdMarker) = (page.NextKeyMarker, page.NextUploadIdMarker);
        }
        while (page.IsTruncated is true);

        return uploads;
    }

    /// <summary>What a service does not say of when it is from counts as new.</summary>
    private DateTimeOffset At(DateTime? told) => told is { } time ? new DateTimeOffset(time.ToUniversalTime()) : clock.GetUtcNow();

    private static async Task<int> FillAsync(IStoredBytes source, long at, byte[] part, CancellationToken cancellationToken)
    {
        int filled = 0;
        for (int read; filled < part.Length && (read = await source.ReadAsync(at + filled, part.AsMemory(filled), cancellationToken)) > 0;) filled += read;
        return filled;
    }

    [LoggerMessage(4707, LogLevel.Warning, "The upload of the object {Key}, which is not gone on with, could not be ended; it is when what belongs to nothing is looked for")]
    private static partial void LogNotAborted(ILogger logger, Exception exception, string key);

    [LoggerMessage(4709, LogLevel.Warning, "It was not heard whether the upload of the object {Key} is complete; it is read back")]
    private static partial void LogNotCompleted(ILogger logger, Exception exception, string key);
}
