using System.CommandLine;
using StepCloud.Api.Settings;
using StepCloud.Contracts.Ids;
using StepCloud.Storage;

namespace StepCloud.Api.Commands;

/// <summary>`--organization ID`.</summary>
internal sealed class OrganizationOption(string description)
{
    private readonly Option<string?> _option = new("--organization") { Description = description, HelpName = "ID" };

    public void AddTo(Command command) => command.Options.Add(_option);

    /// <returns>Null when it is not given.</returns>
    /// <exception cref="SettingException">It is no id.</exception>
    public OrganizationId? Read(ParseResult parsed) => parsed.GetValue(_option) switch
    {
        null => null,
        { } text when OrganizationId.TryParse(text, null, out OrganizationId id) => id,
        { } text => throw new SettingException("--organization", $"'{text}' is not an organization's id; 'stepcloud organization list' shows them."),
    };

    /// <exception cref="SettingException">It is not given, or no id.</exception>
    public OrganizationId ReadNeeded(ParseResult parsed) =>
        Read(parsed) ?? throw new SettingException("--organization", "Say of which organization; 'stepcloud organization list' shows them.");

    /// <summary>Of an organization that there is not everything would be well, and a look would begin a chain of the audit.</summary>
    /// <exception cref="CommandRefusedException">There is no such organization.</exception>
    public static async Task RequireAsync(OrganizationId? organization, StepCloudDatabase database, CancellationToken cancellationToken)
    {
        if (organization is { } given && await new OrganizationQueries(database).FindNameAsync(given, cancellationToken) is null) throw NotFound(given);
    }

    public static CommandRefusedException NotFound(OrganizationId organization) =>
        new(CommandRefusedException.NotFound, $"There is no organization {organization}: see 'stepcloud organization list'.");
}
