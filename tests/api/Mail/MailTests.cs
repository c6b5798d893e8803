using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Api.Hosting;
using StepCloud.Api.Mail;
using StepCloud.Tests.Api.Http;
using StepCloud.Tests.Api.Tokens;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Api.Mail;

/// <summary>Queued mail comes to a real SMTP server, or into the data folder, whatever happens on the way.</summary>
[Collection(MailCollection.Name)]
public sealed class MailTests
{
    private const string User = "stepcloud", Password = "relay password";

    [Fact]
    public async Task A_server_that_says_later_gets_the_mail_later_and_once()
    {
        await using SmtpServer smtp = await SmtpServer.StartAsync("--fail", "3");
        await using Sender sender = await Sender.StartAsync([.. MailRig.Settings(smtp.Port), ("Mail:StartTls", "false")]);
        await sender.AskAsync(sender.Email);
        JsonObject mail = (await smtp.MailsToAsync(sender.Email)).ShouldHaveSingleItem();
        await sender.EmptyAsync();
        smtp.Mails.Count.ShouldBe(1);
        ((string?)mail["id"]).ShouldNotBeNull().ShouldEndWith("@stepcloud.own.example>");
    }

    [Fact]
    public async Task While_the_server_is_away_mails_wait_in_the_database_also_over_a_restart()
    {
        await using Sender sender = await Sender.StartAsync([.. MailRig.Settings(1), ("Mail:StartTls", "false")]);
        await sender.AskAsync(sender.Email);
        await Eventually.HoldsAsync(async () => await sender.CountAsync("attempts >= 2 AND last_error <> ''") == 1, "it was tried twice.");

        await using SmtpServer smtp = await SmtpServer.StartAsync();
        await sender.RestartAsync([.. MailRig.Settings(smtp.Port), ("Mail:StartTls", "false")]);
        await smtp.MailsToAsync(sender.Email);
    }

    [Fact]
    public async Task A_mailbox_that_there_is_not_is_given_up_and_stays_on_record_without_its_content()
    {
        await using SmtpServer smtp = await SmtpServer.StartAsync();
        await using Sender sender = await Sender.StartAsync([.. MailRig.Settings(smtp.Port), ("Mail:StartTls", "false")]);
        await sender.Database.ExecuteAsync("UPDATE app_user SET email = 'nobody@example.org' WHERE email = $1", sender.Email);
        await sender.AskAsync("nobody@example.org");
        await Eventually.HoldsAsync(
            async () => await sender.CountAsync("failed_at IS NOT NULL AND content IS NULL AND attempts = 1 AND last_error <> ''") == 1, "it was given up.");
        smtp.Mails.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("UPDATE outgoing_mail SET recipient = 'no address'")]
    [InlineData("UPDATE outgoing_mail SET content = '\\x00'")]
    public async Task A_mail_that_cannot_be_made_is_given_up_and_the_next_one_goes_out(string harm)
    {
        await using Sender sender = await Sender.StartAsync([.. MailRig.Settings(1), ("Mail:StartTls", "false")]);
        await sender.AskAsync(sender.Email);
        await sender.Database.ExecuteAsync(harm);
        await using SmtpServer smtp = await SmtpServer.StartAsync();
        await sender.RestartAsync([.. MailRig.Settings(smtp.Port), ("Mail:StartTls", "false")]);
        await sender.AskAsync(sender.Email);
        await smtp.MailsToAsync(sender.Email);
        await Eventually.HoldsAsync(async () => await sender.CountAsync("failed_at IS NOT NULL AND content IS NULL") == 1, "the other was given up.");
    }

