using StepCloud.Bench.Frame;

namespace StepCloud.Bench.Load;

/// <summary>Reads `/metrics` every second, as a Prometheus would that is in a hurry.</summary>
internal sealed class MetricsScrape : IAsyncDisposable
{
    private static readonly TimeSpan s_every = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stop = new();
    private readonly Task _reading;
    private long _bytes;

    public MetricsScrape(Uri server, TimeProvider time) => _reading = Task.Run(() => ReadAsync(server, time));

    public long Bytes => Interlocked.Read(ref _bytes);

    /// <exception cref="BenchException">A page was refused.</exception>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _reading;
        _stop.Dispose();
    }

    private async Task ReadAsync(Uri server, TimeProvider time)
    {
        using HttpClient http = new() { BaseAddress = server };
        using PeriodicTimer timer = new(s_every, time);
        try
        {
            do
            {
                using var answer = await http.GetAsync("/metrics", _stop.Token);
                if (!answer.IsSuccessStatusCode) throw new BenchException($"/metrics answered {(int)answer.StatusCode}.");
                Interlocked.Add(ref _bytes, (await answer.Content.ReadAsByteArrayAsync(_stop.Token)).Length);
            }
            while (await timer.WaitForNextTickAsync(_stop.Token));
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The round is over.
        }
    }
}
