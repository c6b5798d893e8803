using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using StepCloud.Actors.Gateways;
using StepCloud.Actors.Ports;
using StepCloud.Actors.Sessions;
using StepCloud.Contracts.Ids;

namespace StepCloud.Tests.Unit.Actors;

/// <summary>Actors on ports in memory; a test names those that it looks at.</summary>
internal static class TestActors
{
    public static GatewayActor Gateway(
        GatewayId id, MemoryRegistry registry, MemoryCommands commands, TimeProvider clock, MemorySessions? sessions = null, MemoryEvents? events = null,
        MemoryAllowance? allowance = null, MemoryTelemetry? telemetry = null, MemoryPresence? presence = null, RecordedFeed? feed = null, RecordedNews? news = null,
        CommandOptions? commandOptions = null)
    {
        TokenFamily family = new(sessions ?? new MemorySessions(), new CountedTokens(), Options.Create(new SessionOptions()), clock, NullLogger<TokenFamily>.Instance);
        return new GatewayActor(
            id, registry, registry, registry, events ?? new MemoryEvents(), allowance ?? new MemoryAllowance(), telemetry ?? new MemoryTelemetry(),
            feed ?? new RecordedFeed(), news is null ? [] : [news], family, commands, commands, Options.Create(commandOptions ?? new CommandOptions()),
            presence ?? new MemoryPresence(), clock);
    }

    /// <summary>A gateway that may send.</summary>
    public static GatewayRecord AddGateway(this MemoryRegistry registry, TimeProvider clock)
    {
        GatewayRecord gateway = new(GatewayId.New(clock), OrganizationId.New(clock), SiteId.New(clock), "gateway", false);
        registry.Gateways[gateway.Id] = gateway;
        return gateway;
    }

    /// <summary>A device of the gateway's site.</summary>
    public static DeviceId AddDevice(this MemoryRegistry registry, GatewayRecord gateway, TimeProvider clock)
    {
        DeviceId device = DeviceId.New(clock);
        registry.Devices[device] = new DeviceRecord(device, gateway.Site, gateway.Id);
        return device;
    }
}