    [Fact]
    public async Task A_mail_that_was_being_sent_when_the_server_stopped_goes_out_soon_after_its_next_start()
    {
        using TcpListener silent = new(IPAddress.Loopback, 0);
        silent.Start();
        await using Sender sender = await Sender.StartAsync([.. MailRig.Settings(((IPEndPoint)silent.LocalEndpoint).Port), ("Mail:StartTls", "false")]);
        await sender.AskAsync(sender.Email);
        using Socket held = await silent.AcceptSocketAsync();

        await using SmtpServer smtp = await SmtpServer.StartAsync();
        await sender.RestartAsync([.. MailRig.Settings(smtp.Port), ("Mail:StartTls", "false")]);
        (await smtp.MailsToAsync(sender.Email)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task With_STARTTLS_name_and_password_go_to_a_server_whose_certificate_is_trusted_and_to_no_other()
    {
        using TemporaryFolder folder = new();
        string trusted = WriteCertificate(folder);
        await using SmtpServer smtp = await SmtpServer.StartAsync("--tls", folder["cert.pem"], folder["key.pem"], User, Password);
        (string, string?)[] settings = [.. MailRig.Settings(smtp.Port, "localhost"), ("Mail:User", User), ("Mail:Password", Password)];
        await using Sender sender = await Sender.StartAsync(settings);

        // Nobody trusts a certificate that was signed by itself.
        await sender.AskAsync(sender.Email);
        await Eventually.HoldsAsync(async () => await sender.CountAsync("attempts >= 1 AND last_error LIKE '%certificate%'") == 1, "it was refused.");
        smtp.Mails.ShouldBeEmpty();

#pragma warning disable SYSLIB0014, MA0039 // One certificate, the test's own, is taken. The framework's SMTP client has no other place for it; the tests' own process alone is meant.
        ServicePointManager.ServerCertificateValidationCallback = (_, certificate, _, _) => certificate?.GetCertHashString() == trusted;
        try
        {
            JsonObject mail = (await smtp.MailsToAsync(sender.Email)).ShouldHaveSingleItem();
            ((bool)mail["tls"]!).ShouldBeTrue();
            ((string?)mail["user"]).ShouldBe(User);
        }
        finally
        {
            ServicePointManager.ServerCertificateValidationCallback = null;
        }
#pragma warning restore SYSLIB0014, MA0039
    }

    [Fact]
    public async Task A_server_without_TLS_gets_nothing_where_TLS_is_asked_for()
    {
        await using SmtpServer smtp = await SmtpServer.StartAsync();
        await using Sender sender = await Sender.StartAsync(MailRig.Settings(smtp.Port));
        await sender.AskAsync(sender.Email);
        await Eventually.HoldsAsync(async () => await sender.CountAsync("attempts >= 1 AND last_error <> ''") == 1, "it was not sent.");
        smtp.Mails.ShouldBeEmpty();
    }

    [Fact]
    public async Task With_no_server_configured_a_mail_is_a_file_that_its_owner_alone_reads()
    {
        using TemporaryFolder folder = new();
        await using Sender sender = await Sender.StartAsync([("Server:Data", folder.Path)]);
        await sender.AskAsync(sender.Email);
        await sender.EmptyAsync();

        File.GetUnixFileMode(folder["mail"]).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        string file = Directory.GetFiles(folder["mail"]).ShouldHaveSingleItem();
        Path.GetExtension(file).ShouldBe(".eml");
        string text = await File.ReadAllTextAsync(file);
        text.ShouldContain($"To: {sender.Email}");
        text.ShouldContain("Subject: Set a new password");
    }

    [Theory]
    [InlineData("Host", "not a host", nameof(MailOptions.Host))]
    [InlineData("Port", "0", nameof(MailOptions.Port))]
    [InlineData("From", "nobody", nameof(MailOptions.From))]
    [InlineData("PublicUrl", "stepcloud.example", nameof(MailOptions.PublicUrl))]
    [InlineData("PublicUrl", "https://stepcloud.example/?x=1", nameof(MailOptions.PublicUrl))]
    [InlineData("User", "alone", nameof(MailOptions.User))]
    public void A_setting_that_cannot_work_is_refused_at_start(string name, string value, string fault)
    {
        MailOptions options = new();
        System.Reflection.PropertyInfo property = typeof(MailOptions).GetProperty(name)!;
        property.SetValue(options, Convert.ChangeType(value, property.PropertyType, System.Globalization.CultureInfo.InvariantCulture));
        Validation.Faults(options).ShouldBe([fault]);
    }

    [Fact]
    public void A_password_is_not_sent_without_TLS() =>
        Validation.Faults(new MailOptions { User = User, Password = Password, StartTls = false }).ShouldBe([nameof(MailOptions.StartTls)]);

    [Fact]
    public void The_defaults_are_good() => Validation.Faults(new MailOptions()).ShouldBeEmpty();

    private static string WriteCertificate(TemporaryFolder folder)
    {
        using RSA key = RSA.Create(2048);
        CertificateRequest request = new("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        SubjectAlternativeNameBuilder names = new();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow.AddHours(1));
        File.WriteAllText(folder["key.pem"], key.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(folder["cert.pem"], certificate.ExportCertificatePem());
        return certificate.GetCertHashString();
    }

    /// <summary>A server that has something to send: links to new passwords.</summary>
    private sealed class Sender : IAsyncDisposable
    {
        private StepCloudServer? _server;

        public required TestDatabase Database { get; init; }

        public string Email { get; private set; } = "";

        public static async Task<Sender> StartAsync((string, string?)[] settings)
        {
            Sender sender = new() { Database = await TestPostgres.CreateDatabaseAsync() };
            sender._server = await ApiServer.StartServerAsync(sender.Database.ConnectionString, settings);
            (Shop shop, _) = await new Seeds(sender._server.Services, sender.Database).InstallAsync();
            sender.Email = shop.OwnerEmail;
            return sender;
        }

        public async Task RestartAsync((string, string?)[] settings)
        {
            await _server!.DisposeAsync();
            _server = await ApiServer.StartServerAsync(Database.ConnectionString, settings);
        }

        public async Task AskAsync(string email)
        {
            using HttpClient http = new() { BaseAddress = new Uri(_server!.HttpAddress) };
            await new ApiClient(http, null).PostAsync("/api/v1/recovery", new JsonObject { ["email"] = email }).ShouldAnswerAsync(202);
            await Eventually.HoldsAsync(async () => await Database.ScalarAsync<long>("SELECT count(*) FROM account_link") > 0, "the link was made.");
        }

        public Task<long> CountAsync(string condition) => Database.ScalarAsync<long>($"SELECT count(*) FROM outgoing_mail WHERE {condition}");

        public Task EmptyAsync() => Eventually.HoldsAsync(async () => await CountAsync("true") == 0, "the queue was empty.");

        public async ValueTask DisposeAsync()
        {
            if (_server is not null) await _server.DisposeAsync();
            await Database.DisposeAsync();
        }
    }
}
