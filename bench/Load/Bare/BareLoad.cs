using Npgsql;
using StepCloud.Bench.Frame;

namespace StepCloud.Bench.Load.Bare;

/// <summary>Writes the steps of one connection; not for two threads.</summary>
internal interface IBareWriter : IDisposable
{
    /// <summary>Another batch; when it returns, it is on the disk.</summary>
    void Commit();
}

/// <summary>Writers that commit one batch after the other, each on its own thread and connection.</summary>
internal sealed class BareLoad : IDisposable
{
    private readonly Thread[] _threads;
    private readonly IBareWriter[] _writers;
    private readonly int _stepsPerCommit;
    private readonly TaskCompletionSource _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _isStopped;
    private long _committed;

    /// <param name="devices">Dealt out to the connections: two that wrote of the same device would wait for each other.</param>
    public BareLoad(string connectionString, StoredStep step, IReadOnlyList<BareDevice> devices, BarePlan plan, TimeProvider time)
    {
        _stepsPerCommit = plan.StepsPerCommit;
        _writers = [.. Enumerable.Range(0, plan.Connections).Select(Open)];
        _threads = [.. _writers.Select(writer => new Thread(() => Run(writer)) { IsBackground = true, Name = "bare" })];
        foreach (var thread in _threads) thread.Start();

        IBareWriter Open(int index)
        {
            NpgsqlConnection connection = new(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString);
            connection.Open();
            BareBatch batch = new(step, [.. devices.Where((_, i) => i % plan.Connections == index)], plan.StepsPerCommit, time);
            return plan.Way == BareWay.Unnest ? new BareUnnest(connection, batch) : new BareCopy(connection, batch);
        }
    }

    /// <summary>Steps that are on the disk.</summary>
    public long Committed => Interlocked.Read(ref _committed);

    /// <exception cref="BenchException">A writer failed.</exception>
    public async Task LastAsync(TimeSpan duration, TimeProvider time, CancellationToken cancellationToken)
    {
        await Task.WhenAny(_failed.Task, Task.Delay(duration, time, cancellationToken));
        cancellationToken.ThrowIfCancellationRequested();
        if (_failed.Task.IsFaulted) await _failed.Task;
    }

    public void Dispose()
    {
        _isStopped = true;
        foreach (var thread in _threads) thread.Join();
        foreach (var writer in _writers) writer.Dispose();
    }

    private void Run(IBareWriter writer)
    {
        try
        {
            while (!_isStopped)
            {
                writer.Commit();
                Interlocked.Add(ref _committed, _stepsPerCommit);
            }
        }
        catch (Exception exception)
        {
            _failed.TrySetException(new BenchException($"PostgreSQL alone did not take its rows: {exception.Message}"));
        }
    }
}
