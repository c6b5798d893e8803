using StepCloud.Tests.Api.Http;
using StepCloud.Tests.Api.Recordings;
using Xunit;

namespace StepCloud.Tests.Api.SignInCodes;

/// <summary>A server for those who bring recordings with a shared tablet.</summary>
public sealed class TabletServer : IAsyncLifetime
{
    public RecordingServer Recordings { get; } = new();

    public ApiServer Server => Recordings.Server;

    public Task InitializeAsync() => Recordings.InitializeAsync();

    public Task DisposeAsync() => Recordings.DisposeAsync();
}

/// <summary>All tests that share the server run one after the other: they come from one address, at which tries are counted.</summary>
[CollectionDefinition(Name)]
public sealed class TabletTests : ICollectionFixture<TabletServer>
{
    public const string Name = "tablets";
}
