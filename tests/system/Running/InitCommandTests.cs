using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Shouldly;
using StepCloud.Tests.Support;
using StepCloud.Tests.System.Processes;
using Xunit;

namespace StepCloud.Tests.System.Running;

/// <summary>A first installation, from nothing to an administrator who is signed in.</summary>
public sealed class InitCommandTests
{
    private const string Email = "root@test.example";
    private const string Password = "gumbo trellis oxbow quern";

    [Fact]
    public async Task An_installation_begins_with_init_and_its_administrator_signs_in()
    {
        using TemporaryFolder folder = new();
        string passwordFile = folder["password"];
        await File.WriteAllTextAsync(passwordFile, Password + "\n");
        JsonElement made = await JsonAsync(0, ["init", "--data", folder["data"], "--email", Email, "--password-file", passwordFile, "--demo"]);
        made.GetProperty("migrations").GetInt32().ShouldBeGreaterThan(15);
        made.GetProperty("administrator").GetProperty("email").GetString().ShouldBe(Email);
        string owner = made.GetProperty("demo").GetProperty("email").GetString()!, password = made.GetProperty("demo").GetProperty("password").GetString()!;

        JsonElement again = await ProblemAsync(1, ["init", "--data", folder["data"], "--email", Email, "--password-file", passwordFile]);
        again.GetProperty("code").GetString().ShouldBe("initialized_before");
        again.GetProperty("detail").GetString()!.ShouldContain("stepcloud user create --administrator");

        await using BuiltProgram server = BuiltProgram.StartServer(["serve", "--http-port", "0", "--mqtt-port", "0", "--data", folder["data"]], Cheap);
        string address = (await server.LineAsync("HTTP on")).Split(' ')[2].TrimEnd(',');
        using HttpClient http = new();
        (await SignInAsync(http, address, Email, Password)).ShouldBe(HttpStatusCode.OK);
        (await SignInAsync(http, address, owner, password)).ShouldBe(HttpStatusCode.OK);
        server.Output.ShouldNotContain(line => line.Contains("no administrator"));
        (await JsonAsync(0, ["organization", "list", "--data", folder["data"]])).GetProperty("organizations").EnumerateArray().ShouldHaveSingleItem()
            .GetProperty("users").GetInt32().ShouldBe(1);
    }

