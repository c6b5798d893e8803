using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Shouldly;
using StepCloud.Tests.Support;

namespace StepCloud.Tests.Api.Mail;

/// <summary>A real SMTP server from outside: Debian's aiosmtpd.</summary>
internal sealed class SmtpServer : IAsyncDisposable
{
    private readonly Process _process;
    private readonly ConcurrentQueue<JsonObject> _mails = [];

    private SmtpServer(Process process, int port)
    {
        _process = process;
        Port = port;
    }

    public int Port { get; }

    public IReadOnlyCollection<JsonObject> Mails => _mails;

    public static async Task<SmtpServer> StartAsync(params string[] arguments)
    {
        File.Exists("/usr/lib/python3/dist-packages/aiosmtpd/smtp.py").ShouldBeTrue("Install Debian's package python3-aiosmtpd, as ./test does.");
        ProcessStartInfo info = new("/usr/bin/python3", ["-W", "ignore", Path.Combine(AppContext.BaseDirectory, "Mail", "smtp_server.py"), .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        Process process = Process.Start(info)!;
        SmtpServer server = new(process, int.Parse((await process.StandardOutput.ReadLineAsync())!));
        _ = server.ReadAsync();
        return server;
    }

    /// <summary>The mails to that address, once there are so many.</summary>
    public async Task<IReadOnlyList<JsonObject>> MailsToAsync(string address, int count = 1)
    {
        JsonObject[] mails = [];
        await Eventually.HoldsAsync(
            () =>
            {
                mails = [.. _mails.Where(mail => (string?)mail["to"]![0] == address)];
                return mails.Length >= count;
            },
            $"{count} mails came to {address}.");
        return mails;
    }

    /// <summary>The token in the link of the newest mail to that address.</summary>
    public async Task<string> TokenToAsync(string address, int count = 1) => TokenOf((string)(await MailsToAsync(address, count))[^1]["body"]!);

    public static string TokenOf(string text) => Regex.Match(text, "(?<=#token=)[A-Za-z0-9_-]{43}", RegexOptions.None, TimeSpan.FromSeconds(1)).Value;

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private async Task ReadAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line) _mails.Enqueue(JsonNode.Parse(line)!.AsObject());
    }
}
