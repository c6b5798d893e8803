using Shouldly;
using StepCloud.Storage.SignInCodes;
using StepCloud.Tests.Api.Http;
using StepCloud.Tests.Api.Recordings;
using Xunit;

namespace StepCloud.Tests.Api.SignInCodes;

/// <summary>Codes and tablets' sessions by a clock that the tests set ahead.</summary>
public sealed class SignInCodeTimeTests : IAsyncLifetime
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly AheadClock _clock = new();
    private readonly ApiServer _server;

    public SignInCodeTimeTests() => _server = new ApiServer { Clock = _clock };

    public Task InitializeAsync() => _server.InitializeAsync();

    public Task DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_code_is_good_for_five_minutes_and_its_session_for_fifteen_however_much_it_is_used()
    {
        TabletRig rig = await TabletRig.CreateAsync(_server);
        string late = await rig.MakeCodeAsync();
        _clock.Advance(TimeSpan.FromMinutes(5));
        await rig.TryRedeemAsync(late).ShouldBeProblemAsync(401, "invalid_sign_in_code");

        string code = await rig.MakeCodeAsync();
        _clock.Advance(TimeSpan.FromMinutes(5) - (30 * Second));
        ApiClient tablet = await rig.RedeemAsync(code);
        // The user's own token is at its end by now, and of the tablet's session that says nothing.
        _clock.Advance(TimeSpan.FromMinutes(14));
        await SampleRecordings.SendAsync(tablet, rig.OfCase, SampleRecordings.Png).ShouldAnswerAsync(201);
        string upload = await new TusClient(tablet).CreateAsync(1000, $"filetype {TusClient.Base64("video/mp4")},case {TusClient.Base64(rig.Case)}");
        _clock.Advance(TimeSpan.FromMinutes(1) + Second);
        await SampleRecordings.SendAsync(tablet, rig.OfCase, SampleRecordings.Png).ShouldBeProblemAsync(401, "invalid_token");
        await new TusClient(tablet).PatchAsync(upload, 0, SampleRecordings.Film(1000)).ShouldBeProblemAsync(401, "invalid_token");
    }

    [Fact]
    public async Task What_is_over_is_swept()
    {
        TabletRig rig = await TabletRig.CreateAsync(_server);
        await rig.TryRedeemAsync("7KQM-W2XD").ShouldBeProblemAsync(401, "invalid_sign_in_code");
        await rig.MakeCodeAsync();
        SignInCodeStore codes = _server.Service<SignInCodeStore>();
        await codes.SweepAsync(CancellationToken.None);
        (await RowsAsync()).ShouldBe(2);
        _clock.Advance(TimeSpan.FromMinutes(5) + Second);
        await codes.SweepAsync(CancellationToken.None);
        (await RowsAsync()).ShouldBe(0);
    }

    private Task<long> RowsAsync() => _server.Database.ScalarAsync<long>("SELECT (SELECT count(*) FROM sign_in_code) + (SELECT count(*) FROM sign_in_code_miss)");
}
