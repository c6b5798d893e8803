using System.Net;
using Amazon.S3;
using Amazon.S3.Model;
using StepCloud.Api.Recordings.Format;
using StepCloud.Storage.Recordings;

namespace StepCloud.Api.Recordings.Files.S3;

/// <summary>An object, read by ranges. Whoever reads one place after the other reads from the answer to one request, which asks for some MiB at most.</summary>
internal sealed class S3Bytes : IStoredBytes
{
    /// <summary>Few enough that no answer is open for long, and many enough that the way to the service is not what it waits for.</summary>
    private const int WindowBytes = 4 * 1024 * 1024;

    /// <summary>An answer that breaks off in the middle is asked for again so often.</summary>
    private const int BreaksMax = 3;

    private readonly S3Bucket _bucket;
    private readonly string _key;
    private readonly long _until;
    private GetObjectResponse? _answer;
    private long _at;
    private long _end;

    private S3Bytes(S3Bucket bucket, string key, long until) => (_bucket, _key, _until) = (bucket, key, until);

    public long Length { get; private set; }

    public static async Task<S3Bytes> OpenAsync(S3Bucket bucket, string key, long from, long until, CancellationToken cancellationToken)
    {
        S3Bytes bytes = new(bucket, key, until) { Length = long.MaxValue };
        // Its length comes with the first of it.
        await bytes.AskAsync(from, 1, cancellationToken);
        return bytes;
    }

    public async ValueTask<int> ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        int read = 0;
        for (int breaks = 0; read < buffer.Length && offset + read < Length;)
        {
            long at = offset + read;
            if (_answer is null || _at != at || _at == _end) await AskAsync(at, buffer.Length - read, cancellationToken);
            int more = await ReadOnceAsync(buffer[read..], cancellationToken);
            if (more > 0)
            {
                (_at, read) = (_at + more, read + more);
                continue;
            }

            Close();
            if (++breaks >= BreaksMax) throw new StoreAwayException(RecordingPlaceNames.S3, "its answers break off.");
        }

        return read;
    }

    public ValueTask DisposeAsync()
    {
        Close();
        return ValueTask.CompletedTask;
    }

    private async Task AskAsync(long from, int count, CancellationToken cancellationToken)
    {
        Close();
        long until = Math.Min(from + WindowBytes, Math.Max(_until, from + count));
        until = Math.Min(Math.Max(until, from + count), Length);
        GetObjectRequest request = new() { BucketName = _bucket.Name, Key = _key, ByteRange = new ByteRange(from, until - 1) };
        try
        {
            _answer = await _bucket.TryAsync(cancel => _bucket.Client.GetObjectAsync(request, cancel), cancellationToken);
        }
        catch (StoreAwayException e) when (e.InnerException is AmazonS3Exception { StatusCode: HttpStatusCode.RequestedRangeNotSatisfiable })
        {
            // It ends before that.
            GetObjectMetadataRequest look = new() { BucketName = _bucket.Name, Key = _key };
            Length = (await _bucket.TryAsync(cancel => _bucket.Client.GetObjectMetadataAsync(look, cancel), cancellationToken)).ContentLength;
            return;
        }

        (_at, _end) = (from, from + _answer.ContentLength);
        if (ReadTotal(_answer, from) is not { } total)
        {
            Close();
            throw new StoreAwayException(RecordingPlaceNames.S3, "it does not answer with the range that it is asked for.");
        }

        Length = total;
    }

    /// <returns>Null when the answer is not the range that was asked for.</returns>
    private static long? ReadTotal(GetObjectResponse answer, long from)
    {
        // RFC 9110 §14.4: bytes first-last/length. Some give small objects whole, as they may.
        if (answer.ContentRange is not { Length: > 0 } range) return from == 0 ? answer.ContentLength : null;
        return System.Net.Http.Headers.ContentRangeHeaderValue.TryParse(range, out var parsed) && parsed is { From: { } begun, Length: { } total } && begun == from ? total : null;
    }

    /// <returns>0 when the answer has broken off.</returns>
    private async ValueTask<int> ReadOnceAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (_answer is null) return 0;
        if (buffer.Length > _end - _at) buffer = buffer[..(int)(_end - _at)];
        try
        {
            return await _bucket.TryOnceAsync(async cancel => await _answer.ResponseStream.ReadAsync(buffer, cancel), cancellationToken);
        }
        catch (StoreAwayException)
        {
            return 0;
        }
    }

    private void Close()
    {
        _answer?.Dispose();
        _answer = null;
    }
}
