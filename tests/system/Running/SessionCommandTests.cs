using System.Net;
using System.Text.Json;
using Shouldly;
using StepCloud.Tests.System.Processes;
using Xunit;

namespace StepCloud.Tests.System.Running;

/// <summary>`stepcloud session` beside a running server.</summary>
public sealed class SessionCommandTests
{
    [Fact]
    public async Task Sessions_are_listed_and_ended_one_by_one_or_all_of_a_holder()
    {
        await using Installation installation = await Installation.CreateAsync();
        await installation.StartServerAsync();
        using HttpClient http = new();
        string[] tokens = [.. await Task.WhenAll(Enumerable.Range(0, 3).Select(async _ => (string)(await installation.SignInAsync(http))["access_token"]!))];

        JsonElement listed = await JsonAsync(installation, 0, "list", "--user", Installation.Email);
        JsonElement[] sessions = [.. listed.GetProperty("sessions").EnumerateArray()];
        sessions.Length.ShouldBe(3);
        sessions[0].GetProperty("started_by").GetString().ShouldBe("password");
        (await installation.Database.ScalarAsync<long>(
            "SELECT count(*) FROM audit_entry WHERE action = 'session.read' AND doer_kind = 'system' AND new_values->>'rows' = '3'")).ShouldBe(1);
        sessions[0].GetProperty("remote_address").GetString().ShouldBe("127.0.0.1");
        string user = (await installation.JsonAsync(0, ["user", "show", Installation.Email])).GetProperty("user").GetProperty("id").GetString()!;
        (await JsonAsync(installation, 0, "list", "--user", user)).GetProperty("sessions").GetArrayLength().ShouldBe(3);
        string id = sessions[0].GetProperty("id").GetString()!;
        (await JsonAsync(installation, 0, "end", id)).GetProperty("ended").GetInt32().ShouldBe(1);
        (await JsonAsync(installation, 1, "end", id)).GetProperty("ended").GetInt32().ShouldBe(0);
        (await AnswersAsync(installation, http, tokens)).Count(answer => answer == HttpStatusCode.Unauthorized).ShouldBe(1);
        (await JsonAsync(installation, 0, "end", "--user", Installation.Email)).GetProperty("ended").GetInt32().ShouldBe(2);
        (await AnswersAsync(installation, http, tokens)).ShouldAllBe(answer => answer == HttpStatusCode.Unauthorized);
        (await installation.Database.ScalarAsync<long>(
            "SELECT count(*) FROM audit_entry WHERE action = 'session.ended' AND agent = 'stepcloud session end'")).ShouldBe(3);
    }

    [Theory]
    [InlineData(2, "list")]
    [InlineData(2, "end")]
    [InlineData(2, "end", "nonsense")]
    [InlineData(2, "list", "--gateway", "nonsense")]
    [InlineData(1, "list", "--user", "nobody@example.org")]
    public async Task What_cannot_be_meant_is_said_in_one_line(int exitCode, params string[] arguments)
    {
        await using Installation installation = await Installation.CreateAsync();
        await using BuiltProgram command = Command(installation, arguments);
        (await command.ExitCodeAsync()).ShouldBe(exitCode, command.ToString());
        command.Errors.Count(line => line.Length > 0).ShouldBe(1, command.ToString());
    }

    private static BuiltProgram Command(Installation installation, string[] arguments) =>
        BuiltProgram.StartServer(["session", .. arguments], ("STEPCLOUD_DATABASE", installation.Database.ConnectionString));

    private static async Task<JsonElement> JsonAsync(Installation installation, int exitCode, params string[] arguments)
    {
        await using BuiltProgram command = Command(installation, [.. arguments, "--json"]);
        (await command.ExitCodeAsync()).ShouldBe(exitCode, command.ToString());
        return JsonDocument.Parse(command.Output.Single(line => line.Length > 0)).RootElement;
    }

    private static Task<HttpStatusCode[]> AnswersAsync(Installation installation, HttpClient http, string[] tokens) =>
        Task.WhenAll(tokens.Select(token => installation.GetAsync(http, "/api/v1/sites", token)));
}
