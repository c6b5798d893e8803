using System.Collections.Concurrent;
using StepCloud.Contracts.Ids;

namespace StepCloud.Api.Steps;

/// <summary>What was written of steps, up to so many bytes. Over it all is forgotten and written anew: cheaper than to know what was asked for last.</summary>
internal sealed class WrittenCache(long bytesMax)
{
    /// <summary>Of one. Longer ones take their time on the wire anyway.</summary>
    private const int OneBytesMax = 256 * 1024;

    /// <summary>An entry beside its bytes, about.</summary>
    private const int EntryBytes = 128;

    private readonly ConcurrentDictionary<(OrganizationId, StepId), byte[]> _kept = new();
    private long _bytes;

    public byte[]? Find(OrganizationId organization, StepId step) => _kept.GetValueOrDefault((organization, step));

    public byte[] Keep(OrganizationId organization, StepId step, byte[] written)
    {
        if (written.Length > OneBytesMax || !_kept.TryAdd((organization, step), written)) return written;
        if (Interlocked.Add(ref _bytes, written.Length + EntryBytes) > bytesMax)
        {
            _kept.Clear();
            Interlocked.Exchange(ref _bytes, 0);
        }

        return written;
    }
}
