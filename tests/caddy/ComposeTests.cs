using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Shouldly;
using StepCloud.Tests.Protocol.Tools;
using StepCloud.Tests.System.Processes;
using Xunit;

namespace StepCloud.Tests.Caddy;

/// <summary>docker-compose.yml and what belongs to it, as far as it can be held to something without an engine for containers.</summary>
public sealed partial class ComposeTests
{
    /// <summary>They do one thing and end.</summary>
    private static readonly string[] Commands = ["tool", "sim-enroll"];

    /// <summary>Made by scripts/compose/make-secrets.sh; the last by whoever wants a simulated shop.</summary>
    private static readonly string[] MadeSecrets = ["STEPCLOUD_MASTER_KEY", "STEPCLOUD_DATABASE_PASSWORD", "POSTGRES_PASSWORD", "SIM_PASSWORD"];

    private static readonly string Text = Read("docker-compose.yml");

    [Fact]
    public async Task Every_service_runs_without_rights_and_cannot_write_where_its_program_is()
    {
        foreach ((string name, JsonNode? service) in (await ComposeAsync())["services"]!.AsObject())
        {
            ((bool)service!["read_only"]!).ShouldBeTrue(name);
            service["cap_drop"]!.AsArray().Select(value => (string)value!).ShouldBe(["ALL"], name);
            service["cap_add"].ShouldBeNull(name);
            service["privileged"].ShouldBeNull(name);
            service["security_opt"]!.AsArray().Select(value => (string)value!).ShouldContain("no-new-privileges:true", name);
            ((string)service["restart"]!).ShouldBe(Commands.Contains(name) ? "no" : "unless-stopped", name);
            string user = (string?)service["user"] ?? UserOf((string)service["build"]!["target"]!);
            user.ShouldMatch("^[1-9][0-9]*:[1-9][0-9]*$", name);
        }
    }

    [Fact]
    public async Task Every_service_that_others_ask_says_whether_it_is_well()
    {
        foreach ((string name, JsonNode? service) in (await ComposeAsync())["services"]!.AsObject())
        {
            if (Commands.Contains(name) || name is "sim" or "collector") continue;
            bool isChecked = service!["healthcheck"]?["test"] is not null || Stage((string)service["build"]!["target"]!).Contains("\nHEALTHCHECK ", StringComparison.Ordinal);
            isChecked.ShouldBeTrue(name);
        }
    }

    [Fact]
    public async Task Secrets_are_files_that_are_made_and_no_password_stands_anywhere()
    {
        JsonNode compose = await ComposeAsync();
        compose["secrets"]!.AsObject().Select(secret => (secret.Key, (string)secret.Value!["file"]!)).ShouldBe(MadeSecrets.Select(name => (name, $"./secrets/{name}")), ignoreOrder: true);
        string script = Read("scripts/compose/make-secrets.sh");
        foreach (string name in MadeSecrets[..^1]) script.ShouldContain($"make {name} ");
        foreach ((string name, JsonNode? service) in compose["services"]!.AsObject())
        {
            foreach (JsonNode? secret in service!["secrets"]?.AsArray() ?? []) MadeSecrets.ShouldContain((string)secret!, name);
            foreach ((string variable, JsonNode? value) in service["environment"]?.AsObject() ?? [])
            {
                string text = value!.ToString();
                text.Contains("Password=", StringComparison.OrdinalIgnoreCase).ShouldBeFalse($"{name}: {variable}");
                if (variable.Contains("PASSWORD", StringComparison.OrdinalIgnoreCase) || variable.Contains("KEY", StringComparison.Ordinal)) text.ShouldStartWith("/run/secrets/");
            }
        }

        Read(".gitignore").ShouldContain("/secrets/");
        Read(".dockerignore").Split('\n').ShouldContain("*", "what is not listed, secrets among it, is in no image");
    }

