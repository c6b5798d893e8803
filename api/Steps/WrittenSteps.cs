using System.Text.Json;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;
using StepCloud.Contracts.Ids;
using StepCloud.Storage;

namespace StepCloud.Api.Steps;

/// <summary>Steps as the JSON of an answer, kept in memory: whoever watches a device asks for its newest steps again and again.</summary>
/// <remarks>
/// What is kept of a device is right for as long as nothing of its steps has changed, which its head tells at every request (adr/0010).
/// A summary is right for as long as its step is listed: no column of it ever changes.
/// </remarks>
internal sealed class WrittenSteps(DeviceHeads heads, StepQueries steps, StepTimeline timeline, IOptions<JsonOptions> json)
{
    /// <summary>Of newest steps, whole: those of some thousand devices.</summary>
    private const long NewestBytesMax = 32 * 1024 * 1024;

    /// <summary>Of first pages: those of a thousand devices, with a hundred steps each.</summary>
    private const long PagesBytesMax = 64 * 1024 * 1024;

    /// <summary>Of summaries: the newest fifty thousand, about.</summary>
    private const long SummaryBytesMax = 32 * 1024 * 1024;

    private readonly WrittenCache<(OrganizationId, DeviceId)> _newest = new(NewestBytesMax);
    private readonly WrittenCache<(OrganizationId, DeviceId, int Limit)> _firstPages = new(PagesBytesMax);
    private readonly WrittenCache<(OrganizationId, StepId)> _summaries = new(SummaryBytesMax);

    /// <summary>The newest step of a device, whole.</summary>
    /// <returns>Null when the organization has no step of it.</returns>
    public async Task<byte[]?> FindNewestAsync(OrganizationId organization, DeviceId device, CancellationToken cancellationToken)
    {
        if (await heads.FindAsync(device, cancellationToken) is not { } head) return null;
        if (_newest.Find((organization, device), head.Changes) is { } kept) return kept;
        // A device that has come from another organization may have its newest step there.
        StepId? newest = head.Organization == organization ? head.Newest : await steps.FindLastAsync(organization, device, cancellationToken);
        return newest is { } step && await steps.FindAsync(organization, step, cancellationToken) is { } whole
            ? _newest.Keep((organization, device), head.Changes, Write(StepResponse.Of(whole)))
            : null;
    }

    /// <summary>The newest steps of a device.</summary>
    /// <returns>Null when the organization has no step of it.</returns>
    public async Task<byte[]?> FindFirstPageAsync(OrganizationId organization, DeviceId device, int limit, CancellationToken cancellationToken)
    {
        if (await heads.FindAsync(device, cancellationToken) is not { } head) return null;
        if (_firstPages.Find((organization, device, limit), head.Changes) is { } kept) return kept;
        List<StepId> listed = await timeline.ListAsync(new StepFilter(organization) { Device = device }, null, limit + 1, cancellationToken);
        return listed.Count == 0
            ? null
            : _firstPages.Keep((organization, device, limit), head.Changes, await WritePageAsync(organization, listed, limit, cancellationToken));
    }

    /// <summary>A page of summaries.</summary>
    /// <param name="listed">The organization's; one more than the page has when there is a next one.</param>
    public async Task<byte[]> WritePageAsync(OrganizationId organization, IReadOnlyList<StepId> listed, int limit, CancellationToken cancellationToken)
    {
        int count = Math.Min(listed.Count, limit);
        byte[]?[] written = new byte[count][];
        for (int i = 0; i < count; i++) written[i] = _summaries.Find((organization, listed[i]), 0);
        StepId[] missing = [.. listed.Take(count).Where((_, i) => written[i] is null)];
        Dictionary<StepId, byte[]> found = missing.Length == 0
            ? []
            : (await timeline.FindAsync(organization, missing, cancellationToken))
                .ToDictionary(row => row.Id, row => _summaries.Keep((organization, row.Id), 0, Write(StepSummary.Of(row))));

        // Gone since it was listed is what retention has taken.
        byte[][] items = [.. listed.Take(count).Select((step, i) => written[i] ?? found.GetValueOrDefault(step)).OfType<byte[]>()];
        return Join(items, Write(listed.Count > limit ? listed[limit - 1].ToString() : null));
    }

    /// <summary>As large as it is and in one piece: it is kept.</summary>
    private static byte[] Join(byte[][] items, byte[] next)
    {
        ReadOnlySpan<byte> begin = """{"items":["""u8, middle = """],"next":"""u8;
        byte[] page = new byte[begin.Length + items.Sum(item => item.Length) + Math.Max(0, items.Length - 1) + middle.Length + next.Length + 1];
        begin.CopyTo(page);
        int at = begin.Length;
        foreach (byte[] item in items)
        {
            if (at > begin.Length) page[at++] = (byte)',';
            item.CopyTo(page, at);
            at += item.Length;
        }

        middle.CopyTo(page.AsSpan(at));
        next.CopyTo(page, at + middle.Length);
        page[^1] = (byte)'}';
        return page;
    }

    private byte[] Write<T>(T value) => JsonSerializer.SerializeToUtf8Bytes(value, json.Value.SerializerOptions);
}
