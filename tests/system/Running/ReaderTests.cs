using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Mqtt.Client;
using StepCloud.Mqtt.Packets;
using StepCloud.Tests.Support;
using StepCloud.Tests.System.Processes;
using Xunit;

namespace StepCloud.Tests.System.Running;

/// <summary>Two processes on one database: the second only reads, and what is ended anywhere is ended in both.</summary>
public sealed class ReaderTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task What_is_ended_is_refused_by_both_processes_within_a_second_and_its_open_connections_are_closed()
    {
        await using Installation installation = await Installation.CreateAsync();
        await installation.StartServerAsync();
        (BuiltProgram reader, string readerAddress) = await installation.StartReaderAsync();
        await using BuiltProgram second = reader;
        using HttpClient http = new();
        string token = (string)(await installation.SignInAsync(http))["access_token"]!;
        string site = (string)(await GetAsync(http, readerAddress, "/api/v1/sites", token))["items"]![0]!["id"]!;

        for (int round = 0; round < 5; round++)
        {
            JsonNode paired = await PairAsync(http, installation.HttpAddress, token, site);
            string gateway = (string)paired["gateway"]!["id"]!, gatewayToken = (string)paired["access_token"]!;
            string watching = (string)(await installation.SignInAsync(http))["access_token"]!;
            await using MqttClient gatewayClient = await ConnectAsync(installation.MqttPort, gateway, gatewayToken);
            await using MqttClient watcher = await ConnectAsync(installation.MqttPort, "", watching);
            foreach (string address in new[] { installation.HttpAddress, readerAddress })
                (await StatusAsync(http, address, "/api/v1/sites", watching)).ShouldBe(HttpStatusCode.OK);

            // Not by the API: as a command or an administrator of the database does it.
            await installation.Database.ExecuteAsync(
                "UPDATE session SET ended_at = now(), end_reason = 'test' WHERE holder_id = $1 OR id = (SELECT id FROM session WHERE holder_kind = 1 ORDER BY created_at DESC LIMIT 1)",
                Guid.Parse(gateway));
            Stopwatch watch = Stopwatch.StartNew();
            foreach (string address in new[] { installation.HttpAddress, readerAddress })
            {
                await Eventually.HoldsAsync(
                    async () => await StatusAsync(http, address, "/api/v1/sites", watching) == HttpStatusCode.Unauthorized, $"{address} refuses it");
            }

            (await gatewayClient.Closed.WaitAsync(Second)).ReasonCode.ShouldBe(ReasonCode.NotAuthorized);
            (await watcher.Closed.WaitAsync(Second)).ReasonCode.ShouldBe(ReasonCode.NotAuthorized);
            watch.Elapsed.ShouldBeLessThan(Second);
        }

        (await StatusAsync(http, readerAddress, "/api/v1/sites", token)).ShouldBe(HttpStatusCode.OK, "other sessions go on");
    }

    [Fact]
    public async Task A_reader_reads_and_does_nothing_else_and_needs_the_schema_to_be_there()
    {
        await using Installation installation = await Installation.CreateAsync();
        await installation.StartServerAsync();
        (BuiltProgram reader, string address) = await installation.StartReaderAsync();
        await using BuiltProgram second = reader;
        using HttpClient http = new();
        foreach (string email in new[] { "owner@test.example", "nobody@test.example" })
        {
            HttpResponseMessage answer = await http.PostAsJsonAsync($"{address}/api/v1/sign-in", new { email, password = "a test's own password" });
            answer.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
            ((string)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["code"]!).ShouldBe("reads_only");
        }

        await installation.Database.ExecuteAsync("DELETE FROM schema_migration WHERE version > 1");
        await using BuiltProgram early = BuiltProgram.StartServer(
            ["serve", "--role", "reader", "--http-port", $"{Installation.FreePort()}"], ("STEPCLOUD_DATABASE", installation.Database.ConnectionString));
        (await early.ExitCodeAsync()).ShouldBe(1);
        early.Errors.ShouldContain(line => line.Contains("start the main process"), early.ToString());
    }

    private static Task<MqttClient> ConnectAsync(int port, string clientIdentifier, string token) => MqttClient.ConnectAsync(
        new MqttClientOptions { Transport = MqttTransport.Tcp("127.0.0.1", port) },
        new ConnectPacket { CleanStart = true, ClientIdentifier = clientIdentifier, UserName = "token", Password = Encoding.UTF8.GetBytes(token) });

    private static async Task<JsonNode> PairAsync(HttpClient http, string address, string token, string site)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, $"{address}/api/v1/gateways") { Content = JsonContent.Create(new { site, name = "Gateway" }) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        HttpResponseMessage answer = await http.SendAsync(request);
        return JsonNode.Parse(await answer.EnsureSuccessStatusCode().Content.ReadAsStringAsync())!;
    }

    private static async Task<HttpStatusCode> StatusAsync(HttpClient http, string address, string path, string token) =>
        (await SendAsync(http, address, path, token)).StatusCode;

    private static async Task<JsonNode> GetAsync(HttpClient http, string address, string path, string token) =>
        JsonNode.Parse(await (await SendAsync(http, address, path, token)).EnsureSuccessStatusCode().Content.ReadAsStringAsync())!;

    private static Task<HttpResponseMessage> SendAsync(HttpClient http, string address, string path, string token)
    {
        HttpRequestMessage request = new(HttpMethod.Get, address + path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return http.SendAsync(request);
    }
}
