using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Contracts.Ids;
using StepCloud.Tests.Api.Http;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Api.Live;

/// <summary>However often a stream breaks, and wherever: what its reader has seen in the end is what was stored, each once and in its order.</summary>
[Collection(ApiTests.Name)]
public sealed class ResumedStreamTests(ApiServer server)
{
    [Theory]
    [InlineData(1, false)]
    [InlineData(2, true)]
    [InlineData(3, false)]
    [InlineData(4, true)]
    public async Task A_resumed_feed_misses_nothing_and_shows_nothing_twice(int seed, bool ofSite)
    {
        Shop shop = await server.AddShopAsync("Resumed");
        TestGateway gateway = await server.AddGatewayAsync(shop);
        DeviceId[] devices = [await gateway.AddDeviceAsync(), await gateway.AddDeviceAsync()];
        ApiClient user = await server.UserAsync(shop.OwnerEmail);
        string path = ofSite ? $"/api/v1/sites/{shop.Site}/live" : $"/api/v1/devices/{devices[0]}/live";
        LiveReader reader = await LiveReader.OpenAsync(server, user, path);
        await Eventually.HoldsAsync(() => reader.LastEventId is not null, "the stream has begun");

        List<string> sent = [];
        Task producing = ProduceAsync(gateway, devices, new Random(seed), sent);
        List<LiveMessage> seen = [];
        string? last = null;
        Random breaks = new(-seed);
        for (bool isOver = false; !isOver;)
        {
            // A reader that has seen some, as many as chance has it, loses its connection in the middle of whatever comes; at the end one after the
            // other has so long that what is left has come, until nothing is.
            bool wasProduced = producing.IsCompleted;
            await Task.Delay(wasProduced ? 2000 : breaks.Next(1, 120));
            await reader.DisposeAsync();
            List<LiveMessage> news = [.. reader.All.Where(message => message.Id is not null)];
            seen.AddRange(news);
            last = reader.LastEventId ?? last;
            isOver = wasProduced && news.Count == 0;
            reader = await LiveReader.OpenAsync(server, user, path, last);
        }

        await producing;
        await reader.DisposeAsync();
        seen.ShouldNotContain(message => message.Event == "reset");
        string where = ofSite ? "site_id" : "device_id";
        Guid scope = ofSite ? shop.Site.Value : devices[0].Value;
        Ids(seen, "samples").ShouldBe(await ListAsync("telemetry", where, scope));
        Ids(seen, "step").ShouldBe(await ListAsync("step_event", where, scope));
        if (ofSite) seen.Select(message => message.Subject.ToString()).Order().ShouldBe(sent.Order());
        ShouldEndTheirSamples(seen);
    }

    /// <summary>Runs steps at random, their telemetry one by one or several at once, two devices in turn.</summary>
    private static async Task ProduceAsync(TestGateway gateway, DeviceId[] devices, Random chance, List<string> sent)
    {
        for (int round = 0; round < 25; round++)
        {
            DateTimeOffset started = TimeProvider.System.GetUtcNow();
            Guid step = Guid.CreateVersion7(started);
            DeviceId device = devices[chance.Next(2)];
            JsonObject element = TelemetryJson.Running(device, step, started);
            for (int i = chance.Next(1, 5); i > 0; i--)
            {
                JsonArray several = [.. Enumerable.Range(0, chance.Next(1, 4)).Select(_ => element = TelemetryJson.Running(device, step, started))];
                sent.AddRange(several.Select(one => (string)one!["id"]!));
                element = (JsonObject)several[^1]!.DeepClone();
                await gateway.ReportAsync(several).ShouldAnswerAsync(200);
            }

            sent.Add(step.ToString());
            await gateway.SendAsync(TelemetryJson.Finished(element)).ShouldAnswerAsync(200);
        }
    }

    /// <summary>A step comes behind all telemetry of it.</summary>
    private static void ShouldEndTheirSamples(List<LiveMessage> seen)
    {
        HashSet<Guid> finished = [];
        foreach (LiveMessage message in seen)
        {
            if (message.Event == "step") finished.Add(message.Subject);
            else finished.ShouldNotContain(Guid.Parse((string)message.Data["step"]!));
        }
    }

    private static Guid[] Ids(List<LiveMessage> seen, string name) => [.. seen.Where(message => message.Event == name).Select(message => message.Subject)];

    private Task<Guid[]> ListAsync(string table, string where, Guid scope) =>
        server.Database.ScalarAsync<Guid[]>($"SELECT array_agg(id ORDER BY position) FROM {table} WHERE {where} = $1", scope);
}
