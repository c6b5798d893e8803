using System.Security.Cryptography;
using System.Text;
using StepCloud.Actors.Devices;
using StepCloud.Actors.Gateways;
using StepCloud.Actors.Ports;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Devices;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Refusals;
using StepCloud.Contracts.Sessions;
using StepCloud.Contracts.Steps;

namespace StepCloud.Tests.Unit.Actors;

/// <summary>The ports of the actors, in memory; the real ones have their own suite.</summary>
internal sealed class MemoryActorStates : IActorStateStore
{
    public Dictionary<(string Kind, string Key), StoredActorState> Rows { get; } = [];

    public Task<StoredActorState?> LoadAsync(string kind, string key, CancellationToken cancellationToken) =>
        Task.FromResult(Rows.GetValueOrDefault((kind, key)));

    public Task<long?> SaveAsync(string kind, string key, long expectedVersion, string stateJson, CancellationToken cancellationToken)
    {
        if ((Rows.GetValueOrDefault((kind, key))?.Version ?? 0) != expectedVersion) return Task.FromResult<long?>(null);
        Rows[(kind, key)] = new StoredActorState(expectedVersion + 1, stateJson);
        return Task.FromResult<long?>(expectedVersion + 1);
    }
}

internal sealed class MemoryEvents : IEventStore
{
    public List<(long Position, StepEvent Step)> Steps { get; } = [];

    public int Reads { get; private set; }

    public Task<IReadOnlyList<StepOutcome>> AppendAsync(StepOrigin origin, IReadOnlyList<StepEvent> steps, CancellationToken cancellationToken)
    {
        List<StepOutcome> outcomes = [];
        foreach (StepEvent step in steps)
        {
            bool known = Steps.Any(stored => stored.Step.Id == step.Id);
            if (!known) Steps.Add(((Steps.Count + 1) * 10, step));
            outcomes.Add(known ? StepOutcome.AlreadyStored.Instance : new StepOutcome.Stored(Steps[^1].Position));
        }

        return Task.FromResult<IReadOnlyList<StepOutcome>>(outcomes);
    }

    public Task<IReadOnlyList<CommittedStepHead>> ReadAfterAsync(DeviceId device, long position, int countMax, CancellationToken cancellationToken)
    {
        Reads++;
        return Task.FromResult<IReadOnlyList<CommittedStepHead>>(
        [
            .. Steps.Where(stored => stored.Step.Device == device && stored.Position > position).Take(countMax)
                .Select(stored => DeviceFold.HeadOf(stored.Position, stored.Step)),
        ]);
    }
}

internal sealed class MemoryRegistry : IGatewayRegistry, IGatewayChanges, IDeviceRegistry
{
    /// <summary>Where a gateway can be moved to.</summary>
    public HashSet<SiteId> Sites { get; } = [];

    public Dictionary<GatewayId, GatewayRecord> Gateways { get; } = [];

    public Dictionary<DeviceId, DeviceRecord> Devices { get; } = [];

    public long ArchiveVersion { get; set; }

    public Task<GatewayRecord?> FindAsync(GatewayId gateway, CancellationToken cancellationToken) =>
        Task.FromResult(Gateways.GetValueOrDefault(gateway));

    public Task<GatewayCreation> CreateAsync(NewGateway gateway, AuditDoer doer, CancellationToken cancellationToken)
    {
        bool made = Gateways.TryAdd(gateway.Id, new GatewayRecord(gateway.Id, gateway.Organization, gateway.Site, gateway.Name, false));
        return Task.FromResult(made ? GatewayCreation.Created : GatewayCreation.IdTaken);
    }

    public Task<GatewayRecord?> TransferAsync(GatewayId gateway, SiteId site, AuditDoer doer, CancellationToken cancellationToken)
    {
        if (Sites.Contains(site)) Gateways[gateway] = Gateways[gateway] with { Site = site };
        return Task.FromResult(Sites.Contains(site) ? Gateways[gateway] : null);
    }

