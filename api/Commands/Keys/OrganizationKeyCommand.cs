using System.CommandLine;
using StepCloud.Api.Commands.Cases;
using StepCloud.Api.Hosting;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Storage.Keys;

namespace StepCloud.Api.Commands.Keys;

/// <summary>`stepcloud key rotate-organization`: an organization gets a new key, and the old one is destroyed.</summary>
internal sealed class OrganizationKeyCommand(TimeProvider clock)
{
    private readonly OrganizationOption _organization = new("Whose key; needed.");
    private readonly Option<bool> _json = CommandJson.Option();
    private readonly CommonOptions _common = new();

    public Command Create()
    {
        Command command = new("rotate-organization", "Give an organization a new key: what the old one wraps is wrapped anew, and the old one is destroyed.") { _json };
        _organization.AddTo(command);
        _common.AddTo(command);
        command.SetAction((parsed, cancellationToken) => DatabaseOnly.UseAsync(
            _common.CreateBuilder(parsed).Configuration,
            async database =>
            {
                OrganizationId organization = _organization.ReadNeeded(parsed);
                await OrganizationOption.RequireAsync(organization, database.Database, cancellationToken);
                KeyRotation rotation = new(database.Database, await CaseTask.KeysAsync(database, clock, cancellationToken), clock);
                RotatedKey rotated = await rotation.RotateAsync(
                    organization, AuditDoer.System("stepcloud key rotate-organization"), cancellationToken)
                    ?? throw new CommandRefusedException(CommandRefusedException.NotFound, "The organization has no key yet: it gets one with the first that is sealed under it.");
                Console.WriteLine(parsed.GetValue(_json)
                    ? CommandJson.Text(rotated)
                    : $"The organization has version {rotated.Version} of its key; {rotated.Rewrapped} keys were wrapped anew, and the older versions are destroyed.");
                return ExitCodes.Good;
            },
            clock,
            cancellationToken));
        return command;
    }
}
