using Shouldly;
using StepCloud.Tests.System.Processes;
using Xunit;

namespace StepCloud.Tests.System.Running;

/// <summary>`--organization` with an id that nobody has: all would be well with what is not there.</summary>
public sealed class OrganizationOptionTests
{
    [Fact]
    public async Task An_organization_that_there_is_not_is_told_and_gets_no_chain_of_the_audit()
    {
        await using Installation installation = await Installation.CreateAsync();
        await installation.StartServerAsync();
        string nobody = Guid.NewGuid().ToString(), data = Path.GetDirectoryName(installation.GatewayData)!;
        string[][] commands =
        [
            ["step", "verify"], ["job", "verify"], ["recording", "verify", "--data", data], ["recording", "list", "--data", data], ["case", "list"], ["folder", "list"],
            ["user", "list"], ["gateway", "list"], ["access-key", "list"], ["alarm", "list"], ["retention", "preview"], ["audit", "export"], ["key", "rotate-organization"],
        ];

        foreach (string[] command in commands)
            (await installation.RefusalAsync(1, [.. command, "--organization", nobody])).ShouldContain($"no organization {nobody}", customMessage: string.Join(' ', command));

        (await installation.Database.ScalarAsync<long>("SELECT count(*) FROM audit_chain WHERE id = $1", Guid.Parse(nobody))).ShouldBe(0);
    }
}
