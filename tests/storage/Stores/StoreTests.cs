using StepCloud.Contracts.Audit;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Storage;

/// <summary>A fresh database with an organization for each test.</summary>
public abstract class StoreTests : IAsyncLifetime
{
    protected static readonly DateTimeOffset Now = FakeClock.Start;

    protected static readonly AuditDoer Doer = AuditDoer.System("test");

    protected TestDatabase Database { get; private set; } = null!;

    protected TestInstallation Installation { get; private set; } = null!;

    protected TestOrganization Organization { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Database = await TestPostgres.CreateDatabaseAsync();
        Installation = new TestInstallation(Database);
        Organization = await Installation.AddOrganizationAsync();
    }

    public async Task DisposeAsync() => await Database.DisposeAsync();
}
