using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Api.Hosting;
using StepCloud.Tests.Api.Http;
using StepCloud.Tests.Api.Mail;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Api.Registry;

/// <summary>A server tells owners by mail that their plan has little room left.</summary>
public sealed class QuotaMailTests
{
    [Fact]
    public async Task An_owner_gets_one_mail_with_the_numbers()
    {
        await using SmtpServer smtp = await SmtpServer.StartAsync();
        await using TestDatabase database = await TestPostgres.CreateDatabaseAsync();
        await using StepCloudServer server = await ApiServer.StartServerAsync(
            database.ConnectionString, [.. MailRig.Settings(smtp.Port), ("Mail:StartTls", "false"), ("Quotas:LookEvery", "00:00:00.200")]);
        Seeds seeds = new(server.Services, database);
        (Shop shop, _) = await seeds.InstallAsync();
        await database.ExecuteAsync("UPDATE organization SET plan = 'trial' WHERE id = $1", shop.Organization.Value);
        for (int i = 0; i < 3; i++) await seeds.AddUserAsync(shop.Organization, "viewer");

        JsonObject mail = (await smtp.MailsToAsync(shop.OwnerEmail))[0];
        ((string?)mail["subject"]).ShouldBe("StepCloud: your plan's users are nearly used up");
        ((string?)mail["body"]).ShouldNotBeNull().ShouldContain("The plan 'trial' of Own has room for 5 users, and 4 are in use.");
        // Time for some more looks.
        await Task.Delay(1000);
        smtp.Mails.ShouldHaveSingleItem("those who are no owners get none, and the owner no second one");
    }
}
