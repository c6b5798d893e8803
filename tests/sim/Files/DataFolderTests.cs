using Shouldly;
using StepCloud.Contracts.Ids;
using StepCloud.GatewaySim;
using StepCloud.GatewaySim.Files;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Sim.Files;

public sealed class DataFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_second_owner_is_refused_until_the_first_lets_go()
    {
        using (DataFolder.Open(_folder.Path))
            Should.Throw<UserErrorException>(() => DataFolder.Open(_folder.Path)).Message.ShouldContain("in use by another process");

        using DataFolder again = DataFolder.Open(_folder.Path);
    }

    [Fact]
    public void A_folder_that_cannot_be_made_is_told_by_its_name()
    {
        File.WriteAllText(_folder["file"], "");
        Should.Throw<UserErrorException>(() => DataFolder.Open(_folder["file/data"])).Message.ShouldContain(_folder["file/data"]);
    }

    [Fact]
    public void Gateways_come_back_in_the_order_of_their_enrolment()
    {
        GatewayCredentials[] enrolled = [.. Enumerable.Range(0, 5).Select(i => Credentials(FakeClock.Start.AddMinutes(i)))];
        using (DataFolder data = DataFolder.Open(_folder.Path))
        {
            foreach (GatewayCredentials credentials in enrolled.Reverse())
                data.Add(credentials);
        }

        using DataFolder again = DataFolder.Open(_folder.Path);
        again.Gateways().Select(gateway => gateway.Credentials).ShouldBe(enrolled);
    }

    [Fact]
    public void Only_the_owner_may_read_the_credentials_and_their_folder()
    {
        using DataFolder data = DataFolder.Open(_folder["data"]);
        data.Add(Credentials(FakeClock.Start));

        string file = CredentialsFile("data");
        File.GetUnixFileMode(file).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.GetUnixFileMode(Path.GetDirectoryName(file)!).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    [Fact]
    public void A_crash_before_the_rename_leaves_the_old_token_and_the_next_save_works()
    {
        using DataFolder data = DataFolder.Open(_folder.Path);
        GatewayFolder gateway = data.Add(Credentials(FakeClock.Start));
        string before = File.ReadAllText(CredentialsFile());
        // What a crash in the middle of a save leaves, readable by all as an older umask may have made it.
        File.WriteAllText(CredentialsFile() + ".tmp", "{\"id\":");
        File.SetUnixFileMode(CredentialsFile() + ".tmp", (UnixFileMode)0b110_100_100);

        data.Gateways().ShouldHaveSingleItem().Credentials.RefreshToken.ShouldBe("refresh-1");
        File.ReadAllText(CredentialsFile()).ShouldBe(before);

        gateway.Save(gateway.Credentials with { RefreshToken = "refresh-2" });
        data.Gateways().ShouldHaveSingleItem().Credentials.RefreshToken.ShouldBe("refresh-2");
        File.GetUnixFileMode(CredentialsFile()).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.Exists(CredentialsFile() + ".tmp").ShouldBeFalse();
    }

    [Fact]
    public async Task A_reader_never_sees_half_of_the_credentials()
    {
        using DataFolder data = DataFolder.Open(_folder.Path);
        GatewayFolder gateway = data.Add(Credentials(FakeClock.Start));
        using CancellationTokenSource stop = new();
        Task writing = Task.Run(() =>
        {
            for (int i = 0; !stop.IsCancellationRequested; i++)
                gateway.Save(gateway.Credentials with { RefreshToken = new string((char)('a' + i % 26), 10 + i % 3000) });
        });
        for (int i = 0; i < 300; i++)
        {
            string token = data.Gateways().ShouldHaveSingleItem().Credentials.RefreshToken;
            token.Distinct().Count().ShouldBeLessThanOrEqualTo("refresh-1".Distinct().Count());
        }
        await stop.CancelAsync();
        await writing;
    }

    [Fact]
    public void An_enrolment_that_was_cut_short_is_no_gateway_and_a_damaged_one_is_told()
    {
        using DataFolder data = DataFolder.Open(_folder.Path);
        Directory.CreateDirectory(_folder[$"gateways/{Guid.NewGuid()}"]);
        data.Gateways().ShouldBeEmpty();

        data.Add(Credentials(FakeClock.Start));
        File.WriteAllText(CredentialsFile(), "{}");
        Should.Throw<UserErrorException>(data.Gateways).Message.ShouldContain("credentials.json is damaged");
    }

    private string CredentialsFile(string under = "") =>
        Directory.GetFiles(_folder[under], "credentials.json", SearchOption.AllDirectories).ShouldHaveSingleItem();

    private static GatewayCredentials Credentials(DateTimeOffset enrolledAt) => new(new GatewayId(Guid.NewGuid()), "Gateway", "refresh-1", enrolledAt);
}
