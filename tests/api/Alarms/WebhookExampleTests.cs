using System.Diagnostics;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Shouldly;
using StepCloud.Tests.Api.Http;
using StepCloud.Tests.Api.Tools;
using Xunit;

namespace StepCloud.Tests.Api.Alarms;

/// <summary>What docs/WEBHOOKS.md says: its programs take what the server really sends, and nothing that was changed on its way.</summary>
[Collection(ApiTests.Name)]
public sealed partial class WebhookExampleTests(ApiServer server)
{
    private static readonly string s_root = Path.GetFullPath(Path.Combine(Node.Folder, "..", ".."));

    private static readonly string s_page = File.ReadAllText(Path.Combine(s_root, "docs", "WEBHOOKS.md"));

    [Fact]
    public async Task The_examples_take_what_was_sent_and_refuse_what_was_changed()
    {
        (string secret, Received received) = await ReceiveAsync();
        string other = received.Body.Replace("test", "tests", StringComparison.Ordinal);
        string stale = received.Signature.Replace("t=", "t=1", StringComparison.Ordinal);
        (string Secret, string Signature, string Body, bool IsGenuine)[] cases =
        [
            (secret, received.Signature, received.Body, true), ("whsec_another", received.Signature, received.Body, false), (secret, received.Signature, other, false),
            (secret, stale, received.Body, false), (secret, received.Signature + ",v1=" + new string('0', 64), received.Body, true),
        ];
        foreach ((string key, string signature, string body, bool isGenuine) in cases)
        {
            WebhookExample.IsGenuine(key, signature, body, DateTimeOffset.UtcNow).ShouldBe(isGenuine);
            WebhookExample.IsGenuine(key, signature, body, DateTimeOffset.UtcNow.AddMinutes(6)).ShouldBeFalse();
            string python = Block("python") + "\nimport sys\nprint(is_genuine(sys.argv[1], sys.argv[2], sys.argv[3].encode()))";
            (await RunAsync("python3", "-c", python, key, signature, body)).ShouldBe(isGenuine ? "True" : "False");
            string node = Block("javascript") + "\nconsole.log(isGenuine(process.argv[1], process.argv[2], process.argv[3]))";
            (await RunAsync("node", "-e", node, key, signature, body)).ShouldBe(isGenuine ? "true" : "false");
        }
    }

    [Fact]
    public void The_example_in_CSharp_is_the_one_that_is_tried()
    {
        string tried = File.ReadAllText(Path.Combine(s_root, "tests", "api", "Alarms", "WebhookExample.cs"));
        Words(tried).ShouldContain(Words(Block("csharp")));
    }

    [Fact]
    public async Task The_body_has_what_the_page_shows()
    {
        (_, Received received) = await ReceiveAsync();
        JsonObject shown = JsonNode.Parse(Block("json"))!.AsObject();
        JsonNode.Parse(received.Body)!.AsObject().Select(member => member.Key).ShouldBe(shown.Select(member => member.Key));
        AlarmRig rig = await AlarmRig.CreateAsync(server);
        await using WebhookReceiver receiver = await WebhookReceiver.StartAsync();
        await DeliveryTests.AddWebhookAsync(rig, receiver.Url);
        await rig.AddRuleAsync("outcome", new JsonObject { ["outcome"] = "failed" });
        JsonObject step = rig.Step(TimeSpan.FromMinutes(5), 1);
        step["outcome"] = "failed";
        await rig.SendAsync(step);
        await Support.Eventually.HoldsAsync(() => !receiver.Received.IsEmpty, "it is told");
        JsonObject alarm = JsonNode.Parse(receiver.Received.First().Body)!["alarm"]!.AsObject();
        alarm.Select(member => member.Key).ShouldBe(shown["alarm"]!.AsObject().Select(member => member.Key), ignoreOrder: true);
    }

    private async Task<(string Secret, Received Received)> ReceiveAsync()
    {
        AlarmRig rig = await AlarmRig.CreateAsync(server);
        await using WebhookReceiver receiver = await WebhookReceiver.StartAsync();
        (string channel, string secret) = await DeliveryTests.AddWebhookAsync(rig, receiver.Url);
        await DeliveryTests.TestAsync(rig, channel);
        await Support.Eventually.HoldsAsync(() => !receiver.Received.IsEmpty, "the test arrives");
        return (secret, receiver.Received.First());
    }

    private static string Block(string kind) => Fence().Matches(s_page).Single(match => match.Groups["kind"].Value == kind).Groups["text"].Value;

    private static string Words(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    private static async Task<string> RunAsync(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        process.ExitCode.ShouldBe(0, await errors);
        return output.Trim();
    }

    [GeneratedRegex("^```(?<kind>[a-z]+)\\n(?<text>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.ExplicitCapture, 5000)]
    private static partial Regex Fence();
}
