using System.Globalization;
using System.Text;

namespace StepCloud.Bench.Load;

/// <summary>What a step with one series ends with, behind the head of its label.</summary>
internal static class SampleStep
{
    /// <summary>A sensor of two decimals, ten samples a second, some milliseconds early or late, as a gateway polls.</summary>
    public static string Finish(string head, int samples)
    {
        Random random = new(1);
        var (times, values) = (new StringBuilder(), new StringBuilder());
        for (int i = 0; i < samples; i++)
        {
            if (i > 0) (times, values) = (times.Append(','), values.Append(','));
            times.Append((i * 100_000L) + random.Next(0, 4000));
            values.Append(CultureInfo.InvariantCulture, $"{40 + (15 * Math.Sin(i / 30.0)) + (random.NextDouble() * 0.6):0.00}");
        }

        return $$"""{{head}}Print","series":[{"name":"temperature","unit":"°C","times_us":[{{times}}],"values":[{{values}}]}]}""";
    }

    /// <summary>With a log of one line, so long that the whole step has that many bytes.</summary>
    /// <param name="bytesBefore">Of the step, before the head.</param>
    /// <exception cref="Frame.BenchException">It does not fit into so few.</exception>
    public static string FinishWithLog(string head, int samples, int bytes, int bytesBefore)
    {
        const string log = ",\"logs\":[{\"kind\":\"build\",\"label\":\"build log\",\"lines\":[\"", end = "\"]}]}";
        string step = Finish(head, samples)[..^1] + log;
        int letters = bytes - bytesBefore - Encoding.UTF8.GetByteCount(step) - end.Length;
        return letters > 0 ? step + new string('x', letters) + end : throw new Frame.BenchException($"A step with {samples} samples and a log needs more than {bytes} bytes.");
    }
}
