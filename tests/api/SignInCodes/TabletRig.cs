using System.Text.Json.Nodes;
using StepCloud.Tests.Api.Access;
using StepCloud.Tests.Api.Http;

namespace StepCloud.Tests.Api.SignInCodes;

/// <summary>Somebody who makes codes for a case with a consent, and tablets that enter them.</summary>
internal sealed class TabletRig(ApiServer server, string email, Http.Tokens tokens, string caseAddress)
{
    public const string RedeemPath = "/api/v1/sign-in-codes/redeem";
    public const string CodesPath = "/api/v1/me/sign-in-codes";

    public string Email => email;

    public ApiClient User { get; } = server.With(tokens.AccessToken);

    public string CaseAddress => caseAddress;

    public string Case => caseAddress.Split('/')[^1];

    /// <summary>Of recordings: that they are of the case.</summary>
    public string OfCase => $"case={Case}";

    public static async Task<TabletRig> CreateAsync(ApiServer server, string role = "technician")
    {
        await ForgetMissesAsync(server);
        string email = await server.AddUserAsync(role);
        return new TabletRig(server, email, await server.Anonymous.SignInAsync(email), await NewCaseAsync(server));
    }

    public static Task ForgetMissesAsync(ApiServer server) => server.Database.ExecuteAsync("DELETE FROM sign_in_code_miss");

    /// <summary>With a consent to recordings.</summary>
    /// <returns>Its address.</returns>
    public static async Task<string> NewCaseAsync(ApiServer server)
    {
        string address = await CaseRequests.NewAsync(server);
        await (await server.OwnerAsync()).PostAsync(address + "/consents", CaseRequests.Consent()).ShouldAnswerAsync(201);
        return address;
    }

    public Task<HttpResponseMessage> TryMakeCodeAsync(ApiClient? by = null, string? of = null) => (by ?? User).PostAsync((of ?? caseAddress) + "/sign-in-codes", "");

    public async Task<string> MakeCodeAsync(ApiClient? by = null) => (string)(await TryMakeCodeAsync(by).ShouldAnswerAsync(201))["code"]!;

    public Task<HttpResponseMessage> TryRedeemAsync(string code, string deviceId = "tablet-3", string? deviceName = "By the window") => server.Anonymous.PostAsync(
        RedeemPath, new JsonObject { ["code"] = code, ["device_id"] = deviceId, ["device_name"] = deviceName });

    /// <returns>The tablet, signed in.</returns>
    public async Task<ApiClient> RedeemAsync(string? code = null, string deviceId = "tablet-3") =>
        server.With((string)(await TryRedeemAsync(code ?? await MakeCodeAsync(), deviceId).ShouldAnswerAsync(200))["access_token"]!);

    /// <summary>A code of the same selector with another secret.</summary>
    public static string Wrong(string code) => code[..^1] + (code[^1] == '7' ? '8' : '7');

    /// <summary>The user's session of a tablet, as he sees it.</summary>
    public async Task<JsonNode> TabletSessionAsync(ApiClient? by = null) => (await (by ?? User).GetAsync("/api/v1/me/sessions").ShouldAnswerAsync(200))["items"]!.AsArray()
        .Single(session => (string?)session!["started_by"] == "sign_in_code")!;

    /// <summary>How many entries of that action there are about this case.</summary>
    public Task<long> CountEntriesAsync(string action, string condition = "true") => server.Database.ScalarAsync<long>(
        $"SELECT count(*) FROM audit_entry WHERE action = '{action}' AND new_values->>'case' = '{Case}' AND {condition}");

    public Task<long> CountCodesAsync() => server.Database.ScalarAsync<long>($"SELECT count(*) FROM sign_in_code WHERE case_id = '{Case}'");
}
