using Shouldly;
using StepCloud.Tests.Api.Http;
using Xunit;

namespace StepCloud.Tests.Api.Access;

[CollectionDefinition(Name)]
public sealed class EndpointTests : ICollectionFixture<ApiServer>
{
    public const string Name = "every endpoint";
}

/// <summary>Holds the running server against <see cref="AccessTable"/>: every endpoint that it has, asked by every kind of holder.</summary>
[Collection(EndpointTests.Name)]
public sealed class AccessTableTests(ApiServer server, AccessScene scene) : IClassFixture<AccessScene>
{
    public static TheoryData<string> Endpoints => new(AccessTable.Rows.Keys);

    /// <summary>Those that an owner of another organization gets 404 at.</summary>
    public static TheoryData<string> EndpointsOfForeignThings => new(AccessTable.Rows.Where(row => row.Value.Contains("| 404")).Select(row => row.Key));

    [Fact]
    public void Every_endpoint_has_its_row()
    {
        string[] mapped = [.. Route.Of(server).Select(route => route.Endpoint)];
        mapped.Length.ShouldBeGreaterThan(60);
        mapped.Except(AccessTable.Rows.Keys).ShouldBeEmpty("These endpoints are new: add to AccessTable who may use each, and to AccessRequests how it is asked.");
        AccessTable.Rows.Keys.Except(mapped).ShouldBeEmpty("These rows have no endpoint any more: take them out of AccessTable.");
    }

    [Theory]
    [MemberData(nameof(Endpoints))]
    public async Task Each_holder_gets_what_the_table_says(string endpoint)
    {
        List<string> statuses = [];
        foreach (Holder holder in AccessTable.Holders)
        {
            AccessRequest request = await AccessRequests.MakeAsync(endpoint, scene, holder);
            ApiClient client = request.By ?? await scene.HolderAsync(holder);
            long entries = await CountEntriesAsync();
            using HttpResponseMessage answer = await client.SendAsync(new HttpMethod(endpoint.Split(' ')[0]), request.Path, request.Body, request.IfMatch);
            statuses.Add($"{(int)answer.StatusCode}");
            if ((int)answer.StatusCode is 401 or 403 or 404) await ShouldHaveRefusedAsync(answer, holder, endpoint, entries);
        }

        string[] columns = [.. statuses[..2], "|", .. statuses[2..7], "|", .. statuses[7..]];
        string.Join(' ', columns).ShouldBe(AccessTable.Rows[endpoint], $"of {endpoint}");
    }

    [Theory]
    [MemberData(nameof(EndpointsOfForeignThings))]
    public async Task A_stranger_gets_the_answer_to_an_id_that_nobody_has(string endpoint)
    {
        Holder stranger = new("owner", IsForeign: true);
        ApiClient client = await scene.HolderAsync(stranger);
        AccessRequest real = await AccessRequests.MakeAsync(endpoint, scene, stranger), unknown = await AccessRequests.MakeAsync(endpoint, scene, stranger);
        string text = unknown.Body is null ? "" : await unknown.Body.ReadAsStringAsync();
        HttpMethod method = new(endpoint.Split(' ')[0]);

        string ofReal = await (await client.SendAsync(method, real.Path, real.Body, real.IfMatch)).Content.ReadAsStringAsync();
        // What is not text has no ids in it.
        HttpContent? body = unknown.Body is not StringContent ? unknown.Body : new StringContent(WithOtherIds(text), System.Text.Encoding.UTF8, "application/json");
        string ofUnknown = await (await client.SendAsync(method, WithOtherIds(unknown.Path), body, unknown.IfMatch)).Content.ReadAsStringAsync();
        ofReal.ShouldBe(ofUnknown);
    }

    [Theory]
    [InlineData("{administrator}")]
    [InlineData("{}")]
    [InlineData("{nonsense}")]
    public async Task A_member_with_no_role_of_an_organization_may_nothing(string roles)
    {
        string email = await server.AddUserAsync("viewer");
        ApiClient user = await server.UserAsync(email);
        await user.GetAsync("/api/v1/sites").ShouldAnswerAsync(200);
        await server.ExecuteElsewhereAsync("UPDATE app_user SET roles = $1::text::text[] WHERE email = $2", roles, email);
        await user.GetAsync("/api/v1/sites").ShouldBeProblemAsync(403, "wrong_holder");
        await user.GetAsync("/admin/api/v1/audit").ShouldBeProblemAsync(403, "wrong_holder");
    }

    /// <summary>As a refusal must: a problem that says which, and nothing done.</summary>
    private async Task ShouldHaveRefusedAsync(HttpResponseMessage answer, Holder holder, string endpoint, long entries)
    {
        int status = (int)answer.StatusCode;
        // It has no body, whatever it is (RFC 9110 §9.3.2).
        if (endpoint.StartsWith("HEAD ", StringComparison.Ordinal)) return;
        string api = Route.Of(server).Single(route => route.Endpoint == endpoint).Policy ?? "everybody's";
        bool isOfThisApi = api == (holder.IsAdministrator || holder.IsGateway ? holder.Role : "user");
        await Task.FromResult(answer).ShouldBeProblemAsync(status, status switch
        {
            401 => "not_authenticated",
            404 => "not_found",
            _ => isOfThisApi ? "not_allowed" : "wrong_holder",
        });
        (await CountEntriesAsync()).ShouldBe(entries, $"{holder} was refused at {endpoint}, and the audit has an entry of something done");
    }

    // Requests for a new password are worked off behind their answers, and may come to their entries now.
    private Task<long> CountEntriesAsync() => server.Database.ScalarAsync<long>(
        "SELECT count(*) FROM audit_entry WHERE doer_kind <> 'system' AND action <> 'user.recovery_requested'");

    private static string WithOtherIds(string text) => System.Text.RegularExpressions.Regex.Replace(
        text, "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", _ => Guid.CreateVersion7().ToString(),
        System.Text.RegularExpressions.RegexOptions.None, TimeSpan.FromSeconds(1));
}
