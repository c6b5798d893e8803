using System.Diagnostics.Metrics;
using Shouldly;
using StepCloud.Tests.Api.Http;
using StepCloud.Tests.Api.Tools;
using Xunit;

namespace StepCloud.Tests.Api.Watching;

/// <summary>The page of metrics is made of what a server tells. The dashboard and the alerts are held against both by DeployTests of the system suite.</summary>
[Collection(ApiTests.Name)]
public sealed class MetricsCatalogueTests(ApiServer server)
{
    private static readonly string s_root = Path.Combine(Node.Folder, "..", "..");

    [Fact]
    public void The_page_of_metrics_is_made_of_what_a_server_tells()
    {
        string file = Path.Combine(s_root, "docs", "METRICS.md"), page = MetricsCatalogue.Render(MetricsCatalogue.Read(server));
        if (Environment.GetEnvironmentVariable(ProblemPage.WriteVariable) == "1") File.WriteAllText(file, page);
        File.ReadAllText(file).ShouldBe(page, $"docs/METRICS.md is not of this code: run the test once with {ProblemPage.WriteVariable}=1.");
    }

    [Fact]
    public void Every_metric_has_a_name_of_ours_a_unit_and_a_description()
    {
        IReadOnlyList<Instrument> instruments = MetricsCatalogue.Read(server);
        instruments.Count.ShouldBeGreaterThan(50);
        foreach (Instrument instrument in instruments)
        {
            instrument.Name.ShouldMatch(@"^stepcloud(\.[a-z_]+)+$");
            instrument.Unit.ShouldNotBeNullOrEmpty(instrument.Name);
            instrument.Unit!.ShouldMatch(@"^(\{[a-z]+\}|s|By)$", instrument.Name);
            instrument.Description.ShouldNotBeNullOrEmpty(instrument.Name);
            instrument.Description!.ShouldNotContain('|');
        }

        instruments.Select(MetricsCatalogue.PrometheusNameOf).ShouldBeUnique();
        File.ReadAllText(Path.Combine(s_root, "silo", "Calls", "ConflictingActivations.cs")).ShouldContain("\"stepcloud.cluster.refused_writes\"");
    }
}
