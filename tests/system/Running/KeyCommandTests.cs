using Shouldly;
using StepCloud.Tests.System.Processes;
using Xunit;

namespace StepCloud.Tests.System.Running;

/// <summary>`stepcloud key` beside a running server and without one, and what a server says of its master key.</summary>
public sealed class KeyCommandTests : IDisposable
{
    private readonly PrivateInstallation _installation = new();

    public void Dispose() => _installation.Dispose();

    [Fact]
    public async Task Keys_are_listed_rotated_and_revoked_beside_a_running_server_and_without_one()
    {
        string first, second;
        await using (BuiltProgram server = await _installation.StartedAsync())
        {
            first = (await KeysAsync()).ShouldHaveSingleItem().Kid;
            second = (await _installation.JsonAsync("key", "rotate")).GetProperty("kid").GetString()!;
            (await KeysAsync()).ShouldBe([(second, "next"), (first, "current")]);
        }

        (await KeysAsync()).ShouldBe([(second, "next"), (first, "current")]);
        Directory.GetFiles(_installation.Data, "postmaster.pid", SearchOption.AllDirectories).ShouldBeEmpty("the command stopped what it started");

        // Its argument is a name from outside: one may begin like an option.
        await using (BuiltProgram revoke = _installation.Command("key", "revoke", "-not-a-key"))
        {
            (await revoke.ExitCodeAsync()).ShouldBe(1);
            revoke.Errors.ShouldContain(line => line.Contains("There is no key -not-a-key"));
        }

        (await _installation.JsonAsync("key", "revoke", first)).GetProperty("outcome").GetString().ShouldBe("revoked");
        (await _installation.JsonAsync("key", "revoke", first)).GetProperty("outcome").GetString().ShouldBe("revoked_before");
        (await KeysAsync()).ShouldBe([(second, "current"), (first, "revoked")], "the successor begins at once");
        string third = (await _installation.JsonAsync("key", "rotate", "--now")).GetProperty("kid").GetString()!;
        (await KeysAsync())[0].ShouldBe((third, "current"));
    }

    [Fact]
    public async Task The_master_key_is_made_once_for_its_owner_alone_and_a_wrong_or_lost_one_stops_the_start()
    {
        await using (BuiltProgram server = await _installation.StartedAsync())
            server.Output.ShouldContain(line => line.Contains(_installation.MasterKeyFile) && line.Contains("back it up"));
        File.GetUnixFileMode(_installation.MasterKeyFile).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        string key = await File.ReadAllTextAsync(_installation.MasterKeyFile);
        (await KeysAsync()).ShouldHaveSingleItem();

        await File.WriteAllTextAsync(_installation.MasterKeyFile, "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=");
        (await RefusalAsync(2)).ShouldContain("Setting StepCloud:MasterKeyFile: this is not the master key of this database");
        await File.WriteAllTextAsync(_installation.MasterKeyFile, "rubbish");
        (await RefusalAsync(2)).ShouldContain("Setting StepCloud:MasterKeyFile: ");
        File.Delete(_installation.MasterKeyFile);
        (await RefusalAsync(1)).ShouldContain(_installation.MasterKeyFile);
        File.Exists(_installation.MasterKeyFile).ShouldBeFalse("a new one would open nothing");

        await File.WriteAllTextAsync(_installation.MasterKeyFile, key);
        await using BuiltProgram again = await _installation.StartedAsync();
        again.Output.ShouldContain(line => line.Contains("chmod 600"), "it was written with the mode of any file");
    }

    [Fact]
    public async Task Where_there_is_no_installation_a_command_makes_none()
    {
        await using BuiltProgram list = _installation.Command("key", "list");
        (await list.ExitCodeAsync()).ShouldBe(1);
        list.Errors.ShouldHaveSingleItem().ShouldContain(_installation.Data);
        Directory.Exists(_installation.Data).ShouldBeFalse();
    }

    private async Task<string> RefusalAsync(int exitCode)
    {
        await using BuiltProgram server = _installation.Serve();
        (await server.ExitCodeAsync()).ShouldBe(exitCode, server.ToString());
        return server.Errors.Where(line => line.Length > 0).ShouldHaveSingleItem();
    }

    private async Task<(string Kid, string State)[]> KeysAsync() =>
    [
        .. (await _installation.JsonAsync("key", "list")).GetProperty("keys").EnumerateArray()
            .Select(key => (key.GetProperty("kid").GetString()!, key.GetProperty("state").GetString()!)),
    ];
}
