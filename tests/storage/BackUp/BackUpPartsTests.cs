using Shouldly;
using StepCloud.Storage.BackUp;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Storage.BackUp;

/// <summary>The parts of a back-up that need no database. The whole is tests/system's BackUpTests.</summary>
public sealed class BackUpPartsTests
{
    [Theory]
    [InlineData(15, null)]
    [InlineData(14, 15)]
    public async Task The_programs_of_a_version_that_serves_are_found(int server, int? archive)
    {
        PostgresClients clients = await PostgresClients.FindAsync(server, archive, TimeProvider.System, CancellationToken.None);
        clients.Major.ShouldBeGreaterThanOrEqualTo(15);
        File.Exists(clients.Dump).ShouldBeTrue();
        File.Exists(clients.Restore).ShouldBeTrue();
        // Root is never who runs them.
        clients.Account.IsOther.ShouldBe(Environment.IsPrivilegedProcess);
    }

    [Theory]
    [InlineData(99, null)]
    [InlineData(15, 99)]
    public async Task A_server_or_an_archive_that_is_newer_than_they_are_is_said_with_what_to_install(int server, int? archive)
    {
        BackUpException refused = await Should.ThrowAsync<BackUpException>(() => PostgresClients.FindAsync(server, archive, TimeProvider.System, CancellationToken.None));
        refused.Code.ShouldBe(BackUpFaults.NoClient);
        refused.Message.ShouldContain("postgresql-client-99");
    }

    [Theory]
    [InlineData("15.18", 15)]
    [InlineData("18beta1", 18)]
    public void The_major_version_is_the_first_number(string version, int major) => PostgresClients.MajorOf(version).ShouldBe(major);

    [Fact]
    public void A_connection_string_becomes_variables_and_what_it_does_not_say_is_left_to_the_programs()
    {
        ClientConnection.Variables("Host=db;Port=5433;Username=u;Password=p w;Database=d;SSL Mode=VerifyFull;Root Certificate=/ca.pem").ShouldBe(
            new Dictionary<string, string>
            {
                ["PGHOST"] = "db", ["PGPORT"] = "5433", ["PGUSER"] = "u", ["PGPASSWORD"] = "p w", ["PGDATABASE"] = "d", ["PGSSLMODE"] = "verify-full",
                ["PGSSLROOTCERT"] = "/ca.pem", ["PGAPPNAME"] = "stepcloud back-up", ["PGCONNECT_TIMEOUT"] = "30",
            },
            ignoreOrder: true);
        ClientConnection.Variables("Host=/run/postgresql;Username=stepcloud")["PGDATABASE"].ShouldBe("stepcloud");
    }

    [Fact]
    public async Task A_manifest_is_read_as_it_was_written_and_by_its_sum_alone()
    {
        using TemporaryFolder folder = new();
        DateTimeOffset at = new(2026, 11, 22, 9, 0, 0, TimeSpan.Zero);
        BackUpManifest written = new(1, at, at, "0.1.0", 28, "15.18", "15.18", "a4fa2c8b66f650b2", 12345, [new BackUpFile("database/toc.dat", 10, new string('a', 64))]);
        string sum = await written.WriteAsync(folder.Path, CancellationToken.None);
        BackUpManifest read = await BackUpManifest.ReadAsync(folder.Path, sum.ToUpperInvariant(), CancellationToken.None);
        read.Files.ShouldBe(written.Files);
        (read with { Files = written.Files }).ShouldBe(written);
        (await Should.ThrowAsync<BackUpException>(() => BackUpManifest.ReadAsync(folder.Path, sum[1..] + "0", CancellationToken.None))).Code.ShouldBe(BackUpFaults.ManifestAltered);
    }

    [Theory]
    [InlineData(2, 28)]
    [InlineData(1, 9999)]
    public async Task What_a_newer_program_made_is_left_to_it(int format, int migration)
    {
        using TemporaryFolder folder = new();
        DateTimeOffset at = new(2026, 11, 22, 9, 0, 0, TimeSpan.Zero);
        await new BackUpManifest(format, at, at, "9.9.9", migration, "15.18", "15.18", null, 0, []).WriteAsync(folder.Path, CancellationToken.None);
        BackUpException refused = await Should.ThrowAsync<BackUpException>(() => DatabaseRestore.VerifyAsync(folder.Path, null, null, CancellationToken.None));
        refused.Code.ShouldBe(BackUpFaults.MadeByNewer);
        refused.Message.ShouldContain("9.9.9");
    }
}
