using Shouldly;
using Xunit;

namespace StepCloud.Tests.Unit.House;

public sealed class FileTests
{
    private const int LinesMax = 400;

    [Fact]
    public void No_source_file_has_grown_into_a_drawer_for_everything()
    {
        string[] sources = [.. Repository.Files("*.cs")];
        sources.Length.ShouldBeGreaterThan(50);
        sources.Select(file => (Path.GetRelativePath(Repository.Root, file), Lines: File.ReadLines(file).Count()))
            .Where(file => file.Lines > LinesMax)
            .ShouldBeEmpty();
    }

    [Fact]
    public void Every_dependency_is_pinned_and_has_its_reason()
    {
        string versions = File.ReadAllText(Path.Combine(Repository.Root, "Directory.Packages.props"));
        string reasons = File.ReadAllText(Path.Combine(Repository.Root, "docs", "DEPENDENCIES.md"));
        System.Xml.Linq.XDocument.Parse(versions).Descendants("PackageVersion").ShouldAllBe(package =>
            package.Attribute("Version")!.Value.StartsWith('[') && reasons.Contains($"`{package.Attribute("Include")!.Value}`"));
    }

    [Theory]
    [InlineData("run")]
    [InlineData("test")]
    [InlineData(".ci/run")]
    public void The_commands_a_newcomer_types_can_be_executed(string command) =>
        File.GetUnixFileMode(Path.Combine(Repository.Root, command)).ShouldSatisfyAllConditions(
            mode => (mode & UnixFileMode.UserExecute).ShouldNotBe(UnixFileMode.None));
}
