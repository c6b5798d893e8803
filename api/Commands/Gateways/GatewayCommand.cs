using System.CommandLine;
using StepCloud.Api.Hosting;
using StepCloud.Api.Settings;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Storage;

namespace StepCloud.Api.Commands.Gateways;

/// <summary>`stepcloud gateway`: what is paired, and the end of it.</summary>
internal sealed class GatewayCommand(TimeProvider clock)
{
    private readonly OrganizationOption _organization = new("Only of this organization.");
    private readonly Argument<string> _id = new("id") { Description = "The gateway's id, as 'gateway list' shows it." };
    private readonly Option<bool> _json = CommandJson.Option();
    private readonly CommonOptions _common = new();

    public Command Create()
    {
        Command list = new("list", "The gateways of every organization.") { _json };
        _organization.AddTo(list);
        list.SetAction((parsed, cancellationToken) => ListAsync(parsed, cancellationToken));
        Command show = new("show", "A gateway.") { _id, _json };
        show.SetAction((parsed, cancellationToken) => WithGatewayAsync(parsed, (_, gateway) => Task.FromResult(("found", gateway, TextOf(gateway))), cancellationToken));
        Command revoke = new("revoke", "Un-pair a gateway: its sessions end at once. What it has sent stays.") { _id, _json };
        revoke.SetAction((parsed, cancellationToken) => WithGatewayAsync(
            parsed, (database, gateway) => RevokeAsync(database, gateway, cancellationToken), cancellationToken));
        Command command = new("gateway", "Gateways of organizations.") { list, show, revoke };
        foreach (Command one in command.Subcommands) _common.AddTo(one);
        return command;
    }

    private Task<int> ListAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        OrganizationId? organization = _organization.Read(parsed);
        return DatabaseOnly.UseAsync(
            _common.CreateBuilder(parsed).Configuration,
            async database =>
            {
                await OrganizationOption.RequireAsync(organization, database.Database, cancellationToken);
                IReadOnlyList<InstallationGateway> gateways =
                    await new InstallationGateways(database.Database).ListAsync(organization, cancellationToken);
                if (parsed.GetValue(_json)) Console.WriteLine(CommandJson.Text(new { gateways }));
                else if (gateways.Count == 0) Console.WriteLine("There is no gateway.");
                else foreach (InstallationGateway gateway in gateways) Console.WriteLine(TextOf(gateway));
                return ExitCodes.Good;
            },
            clock,
            cancellationToken);
    }

    private async Task<(string Outcome, InstallationGateway Gateway, string Text)> RevokeAsync(
        StepCloudDatabase database, InstallationGateway gateway, CancellationToken cancellationToken)
    {
        if (gateway.UnpairedAt is { } before) return ("revoked_before", gateway, $"{gateway.Id} was un-paired {before:u}.");
        await new GatewayChanges(database, clock).UnpairAsync(gateway.Id, AuditDoer.System("stepcloud gateway revoke"), cancellationToken);
        InstallationGateway now = (await new InstallationGateways(database).FindAsync(gateway.Id, cancellationToken))!;
        return ("revoked", now, $"{gateway.Id} is un-paired; its sessions have ended.");
    }

    private Task<int> WithGatewayAsync(
        ParseResult parsed, Func<StepCloudDatabase, InstallationGateway, Task<(string Outcome, InstallationGateway Gateway, string Text)>> work,
        CancellationToken cancellationToken)
    {
        string text = parsed.GetRequiredValue(_id);
        if (!GatewayId.TryParse(text, null, out GatewayId id))
            throw new SettingException("id", $"'{text}' is not a gateway's id; 'stepcloud gateway list' shows them.");
        return DatabaseOnly.UseAsync(
            _common.CreateBuilder(parsed).Configuration,
            async database =>
            {
                InstallationGateway found = await new InstallationGateways(database.Database).FindAsync(id, cancellationToken)
                    ?? throw new CommandRefusedException(CommandRefusedException.NotFound, $"There is no gateway {id}: see 'stepcloud gateway list'.");
                (string outcome, InstallationGateway gateway, string said) = await work(database.Database, found);
                Console.WriteLine(parsed.GetValue(_json) ? CommandJson.Text(new { outcome, gateway }) : said);
                return ExitCodes.Good;
            },
            clock,
            cancellationToken);
    }

    private static string TextOf(InstallationGateway gateway)
    {
        string state = gateway.UnpairedAt is { } at ? $"un-paired {at:u}" : "paired";
        string serial = gateway.Serial is { } text ? $", serial {text}" : "";
        return $"{gateway.Id}  {state}, {gateway.Name}{serial}, {gateway.SiteName} of {gateway.OrganizationName} ({gateway.Organization}), made {gateway.CreatedAt:u}";
    }
}
