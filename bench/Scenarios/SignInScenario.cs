using System.Security.Cryptography;
using System.Text;
using StepCloud.Api.Tokens;
using StepCloud.Bench.Frame;
using StepCloud.Bench.Processes;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Sessions;

namespace StepCloud.Bench.Scenarios;

/// <summary>What a sign-in costs beside its password hash, and what it costs to check an access token.</summary>
internal sealed class SignInScenario : Scenario
{
    private const int ChecksAtOnce = 200;

    /// <summary>More than the server remembers: each is a new one whenever its turn comes.</summary>
    private const int TokensForgotten = 25_000;

    private static readonly Metric s_time = new("median_milliseconds", "p50, ms", "N1", IsHeadline: true);
    private static readonly Metric s_cpu = new("cpu_microseconds", "CPU, microseconds", "N1", IsHeadline: true);

    public override string Name => "sign-in";

    public override string Title => "Signing in, and checking an access token";

    public override async Task<ScenarioResult> RunAsync(ScenarioContext context, CancellationToken cancellationToken)
    {
        await using var server = await OwnServer.StartAsync(context.Time, cancellationToken);
        using var http = new HttpClient { BaseAddress = server.Address };
        string token = await server.SignInAsync(http, OwnServer.Email, cancellationToken);

        // Both are measured in turn, sign-in by sign-in, so that what else the machine does meets both alike: one round gives the figures of both.
        double bare = 0;
        var signIn = await Contest.RunAsync(
            "a sign-in",
            [s_time],
            [
                new Competitor("POST /api/v1/sign-in", async ct =>
                {
                    (double whole, bare) = await InTurnAsync(server, http, context, ct);
                    return new Dictionary<Metric, double> { [s_time] = whole };
                }),
                new Competitor("bare Argon2id", _ => Result(new() { [s_time] = bare })),
            ],
            context.Rounds, context.Say, cancellationToken);
        SessionGrant grant = new(
            SessionId.New(context.Time), HolderKind.User, Guid.CreateVersion7(context.Time.GetUtcNow()), null, ["viewer"], "", context.Time.GetUtcNow());
        string[] newTokens = [.. Enumerable.Range(0, TokensForgotten).Select(_ => server.Service<AccessTokenIssuer>().Issue(grant).Text)];
        var check = await Contest.RunAsync(
            "checking an access token",
            [s_cpu],
            [
                new Competitor("StepCloud, a token again", _ => Result(CheckTokens(server.Service<AccessTokenVerifier>(), [token], context))),
                new Competitor("StepCloud, a new token", _ => Result(CheckTokens(server.Service<AccessTokenVerifier>(), newTokens, context))),
                new Competitor("bare ECDSA P-256", _ => Result(CheckSignatures(token, context))),
            ],
            context.Rounds, context.Say, cancellationToken);
        string cost = string.Join('$', server.PasswordHash.Split('$')[1..4]);
        return context.Result(this, new Dictionary<string, string> { ["seconds a round"] = $"{context.RoundDuration.TotalSeconds}", ["hash"] = cost }, signIn, check);
    }

    private static async Task<(double Whole, double Bare)> InTurnAsync(OwnServer server, HttpClient http, ScenarioContext context, CancellationToken cancellationToken)
    {
        List<double> whole = [], bare = [];
        long begun = context.Time.GetTimestamp();
        while (context.Time.GetElapsedTime(begun) < context.RoundDuration)
        {
            long start = context.Time.GetTimestamp();
            await server.SignInAsync(http, OwnServer.Email, cancellationToken);
            whole.Add(context.Time.GetElapsedTime(start).TotalMilliseconds);

            start = context.Time.GetTimestamp();
            if (!BareArgon2.Verify(OwnServer.Password, server.PasswordHash)) throw new BenchException("libsodium does not know the password of a hash of ours.");
            bare.Add(context.Time.GetElapsedTime(start).TotalMilliseconds);
        }

        return (Summary.MedianOf(whole), Summary.MedianOf(bare));
    }

    private static Task<IReadOnlyDictionary<Metric, double>> Result(Dictionary<Metric, double> values) => Task.FromResult<IReadOnlyDictionary<Metric, double>>(values);

    /// <param name="tokens">Checked one after the other, again and again.</param>
    private static Dictionary<Metric, double> CheckTokens(AccessTokenVerifier verifier, string[] tokens, ScenarioContext context)
    {
        int next = 0;
        return Measure(() => verifier.Verify(tokens[next++ % tokens.Length]) is AccessTokenOutcome.Valid, context);
    }

    /// <summary>What no check can do without: .NET's own of a signature over as many bytes.</summary>
    private static Dictionary<Metric, double> CheckSignatures(string token, ScenarioContext context)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        byte[] data = Encoding.ASCII.GetBytes(token[..token.LastIndexOf('.')]);
        byte[] signature = key.SignData(data, HashAlgorithmName.SHA256);
        return Measure(() => key.VerifyData(data, signature, HashAlgorithmName.SHA256), context);
    }

    /// <summary>The processor time of this whole process, in which nothing else is asked meanwhile.</summary>
    private static Dictionary<Metric, double> Measure(Func<bool> check, ScenarioContext context)
    {
        long begun = context.Time.GetTimestamp();
        long count = 0;
        var before = Environment.CpuUsage.TotalTime;
        while (context.Time.GetElapsedTime(begun) < context.RoundDuration)
        {
            for (int i = 0; i < ChecksAtOnce; i++)
            {
                if (!check()) throw new BenchException("What was signed here is refused here.");
            }

            count += ChecksAtOnce;
        }

        return new Dictionary<Metric, double> { [s_cpu] = (Environment.CpuUsage.TotalTime - before).TotalMicroseconds / count };
    }
}