    [Fact]
    public async Task A_server_without_an_administrator_says_how_to_make_one_and_init_makes_it_beside_the_server()
    {
        using TemporaryFolder folder = new();
        await using BuiltProgram server = BuiltProgram.StartServer(["serve", "--http-port", "0", "--mqtt-port", "0", "--data", folder["data"]], Cheap);
        (await server.LineAsync("no administrator")).ShouldContain("stepcloud init");
        string address = (await server.LineAsync("HTTP on")).Split(' ')[2].TrimEnd(',');

        await using BuiltProgram init = BuiltProgram.StartServerWithInput(Password + "\n", ["init", "--data", folder["data"], "--email", Email], Cheap);
        (await init.ExitCodeAsync()).ShouldBe(0, init.ToString());
        init.Output.ShouldContain(line => line.Contains(Email) && line.Contains("0 migrations"), init.ToString());
        using HttpClient http = new();
        (await SignInAsync(http, address, Email, Password)).ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Of_two_inits_at_once_one_makes_the_administrator()
    {
        await using TestDatabase database = await TestPostgres.CreateDatabaseAsync();
        int[] exitCodes = await Task.WhenAll(Enumerable.Range(0, 2).Select(async i =>
        {
            await using BuiltProgram init = BuiltProgram.StartServerWithInput(
                Password, ["init", "--email", $"root{i}@test.example"], Cheap, ("STEPCLOUD_DATABASE", database.ConnectionString));
            return await init.ExitCodeAsync();
        }));
        exitCodes.Order().ShouldBe([0, 1]);
        (await database.ScalarAsync<long>("SELECT count(*) FROM app_user")).ShouldBe(1);
        (await database.ScalarAsync<string>("SELECT string_agg(action || ' ' || agent, '|') FROM audit_entry WHERE subject_kind = 'user'")).ShouldBe("user.created stepcloud init");
    }

    [Fact]
    public async Task Members_stand_in_the_way_of_the_demo_and_of_their_own_addresses_and_of_nothing_else()
    {
        await using Installation installation = await Installation.CreateAsync();
        (await installation.RefusalAsync(1, ["init", "--email", Email, "--demo"], Password)).ShouldContain("--demo");
        (await installation.RefusalAsync(1, ["init", "--email", Installation.Email], Password)).ShouldContain(Installation.Email);
        await installation.JsonAsync(0, ["init", "--email", Email], Password);
    }

    [Theory]
    [InlineData("init")]
    [InlineData("init", "--email", "no address")]
    [InlineData("init", "--email", "a@example.org", "--name", "")]
    [InlineData("init", "--email", "a@example.org", "--password-file", "/nowhere/password")]
    [InlineData("init", "--email", "a@example.org", "--nonsense")]
    [InlineData("init", "--email", "a@example.org")]
    public async Task A_wrong_command_line_is_told_as_a_line_and_with_json_as_a_problem(params string[] arguments)
    {
        await using TestDatabase database = await TestPostgres.CreateDatabaseAsync();
        await using BuiltProgram plain = BuiltProgram.StartServer(arguments, ("STEPCLOUD_DATABASE", database.ConnectionString));
        (await plain.ExitCodeAsync()).ShouldBe(2, plain.ToString());
        string line = plain.Errors.Where(text => text.Length > 0).ShouldHaveSingleItem();
        JsonElement problem = await ProblemAsync(2, arguments, ("STEPCLOUD_DATABASE", database.ConnectionString));
        problem.GetProperty("detail").GetString().ShouldBe(line);
        problem.GetProperty("code").GetString().ShouldBe(arguments.Contains("--nonsense") ? "wrong_command_line" : "wrong_setting");
        (await database.ScalarAsync<long>("SELECT count(*) FROM app_user")).ShouldBe(0);
    }

    private static (string Name, string Value) Cheap => ("Passwords__MemoryMiB", "19");

    private static async Task<JsonElement> JsonAsync(int exitCode, string[] arguments)
    {
        await using BuiltProgram command = BuiltProgram.StartServer([.. arguments, "--json"], Cheap);
        (await command.ExitCodeAsync()).ShouldBe(exitCode, command.ToString());
        return JsonDocument.Parse(command.Output.Single(line => line.Length > 0)).RootElement;
    }

    /// <summary>What a command writes to the standard error with `--json` when it fails: a problem, and nothing else anywhere.</summary>
    private static async Task<JsonElement> ProblemAsync(int exitCode, string[] arguments, params (string Name, string Value)[] environment)
    {
        await using BuiltProgram command = BuiltProgram.StartServer([.. arguments, "--json"], [Cheap, .. environment]);
        (await command.ExitCodeAsync()).ShouldBe(exitCode, command.ToString());
        command.Output.ShouldAllBe(line => line.Length == 0, command.ToString());
        JsonElement problem = JsonDocument.Parse(command.Errors.Where(line => line.Length > 0).ShouldHaveSingleItem(command.ToString())).RootElement;
        problem.GetProperty("type").GetString().ShouldBe($"urn:stepcloud:command:{problem.GetProperty("code").GetString()}");
        problem.GetProperty("exit_code").GetInt32().ShouldBe(exitCode);
        return problem;
    }

    private static async Task<HttpStatusCode> SignInAsync(HttpClient http, string address, string email, string password)
    {
        using HttpResponseMessage answer = await http.PostAsJsonAsync($"{address}/api/v1/sign-in", new { email, password });
        return answer.StatusCode;
    }
}
