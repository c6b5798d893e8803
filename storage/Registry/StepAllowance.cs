using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using StepCloud.Actors.Ports;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Refusals;
using StepCloud.Contracts.Registry;

namespace StepCloud.Storage.Registry;

/// <summary>Counts steps in memory, and brings the counts into the database now and then: a commit of steps pays nothing for it.</summary>
/// <remarks>A process that is killed forgets the steps of the last seconds; the bound is one of business, not of safety.</remarks>
internal sealed partial class StepAllowance(StepCloudDatabase database, Quotas quotas, TimeProvider clock, ILogger<StepAllowance> logger)
    : BackgroundService, IStepAllowance
{
    /// <summary>How old what is known of a plan may be.</summary>
    private static readonly TimeSpan Freshness = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan FlushInterval = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<OrganizationId, Known> _known = [];
    private readonly ConcurrentDictionary<(OrganizationId Organization, DateOnly Day), long> _uncounted = [];

    public async ValueTask<Refusal?> CheckAsync(OrganizationId organization, CancellationToken cancellationToken)
    {
        DateTimeOffset now = clock.GetUtcNow();
        DateOnly today = DateOnly.FromDateTime(now.UtcDateTime);
        if (!_known.TryGetValue(organization, out Known? known) || now - known.At > Freshness || known.Day != today)
        {
            if (await TryLoadAsync(organization, now, today, cancellationToken) is not { } loaded) return null;
            _known[organization] = known = loaded;
        }

        if (known.Max is not { } max || known.Used + _uncounted.GetValueOrDefault((organization, today)) < max) return null;
        return new Refusal(
            RefusalCode.QuotaReached,
            $"The plan '{known.Plan}' of this organization has room for {max} steps a day, and today's are used up. Send it again after midnight UTC.");
    }

    public void Count(OrganizationId organization, int stored)
    {
        if (stored == 0) return;
        DateOnly today = DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime);
        _uncounted.AddOrUpdate((organization, today), stored, (_, sum) => sum + stored);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await TryFlushAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using PeriodicTimer timer = new(FlushInterval, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken)) await TryFlushAsync(stoppingToken);
    }

    /// <summary>Brings the counts into the database.</summary>
    internal async Task TryFlushAsync(CancellationToken cancellationToken)
    {
        foreach ((OrganizationId organization, DateOnly day) in _uncounted.Keys)
        {
            if (!_uncounted.TryRemove((organization, day), out long steps)) continue;
            try
            {
                await database.ExecuteAsync(
                    new Sql(
                        """
                        INSERT INTO steps_of_day (organization_id, day, steps) VALUES ($1, $2, $3)
                        ON CONFLICT (organization_id, day) DO UPDATE SET steps = steps_of_day.steps + excluded.steps
                        """,
                        organization.Value, day, steps),
                    cancellationToken);
                // What was known counted these as not yet brought in.
                _known.TryRemove(organization, out _);
            }
            catch (StorageException e)
            {
                _uncounted.AddOrUpdate((organization, day), steps, (_, sum) => sum + steps);
                LogNotCounted(logger, e);
                return;
            }
        }
    }

    private async Task<Known?> TryLoadAsync(OrganizationId organization, DateTimeOffset now, DateOnly today, CancellationToken cancellationToken)
    {
        try
        {
            IReadOnlyList<Quota>? all = await quotas.FindAsync(organization, cancellationToken);
            return all?.First(quota => quota.Kind == QuotaKind.StepsPerDay) is { } quota ? new Known(now, today, quota.Plan, quota.Used, quota.Max) : null;
        }
        catch (StorageException)
        {
            return null;
        }
    }

    [LoggerMessage(3081, LogLevel.Warning, "The steps of the day could not be counted in the database; they are, with the next ones")]
    private static partial void LogNotCounted(ILogger logger, Exception exception);

    private sealed record Known(DateTimeOffset At, DateOnly Day, string Plan, long Used, long? Max);
}
