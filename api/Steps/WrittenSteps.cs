using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;
using StepCloud.Contracts.Ids;
using StepCloud.Storage;

namespace StepCloud.Api.Steps;

/// <summary>Whole steps as the JSON of an answer, kept in memory: whoever watches a device asks for its newest step again and again.</summary>
/// <remarks>A stored step never changes, so what is kept is right for as long as the step is there; that it is, the caller has just seen.</remarks>
internal sealed class WrittenSteps(StepQueries steps, IOptions<JsonOptions> json)
{
    /// <summary>Of one step. Longer ones take their time on the wire anyway.</summary>
    private const int StepBytesMax = 256 * 1024;

    /// <summary>Of all: the newest steps of some thousand devices. Over it, all are forgotten and written anew.</summary>
    private const long BytesMax = 32 * 1024 * 1024;

    private readonly ConcurrentDictionary<(OrganizationId, StepId), byte[]> _kept = new();
    private long _bytes;

    /// <returns>Null when the organization has no such step.</returns>
    public async Task<byte[]?> FindAsync(OrganizationId organization, StepId step, CancellationToken cancellationToken)
    {
        if (_kept.TryGetValue((organization, step), out byte[]? kept)) return kept;
        if (await steps.FindAsync(organization, step, cancellationToken) is not { } whole) return null;
        byte[] written = JsonSerializer.SerializeToUtf8Bytes(StepResponse.Of(whole), json.Value.SerializerOptions);
        if (written.Length <= StepBytesMax && _kept.TryAdd((organization, step), written) && Interlocked.Add(ref _bytes, written.Length) > BytesMax)
        {
            _kept.Clear();
            Interlocked.Exchange(ref _bytes, 0);
        }

        return written;
    }
}