    [Fact]
    public async Task Every_file_that_it_names_is_there()
    {
        JsonNode compose = await ComposeAsync();
        foreach ((string name, JsonNode? service) in compose["services"]!.AsObject())
        {
            foreach (string volume in service!["volumes"]?.AsArray().Select(value => (string)value!) ?? [])
            {
                string source = volume.Split(':')[0];
                if (source == "./certificates") continue;
                if (source.StartsWith('.')) File.Exists(Path.Combine(BuiltProgram.Root, source)).ShouldBeTrue($"{name}: {source}");
                else compose["volumes"]!.AsObject().ContainsKey(source).ShouldBeTrue($"{name}: {source}");
            }

            if (service["build"]?["target"] is { } target) Stage((string)target!).ShouldContain("FROM ", Case.Sensitive, name);
        }

        Read("scripts/compose/make-secrets.sh").ShouldContain("certificates/mqtt.crt");
    }

    [Fact]
    public void Every_variable_is_in_the_example_and_every_variable_of_the_Caddyfile_is_in_the_operators_page()
    {
        string[] composeVariables = [.. ComposeVariable().Matches(Text).Select(match => match.Groups["name"].Value).Distinct()];
        string[] examples = [.. Read(".env.example").Split('\n').Where(line => line.Length > 0 && line[0] != '#').Select(line => line.Split('=')[0])];
        examples.ShouldBe([.. composeVariables, "COMPOSE_PROFILES"], ignoreOrder: true);

        string page = Read("docs/OPERATIONS.md");
        string[] caddyVariables = [.. CaddyVariable().Matches(Read("Caddyfile")).Select(match => match.Groups["name"].Value).Distinct()];
        caddyVariables.Length.ShouldBeGreaterThan(5);
        foreach (string variable in caddyVariables.Concat(composeVariables)) page.ShouldContain($"`{variable}`");
    }

    [Fact]
    public async Task The_servers_believe_the_one_address_that_Caddy_has_and_every_upstream_is_a_service()
    {
        JsonNode services = (await ComposeAsync())["services"]!;
        foreach (string name in new[] { "caddy", "caddy-single" })
        {
            JsonNode caddy = services[name]!;
            string address = (string)caddy["networks"]!["front"]!["ipv4_address"]!;
            foreach (string upstream in ((string)caddy["environment"]!["STEPCLOUD_UPSTREAMS"]!).Split(' '))
            {
                JsonNode server = services[upstream.Split(':')[0]]!;
                upstream.ShouldEndWith(":8080");
                ((string)server["environment"]!["Network__TrustedProxies__0"]!).ShouldBe($"{address}/32");
                server["profiles"]!.ToJsonString().ShouldBe(caddy["profiles"]!.ToJsonString());
            }
        }
    }

    private static async Task<JsonNode> ComposeAsync()
    {
        ToolResult result = await Tool.Node.RunAsync(["yaml.js"], Text, Tool.NodeFolder);
        result.ExitCode.ShouldBe(0, result.ToString());
        return JsonNode.Parse(result.Output)!;
    }

    /// <summary>The account that a target of the Dockerfile runs as: its own last one, or that of the stage it is made from.</summary>
    private static string UserOf(string target)
    {
        string stage = Stage(target);
        Match user = User().Match(stage);
        return user.Success ? user.Groups["name"].Value : UserOf(From().Match(stage).Groups["name"].Value);
    }

    private static string Stage(string name) =>
        Read("Dockerfile").Split("\nFROM ").Skip(1).Select(stage => "FROM " + stage).Single(stage => stage.Split('\n')[0].EndsWith($" AS {name}", StringComparison.Ordinal));

    private static string Read(string path) => File.ReadAllText(Path.Combine(BuiltProgram.Root, path));

    [GeneratedRegex(@"\$\{(?<name>[A-Z_]+)", RegexOptions.None, 1000)]
    private static partial Regex ComposeVariable();

    [GeneratedRegex(@"\{\$(?<name>[A-Z_]+)", RegexOptions.None, 1000)]
    private static partial Regex CaddyVariable();

    [GeneratedRegex(@"\nUSER (?<name>\S+)", RegexOptions.None, 1000)]
    private static partial Regex User();

    [GeneratedRegex(@"^FROM (?<name>\S+)", RegexOptions.None, 1000)]
    private static partial Regex From();
}
