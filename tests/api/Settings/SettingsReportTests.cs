using Microsoft.Extensions.Configuration;
using Shouldly;
using StepCloud.Api.Hosting;
using StepCloud.Api.Settings.Catalogue;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Api.Settings;

/// <summary>What is said of a configuration: every fault with what was given, what is allowed and where it came from; a secret never.</summary>
public sealed class SettingsReportTests
{
    [Fact]
    public void Nothing_is_wrong_with_nothing()
    {
        SettingsReport report = Report([]);
        report.Faults.ShouldBeEmpty();
        report.Warnings.ShouldBeEmpty();
        report.Settings.ShouldAllBe(setting => setting.From == "default");
    }

    [Theory]
    [InlineData("Storage:ConnectionsMax", "many", "'many' is no whole number.")]
    [InlineData("Storage:ConnectionsMax", "4", "'4' is not from 5 to 1000.")]
    [InlineData("Storage:ConnectionsMax", "99999999999", "'99999999999' is no whole number.")]
    [InlineData("Storage:QueueBytesMax", "1", "'1' is not from 16777216 to 4294967296.")]
    [InlineData("Actors:IdleTimeout", "30", "'30' is no time such as 00:00:05.")]
    [InlineData("Actors:IdleTimeout", "2.00:00:00", "'2.00:00:00' is not from 00:00:01 to 1.00:00:00.")]
    [InlineData("Mail:StartTls", "yes", "'yes' is neither true nor false.")]
    [InlineData("Server:Role", "writer", "'writer' is not allowed. Must be 'all', 'reader', 'actors' or 'front'.")]
    [InlineData("Server:Data", "", "it must not be empty.")]
    [InlineData("AccessTokens:Issuer", "", "it must not be empty.")]
    [InlineData("Alarms:RetryDelays:0", "soon", "'soon' is no time such as 00:00:05.")]
    [InlineData("Network:TrustedProxies:0", "everybody", "'everybody' is no network, such as 127.0.0.1/32.")]
    [InlineData("Storage:StepWriters", "16", null)]
    [InlineData("Logging:LogLevel:Npgsql", "Loud", "'Loud' is none of Trace, Debug, Information, Warning, Error, Critical, None.")]
    [InlineData("Server:Colour", "red", "there is no such setting.")]
    [InlineData("storage:conectionsmax", "9", "there is no such setting. Is Storage:ConnectionsMax meant?")]
    [InlineData("StepCloud:MasterKey", "x", "there is no such setting. Is STEPCLOUD_MASTER_KEY meant?")]
    [InlineData("Mqtt:Tls:Certificat", "x", "there is no such setting. Is Mqtt:Tls:Certificate meant?")]
    public void One_fault_is_one_line(string name, string value, string? problem)
    {
        SettingFault[] faults = [.. Report([(name, value)]).Faults];
        if (problem is null)
        {
            faults.ShouldBeEmpty();
            return;
        }

        SettingFault fault = faults.ShouldHaveSingleItem();
        fault.Problem.ShouldBe(problem);
        fault.ToString().ShouldBe($"Setting {fault.Name}: {problem} It comes from: program.");
        name.ShouldStartWith(fault.Name, Case.Insensitive);
    }

    [Fact]
    public void All_faults_are_told_at_once_and_those_between_options_too()
    {
        SettingsReport report = Report(
            [("Storage:StepWriters", "0"), ("Mail:User", "someone"), ("Server:HttpPort", "1883"), ("Passwords:Pases", "3"), ("SigningKeys:PublishAhead", "2.00:00:00"), ("SigningKeys:RotateEvery", "1.00:00:00")]);
        report.Faults.Select(fault => fault.Name).ShouldBe(
            ["Storage:StepWriters", "Mail:User", "Server:MqttPort", "Passwords:Pases", "SigningKeys:PublishAhead"], ignoreOrder: true);
    }

    [Fact]
    public void Of_a_secret_it_is_said_whether_it_is_set_and_nothing_else()
    {
        const string secret = "do-not-tell-7f3a";
        SettingsReport report = Report([("Mail:Password", secret), ("STEPCLOUD_DATABASE", secret), ("STEPCLOUD_MASTER_KEY", secret), ("Mail:StartTls", "false")]);
        foreach (string name in (string[])["Mail:Password", "STEPCLOUD_DATABASE", "STEPCLOUD_MASTER_KEY"]) report.Settings.Single(setting => setting.Name == name).Value.ShouldBe("set");
        report.Settings.Single(setting => setting.Name == "STEPCLOUD_DATABASE_PASSWORD").Value.ShouldBe("not set");
        report.Faults.ShouldNotBeEmpty("a password without TLS and without a user");
        report.Settings.Select(setting => setting.ToString()).Concat(report.Faults.Select(fault => fault.ToString())).ShouldAllBe(line => !line.Contains(secret));
    }

    [Fact]
    public void The_last_source_counts_and_is_named()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["settings.json"], """{"Storage": {"ConnectionsMax": 30, "StepWriters": 3}, "Colours": {"Sky": "blue"}, "Logging": {"Console": {"X": "y"}}}""");
        Directory.CreateDirectory(folder["secrets"]);
        File.WriteAllText(Path.Combine(folder["secrets"], "Storage__StepWriters"), "4\n");
        IConfigurationRoot configuration = new ConfigurationBuilder()
            .AddJsonFile(folder["settings.json"])
            .AddKeyPerFile(folder["secrets"])
            .Build();
        SettingsReport report = SettingsReport.Of(configuration, SettingsCatalogue.Of(typeof(InProcessEngine).Assembly));
        report.Faults.ShouldBeEmpty();
        report.Settings.Single(setting => setting.Name == "Storage:ConnectionsMax").ShouldSatisfyAllConditions(
            setting => setting.Value.ShouldBe("30"), setting => setting.Default.ShouldBe("20"), setting => setting.From.ShouldBe($"file {folder["settings.json"]}"));
        report.Settings.Single(setting => setting.Name == "Storage:StepWriters").ShouldSatisfyAllConditions(
            setting => setting.Value.ShouldBe("4"), setting => setting.From.ShouldBe("file Storage__StepWriters of STEPCLOUD_SECRETS"));
        report.Warnings.ShouldHaveSingleItem().ShouldContain("Colours:Sky");
    }

    [Theory]
    [InlineData("Storage:ConectionsMax", "Storage:ConnectionsMax")]
    [InlineData("STEPCLOUD_DATABSE", "STEPCLOUD_DATABASE")]
    [InlineData("storge:stepwriters", "Storage:StepWriters")]
    [InlineData("PATH", null)]
    [InlineData("Colours:Sky", null)]
    public void The_nearest_name_is_found_when_one_is_near(string mistyped, string? meant) =>
        NearestName.Of(mistyped, SettingsCatalogue.Of(typeof(InProcessEngine).Assembly).Settings.Select(setting => setting.Name)).ShouldBe(meant);

    private static SettingsReport Report((string Name, string Value)[] settings)
    {
        IConfigurationRoot configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Name, (string?)setting.Value)))
            .Build();
        return SettingsReport.Of(configuration, SettingsCatalogue.Of(typeof(InProcessEngine).Assembly));
    }
}
