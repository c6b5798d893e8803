using System.Text.Json.Nodes;
using StepCloud.Storage.Registry;
using StepCloud.Tests.Api.Http;

namespace StepCloud.Tests.Api.Registry;

/// <summary>Things of the registry that nobody else has, made as the entities describe themselves.</summary>
internal static class RegistryThings
{
    private static readonly RegistryField LotField = Entities.MaterialLot.Find("lot")!;

    private static int s_count;

    /// <summary>Of the first organization, where it is of one.</summary>
    /// <returns>Its id.</returns>
    public static async Task<string> NewAsync(ApiServer server, RegistryEntity entity)
    {
        if (entity == Entities.Organization) return (await server.AddShopAsync("New")).Organization.ToString();
        if (entity == Entities.User)
            return (await server.Database.ScalarAsync<Guid>("SELECT id FROM app_user WHERE email = $1", await server.AddUserAsync("viewer"))).ToString();
        JsonNode made = await CreateAsync(server, entity);
        return (string)made["id"]!;
    }

    /// <summary>A text of it that everybody may change who may change anything of it.</summary>
    public static string ChangeableField(RegistryEntity entity) =>
        entity == Entities.Device ? "label" : entity == Entities.MaterialLot ? "manufacturer" : "name";

    public static async Task<JsonNode> CreateAsync(ApiServer server, RegistryEntity entity) =>
        await (await server.AdministratorAsync()).PostAsync($"/admin/api/v1/{entity.Path}", await BodyAsync(server, entity)).ShouldAnswerAsync(201);

    /// <summary>What creates one: the examples of the documentation, with references to things that are there and names that are new.</summary>
    public static async Task<JsonObject> BodyAsync(ApiServer server, RegistryEntity entity, bool withOrganization = true)
    {
        JsonObject body = [];
        foreach (RegistryField field in entity.Own.Where(field => field.Write != FieldWrite.Never))
        {
            if (field.Reference == Entities.Organization.Name && !withOrganization) continue;
            body[field.Name] = field.Reference switch
            {
                "organization" => server.Own.Organization.ToString(),
                "site" => server.Own.Site.ToString(),
                "gateway" when field.IsRequired => (await server.AddGatewayAsync()).Id.ToString(),
                "manufacturer" => JsonNode.Parse(field.Example!),
                "device" when field.IsRequired => (await (await server.AddGatewayAsync()).AddDeviceAsync()).ToString(),
                _ when field.Name is "name" or "source" || field == LotField => $"{(string)JsonNode.Parse(field.Example!)!} {Interlocked.Increment(ref s_count)}",
                _ => JsonNode.Parse(field.Example!),
            };
        }

        return body;
    }
}
