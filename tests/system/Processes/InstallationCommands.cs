using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Shouldly;

namespace StepCloud.Tests.System.Processes;

/// <summary>Commands on the database of an installation.</summary>
internal static class InstallationCommands
{
    /// <summary>What a command writes with `--json`, or an empty object when it writes nothing.</summary>
    public static async Task<JsonElement> JsonAsync(this Installation installation, int exitCode, string[] arguments, string input = "")
    {
        await using BuiltProgram command = Start(installation, [.. arguments, "--json"], input);
        (await command.ExitCodeAsync()).ShouldBe(exitCode, command.ToString());
        return JsonDocument.Parse(command.Output.SingleOrDefault(line => line.Length > 0) ?? "{}").RootElement;
    }

    /// <summary>A command that says in one line what is wrong.</summary>
    /// <returns>The line.</returns>
    public static async Task<string> RefusalAsync(this Installation installation, int exitCode, string[] arguments, string input = "")
    {
        await using BuiltProgram command = Start(installation, arguments, input);
        (await command.ExitCodeAsync()).ShouldBe(exitCode, command.ToString());
        command.Output.ShouldAllBe(line => line.Length == 0, command.ToString());
        return command.Errors.Where(line => line.Length > 0).ShouldHaveSingleItem(command.ToString());
    }

    /// <summary>What the server answers to a GET with that token.</summary>
    public static async Task<HttpStatusCode> GetAsync(this Installation installation, HttpClient http, string path, string token)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, installation.HttpAddress + path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using HttpResponseMessage answer = await http.SendAsync(request);
        return answer.StatusCode;
    }

    private static BuiltProgram Start(Installation installation, string[] arguments, string input) =>
        BuiltProgram.StartServerWithInput(input, arguments, ("STEPCLOUD_DATABASE", installation.Database.ConnectionString), ("Passwords__MemoryMiB", "19"));
}
