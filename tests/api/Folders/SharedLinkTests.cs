using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Contracts.Ids;
using StepCloud.Tests.Api.Access;
using StepCloud.Tests.Api.Http;
using StepCloud.Tests.Api.Recordings;
using Xunit;

namespace StepCloud.Tests.Api.Folders;

/// <summary>What whoever was given a link can do with it, until when, and how often.</summary>
public sealed class SharedLinkTests(RecordingServer recordings) : IClassFixture<RecordingServer>
{
    private readonly ApiServer _server = recordings.Server;

    private string OfDevice => $"device={recordings.Device}";

    [Fact]
    public async Task Somebody_without_an_account_opens_a_link_sees_what_it_shows_and_reads_it()
    {
        ApiClient owner = await _server.OwnerAsync();
        byte[] film = SampleRecordings.Film(400_000);
        RecordingId id = await SampleRecordings.AddAsync(owner, OfDevice + "&name=Crown.mp4", film, "video/mp4");
        (string url, string address) = await SharedThings.NewLinkAsync(owner, await SharedThings.NewFolderAsync(owner, id));
        url.ShouldStartWith("http://localhost:8080/shared#");

        using Visitor visitor = new(_server, url);
        using HttpResponseMessage opened = await visitor.TryOpenAsync();
        JsonNode told = JsonNode.Parse(await opened.Content.ReadAsStringAsync())!;
        ((string?)told["folder"], (string?)told["organization"], (long?)told["downloads_left"]).ShouldBe(("Anna's crown", "Own", null));
        opened.Headers.GetValues("Set-Cookie").ShouldHaveSingleItem().ShouldMatch($"^stepcloud_shared=[A-Za-z0-9_-]{{43}}; max-age=43200; path=/api/v1/shared/{told["link"]}; samesite=strict; httponly$");

        string list = $"/api/v1/shared/{told["link"]}/recordings";
        JsonNode shown = (await visitor.GetAsync(list).ShouldAnswerAsync(200))["items"]!.AsArray().ShouldHaveSingleItem()!;
        ((string?)shown["id"], (string?)shown["name"], (string?)shown["media_type"], (long?)shown["bytes"]).ShouldBe((id.ToString(), "Crown.mp4", "video/mp4", film.Length));
        shown.AsObject().Select(member => member.Key).ShouldBe(["id", "name", "media_type", "bytes", "stored_at"]);
        using HttpResponseMessage read = await visitor.GetAsync($"{list}/{id}/content");
        (await read.Content.ReadAsByteArrayAsync()).AsSpan().SequenceEqual(film).ShouldBeTrue();
        read.Content.Headers.ContentDisposition!.DispositionType.ShouldBe("attachment");
        read.Headers.GetValues("Content-Security-Policy").Single().ShouldEndWith("sandbox");

        JsonNode link = await SharedThings.LinkAsync(owner, address);
        ((string?)link["label"], (long?)link["opened"], (long?)link["downloads"], (bool?)link["has_password"], (bool?)link["holds"]).ShouldBe(("Dr. Weber", 1, 1, false, true));
        link["last_used_at"].ShouldNotBeNull();
        (await _server.Database.ScalarAsync<string[]>(
            "SELECT array_agg(action || ' ' || doer_kind || ' ' || remote_address ORDER BY sequence) FROM audit_entry WHERE subject_id = $1 OR new_values->>'folder_link' = $1", link["id"]!.ToString()))
            .ShouldBe([$"folder_link.created user 127.0.0.1", "folder_link.opened anonymous 127.0.0.1", "recording.read anonymous 127.0.0.1"]);
    }

