using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Npgsql;
using Shouldly;
using StepCloud.Tests.Support;
using StepCloud.Tests.System.Processes;
using Xunit;
using Xunit.Abstractions;

namespace StepCloud.Tests.System.Running;

/// <summary>`stepcloud backup` and `stepcloud restore` with everything real: server, gateways, PostgreSQL, pg_dump.</summary>
public sealed class BackUpTests(ITestOutputHelper output)
{
    private const int Gateways = 3;

    [Fact]
    public async Task What_was_acknowledged_before_a_back_up_is_there_after_the_installation_was_destroyed_and_its_gateways_go_on()
    {
        await using Installation installation = await Installation.CreateAsync();
        using TemporaryFolder folder = new();
        BuiltProgram server = await installation.StartServerAsync();
        await installation.EnrollAsync(Gateways);
        using HttpClient http = new() { BaseAddress = new Uri(installation.HttpAddress) };
        string userToken = (string)(await installation.SignInAsync(http))["refresh_token"]!;

        string id = await installation.Database.ScalarAsync<string>("SELECT id::text FROM installation");

        // Backed up in the midst of it.
        Dictionary<string, string> before;
        await using (BuiltProgram shop = StartShop(installation))
        {
            await StepsAsync(installation, moreThan: 30);
            before = ReadLedgers(installation);
            JsonElement made = await installation.JsonAsync(0, ["backup", "--to", folder["backup"]]);
            made.GetProperty("migration").GetInt32().ShouldBeGreaterThan(27);
            made.GetProperty("master_key_file").ValueKind.ShouldBe(JsonValueKind.Null);
            Directory.GetFiles(folder.Path, "*key*", SearchOption.AllDirectories).ShouldBeEmpty("the master key is kept apart");
            await StopAsync(shop);
        }

        // Then it goes on, and every gateway changes its refresh token twice more.
        for (int i = 0; i < 2; i++) await WorkAsync(installation);

        await server.KillAsync();
        await server.DisposeAsync();
        long lost = await installation.Database.ScalarAsync<long>("SELECT count(*) FROM step_event");
        await installation.DestroyDatabaseAsync();

        JsonElement restored = await installation.JsonAsync(0, ["restore", "--from", folder["backup"]]);
        restored.GetProperty("audit").GetProperty("is_good").GetBoolean().ShouldBeTrue();
        restored.GetProperty("user_sessions_ended").GetInt32().ShouldBeGreaterThan(0);
        (await installation.Database.ScalarAsync<string>("SELECT id::text FROM installation")).ShouldNotBe(id, "what it was copied from may still run");
        long kept = await installation.Database.ScalarAsync<long>("SELECT count(*) FROM step_event");
        output.WriteLine($"{lost} steps stood when the installation was destroyed, {kept} are back.");
        kept.ShouldBeInRange(30, lost - 1);

        // All that was acknowledged before the back-up began is there, once, as it was sent; and a ledger tells what came later and is lost.
        Dictionary<string, string> destroyed = ReadLedgers(installation);
        await LedgersShouldHoldAsync(installation, folder, destroyed.ToDictionary(ledger => ledger.Key, ledger => Answers(before[ledger.Key]) + Sendings(ledger.Value)));
        (await installation.VerifyLedgersAsync()).ShouldStartWith("1: ");

        // The gateways come with tokens that this database has never seen.
        await installation.StartServerAsync();
        for (int i = 0; i < 2; i++) await WorkAsync(installation);

        Dictionary<string, string> now = ReadLedgers(installation);
        await LedgersShouldHoldAsync(
            installation, folder,
            now.ToDictionary(ledger => ledger.Key, ledger => Answers(before[ledger.Key]) + Sendings(ledger.Value) + Answers(ledger.Value[destroyed[ledger.Key].Length..])));
        (await CountAsync(installation, "session.continued_after_restore")).ShouldBe(Gateways);
        (await CountAsync(installation, "session.reuse_detected")).ShouldBe(0);
        (await CountAsync(installation, "installation.restored")).ShouldBe(1);

        // People sign in anew, and are called no thieves.
        using HttpResponseMessage refused = await http.PostAsJsonAsync("/api/v1/token", new { refresh_token = userToken });
        refused.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        ((string)JsonNode.Parse(await refused.Content.ReadAsStringAsync())!["code"]!).ShouldBe("invalid_refresh_token");
        await installation.SignInAsync(http);
        (await installation.JsonAsync(0, ["audit", "verify"])).GetProperty("is_good").GetBoolean().ShouldBeTrue();
        (await installation.JsonAsync(0, ["step", "verify"])).GetProperty("broken_count").GetInt64().ShouldBe(0);
    }

