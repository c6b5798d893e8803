using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;
using StepCloud.Contracts.Ids;
using StepCloud.Storage;

namespace StepCloud.Api.Steps;

/// <summary>Steps as the JSON of an answer, kept in memory: whoever watches a device asks for its newest steps again and again.</summary>
/// <remarks>A stored step never changes, so what is kept is right for as long as the step is there; that it is, the caller has just seen.</remarks>
internal sealed class WrittenSteps(StepQueries steps, StepTimeline timeline, IOptions<JsonOptions> json)
{
    /// <summary>Of whole ones: the newest of some thousand devices.</summary>
    private const long WholeBytesMax = 32 * 1024 * 1024;

    /// <summary>Of summaries: the newest fifty thousand, about.</summary>
    private const long SummaryBytesMax = 32 * 1024 * 1024;

    private readonly WrittenCache _whole = new(WholeBytesMax);
    private readonly WrittenCache _summaries = new(SummaryBytesMax);

    /// <summary>A whole step.</summary>
    /// <returns>Null when the organization has no such step.</returns>
    public async Task<byte[]?> FindAsync(OrganizationId organization, StepId step, CancellationToken cancellationToken)
    {
        if (_whole.Find(organization, step) is { } kept) return kept;
        return await steps.FindAsync(organization, step, cancellationToken) is { } whole ? _whole.Keep(organization, step, Write(StepResponse.Of(whole))) : null;
    }

    /// <summary>A page of summaries.</summary>
    /// <param name="listed">The organization's; one more than the page has when there is a next one.</param>
    public async Task<ReadOnlyMemory<byte>> PageAsync(
        OrganizationId organization, IReadOnlyList<StepId> listed, int limit, CancellationToken cancellationToken)
    {
        int count = Math.Min(listed.Count, limit);
        byte[]?[] written = new byte[count][];
        for (int i = 0; i < count; i++) written[i] = _summaries.Find(organization, listed[i]);
        StepId[] missing = [.. listed.Take(count).Where((_, i) => written[i] is null)];
        Dictionary<StepId, byte[]> found = missing.Length == 0
            ? []
            : (await timeline.FindAsync(organization, missing, cancellationToken))
                .ToDictionary(row => row.Id, row => _summaries.Keep(organization, row.Id, Write(StepSummary.Of(row))));

        // Gone since it was listed is what retention has taken.
        byte[][] items = [.. listed.Take(count).Select((step, i) => written[i] ?? found.GetValueOrDefault(step)).OfType<byte[]>()];
        byte[] next = Write(listed.Count > limit ? listed[limit - 1].ToString() : null);
        // As large as it will be: what is larger than it must be lies among the large objects, which are seldom collected.
        ArrayBufferWriter<byte> page = new(64 + next.Length + items.Sum(item => item.Length + 1));
        page.Write("""{"items":["""u8);
        for (int i = 0; i < items.Length; i++)
        {
            if (i > 0) page.Write(","u8);
            page.Write(items[i]);
        }

        page.Write("""],"next":"""u8);
        page.Write(next);
        page.Write("}"u8);
        return page.WrittenMemory;
    }

    private byte[] Write<T>(T value) => JsonSerializer.SerializeToUtf8Bytes(value, json.Value.SerializerOptions);
}
