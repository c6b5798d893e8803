using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Tests.Support;
using StepCloud.Tests.System.Processes;
using Xunit;
using Xunit.Abstractions;

namespace StepCloud.Tests.System.Running;

/// <summary>A server that is killed between the commit of a step and what follows from it.</summary>
public sealed class KilledAlarmTests(ITestOutputHelper output)
{
    private const int Rounds = 5;
    private const int DevicesOfRound = 4;
    private const int KillAfterMaxMs = 150;

    [Fact]
    public async Task Whenever_the_server_is_killed_each_step_raises_one_alarm_and_its_receiver_knows_it_by_one_id()
    {
        await using Installation installation = await Installation.CreateAsync();
        using HttpListener receiver = new();
        int port = Installation.FreePort();
        receiver.Prefixes.Add($"http://127.0.0.1:{port}/");
        receiver.Start();
        ConcurrentQueue<(string Delivery, string Alarm, string Body)> received = new();
        Task receiving = ReceiveAsync(receiver, received);
        (string, string)[] settings = [("Alarms__AllowedNetworks__0", "127.0.0.1/32"), ("Alarms__SendEvery", "00:00:00.050"), ("Alarms__WebhookTimeout", "00:00:01")];
        BuiltProgram server = await installation.StartServerAsync(settings);
        using HttpClient http = new() { BaseAddress = new Uri(installation.HttpAddress) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", (string)(await installation.SignInAsync(http))["access_token"]!);
        using HttpClient gateway = await AddGatewayAsync(installation, http);
        JsonNode channel = await PostAsync(http, "/api/v1/alarm-channels", new JsonObject { ["name"] = "Hook", ["kind"] = "webhook", ["url"] = $"http://127.0.0.1:{port}/", ["severity_min"] = "info" });
        await PostAsync(http, $"/api/v1/alarm-channels/{channel["id"]}/secret", null);
        await PostAsync(http, "/api/v1/alarm-rules", new JsonObject
        {
            ["name"] = "Failed", ["severity"] = "critical", ["model"] = "01980000-0000-7000-8001-000000000001", ["condition"] = "outcome", ["outcome"] = "failed",
        });

        int seed = Random.Shared.Next();
        Random random = new(seed);
        List<Guid> devices = [];
        for (int round = 0; round < Rounds; round++)
        {
            for (int i = 0; i < DevicesOfRound; i++) devices.Add(await FailAsync(gateway));
            await Task.Delay(random.Next(KillAfterMaxMs));
            await server.KillAsync();
            await server.DisposeAsync();
            long before = await installation.Database.ScalarAsync<long>("SELECT count(*) FROM alarm");
            output.WriteLine($"Round {round}: {before} of {devices.Count} alarms stood when it was killed.");
            server = await installation.StartServerAsync(settings);
        }

        string where = $"seed {seed}";
        await Eventually.HoldsAsync(async () => await installation.Database.ScalarAsync<long>("SELECT count(*) FROM alarm") >= devices.Count, $"every step was looked at, {where}");
        await Eventually.HoldsAsync(
            async () => await installation.Database.ScalarAsync<long>("SELECT count(*) FROM alarm_delivery WHERE state <> 'delivered'") == 0, $"everything was told, {where}");
        foreach (Guid device in devices)
        {
            Guid alarm = await installation.Database.ScalarAsync<Guid>("SELECT id FROM alarm WHERE device_id = $1", device);
            (await installation.Database.ScalarAsync<string>(
                "SELECT concat_ws(' ', (SELECT count(*) FROM alarm WHERE device_id = $1), (SELECT count(*) FROM alarm_delivery WHERE device_id = $1), (SELECT count(*) FROM alarm_event WHERE alarm_id = $2))",
                device, alarm)).ShouldBe("1 1 1", where);
            received.Where(one => one.Alarm == alarm.ToString()).Select(one => (one.Delivery, one.Body)).Distinct().ShouldHaveSingleItem(where);
        }

        receiver.Stop();
        await receiving;
    }

    private static async Task ReceiveAsync(HttpListener receiver, ConcurrentQueue<(string Delivery, string Alarm, string Body)> received)
    {
        try
        {
            while (true)
            {
                HttpListenerContext context = await receiver.GetContextAsync();
                using StreamReader reader = new(context.Request.InputStream);
                string body = await reader.ReadToEndAsync();
                received.Enqueue((context.Request.Headers["StepCloud-Delivery"]!, (string)JsonNode.Parse(body)!["alarm"]!["id"]!, body));
                context.Response.StatusCode = 204;
                context.Response.Close();
            }
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or InvalidOperationException)
        {
            // It was stopped.
        }
    }

    private static async Task<HttpClient> AddGatewayAsync(Installation installation, HttpClient owner)
    {
        Guid site = await installation.Database.ScalarAsync<Guid>("SELECT id FROM site");
        JsonNode made = await PostAsync(owner, "/api/v1/gateways", new JsonObject { ["site"] = site, ["name"] = "Gateway" });
        HttpClient gateway = new() { BaseAddress = owner.BaseAddress };
        gateway.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", (string)made["access_token"]!);
        return gateway;
    }

    /// <summary>A new device, and a step of it that failed: acknowledged, so it is committed.</summary>
    private static async Task<Guid> FailAsync(HttpClient gateway)
    {
        Guid device = Guid.CreateVersion7();
        await PostAsync(gateway, "/gateway/api/v1/devices", new JsonObject
        {
            ["device"] = device, ["source"] = $"printer-{device}", ["model"] = "Asiga MAX UV385", ["interface"] = "http", ["label"] = "Printer",
        });
        DateTimeOffset started = DateTimeOffset.UtcNow.AddMinutes(-1);
        await PostAsync(gateway, "/gateway/api/v1/steps", new JsonObject
        {
            ["id"] = Guid.CreateVersion7(started), ["device"] = device, ["kind"] = "task_performed", ["started"] = Text(started), ["ended"] = Text(started.AddSeconds(9)),
            ["label"] = "Layer", ["settings"] = new JsonObject(), ["series"] = new JsonArray(), ["logs"] = new JsonArray(), ["outcome"] = "failed",
        });
        return device;
    }

    private static string Text(DateTimeOffset time) => time.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", null);

    private static async Task<JsonNode> PostAsync(HttpClient client, string path, JsonObject? body)
    {
        using HttpResponseMessage answer = await client.PostAsJsonAsync(path, body);
        string text = await answer.Content.ReadAsStringAsync();
        answer.IsSuccessStatusCode.ShouldBeTrue($"{path}: {text}");
        return JsonNode.Parse(text)!;
    }
}
