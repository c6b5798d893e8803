namespace StepCloud.Api.Recordings.Format;

/// <summary>The bytes of a recording where they lie, read at any place.</summary>
public interface IStoredBytes : IAsyncDisposable
{
    long Length { get; }

    /// <returns>How many bytes were read: fewer than asked for only at the end.</returns>
    /// <exception cref="IOException">They cannot be read.</exception>
    ValueTask<int> ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken);
}

/// <summary>Where a recording is written.</summary>
public interface IRecordingOutput
{
    /// <exception cref="IOException">They cannot be written, for want of room for example.</exception>
    ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken);

    /// <summary>When it returns, all that was written survives a power cut.</summary>
    /// <exception cref="IOException">That cannot be promised.</exception>
    ValueTask FlushAsync(CancellationToken cancellationToken);
}
