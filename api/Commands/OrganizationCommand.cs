using System.CommandLine;
using StepCloud.Api.Hosting;
using StepCloud.Storage;

namespace StepCloud.Api.Commands;

/// <summary>`stepcloud organization`: whose things are kept here.</summary>
internal sealed class OrganizationCommand(TimeProvider clock)
{
    private readonly Option<bool> _json = CommandJson.Option();
    private readonly CommonOptions _common = new();

    public Command Create()
    {
        Command list = new("list", "All organizations, those in the archive too.") { _json };
        _common.AddTo(list);
        list.SetAction((parsed, cancellationToken) => ListAsync(parsed, cancellationToken));
        return new Command("organization", "Organizations of the installation.") { list };
    }

    private Task<int> ListAsync(ParseResult parsed, CancellationToken cancellationToken) => DatabaseOnly.UseAsync(
        _common.CreateBuilder(parsed).Configuration,
        async database =>
        {
            IReadOnlyList<OrganizationRow> organizations = await new OrganizationQueries(database.Database).ListAsync(cancellationToken);
            if (parsed.GetValue(_json)) Console.WriteLine(CommandJson.Text(new { organizations }));
            else if (organizations.Count == 0) Console.WriteLine("There is no organization.");
            else foreach (OrganizationRow row in organizations) Console.WriteLine(TextOf(row));
            return ExitCodes.Good;
        },
        clock,
        cancellationToken);

    private static string TextOf(OrganizationRow row)
    {
        string state = row.ArchivedAt is { } at ? $", archived {at:u}" : "";
        return $"{row.Id}  {row.Name}, plan {row.Plan}, {row.Users} users, {row.Gateways} gateways, {row.Devices} devices, made {row.CreatedAt:u}{state}";
    }
}