    [Fact]
    public async Task A_private_installation_comes_back_in_a_new_data_folder_with_the_key_that_was_kept_apart()
    {
        using PrivateInstallation installation = new();
        using TemporaryFolder folder = new();
        await using (BuiltProgram server = await installation.StartedAsync())
        {
            await installation.JsonAsync("backup", "--to", folder["backup"], "--master-key", folder["kept.key"]);
        }

        (await File.ReadAllTextAsync(folder["kept.key"])).ShouldBe(await File.ReadAllTextAsync(installation.MasterKeyFile));
        File.GetUnixFileMode(folder["kept.key"]).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);

        // Into the installation itself it does not go, whether its server runs or not.
        (await RefusalAsync(installation.Command("restore", "--from", folder["backup"]))).ShouldContain("is not empty");
        await File.WriteAllTextAsync(folder["other.key"], TestMasterKey.Text);
        string[] into = ["restore", "--from", folder["backup"], "--data", folder["new"]];
        (await RefusalAsync(BuiltProgram.StartServer([.. into, "--master-key", folder["other.key"]]), exitCode: 2)).ShouldContain("sealed under");
        Directory.Exists(folder["new"]).ShouldBeFalse();

        await using (BuiltProgram restore = BuiltProgram.StartServer([.. into, "--master-key", folder["kept.key"]]))
        {
            (await restore.ExitCodeAsync()).ShouldBe(0, restore.ToString());
            restore.Output.ShouldContain("append-only by the database's privileges");
        }

