using System.Diagnostics;

namespace StepCloud.Tests.Support;

/// <summary>Waits for what another process or thread will bring about. The bound is only there to fail instead of hanging.</summary>
public static class Eventually
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    public static Task HoldsAsync(Func<bool> condition, string what) => HoldsAsync(() => Task.FromResult(condition()), what);

    public static async Task HoldsAsync(Func<Task<bool>> condition, string what)
    {
        Stopwatch watch = Stopwatch.StartNew();
        while (!await condition())
        {
            if (watch.Elapsed > Bound)
                throw new TimeoutException($"Within {Bound.TotalSeconds} s it did not happen that {what}");
            await Task.Delay(20);
        }
    }
}
