using System.Collections.Concurrent;
using System.Diagnostics;
using Npgsql;
using Shouldly;
using StepCloud.Contracts.Steps;
using StepCloud.Storage;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Storage.Steps;

/// <summary>One commit carries the appends of many, and can be found from the trace of each.</summary>
public sealed class CommitSpanTests : IAsyncLifetime
{
    private const string Callers = "StepCloud.Tests.CommitSpanTests";

    private static readonly ActivitySource s_source = new(Callers);

    private readonly ConcurrentQueue<Activity> _spans = new();
    private readonly ActivityListener _listener;
    private TestDatabase _database = null!;
    private StepStore _store = null!;

    public CommitSpanTests()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is StorageWatching.SourceName or Callers,
            // As a sampler does that goes by the parent: whoever begins without one and is not of these tests is left alone.
            Sample = (ref ActivityCreationOptions<ActivityContext> options) =>
                options.Name == "unsampled" || (options.Parent == default && options.Source.Name != Callers) ? ActivitySamplingResult.None : ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = span =>
            {
                if (span.Source.Name == StorageWatching.SourceName) _spans.Enqueue(span);
            },
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public async Task InitializeAsync()
    {
        _database = await TestPostgres.CreateDatabaseAsync();
        _store = new StepStore(_database.ConnectionString, options => options.StepWriters = 1);
    }

    public async Task DisposeAsync()
    {
        _listener.Dispose();
        await _store.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task A_shared_commit_is_one_span_on_the_first_trace_and_linked_to_all_of_them()
    {
        await _store.AppendAsync(TestSteps.Step(_store.Device));
        ActivityTraceId[] traces;
        // The first append is held up in its commit; those that come meanwhile share the next one.
        await using (NpgsqlConnection connection = await _database.Source.OpenConnectionAsync())
        {
            await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync();
            await using (NpgsqlCommand hold = new("LOCK TABLE step_event IN SHARE MODE", connection, transaction)) await hold.ExecuteNonQueryAsync();
            Task<IReadOnlyList<StepOutcome>> first = _store.AppendAsync(TestSteps.Step(_store.Device));
            await Eventually.HoldsAsync(
                () => _database.ScalarAsync<bool>("SELECT EXISTS (SELECT FROM pg_locks WHERE relation = 'step_event'::regclass AND NOT granted)"), "the first commit waits");
            Task<ActivityTraceId>[] others = [.. Enumerable.Range(0, 3).Select(_ => AppendTracedAsync()), AppendUntracedAsync()];
            await Eventually.HoldsAsync(() => _store.Events.Load.Steps == 5, "the others wait");
            await transaction.RollbackAsync();
            await first;
            traces = (await Task.WhenAll(others))[..3];
        }

        Activity[] commits = [.. _spans.Where(span => span.OperationName == "commit steps")];
        Activity commit = commits.ShouldHaveSingleItem("the commits that nobody traces have none");
        commit.Links.Select(link => link.Context.TraceId).ShouldBe(traces, ignoreOrder: true);
        commit.TraceId.ShouldBe(commit.Links.First().Context.TraceId);
        commit.GetTagItem("stepcloud.steps").ShouldBe(4);
        Activity[] appends = [.. _spans.Where(span => span.OperationName == "append steps")];
        appends.Select(span => span.TraceId).ShouldBe(traces, ignoreOrder: true);
        commit.Links.Select(link => link.Context.SpanId).ShouldBe(appends.Select(span => span.SpanId), ignoreOrder: true);
        appends.ShouldAllBe(span => span.StartTimeUtc + span.Duration >= commit.StartTimeUtc + commit.Duration);
    }

    private async Task<ActivityTraceId> AppendTracedAsync()
    {
        using Activity caller = s_source.StartActivity("sampled")!;
        (await _store.AppendAsync(TestSteps.Step(_store.Device))).ShouldHaveSingleItem().ShouldBeOfType<StepOutcome.Stored>();
        return caller.TraceId;
    }

    private async Task<ActivityTraceId> AppendUntracedAsync()
    {
        using Activity? caller = s_source.StartActivity("unsampled");
        caller.ShouldBeNull();
        await _store.AppendAsync(TestSteps.Step(_store.Device));
        return default;
    }
}