        await using BuiltProgram again = BuiltProgram.StartServer(["serve", "--http-port", "0", "--mqtt-port", "0", "--data", folder["new"]]);
        await again.LineAsync("HTTP on");
    }

    [Fact]
    public async Task A_back_up_without_its_key_says_where_that_belongs_and_no_server_starts_without_it()
    {
        using PrivateInstallation installation = new();
        using TemporaryFolder folder = new();
        await using (await installation.StartedAsync())
        {
        }

        await installation.JsonAsync("backup", "--to", folder["backup"]);
        await using (BuiltProgram restore = BuiltProgram.StartServer(["restore", "--from", folder["backup"], "--data", folder["new"]]))
        {
            (await restore.ExitCodeAsync()).ShouldBe(0, restore.ToString());
            restore.Output.ShouldContain(line => line.StartsWith("Before you start the server, put the master key ") && line.Contains(Path.Combine(folder["new"], "master.key")));
        }

        await using BuiltProgram server = BuiltProgram.StartServer(["serve", "--http-port", "0", "--mqtt-port", "0", "--data", folder["new"]]);
        (await server.ExitCodeAsync()).ShouldBe(1);
        server.Errors.ShouldContain(line => line.Contains("master key") && line.Contains("is not in"), server.ToString());
    }

    [Fact]
    public async Task Nothing_is_written_over_and_no_key_goes_beside_what_it_opens()
    {
        await using Installation installation = await Installation.CreateAsync();
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["something"], "");
        (await installation.RefusalAsync(1, ["backup", "--to", folder.Path])).ShouldContain("is not empty");
        (await installation.RefusalAsync(1, ["backup", "--to", "/proc/backup"])).ShouldContain("cannot be written");
        (await installation.RefusalAsync(2, ["backup", "--to", folder["b"], "--master-key", Path.Combine(folder["b"], "key")])).ShouldContain("is in the back-up's folder");
        (await installation.RefusalAsync(2, ["backup", "--to", folder["b"], "--master-key", folder["something"]])).ShouldContain("exists already");
        (await installation.RefusalAsync(2, ["backup", "--to", folder["b"], "--jobs", "0"])).ShouldContain("--jobs");
        Directory.GetFileSystemEntries(folder.Path).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_disk_that_is_full_is_said_and_nothing_half_done_is_left()
    {
        await using Installation installation = await Installation.CreateAsync();
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder["small"]);
        // Only root may mount, and not in every container; elsewhere there is no small disk to be had.
        await using BuiltProgram mount = BuiltProgram.StartInstalled("mount", ["-t", "tmpfs", "-o", "size=100k,mode=0755", "tmpfs", folder["small"]]);
        if (await mount.ExitCodeAsync() != 0) return;
        try
        {
            (await installation.RefusalAsync(1, ["backup", "--to", Path.Combine(folder["small"], "backup")])).ShouldContain("The disk is full");
            Directory.GetFiles(folder["small"], "*", SearchOption.AllDirectories).ShouldBeEmpty();
        }
        finally
        {
            await using BuiltProgram unmount = BuiltProgram.StartInstalled("umount", ["--lazy", folder["small"]]);
            await unmount.ExitCodeAsync();
        }
    }

    [Fact]
    public async Task A_restore_holds_every_byte_against_the_manifest_before_it_touches_anything()
    {
        await using Installation installation = await Installation.CreateAsync();
        using TemporaryFolder folder = new();
        JsonElement made = await installation.JsonAsync(0, ["backup", "--to", folder["whole"]]);
        string sum = made.GetProperty("manifest_sha256").GetString()!;
        await installation.DestroyDatabaseAsync();

        string dump = Path.Combine("database", "toc.dat");
        await ShouldRefuseAsync("manifest_missing", broken => File.Delete(Path.Combine(broken, "manifest.json")));
        await ShouldRefuseAsync("manifest_missing", broken => File.Delete(Path.Combine(broken, "manifest.json.sha256")));
        await ShouldRefuseAsync("manifest_altered", broken => File.AppendAllText(Path.Combine(broken, "manifest.json"), " "));
        await ShouldRefuseAsync("file_missing", broken => File.Delete(Path.Combine(broken, dump)));
        await ShouldRefuseAsync("file_altered", broken => Flip(Path.Combine(broken, dump)));
        await ShouldRefuseAsync("file_altered", broken => File.AppendAllText(Path.Combine(broken, dump), "x"));
        await ShouldRefuseAsync("file_unknown", broken => File.WriteAllText(Path.Combine(broken, "database", "more.dat"), "x"));
        await ShouldRefuseAsync("manifest_altered", _ => { }, "--sha256", new string('0', 64));
        (await installation.Database.ScalarAsync<long>("SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace")).ShouldBe(0);
        installation.Database.Source.Clear();
        await installation.JsonAsync(0, ["restore", "--from", folder["whole"], "--sha256", sum, "--jobs", "2"]);

        async Task ShouldRefuseAsync(string code, Action<string> harm, params string[] more)
        {
            string broken = folder[Guid.NewGuid().ToString("N")];
            Copy(folder["whole"], broken);
            harm(broken);
            await using BuiltProgram restore = BuiltProgram.StartServer(["restore", "--from", broken, "--json", .. more], ("STEPCLOUD_DATABASE", installation.Database.ConnectionString));
            (await restore.ExitCodeAsync()).ShouldBe(1, restore.ToString());
            JsonDocument.Parse(restore.Errors.Single(line => line.Length > 0)).RootElement.GetProperty("code").GetString().ShouldBe(code);
        }
    }

    [Fact]
    public async Task A_restore_wants_an_empty_database_that_nobody_uses()
    {
        await using Installation installation = await Installation.CreateAsync();
        using TemporaryFolder folder = new();
        await installation.JsonAsync(0, ["backup", "--to", folder["backup"]]);
        string[] restore = ["restore", "--from", folder["backup"]];
        installation.Database.Source.Clear();
        (await installation.RefusalAsync(1, restore)).ShouldContain("is not empty");
        await using (await installation.StartServerAsync()) (await installation.RefusalAsync(1, restore)).ShouldContain("A StepCloud process runs on this database");

        await installation.DestroyDatabaseAsync();
        await using (NpgsqlConnection other = new(installation.Database.ConnectionString + ";Pooling=false;Application Name=a visitor"))
        {
            await other.OpenAsync();
            (await installation.RefusalAsync(1, restore)).ShouldContain("a visitor");
        }

        await installation.JsonAsync(0, restore);
        (await installation.RefusalAsync(2, ["restored", "--as-of", "2999-01-01"])).ShouldContain("--as-of");
        (await installation.JsonAsync(0, ["restored", "--as-of", "2026-01-01T00:00:00Z"])).GetProperty("audit").GetProperty("is_good").GetBoolean().ShouldBeTrue();
        await using (await installation.StartServerAsync())
            (await installation.RefusalAsync(1, ["restored", "--as-of", "2026-01-01T00:00:00Z"])).ShouldContain("A StepCloud process runs");
    }

    private static BuiltProgram StartShop(Installation installation) => BuiltProgram.StartSimulator(
        ["run", "--server", installation.HttpAddress, "--mqtt", $"127.0.0.1:{installation.MqttPort}", "--data", installation.GatewayData, "--speed", "200"]);

    /// <summary>Some steps of a shop that comes and goes.</summary>
    private static async Task WorkAsync(Installation installation)
    {
        long before = await installation.Database.ScalarAsync<long>("SELECT count(*) FROM step_event");
        await using BuiltProgram shop = StartShop(installation);
        await StepsAsync(installation, moreThan: before + 15);
        await StopAsync(shop);
    }

    /// <summary>Each step that it has made is delivered and in the ledger.</summary>
    private static async Task StopAsync(BuiltProgram shop)
    {
        shop.Signal("TERM");
        (await shop.ExitCodeAsync()).ShouldBe(0, shop.ToString());
    }

    private static Task StepsAsync(Installation installation, long moreThan) => Eventually.HoldsAsync(
        async () => await installation.Database.ScalarAsync<long>("SELECT count(*) FROM step_event") > moreThan, $"more than {moreThan} steps were stored");

    private static Task<long> CountAsync(Installation installation, string action) =>
        installation.Database.ScalarAsync<long>("SELECT count(*) FROM audit_entry WHERE action = $1", action);

    private static Dictionary<string, string> ReadLedgers(Installation installation) =>
        Directory.GetFiles(installation.GatewayData, "ledger.log", SearchOption.AllDirectories)
            .ToDictionary(file => Path.GetFileName(Path.GetDirectoryName(file))!, file => ReadShared(file));

    private static string ReadShared(string file)
    {
        using FileStream stream = new(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using StreamReader reader = new(stream);
        string text = reader.ReadToEnd();
        return text[..(text.LastIndexOf('\n') + 1)];
    }

    private static string Sendings(string ledger) => Lines(ledger, 'S');

    private static string Answers(string ledger) => Lines(ledger, 'A') + Lines(ledger, 'R');

    private static string Lines(string ledger, char kind) =>
        string.Concat(ledger.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line[0] == kind).Select(line => line + "\n"));

    private async Task LedgersShouldHoldAsync(Installation installation, TemporaryFolder folder, Dictionary<string, string> ledgers)
    {
        ledgers.Count.ShouldBe(Gateways);
        foreach ((string gateway, string text) in ledgers)
        {
            await File.WriteAllTextAsync(folder["ledger"], text);
            JsonElement verdict = await installation.JsonAsync(0, ["verify-ledger", folder["ledger"], "--gateway", gateway]);
            output.WriteLine($"{gateway}: {verdict}");
            verdict.GetProperty("lost").GetInt64().ShouldBe(0);
            verdict.GetProperty("steps").GetInt64().ShouldBeGreaterThan(0);
        }
    }

    private static async Task<string> RefusalAsync(BuiltProgram program, int exitCode = 1)
    {
        await using BuiltProgram command = program;
        (await command.ExitCodeAsync()).ShouldBe(exitCode, command.ToString());
        return command.Errors.Where(line => line.Length > 0).ShouldHaveSingleItem(command.ToString());
    }

    private static void Copy(string from, string to)
    {
        foreach (string file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            string copy = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }

    private static void Flip(string file)
    {
        byte[] bytes = File.ReadAllBytes(file);
        bytes[^1] ^= 1;
        File.WriteAllBytes(file, bytes);
    }
}
