using System.Text;
using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Api.Ingress;
using StepCloud.Contracts.Devices;
using StepCloud.Contracts.Refusals;
using StepCloud.Contracts.Steps;
using StepCloud.Tests.Protocol.Tools;
using Xunit;

namespace StepCloud.Tests.Protocol.Page;

/// <summary>Every example of the page is valid, for the schemas and for the server's own reader; and its tables are complete.</summary>
public sealed class ExampleTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Every_example_is_valid_by_its_schema()
    {
        (string Schema, JsonNode Value)[] examples =
        [
            .. new[] { "step", "telemetry", "announcement", "refusal", "command", "command-result" }.SelectMany(name => ProtocolPage.Blocks("json " + name).Select(text => (name, JsonNode.Parse(text)!))),
        ];
        examples.Select(example => example.Schema).Distinct(StringComparer.Ordinal).Count().ShouldBe(6);
        (await SchemaJudge.FaultsAsync(examples)).ShouldAllBe(fault => fault == null);
    }

    [Fact]
    public void Every_example_is_taken_by_the_servers_reader()
    {
        string[] steps = ProtocolPage.Blocks("json step");
        steps.Length.ShouldBe(2);
        foreach (string text in steps)
        {
            ParsedMessage<StepEvent> parsed = StepReader.Read(Encoding.UTF8.GetBytes(text), Now);
            parsed.WholeRefusal.ShouldBeNull();
            parsed.Elements.ShouldAllBe(element => element.Refusal == null);
        }

        string[] telemetry = ProtocolPage.Blocks("json telemetry");
        telemetry.Length.ShouldBe(2);
        foreach (string text in telemetry)
            TelemetryReader.Read(Encoding.UTF8.GetBytes(text), Now).Elements.ShouldAllBe(element => element.Refusal == null);

        string announcement = ProtocolPage.Blocks("json announcement").ShouldHaveSingleItem();
        ParsedMessage<DeviceAnnouncement> announced = AnnouncementReader.Read(Encoding.UTF8.GetBytes(announcement));
        announced.Elements.ShouldHaveSingleItem().Refusal.ShouldBeNull();

        string answer = ProtocolPage.Blocks("json command-result").ShouldHaveSingleItem();
        CommandAnswerReader.Read(default, Encoding.UTF8.GetBytes(answer)).Elements.ShouldHaveSingleItem().Refusal.ShouldBeNull();
    }

    [Fact]
    public void No_block_of_the_page_escapes_these_tests() =>
        ProtocolPage.Kinds().ShouldBe(
            ["json pairing", "json announcement", "json step", "json telemetry", "json refusal", "json command", "json command-result", "python client", "javascript client"], ignoreOrder: true);

    [Theory]
    [MemberData(nameof(Codes))]
    public void Every_refusal_code_has_its_row_in_the_page_and_its_place_in_the_schema(RefusalCode code)
    {
        string wire = RefusalCodes.Wire(code);
        ProtocolPage.Text.Split('\n').Where(line => line.StartsWith($"| `{wire}` | 0x", StringComparison.Ordinal)).ShouldHaveSingleItem();
        SchemaJudge.Schema("refusal")["properties"]!["refusals"]!["items"]!["properties"]!["code"]!["examples"]!.AsArray()
            .Select(name => (string)name!).ShouldContain(wire);
    }

    public static TheoryData<RefusalCode> Codes() => [.. Enum.GetValues<RefusalCode>()];
}