    [Fact]
    public async Task Ranges_after_one_opening_are_one_download_and_another_recording_is_another()
    {
        ApiClient owner = await _server.OwnerAsync();
        byte[] film = SampleRecordings.Film(200_000);
        RecordingId id = await SampleRecordings.AddAsync(owner, OfDevice, film, "video/mp4"), another = await SampleRecordings.AddAsync(owner, OfDevice, SampleRecordings.Png);
        (string url, string address) = await SharedThings.NewLinkAsync(owner, await SharedThings.NewFolderAsync(owner, id, another), downloadsMax: 2);
        using Visitor visitor = new(_server, url);
        string list = await visitor.OpenAsync();
        foreach ((string range, int from, int count) in ((string, int, int)[])[("0-0", 0, 1), ("65530-65545", 65530, 16), ("199999-", 199_999, 1), ("-100000", 100_000, 100_000)])
        {
            using HttpResponseMessage part = await visitor.ReadAsync($"{list}/{id}/content", range);
            part.StatusCode.ShouldBe(HttpStatusCode.PartialContent);
            (await part.Content.ReadAsByteArrayAsync()).ShouldBe(film[from..(from + count)], range);
        }

        await visitor.ReadAsync($"{list}/{id}/content", "200000-").ShouldBeProblemAsync(416, "range_not_satisfiable");
        ((long?)(await SharedThings.LinkAsync(owner, address))["downloads"]).ShouldBe(1);
        (await visitor.GetAsync($"{list}/{another}/content")).StatusCode.ShouldBe(HttpStatusCode.OK);
        ((long?)(await SharedThings.LinkAsync(owner, address))["downloads"]).ShouldBe(2);

        // Opened anew it is used up; what was begun before goes on.
        using Visitor later = new(_server, url);
        await later.GetAsync($"{await later.OpenAsync()}/{id}/content").ShouldBeProblemAsync(409, "downloads_used_up");
        (await visitor.ReadAsync($"{list}/{id}/content", "5-9")).StatusCode.ShouldBe(HttpStatusCode.PartialContent);
        (await _server.Database.ScalarAsync<long>("SELECT count(*) FROM audit_entry WHERE action = 'recording.read' AND new_values->>'folder_link' = $1", address.Split('/')[^1])).ShouldBe(2);
    }

    [Fact]
    public async Task Whoever_may_download_nothing_more_learns_neither_the_hash_nor_the_length()
    {
        ApiClient owner = await _server.OwnerAsync();
        RecordingId id = await SampleRecordings.AddAsync(owner, OfDevice, SampleRecordings.Film(200_000), "video/mp4"), used = await SampleRecordings.AddAsync(owner, OfDevice, SampleRecordings.Png);
        (string url, string address) = await SharedThings.NewLinkAsync(owner, await SharedThings.NewFolderAsync(owner, id, used), downloadsMax: 1);
        using Visitor visitor = new(_server, url);
        string list = await visitor.OpenAsync();
        (await visitor.ReadAsync($"{list}/{used}/content", "0-0")).StatusCode.ShouldBe(HttpStatusCode.PartialContent);
        foreach ((string name, string value) in ((string, string)[])[("If-None-Match", "*"), ("Range", "bytes=99999999-"), ("Range", "bytes=0-0")])
        {
            using HttpResponseMessage refused = await visitor.AskAsync($"{list}/{id}/content", name, value);
            ((int)refused.StatusCode, refused.Headers.ETag, refused.Content.Headers.ContentRange).ShouldBe((409, null, null), value);
        }

        // With a use it is told, and that is the use.
        (url, address) = await SharedThings.NewLinkAsync(owner, address[..address.IndexOf("/links", StringComparison.Ordinal)], downloadsMax: 1);
        using Visitor another = new(_server, url);
        list = await another.OpenAsync();
        using HttpResponseMessage told = await another.AskAsync($"{list}/{id}/content", "If-None-Match", "*");
        ((int)told.StatusCode, told.Headers.ETag is null).ShouldBe((304, false));
        ((long?)(await SharedThings.LinkAsync(owner, address))["downloads"]).ShouldBe(1);
    }

    [Fact]
    public async Task Of_many_at_once_as_many_download_as_may()
    {
        ApiClient owner = await _server.OwnerAsync();
        RecordingId id = await SampleRecordings.AddAsync(owner, OfDevice, SampleRecordings.Png);
        (string url, string address) = await SharedThings.NewLinkAsync(owner, await SharedThings.NewFolderAsync(owner, id), downloadsMax: 3);
        Visitor[] visitors = [.. Enumerable.Range(0, 10).Select(_ => new Visitor(_server, url))];
        string[] lists = await Task.WhenAll(visitors.Select(visitor => visitor.OpenAsync()));
        HttpResponseMessage[] answers = await Task.WhenAll(visitors.Select((visitor, i) => visitor.GetAsync($"{lists[i]}/{id}/content")));
        answers.Count(answer => answer.StatusCode == HttpStatusCode.OK).ShouldBe(3);
        foreach (HttpResponseMessage refused in answers.Where(answer => answer.StatusCode != HttpStatusCode.OK)) await Task.FromResult(refused).ShouldBeProblemAsync(409, "downloads_used_up");
        JsonNode link = await SharedThings.LinkAsync(owner, address);
        ((long?)link["opened"], (long?)link["downloads"]).ShouldBe((10, 3));
        foreach (Visitor visitor in visitors) visitor.Dispose();
    }

