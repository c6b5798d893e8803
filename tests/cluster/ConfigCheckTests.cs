using System.Text.Json;
using Shouldly;
using StepCloud.Tests.Support;
using StepCloud.Tests.System.Processes;
using Xunit;

namespace StepCloud.Tests.Cluster;

/// <summary>`stepcloud-silo config check`: what `stepcloud`'s shows, and the settings of a cluster.</summary>
public sealed class ConfigCheckTests
{
    private const string Secret = "do-not-tell-51c";

    [Fact]
    public async Task It_shows_the_settings_of_the_server_and_of_the_cluster_with_their_range_and_origin_and_no_secret()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["STEPCLOUD_DATABASE_PASSWORD"], Secret);
        File.WriteAllText(folder["Otlp__Headers"], $"x-key={Secret}");
        await using BuiltProgram check = BuiltProgram.StartSilo(
            ["config", "check", "--json", "--role", "actors", "--data", folder["data"], "--http-port", "0"],
            ("STEPCLOUD_DATABASE", "Host=db;Database=x"), ("STEPCLOUD_SECRETS", folder.Path), ("Cluster__SiloPort", "11112"), ("Cluster__Address", "127.0.0.2"));
        (await check.ExitCodeAsync()).ShouldBe(0, check.ToString());
        JsonElement told = JsonDocument.Parse(check.Output.Single(line => line.Length > 0)).RootElement;
        told.GetProperty("is_good").GetBoolean().ShouldBeTrue();
        string[] lines =
        [
            .. told.GetProperty("settings").EnumerateArray()
                .Select(setting => $"{setting.GetProperty("name")}={setting.GetProperty("value")}, {setting.GetProperty("allowed")} ({setting.GetProperty("from")})"),
        ];
        lines.ShouldContain("Cluster:SiloPort=11112, a whole number, 1 to 65535 (environment Cluster__SiloPort)");
        lines.ShouldContain(line => line.StartsWith("Cluster:ProbeTimeout=00:00:01, ") && line.EndsWith("to 00:00:30 (default)"));
        lines.ShouldContain(line => line.StartsWith("Cluster:Id=stepcloud, ") && line.EndsWith("1 to 100 characters (default)"));
        lines.ShouldContain(line => line.StartsWith("Server:Role=actors, ") && line.EndsWith("(--role)"));
        lines.ShouldContain(line => line.StartsWith("Storage:ConnectionsMax=20, ") && line.EndsWith("(default)"));
        lines.ShouldContain(line => line.StartsWith("STEPCLOUD_DATABASE_PASSWORD=set, ") && line.EndsWith("(file STEPCLOUD_DATABASE_PASSWORD of STEPCLOUD_SECRETS)"));
        lines.ShouldContain(line => line.StartsWith("Otlp:Headers=set, "));
        check.ToString().ShouldNotContain(Secret);
        Directory.Exists(folder["data"]).ShouldBeFalse("nothing was started");
    }

    [Fact]
    public async Task It_tells_all_faults_at_once_those_of_the_cluster_among_them()
    {
        using TemporaryFolder folder = new();
        await using BuiltProgram check = BuiltProgram.StartSilo(
            ["config", "check", "--data", folder["data"]],
            ("STEPCLOUD_DATABASE", $"Host=db;Database=x;Password={Secret}"), ("STEPCLOUD_DATABASE_PASSWORD", Secret), ("Cluster__SiloPort", "99999"), ("Cluster__ProbesMissedMax", "many"),
            ("Cluster__Adress", "10.0.0.1"), ("Storage__StepWriters", "900"));
        (await check.ExitCodeAsync()).ShouldBe(1, check.ToString());
        string[] told = [.. check.Errors.Where(line => line.Length > 0)];
        foreach (string named in (string[])["Cluster:SiloPort", "Cluster:ProbesMissedMax", "Cluster:Adress", "Storage:StepWriters", "STEPCLOUD_DATABASE_PASSWORD"])
            told.ShouldContain(line => line.StartsWith($"Setting {named}: "), check.ToString());
        told.ShouldContain(line => line.StartsWith("Setting Cluster:Adress: ") && line.Contains("Is Cluster:Address meant?"));
        told.Length.ShouldBe(5);
        check.ToString().ShouldNotContain(Secret);
    }

    [Theory]
    [InlineData("Address", "0.0.0.0")]
    [InlineData("Address", "nowhere.invalid")]
    public async Task An_address_at_which_nobody_reaches_the_node_is_a_fault(string name, string value)
    {
        using TemporaryFolder folder = new();
        await using BuiltProgram check = BuiltProgram.StartSilo(["config", "check", "--data", folder.Path], ("STEPCLOUD_DATABASE", "Host=db;Database=x"), ($"Cluster__{name}", value));
        (await check.ExitCodeAsync()).ShouldBe(1, check.ToString());
        check.Errors.Where(line => line.Length > 0).ShouldHaveSingleItem().ShouldStartWith($"Setting Cluster:{name}: '{value}' is ");
    }

    [Fact]
    public async Task A_cluster_without_a_database_that_it_shares_is_a_fault()
    {
        using TemporaryFolder folder = new();
        await using BuiltProgram check = BuiltProgram.StartSilo(["config", "check", "--data", folder.Path]);
        (await check.ExitCodeAsync()).ShouldBe(1, check.ToString());
        check.Errors.Where(line => line.Length > 0).ShouldHaveSingleItem().ShouldStartWith("Setting STEPCLOUD_DATABASE: the nodes of a cluster share a database");
    }
}
