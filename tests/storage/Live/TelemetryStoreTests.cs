using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Npgsql;
using Shouldly;
using StepCloud.Actors.Ports;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Refusals;
using StepCloud.Contracts.Telemetry;
using StepCloud.Storage;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Storage;

/// <summary>Telemetry by days: made ahead, dropped whole, and visible in the order of its positions.</summary>
public sealed class TelemetryStoreTests : IAsyncLifetime
{
    private readonly FakeClock _clock = new();
    private readonly DeviceId _device = DeviceId.New(TimeProvider.System);
    private readonly StepOrigin _origin = StepStore.NewOrigin();
    private TestDatabase _database = null!;
    private NpgsqlDataSource _source = null!;
    private TelemetryPartitions _partitions = null!;
    private TelemetryStore _store = null!;
    private LiveFeed _feed = null!;

    public async Task InitializeAsync()
    {
        _database = await TestPostgres.CreateDatabaseAsync();
        _source = NpgsqlDataSource.Create(_database.ConnectionString);
        StepCloudDatabase database = new(_source, TimeProvider.System);
        IOptions<StorageOptions> options = Options.Create(new StorageOptions());
        _partitions = new TelemetryPartitions(database, options, _clock, NullLogger<TelemetryPartitions>.Instance);
        _store = new TelemetryStore(database, _partitions, options, new TelemetryMetrics(), TimeProvider.System, NullLogger<TelemetryStore>.Instance);
        _feed = new LiveFeed(database);
    }

    public async Task DisposeAsync()
    {
        await _source.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task Partitions_stand_ready_and_those_of_more_than_seven_days_ago_are_dropped()
    {
        await _partitions.EnsureAheadAsync(CancellationToken.None);
        (await DaysAsync()).ShouldBe(Enumerable.Range(14, 12).Select(day => $"telemetry_2026_11_{day}"));
        await StoreAsync(_origin, Element());
        await _partitions.DropOldAsync(CancellationToken.None);
        (await DaysAsync()).Length.ShouldBe(12);

        _clock.Advance(TimeSpan.FromDays(8));
        await _partitions.DropOldAsync(CancellationToken.None);
        (await DaysAsync()).ShouldBe(Enumerable.Range(22, 4).Select(day => $"telemetry_2026_11_{day}"));
        await _partitions.EnsureAheadAsync(CancellationToken.None);
        (await StoreAsync(_origin, Element())).ShouldHaveSingleItem().ShouldBeOfType<TelemetryOutcome.Stored>();
    }

    [Fact]
    public async Task Who_stood_before_what_was_dropped_is_known_to_have_missed_something()
    {
        await _database.ExecuteAsync("INSERT INTO organization (id, name, created_at, updated_at) VALUES ($1, 'O', now(), now())", _origin.Organization.Value);
        await _database.ExecuteAsync(
            "INSERT INTO site (id, organization_id, name, created_at, updated_at) VALUES ($1, $2, 'S', now(), now())", _origin.Site.Value, _origin.Organization.Value);
        LiveScope scope = new(_origin.Organization, _origin.Site, _device);
        LivePosition before = await _feed.FindEndAsync(scope, CancellationToken.None);
        await StoreAsync(_origin, Element(), Element());
        LivePosition after = await _feed.FindEndAsync(scope, CancellationToken.None);
        (await _feed.IsForgottenAsync(before, CancellationToken.None)).ShouldBeFalse();

        _clock.Advance(TimeSpan.FromDays(9));
        await _partitions.DropOldAsync(CancellationToken.None);
        (await _feed.IsForgottenAsync(before, CancellationToken.None)).ShouldBeTrue();
        (await _feed.IsForgottenAsync(after, CancellationToken.None)).ShouldBeFalse();
        (await _feed.FindEndAsync(scope, CancellationToken.None)).ShouldBe(after, "an end does not go back");
    }

    [Fact]
    public async Task An_element_of_a_day_that_is_gone_is_refused_and_its_neighbours_are_stored()
    {
        IReadOnlyList<TelemetryOutcome> outcomes = await StoreAsync(_origin, Element(_clock.GetUtcNow().AddDays(-7).AddMinutes(-1)), Element());
        outcomes[0].ShouldBeOfType<TelemetryOutcome.Refused>().Refusal.Code.ShouldBe(RefusalCode.TimeTooOld);
        outcomes[1].ShouldBeOfType<TelemetryOutcome.Stored>();
    }

    [Fact]
    public async Task A_partition_that_was_dropped_meanwhile_is_made_again()
    {
        await StoreAsync(_origin, Element());
        await _database.ExecuteAsync("DROP TABLE telemetry_2026_11_21");
        (await StoreAsync(_origin, Element())).ShouldHaveSingleItem().ShouldBeOfType<TelemetryOutcome.Stored>();
    }

    [Fact]
    public async Task What_a_site_has_behind_a_position_is_never_joined_by_something_before_it()
    {
        await _partitions.EnsureAheadAsync(CancellationToken.None);
        LiveScope scope = new(_origin.Organization, _origin.Site, null);
        Task writing = Task.WhenAll(Enumerable.Range(0, 4).Select(async _ =>
        {
            StepOrigin origin = _origin with { Gateway = GatewayId.New(TimeProvider.System) };
            for (int i = 0; i < 60; i++) await StoreAsync(origin, Element(), Element());
        }));
        List<long> seen = [];
        LivePosition position = default;
        while (true)
        {
            bool isLast = writing.IsCompleted;
            LiveNews news = await _feed.ReadAfterAsync(scope, position, CancellationToken.None);
            seen.AddRange(news.Items.Select(item => item.Position));
            if (news.Items.Count > 0) position = position with { Telemetry = news.Items[^1].Position };
            else if (isLast) break;
        }

        await writing;
        seen.Count.ShouldBe(4 * 60 * 2);
        seen.ShouldBe(seen.Distinct().Order());
    }

    private Task<IReadOnlyList<TelemetryOutcome>> StoreAsync(StepOrigin origin, params TelemetryElement[] elements) =>
        _store.StoreAsync(origin, elements, _clock.GetUtcNow(), CancellationToken.None);

    private TelemetryElement Element(DateTimeOffset? sent = null)
    {
        DateTimeOffset time = sent ?? _clock.GetUtcNow();
        return new TelemetryElement(TelemetryId.New(time), _device, time, DeviceActivity.Idle, null, null, [], "{}");
    }

    private Task<string[]> DaysAsync() => _database.ScalarAsync<string[]>(
        "SELECT array_agg(inhrelid::regclass::text ORDER BY 1) FROM pg_inherits WHERE inhparent = 'telemetry'::regclass");
}
