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
    [InlineData("Server:DrainFor", "Server__DrainFor", "soon")]
    [InlineData("Server:DrainFor", "Server__DrainFor", "00:01:00")]
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
    public async Task A_port_that_is_taken_is_said()
    {
        using TemporaryFolder folder = new();
        await using Installation installation = await Installation.CreateAsync();
        await installation.StartServerAsync();
        await using BuiltProgram second = BuiltProgram.StartServer(
            ["run", "--no-sim", "--data", folder.Path, "--http-port", $"{installation.HttpPort}", "--mqtt-port", "0"]);
        (await second.ExitCodeAsync()).ShouldBe(1);
        second.Errors.ShouldContain(line => line.Contains($"HTTP port {installation.HttpPort} is in use"), second.ToString());
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
