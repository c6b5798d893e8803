using System.Net;
using Shouldly;
using StepCloud.Contracts.Ids;
using StepCloud.GatewaySim.Files;
using StepCloud.GatewaySim.Server;
using StepCloud.Tests.Sim.Peers;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Sim.Server;

public sealed class GatewayTokensTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private readonly FakeClock _clock = new();
    private ScriptedTokens _server = null!;
    private DataFolder _data = null!;
    private GatewayFolder _gateway = null!;
    private HttpClient _http = null!;

    public async Task InitializeAsync()
    {
        _server = await ScriptedTokens.StartAsync();
        _data = DataFolder.Open(_folder.Path);
        _gateway = _data.Add(new GatewayCredentials(new GatewayId(Guid.NewGuid()), "Gateway", _server.NewFamily(), FakeClock.Start));
        _http = new HttpClient { BaseAddress = _server.Address };
    }

    public async Task DisposeAsync()
    {
        _http.Dispose();
        _data.Dispose();
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_token_is_used_until_four_fifths_of_its_life_are_over()
    {
        GatewayTokens tokens = Tokens();
        (await tokens.GetAsync(CancellationToken.None)).ShouldBe("access-1");

        _clock.Advance(TimeSpan.FromSeconds(719));
        (await tokens.GetAsync(CancellationToken.None)).ShouldBe("access-1");

        _clock.Advance(TimeSpan.FromSeconds(1));
        (await tokens.GetAsync(CancellationToken.None)).ShouldBe("access-2");
    }

    [Fact]
    public async Task A_refused_token_is_replaced_at_once()
    {
        GatewayTokens tokens = Tokens();
        await tokens.GetAsync(CancellationToken.None);
        tokens.Discard();
        (await tokens.GetAsync(CancellationToken.None)).ShouldBe("access-2");
    }

    [Fact]
    public async Task The_next_refresh_token_is_on_the_disk_when_the_access_token_is_given_out()
    {
        await Tokens().GetAsync(CancellationToken.None);

        _data.Gateways().ShouldHaveSingleItem().Credentials.RefreshToken.ShouldBe("refresh-2");
    }

    [Fact]
    public async Task A_crash_between_the_servers_answer_and_the_disk_does_not_lose_the_family()
    {
        string before = _gateway.Credentials.RefreshToken;
        await Tokens().GetAsync(CancellationToken.None);
        // The disk as it was: the answer came and was not written.
        _gateway.Save(_gateway.Credentials with { RefreshToken = before });

        (await Tokens().GetAsync(CancellationToken.None)).ShouldBe("access-2");

        (await Tokens().GetAsync(CancellationToken.None)).ShouldBe("access-3");
    }

    [Fact]
    public async Task A_refusal_tells_whether_trying_again_can_help_and_costs_no_token()
    {
        string before = _gateway.Credentials.RefreshToken;
        _server.UnavailableFor = 1;
        GatewayTokens tokens = Tokens();

        ServerRefusedException busy = await Should.ThrowAsync<ServerRefusedException>(tokens.GetAsync(CancellationToken.None));
        busy.IsTransient.ShouldBeTrue();
        _gateway.Credentials.RefreshToken.ShouldBe(before);
        (await tokens.GetAsync(CancellationToken.None)).ShouldBe("access-1");

        _gateway.Save(_gateway.Credentials with { RefreshToken = "never given" });
        ServerRefusedException refused = await Should.ThrowAsync<ServerRefusedException>(Tokens().GetAsync(CancellationToken.None));
        refused.IsTransient.ShouldBeFalse();
        refused.Status.ShouldBe(HttpStatusCode.Unauthorized);
        refused.Message.ShouldBe("401 invalid_grant: Because of invalid_grant.");
    }

    private GatewayTokens Tokens() => new(new ServerApi(_http), _gateway, _clock);
}
