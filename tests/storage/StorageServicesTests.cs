using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Shouldly;
using StepCloud.Actors.Ports;
using StepCloud.Contracts.Ids;
using StepCloud.Storage;
using StepCloud.Storage.Registry;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Storage;

public sealed class StorageServicesTests
{
    public static TheoryData<Type> Ports() =>
    [
        typeof(IEventStore), typeof(IActorStateStore), typeof(IUserRegistry), typeof(IGatewayRegistry), typeof(IDeviceRegistry), typeof(ISessionStore),
        typeof(SigningKeyStore), typeof(ServerSecretStore), typeof(MasterKeyStore), typeof(InstallationStore), typeof(RejectedMessageStore), typeof(Quarantine), typeof(IdempotentRequestStore), typeof(RegistryStore), typeof(Quotas),
        typeof(StepQueries), typeof(IAuditTrail), typeof(AuditTrail), typeof(AuditQueries), typeof(AuditHeadStore), typeof(ICommandStore), typeof(CommandQueries),
        typeof(SessionQueries), typeof(Migrator), typeof(StepPartitions), typeof(EventStoreMetrics), typeof(IHostedService),
    ];

    [Theory]
    [MemberData(nameof(Ports))]
    public async Task Every_port_has_its_store(Type port)
    {
        await using TestDatabase database = await TestPostgres.CreateEmptyDatabaseAsync();
        await using ServiceProvider services = Services(database.ConnectionString);
        services.GetRequiredService(port).ShouldNotBeNull();
    }

    [Fact]
    public async Task A_step_and_its_gateway_go_through_the_registered_stores()
    {
        await using TestDatabase database = await TestPostgres.CreateEmptyDatabaseAsync();
        await using ServiceProvider services = Services(database.ConnectionString);
        await services.GetRequiredService<Migrator>().MigrateAsync(CancellationToken.None);
        TestOrganization organization = await new TestInstallation(database).AddOrganizationAsync();

        GatewayRecord gateway = (await services.GetRequiredService<IGatewayRegistry>().FindAsync(organization.Gateway.Id, CancellationToken.None)).ShouldNotBeNull();
        await services.GetRequiredService<IEventStore>().AppendAsync(
            new StepOrigin(gateway.Organization, gateway.Site, gateway.Id), [TestSteps.Step(DeviceId.New(TimeProvider.System))], CancellationToken.None);

        (await database.ScalarAsync<long>("SELECT count(*) FROM step_event WHERE gateway_id = $1", gateway.Id.Value)).ShouldBe(1);
    }

    [Theory]
    [InlineData("StepWriters", "0")]
    [InlineData("StepWriters", "17")]
    [InlineData("ConnectionsMax", "4")]
    [InlineData("QueueBytesMax", "1000")]
    [InlineData("CommitStepsMax", "0")]
    [InlineData("CommitTimeout", "00:00:00")]
    public void A_setting_out_of_its_range_is_named(string name, string value)
    {
        using ServiceProvider services = Services("Host=nowhere", (name, value));

        OptionsValidationException exception = Should.Throw<OptionsValidationException>(() => services.GetRequiredService<IOptions<StorageOptions>>().Value);

        exception.Message.ShouldContain(name);
    }

    [Theory]
    [InlineData("ConnectionsMax", "7", "StepWriters", "4")]
    [InlineData("CommitBytesMax", "100000000", "QueueBytesMax", "50000000")]
    public void Settings_that_do_not_go_together_are_named(string first, string firstValue, string second, string secondValue)
    {
        using ServiceProvider services = Services("Host=nowhere", (first, firstValue), (second, secondValue));

        OptionsValidationException exception = Should.Throw<OptionsValidationException>(() => services.GetRequiredService<IOptions<StorageOptions>>().Value);

        exception.Message.ShouldContain(first);
        exception.Message.ShouldContain(second);
    }

    private static ServiceProvider Services(string connectionString, params (string Name, string Value)[] settings)
    {
        ServiceCollection services = new();
        services.AddLogging();
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder()
            .AddInMemoryCollection(settings.ToDictionary(setting => $"{StorageOptions.Section}:{setting.Name}", setting => (string?)setting.Value))
            .Build());
        services.AddSingleton<ISealing, TestSealing>();
        services.AddStorage();
        ServiceProvider provider = services.BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true, ValidateScopes = true });
        provider.GetRequiredService<DatabaseAddress>().ConnectionString = connectionString;
        return provider;
    }
}
