using System.Collections.Concurrent;
using StepCloud.Actors.Gateways;
using StepCloud.Api.Settings;
using StepCloud.Contracts.Ids;
using StepCloud.Storage;
using StepCloud.Storage.Cluster;

namespace StepCloud.Api.Live;

/// <summary>Who watches what in this process: one pump for each device or site that is watched.</summary>
internal sealed class LiveHub(LiveSources sources, ServerOptions server, ThisNode node) : IDeviceNews
{
    /// <summary>A process that is told of every commit looks by itself for what nobody tells: that time has passed, or a device was added.</summary>
    private static readonly TimeSpan LookEveryWhenTold = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private readonly Dictionary<LiveScope, LivePump> _pumps = [];
    private readonly ConcurrentDictionary<SiteId, LivePump[]> _bySite = new();
    private readonly HashSet<LiveWatcher> _watchers = [];

    /// <summary>The pump for what is watched; <see cref="LeaveAsync"/> must follow. Null when the user, or his organization, watches too much already.</summary>
    public LivePump? Enter(LiveScope scope, LiveWatcher watcher)
    {
        lock (_lock)
        {
            int own = 0, organization = 0;
            foreach (LiveWatcher other in _watchers)
            {
                if (other.User == watcher.User) own++;
                if (other.Organization == watcher.Organization) organization++;
            }

            if (own >= sources.Limits.StreamsPerUserMax || organization >= sources.Limits.StreamsPerOrganizationMax)
            {
                sources.Figures.Refused();
                return null;
            }

            _watchers.Add(watcher);
            if (!_pumps.TryGetValue(scope, out LivePump? pump))
            {
                _pumps[scope] = pump = new LivePump(scope, sources, server.IsReader || node.IsOneOfMany ? sources.Limits.LookEvery : LookEveryWhenTold);
                ListBySite(scope.Site);
            }

            pump.Users++;
            sources.Figures.Count(_watchers.Count, _pumps.Count);
            return pump;
        }
    }

    public async Task LeaveAsync(LivePump pump, LiveWatcher watcher)
    {
        pump.Leave(watcher);
        if (watcher.IsTooSlow) sources.Figures.LetGo();
        lock (_lock)
        {
            _watchers.Remove(watcher);
            bool isLast = --pump.Users == 0;
            if (isLast)
            {
                _pumps.Remove(pump.Scope);
                ListBySite(pump.Scope.Site);
            }

            sources.Figures.Count(_watchers.Count, _pumps.Count);
            if (!isLast) return;
        }

        await pump.DisposeAsync();
    }

    public void Publish(DeviceNews news)
    {
        if (!_bySite.TryGetValue(news.Site, out LivePump[]? pumps)) return;
        foreach (LivePump pump in pumps)
        {
            if (pump.Scope.Device is not { } device || news.Devices.Count == 0 || news.Devices.Contains(device)) pump.Signal();
        }
    }

    /// <summary>The sessions of those who watch.</summary>
    public SessionId[] ListSessions()
    {
        lock (_lock) return [.. _watchers.Select(watcher => watcher.Session).Distinct()];
    }

    public void Close(HashSet<SessionId> sessions)
    {
        LiveWatcher[] meant;
        lock (_lock) meant = [.. _watchers.Where(watcher => sessions.Contains(watcher.Session))];
        foreach (LiveWatcher watcher in meant) watcher.Close();
    }

    private void ListBySite(SiteId site)
    {
        LivePump[] pumps = [.. _pumps.Values.Where(pump => pump.Scope.Site == site)];
        if (pumps.Length > 0) _bySite[site] = pumps;
        else _bySite.TryRemove(site, out _);
    }
}
