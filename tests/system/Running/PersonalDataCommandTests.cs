using System.IO.Compression;
using System.Text.Json;
using Shouldly;
using StepCloud.Tests.Support;
using StepCloud.Tests.System.Processes;
using Xunit;

namespace StepCloud.Tests.System.Running;

/// <summary>What is known of a person, handed out as a file, and an account deleted.</summary>
public sealed class PersonalDataCommandTests
{
    [Fact]
    public async Task A_case_and_a_user_are_written_into_archives_that_only_their_owner_can_read()
    {
        await using Installation installation = await Installation.CreateAsync();
        await installation.StartServerAsync();
        using TemporaryFolder folder = new();
        string[] of = ["--organization", await OrganizationAsync(installation)];
        string id = (await installation.JsonAsync(0, ["case", "create", .. of], """{"reference":"ORD-4711","name":"Hēmi Ngata","birth_date":"1980-02-29"}""")).GetProperty("id").GetString()!;
        string ofCase = Path.Combine(folder.Path, "case.zip"), ofUser = Path.Combine(folder.Path, "user.zip");

        (await installation.JsonAsync(0, ["case", "export", id, "--output", ofCase, .. of])).GetProperty("file").GetString().ShouldBe(ofCase);
        (await installation.JsonAsync(0, ["user", "export", Installation.Email, "--output", ofUser])).GetProperty("file").GetString().ShouldBe(ofUser);

        File.GetUnixFileMode(ofCase).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Read(ofCase, "case.json").GetProperty("name").GetString().ShouldBe("Hēmi Ngata");
        Read(ofCase, "audit.json").EnumerateArray().Select(entry => entry.GetProperty("action").GetString()).ShouldContain("case.created");
        Read(ofUser, "user.json").GetProperty("email").GetString().ShouldBe(Installation.Email);
        Read(ofUser, "sessions.json").ValueKind.ShouldBe(JsonValueKind.Array);
        (await installation.Database.ScalarAsync<long>("SELECT count(*) FROM audit_entry WHERE action IN ('case.exported', 'user.exported')")).ShouldBe(2);
        (await installation.RefusalAsync(1, ["case", "export", id, "--output", ofCase, .. of])).ShouldContain("it is there already");
        (await installation.RefusalAsync(1, ["user", "export", Installation.Email, "--output", Path.Combine(folder.Path, "none", "user.zip")])).ShouldContain("is the folder there");
    }

    [Fact]
    public async Task An_erased_account_is_out_and_what_was_done_keeps_its_id()
    {
        await using Installation installation = await Installation.CreateAsync();
        await installation.StartServerAsync();
        using HttpClient http = new();
        string token = (string)(await installation.SignInAsync(http))["access_token"]!;
        Guid id = await installation.Database.ScalarAsync<Guid>("SELECT id FROM app_user WHERE email = $1", Installation.Email);

        await installation.JsonAsync(0, ["user", "erase", Installation.Email]);

        ((int)await installation.GetAsync(http, "/api/v1/devices", token)).ShouldBe(401);
        (await installation.Database.ScalarAsync<string>("SELECT name || coalesce(email, '-') FROM app_user WHERE id = $1", id)).ShouldBe("(erased)-");
        (await installation.Database.ScalarAsync<long>("SELECT count(*) FROM audit_entry WHERE action = 'user.erased' AND subject_id = $1", id.ToString())).ShouldBe(1);
        (await installation.RefusalAsync(1, ["user", "show", Installation.Email])).ShouldContain(Installation.Email);
    }

    private static async Task<string> OrganizationAsync(Installation installation) =>
        (await installation.JsonAsync(0, ["user", "show", Installation.Email])).GetProperty("user").GetProperty("organization").GetString()!;

    private static JsonElement Read(string archive, string name)
    {
        using ZipArchive zip = ZipFile.OpenRead(archive);
        using Stream file = zip.GetEntry(name).ShouldNotBeNull().Open();
        return JsonDocument.Parse(file).RootElement.Clone();
    }
}
