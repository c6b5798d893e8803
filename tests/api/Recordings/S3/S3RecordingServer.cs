using StepCloud.Contracts.Ids;
using StepCloud.Tests.Api.Http;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Api.Recordings.S3;

/// <summary>A server whose finished recordings should be with a service that speaks S3, behind a gate.</summary>
public sealed class S3RecordingServer : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>Beside those that every test has, before it is started.</summary>
    public (string Name, string? Value)[] Settings { get; init; } = [];

    internal S3Server S3 { get; private set; } = null!;

    internal S3Gate Gate { get; private set; } = null!;

    public ApiServer Server { get; private set; } = null!;

    public DeviceId Device { get; private set; }

    public string Folder => _folder.Path;

    public string OfDevice => $"device={Device}";

    /// <summary>The files of recordings that are in the folder.</summary>
    public string[] Files() => RecordingServer.FilesIn(Folder);

    internal (string Name, string? Value)[] AllSettings(string store) => [.. Settings.Concat(CommonSettings(store)).DistinctBy(setting => setting.Name)];

    private (string Name, string? Value)[] CommonSettings(string store) =>
    [
        .. S3.Settings(Gate.Address), ("Recordings:Store", store), ("Recordings:Folder", Folder), ("Recordings:MiBMax", "32"), ("Recordings:KeepFreeMiB", "1"),
        ("Recordings:MoveEvery", "00:00:00.100"), ("Recordings:MoveMiBPerSecond", "10000"), ("Recordings:MovePause", "00:00:00.500"), ("Recordings:MovePatience", "00:00:02"),
        ("Recordings:SweepEvery", "00:00:00.200"), ("Recordings:StrangersKept", "00:00:00"),
    ];

    public async Task InitializeAsync()
    {
        S3 = await S3Server.StartAsync();
        Gate = await S3Gate.OpenAsync(S3);
        Server = new ApiServer { Settings = AllSettings("S3") };
        await Server.InitializeAsync();
        TestGateway gateway = await Server.AddGatewayAsync();
        Device = await gateway.AddDeviceAsync();
    }

    public async Task DisposeAsync()
    {
        await Server.DisposeAsync();
        await Gate.DisposeAsync();
        await S3.DisposeAsync();
        _folder.Dispose();
    }

    public Task<string> StoreOfAsync(RecordingId id) => Server.Database.ScalarAsync<string>("SELECT store FROM recording WHERE id = $1", id.Value);

    /// <summary>The key of its object.</summary>
    public async Task<string> KeyOfAsync(RecordingId id) =>
        S3Server.Prefix + await Server.Database.ScalarAsync<string>("SELECT stored_name FROM recording WHERE id = $1 AND store = 's3'", id.Value);

    /// <summary>Waits until it is with the service, and nowhere else.</summary>
    public Task ShouldMoveAsync(RecordingId id) => Eventually.HoldsAsync(async () => await StoreOfAsync(id) == "s3", "it is moved to S3");

    /// <summary>Brings a film and waits until it is with the service.</summary>
    public async Task<RecordingId> AddAsync(byte[] film)
    {
        RecordingId id = await SampleRecordings.AddAsync(await Server.OwnerAsync(), OfDevice, film, "video/mp4");
        await ShouldMoveAsync(id);
        return id;
    }

    public async Task<byte[]> ContentAsync(RecordingId id)
    {
        using HttpResponseMessage read = await (await Server.OwnerAsync()).GetAsync($"{SampleRecordings.Path}/{id}/content");
        return await read.EnsureSuccessStatusCode().Content.ReadAsByteArrayAsync();
    }
}
