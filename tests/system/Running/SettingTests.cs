using System.Text.Json;
using Shouldly;
using StepCloud.Tests.Support;
using StepCloud.Tests.System.Processes;
using Xunit;

namespace StepCloud.Tests.System.Running;

/// <summary>A wrong setting is one clear line that names it, and exit code 2, before anything is started.</summary>
public sealed class SettingTests
{
    [Theory]
    [InlineData("Server:HttpPort", "--http-port", "abc")]
    [InlineData("Server:HttpPort", "--http-port", "70000")]
    [InlineData("Server:MqttPort", "--mqtt-port", "-1")]
    [InlineData("Server:Address", "--address", "nowhere")]
    [InlineData("--for", "--for", "soon")]
    [InlineData("--https-port", "--https-port", "70000")]
    [InlineData("--fro", "--fro", "30s")]
    [InlineData("Is --http-port meant?", "--htp-port", "1")]
    public Task On_the_command_line(string named, string option, string value) => ShouldBeRefusedAsync(named, [option, value]);

    [Theory]
    [InlineData("STEPCLOUD_DATABASE", "STEPCLOUD_DATABASE", "rubbish")]
    [InlineData("STEPCLOUD_DATABASE", "STEPCLOUD_DATABASE", "Database=x")]
    [InlineData("ConnectionStrings:StepCloud", "ConnectionStrings__StepCloud", "Hots=db")]
    [InlineData("Server:HttpPort", "Server__HttpPort", "99999")]
    [InlineData("Server:Colour", "Server__Colour", "red")]
    [InlineData("Server:Role", "Server__Role", "writer")]
    [InlineData("IdleTimeout", "Actors__IdleTimeout", "00:00:00")]
    [InlineData("Actors:IdleTimeout", "Actors__IdleTimeout", "soon")]
    [InlineData("StepWriters", "Storage__StepWriters", "0")]
    [InlineData("PacketBytesMax", "Mqtt__PacketBytesMax", "5")]
    [InlineData("Passes", "Passwords__Passes", "0")]
    [InlineData("Lifetime", "AccessTokens__Lifetime", "5.00:00:00")]
    [InlineData("PublishAhead", "SigningKeys__PublishAhead", "30.00:00:00")]
    [InlineData("STEPCLOUD_MASTER_KEY", "STEPCLOUD_MASTER_KEY", "rubbish")]
    [InlineData("StepCloud:MasterKeyFile", "StepCloud__MasterKeyFile", "/nowhere/master.key")]
    [InlineData("StepCloud:MasterKeyFile", "StepCloud__MasterKeyFile", "/dev/null")]
    [InlineData("StepCloud:MasterKey", "StepCloud__MasterKey", "rubbish")]
    [InlineData("STEPCLOUD_SECRETS", "STEPCLOUD_SECRETS", "/nowhere")]
    [InlineData("STEPCLOUD_DATABASE_PASSWORD", "STEPCLOUD_DATABASE_PASSWORD", "of nothing")]
    [InlineData("Is Storage:ConnectionsMax meant?", "Storage__ConectionsMax", "30")]
    [InlineData("Server:DrainFor", "Server__DrainFor", "soon")]
    [InlineData("Server:DrainFor", "Server__DrainFor", "00:01:00")]
    [InlineData("Otlp:Endpoint", "Otlp__Endpoint", "collector")]
    [InlineData("Otlp:Headers", "Otlp__Headers", "a key")]
    [InlineData("TraceRatio", "Otlp__TraceRatio", "2")]
    [InlineData("Protocol", "Otlp__Protocol", "smoke")]
    [InlineData("Metrics:AllowedFrom", "Metrics__AllowedFrom__0", "everywhere")]
    public Task In_the_environment(string named, string variable, string value) => ShouldBeRefusedAsync(named, [], (variable, value));

    [Fact]
    public Task Another_database_without_a_master_key() => ShouldBeRefusedAsync(
        "STEPCLOUD_MASTER_KEY", [], ("STEPCLOUD_DATABASE", "Host=db;Database=x"), ("STEPCLOUD_MASTER_KEY", ""));

    [Fact]
    public Task A_master_key_in_two_places() => ShouldBeRefusedAsync(
        "StepCloud:MasterKeyFile", [], ("STEPCLOUD_MASTER_KEY", TestMasterKey.Text), ("StepCloud__MasterKeyFile", "/dev/null"));

    [Fact]
    public Task A_password_of_the_database_in_two_places() => ShouldBeRefusedAsync(
        "STEPCLOUD_DATABASE_PASSWORD", [], ("STEPCLOUD_DATABASE", "Host=db;Database=x;Password=one"), ("STEPCLOUD_DATABASE_PASSWORD", "another"));

