using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Storage;

/// <summary>A fresh database with an event store for each test.</summary>
public abstract class StepStoreTests : IAsyncLifetime
{
    private protected TestDatabase Database { get; private set; } = null!;

    private protected StepStore Store { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Database = await TestPostgres.CreateDatabaseAsync();
        Store = new StepStore(Database.ConnectionString);
    }

    public async Task DisposeAsync()
    {
        await Store.DisposeAsync();
        await Database.DisposeAsync();
    }
}
