using Shouldly;
using StepCloud.Actors.Gateways;
using StepCloud.Actors.Ports;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Commands;
using StepCloud.Contracts.Gateways;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Sessions;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Unit.Actors;

/// <summary>When a gateway's actor sends, and sends again.</summary>
public sealed class GatewayCommandTests : IAsyncLifetime
{
    private static readonly AuditDoer Somebody = AuditDoer.Nobody(new SessionOrigin("", ""));

    private readonly FakeClock _clock = new();
    private readonly MemoryRegistry _registry = new();
    private readonly MemoryCommands _commands = new();
    private readonly GatewayRecord _gateway;
    private GatewayActor _actor = null!;

    public GatewayCommandTests()
    {
        _gateway = _registry.AddGateway(_clock);
    }

    public Task InitializeAsync()
    {
        _actor = TestActors.Gateway(_gateway.Id, _registry, _commands, _clock, commandOptions: new CommandOptions { OpenPerGatewayMax = 3 });
        return _actor.ActivateAsync(CancellationToken.None);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task It_sends_to_a_connected_gateway_at_once_and_keeps_for_an_absent_one()
    {
        await SendAsync("early");
        _commands.Sent.ShouldBeEmpty();
        await ConnectAsync(sessionPresent: false);
        _commands.Sent.ShouldBeEmpty("it has not said yet that it listens");
        _commands.IsListening = true;
        await _actor.ListensForCommandsAsync(CancellationToken.None);
        await SendAsync("now");
        _commands.Sent.ShouldBe(["early", "now"]);
    }

    [Theory]
    [InlineData(true, 1)]
    [InlineData(false, 2)]
    public async Task What_was_sent_is_sent_again_only_when_the_session_that_held_it_is_gone(bool sessionPresent, int times)
    {
        _commands.IsListening = true;
        await ConnectAsync(sessionPresent: false);
        await SendAsync("once");
        await ConnectAsync(sessionPresent);
        await _actor.ListensForCommandsAsync(CancellationToken.None);
        _commands.Sent.Count.ShouldBe(times);
    }

    [Fact]
    public async Task What_is_delivered_or_past_its_deadline_is_not_sent_again()
    {
        await SendAsync("delivered");
        await SendAsync("late", TimeSpan.FromMinutes(1));
        await _actor.CommandDeliveredAsync(new CommandDelivery(_commands["delivered"].Command.Id, 0, null), CancellationToken.None);
        _clock.Advance(TimeSpan.FromMinutes(2));
        _commands.IsListening = true;
        await ConnectAsync(sessionPresent: true);
        _commands.Sent.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_found_no_room_is_tried_again_when_another_was_delivered()
    {
        _commands.IsListening = true;
        await ConnectAsync(sessionPresent: false);
        await SendAsync("first");
        await SendAsync("second");
        await _actor.CommandDeliveredAsync(new CommandDelivery(_commands["second"].Command.Id, 0, "Too many messages wait."), CancellationToken.None);
        await _actor.CommandDeliveredAsync(new CommandDelivery(_commands["first"].Command.Id, 0, null), CancellationToken.None);
        _commands.Sent.ShouldBe(["first", "second", "second"]);
    }

    [Fact]
    public async Task A_refusing_acknowledgement_is_an_answer_with_its_Reason_Code()
    {
        await SendAsync("unwanted");
        await _actor.CommandDeliveredAsync(new CommandDelivery(_commands["unwanted"].Command.Id, 0x97, null), CancellationToken.None);
        _commands["unwanted"].Answer!.Outcome.ShouldBe(CommandResult.Refused);
        _commands["unwanted"].Answer!.Message.ShouldContain("0x97");
    }

    [Fact]
    public async Task Only_so_many_may_be_open()
    {
        for (int i = 0; i < 3; i++) (await SendAsync($"{i}")).ShouldBeOfType<SendCommandOutcome.Taken>();
        (await SendAsync("one more")).ShouldBe(new SendCommandOutcome.TooMany(3));
        await _actor.AnswerCommandsAsync([new CommandAnswer(_commands["0"].Command.Id, CommandResult.Done, "", null)], Somebody.Origin, CancellationToken.None);
        (await SendAsync("one more")).ShouldBeOfType<SendCommandOutcome.Taken>();
    }

    private Task<SendCommandOutcome> SendAsync(string name, TimeSpan? lifetime = null)
    {
        DateTimeOffset now = _clock.GetUtcNow();
        GatewayCommand command = new(CommandId.New(_clock), name, "{}", now, now + (lifetime ?? TimeSpan.FromHours(1)));
        return _actor.SendCommandAsync(command, Somebody, CancellationToken.None);
    }

    private Task ConnectAsync(bool sessionPresent) =>
        _actor.ConnectedAsync(new GatewayConnection(Guid.NewGuid().ToString(), "MQTT 5.0", "", sessionPresent), CancellationToken.None);
}