    [Fact]
    public async Task Config_check_shows_every_setting_with_its_origin_and_no_secret()
    {
        const string secret = "do-not-tell-51c";
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["Mail__Password"], secret);
        await using BuiltProgram check = BuiltProgram.StartServer(
            ["config", "check", "--json", "--data", folder.Path, "--http-port", "0"],
            ("STEPCLOUD_DATABASE", $"Host=db;Database=x;Password={secret}"), ("STEPCLOUD_SECRETS", folder.Path), ("Mail__User", "somebody"), ("Storage__StepWriters", "3"));
        (await check.ExitCodeAsync()).ShouldBe(0, check.ToString());
        JsonElement told = JsonDocument.Parse(check.Output.Single(line => line.Length > 0)).RootElement;
        told.GetProperty("is_good").GetBoolean().ShouldBeTrue();
        string[] lines = [.. told.GetProperty("settings").EnumerateArray().Select(setting => $"{setting.GetProperty("name")}={setting.GetProperty("value")} ({setting.GetProperty("from")})")];
        lines.ShouldContain("Server:HttpPort=0 (--http-port)");
        lines.ShouldContain("Storage:StepWriters=3 (environment Storage__StepWriters)");
        lines.ShouldContain("Mail:Password=set (file Mail__Password of STEPCLOUD_SECRETS)");
        lines.ShouldContain("STEPCLOUD_DATABASE=set (environment STEPCLOUD_DATABASE)");
        lines.ShouldContain(line => line.StartsWith("Server:MqttPort=1883 (file ") && line.EndsWith("appsettings.json)"));
        lines.ShouldContain("Storage:ConnectionsMax=20 (default)");
        check.ToString().ShouldNotContain(secret);
    }

    [Fact]
    public async Task Config_check_tells_all_faults_at_once_and_starts_nothing()
    {
        using TemporaryFolder folder = new();
        await using BuiltProgram check = BuiltProgram.StartServer(
            ["config", "check", "--data", folder["data"], "--mqtt-port", "99999"],
            ("Storage__StepWriters", "900"), ("Server__Colour", "red"), ("STEPCLOUD_DATABASE", "rubbish"), ("STEPCLOUD_MASTER_KEY", "do-not-tell"), ("Mqtt__Tls__Port", "8883"),
            ("STEPCLOUD_DATABSE", "x"));
        (await check.ExitCodeAsync()).ShouldBe(1, check.ToString());
        string[] told = [.. check.Errors.Where(line => line.Length > 0)];
        foreach (string named in (string[])["Storage:StepWriters", "Server:Colour", "Server:MqttPort", "STEPCLOUD_DATABASE", "STEPCLOUD_MASTER_KEY", "Mqtt:Tls:Certificate"])
            told.ShouldContain(line => line.StartsWith($"Setting {named}: "), check.ToString());
        told.ShouldContain(line => line.StartsWith("Warning: Setting STEPCLOUD_DATABSE: ") && line.Contains("Is STEPCLOUD_DATABASE meant?"));
        told.Length.ShouldBe(7);
        check.ToString().ShouldNotContain("do-not-tell");
        Directory.Exists(folder["data"]).ShouldBeFalse("nothing was started");
    }

    [Fact]
    public async Task A_port_that_is_taken_is_said()
    {
        using TemporaryFolder folder = new();
        await using Installation installation = await Installation.CreateAsync();
        await installation.StartServerAsync();
        await using BuiltProgram second = BuiltProgram.StartServer(
            ["run", "--no-sim", "--data", folder.Path, "--http-port", $"{installation.HttpPort}", "--mqtt-port", "0"]);
        (await second.ExitCodeAsync()).ShouldBe(1);
        second.Errors.ShouldContain(line => line.Contains($"HTTP port {installation.HttpPort} is in use"), second.ToString());
        second.ToString().ShouldNotContain("BackgroundService", customMessage: "what ran already has ended in order");
    }

    private static async Task ShouldBeRefusedAsync(string named, string[] arguments, params (string Name, string Value)[] environment)
    {
        using TemporaryFolder folder = new();
        await using BuiltProgram run = BuiltProgram.StartServer(["run", "--data", folder.Path, .. arguments], environment);
        (await run.ExitCodeAsync()).ShouldBe(2, run.ToString());
        run.Errors.Where(line => line.Length > 0).ShouldHaveSingleItem().ShouldContain(named);
        Directory.GetFileSystemEntries(folder.Path).ShouldBeEmpty("nothing was started");
    }
}
