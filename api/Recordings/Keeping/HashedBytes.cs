using System.Security.Cryptography;
using StepCloud.Api.Recordings.Format;

namespace StepCloud.Api.Recordings.Keeping;

/// <summary>Stored bytes on their way elsewhere: read from the first to the last, and hashed in passing.</summary>
/// <param name="pace">Waits after so many bytes; null for nothing.</param>
public sealed class HashedBytes(IStoredBytes source, Func<int, ValueTask>? pace) : IStoredBytes
{
    private const int BufferBytes = 256 * 1024;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long _at;

    public long Length => source.Length;

    /// <summary>That the source could not be read, and not that the copy could not be written.</summary>
    public IOException? Fault { get; private set; }

    public async ValueTask<int> ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (offset != _at) throw new InvalidOperationException("What is hashed is read once, from the first byte to the last.");
        try
        {
            int read = await source.ReadAsync(offset, buffer, cancellationToken);
            _hash.AppendData(buffer.Span[..read]);
            _at += read;
            if (pace is not null && read > 0) await pace(read);
            return read;
        }
        catch (IOException e)
        {
            Fault = e;
            throw;
        }
    }

    /// <summary>Whether all that was read is what it was when it was written.</summary>
    public bool Is(byte[] storedHash) => CryptographicOperations.FixedTimeEquals(_hash.GetHashAndReset(), storedHash);

    /// <summary>Reads all of it.</summary>
    public static async Task<bool> IsAsync(IStoredBytes stored, byte[] storedHash, Func<int, ValueTask>? pace, CancellationToken cancellationToken)
    {
        await using HashedBytes hashed = new(stored, pace);
        byte[] buffer = new byte[BufferBytes];
        while (await hashed.ReadAsync(hashed._at, buffer, cancellationToken) > 0)
        {
        }

        return hashed.Is(storedHash);
    }

    /// <summary>The source is its opener's.</summary>
    public ValueTask DisposeAsync()
    {
        _hash.Dispose();
        return ValueTask.CompletedTask;
    }
}
