using System.CommandLine;
using StepCloud.Api.Hosting;
using StepCloud.Contracts.Ids;
using StepCloud.Storage;

namespace StepCloud.Api.Commands;

/// <summary>`stepcloud step`: verify what is stored.</summary>
internal sealed class StepCommand(TimeProvider clock)
{
    private readonly CommonOptions _common = new();
    private readonly Option<bool> _json = CommandJson.Option();
    private readonly OrganizationOption _organization = new("Steps of that organization only.");

    public Command Create()
    {
        Command verify = new("verify", "Read every stored step, compute its hash anew, and name those that are not what was sent.") { _json };
        _organization.AddTo(verify);
        _common.AddTo(verify);
        verify.SetAction((parsed, cancellationToken) => VerifyAsync(parsed, cancellationToken));
        return new Command("step", "What devices did.") { verify };
    }

    private Task<int> VerifyAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        OrganizationId? organization = _organization.Read(parsed);
        return DatabaseOnly.UseAsync(
            _common.CreateBuilder(parsed).Configuration,
            async database =>
            {
                await OrganizationOption.RequireAsync(organization, database.Database, cancellationToken);
                StepVerification verification = new(database.Database);
                StepsVerdict verdict;
                using (ProgressLine progress = new("steps"))
                    verdict = await verification.VerifyAsync(organization, progress, cancellationToken);
                if (parsed.GetValue(_json))
                {
                    Console.WriteLine(CommandJson.Text(verdict));
                }
                else
                {
                    foreach (BrokenStep broken in verdict.Broken) Console.WriteLine($"{broken.Step} of organization {broken.Organization}: {broken.Fault}");
                    Console.WriteLine($"{verdict.Steps} steps, {verdict.Thinned} of them thinned by retention, {verdict.BrokenCount} broken");
                }

                return verdict.BrokenCount == 0 ? ExitCodes.Good : ExitCodes.Bad;
            },
            clock,
            cancellationToken);
    }
}