    [Fact]
    public async Task Unknown_revoked_and_expired_links_are_answered_alike()
    {
        ApiClient owner = await _server.OwnerAsync();
        string folder = await SharedThings.NewFolderAsync(owner, await SampleRecordings.AddAsync(owner, OfDevice, SampleRecordings.Png));
        List<string> answers = [];
        foreach (string way in (string[])["none", "unknown", "long", "revoked", "expired", "deleted", "closed"])
        {
            Shop? shop = way == "closed" ? await _server.AddShopAsync("Closing") : null;
            ApiClient sharer = shop is null ? owner : await _server.UserAsync(shop.OwnerEmail);
            string of = way is "deleted" or "closed" ? await SharedThings.NewFolderAsync(sharer) : folder;
            (string url, string address) = await SharedThings.NewLinkAsync(sharer, of, SharedThings.Password);
            using Visitor visitor = new(_server, url);
            string list = await visitor.OpenAsync(SharedThings.Password);
            Guid id = Guid.Parse(address.Split('/')[^1]);
            if (way == "revoked") ((string?)(await SharedThings.RevokeAsync(owner, address).ShouldAnswerAsync(200))["end_reason"]).ShouldBe("revoked");
            if (way == "expired") await _server.Database.ExecuteAsync("UPDATE folder_link SET expires_at = now() WHERE id = $1", id);
            if (way == "deleted") await owner.SendAsync(HttpMethod.Delete, of).ShouldAnswerAsync(204);
            if (way == "closed") await (await _server.AdministratorAsync()).PostAsync($"/admin/api/v1/organizations/{shop!.Organization}/archive", """{"reason":"Closed."}""").ShouldAnswerAsync(200);
            string? token = way switch { "none" => null, "unknown" => new string('A', 43), "long" => new string('A', 4000), _ => visitor.Token };
            answers.Add((await visitor.TryOpenAsync("{}", token).ShouldBeProblemAsync(404, "unknown_link")).ToJsonString());
            if (way is "none" or "unknown" or "long") (await visitor.GetAsync(list)).StatusCode.ShouldBe(HttpStatusCode.OK);
            else await visitor.GetAsync(list).ShouldBeProblemAsync(401, "link_not_opened");
        }

        answers.Distinct().ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData("revoked")]
    [InlineData("consent")]
    [InlineData("expired")]
    [InlineData("destroyed")]
    [InlineData("removed")]
    [InlineData("disabled")]
    public async Task A_download_that_is_under_way_breaks_off_when_the_right_to_it_ends(string way)
    {
        ApiClient owner = await _server.OwnerAsync();
        string technician = await _server.AddUserAsync("technician"), @case = await CaseRequests.NewAsync(_server);
        ApiClient sharer = await _server.UserAsync(technician);
        JsonObject consent = CaseRequests.Consent();
        consent["purposes"] = new JsonArray("recordings", "sharing");
        JsonNode given = await owner.PostAsync(@case + "/consents", consent).ShouldAnswerAsync(201);
        byte[] film = SampleRecordings.Film(8_000_000);
        RecordingId id = await SampleRecordings.AddAsync(owner, $"case={@case.Split('/')[^1]}", film, "video/mp4");
        string folder = await SharedThings.NewFolderAsync(sharer, id);
        (string url, string address) = await SharedThings.NewLinkAsync(sharer, folder);
        using Visitor visitor = new(_server, url);
        string list = await visitor.OpenAsync();
        using HttpResponseMessage answer = await visitor.BeginAsync($"{list}/{id}/content");
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        await using Stream body = await answer.Content.ReadAsStreamAsync();
        byte[] buffer = new byte[50_000];
        await body.ReadExactlyAsync(buffer);

        await (way switch
        {
            "revoked" => SharedThings.RevokeAsync(owner, address).ShouldAnswerAsync(200),
            "consent" => owner.PostAsync($"{@case}/consents/{given["id"]}/withdraw", new JsonObject { ["form"] = "email" }).ShouldAnswerAsync(200),
            "expired" => _server.Database.ExecuteAsync("UPDATE folder_link SET expires_at = now() WHERE id = $1", Guid.Parse(address.Split('/')[^1])),
            "destroyed" => owner.SendAsync(HttpMethod.Delete, $"{SampleRecordings.Path}/{id}").ShouldAnswerAsync(204),
            "removed" => owner.SendAsync(HttpMethod.Delete, $"{folder}/recordings/{id}").ShouldAnswerAsync(200),
            _ => _server.Database.ExecuteAsync("UPDATE app_user SET disabled_at = now() WHERE email = $1", technician),
        });

        // What lies in the buffers of both sides still comes.
        await Task.Delay(700);
        await Should.ThrowAsync<Exception>(async () =>
        {
            while (await body.ReadAsync(buffer) > 0)
            {
            }
        });
        if (way is "consent" or "destroyed" or "removed")
        {
            (await visitor.GetAsync(list).ShouldAnswerAsync(200))["items"]!.AsArray().ShouldBeEmpty();
            await visitor.GetAsync($"{list}/{id}/content").ShouldBeProblemAsync(404, "not_found");
        }
        else
        {
            await visitor.GetAsync($"{list}/{id}/content").ShouldBeProblemAsync(401, "link_not_opened");
        }
    }

