using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Tests.Support;
using StepCloud.Tests.System.Processes;
using Xunit;

namespace StepCloud.Tests.System.Running;

/// <summary>`stepcloud recording`, and an upload whose server is killed.</summary>
public sealed class RecordingCommandTests : IAsyncLifetime
{
    private const int MiB = 1024 * 1024;

    private readonly TemporaryFolder _target = new();
    private readonly HttpClient _http = new();
    private Installation _installation = null!;
    private BuiltProgram _server = null!;
    private string _token = "";

    private string Data => Path.GetDirectoryName(_installation.GatewayData)!;

    public async Task InitializeAsync()
    {
        _installation = await Installation.CreateAsync();
        _server = await _installation.StartServerAsync();
        _http.BaseAddress = new Uri(_installation.HttpAddress);
        _token = (string)(await _installation.SignInAsync(_http))["access_token"]!;
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", _token);
    }

    public async Task DisposeAsync()
    {
        _http.Dispose();
        await _installation.DisposeAsync();
        _target.Dispose();
    }

    [Fact]
    public async Task Administrators_list_show_get_and_verify_and_each_look_is_in_the_audit()
    {
        byte[] film = Film(300_000);
        using ByteArrayContent body = new(film) { Headers = { ContentType = new MediaTypeHeaderValue("video/mp4") } };
        string id = (string)(await PostAsync($"/api/v1/recordings?case={await NewCaseAsync()}&name=Anna.mp4", body))["id"]!;

        (await JsonAsync(0, "list")).EnumerateArray().ShouldHaveSingleItem().GetProperty("name").GetString().ShouldBe("Anna.mp4");
        (await JsonAsync(0, "show", id)).GetProperty("sha256").GetString().ShouldBe(Convert.ToHexStringLower(SHA256.HashData(film)));
        string file = _target["film.mp4"];
        await JsonAsync(0, "get", id, file);
        (await File.ReadAllBytesAsync(file)).AsSpan().SequenceEqual(film).ShouldBeTrue();
        File.GetUnixFileMode(file).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        (await _installation.RefusalAsync(1, ["recording", "get", id, file, "--data", Data])).ShouldContain("exist");
        (await _installation.RefusalAsync(1, ["recording", "show", Guid.NewGuid().ToString(), "--data", Data])).ShouldContain("no recording");
        (await _installation.Database.ScalarAsync<long>("SELECT count(*) FROM audit_entry WHERE action = 'recording.read' AND agent LIKE 'stepcloud recording %'")).ShouldBe(4);

        (await JsonAsync(0, "verify")).GetProperty("recordings").GetInt32().ShouldBe(1);
        string stored = Directory.GetFiles(Path.Combine(Data, "recordings"), "*", SearchOption.AllDirectories).Single(path => new FileInfo(path).Length > 300_000);
        byte[] bytes = await File.ReadAllBytesAsync(stored);
        bytes[200_000] ^= 1;
        await File.WriteAllBytesAsync(stored, bytes);
        JsonElement rotten = (await JsonAsync(1, "verify")).GetProperty("rotten").EnumerateArray().ShouldHaveSingleItem();
        (rotten.GetProperty("id").GetString(), rotten.GetProperty("fault").GetString()).ShouldBe((id, "Chunk 3 was altered."));
        string part = _target["part.mp4"];
        (await _installation.RefusalAsync(1, ["recording", "get", id, part, "--data", Data])).ShouldContain("Chunk 3 was altered.");
        File.Exists(part).ShouldBeFalse();
    }

    [Fact]
    public async Task An_upload_whose_server_is_killed_goes_on_from_what_was_safe()
    {
        byte[] film = Film(80 * MiB);
        using HttpRequestMessage creation = new(HttpMethod.Post, "/api/tus/v1/recordings");
        creation.Headers.Add("Tus-Resumable", "1.0.0");
        creation.Headers.Add("Upload-Length", $"{film.Length}");
        creation.Headers.Add("Upload-Metadata", $"filetype {Base64("video/mp4")},case {Base64(await NewCaseAsync())}");
        using HttpResponseMessage created = await _http.SendAsync(creation);
        string upload = created.EnsureSuccessStatusCode().Headers.Location!.ToString();

        using (TcpClient sender = new())
        {
            await sender.ConnectAsync("127.0.0.1", _installation.HttpPort);
            await sender.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
                $"PATCH {upload} HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer {_token}\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\n"
                + $"Content-Type: application/offset+octet-stream\r\nContent-Length: {film.Length}\r\n\r\n"));
            await sender.GetStream().WriteAsync(film.AsMemory(0, 70 * MiB));
            await Eventually.HoldsAsync(async () => await _installation.Database.ScalarAsync<long>("SELECT received_bytes FROM recording") >= 64 * MiB, "most of it is safe");
            await _server.KillAsync();
        }

        _server = await _installation.StartServerAsync();
        long at = await OffsetAsync(upload);
        at.ShouldBeInRange(64 * MiB, 70 * MiB);
        await Eventually.HoldsAsync(
            async () =>
            {
                using HttpRequestMessage rest = new(HttpMethod.Patch, upload) { Content = new ByteArrayContent(film, (int)at, film.Length - (int)at) };
                rest.Headers.Add("Tus-Resumable", "1.0.0");
                rest.Headers.Add("Upload-Offset", $"{at}");
                rest.Content.Headers.ContentType = new MediaTypeHeaderValue("application/offset+octet-stream");
                using HttpResponseMessage answer = await _http.SendAsync(rest);
                return (int)answer.StatusCode == 204;
            },
            "who wrote before is let go at the start");
        JsonNode stored = (await _http.GetFromJsonAsync<JsonNode>($"/api/v1/recordings/{upload.Split('/')[^1]}"))!;
        ((string?)stored["sha256"]).ShouldBe(Convert.ToHexStringLower(SHA256.HashData(film)));
    }

    private async Task<long> OffsetAsync(string upload)
    {
        using HttpRequestMessage request = new(HttpMethod.Head, upload);
        request.Headers.Add("Tus-Resumable", "1.0.0");
        using HttpResponseMessage answer = await _http.SendAsync(request);
        return long.Parse(answer.EnsureSuccessStatusCode().Headers.GetValues("Upload-Offset").Single());
    }

    /// <summary>With a consent to recordings.</summary>
    private async Task<string> NewCaseAsync()
    {
        string id = (string)(await PostAsync("/api/v1/cases", JsonContent.Create(new { reference = $"ORD-{Guid.NewGuid()}", name = "Anna Müller" })))["id"]!;
        await PostAsync($"/api/v1/cases/{id}/consents", JsonContent.Create(new { given_by = "person", purposes = new[] { "recordings" }, form = "paper", given_at = "2024-01-02T00:00:00Z" }));
        return id;
    }

    private async Task<JsonNode> PostAsync(string path, HttpContent body)
    {
        using HttpResponseMessage answer = await _http.PostAsync(path, body);
        string text = await answer.Content.ReadAsStringAsync();
        answer.IsSuccessStatusCode.ShouldBeTrue(text);
        return JsonNode.Parse(text)!;
    }

    private Task<JsonElement> JsonAsync(int exitCode, params string[] arguments) => _installation.JsonAsync(exitCode, ["recording", .. arguments, "--data", Data]);

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private static byte[] Film(int bytes)
    {
        byte[] film = RandomNumberGenerator.GetBytes(bytes);
        byte[] head = [0, 0, 0, 24, .. "ftypisom"u8, 0, 0, 2, 0, .. "isommp42"u8];
        head.CopyTo(film, 0);
        return film;
    }
}
