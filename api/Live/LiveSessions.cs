using StepCloud.Actors.Ports;
using StepCloud.Contracts.Ids;
using StepCloud.Storage;

namespace StepCloud.Api.Live;

/// <summary>Ends the streams of those who may not watch any more, by whichever way that came about: asked for all of them at once, twice a second.</summary>
/// <remarks>Not left to notices: that a role was taken away tells nobody, and one query costs less than to be sure that none was missed.</remarks>
internal sealed partial class LiveSessions(LiveHub hub, SessionQueries sessions, TimeProvider clock, ILogger<LiveSessions> logger) : BackgroundService
{
    /// <summary>Half of the second within which an end must count everywhere.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using PeriodicTimer timer = new(Interval, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                foreach (SessionId[] chunk in hub.ListSessions().Chunk(1000))
                {
                    HashSet<SessionId> ended =
                        [.. await sessions.ListWithoutRoleAsync(chunk, Roles.OfOrganization, clock.GetUtcNow(), stoppingToken)];
                    if (ended.Count > 0) hub.Close(ended);
                }
            }
            catch (StorageException e)
            {
                // Nothing new can be read meanwhile either.
                LogNotAsked(logger, e);
            }
        }
    }

    [LoggerMessage(4151, LogLevel.Warning, "Whether those who watch still may could not be asked")]
    private static partial void LogNotAsked(ILogger logger, Exception exception);
}
