using System.Text.Json;
using Shouldly;
using StepCloud.Tests.System.Processes;
using Xunit;

namespace StepCloud.Tests.System.Running;

/// <summary>`stepcloud gateway` beside a running server.</summary>
public sealed class GatewayCommandTests
{
    [Fact]
    public async Task A_gateway_is_listed_shown_and_un_paired_with_its_sessions()
    {
        await using Installation installation = await Installation.CreateAsync();
        await installation.StartServerAsync();
        await installation.EnrollAsync(2);

        JsonElement[] gateways = [.. (await installation.JsonAsync(0, ["gateway", "list"])).GetProperty("gateways").EnumerateArray()];
        gateways.Length.ShouldBe(2);
        string id = gateways[0].GetProperty("id").GetString()!;
        (await installation.JsonAsync(0, ["gateway", "show", id])).GetProperty("gateway").GetProperty("organization_name").GetString().ShouldBe("Test");
        JsonElement revoked = await installation.JsonAsync(0, ["gateway", "revoke", id]);
        revoked.GetProperty("outcome").GetString().ShouldBe("revoked");
        revoked.GetProperty("gateway").GetProperty("unpaired_at").ValueKind.ShouldBe(JsonValueKind.String);
        (await installation.JsonAsync(0, ["gateway", "revoke", id])).GetProperty("outcome").GetString().ShouldBe("revoked_before");
        (await installation.Database.ScalarAsync<long>($"SELECT count(*) FROM session WHERE holder_id = '{id}' AND ended_at IS NULL")).ShouldBe(0);
        (await installation.Database.ScalarAsync<long>("SELECT count(*) FROM session WHERE holder_kind = 2 AND ended_at IS NULL")).ShouldBe(1);
        (await installation.Database.ScalarAsync<long>(
            $"SELECT count(*) FROM audit_entry WHERE action = 'gateway.unpaired' AND subject_id = '{id}' AND agent = 'stepcloud gateway revoke'")).ShouldBe(1);
    }
}