    [Fact]
    public async Task Links_end_for_good_when_whoever_shares_may_no_longer()
    {
        ApiClient owner = await _server.OwnerAsync();
        foreach ((string taken, string given) in ((string, string)[])
            [("disabled_at = now()", "disabled_at = NULL"), ("roles = '{viewer}'", "roles = '{technician}'")])
        {
            string technician = await _server.AddUserAsync("technician");
            ApiClient sharer = await _server.UserAsync(technician);
            (string url, string address) = await SharedThings.NewLinkAsync(sharer, await SharedThings.NewFolderAsync(sharer));
            using Visitor visitor = new(_server, url);
            await visitor.OpenAsync();
            await _server.ExecuteElsewhereAsync($"UPDATE app_user SET {taken} WHERE email = $1", technician);
            await visitor.TryOpenAsync().ShouldBeProblemAsync(404, "unknown_link");
            await _server.ExecuteElsewhereAsync($"UPDATE app_user SET {given} WHERE email = $1", technician);
            await visitor.TryOpenAsync().ShouldBeProblemAsync(404, "unknown_link");
            JsonNode link = await SharedThings.LinkAsync(owner, address);
            ((string?)link["end_reason"], (bool?)link["holds"]).ShouldBe(("sharer", false));
        }
    }

    [Fact]
    public async Task What_opens_one_link_opens_no_other_and_shows_nothing_of_other_folders()
    {
        ApiClient owner = await _server.OwnerAsync();
        RecordingId id = await SampleRecordings.AddAsync(owner, OfDevice, SampleRecordings.Png), elsewhere = await SampleRecordings.AddAsync(owner, OfDevice, SampleRecordings.Png);
        (string url, _) = await SharedThings.NewLinkAsync(owner, await SharedThings.NewFolderAsync(owner, id));
        (_, string other) = await SharedThings.NewLinkAsync(owner, await SharedThings.NewFolderAsync(owner, elsewhere));
        using Visitor visitor = new(_server, url);
        using HttpResponseMessage opened = await visitor.TryOpenAsync();
        string cookie = opened.Headers.GetValues("Set-Cookie").Single().Split(';')[0], list = $"/api/v1/shared/{JsonNode.Parse(await opened.Content.ReadAsStringAsync())!["link"]}/recordings";
        await visitor.GetAsync($"{list}/{elsewhere}/content").ShouldBeProblemAsync(404, "not_found");
        await visitor.GetAsync($"/api/v1/shared/{other.Split('/')[^1]}/recordings").ShouldBeProblemAsync(401, "link_not_opened");
        await WithCookieAsync(cookie, list).ShouldAnswerAsync(200);
        await WithCookieAsync(cookie, $"/api/v1/shared/{other.Split('/')[^1]}/recordings").ShouldBeProblemAsync(401, "link_not_opened");
        await WithCookieAsync("stepcloud_shared=", list).ShouldBeProblemAsync(401, "link_not_opened");
        await WithCookieAsync($"stepcloud_shared={visitor.Token}", list).ShouldBeProblemAsync(401, "link_not_opened");
        // A token of an account is no link, and a link no token.
        await _server.With(visitor.Token).GetAsync("/api/v1/folders").ShouldBeProblemAsync(401, "invalid_token");
    }

