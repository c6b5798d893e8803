using System.Diagnostics;
using Shouldly;
using StepCloud.Tests.Api.Http;
using Xunit;
using Xunit.Abstractions;

namespace StepCloud.Tests.Api.Users;

/// <summary>The time of an answer does not tell which addresses have accounts.</summary>
/// <remarks>
/// At the least cost of a hash that the settings allow, about a fifth of the real one: what else differs stands out five times as much, and 400
/// sign-ins take some seconds. Each address is tried once, as somebody would who goes through a list: the first wrong password of an account is the
/// one with the most to do behind it. Both kinds take turns, and which is first changes, so that what else the machine does meets both alike.
/// </remarks>
[Collection(ApiTests.Name)]
public sealed class SignInTimingTests(ApiServer server, ITestOutputHelper output)
{
    private const int SignInsEach = 200;

    /// <summary>Of two samples of 200 from one distribution, one pair in 100,000 is further apart (Kolmogorov-Smirnov): 2.47 * sqrt(2 / 200).</summary>
    private const double DistanceMax = 0.247;

    /// <summary>The same for the standardized rank sum (Mann-Whitney), which finds a small shift sooner.</summary>
    private const double ShiftMax = 4.42;

    /// <summary>What tells accounts apart does so each time; what else the machine does seldom thrice.</summary>
    private const int SamplesMax = 3;

    [Fact]
    public async Task A_wrong_password_takes_as_long_with_an_address_that_nobody_has_as_with_one_of_an_account()
    {
        for (int i = 0; i < 10; i++)
        {
            await TimeAsync(await server.AddUserAsync());
            await TimeAsync(Unknown());
        }

        string seen = "";
        for (int i = 0; i < SamplesMax; i++)
        {
            (double[] known, double[] unknown) = await SampleAsync();
            double ratio = known[SignInsEach / 2] / unknown[SignInsEach / 2], distance = Distance(known, unknown), shift = Shift(known, unknown);
            seen += $"medians {known[SignInsEach / 2]:0.00} and {unknown[SignInsEach / 2]:0.00} ms, distance {distance:0.000}, shift {shift:0.00}\n";
            if (ratio is < 0.9 or > 1.1 || distance >= DistanceMax || Math.Abs(shift) >= ShiftMax) continue;
            output.WriteLine(seen);
            return;
        }

        Assert.Fail(seen);
    }

    [Fact]
    public void The_measures_tell_a_tenth_more_time_from_none()
    {
        Random random = new(1);
        double[] times = [.. Enumerable.Range(0, SignInsEach).Select(_ => 30 + (random.NextDouble() * 6)).Order()];
        double[] others = [.. Enumerable.Range(0, SignInsEach).Select(_ => 30 + (random.NextDouble() * 6)).Order()];
        double[] longer = [.. others.Select(time => time + 3)];

        Distance(times, others).ShouldBeLessThan(DistanceMax);
        Math.Abs(Shift(times, others)).ShouldBeLessThan(ShiftMax);
        Distance(times, longer).ShouldBeGreaterThan(DistanceMax);
        Shift(longer, times).ShouldBeGreaterThan(ShiftMax);
    }

    /// <returns>Milliseconds, ascending.</returns>
    private async Task<(double[] Known, double[] Unknown)> SampleAsync()
    {
        List<string> accounts = [];
        for (int i = 0; i < SignInsEach; i++) accounts.Add(await server.AddUserAsync());
        List<double> known = [], unknown = [];
        foreach (string account in accounts)
        {
            bool isKnownFirst = known.Count % 2 == 0;
            if (isKnownFirst) known.Add(await TimeAsync(account));
            unknown.Add(await TimeAsync(Unknown()));
            if (!isKnownFirst) known.Add(await TimeAsync(account));
        }

        return ([.. known.Order()], [.. unknown.Order()]);
    }

    /// <returns>Milliseconds.</returns>
    private async Task<double> TimeAsync(string email)
    {
        long begun = Stopwatch.GetTimestamp();
        using HttpResponseMessage answer = await server.Anonymous.TrySignInAsync(email, "wrong password");
        double time = Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
        ((int)answer.StatusCode).ShouldBe(401);
        return time;
    }

    /// <summary>As long as the addresses of the accounts.</summary>
    private static string Unknown() => $"owner-{Guid.CreateVersion7()}@example.org";

    /// <summary>The largest distance of the two distribution functions, of sorted times.</summary>
    private static double Distance(IReadOnlyList<double> one, IReadOnlyList<double> other) => one.Concat(other).Max(time =>
        Math.Abs((double)(one.Count(value => value <= time) - other.Count(value => value <= time)) / one.Count));

    /// <summary>In standard deviations: by how much more often than in half of all pairs the first takes longer.</summary>
    private static double Shift(IReadOnlyList<double> one, IReadOnlyList<double> other)
    {
        double n = one.Count, pairs = n * n;
        double longer = one.Sum(value => other.Count(time => time < value) + (0.5 * other.Count(time => time.Equals(value))));
        return (longer - (pairs / 2)) / Math.Sqrt(pairs * ((2 * n) + 1) / 12);
    }
}
