using System.Collections.Concurrent;

namespace StepCloud.Api.Steps;

/// <summary>What was written, up to so many bytes. Over it all is forgotten and written anew: cheaper than to know what was asked for last.</summary>
internal sealed class WrittenCache<TKey>(long bytesMax)
    where TKey : notnull
{
    /// <summary>Of one. Longer ones take their time on the wire anyway.</summary>
    private const int OneBytesMax = 256 * 1024;

    /// <summary>An entry beside its bytes, about.</summary>
    private const int EntryBytes = 128;

    private readonly Lock _lock = new();
    private readonly ConcurrentDictionary<TKey, Entry> _kept = new();
    private long _bytes;

    /// <returns>Null when it is not kept, or is of another version.</returns>
    public byte[]? Find(TKey key, long version) => _kept.TryGetValue(key, out Entry? entry) && entry.Version == version ? entry.Written : null;

    /// <summary>Takes the place of what was kept under the key.</summary>
    public byte[] Keep(TKey key, long version, byte[] written)
    {
        if (written.Length > OneBytesMax) return written;
        lock (_lock)
        {
            if (_kept.TryGetValue(key, out Entry? before)) _bytes -= before.Written.Length + EntryBytes;
            _kept[key] = new Entry(version, written);
            _bytes += written.Length + EntryBytes;
            if (_bytes > bytesMax)
            {
                _kept.Clear();
                _bytes = 0;
            }
        }

        return written;
    }

    private sealed record Entry(long Version, byte[] Written);
}