    [Fact]
    public async Task An_opening_ends_a_while_after_its_last_use()
    {
        ApiClient owner = await _server.OwnerAsync();
        RecordingId id = await SampleRecordings.AddAsync(owner, OfDevice, SampleRecordings.Png);
        (string url, string address) = await SharedThings.NewLinkAsync(owner, await SharedThings.NewFolderAsync(owner, id));
        using Visitor visitor = new(_server, url);
        string list = await visitor.OpenAsync();
        Guid link = Guid.Parse(address.Split('/')[^1]);
        await _server.Database.ExecuteAsync("UPDATE folder_link_grant SET ends_at = now() + interval '1 minute' WHERE link_id = $1", link);
        await visitor.GetAsync(list).ShouldAnswerAsync(200);
        (await _server.Database.ScalarAsync<bool>("SELECT ends_at > now() + interval '14 minutes' FROM folder_link_grant WHERE link_id = $1", link)).ShouldBeTrue();
        await _server.Database.ExecuteAsync("UPDATE folder_link_grant SET started_at = now() - interval '11 hours 59 minutes' WHERE link_id = $1", link);
        await visitor.GetAsync(list).ShouldAnswerAsync(200);
        (await _server.Database.ScalarAsync<bool>("SELECT ends_at < now() + interval '2 minutes' FROM folder_link_grant WHERE link_id = $1", link)).ShouldBeTrue();
        await _server.Database.ExecuteAsync("UPDATE folder_link_grant SET ends_at = now() WHERE link_id = $1", link);
        await visitor.GetAsync($"{list}/{id}/content").ShouldBeProblemAsync(401, "link_not_opened");
        await visitor.OpenAsync();
        (await visitor.GetAsync($"{list}/{id}/content")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await _server.Database.ScalarAsync<long>("SELECT count(*) FROM folder_link_grant WHERE link_id = $1", link)).ShouldBe(1);
    }

    [Fact]
    public async Task Neither_the_link_nor_what_it_sets_is_in_the_database()
    {
        ApiClient owner = await _server.OwnerAsync();
        (string url, _) = await SharedThings.NewLinkAsync(owner, await SharedThings.NewFolderAsync(owner), SharedThings.Password);
        using Visitor visitor = new(_server, url);
        using HttpResponseMessage opened = await visitor.TryOpenAsync(SharedThings.Password);
        string grant = opened.Headers.GetValues("Set-Cookie").Single().Split(';')[0].Split('=')[1];
        string[] tables = await _server.Database.ScalarAsync<string[]>(
            "SELECT array_agg(relname::text) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition");
        foreach (string table in tables)
        {
            string rows = await _server.Database.ScalarAsync<string>($"SELECT coalesce(string_agg(t::text, ' '), '') FROM {table} AS t");
            foreach (string secret in (string[])[visitor.Token, grant])
            {
                rows.ShouldNotContain(secret, Case.Sensitive, table);
                rows.ShouldNotContain(Convert.ToHexStringLower(Encoding.ASCII.GetBytes(secret)), Case.Sensitive, table);
            }
        }
    }

    private async Task<HttpResponseMessage> WithCookieAsync(string cookie, string path)
    {
        using HttpClient http = new(new SocketsHttpHandler { UseCookies = false }) { BaseAddress = _server.HttpAddress };
        using HttpRequestMessage request = new(HttpMethod.Get, path);
        request.Headers.Add("Cookie", cookie);
        return await http.SendAsync(request);
    }
}
