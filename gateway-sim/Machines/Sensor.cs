namespace StepCloud.GatewaySim.Machines;

/// <summary>What sensors make of smooth physics: noise, and a last digit.</summary>
internal static class Sensor
{
    /// <summary>A reading with noise of about that size (a sum of three uniform ones is near enough to normal), rounded as the sensor does.</summary>
    public static double Read(Random random, double truth, double noise, int decimals) =>
        Math.Round(truth + noise * (random.NextDouble() + random.NextDouble() + random.NextDouble() - 1.5), decimals);

    public static double[] Sample(int count, Func<double, double> at)
    {
        double[] values = new double[count];
        for (int i = 0; i < count; i++)
            values[i] = at(count == 1 ? 0 : i / (double)(count - 1));
        return values;
    }
}
