using System.Text.Json.Nodes;
using StepCloud.Contracts.Ids;
using StepCloud.Tests.Api.Ingress;

namespace StepCloud.Tests.Api.Http;

/// <summary>A gateway with its tokens, that a user of the shop has created over HTTP.</summary>
public sealed class TestGateway
{
    private TestGateway(ApiServer server, Shop shop, GatewayId id, Tokens tokens)
    {
        Server = server;
        Shop = shop;
        Id = id;
        Tokens = tokens;
        Api = server.With(tokens.AccessToken);
    }

    public ApiServer Server { get; }

    public Shop Shop { get; }

    public GatewayId Id { get; }

    public Tokens Tokens { get; }

    /// <summary>This gateway on `/gateway/api/v1`.</summary>
    public ApiClient Api { get; }

    public static async Task<TestGateway> CreateAsync(ApiServer server, Shop shop, ApiClient user)
    {
        JsonNode answer = await user.PostAsync(
            "/api/v1/gateways", new JsonObject { ["site"] = shop.Site.ToString(), ["name"] = "Gateway at the window" }).ShouldAnswerAsync(201);
        return new TestGateway(server, shop, GatewayId.Parse((string)answer["gateway"]!["id"]!, null), Tokens.Of(answer));
    }

    public static JsonObject Announcement(DeviceId device, string? source = null, string model = "Asiga MAX UV385") => new()
    {
        ["device"] = device.ToString(),
        ["source"] = source ?? $"printer-{device}",
        ["model"] = model,
        ["interface"] = "http",
        ["label"] = "Printer by the window",
    };

    /// <summary>A device that this gateway has announced.</summary>
    public async Task<DeviceId> AddDeviceAsync()
    {
        DeviceId device = DeviceId.New(TimeProvider.System);
        await AnnounceAsync(Announcement(device)).ShouldAnswerAsync(200);
        return device;
    }

    public Task<HttpResponseMessage> AnnounceAsync(JsonNode body) => Api.PostAsync("/gateway/api/v1/devices", body);

    public Task<HttpResponseMessage> SendAsync(JsonNode steps) => SendAsync(steps.Bytes());

    public Task<HttpResponseMessage> SendAsync(byte[] body) => Api.PostAsync("/gateway/api/v1/steps", body);

    /// <summary>A step of a few minutes ago, right in all its parts.</summary>
    public static JsonObject Step(DeviceId device, TimeSpan? ago = null)
    {
        JsonObject step = StepJson.Step(TimeProvider.System.GetUtcNow() - (ago ?? TimeSpan.FromMinutes(10)));
        step["device"] = device.ToString();
        return step;
    }

    /// <summary>A step that is stored.</summary>
    public async Task<JsonObject> AddStepAsync(DeviceId device, TimeSpan? ago = null)
    {
        JsonObject step = Step(device, ago);
        await SendAsync(step).ShouldAnswerAsync(200);
        return step;
    }

    public Task<long> CountStoredAsync(JsonNode step) =>
        Server.Database.ScalarAsync<long>("SELECT count(*) FROM step_event WHERE id = $1", Guid.Parse((string)step["id"]!));

    /// <summary>The one message of this gateway that was refused: its bytes, codes and reasons.</summary>
    public async Task<Quarantined> FindQuarantinedAsync()
    {
        await using Npgsql.NpgsqlCommand command = Server.Database.Source.CreateCommand(
            "SELECT source, topic, payload, codes, reasons::text, organization_id FROM rejected_message WHERE gateway_id = $1 ORDER BY id");
        command.Parameters.Add(new Npgsql.NpgsqlParameter { Value = Id.Value });
        await using Npgsql.NpgsqlDataReader reader = await command.ExecuteReaderAsync();
        if (!await reader.ReadAsync()) throw new InvalidOperationException("Nothing of this gateway is in rejected_message.");
        Quarantined found = new(
            reader.GetString(0), reader.GetString(1), reader.GetFieldValue<byte[]>(2), reader.GetFieldValue<string[]>(3),
            JsonNode.Parse(reader.GetString(4))!.AsArray(), reader.GetGuid(5));
        if (await reader.ReadAsync()) throw new InvalidOperationException("More than one message of this gateway is in rejected_message.");
        return found;
    }
}

public sealed record Quarantined(string Source, string Topic, byte[] Payload, string[] Codes, JsonArray Reasons, Guid Organization);