    public Task UnpairAsync(GatewayId gateway, AuditDoer doer, CancellationToken cancellationToken)
    {
        Gateways[gateway] = Gateways[gateway] with { Revoked = true };
        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<DeviceRecord>> ListAsync(IReadOnlyCollection<DeviceId> devices, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<DeviceRecord>>([.. Devices.Values.Where(device => devices.Contains(device.Id))]);

    public Task<IReadOnlyList<AnnounceOutcome>> AnnounceAsync(
        GatewayRecord gateway, IReadOnlyList<DeviceAnnouncement> devices, AuditDoer doer, CancellationToken cancellationToken)
    {
        foreach (DeviceAnnouncement device in devices) Devices[device.Device] = new DeviceRecord(device.Device, gateway.Site, gateway.Id);
        return Task.FromResult<IReadOnlyList<AnnounceOutcome>>(
            [.. devices.Select(device => new AnnounceOutcome.Known(device.Device, default, "default"))]);
    }
}

internal sealed class MemorySessions : ISessionStore
{
    private readonly Dictionary<string, RefreshTokenRecord> _tokens = [];

    public Dictionary<SessionId, string> Ended { get; } = [];

    /// <summary>Of every call that began or ended a session.</summary>
    public List<AuditDoer> Doers { get; } = [];

    public Task<bool> CreateAsync(NewSession session, bool endOthers, AuditDoer doer, CancellationToken cancellationToken)
    {
        Doers.Add(doer);
        if (endOthers)
        {
            foreach (RefreshTokenRecord other in _tokens.Values.Where(token => token.Holder == session.Holder).ToArray())
                Ended.TryAdd(other.Session, "replaced");
        }

        _tokens[Key(session.TokenHash)] = new RefreshTokenRecord(
            session.Id, session.HolderKind, session.Holder, session.ExpiresAt, null, false, session.EndsAt, false, session.By);
        return Task.FromResult(true);
    }

    public Task<RefreshTokenRecord?> FindTokenAsync(byte[] tokenHash, CancellationToken cancellationToken)
    {
        RefreshTokenRecord? token = _tokens.GetValueOrDefault(Key(tokenHash));
        return Task.FromResult(token is null ? null : token with { SessionEnded = Ended.ContainsKey(token.Session) });
    }

    public Task<bool> RotateAsync(TokenRotation rotation, CancellationToken cancellationToken)
    {
        string key = Key(rotation.UsedHash);
        if (_tokens[key].UsedAt is not null || Ended.ContainsKey(rotation.Session)) return Task.FromResult(false);
        foreach ((string other, RefreshTokenRecord token) in _tokens.Where(pair => pair.Value.Session == rotation.Session).ToArray())
            _tokens[other] = token with { IsLastUsed = false };
        _tokens[key] = _tokens[key] with { UsedAt = rotation.At, IsLastUsed = true, SuccessorHash = rotation.SuccessorHash };
        _tokens[Key(rotation.SuccessorHash)] = _tokens[key] with { UsedAt = null, IsLastUsed = false, SuccessorHash = null, ExpiresAt = rotation.ExpiresAt };
        return Task.FromResult(true);
    }

    public Task<RestoredSession?> FindRestoredAsync(SessionId session, DateTimeOffset lost, CancellationToken cancellationToken) =>
        Task.FromResult<RestoredSession?>(null);

    public Task<bool> ContinueAsync(LostRotation lost, CancellationToken cancellationToken) => Task.FromResult(false);

    public Task<bool> EndAsync(
        SessionId session, HolderKind holderKind, Guid holder, string reason, DateTimeOffset at, AuditDoer doer,
        CancellationToken cancellationToken)
    {
        Doers.Add(doer);
        return Task.FromResult(_tokens.Values.Any(token => token.Session == session && token.Holder == holder) && Ended.TryAdd(session, reason));
    }

    public Task<int> EndAllAsync(
        HolderKind holderKind, Guid holder, SessionId? keep, string reason, DateTimeOffset at, AuditDoer doer,
        CancellationToken cancellationToken) => Task.FromResult(
        _tokens.Values.Where(token => token.Holder == holder && token.Session != keep).Select(token => token.Session).Distinct()
            .Count(session => Ended.TryAdd(session, reason)));

    public Task<bool> IsOpenAsync(SessionId session, DateTimeOffset now, CancellationToken cancellationToken) =>
        Task.FromResult(!Ended.ContainsKey(session));

    private static string Key(byte[] hash) => Convert.ToHexString(hash);
}

/// <summary>Numbered tokens, and a successor that follows from its token.</summary>
internal sealed class CountedTokens : IRefreshTokens
{
    private int _made;

    public string Create() => $"token-{++_made}";

    public string Successor(string token) => token + "+";

    public string WithProof(string token, SessionId session, DateTimeOffset issuedAt) => token;

    public TokenProof? ReadProof(string token) => null;

    public byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}

internal sealed class MemoryAllowance : IStepAllowance
{
    public Refusal? Refusal { get; set; }

    public int Counted { get; private set; }

    public ValueTask<Refusal?> CheckAsync(OrganizationId organization, CancellationToken cancellationToken) => ValueTask.FromResult(Refusal);

    public void Count(OrganizationId organization, int stored) => Counted += stored;
}

internal sealed class RecordedFeed : ICommittedStepFeed
{
    public List<(DeviceId Device, CommittedSteps Committed)> Notices { get; } = [];

    public void Publish(DeviceId device, CommittedSteps committed) => Notices.Add((device, committed));
}
