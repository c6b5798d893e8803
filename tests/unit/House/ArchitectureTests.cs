using System.Xml.Linq;
using Shouldly;
using Xunit;

namespace StepCloud.Tests.Unit.House;

public sealed class ArchitectureTests
{
    // Arrows point one way: silo -> api -> {actors, storage, mqtt} -> contracts; gateway-sim -> {mqtt, contracts}; mqtt knows nobody.
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["contracts"] = [],
        ["mqtt"] = [],
        ["mqtt/host"] = ["mqtt"],
        ["actors"] = ["contracts"],
        ["storage"] = ["actors", "contracts"],
        ["api"] = ["actors", "storage", "mqtt", "contracts"],
        ["silo"] = ["api"],
        ["gateway-sim"] = ["mqtt", "contracts"],
    };

    public static TheoryData<string> ProductProjects()
    {
        TheoryData<string> projects = [];
        foreach (string file in Repository.Files("*.csproj"))
        {
            string folder = FolderOf(file);
            if (!folder.StartsWith("tests/", StringComparison.Ordinal) && folder != "bench") projects.Add(folder);
        }

        return projects;
    }

    [Theory]
    [MemberData(nameof(ProductProjects))]
    public void A_project_refers_only_to_those_its_place_in_the_house_allows(string folder)
    {
        Allowed.ShouldContainKey(folder, "a new project has its place in the house, and this table says which");
        References(folder).Except(Allowed[folder]).ShouldBeEmpty();
    }

    [Fact]
    public void Contracts_and_the_mqtt_library_need_no_package() =>
        new[] { "contracts", "mqtt" }.SelectMany(Packages).ShouldBeEmpty();

    [Fact]
    public void No_product_project_sees_a_test_project() =>
        ((IEnumerable<object[]>)ProductProjects()).SelectMany(row => References((string)row[0])).ShouldAllBe(reference => !reference.StartsWith("tests"));

    [Fact]
    public void Only_the_actors_own_folder_says_how_they_are_hosted()
    {
        foreach (string file in Repository.Files("*.cs").Where(path => FolderIs(path, "actors") || FolderIs(path, "contracts")))
        {
            string text = File.ReadAllText(file);
            text.ShouldNotContain("Npgsql", Case.Sensitive, file);
            text.ShouldNotContain("Microsoft.AspNetCore", Case.Sensitive, file);
            text.ShouldNotContain("using Orleans", Case.Sensitive, file);
        }
    }

    private static string[] References(string folder) =>
        [.. Elements(folder, "ProjectReference").Select(path => FolderOf(Path.GetFullPath(path, Path.Combine(Repository.Root, folder))))];

    private static IEnumerable<string> Packages(string folder) => Elements(folder, "PackageReference");

    private static IEnumerable<string> Elements(string folder, string name)
    {
        string project = Directory.GetFiles(Path.Combine(Repository.Root, folder), "*.csproj").ShouldHaveSingleItem();
        return XDocument.Load(project).Descendants(name).Select(element => element.Attribute("Include")!.Value);
    }

    private static string FolderOf(string project) => Path.GetRelativePath(Repository.Root, Path.GetDirectoryName(project)!);

    private static bool FolderIs(string path, string folder) =>
        Path.GetRelativePath(Repository.Root, path).StartsWith(folder + "/", StringComparison.Ordinal);
}
