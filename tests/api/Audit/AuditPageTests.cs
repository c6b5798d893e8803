using System.Diagnostics;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Shouldly;
using StepCloud.Api.Audit;
using StepCloud.Contracts.Audit;
using StepCloud.Storage;
using StepCloud.Tests.Api.Http;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Api.Audit;

/// <summary>docs/AUDIT.md: its program, as it stands there, judges what the server exports; its statements and its codes are the product's.</summary>
[Collection(ApiTests.Name)]
public sealed partial class AuditPageTests(ApiServer server)
{
    /// <summary>Debian's own Python; the program needs nothing else.</summary>
    private const string Python = "/usr/bin/python3";

    private static readonly string Page = File.ReadAllText(Path.Combine(FindRoot(), "docs", "AUDIT.md"));

    [Fact]
    public void The_statements_for_an_administrator_are_those_of_the_product() => Block("sql privileges").ShouldBe(AuditProtections.PrivilegesSql);

    [Fact]
    public void Every_action_and_every_fault_has_its_place_in_the_page()
    {
        string[] codes = [.. Constants(typeof(AuditActions)), .. Constants(typeof(AuditFaults))];
        codes.Length.ShouldBeGreaterThan(18);
        foreach (string code in codes) Page.ShouldContain($"`{code}`");
    }

    [Fact]
    public async Task The_pages_program_finds_a_whole_export_whole()
    {
        AuditChainRig chain = await SignedChainAsync();
        (await RunAsync(await chain.ExportAsync())).ShouldBe((0, $"{chain.Organization}: entries 1 to 6 are whole, signed up to entry 5"));
        string kid = (await chain.SignAsync()).KeyId;
        (await RunAsync(await chain.ExportAsync(), kid)).ShouldBe((0, $"{chain.Organization}: entries 1 to 6 are whole, signed up to entry 6"));
        (await RunAsync(await chain.ExportAsync(), "a key that I trust")).ShouldBe((1, "BROKEN: the head of entry 5 is not signed by a key that counts"));
    }

    [Fact]
    public async Task The_pages_program_reads_what_the_API_answers()
    {
        ApiClient owner = await server.OwnerAsync();
        await server.AddGatewayAsync();
        await server.AddGatewayAsync();
        string page = (await owner.GetAsync("/api/v1/audit?limit=2").ShouldAnswerAsync(200)).ToJsonString();
        (await RunAsync(page)).ExitCode.ShouldBe(0);

        using HttpResponseMessage answer = await owner.GetAsync("/api/v1/audit/export");
        (int exitCode, string said) = await RunAsync(await answer.Content.ReadAsStringAsync());
        exitCode.ShouldBe(0, said);
        said.ShouldStartWith($"{server.Own.Organization}: entries 1 to ");
    }

    [Theory]
    [InlineData("altered field", "BROKEN at entry 3: altered")]
    [InlineData("deleted", "BROKEN at entry 3: missing")]
    [InlineData("swapped", "BROKEN at entry 3: missing")]
    [InlineData("new hash", "BROKEN at entry 3: replaced")]
    [InlineData("cut", "BROKEN at entry 4: truncated, a head proves 5")]
    [InlineData("head altered", "BROKEN: the head of entry 5 is not signed by a key that counts")]
    public async Task The_pages_program_names_what_was_tampered_with(string how, string said)
    {
        AuditChainRig chain = await SignedChainAsync();
        List<string> lines = [.. (await chain.ExportAsync()).TrimEnd('\n').Split('\n')];
        switch (how)
        {
            case "altered field": lines[2] = lines[2].Replace("192.0.2.7", "192.0.2.8"); break;
            case "deleted": lines.RemoveAt(2); break;
            case "swapped": (lines[2], lines[3]) = (lines[3], lines[2]); break;
            case "new hash":
                AuditEntry forged = await chain.FindAsync(3) with { Agent = "somebody else" };
                JsonNode line = JsonNode.Parse(lines[2])!;
                line["doer"]!["agent"] = forged.Agent;
                line["hash"] = Convert.ToHexStringLower(AuditHash.Of(forged));
                lines[2] = line.ToJsonString();
                break;
            case "cut": lines.RemoveRange(3, 3); break;
            case "head altered":
                int head = lines.FindIndex(one => one.StartsWith("{\"head\"", StringComparison.Ordinal));
                string jws = (string)JsonNode.Parse(lines[head])!["head"]!;
                lines[head] = JsonSerializer.Serialize(new { head = jws[..^8] + (jws[^8..] == "AAAAAAAA" ? "BBBBBBBB" : "AAAAAAAA") });
                break;
        }

        (int exitCode, string output) = await RunAsync(string.Join('\n', lines));
        exitCode.ShouldBe(1, output);
        output.ShouldEndWith(said);
    }

    private async Task<AuditChainRig> SignedChainAsync()
    {
        AuditChainRig chain = await AuditChainRig.CreateAsync(server, entries: 5);
        await chain.SignAsync();
        await chain.AppendAsync("agent \"with\" \\ ä 🦷 \u2028 \u007f");
        return chain;
    }

    private static async Task<(int ExitCode, string Output)> RunAsync(string export, params string[] keys)
    {
        using TemporaryFolder folder = new();
        await File.WriteAllTextAsync(folder["verify.py"], Block("python verifier"));
        await File.WriteAllTextAsync(folder["export.jsonl"], export);
        ProcessStartInfo info = new(Python, ["-I", folder["verify.py"], folder["export.jsonl"], .. keys])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using CancellationTokenSource patience = new(TimeSpan.FromMinutes(1));
        using Process process = Process.Start(info)!;
        Task<string> errors = process.StandardError.ReadToEndAsync(patience.Token);
        string output = await process.StandardOutput.ReadToEndAsync(patience.Token);
        await process.WaitForExitAsync(patience.Token);
        (await errors).ShouldBeEmpty();
        return (process.ExitCode, output.TrimEnd('\n'));
    }

    private static IEnumerable<string> Constants(Type type) =>
        type.GetFields(BindingFlags.Public | BindingFlags.Static).Where(field => field.IsLiteral).Select(field => (string)field.GetRawConstantValue()!);

    private static string Block(string kind) =>
        Fence().Matches(Page).Where(match => match.Groups["kind"].Value == kind).Select(match => match.Groups["text"].Value).ShouldHaveSingleItem();

    private static string FindRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "StepCloud.sln"))) folder = folder.Parent;
        return folder.ShouldNotBeNull("The tests do not run inside a checkout.").FullName;
    }

    [GeneratedRegex("^```(?<kind>[^\\n]+)\\n(?<text>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.ExplicitCapture, 5000)]
    private static partial Regex Fence();
}
