using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Tests.System.Processes;
using Xunit;

namespace StepCloud.Tests.System.Running;

/// <summary>`stepcloud folder`, and what a server that logs everything writes of a link: nothing that opens it.</summary>
public sealed class FolderCommandTests : IAsyncLifetime
{
    private const string Password = "gumbo trellis oxbow quern";

    private Installation _installation = null!;
    private BuiltProgram _server = null!;
    private HttpClient _http = null!;

    public async Task InitializeAsync()
    {
        _installation = await Installation.CreateAsync();
        _server = await _installation.StartServerAsync(("Logging__LogLevel__Default", "Trace"), ("Logging__LogLevel__Microsoft.AspNetCore", "Trace"));
        _http = new HttpClient { BaseAddress = new Uri(_installation.HttpAddress) };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", (string)(await _installation.SignInAsync(_http))["access_token"]!);
    }

    public async Task DisposeAsync()
    {
        _http.Dispose();
        await _installation.DisposeAsync();
    }

    [Fact]
    public async Task An_administrator_sees_what_is_shared_and_ends_a_link_and_the_log_tells_no_secret()
    {
        string[] of = ["--organization", (await _installation.JsonAsync(0, ["user", "show", Installation.Email])).GetProperty("user").GetProperty("organization").GetString()!];
        string folder = (string)(await PostAsync("/api/v1/folders", new { name = "Anna's crown" }))["id"]!;
        JsonNode made = await PostAsync($"/api/v1/folders/{folder}/links", new { label = "Dr. Weber", password = Password });
        string token = ((string)made["url"]!).Split('#')[1], link = (string)made["link"]!["id"]!;

        using HttpClient visitor = new() { BaseAddress = new Uri(_installation.HttpAddress) };
        visitor.DefaultRequestHeaders.Add("Share-Token", token);
        using HttpResponseMessage opened = await visitor.PostAsJsonAsync("/api/v1/shared", new { password = Password });
        string cookie = opened.EnsureSuccessStatusCode().Headers.GetValues("Set-Cookie").Single().Split(';')[0].Split('=')[1];
        (await visitor.GetAsync($"/api/v1/shared/{link}/recordings")).EnsureSuccessStatusCode();

        (await _installation.JsonAsync(0, ["folder", "list", .. of])).GetProperty("folders").EnumerateArray().ShouldHaveSingleItem().GetProperty("name").GetString().ShouldBe("Anna's crown");
        JsonElement shown = (await _installation.JsonAsync(0, ["folder", "show", folder, .. of])).GetProperty("links").EnumerateArray().ShouldHaveSingleItem();
        (shown.GetProperty("label").GetString(), shown.GetProperty("opened").GetInt64(), shown.GetProperty("holds").GetBoolean()).ShouldBe(("Dr. Weber", 1, true));
        (await _installation.JsonAsync(0, ["folder", "revoke-link", folder, link, .. of])).GetProperty("link").GetProperty("end_reason").GetString().ShouldBe("revoked");
        ((int)(await visitor.GetAsync($"/api/v1/shared/{link}/recordings")).StatusCode).ShouldBe(401);
        (await _installation.RefusalAsync(1, ["folder", "show", Guid.NewGuid().ToString(), .. of])).ShouldContain("no such folder");
        (await _installation.RefusalAsync(2, ["folder", "revoke-link", folder, "nonsense", .. of])).ShouldContain("not a link's id");
        (await _installation.Database.ScalarAsync<string[]>("SELECT array_agg(action ORDER BY sequence) FROM audit_entry WHERE agent LIKE 'stepcloud folder %'"))
            .ShouldBe(["folder.read", "folder.read", "folder_link.revoked"]);

        string log = _server.ToString();
        log.ShouldContain($"/api/v1/shared/{link}/recordings");
        foreach (string secret in (string[])[token, cookie, Password, "Anna's crown", "Dr. Weber"]) log.ShouldNotContain(secret);
    }

    private async Task<JsonNode> PostAsync(string path, object body)
    {
        using HttpResponseMessage answer = await _http.PostAsJsonAsync(path, body);
        string text = await answer.Content.ReadAsStringAsync();
        answer.IsSuccessStatusCode.ShouldBeTrue(text);
        return JsonNode.Parse(text)!;
    }
}
