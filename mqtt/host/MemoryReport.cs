using StepCloud.Mqtt.Broker;

namespace StepCloud.Mqtt.Host;

/// <summary>Answers each line of the standard input with one line of JSON about this process's memory, for those who measure it.</summary>
/// <remarks>
/// What is managed can be counted only from inside, and only after a full collection. The end of the standard input ends the host: one that was
/// started to be measured does not outlive who measures.
/// </remarks>
internal static class MemoryReport
{
    /// <summary>Completes with the standard input.</summary>
    public static async Task AnswerAsync(MqttServer server)
    {
        // Console.In would block where it says it waits.
        using var input = new StreamReader(Console.OpenStandardInput());
        while (await input.ReadLineAsync() is not null)
        {
            // Twice, with the finalizers between: what they let go counts as let go.
            GC.Collect();
            GC.WaitForPendingFinalizers();
            long bytes = GC.GetTotalMemory(forceFullCollection: true);
            Console.WriteLine($"{{\"managed_bytes\":{bytes},\"connections\":{server.ConnectionCount}}}");
        }
    }
}
